"""What the single parts promise: values in, signals out, the keyboard everywhere, nothing told that is not so."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFont, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.ui.theme.theme import ThemeHost
from desktop.ui.widgets.buttons import Button, button
from desktop.ui.widgets.chart import Bar, BarsChart
from desktop.ui.widgets.choices import CheckBox, ComboBox
from desktop.ui.widgets.conflict import ConflictSide, Line, Side
from desktop.ui.widgets.contact import SafeContact
from desktop.ui.widgets.fields import Field, LineField, TextArea
from desktop.ui.widgets.flow import flow
from desktop.ui.widgets.focus import FocusRing
from desktop.ui.widgets.grade import GradeBadge, grade_level
from desktop.ui.widgets.layout import clear, column, holder, page, reveal
from desktop.ui.widgets.navigation import NavigationRail, Place, TopBar
from desktop.ui.widgets.now_card import NowCard, NowStep
from desktop.ui.widgets.password import PasswordField
from desktop.ui.widgets.rows import ListRow, RowFacts
from desktop.ui.widgets.score import Scale, ScaleBar
from desktop.ui.widgets.steps import StepBar, StepFacts
from desktop.ui.widgets.text import label
from desktop.ui.widgets.timeline import Event, Timeline
from desktop.ui.widgets.travel import Travel

Themed = Callable[..., ThemeHost]
W = TypeVar("W", bound=QWidget)
pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints"), pytest.mark.usefixtures("themed")]


def shown(qtbot: QtBot, widget: W) -> W:
    qtbot.addWidget(widget)
    widget.show()
    return widget


def first_button(root: QWidget) -> Button:
    return root.findChildren(Button)[0]


def test_typed_markup_is_never_read_as_markup() -> None:
    typed = label("<b>He</b> said <img src='http://example.org/x'>")
    assert typed.textFormat() == Qt.TextFormat.PlainText


def test_an_ampersand_in_a_name_is_no_shortcut() -> None:
    made = button("Smith & Sons")
    assert made.shortcut().isEmpty()
    assert made.accessibleName() == "Smith & Sons"


def test_a_shortcut_stands_in_the_tooltip() -> None:
    assert "Ctrl+N" in button("New report", shortcut="Ctrl+N").toolTip()


def test_a_row_is_opened_by_enter_space_and_click(qtbot: QtBot) -> None:
    row = shown(qtbot, ListRow(RowFacts("Lantern 077", "Phone", "Not acknowledged", "Call and log", grade="extreme")))
    assert row.accessibleName() == "Lantern 077, Extreme, Phone, Not acknowledged, Call and log"
    opened: list[bool] = []
    row.clicked.connect(lambda: opened.append(True))
    QTest.keyClick(row, Qt.Key.Key_Return)
    QTest.keyClick(row, Qt.Key.Key_Space)
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    assert len(opened) == 3


def test_an_unknown_grade_is_shown_as_not_graded() -> None:
    assert GradeBadge("lowish").accessibleName() == "Grade: Not graded"
    assert [grade_level(one) for one in ("ungraded", "standard", "raised", "high", "extreme", "??")] == [
        0,
        1,
        2,
        3,
        4,
        0,
    ]


def test_the_number_is_hidden_until_it_is_handed_in(qtbot: QtBot) -> None:
    block = shown(qtbot, SafeContact())
    block.show_rule("Mobile only")
    everything = " ".join(one.text() + one.accessibleName() for one in block.findChildren(QLabel))
    assert "900077" not in everything
    with qtbot.waitSignal(block.open_requested):
        QTest.keyClick(first_button(block), Qt.Key.Key_Space)
    block.show_number("+44 7700 900077")
    assert block.number_field().isVisible()
    block.show_rule("Nobody may call")
    assert not block.number_field().isVisible()
    everything = " ".join(one.text() + one.accessibleName() for one in block.findChildren(QLabel))
    assert "900077" not in everything


def test_a_missing_rule_offers_no_number(qtbot: QtBot) -> None:
    block = shown(qtbot, SafeContact())
    block.show_missing("Nobody has asked yet")
    assert block.property("box") == "danger"
    assert not first_button(block).isVisible()


def test_now_card_steps_end_in_three_ways_and_can_be_taken_back(qtbot: QtBot) -> None:
    card = shown(qtbot, NowCard("Strangulation", [NowStep("a", "Offer a check"), NowStep("b", "Tell the lead")]))
    told: list[tuple[str, str]] = []
    card.ended.connect(lambda key, ending: told.append((key, ending)))
    refused = card.findChild(QWidget, "now-a-refused")
    assert isinstance(refused, QWidget)
    refused.setFocus()
    QTest.keyClick(refused, Qt.Key.Key_Space)
    card.show_steps("Strangulation", [NowStep("a", "Offer a check", ending="refused"), NowStep("b", "Tell the lead")])
    again = card.findChildren(QWidget, "now-a-refused")[-1]
    QTest.keyClick(again, Qt.Key.Key_Space)
    assert told == [("a", "refused"), ("a", "")]


def test_a_field_ties_its_error_to_its_control() -> None:
    control = LineField("x")
    field = Field("Reason", control, help_text="Two words")
    field.set_error("Say why")
    assert control.accessibleName() == "Reason"
    assert control.accessibleDescription() == "Say why Two words"
    assert control.property("invalid") is True
    field.set_error("")
    assert (control.property("invalid"), control.accessibleDescription()) == (False, "Two words")


def test_the_passphrase_shows_only_while_asked_and_forgets(qtbot: QtBot) -> None:
    field = shown(qtbot, PasswordField("Passphrase"))
    QTest.keyClicks(field.line, "seven oaks")
    assert field.line.echoMode() == QLineEdit.EchoMode.Password
    reveal_button = first_button(field)
    QTest.keyClick(reveal_button, Qt.Key.Key_Space)
    assert field.line.echoMode() == QLineEdit.EchoMode.Normal
    field.clear()
    assert (field.text(), field.line.echoMode()) == ("", QLineEdit.EchoMode.Password)


def test_the_wheel_never_changes_a_list_box(qtbot: QtBot) -> None:
    box = shown(qtbot, ComboBox("Reason"))
    box.show_choices([("a", "A"), ("b", "B")], "a")
    spot = QPointF(5, 5)
    turn = QWheelEvent(
        spot,
        QPointF(box.mapToGlobal(QPoint(5, 5))),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, turn)
    assert box.value() == "a"


def test_a_list_box_with_an_unknown_value_shows_none() -> None:
    box = ComboBox("Reason")
    box.show_choices([("a", "A")], "gone")
    assert box.value() == ""


def test_the_whole_line_of_a_tick_box_is_its_target(qtbot: QtBot) -> None:
    box = shown(qtbot, CheckBox("Words that are long"))
    box.resize(400, 40)
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(380, 20))
    assert box.isChecked()


def test_long_words_break_in_a_tick_box() -> None:
    box = CheckBox("Flint must not learn of this referral, of who made it, or of what it was about")
    assert box.heightForWidth(160) > box.heightForWidth(900)


def test_a_text_area_grows_and_tab_leaves_it(qtbot: QtBot) -> None:
    area = shown(qtbot, TextArea("Words"))
    before = area.height()
    area.setPlainText("\n".join("line" for _ in range(8)))
    assert area.height() > before
    assert area.tabChangesFocus()


def test_the_rail_tells_where_to_go_and_folds(qtbot: QtBot) -> None:
    rail = shown(
        qtbot, NavigationRail("Causeway", [Place("today", "Today", "sun"), Place("sync", "Sync", "refresh-cw")])
    )
    rail.set_count("today", 9)
    items = rail.findChildren(QWidget)
    today = next(one for one in items if one.accessibleName() == "Today, 9")
    with qtbot.waitSignal(rail.chosen) as told:
        QTest.keyClick(today, Qt.Key.Key_Return)
    assert told.args == ["today"]
    wide = rail.width()
    rail.set_folded(True)
    assert rail.width() < wide
    assert (today.accessibleName(), today.toolTip()) == ("Today, 9", "Today")


def test_the_top_bar_keeps_its_names_when_it_drops_its_words(qtbot: QtBot) -> None:
    bar = shown(qtbot, TopBar())
    bar.show_sync("cloud-off", "Offline since 08:12 · 4 in outbox")
    for width in (1200, 420):
        bar.resize(width, 52)
        qtbot.wait(10)
        names = {one.accessibleName() for one in bar.findChildren(Button)}
        assert names == {"Offline since 08:12 · 4 in outbox", "Danger now", "Cover", "Lock"}
    signals = (bar.danger_requested, bar.cover_requested, bar.lock_requested)
    for name, signal in zip(("Danger now", "Cover", "Lock"), signals, strict=True):
        made = next(one for one in bar.findChildren(Button) if one.accessibleName() == name)
        with qtbot.waitSignal(signal):
            QTest.keyClick(made, Qt.Key.Key_Space)


def test_steps_tell_their_key_and_give_way(qtbot: QtBot) -> None:
    names = ("Identify", "Assess", "Act", "Follow up")
    bar = shown(qtbot, StepBar([StepFacts(name, name, "2 incidents, 3 people") for name in names]))
    bar.resize(1200, 70)
    qtbot.wait(10)
    assert len({item.y() for item in bar.items}) == 1
    bar.resize(460, 150)
    qtbot.wait(10)
    assert len({item.y() for item in bar.items}) == 2
    with qtbot.waitSignal(bar.chosen) as told:
        QTest.keyClick(bar.items[2], Qt.Key.Key_Return)
    assert told.args == ["Act"]


def test_a_timeline_opens_its_events(qtbot: QtBot) -> None:
    line = shown(
        qtbot, Timeline([Event("e1", "Mon 23", "Assessment started", "R. Alder", where="Draft", state="draft")])
    )
    row = line.findChildren(QWidget)[0]
    assert row.accessibleName() == "Mon 23, Assessment started, R. Alder, Draft"
    with qtbot.waitSignal(line.opened) as told:
        QTest.keyClick(row, Qt.Key.Key_Return)
    assert told.args == ["e1"]


def test_a_chart_opens_each_bar_and_says_its_figures(qtbot: QtBot) -> None:
    chart = shown(qtbot, BarsChart([Bar("0–7", 21), Bar("8–14", 3, beyond=True)], target=1))
    assert chart.accessibleName() == "0–7: 21; 8–14: 3"
    with qtbot.waitSignal(chart.opened) as told:
        QTest.keyClick(chart.bars[1], Qt.Key.Key_Return)
    assert told.args == [1]


def test_pictures_say_what_they_show() -> None:
    assert Travel("outbox").accessibleName() == "in the outbox"
    assert Travel("server", refused=True).accessibleName() == "at the server, refused"
    assert ScaleBar(Scale(9, 11, 19)).accessibleName() == "9 of 19, could be 11"
    assert ScaleBar(Scale(9, 9, 19)).accessibleName() == "9 of 19"


def test_a_chosen_side_is_shown_before_it_is_recorded(qtbot: QtBot) -> None:
    side = Side(
        "Ours", (Line("Hours", "9–14", differs=True),), "R. Alder", "Friday", "Had seen 14 Nov", "Keep ours", "1"
    )
    made = shown(qtbot, ConflictSide(side))
    kept: list[bool] = []
    made.kept.connect(lambda: kept.append(True))
    made.set_chosen(True)
    assert (made.property("box"), made.accessibleDescription(), kept) == ("chosen", "Chosen", [])
    first_button(made).click()
    assert kept == [True]


def test_the_ring_follows_the_keyboard(qtbot: QtBot) -> None:
    one, other = button("One"), button("Other")
    sheet = page(column(one, other, margins=20))
    ring = FocusRing(sheet)
    shown(qtbot, sheet)
    sheet.activateWindow()
    other.setFocus()
    qtbot.waitUntil(lambda: ring.isVisible() and ring.geometry().contains(other.geometry()))
    sheet.resize(600, 400)
    qtbot.waitUntil(lambda: ring.geometry().contains(other.geometry()))
    other.hide()
    qtbot.waitUntil(lambda: not ring.geometry().contains(other.geometry()) or not ring.isVisible())


def test_revealing_a_part_without_a_window_opens_none() -> None:
    part = label("x")
    reveal(part, False)
    reveal(part, True)
    assert not part.isVisible()
    around = holder(column(part))
    assert part.isVisibleTo(around)


def test_clearing_lets_widgets_and_inner_layouts_go() -> None:
    inner = column(label("a"))
    outer = column(inner, label("b"))
    around = holder(outer)
    clear(outer)
    assert outer.count() == 0
    assert around.findChildren(QLabel) == []


def test_a_flow_breaks_where_the_room_ends(qtbot: QtBot) -> None:
    parts = [button(f"Filter number {number}") for number in range(6)]
    line = shown(qtbot, flow(*parts))
    line.resize(2000, 40)
    qtbot.wait(10)
    assert len({part.y() for part in parts}) == 1
    line.resize(320, 400)
    qtbot.wait(10)
    assert len({part.y() for part in parts}) > 2
    assert all(part.x() + part.width() <= 320 for part in parts)


def test_roles_have_their_weight() -> None:
    made = label("x", "h1")
    made.ensurePolished()
    assert made.font().weight() == QFont.Weight.DemiBold
