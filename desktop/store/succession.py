"""A store that was copied or put back goes on under a new seat: nobody is ever unable to write.

Two files that write under one seat would tell two stories with the same numbers. So once the log, a bundle or the
spool shows an entry of this seat that this file never wrote, the file signs what is new with keys of its own, tells
the unit's leads, and waits to be enrolled; what was signed stays signed and is sent. When a lead has enrolled the new
seat, the old one closes itself, naming what both files wrote. Leaves recognising a copy to `replica`, and what an
enrolment says to `sync.enrolment`.
"""

import contextlib
import hashlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace

from desktop.errors import KnownError
from desktop.model.record import CaseKey
from desktop.store.belonging import Belonging
from desktop.store.database import Database
from desktop.store.ledger import COPIED, Ledger
from desktop.store.packing import read_change
from desktop.store.seat import SeatIdentity
from desktop.store.stewarding import Stewarding
from sync.change import Assign
from sync.enrolment import read_request, write_request
from sync.errors import BadEntry
from sync.identity import Seat
from sync.keys import SeatKeys
from sync.records import RULES_VERSION

SUCCESSOR = "successor seat keys"
"""Key in `meta`: the keys that what is new is signed with, until they are those of this seat."""
SEAT_KEYS = "seat_keys"
REQUEST = "seat_request"


@dataclass(frozen=True)
class SuccessionRequest:
    """A new seat that a copied store of our unit asks for, in place of `replaces`."""

    seat: str
    replaces: str
    name: str
    device: str
    request: bytes
    closed: bool = False
    """The seat it replaces is closed by now: a lead asks first whether this laptop was lost."""


class Succession:
    """`follow` folds what came and judges again; `settle` is called at opening and when a space was read to its end."""

    def __init__(  # noqa: PLR0917  the parts it is built from
        self,
        database: Database,
        seat: SeatIdentity,
        belonging: Belonging,
        stewarding: Stewarding,
        ledger: Ledger,
        follow: Callable[[], object],
    ) -> None:
        self._database = database
        self._seat = seat
        self._belonging = belonging
        self._stewarding = stewarding
        self._ledger = ledger
        self._follow = follow
        self._busy = False

    def settle(self) -> None:
        """Do what is next, if this store was copied: sign with new keys, ask for a seat, or close the old one.

        Only where signed trees say who belongs: a fixed list has no place for a new seat.
        """
        if self._busy or not self._ledger.copied:
            return
        self._busy = True  # what it signs is followed, and following comes back here
        try:
            self._go_on()
        finally:
            self._busy = False

    def _go_on(self) -> None:
        chain = self._belonging.own_chain
        if chain is None or self._seat.seat_id not in chain.seats:
            return
        keys = self._keys() or self._make()
        if keys.seat_id in chain.active:
            self._succeed(keys)
            return
        old = chain.seats[self._seat.seat_id]
        self._seat.go_on_as(
            keys, Seat(keys.seat_id, old.member, old.name, old.unit, old.role, keys.sign_public, keys.seal_public)
        )
        self._ask(keys, old, chain.devices.get(old.id, ""))

    # -- a lead

    def requests(self) -> tuple[SuccessionRequest, ...]:
        """The new seats that copied stores of the own unit ask for and that no lead has enrolled."""
        chain = self._belonging.own_chain
        if chain is None:
            return ()
        rows = self._database.query("SELECT body FROM change WHERE what = ? AND verdict = 'waiting'", (REQUEST,))
        found = [one for row in rows if (one := self._read(row[0]))]
        waiting = [one for one in found if one.seat not in chain.seats and one.replaces in chain.seats]
        return tuple(replace(one, closed=one.replaces in chain.closed) for one in waiting)

    def approve(self, asked: SuccessionRequest) -> None:
        """Enrol the new seat as another device of the same person. Errors: KnownError `membership.refused`."""
        chain = self._belonging.own_chain
        member = chain.seats[asked.replaces].member if chain is not None else ""
        self._stewarding.enrol(asked.request, member=member)

    # -- parts

    def _keys(self) -> SeatKeys | None:
        kept = self._database.value("SELECT value FROM meta WHERE key = ?", (SUCCESSOR,))
        return None if kept is None else SeatKeys.from_bytes(bytes(kept))

    def _make(self) -> SeatKeys:
        """New keys, and a chain of changes of their own in every space."""
        made = SeatKeys.generate()
        with self._database.transaction():
            self._database.execute("INSERT INTO meta (key, value) VALUES (?, ?)", (SUCCESSOR, made.to_bytes()))
            self._database.execute("UPDATE space SET n = 0, prev = ''")
        return made

    def _ask(self, keys: SeatKeys, old: Seat, device: str) -> None:
        """Tell the leads, once, in the unit's own space and signed by the new seat."""
        asked = self._database.value("SELECT 1 FROM change WHERE seat = ? AND what = ?", (keys.seat_id, REQUEST))
        if asked is not None or not self._seat.unit_space:
            return
        request = write_request(keys, old.unit, member_name=old.name, device=device or old.name, rules=RULES_VERSION)
        file = CaseKey(self._seat.unit_space, hashlib.sha256(keys.seat_id.encode()).hexdigest()[:32])
        fields = {"request": b64encode(request).decode(), "replaces": old.id}
        self._ledger.write(file, [Assign(REQUEST, None, name, value) for name, value in fields.items()])

    def _succeed(self, keys: SeatKeys) -> None:
        """The new seat is enrolled: the old one closes itself with the changes of both files, and is no more.

        Where the other file or a lead has closed it first, their list stands, and what it lacks is for a lead to adopt.
        """
        with contextlib.suppress(KnownError):
            self._stewarding.close_own_seat()
        with self._database.transaction():
            self._database.execute("UPDATE meta SET value = ? WHERE key = ?", (keys.to_bytes(), SEAT_KEYS))
            self._database.execute("DELETE FROM meta WHERE key IN (?, ?)", (SUCCESSOR, COPIED))
        self._seat.succeed(keys)
        self._belonging.forget()
        self._follow()

    @staticmethod
    def _read(body: bytes) -> SuccessionRequest | None:
        """A request that its own seat signed twice: as a seat that asks, and as the writer of the change."""
        change = read_change(body)
        said = {one.field: one.value for one in change.set if one.kind == REQUEST}
        try:
            raw = b64decode(str(said.get("request", "")), validate=True)
            request = read_request(raw)
        except (BadEntry, ValueError):
            return None
        if request.seat_id != change.seat:
            return None
        return SuccessionRequest(change.seat, str(said.get("replaces", "")), request.member_name, request.device, raw)
