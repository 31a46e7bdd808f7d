"""The caseload as a table model: thousands of rows, sorted in memory, filtered and searched by the store.

Cells say how they are drawn by the roles of `desktop.ui.widgets.table`; every cell has words. Leaves which cases a
person may see to the store, and the columns' widths to the view.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop.i18n import tr, trn
from desktop.model.case import CaseloadQuery, CaseRow
from desktop.model.moment import moment
from desktop.tasks import Failure, StoreThread
from desktop.ui.models.words import agency_word, due_words, stage_short, step_word, time_words
from desktop.ui.widgets.grade import grade_word
from desktop.ui.widgets.table import CellRole
from desktop.ui.widgets.travel import WHERE

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_NO_DATE = "9999"
"""What has no date stands behind what has one."""


@dataclass(frozen=True)
class Column:
    """One column: its stable name, its head, its natural width at 100 %, and what it is sorted by."""

    name: str
    head: str
    width: int
    key: Callable[[CaseRow], Any]


def columns() -> tuple[Column, ...]:
    """The columns in their first order."""
    return (
        Column("case", tr("Case"), 128, lambda row: row.code_name.casefold()),
        Column("grade", tr("Grade"), 112, lambda row: row.grade.rank),
        Column(
            "agencies", tr("Agencies"), 104, lambda row: max((one.grade.rank for one in row.agency_grades), default=0)
        ),
        Column("flags", tr("Flags"), 64, lambda row: len(row.flags)),
        Column("step", tr("Step"), 88, lambda row: ("identify", "assess", "act", "follow_up").index(row.step)),
        Column("next", tr("Next act"), 200, lambda row: row.next_act.casefold()),
        Column("due", tr("Due"), 128, lambda row: row.next_due or _NO_DATE),
        Column("lead", tr("Lead worker"), 104, lambda row: row.lead_worker.casefold()),
        Column("changed", tr("Last change"), 156, lambda row: row.updated_at),
    )


class CaseloadModel(QAbstractTableModel):
    """The rows of one query. `loaded(count)` after each reading, `failed(Failure)` when it could not be read."""

    loaded = Signal(int)
    failed = Signal(object)

    def __init__(
        self, tasks: StoreThread, now: Callable[[], datetime], agencies: Sequence[str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._now = now
        self._agencies = tuple(agencies)
        self._columns = columns()
        self._rows: list[CaseRow] = []
        self._at = now()
        self._asked = 0
        self._sorted_by = 1
        self._order = Qt.SortOrder.DescendingOrder

    def load(self, query: CaseloadQuery) -> None:
        """Read the rows of `query`; an answer that a later query overtook is not shown."""
        self._asked += 1
        asked = self._asked
        self._tasks.query(
            lambda store: store.cases.caseload(query),
            lambda rows: self._take(asked, rows),
            owner=self,
            failed=self._failed,
        )

    def row(self, index: _Index) -> CaseRow:
        """The case of a cell."""
        return self._rows[index.row()]

    def place_of(self, wanted: CaseRow) -> QModelIndex:
        """Where a case stands now; an invalid index when it is no longer listed."""
        for place, row in enumerate(self._rows):
            if row.key == wanted.key:
                return self.index(place, 0)
        return QModelIndex()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self._columns[section]
        if role == CellRole.BARS and column.name == "agencies":
            return tuple(agency_word(agency)[:1] for agency in self._agencies)
        if role == Qt.ItemDataRole.DisplayRole:
            return column.head
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, name = self._rows[index.row()], self._columns[index.column()].name
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(row, name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words = self._change_words(row, whole=True) if name == "changed" else self._words(row, name)
            return f"{self._columns[index.column()].head}: {words or tr('none')}"
        if role == Qt.ItemDataRole.ToolTipRole:
            if name == "changed":
                return self._change_words(row, whole=True)
            return self._agency_words(row) if name == "agencies" else None
        return self._drawn(row, name, role)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; equal rows stay in the order of their code names."""
        self._sorted_by, self._order = column, order
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        kept = [self._rows[index.row()] for index in before]
        self._sort()
        places = {row.key: place for place, row in enumerate(self._rows)}
        after = [self.index(places[row.key], old.column()) for row, old in zip(kept, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _sort(self) -> None:
        if 0 <= self._sorted_by < len(self._columns):
            self._rows.sort(key=self._columns[0].key)
            down = self._order is Qt.SortOrder.DescendingOrder
            self._rows.sort(key=self._columns[self._sorted_by].key, reverse=down)

    def _take(self, asked: int, rows: list[CaseRow]) -> None:
        if asked != self._asked:
            return
        self.beginResetModel()
        self._at = self._now()
        self._rows = list(rows)
        self._sort()
        self.endResetModel()
        self.loaded.emit(len(rows))

    def _failed(self, failure: Failure) -> None:
        self.failed.emit(failure)

    def _words(self, row: CaseRow, name: str) -> str:
        match name:
            case "case":
                return row.code_name
            case "grade":
                return grade_word(row.grade)
            case "agencies":
                return self._agency_words(row)
            case "flags":
                return str(len(row.flags)) if row.flags else ""
            case "step":
                return step_word(row.step)
            case "next":
                contested = trn("%n value to decide|%n values to decide", row.contested) if row.contested else ""
                return row.next_act or contested
            case "due":
                return due_words(moment(row.next_due), self._at)[0]
            case "lead":
                return row.lead_worker or tr("Nobody yet")
            case _:
                return self._change_words(row)

    def _change_words(self, row: CaseRow, *, whole: bool = False) -> str:
        """When, and where it is; that it is at the server, as most are, is said by the sign unless `whole`."""
        at = time_words(moment(row.updated_at), self._at)
        stage = tr("draft") if row.draft else "" if row.stage == "server" and not whole else stage_short(row.stage)
        return " ".join(part for part in (stage, at) if part)

    def _agency_words(self, row: CaseRow) -> str:
        return ", ".join(f"{agency_word(one.agency)} {grade_word(one.grade)}" for one in row.agency_grades)

    def _drawn(self, row: CaseRow, name: str, role: int) -> Any:
        match name, role:
            case "case", CellRole.STRONG:
                return True
            case "grade", CellRole.GRADE:
                return row.grade.value
            case "agencies", CellRole.BARS:
                grades = {one.agency: one.grade.value for one in row.agency_grades}
                return tuple(grades.get(agency, "") for agency in self._agencies)
            case "flags", CellRole.ICON:
                return "flag" if row.flags else None
            case "flags", CellRole.TONE:
                return "danger" if row.flags else "muted"
            case "next", CellRole.ICON:
                return "split" if row.contested else None
            case "due", CellRole.TONE:
                return due_words(moment(row.next_due), self._at)[1]
            case "due", CellRole.ICON:
                return "circle-alert" if due_words(moment(row.next_due), self._at)[1] == "danger" else None
            case "changed", CellRole.ICON:
                return WHERE["draft" if row.draft else _sign(row.stage)][0] if row.draft or row.stage else None
            case (("step" | "lead" | "changed"), CellRole.TONE):
                return "muted"
        return None


def _sign(stage: str) -> str:
    """The sign of a stage of the queue: what was sent is still on its way."""
    return "outbox" if stage == "sent" else stage
