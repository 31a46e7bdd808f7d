"""The table: words under every drawing, keys that open and peek, columns remembered, thousands of rows."""

import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.ui.theme.theme import ThemeHost
from desktop.ui.theme.tokens import LIGHT
from desktop.ui.widgets.table import CellRole, TableView
from tests.desktop.ui.widgets.walk import colours

Themed = Callable[..., ThemeHost]
Index = QModelIndex | QPersistentModelIndex
pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints"), pytest.mark.usefixtures("themed")]


class Cases(QAbstractTableModel):
    """Many cases: a name, a grade, agencies' grades, a date."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows
        self.asked: set[int] = set()

    def rowCount(self, _parent: Index | None = None) -> int:
        return self.rows

    def columnCount(self, _parent: Index | None = None) -> int:
        return 4

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        self.asked.add(index.row())
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return (f"Case {index.row()}", "Extreme", "Police extreme", "3 days over")[column]
        if role == CellRole.GRADE and column == 1:
            return "extreme"
        if role == CellRole.BARS and column == 2:
            return ("extreme", "", "raised")
        if role == CellRole.TONE and column == 3:
            return "danger"
        return None

    def headerData(self, section: int, _way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return ("Case", "Grade", "Agencies", "Due")[section]
        return ("P", "H", "V") if role == CellRole.BARS and section == 2 else None


@pytest.fixture
def table(qtbot: QtBot) -> TableView:
    view = TableView("Cases")
    qtbot.addWidget(view)
    model = Cases(5000)
    model.setParent(view)
    view.setModel(model)
    view.resize(900, 400)
    view.show()
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is view)
    return view


def test_enter_opens_and_space_peeks_at_the_current_row(table: TableView) -> None:
    opened: list[int] = []
    peeked: list[int] = []
    table.opened.connect(lambda index: opened.append(index.row()))
    table.peeked.connect(lambda index: peeked.append(index.row()))
    table.selectRow(0)
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Return)
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert (opened, peeked) == ([1], [1])


def test_columns_are_remembered_as_text(table: TableView, qtbot: QtBot) -> None:
    head = table.horizontalHeader()
    head.resizeSection(0, 222)
    head.moveSection(0, 2)
    head.hideSection(3)
    state = table.column_state()
    other = TableView("Cases")
    qtbot.addWidget(other)
    model = Cases(3)
    model.setParent(other)
    other.setModel(model)
    assert other.restore_columns(state)
    again = other.horizontalHeader()
    assert (again.sectionSize(0), again.visualIndex(0), again.isSectionHidden(3)) == (222, 2, True)


@pytest.mark.parametrize("state", ["", "bm90IGEgc3RhdGU=", "%%%"])
def test_a_state_that_does_not_fit_changes_nothing(table: TableView, state: str) -> None:
    before = table.column_state()
    assert not table.restore_columns(state)
    assert table.column_state() == before


def test_grades_flags_and_the_current_row_are_drawn(table: TableView) -> None:
    table.selectRow(1)
    seen = colours(table)
    assert {LIGHT.extreme.ground, LIGHT.danger, LIGHT.accent_soft, LIGHT.focus, LIGHT.text} <= seen


def test_only_what_is_in_sight_is_asked_for(table: TableView) -> None:
    model = table.model()
    assert isinstance(model, Cases)
    model.asked.clear()
    start = time.perf_counter()
    for _ in range(20):
        QTest.keyClick(table, Qt.Key.Key_PageDown)
        QApplication.processEvents()
    assert time.perf_counter() - start < 3
    assert len(model.asked) < 600
