"""The unit as a view-model: members and seats, who asks to join, what a lead does about them.

Asks the store and tells the view in signals. Leaves what an act means to `desktop.store.stewarding` and `enrolling`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from PySide6.QtCore import QLocale, QObject, Signal

from desktop.errors import KnownError
from desktop.i18n import tr
from desktop.model.case import CaseloadQuery, CaseRow
from desktop.model.unit import MemberLine, Owed, PartnerLine, RequestLine, SeatLine
from desktop.store.adopting import Aside
from desktop.store.store import Store
from desktop.store.succession import SuccessionRequest
from desktop.tasks import Failure, StoreThread

LARGEST_AUTHORITY = 64 * 1024


@dataclass(frozen=True)
class Copy:
    """A profile that was copied or put back from a backup and goes on under a new seat, once a lead has said so."""

    asked: SuccessionRequest
    line: RequestLine


@dataclass(frozen=True)
class UnitPage:
    """Everything the screen shows. `own_words` are set while this seat itself waits to be enrolled."""

    is_lead: bool
    server: str
    members: tuple[MemberLine, ...]
    requests: tuple[RequestLine, ...]
    own_words: tuple[str, ...]
    refusal: str
    owed: Owed
    recoveries: tuple[tuple[str, str], ...]
    recovery_public: bytes
    """Of the key on the unit's papers; empty for none."""
    partners: tuple[PartnerLine, ...]
    unit_words: tuple[str, ...]
    """The safety words of the own unit."""
    aside: tuple[Aside, ...]
    """What closed seats wrote and no list names, for leads."""
    copies: tuple[Copy, ...]
    """Copied or restored profiles of the unit that ask for a seat of their own, for leads."""


@dataclass(frozen=True)
class Closing:
    """What a lead sees before a seat is closed: whose it is, what it could read, what it wrote and when."""

    member: MemberLine
    seat: SeatLine
    cases: tuple[CaseRow, ...]
    written: Mapping[str, tuple[tuple[int, str, str], ...]]
    """By space id: (number, claimed time, cid) of everything held from it, in the order in which it was written."""

    def last_ones(self) -> tuple[tuple[str, int, str], ...]:
        """(space, number, claimed time) of every entry, the latest claimed first: one of them is the last trusted."""
        every = [(space, number, at) for space, lines in self.written.items() for number, at, _ in lines]
        return tuple(sorted(every, key=lambda each: (each[2], each[1]), reverse=True))

    def trusted(self, last: tuple[str, int, str] | None) -> dict[str, list[str]]:
        """By space id the cids up to the last trusted entry (None: everything that is held).

        In its own space by number, which a thief cannot set back; in the others in the order of writing, as long as the
        claimed times run before it.
        """
        return {space: [line[2] for line in _before(space, lines, last)] for space, lines in self.written.items()}


def _before(
    space: str, lines: tuple[tuple[int, str, str], ...], last: tuple[str, int, str] | None
) -> tuple[tuple[int, str, str], ...]:
    if last is None:
        return lines
    if space == last[0]:
        return tuple(line for line in lines if line[0] <= last[1])
    return tuple(takewhile(lambda line: bool(line[1]) and line[1] <= last[2], lines))


