"""Answering by keyboard: letters, numbers, arrows, Backspace; nothing moves on or turns over by itself."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.ui.questions.answers import AnswerButton
from desktop.ui.questions.base import QuestionWidget
from desktop.ui.questions.gallery import FIVE
from desktop.ui.questions.registry import QuestionMaker, question_types
from desktop.ui.questions.view import Choice, Question
from desktop.ui.theme.theme import ThemeHost

Themed = Callable[..., ThemeHost]
pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints"), pytest.mark.usefixtures("themed")]
VIEW = Question("/data/firearm", "select_one", "Is there a firearm?", choices=FIVE)


class Told:
    """What a question told, in order."""

    def __init__(self, widget: QuestionWidget) -> None:
        self.edits: list[tuple[str, str]] = []
        self.answered: list[str] = []
        self.back: list[str] = []
        widget.edited.connect(lambda ref, text: self.edits.append((ref, text)))
        widget.answered.connect(self.answered.append)
        widget.back.connect(self.back.append)


def shown(qtbot: QtBot, view: Question) -> tuple[QuestionWidget, Told]:
    warned: list[str] = []
    widget = QuestionMaker(question_types(), warned.append).make(view)
    qtbot.addWidget(widget)
    widget.resize(900, 300)
    widget.show()
    widget.activateWindow()
    widget.focus_answer()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    assert not warned
    return widget, Told(widget)


def strike(
    key: Qt.Key | str, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier, at: QWidget | None = None
) -> None:
    """A key as a keyboard sends it: a letter of any script with its text, or a key that writes nothing."""
    widget = at or QApplication.focusWidget()
    assert widget is not None
    code, text = (Qt.Key.Key_unknown, key) if isinstance(key, str) else (key, "")
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(widget, QKeyEvent(kind, code, held, text))


def chosen(widget: QuestionWidget) -> list[str]:
    return [made.words for made in widget.findChildren(AnswerButton) if made.isChecked()]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("y", "yes", "Yes"),
        ("N", "no", "No"),
        ("d", "unknown", "Don’t know"),
        ("a", "not_asked", "Not asked"),
        ("r", "refused", "Refused"),
        ("1", "yes", "Yes"),
        ("5", "refused", "Refused"),
    ],
)
def test_one_key_answers_and_the_answer_shows(qtbot: QtBot, key: str, value: str, words: str) -> None:
    widget, told = shown(qtbot, VIEW)
    strike(key)
    assert told.edits == [("/data/firearm", value)]
    assert told.answered == ["/data/firearm"]
    assert chosen(widget) == [words]


def test_keys_of_another_language_answer_too(qtbot: QtBot) -> None:
    choices = tuple(Choice(value, words, key) for value, words, key in (("yes", "Да", "д"), ("no", "Нет", "н")))
    _widget, told = shown(qtbot, replace(VIEW, choices=choices))
    strike("н")
    assert told.edits == [("/data/firearm", "no")]


@pytest.mark.parametrize("key", ["6", "0", "x", Qt.Key.Key_F5])
def test_other_keys_answer_nothing(qtbot: QtBot, key: Qt.Key | str) -> None:
    _widget, told = shown(qtbot, VIEW)
    strike(key)
    assert (told.edits, told.answered, told.back) == ([], [], [])


def test_a_key_with_control_answers_nothing(qtbot: QtBot) -> None:
    _widget, told = shown(qtbot, VIEW)
    strike("n", Qt.KeyboardModifier.ControlModifier)
    assert told.edits == []


def test_arrows_move_without_answering_and_space_answers_without_moving_on(qtbot: QtBot) -> None:
    widget, told = shown(qtbot, VIEW)
    strike(Qt.Key.Key_Right)
    strike(Qt.Key.Key_Down)
    strike(Qt.Key.Key_Left)
    assert told.edits == []
    strike(Qt.Key.Key_Space)
    assert told.edits == [("/data/firearm", "no")]
    assert told.answered == []
    assert chosen(widget) == ["No"]


def test_a_click_answers_without_moving_on_and_again_changes_nothing(qtbot: QtBot) -> None:
    widget, told = shown(qtbot, VIEW)
    button = widget.findChildren(AnswerButton)[2]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert {text for _ref, text in told.edits} == {"unknown"}
    assert told.answered == []
    assert chosen(widget) == ["Don’t know"]


def test_backspace_asks_to_go_back_and_delete_takes_the_answer_off(qtbot: QtBot) -> None:
    widget, told = shown(qtbot, replace(VIEW, value="yes"))
    strike(Qt.Key.Key_Backspace)
    assert (told.back, told.edits) == (["/data/firearm"], [])
    strike(Qt.Key.Key_Delete)
    assert told.edits == [("/data/firearm", "")]
    assert chosen(widget) == []


def test_backspace_in_a_text_deletes_a_letter(qtbot: QtBot) -> None:
    _widget, told = shown(qtbot, Question("/data/name", "text", "Name", value="Wren"))
    strike(Qt.Key.Key_Backspace)
    assert told.back == []
    assert told.edits == [("/data/name", "Wre")]


def test_a_locked_question_answers_no_key(qtbot: QtBot) -> None:
    widget, told = shown(qtbot, VIEW)
    widget.show_view(replace(VIEW, readonly=True))
    strike("y", at=widget.control())
    strike(Qt.Key.Key_Delete, at=widget)
    assert told.edits == []


def test_five_answers_are_one_tab_stop(qtbot: QtBot) -> None:
    widget, _told = shown(qtbot, replace(VIEW, value="no"))
    stops = [made.words for made in widget.findChildren(AnswerButton) if made.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert stops == ["No"]


def test_short_choices_without_keys_get_numbers(qtbot: QtBot) -> None:
    plain = tuple(Choice(value, value.capitalize()) for value in ("never", "once", "often"))
    _widget, told = shown(qtbot, replace(VIEW, choices=plain))
    strike("3")
    assert told.edits == [("/data/firearm", "often")]


def test_a_range_is_struck_by_its_own_numbers(qtbot: QtBot) -> None:
    view = Question("/data/fear", "range", "How afraid?", parameters={"start": "0", "end": "10", "step": "1"})
    widget, told = shown(qtbot, view)
    assert chosen(widget) == []
    strike("7")
    assert told.edits == [("/data/fear", "7")]


def test_arrows_follow_the_reading_direction(qtbot: QtBot) -> None:
    widget, told = shown(qtbot, VIEW)
    widget.set_language("ar")
    assert widget.layoutDirection() == Qt.LayoutDirection.RightToLeft
    strike(Qt.Key.Key_Left)
    strike(Qt.Key.Key_Space)
    assert told.edits == [("/data/firearm", "no")]
