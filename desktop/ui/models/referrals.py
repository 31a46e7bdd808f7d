"""The referrals as a table: sent and received, where each stands, who holds the risk, which clock runs.

Reads the list once and filters it here. Leaves words to `referral_words` and drawing to the delegate.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop.i18n import tr
from desktop.model.moment import moment
from desktop.model.referral import ReferralState, ReferralView
from desktop.tasks import Failure, StoreThread
from desktop.ui.models.referral_words import clock_words, holder_words, state_words
from desktop.ui.models.words import due_words, stage_short, time_words
from desktop.ui.widgets.grade import grade_word
from desktop.ui.widgets.table import CellRole

Direction = Literal["all", "sent", "received"]
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_LAST = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Column:
    """One column: its stable name, its head, its width at 100 %."""

    name: str
    head: str
    width: int


@dataclass(frozen=True)
class Wanted:
    """Which referrals are shown."""

    direction: Direction = "all"
    text: str = ""
    high: bool = False
    mine: bool = False
    """Only those whose risk the own unit holds."""
    closed: bool = False
    """Those that ended, too."""


def columns() -> tuple[Column, ...]:
    """The columns in their first order."""
    return (
        Column("case", tr("Case"), 150),
        Column("grade", tr("Grade"), 112),
        Column("who", tr("To or from"), 190),
        Column("state", tr("State"), 200),
        Column("holder", tr("Who holds the risk"), 250),
        Column("clock", tr("Next"), 140),
        Column("due", tr("Due"), 106),
        Column("reference", tr("Reference"), 96),
        Column("sent", tr("Sent"), 140),
    )


class ReferralsModel(QAbstractTableModel):
    """The rows. `loaded(shown, held)` after a reading or another filter, `failed(Failure)`."""

    loaded = Signal(int, int)
    failed = Signal(object)

    def __init__(
        self,
        tasks: StoreThread,
        now: Callable[[], datetime],
        unit: str,
        unit_names: Mapping[str, str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks, self._now, self._unit, self._names = tasks, now, unit, unit_names
        self._columns = columns()
        self._all: list[ReferralView] = []
        self._rows: list[ReferralView] = []
        self._at = now()
        self._wanted = Wanted()
        self._sorted_by, self._order = 6, Qt.SortOrder.AscendingOrder

    def load(self) -> None:
        """Read the list."""
        self._tasks.query(lambda store: store.referrals.list(), self._take, owner=self, failed=self._failed)

    def show_wanted(self, wanted: Wanted) -> None:
        """Show others of the referrals that were read."""
        self._wanted = wanted
        self._fill()

    def referral(self, row: int) -> ReferralView:
        """The referral of a row."""
        return self._rows[row]

    def place_of(self, referral_id: str) -> QModelIndex:
        """Where a referral stands; invalid when it is not shown."""
        found = (place for place, view in enumerate(self._rows) if view.id == referral_id)
        place = next(found, None)
        return QModelIndex() if place is None else self.index(place, 0)

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].head
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        view, column = self._rows[index.row()], self._columns[index.column()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return self._words(view, column.name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.head}: {self._words(view, column.name) or tr('none')}"
        return self._drawn(view, column.name, role)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; equal rows stay as they were."""
        self._sorted_by, self._order = column, order
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        kept = [self._rows[index.row()].id for index in before]
        self._sort()
        places = {view.id: place for place, view in enumerate(self._rows)}
        after = [self.index(places[one], old.column()) for one, old in zip(kept, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _take(self, found: list[ReferralView]) -> None:
        self._all = found
        self._fill()

    def _fill(self) -> None:
        self.beginResetModel()
        self._at = self._now()
        self._rows = [view for view in self._all if self._fits(view)]
        self._sort()
        self.endResetModel()
        self.loaded.emit(len(self._rows), len(self._all))

    def _fits(self, view: ReferralView) -> bool:
        wanted = self._wanted
        sent = view.sender == self._unit
        side = wanted.direction == "all" or sent == (wanted.direction == "sent")
        said = " ".join((view.code_name, view.spoken_reference, self._who(view))).casefold()
        ended = not (view.is_open or view.state is ReferralState.DECLINED)
        return (
            side
            and wanted.text.casefold() in said
            and (not wanted.high or view.grade.is_high)
            and (not wanted.mine or view.holder == self._unit)
            and (wanted.closed or not ended)
        )

    def _sort(self) -> None:
        if not 0 <= self._sorted_by < len(self._columns):
            return
        name = self._columns[self._sorted_by].name
        keys: Mapping[str, Callable[[ReferralView], Any]] = {
            "grade": lambda view: view.grade.rank,
            "due": lambda view: view.next_clock.due if view.is_open and view.next_clock else _LAST,
            "sent": lambda view: view.sent_at,
        }
        key = keys.get(name, lambda view: self._words(view, name).casefold())
        self._rows.sort(key=key, reverse=self._order is Qt.SortOrder.DescendingOrder)

    def _failed(self, failure: Failure) -> None:
        self.failed.emit(failure)

    def _who(self, view: ReferralView) -> str:
        return self._names.get(view.recipient if view.sender == self._unit else view.sender, "")

    def _words(self, view: ReferralView, name: str) -> str:
        clock = view.next_clock if view.is_open else None
        match name:
            case "case":
                return view.code_name
            case "grade":
                return grade_word(view.grade.value)
            case "who":
                return self._who(view)
            case "state":
                waits = view.queue_state in {"outbox", "refused"} and view.state is ReferralState.SENT
                return stage_short(view.queue_state).capitalize() if waits else state_words(view.state)[0]
            case "holder":
                return holder_words(view, self._unit, self._names)
            case "clock":
                return clock_words(clock.code) if clock else ""
            case "due":
                return due_words(clock.due, self._at)[0] if clock else ""
            case "reference":
                return view.spoken_reference
            case _:
                return self._sent_words(view)

    def _sent_words(self, view: ReferralView) -> str:
        stage = stage_short(view.queue_state) if view.sender == self._unit else ""
        at = time_words(moment(view.sent_at), self._at)
        return " ".join(part for part in (stage, at) if part)

    def _drawn(self, view: ReferralView, name: str, role: int) -> Any:
        _, icon, tone = state_words(view.state)
        clock = view.next_clock if view.is_open else None
        match name, role:
            case "case", CellRole.STRONG:
                return True
            case "grade", CellRole.GRADE:
                return view.grade.value
            case "who", CellRole.ICON:
                return "arrow-up-right" if view.sender == self._unit else "inbox"
            case "state", CellRole.ICON:
                return icon
            case "state", CellRole.TONE:
                return tone
            case "holder", CellRole.TONE:
                return "warn" if view.holder == self._unit else "muted"
            case "due", CellRole.TONE:
                return due_words(clock.due, self._at)[1] if clock else "muted"
            case "due", CellRole.ICON:
                return "circle-alert" if clock and clock.over else None
            case (("clock" | "reference" | "sent"), CellRole.TONE):
                return "muted"
        return None
