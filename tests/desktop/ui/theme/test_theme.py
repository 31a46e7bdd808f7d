"""A theme can be switched while windows are open: everything is painted anew, signs too, and text grows in place."""

from collections.abc import Callable

import pytest
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.paths import resource, resources_root
from desktop.ui.theme.fonts import load_fonts
from desktop.ui.theme.theme import ThemeHost, current_theme, make_theme
from desktop.ui.theme.tokens import DARK, LIGHT
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.layout import column, page
from desktop.ui.widgets.text import IconLabel, label
from tests.desktop.ui.widgets.walk import colours

Themed = Callable[..., ThemeHost]
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_switching_repaints_grounds_words_and_signs(themed: Themed, qtbot: QtBot) -> None:
    sign, words = IconLabel("flag", "danger"), label("Words", "h1")
    act = button("", "primary", "check")
    sheet = page(column(words, sign, act, margins=8))
    qtbot.addWidget(sheet)
    sheet.show()
    before = colours(sheet)
    assert {LIGHT.page, LIGHT.text, LIGHT.danger, LIGHT.accent} <= before
    themed("dark")
    qtbot.waitUntil(lambda: DARK.page in colours(sheet))
    after = colours(sheet)
    assert {DARK.page, DARK.text, DARK.danger, DARK.accent, DARK.on_accent} <= after
    assert not {LIGHT.page, LIGHT.danger, LIGHT.accent} & after


def test_switching_tells_once_and_the_new_theme_is_in_force(themed: Themed, qtbot: QtBot) -> None:
    host = themed()
    with qtbot.waitSignal(host.changed):
        assert themed("high_contrast") is host
    assert current_theme().name == "high_contrast"


def test_text_and_controls_grow_together(themed: Themed, qtbot: QtBot) -> None:
    act = button("Save")
    qtbot.addWidget(act)
    act.show()
    small = act.sizeHint()
    themed(scale=2.0)
    assert act.sizeHint().height() == pytest.approx(small.height() * 2, abs=3)
    assert act.sizeHint().width() > small.width() * 1.4


def test_the_bundled_fonts_are_the_ones_that_are_used(themed: Themed, qapp: QApplication) -> None:
    assert {"Inter", "Noto Sans", "Noto Sans Arabic"} <= set(load_fonts(resource("fonts")))
    assert QFontInfo(current_theme().font("body")).family() == "Inter"
    assert QFontInfo(qapp.font()).family() == "Inter"


@pytest.mark.parametrize("name", sorted(path.stem for path in resource("icons").glob("*.svg")))
def test_every_sign_draws_something_in_its_colour(themed: Themed, name: str) -> None:
    image = current_theme().pixmap(name, "danger", 24).toImage()
    spots = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    solid = [spot for spot in spots if spot.alpha() == 255]
    assert solid
    assert {spot.name().upper() for spot in solid} == {LIGHT.danger}


def test_a_missing_sign_is_a_bug_that_is_seen(themed: Themed) -> None:
    with pytest.raises(FileNotFoundError):
        current_theme().pixmap("no-such-sign", "text")


def test_an_unknown_theme_is_refused() -> None:
    with pytest.raises(KeyError):
        make_theme("sepia", resources_root())


def test_an_unknown_grade_never_looks_like_a_low_one(themed: Themed) -> None:
    assert current_theme().tint("lowest") == LIGHT.ungraded
    assert current_theme().tint("surface") == LIGHT.ungraded


def test_licences_lie_beside_fonts_and_signs() -> None:
    for family in ("Inter", "NotoSans", "NotoSansArabic"):
        assert "SIL Open Font License, Version 1.1" in resource("fonts", f"OFL-{family}.txt").read_text("utf-8")
    assert "ISC License" in resource("icons", "LICENSE").read_text("utf-8")
