"""One case as a view-model: reads the whole file, carries out each edit as one change, opens what is kept hidden.

Every write names the ids that were shown when its edit began. The number and protected fields are read only inside the
act that logs their opening. Leaves words to `case_words`, what an edit looks like to the views.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from desktop.model.case import CaseFile
from desktop.model.contact import open_number
from desktop.model.person import Party
from desktop.model.record import CaseKey, FieldView, ValueId
from desktop.store.case_file import OPENED, parties_of
from desktop.store.edits import Begun
from desktop.store.sharing import Chosen
from desktop.store.store import Store
from desktop.tasks import Failure, StoreThread
from desktop.ui.models.case_begun import refs_of
from sync.records import SpaceKind

T = TypeVar("T")
Fields = Mapping[str, tuple[Any, Sequence[ValueId]]]
"""Field → (value, the ids that were shown when its edit began)."""

NUMBER_OPENED = "number.opened"
PROTECTED_OPENED = "protected.opened"
"""Acts in the audit log."""


@dataclass(frozen=True)
class Partners:
    """A space shared with other units: its id, its name, and the agencies of the others."""

    space: str
    name: str
    agencies: tuple[str, ...]


@dataclass(frozen=True)
class Keeping:
    """What leads have asked for a file: `waits` names the act that waits for the server ("" for none), `asked` says
    that another lead has asked to erase it.
    """

    waits: str = ""
    asked: bool = False


@dataclass(frozen=True)
class CasePage:
    """What the screen shows. `members`: names of people of the own unit and its partners, who may owe an action."""

    file: CaseFile
    partners: tuple[Partners, ...]
    members: tuple[str, ...]
    agencies: Mapping[str, str]
    """The agency of every unit, by its id."""
    begun: tuple[Begun, ...]
    """Edits begun earlier and not written."""
    own: bool
    """Whether the case belongs to the own unit's caseload, not only to a file that a partner shared."""
    keeping: Keeping | None = None
    """None for everybody but leads of the unit."""

    def conflict_of(self, kind: str, record: str) -> str:
        """The id of the first open conflict in a record; "" for none."""
        found = (item.id for item in self.file.conflicts if (item.kind, item.record) == (kind, record))
        return next(found, "")

    def field(self, kind: str, record: str, name: str) -> FieldView | None:
        """One field as it stands."""
        held = self.file.record(kind, record)
        return held.fields.get(name) if held else None


@dataclass(frozen=True)
class Told:
    """Who hears how an edit went: once it is on disk, or why it is not; then nothing was written."""

    wrote: Callable[[], None]
    failed: Callable[[Failure], None]
    refs: tuple[str, ...] = ()
    editor: str = ""
    """The edit in hand that this writes, and the files it is kept by: it goes in the same transaction."""