class UnitModel(QObject):
    """`shown(UnitPage)` after each reading, `closing(Closing)` when a closing is to be decided, `done(words)` after an
    act, `failed(Failure)` when something did not work.
    """

    shown = Signal(object)
    closing = Signal(object)
    done = Signal(str)
    failed = Signal(object)

    def __init__(self, tasks: StoreThread) -> None:
        super().__init__()
        self._tasks = tasks
        self._language = QLocale().name()[:2]

    def load(self) -> None:
        """Read the unit."""
        language = self._language
        self._tasks.query(lambda store: _page(store, language), self.shown.emit, owner=self, failed=self._failed)

    def invite(self, path: Path) -> None:
        """Write an invitation file for one new seat."""

        def act(store: Store) -> None:
            _write(path, store.enrolling.invite())

        self._change(act, tr("The invitation is in the file. Hand it over yourself: it opens the way to the unit."))

    def approve(self, request: RequestLine) -> None:
        """Enrol the seat whose words were compared."""
        self._change(
            lambda store: store.enrolling.approve(request.invitation), tr("{name} is in the unit.", name=request.name)
        )

    def approve_copy(self, copy: Copy) -> None:
        """Enrol the new seat of a copied profile."""
        self._change(lambda store: store.succession.approve(copy.asked), tr("{name} goes on.", name=copy.asked.name))

    def decline(self, request: RequestLine) -> None:
        """Let the request go."""
        self._change(lambda store: store.enrolling.decline(request.invitation), tr("The request was declined."))

    def connect_server(self, address: str, authority: Path | None, code: str) -> None:
        """Name the unit's server."""

        def act(store: Store) -> None:
            store.stewarding.connect(address, _read_authority(authority), code)

        self._change(act, tr("Lock and unlock once: then the server is used."))

    def adopt(self, aside: Aside) -> None:
        """Take in what a lead vouches for."""
        self._change(lambda store: store.adopting.adopt([aside]), tr("It counts again, for everybody."))

    def save_card(self, path: Path) -> None:
        """Write the own unit's card for another unit's lead."""

        def act(store: Store) -> None:
            _write(path, store.partnering.own_card())

        self._change(act, tr("The card is in the file. Compare the six words when they have it."))

    def add_partner(self, path: Path) -> None:
        """Take another unit's card."""
        self._change(lambda store: store.partnering.add(_read(path)), tr("The unit is read with the next sync."))

    def found_partnership(self, partner: PartnerLine, name: str) -> None:
        """Found the partnership with a unit whose words were compared."""
        self._change(
            lambda store: store.partnering.found_partnership(name, partner.unit),
            tr("The partnership stands when {unit} confirms it.", unit=partner.name),
        )

    def confirm(self, partner: PartnerLine) -> None:
        """Confirm the partnership that the other unit has founded."""
        self._change(lambda store: store.partnering.confirm(partner.unit), tr("The partnership stands."))

    def share_space(self, partner: PartnerLine) -> None:
        """Open a space that both units read."""
        self._change(
            lambda store: store.stewarding.share_space(partner.name, [partner.unit]),
            tr("Cases can now be shared with {unit}.", unit=partner.name),
        )

    def renew_papers(self, private: bytes, public: bytes) -> None:
        """Have the unit announce the key of the new papers."""
        self._change(
            lambda store: store.stewarding.renew_papers(private, public),
            tr("The new papers are in force. Keep two old ones until every laptop was unlocked once after a sync."),
        )

    def ask_closing(self, member: MemberLine, seat: SeatLine) -> None:
        """What would be closed: `closing`."""

        def read(store: Store) -> Closing:
            cases = store.cases.caseload(CaseloadQuery(statuses=frozenset()))
            return Closing(member, seat, tuple(cases), dict(store.stewarding.written_by(seat.id)))

        self._tasks.query(read, self.closing.emit, owner=self, failed=self._failed)

    def close_seat(self, closing: Closing, last: tuple[str, int, str] | None) -> None:
        """Close it; what it wrote after the last trusted entry (None: nothing) is kept aside. What arrived since the
        lead looked was judged by nobody, and is kept aside too.
        """
        self._change(
            lambda store: store.stewarding.close_seat(closing.seat.id, closing.trusted(last)),
            tr("The seat is closed and the keys are changed."),
        )

    def make_lead(self, member: MemberLine) -> None:
        """Another lead: a unit with one lead is lost with that lead's laptop."""
        self._change(lambda store: store.stewarding.make_lead(member.id), tr("{name} is a lead now.", name=member.name))

    def _change(self, act: Callable[[Store], object], words: str) -> None:
        def done(_answer: object) -> None:
            self.done.emit(words)
            self.load()

        self._tasks.change(act, done, owner=self, failed=self._failed)

    def _failed(self, failure: Failure) -> None:
        self.failed.emit(failure)


def _page(store: Store, language: str) -> UnitPage:
    lead = store.stewarding.is_lead
    return UnitPage(
        is_lead=lead,
        server=store.stewarding.server,
        members=store.stewarding.members(),
        requests=store.enrolling.requests(language) if lead else (),
        own_words=store.enrolling.own_words(language),
        refusal=store.enrolling.refusal(),
        owed=store.stewarding.owed(),
        recoveries=store.stewarding.recoveries(),
        recovery_public=store.stewarding.recovery_public,
        partners=store.partnering.lines(language),
        unit_words=store.partnering.own_words(language),
        aside=store.adopting.quarantined() if lead else (),
        copies=_copies(store, language) if lead else (),
    )


def _copies(store: Store, language: str) -> tuple[Copy, ...]:
    return tuple(
        Copy(
            asked,
            RequestLine(
                "", asked.name, asked.device, asked.request, "", store.enrolling.words_of(asked.request, language)
            ),
        )
        for asked in store.succession.requests()
    )


def _read_authority(path: Path | None) -> bytes:
    if path is None:
        return b""
    content = _read(path)
    if len(content) > LARGEST_AUTHORITY or b"-----BEGIN CERTIFICATE-----" not in content or not content.isascii():
        raise KnownError(
            "membership.authority",
            "This file is not a certificate authority in PEM form.",
            "Ask your IT for the server’s CA file (.pem or .crt, text).",
        )
    return content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise _file_refused() from None


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError:
        raise _file_refused() from None


def _file_refused() -> KnownError:
    return KnownError(
        "membership.file",
        "The file cannot be read or written there.",
        "Choose another folder or stick. Nothing was changed.",
    )


def role_words(roles: frozenset[str]) -> str:
    """The roles of a member in words, the strongest first."""
    words = {
        "lead": tr("Lead"),
        "coordinator": tr("Coordinator"),
        "practitioner": tr("Practitioner"),
        "auditor": tr("Auditor"),
    }
    return ", ".join(word for role, word in words.items() if role in roles)


WRONG_CODE = "unit.code"
"""The server's word on a founding code that is not right: the lead is asked for the server again."""


def enrolment_reason(code: str) -> str:
    """Why the server would not take a request or a founding; an unknown code is shown as it is."""
    words = {
        "enrolment.used": tr("This invitation was used before. Ask your lead for a new one."),
        "enrolment.refused": tr("The server does not know this invitation any more. Ask your lead for a new one."),
        "unit.unknown": tr("The server does not know this unit. Ask your lead whether the unit was founded there."),
        WRONG_CODE: tr("The founding code is not right, or was used before. Ask the server’s operator."),
    }
    return words.get(code, tr("The server refused it ({code}).", code=code))
