"""The caseload on a real store: keyboard, search, filters, tabs, columns, empty states, and ten thousand rows."""

import time

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.model.case import CaseloadQuery, CaseRow
from desktop.model.grade import Grade
from desktop.model.record import CaseKey
from desktop.ui.frame import Frame
from desktop.ui.models.caseload import CaseloadModel, columns
from desktop.ui.views.case import CaseScreen
from desktop.ui.views.caseload import CaseloadScreen
from desktop.ui.views.screen import Place
from desktop.ui.views.today import TodayScreen
from desktop.ui.views.unlock import UnlockView
from tests.desktop.ui.opened import NOW, PASSPHRASE, House, opened, start


def caseload_of(frame: Frame, qtbot: QtBot) -> CaseloadScreen:
    frame.open(Place.of("caseload"))
    screen = frame.in_sight()
    assert isinstance(screen, CaseloadScreen)
    qtbot.waitUntil(lambda: screen.table.model().rowCount(QModelIndex()) > 0)
    return screen


def names(screen: CaseloadScreen) -> list[str]:
    model = screen.table.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount(QModelIndex()))]


def test_from_unlock_to_a_case_by_keyboard_alone(qtbot: QtBot, house: House) -> None:
    causeway = start(qtbot, house)
    view = causeway.window.main()
    assert isinstance(view, UnlockView)
    qtbot.waitUntil(view.ready)
    with qtbot.waitSignal(causeway.opened, timeout=10_000):
        keyboard = causeway.window.focusWidget()
        assert keyboard is not None
        QTest.keyClicks(keyboard, PASSPHRASE)
        QTest.keyClick(keyboard, Qt.Key.Key_Return)
    assert causeway.session is not None
    frame = causeway.session.frame
    assert frame is not None
    today = frame.in_sight()
    assert isinstance(today, TodayScreen)
    qtbot.waitUntil(lambda: bool(today.rows()))
    QTest.keySequence(causeway.window, QKeySequence("Ctrl+2"))
    screen = frame.in_sight()
    assert isinstance(screen, CaseloadScreen)
    qtbot.waitUntil(lambda: screen.table.model().rowCount(QModelIndex()) == 12)
    assert causeway.window.focusWidget() is screen.table
    QTest.keyClick(screen.table, Qt.Key.Key_Down)
    wanted = names(screen)[1]
    QTest.keyClick(screen.table, Qt.Key.Key_Return)
    case = frame.in_sight()
    assert isinstance(case, CaseScreen)
    qtbot.waitUntil(lambda: wanted in shown(case))
    QTest.keySequence(causeway.window, QKeySequence("Alt+Left"))
    assert frame.in_sight() is screen
    assert causeway.window.focusWidget() is screen.table


def test_the_gravest_stand_first_and_every_cell_has_words(qtbot: QtBot, house: House) -> None:
    _causeway, frame = opened(qtbot, house)
    screen = caseload_of(frame, qtbot)
    model = screen.table.model()
    ranks = [str(model.index(row, 1).data()) for row in range(model.rowCount(QModelIndex()))]
    order = ["Extreme", "High", "Raised", "Standard", "Not graded"]
    assert ranks == sorted(ranks, key=order.index)
    spoken = model.index(0, 4).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("Step: ")


def test_searching_while_typing_and_clearing(qtbot: QtBot, house: House) -> None:
    _causeway, frame = opened(qtbot, house)
    screen = caseload_of(frame, qtbot)
    QTest.keySequence(screen.window(), QKeySequence("Ctrl+F"))
    assert screen.search.hasFocus()
    QTest.keyClicks(screen.search, "harbour")
    qtbot.waitUntil(lambda: names(screen) == ["Harbour 214"])
    QTest.keyClicks(screen.search, "zzz")
    qtbot.waitUntil(lambda: "Nothing matches" in shown(screen))
    screen.clear()
    qtbot.waitUntil(lambda: len(names(screen)) == 12)


def test_filters_are_words_that_can_be_taken_off(qtbot: QtBot, house: House) -> None:
    _causeway, frame = opened(qtbot, house)
    screen = caseload_of(frame, qtbot)
    screen.filters["high"].click()
    qtbot.waitUntil(lambda: 0 < len(names(screen)) < 12)
    model = screen.table.model()
    grades = {str(model.index(row, 1).data()) for row in range(model.rowCount(QModelIndex()))}
    assert grades <= {"High", "Extreme"}
    screen.filters["high"].click()
    qtbot.waitUntil(lambda: len(names(screen)) == 12)


