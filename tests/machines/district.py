"""Two units of the practice partnership with three laptops, and a fourth seat that nobody's laptop holds.

That seat (`STRANGER`) writes by hand what a newer, a faulty or a hostile client would.
"""

import json
import random

import msgspec

from desktop.demo.partnership import HEALTH, POLICE, found
from desktop.store.seat import SeatIdentity
from sync.change import Assign, Change, Seen, cid_of, encode
from sync.envelope import eid_of, parse, seal_change, seal_key
from sync.identity import Roster
from sync.keys import Domain, sign
from sync.protocol import (
    NetCall,
    NetReply,
    PushAnswer,
    PushBatch,
    SessionAnswer,
    SessionAsk,
    SessionChallenge,
    SessionGranted,
    decode,
)
from sync.protocol import encode as message
from sync.records import SpaceKind
from tests.sync.driver import Perform
from tests.sync.practice import Practice

LAPTOPS = ("alder", "rowan", "linden")
STRANGER = "yew"


def found_district() -> Practice:
    """New keys each time. Spaces: police (alder, rowan), health (linden), shared (all)."""
    founded = found()
    spaces = {
        POLICE: founded.space(SpaceKind.UNIT, POLICE),
        HEALTH: founded.space(SpaceKind.UNIT, HEALTH),
        "shared": founded.space(SpaceKind.SHARED, POLICE, HEALTH),
    }
    roster: Roster = msgspec.structs.replace(founded.roster, spaces=tuple(spaces.values()))
    return Practice(roster, dict(founded.seats), {name: space.id for name, space in spaces.items()})


class Stranger:
    """A true member with a client of its own making. `bad` are the cids that no reader may accept, `aside` the eids
    that no reader can open.
    """

    def __init__(self, practice: Practice, rng: random.Random) -> None:
        self._keys = practice.seats[STRANGER]
        identity = SeatIdentity.of(self._keys, practice.roster)
        self.space = practice.spaces["shared"]
        newest = identity.newest_space_key(self.space)
        assert newest is not None
        self._space_key = newest[1]
        self._rng = rng
        self._chain = (0, "")
        self._secrets: dict[str, tuple[bytes, str, bytes]] = {}
        self.bad: set[str] = set()
        self.aside: set[str] = set()
        self.bodies: dict[str, bytes] = {}

    def bring(self, perform: Perform, tag: str, what: str) -> PushAnswer:
        """One batch with the key and one entry of the kind `what` (a method's name)."""
        key_raw, key_id, secret = self._secrets.setdefault(tag, seal_key(self.space, tag, self._space_key))
        entries = getattr(self, f"_{what}")(tag, key_id, secret)
        return self._push(perform, (key_raw, *entries))

    def _newer(self, tag: str, key_id: str, secret: bytes) -> list[bytes]:
        """A kind, a field and members of the body of which this program knows nothing."""
        body = json.loads(self._body(tag, Assign("weather", "w", "wind", {"force": self._rng.randint(0, 12)})))
        return [self._seal(tag, key_id, secret, json.dumps(body | {"minor": 7, "mood": ["?"]}).encode())]

    def _garbled(self, tag: str, key_id: str, secret: bytes) -> list[bytes]:
        """One flipped bit in the ciphertext: the server cannot see it."""
        raw = self._seal(tag, key_id, secret, self._body(tag, Assign("note", None, "text", "garbled")))
        entry = parse(raw)
        spoilt = bytearray(entry.ciphertext)
        spoilt[self._rng.randrange(len(spoilt))] ^= 1
        at = raw.index(entry.ciphertext)
        raw = raw[:at] + bytes(spoilt) + raw[at + len(spoilt) :]
        self.aside.add(eid_of(raw))
        return [raw]

    def _forged(self, tag: str, key_id: str, secret: bytes) -> list[bytes]:
        """In the name of this seat, signed for another purpose."""
        body = self._body(tag, Assign("case", "case", "aim", "forged"))
        raw = seal_change(self.space, tag, key_id, secret, body, sign(self._keys.sign_private, Domain.SESSION, body))
        self.aside.add(eid_of(raw))
        return [raw]

    def _overwriting(self, tag: str, key_id: str, secret: bytes) -> list[bytes]:
        """A write-once record named by its id: to be replaced by another unit."""
        body = self._body(tag, Assign("assessment", "ab" * 32, "grade", "standard"))
        self.bad.add(cid_of(body))
        return [self._seal(tag, key_id, secret, body)]

    def _equivocating(self, tag: str, key_id: str, secret: bytes) -> list[bytes]:
        """Two statements under one number of the chain."""
        before = self._chain
        first = self._body(tag, Assign("case", "case", "status", "open"))
        self._chain = before
        second = self._body(tag, Assign("case", "case", "status", "closed"))
        return [self._seal(tag, key_id, secret, body) for body in (first, second)]

    def _body(self, tag: str, *sets: Assign) -> bytes:
        n, prev = self._chain
        change = Change(
            space=self.space,
            tag=tag,
            seat=self._keys.seat_id,
            n=n + 1,
            prev=prev,
            seen=Seen("", 0, "", ""),
            at=self._rng.choice(("2016-01-01T00:00:00Z", "2036-01-01T00:00:00Z")),
            zone="UTC",
            salt=self._rng.randbytes(16).hex(),
            set=sets,
        )
        body = encode(change)
        self._chain = (n + 1, cid_of(body))
        return body

    def _seal(self, tag: str, key_id: str, secret: bytes, body: bytes) -> bytes:
        self.bodies[cid_of(body)] = body
        signature = sign(self._keys.sign_private, Domain.CHANGE, body)
        return seal_change(self.space, tag, key_id, secret, body, signature)

    def _push(self, perform: Perform, entries: tuple[bytes, ...]) -> PushAnswer:
        seat = self._keys.seat_id

        def post(path: str, body: msgspec.Struct, token: str | None = None) -> NetReply:
            return perform(NetCall("POST", path, body=message(body), token=token))

        challenge = decode(SessionChallenge, post("/v1/session", SessionAsk(seat)).body).challenge
        signature = sign(self._keys.sign_private, Domain.SESSION, challenge)
        granted = post("/v1/session/answer", SessionAnswer(seat, challenge, signature))
        token = decode(SessionGranted, granted.body).token
        pushed = post(f"/v1/spaces/{self.space}/log", PushBatch(entries), token)
        return decode(PushAnswer, pushed.body)
