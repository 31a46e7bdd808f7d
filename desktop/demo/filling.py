"""Filling a form by keyboard as a person would: question by question, section by section, then check and sign.

Which answer a question gets is a table by its name, else a plain one of its kind. Leaves what the form means to it.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from PySide6.QtCore import Qt

from desktop.demo.hands import Hands
from desktop.ui.questions.base import QuestionWidget
from desktop.ui.views.form import FormScreen
from desktop.ui.widgets.choices import CheckBox, RadioButton

CTRL = Qt.KeyboardModifier.ControlModifier
RISK_ANSWERS: Mapping[str, str] = {
    "place": "home", "channel": "face", "present": "nobody", "hearing": "no", "interpreter": "no",
    "free_to_speak": "yes", "injury": "yes", "fear": "yes", "strangulation": "yes", "firearm": "yes", "threats": "yes",
    "isolation": "yes", "separation": "yes", "jealousy": "dont_know", "often": "yes", "worse": "yes",
    "harm_others": "dont_know", "has_children": "yes", "child_name": "Pip", "child_age": "6",
    "grade": "extreme", "victim_view": "for_life", "victim_words": "I sleep in my clothes.",
    "fear_words": "He said he would find her wherever she goes.", "reason": "Danger grows since she spoke of leaving.",
}  # fmt: skip

REFERRAL_ANSWERS: Mapping[str, str] = {
    "call_back": "01632 960102, day and night", "urgency": "today", "reply_by": "2", "address_protected": "yes",
    "contact_way": "direct", "channel": "phone", "number": "01632 960017", "days": "mon wed", "hours": "09:00 to 14:00",
    "who_may_answer": "only she herself", "if_another": "say it is about a library book", "verified_on": "0",
    "expires_on": "30", "has_others": "no", "aim": "victim", "grade": "extreme", "grade_tool": "Risk record, version 1",
    "flags": "strangulation firearm", "needs": "health advice", "consent": "yes",
    "agreed": "Injury check and a talk about the house, nothing else", "restrictions": "none",
    "removed": "Address, the record of the other person, all single answers",
}  # fmt: skip


def open_form(hands: Hands) -> FormScreen:
    """The form in sight, once it can be answered (a new draft is opened in a screen of its own)."""

    def is_open() -> bool:
        return hands.sees(FormScreen) and hands.screen(FormScreen).model.is_open

    hands.wait(f"{hands.name}: the form opens", is_open)
    return hands.screen(FormScreen)


def fill(hands: Hands, screen: FormScreen, answers: Mapping[str, str], *, pictures: Mapping[int, str]) -> int:
    """Answer every question that must be answered, on every page; returns how many were. Ends on the check page.

    `pictures`: number of a page → name of a picture to take once it is filled.
    """
    given = 0
    while screen.model.page() is not None:
        here = screen.model.index
        done: set[str] = set()
        while (ref := _next(screen, answers, done)) is not None:
            done.add(ref)
            given += _answer(hands, screen, ref, answers)
        if here in pictures:
            hands.picture(pictures[here])
        if screen.model.index == here:
            hands.press(Qt.Key.Key_Down, CTRL)
            _wait_for_next(hands, screen, here)
    return given


def _wait_for_next(hands: Hands, screen: FormScreen, here: int) -> None:
    hands.wait(f"{hands.name}: the section after {here}", lambda: screen.model.index > here)


def _next(screen: FormScreen, answers: Mapping[str, str], done: set[str]) -> str | None:
    """The next question on this page that must be answered, or that the table answers."""
    for ref in screen.page.refs():
        view = screen.page.question(ref).view
        if (
            ref not in done
            and view.relevant
            and not view.readonly
            and not view.value
            and (view.required or _name(ref) in answers)
        ):
            return ref
    return None


def _answer(hands: Hands, screen: FormScreen, ref: str, answers: Mapping[str, str]) -> int:
    """One question by keys; 1 when it now has an answer."""
    screen.page.focus_question(ref)
    question = screen.page.question(ref)
    view = question.view
    wanted = answers.get(_name(ref), "")
    if view.kind == "select_one":
        _choose(hands, question, wanted or _plain_choice(question))
    elif view.kind == "select_multiple":
        _tick(hands, question, wanted or view.choices[0][0])
    elif view.kind == "date":
        hands.write((date.today() + timedelta(days=int(wanted or "0"))).isoformat())  # noqa: DTZ011  the person's day
    else:
        hands.write(wanted or ("3" if view.kind in {"integer", "decimal"} else "As told at the table"))
    hands.breathe(20)
    return 1


def _choose(hands: Hands, question: QuestionWidget, value: str) -> None:
    """Strike the letter or number of a choice; in a list of radio buttons, walk to it and press Space."""
    values = [choice[0] for choice in question.view.choices]
    place = values.index(value)
    radios = question.findChildren(RadioButton)
    if radios:
        radios[place].setFocus()
        hands.press(Qt.Key.Key_Space)
        return
    letter = question.view.choices[place][2]
    hands.press(Qt.Key(ord(letter.upper())) if letter else Qt.Key(Qt.Key.Key_1 + place))


def _tick(hands: Hands, question: QuestionWidget, values: str) -> None:
    """Tick each of the choices, parted by spaces."""
    offered = [choice[0] for choice in question.view.choices]
    boxes = question.findChildren(CheckBox)
    for value in values.split():
        boxes[offered.index(value)].setFocus()
        hands.press(Qt.Key.Key_Space)


def _plain_choice(question: QuestionWidget) -> str:
    """No where there is a plain no, else the first that is offered."""
    values = [choice[0] for choice in question.view.choices]
    return "no" if "no" in values else values[0]


def _name(ref: str) -> str:
    return ref.rsplit("/", 1)[-1]