def test_tabs_show_mine_and_shared_and_are_remembered(qtbot: QtBot, house: House) -> None:
    causeway, frame = opened(qtbot, house)
    screen = caseload_of(frame, qtbot)
    QTest.keySequence(screen.window(), QKeySequence("Alt+3"))
    qtbot.waitUntil(lambda: "No partner shares an open case" in shown(screen))
    QTest.keySequence(screen.window(), QKeySequence("Alt+1"))
    qtbot.waitUntil(lambda: 0 < len(names(screen)) < 12)
    causeway.lock()
    _causeway, frame = opened(qtbot, house)
    frame.open(Place.of("caseload"))
    again = frame.in_sight()
    assert isinstance(again, CaseloadScreen)
    assert again.query().scope == "mine"


def test_columns_keep_their_order_width_and_sorting(qtbot: QtBot, house: House) -> None:
    causeway, frame = opened(qtbot, house)
    screen = caseload_of(frame, qtbot)
    screen.table.horizontalHeader().resizeSection(0, 222)
    screen.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert names(screen) == sorted(names(screen))
    causeway.lock()
    _causeway, frame = opened(qtbot, house)
    again = caseload_of(frame, qtbot)
    assert again.table.horizontalHeader().sectionSize(0) == 222
    assert again.table.horizontalHeader().sortIndicatorSection() == 0
    assert names(again) == sorted(names(again))


def test_the_chosen_case_stays_chosen_when_something_is_written(qtbot: QtBot, house: House) -> None:
    _causeway, frame = opened(qtbot, house)
    screen = caseload_of(frame, qtbot)
    screen.table.selectRow(4)
    chosen = names(screen)[4]
    frame.desk.tasks.change(lambda store: store.cases.new("Aspen 001"), lambda _key: None, owner=screen)
    qtbot.waitUntil(lambda: len(names(screen)) == 13)
    assert names(screen)[screen.table.currentIndex().row()] == chosen


@pytest.mark.parametrize("column", range(len(columns())))
def test_sorting_goes_both_ways_and_equal_rows_keep_their_names_in_order(qtbot: QtBot, column: int) -> None:
    model = model_of([row_of(number) for number in range(40)])
    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        model.sort(column, order)
        key = columns()[column].key
        keys = [key(model.row(model.index(place, 0))) for place in range(40)]
        assert keys == sorted(keys, reverse=order is Qt.SortOrder.DescendingOrder)


def test_ten_thousand_rows_sort_and_scroll_without_a_hitch(qtbot: QtBot) -> None:
    model = model_of([row_of(number) for number in range(10_000)])
    begun = time.process_time()
    model.sort(6, Qt.SortOrder.AscendingOrder)
    model.sort(0, Qt.SortOrder.DescendingOrder)
    for row in range(0, 10_000, 100):
        for column in range(model.columnCount()):
            assert model.index(row, column).data() is not None
    assert time.process_time() - begun < 1.0
    assert model.row(model.index(0, 0)).code_name == "Case 09999"


def row_of(number: int) -> CaseRow:
    return CaseRow(
        CaseKey("a" * 32, f"{number:032x}"),
        f"Case {number:05d}",
        list(Grade)[number % 5],
        flags=("firearm",) * (number % 3),
        next_due=f"2026-11-{number % 28 + 1:02d}" if number % 4 else "",
        updated_at=f"2026-10-{number % 28 + 1:02d}T08:00:00+00:00",
        lead_worker=("R. Alder", "")[number % 2],
    )


def model_of(rows: list[CaseRow]) -> CaseloadModel:
    """A model that was handed its rows by a store's thread that answers at once."""

    class Answering:
        def query(self, _ask: object, then: object, **_more: object) -> None:
            assert callable(then)
            then(rows)

    model = CaseloadModel(Answering(), lambda: NOW, ("police", "health"))  # type: ignore[arg-type]  # the thread's one method that is asked
    model.load(CaseloadQuery())
    return model


def shown(screen: QWidget) -> str:
    return " | ".join(label.text() for label in screen.findChildren(QLabel) if label.isVisible())
