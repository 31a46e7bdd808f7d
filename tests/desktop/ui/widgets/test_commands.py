"""The command palette: what is typed narrows, Enter goes there, Escape gives the keyboard back, nothing typed stays."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.ui.theme.theme import ThemeHost
from desktop.ui.widgets.buttons import Button, button
from desktop.ui.widgets.commands import CommandPalette, Entry, fold, matching
from desktop.ui.widgets.layout import column, page

Themed = Callable[..., ThemeHost]
pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints"), pytest.mark.usefixtures("themed")]
ENTRIES = [
    Entry("today", "Today", "place", "sun"),
    Entry("harbour", "Harbour 214", "case, open", "folder-open"),
    Entry("evora", "Évora 009", "case, open", "folder-open"),
    Entry("new", "New report", "act", "plus", "Ctrl+N"),
]


@pytest.fixture
def desk(qtbot: QtBot) -> tuple[QWidget, CommandPalette, Button]:
    act = button("Refer")
    window = page(column(act, None))
    palette = CommandPalette(window)
    palette.show_entries(ENTRIES)
    qtbot.addWidget(window)
    window.resize(900, 600)
    window.show()
    window.activateWindow()
    act.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is act)
    return window, palette, act


@given(st.sampled_from(ENTRIES), st.sampled_from([str.upper, str.lower, str.title]))
def test_matching_is_blind_to_case_and_accents(entry: Entry, written: Callable[[str], str]) -> None:
    assert matching(ENTRIES, written(fold(entry.title)))[0] == entry
    assert matching(ENTRIES, written(entry.title))[0] == entry


def test_every_word_must_occur_and_beginnings_come_first() -> None:
    assert [one.key for one in matching(ENTRIES, "evo")] == ["evora"]
    assert [one.key for one in matching(ENTRIES, "case 214")] == ["harbour"]
    assert [one.key for one in matching(ENTRIES, "o")][-1] != "evora"
    assert matching(ENTRIES, "") == ENTRIES
    assert matching(ENTRIES, "nothing like it") == []


def test_typing_arrows_and_enter_go_there(desk: tuple[QWidget, CommandPalette, Button]) -> None:
    _window, palette, _act = desk
    picked: list[str] = []
    palette.picked.connect(picked.append)
    palette.open()
    QTest.keyClicks(palette.line, "case")
    QTest.keyClick(palette.line, Qt.Key.Key_Down)
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert picked == ["evora"]
    assert not palette.isVisible()
    assert palette.line.text() == ""


def test_escape_gives_the_keyboard_back(desk: tuple[QWidget, CommandPalette, Button]) -> None:
    _window, palette, act = desk
    palette.open()
    assert QApplication.focusWidget() is palette.line
    QTest.keyClicks(palette.line, "harb")
    QTest.keyClick(palette.line, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert QApplication.focusWidget() is act
    assert palette.line.text() == ""


def test_enter_on_nothing_found_goes_nowhere(desk: tuple[QWidget, CommandPalette, Button]) -> None:
    _window, palette, _act = desk
    picked: list[str] = []
    palette.picked.connect(picked.append)
    palette.open()
    QTest.keyClicks(palette.line, "zzz")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert picked == []
    assert palette.isVisible()


def test_what_is_found_later_joins_while_it_is_open(desk: tuple[QWidget, CommandPalette, Button]) -> None:
    _window, palette, _act = desk
    typed: list[str] = []
    palette.typed.connect(typed.append)
    palette.open()
    QTest.keyClicks(palette.line, "wil")
    palette.show_entries([*ENTRIES, Entry("willow", "Willow 009", "case")])
    assert typed[-1] == "wil"
    spoken = palette.view.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Willow 009, case"
    palette.grab()
