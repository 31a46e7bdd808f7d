"""A view comes in, edits go out: values, locks, errors, what is being typed, what is no longer offered."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QDate, QLocale
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListView, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.ui.questions.attachment import AttachmentQuestion
from desktop.ui.questions.base import QuestionWidget
from desktop.ui.questions.gallery import FIVE, PLACES, question_gallery
from desktop.ui.questions.group import RepeatGroup
from desktop.ui.questions.moment import MomentQuestion, long_year
from desktop.ui.questions.number import decimal_text, integer_text
from desktop.ui.questions.registry import QuestionMaker, question_types
from desktop.ui.questions.select import ButtonsQuestion, ListBoxQuestion, RadioQuestion, SearchQuestion
from desktop.ui.questions.text import MultilineQuestion, TextQuestion
from desktop.ui.questions.view import Choice, Question
from desktop.ui.theme.theme import ThemeHost
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.choices import CheckBox, RadioButton
from tests.desktop.ui.widgets import walk

Themed = Callable[..., ThemeHost]
pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints"), pytest.mark.usefixtures("themed")]
NAME = Question("/data/name", "text", "Code name", hint="Not a real name")


def made(qtbot: QtBot, view: Question) -> tuple[QuestionWidget, list[str]]:
    widget = QuestionMaker(question_types(), pytest.fail).make(view)
    qtbot.addWidget(widget)
    widget.show()
    edits: list[str] = []
    widget.edited.connect(lambda _ref, text: edits.append(text))
    return widget, edits


def typing(qtbot: QtBot, widget: QuestionWidget) -> QWidget:
    widget.activateWindow()
    widget.focus_answer()
    control = widget.control()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is control)
    return control


def test_words_name_and_describe_the_control(qtbot: QtBot) -> None:
    widget, _edits = made(qtbot, replace(NAME, violation_message="At least three letters"))
    assert widget.control().accessibleName() == "Code name"
    assert widget.control().accessibleDescription() == "At least three letters Not a real name"
    assert widget.error() == "At least three letters"
    widget.show_view(NAME)
    assert (widget.error(), widget.control().accessibleDescription()) == ("", "Not a real name")


def test_what_is_not_relevant_is_not_shown(qtbot: QtBot) -> None:
    widget, _edits = made(qtbot, NAME)
    widget.show_view(replace(NAME, relevant=False))
    assert not widget.isVisible()
    widget.show_view(NAME)
    assert widget.isVisible()


def test_showing_a_value_tells_nobody(qtbot: QtBot) -> None:
    for view in (
        NAME,
        replace(NAME, appearance="multiline"),
        replace(NAME, kind="integer"),
        replace(NAME, kind="date"),
        replace(NAME, kind="select_one", choices=FIVE),
        replace(NAME, kind="select_one", choices=PLACES),
        replace(NAME, kind="select_one", choices=PLACES, appearance="minimal"),
        replace(NAME, kind="select_multiple", choices=PLACES),
        replace(NAME, kind="acknowledge"),
    ):
        widget, edits = made(qtbot, view)
        for value in ("3", "home", "2026-11-16", "yes", "OK", ""):
            widget.show_view(replace(view, value=value))
        assert edits == []


@pytest.mark.parametrize("appearance", ["", "multiline"])
def test_a_text_being_typed_is_never_taken_away(qtbot: QtBot, appearance: str) -> None:
    view = replace(NAME, appearance=appearance, value="Harbour")
    widget, edits = made(qtbot, view)
    control = typing(qtbot, widget)
    QTest.keyClicks(control, "X")
    mine = edits[-1]
    widget.show_view(replace(view, value=edits[-1]))  # the form's echo
    widget.show_view(replace(view, value="Lantern"))  # someone else's value
    assert isinstance(control, QLineEdit | QPlainTextEdit)
    kept = control.text() if isinstance(control, QLineEdit) else control.toPlainText()
    assert kept == mine
    badge = next(one for one in widget.findChildren(QLabel) if one.isVisible() and "Lantern" in one.text())
    take = next(one for one in widget.findChildren(Button) if one.isVisible() and one.text() == "Use it")
    take.click()
    assert edits[-1] == "Lantern"
    assert not badge.isVisible()


def test_an_echo_of_ones_own_typing_makes_no_badge(qtbot: QtBot) -> None:
    widget, edits = made(qtbot, NAME)
    control = typing(qtbot, widget)
    QTest.keyClicks(control, "Har")
    for late in ("H", "Ha", "Har"):
        widget.show_view(replace(NAME, value=late))
    assert isinstance(control, QLineEdit)
    assert control.text() == "Har"
    assert not any("Changed" in one.text() for one in widget.findChildren(QLabel) if one.isVisible())
    assert edits == ["H", "Ha", "Har"]


def test_a_value_arriving_elsewhere_is_simply_shown(qtbot: QtBot) -> None:
    widget, _edits = made(qtbot, NAME)
    widget.show_view(replace(NAME, value="Lantern"))
    control = widget.control()
    assert isinstance(control, QLineEdit)
    assert control.text() == "Lantern"


@pytest.mark.parametrize(
    ("view", "kind"),
    [
        (Question("r", "select_one", "l", choices=FIVE), ButtonsQuestion),
        (Question("r", "select_one", "l", choices=PLACES), RadioQuestion),
        (Question("r", "select_one", "l", "horizontal", choices=FIVE), RadioQuestion),
        (Question("r", "select_one", "l", "minimal", choices=FIVE), ListBoxQuestion),
        (Question("r", "select_one", "l", "minimal autocomplete", choices=FIVE), SearchQuestion),
        (Question("r", "text", "l"), TextQuestion),
        (Question("r", "text", "l", "multiline w2"), MultilineQuestion),
    ],
)
def test_the_appearance_chooses_the_widget(qtbot: QtBot, view: Question, kind: type[QuestionWidget]) -> None:
    assert type(made(qtbot, view)[0]) is kind


def test_a_type_without_a_widget_is_a_text_and_warns_once(qtbot: QtBot) -> None:
    warned: list[str] = []
    maker = QuestionMaker(question_types(), warned.append)
    widgets = [maker.make(Question(f"/data/{n}", "barcode", "Scan")) for n in range(3)]
    for widget in widgets:
        qtbot.addWidget(widget)
        assert isinstance(widget, TextQuestion)
    assert warned == ["barcode"]


def test_a_given_answer_that_is_no_longer_offered_stays_and_is_marked(qtbot: QtBot) -> None:
    gone = (*PLACES, Choice("shelter", "In the shelter", "", no_longer_offered=True))
    view = Question("r", "select_one", "Where?", choices=gone, value="shelter")
    widget, edits = made(qtbot, view)
    ticked = [one.text() for one in widget.findChildren(RadioButton) if one.isChecked()]
    assert ticked == ["In the shelter (no longer offered)"]
    assert any("no longer offered. Keep it" in one.text() for one in widget.findChildren(QLabel) if one.isVisible())
    assert edits == []
    widget.show_view(replace(view, value="home"))
    assert "In the shelter (no longer offered)" not in [one.text() for one in widget.findChildren(RadioButton)]
    assert [one.text() for one in widget.findChildren(RadioButton) if one.isChecked()] == ["At home"]


def test_an_answer_the_form_does_not_know_is_kept(qtbot: QtBot) -> None:
    widget, edits = made(qtbot, Question("r", "select_one", "Where?", "minimal", choices=PLACES, value="moon"))
    assert any("no longer offered" in one.text() for one in widget.findChildren(QLabel) if one.isVisible())
    many, _ = made(qtbot, Question("r", "select_multiple", "Who?", choices=PLACES, value="home moon"))
    ticked = [one.text() for one in many.findChildren(CheckBox) if one.isChecked()]
    assert ticked == ["At home", "moon (no longer offered)"]
    assert edits == []


def test_ticks_are_told_as_a_list_in_the_forms_order(qtbot: QtBot) -> None:
    widget, edits = made(qtbot, Question("r", "select_multiple", "Who?", choices=PLACES))
    boxes = {one.text(): one for one in widget.findChildren(CheckBox)}
    boxes["Elsewhere"].click()
    boxes["At home"].click()
    boxes["Elsewhere"].click()
    assert edits == ["other", "home other", "home"]


def test_searching_narrows_blind_to_accents_and_picks(qtbot: QtBot) -> None:
    villages = tuple(Choice(f"v{n}", name) for n, name in enumerate(("Évora", "Porto", "Viana do Castelo")))
    widget, edits = made(qtbot, Question("r", "select_one", "Which?", "autocomplete", choices=villages))
    control = typing(qtbot, widget)
    QTest.keyClicks(control, "evo")
    listed = widget.findChildren(QListView)[0]
    assert listed.model().rowCount() == 1
    listed.activated.emit(listed.model().index(0, 0))
    assert edits == ["v0"]


def test_an_acknowledgement_is_ok_or_nothing(qtbot: QtBot) -> None:
    widget, edits = made(qtbot, Question("r", "acknowledge", "Seen"))
    box = widget.findChildren(CheckBox)[0]
    box.click()
    box.click()
    assert edits == ["OK", ""]


def test_what_is_no_number_is_told_as_no_answer_with_words(qtbot: QtBot) -> None:
    widget, edits = made(qtbot, Question("r", "integer", "How many?", value="3"))
    control = typing(qtbot, widget)
    assert isinstance(control, QLineEdit)
    control.selectAll()
    QTest.keyClicks(control, "3x")
    assert edits == ["3", ""]
    assert "whole number" in widget.error()
    control.clearFocus()
    after = Question("r", "integer", "How many?")
    widget.show_view(after)
    assert control.text() == "3x"
    assert "whole number" in widget.error()
    widget.show_view(replace(after, value="4"))
    assert (control.text(), widget.error()) == ("4", "")


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_whole_numbers_are_read_back_as_they_were(number: int) -> None:
    assert integer_text(f" {number} ") == str(number)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_both_decimal_signs_are_the_same_number(number: object) -> None:
    assert decimal_text(f"{number}".replace(".", ",")) == decimal_text(f"{number}") == f"{number}"


@pytest.mark.parametrize("typed", ["1.000,5", "1 2", "e5", "1e5", "--1", ".", "٣x", "0x1"])
def test_what_could_be_read_two_ways_is_refused(typed: str) -> None:
    assert decimal_text(typed) is None
    assert integer_text(typed) is None


@pytest.mark.parametrize(
    ("kind", "appearance", "typed", "told"),
    [
        ("date", "", "2026-11-16", "2026-11-16"),
        ("date", "month-year", "09/2026", "2026-09-01"),
        ("date", "year", "1987", "1987-01-01"),
        ("time", "", "21:40", "21:40:00"),
        ("datetime", "", "2026-11-16 21:40", "2026-11-16T21:40:00"),
    ],
)
def test_moments_are_told_as_xforms_writes_them(
    qtbot: QtBot, kind: str, appearance: str, typed: str, told: str
) -> None:
    view = Question("r", kind, "When?", appearance)
    widget, edits = made(qtbot, view)
    QTest.keyClicks(typing(qtbot, widget), typed)
    assert edits[-1] == told
    assert widget.error() == ""
    again, _ = made(qtbot, replace(view, value=told))
    control = again.control()
    assert isinstance(control, QLineEdit)
    assert control.text()


@pytest.mark.parametrize("kind", ["date", "time", "datetime", "integer", "decimal", "text"])
def test_what_nobody_answered_is_shown_as_nothing(qtbot: QtBot, kind: str) -> None:
    widget, _ = made(qtbot, Question("r", kind, "When?"))
    control = widget.control()
    assert isinstance(control, QLineEdit)
    assert control.text() == ""


def test_a_date_that_is_none_is_told_as_no_answer(qtbot: QtBot) -> None:
    widget, edits = made(qtbot, Question("r", "date", "When?", value="2026-11-16"))
    control = typing(qtbot, widget)
    assert isinstance(control, QLineEdit)
    control.selectAll()
    QTest.keyClicks(control, "2026-02-30")
    assert edits[-1] == ""
    assert "Not recorded yet" in widget.error()


@pytest.mark.parametrize("language", ["en_GB", "de", "fr", "pt", "hu", "sl", "fi", "ar"])
def test_every_language_writes_the_year_in_full_and_reads_it_back(qtbot: QtBot, language: str) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(language))
    try:
        assert "yyyy" in long_year(QLocale())
        widget, edits = made(qtbot, Question("r", "date", "When?", value="1938-03-05"))
        control = typing(qtbot, widget)
        assert isinstance(control, QLineEdit)
        written = control.text()
        control.clear()
        control.insert(written)
        control.textEdited.emit(written)
        assert edits[-1] == "1938-03-05"
    finally:
        QLocale.setDefault(before)


def test_a_day_from_the_calendar_is_told_and_shown(qtbot: QtBot) -> None:
    widget, edits = made(qtbot, Question("r", "date", "When?"))
    assert isinstance(widget, MomentQuestion)
    widget.pick(QDate(2026, 11, 16))
    assert edits == ["2026-11-16"]
    control = widget.control()
    assert isinstance(control, QLineEdit)
    assert "2026" in control.text()


def test_a_file_is_wished_for_and_taken_off(qtbot: QtBot) -> None:
    widget, edits = made(qtbot, Question("r", "image", "Door", value="door.jpg"))
    assert isinstance(widget, AttachmentQuestion)
    wishes: list[str] = []
    widget.choose_requested.connect(wishes.append)
    choose, remove = (
        next(b for b in widget.findChildren(Button) if b.text() == t) for t in ("Choose a file", "Take off")
    )
    choose.click()
    remove.click()
    assert (wishes, edits) == (["r"], [""])


def test_a_repeat_adds_and_takes_off_by_position(qtbot: QtBot) -> None:
    group = RepeatGroup("/data/child", "Children")
    qtbot.addWidget(group)
    group.show()
    told: list[object] = []
    group.add_requested.connect(told.append)
    group.remove_requested.connect(lambda ref, at: told.append((ref, at)))
    group.show_instances([("Child 1", [QWidget()]), ("Child 2", [QWidget()])])
    by_name = {one.accessibleName(): one for one in group.findChildren(Button)}
    by_name["Take off: Child 2"].click()
    by_name["Add: Children"].click()
    assert told == [("/data/child", 2), "/data/child"]
    group.show_instances([("Child 1", [QWidget()])], fixed=True)
    assert not any(one.isVisible() for one in group.findChildren(Button))


@pytest.mark.parametrize(("scale", "width"), [(1.0, 700), (2.0, 760)])
def test_the_sheet_of_questions_is_walked(qtbot: QtBot, themed: Themed, scale: float, width: int) -> None:
    warned: list[str] = []
    sheet = question_gallery(warned.append)
    qtbot.addWidget(sheet)
    themed(scale=scale)
    sheet.resize(width, 900)
    sheet.show()
    qtbot.wait(50)
    assert warned == ["barcode"]
    assert walk.unnamed(sheet) == []
    assert walk.small_targets(sheet) == []
    assert walk.cut_texts(sheet) == []