class CaseModel(QObject):
    """`shown(CasePage)` after each reading, `failed(Failure)` when it could not be read."""

    shown = Signal(object)
    failed = Signal(object)
    number_opened = Signal(str)
    person_opened = Signal(object)
    """A `Party` with its protected fields shown, just logged."""

    def __init__(self, tasks: StoreThread, key: CaseKey) -> None:
        super().__init__()
        self._tasks = tasks
        self._key = key

    # -- reading

    def open(self) -> None:
        """Read the case and log that a person opened it."""

        def act(store: Store) -> CasePage:
            store.audit.append(OPENED, self._key.ref)
            return _read(store, self._key)

        self._tasks.change(act, self.shown.emit, owner=self, failed=self._failed)

    def load(self) -> None:
        """Read it again."""
        self._tasks.query(lambda store: _read(store, self._key), self.shown.emit, owner=self, failed=self._failed)

    def open_number(self) -> None:
        """Log the opening, then hand the number over by `number_opened`."""

        def act(store: Store) -> str:
            file = store.cases.file(self._key)
            store.audit.append(NUMBER_OPENED, file.header.key.ref)
            return open_number(file.safe_contact.value) if file.safe_contact else ""

        self._tasks.change(act, self.number_opened.emit, owner=self, failed=self._failed)

    def open_person(self, person: str) -> None:
        """Log the opening, then hand over the person with the protected fields."""

        def act(store: Store) -> Party | None:
            store.audit.append(PROTECTED_OPENED, person)
            found = parties_of(store.cases.records(self._key), opened=True)
            return next((party for party in found if party.person == person), None)

        self._tasks.change(act, self.person_opened.emit, owner=self, failed=self._failed)

    def _failed(self, failure: Failure) -> None:
        self.failed.emit(failure)

    # -- writing: each call is one change

    def edit(self, kind: str, record: str, fields: Fields, told: Told) -> None:
        """Set fields of one record."""
        self._change(lambda store: store.cases.edit_fields(self._key, kind, record, fields), told)

    def add(self, kind: str, fields: Mapping[str, Any], told: Told, record: str | None = None) -> None:
        """Write a new record."""
        self._change(lambda store: store.cases.add_record(self._key, kind, fields, record), told)

    def add_person(self, role: str, fields: Mapping[str, Any], told: Told) -> None:
        """Add a person with their role in this case."""
        self._change(lambda store: store.cases.add_person(self._key, role, fields), told)

    def agree(
        self, grade: str, considered: Sequence[str], dissent: str, over: Mapping[str, Sequence[ValueId]], told: Told
    ) -> None:
        """Record the agreed working grade; `over` for each of its parts."""
        self._change(
            lambda store: store.cases.agree_grade(self._key, grade, considered, dissent=dissent, over=over),
            told,
        )

    def share(self, space: str, chosen: Sequence[Chosen], basis: str, told: Told) -> None:
        """Copy chosen values into the file shared with the units of `space`."""
        self._change(lambda store: store.cases.share(self._key, space, chosen, basis=basis), told)

    def send_newer(self, told: Told) -> None:
        """Bring the partners' copies up to what stands here."""
        self._change(lambda store: store.cases.send_newer(self._key), told)

    def adopt(self, then: Callable[[CaseKey], None], failed: Callable[[Failure], None]) -> None:
        """Open a case of the own unit for this shared file."""
        self._tasks.change(lambda store: store.cases.adopt(self._key), then, owner=self, failed=failed)

    def keep_file(self, act: str, told: Told) -> None:
        """An act of a lead, which is logged: `act` is freeze, unfreeze or erase."""

        def write(store: Store) -> None:
            key = store.cases.file(self._key).header.key
            {"freeze": store.erasing.freeze, "unfreeze": store.erasing.unfreeze, "erase": store.erasing.erase}[act](key)
            store.audit.append(f"case.{act}", key.ref)

        self._tasks.change(write, lambda _done: told.wrote(), owner=self, failed=told.failed)

    # -- edits in hand

    def keep(self, refs: tuple[str, ...], begun: Begun, failed: Callable[[Failure], None]) -> None:
        """Keep what is typed; `failed` when it could not be."""
        self._tasks.change(lambda store: store.edits.keep(refs, begun), _nothing, owner=self, failed=failed)

    def drop(self, refs: tuple[str, ...], editor: str) -> None:
        """Let go of what was typed."""
        self._tasks.change(lambda store: store.edits.drop(refs, editor), _nothing, owner=self, failed=self._failed)

    def _change(self, write: Callable[[Store], object], told: Told) -> None:
        def act(store: Store) -> None:
            with store.database.transaction():
                write(store)
                store.edits.finish(told.refs, told.editor)

        self._tasks.change(act, lambda _done: told.wrote(), owner=self, failed=told.failed)


def _nothing(_done: object) -> None:
    """What is kept shows when the case is opened again."""


def _read(store: Store, key: CaseKey) -> CasePage:
    file, seat = store.cases.file(key), store.seat
    shared = [space for space in seat.spaces.values() if space.kind is SpaceKind.SHARED]
    units = {unit for space in shared for unit in space.units} | {seat.unit}
    return CasePage(
        file=file,
        partners=tuple(Partners(space.id, space.name, seat.agencies_in(space.id)) for space in shared),
        members=tuple(sorted(member.name for member in seat.seats.values() if member.unit in units)),
        agencies={unit.id: unit.agency for unit in seat.roster.units},
        begun=store.edits.list(refs_of(file)),
        own=not seat.is_shared(file.header.key.space),
        keeping=_keeping(store, file.header.key) if store.stewarding.is_lead else None,
    )


def _keeping(store: Store, key: CaseKey) -> Keeping:
    waiting = [one.act for one in store.erasing.meant() if key in one.keys and not one.code]
    return Keeping(waiting[-1] if waiting else "", key in store.erasing.asked())
