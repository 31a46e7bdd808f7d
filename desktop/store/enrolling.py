"""New seats of the unit: the invitation a lead gives, the request that waits, and a lead's word on it.

Leaves the forms to `sync.invitation` and `sync.enrolment`, the chain's entry to `stewarding`, the words that two people
read to each other to the screens.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from desktop.errors import KnownError
from desktop.model.unit import RequestLine
from desktop.store.belonging import REQUEST, Belonging
from desktop.store.database import Database, Row
from desktop.store.seat import SeatIdentity
from desktop.store.stewarding import Stewarding, refused_act
from sync.acts import SpaceUnit
from sync.chain import ChainState
from sync.enrolment import open_request, read_request
from sync.errors import BadEntry, CannotOpen, SyncError
from sync.identity import Role
from sync.invitation import answers, may_invite, read_signed, write_invitation
from sync.rotation import open_unit_keys, own_keys
from sync.safety_words import safety_words

VALID_DAYS = 14
ENROLLED, DECLINED = "enrolled", "declined"


class Enrolling:
    """Invitations and requests as one seat sees them."""

    def __init__(
        self,
        database: Database,
        seat: SeatIdentity,
        belonging: Belonging,
        stewarding: Stewarding,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._seat = seat
        self._belonging = belonging
        self._stewarding = stewarding
        self._clock = clock
        self._spoken: dict[tuple[bytes, str], tuple[str, ...]] = {}

    # -- the new seat

    def own_request(self) -> bytes:
        """The request of this seat while no lead has enrolled it; empty otherwise. Its safety words are read aloud."""
        chain = self._belonging.own_chain
        if chain is not None and self._seat.seat_id in chain.seats:
            return b""
        kept = self._database.value("SELECT value FROM meta WHERE key = ?", (REQUEST,))
        return bytes(kept) if kept is not None else b""

    def own_words(self, language: str) -> tuple[str, ...]:
        """The safety words of the own request, while it waits."""
        request = self.own_request()
        return self.words_of(request, language) if request else ()

    def refusal(self) -> str:
        """The code with which the server would not take what was posted to it without a session; "" for none, and for
        a request once this seat is enrolled.
        """
        chain = self._belonging.own_chain
        if chain is not None and self._seat.seat_id in chain.seats:
            found = self._database.value("SELECT code FROM errand WHERE errand = 'found' AND code <> ''")
            return str(found or "")
        return str(self._database.value("SELECT code FROM errand WHERE code <> '' ORDER BY id LIMIT 1") or "")

    # -- a lead

    def invite(self, *, member: str = "", name: str = "") -> bytes:
        """The content of an invitation file, good for one new seat for two weeks: of `member`, else of a new person.

        Raises KnownError `membership.refused` for a seat that may not invite, `membership.no_server` while no server
        could take the request.
        """
        chain = self._belonging.own_chain
        if chain is None or not self._stewarding.is_lead:
            raise refused_act("control.refused")
        if not self._stewarding.server:
            raise KnownError(
                "membership.no_server",
                "The unit has no server yet that could carry a request back to you.",
                "Connect the unit to the partnership’s server first.",
            )
        try:
            return write_invitation(
                self._seat.seat_keys,
                chain,
                server=self._stewarding.server,
                authority=self._seat.roster.authority,
                expires=(self._clock() + timedelta(days=VALID_DAYS)).date().isoformat(),
                partnership=self._seat.partnership_space,
                units=(SpaceUnit(chain.unit, chain.label, chain.agency),),
                member=member,
                name=name,
                unit_space=self._seat.unit_space,
            )
        except SyncError as error:
            raise refused_act(error.code) from None

    def waiting(self) -> int:
        """How many requests wait for this lead's word; none for anybody else."""
        if not self._stewarding.is_lead:
            return 0
        self._settle_enrolled()
        return int(self._database.value("SELECT count(*) FROM enrolment WHERE decided = ''"))

    def requests(self, language: str) -> tuple[RequestLine, ...]:
        """The requests that wait for a lead's word, oldest first; one that is not what it should be says so.

        `language`: in which the safety words are to be read aloud (en, de).
        """
        chain = self._belonging.own_chain
        if chain is None:
            return ()
        self._settle_enrolled()
        rows = self._database.query("SELECT invitation, signed, sealed FROM enrolment WHERE decided = '' ORDER BY id")
        return tuple(self._worded(self._line(chain, row), language) for row in rows)

    def _settle_enrolled(self) -> None:
        """A request whose seat is enrolled by now, by another lead or before a power cut, waits no more."""
        chain = self._belonging.own_chain
        if chain is None:
            return
        for row in self._database.query(
            "SELECT invitation, signed, sealed FROM enrolment WHERE decided = '' ORDER BY id"
        ):
            line = self._line(chain, row)
            if line.request and read_request(line.request).seat_id in chain.seats:
                self._decide(line.invitation, ENROLLED)

    def approve(self, invitation: str, *, roles: Sequence[Role] = (Role.PRACTITIONER,)) -> None:
        """Enrol the seat: after its safety words were compared. Raises KnownError `membership.refused`."""
        chain, row = self._belonging.own_chain, self._row(invitation)
        if chain is None or row is None:
            raise refused_act("control.refused")
        line = self._line(chain, row)
        if line.fault:
            raise refused_act(line.fault)
        self._stewarding.enrol(line.request, member=line.member, roles=roles)
        self._decide(invitation, ENROLLED)

    def decline(self, invitation: str) -> None:
        """Let the request go; the laptop keeps its work and may be invited again."""
        self._decide(invitation, DECLINED)

    def _line(self, chain: ChainState, row: Row) -> RequestLine:
        invitation: str = row["invitation"]
        try:
            asked = read_signed(row["signed"])
            keys = open_unit_keys(chain, own_keys(self._seat.seat_keys))
            held = {name: (key.suite, key.secret) for name, key in keys.items()}
            raw, code = open_request(row["sealed"], chain.unit, held)
            request = read_request(raw)
        except (SyncError, BadEntry, CannotOpen) as error:
            return RequestLine(invitation, "", "", b"", "", fault=error.code)
        right = asked.id == invitation and answers(asked, request.invitation, code) and may_invite(asked, chain)
        fault = "" if right else "enrol.invitation"
        return RequestLine(invitation, request.member_name, request.device, raw, asked.member, fault=fault)

    def _worded(self, line: RequestLine, language: str) -> RequestLine:
        return replace(line, words=self.words_of(line.request, language)) if line.request else line

    def words_of(self, request: bytes, language: str) -> tuple[str, ...]:
        """The safety words of a request. Kept, because they are dear to make and asked for at every look."""
        known = self._spoken.get((request, language))
        if known is None:
            known = self._spoken[request, language] = safety_words(request, language)
        return known

    def _row(self, invitation: str) -> Row | None:
        return self._database.one(
            "SELECT invitation, signed, sealed FROM enrolment WHERE invitation = ? AND decided = ''", (invitation,)
        )

    def _decide(self, invitation: str, decision: str) -> None:
        with self._database.transaction() as transaction:
            self._database.execute(
                "UPDATE enrolment SET decided = ? WHERE invitation = ? AND decided = ''", (decision, invitation)
            )
            transaction.touch("membership")
