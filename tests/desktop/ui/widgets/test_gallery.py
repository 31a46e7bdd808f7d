"""Every widget in every state, walked: names, targets, words that fit; painted in each theme at 100 % and 200 %."""

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.ui.theme.theme import THEMES, ThemeHost
from desktop.ui.widgets.gallery import gallery
from tests.desktop.ui.widgets import walk

Themed = Callable[..., ThemeHost]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def sheet(themed: Themed, qtbot: QtBot) -> QWidget:
    made = gallery()
    qtbot.addWidget(made)
    made.resize(1366, 768)
    made.show()
    return made


def test_every_control_has_a_name(sheet: QWidget) -> None:
    assert walk.unnamed(sheet) == []


@pytest.mark.parametrize(("scale", "width"), [(1.0, 1366), (1.0, 1093), (1.5, 1366), (2.0, 1366)])
def test_targets_are_large_and_no_word_is_cut(
    sheet: QWidget, themed: Themed, qtbot: QtBot, scale: float, width: int
) -> None:
    themed(scale=scale)
    sheet.resize(width, 768)
    qtbot.wait(50)
    assert walk.small_targets(sheet) == []
    assert walk.cut_texts(sheet) == []
    assert walk.beyond(sheet) == []


def test_the_walk_finds_what_is_planted(sheet: QWidget, qtbot: QtBot) -> None:
    field = next(one for one in walk.visible(sheet) if type(one).__name__ == "LineField")
    field.setAccessibleName("")
    act = next(one for one in walk.visible(sheet) if type(one).__name__ == "Button")
    act.setFixedWidth(20)
    words = next(one for one in walk.visible(sheet) if type(one).__name__ == "QLabel")
    words.setFixedWidth(8)
    qtbot.wait(20)
    assert walk.unnamed(sheet)
    assert walk.small_targets(sheet)
    assert walk.cut_texts(sheet)


@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize("name", sorted(THEMES))
def test_every_theme_paints_its_own_ground_and_ink(
    sheet: QWidget, themed: Themed, qtbot: QtBot, name: str, scale: float
) -> None:
    themed(name, scale)
    qtbot.wait(20)
    palette = THEMES[name]
    assert {palette.page, palette.nav, palette.surface, palette.text} <= walk.colours(sheet)
