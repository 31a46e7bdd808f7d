"""Every question type in its states on one sheet, with invented words; used by pictures and the accessibility walk."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop.ui.questions.group import RepeatGroup
from desktop.ui.questions.registry import QuestionMaker, question_types
from desktop.ui.questions.view import Choice, Question
from desktop.ui.widgets.layout import Part, card, column, page

FIVE = (
    Choice("yes", "Yes", "Y"),
    Choice("no", "No", "N"),
    Choice("unknown", "Don’t know", "D"),
    Choice("not_asked", "Not asked", "A"),
    Choice("refused", "Refused", "R"),
)
PLACES = (
    Choice("home", "At home"),
    Choice("street", "In the street"),
    Choice("work", "At work, or on the way"),
    Choice("other", "Elsewhere"),
)


def question_gallery(warn: Callable[[str], None]) -> QWidget:
    """The sheet; `warn` hears of types that have no widget."""
    maker = QuestionMaker(question_types(), warn)
    large = maker.make(_questions()[0])
    large.set_current(True)
    parts: list[Part] = [card(large)]
    parts += [card(maker.make(view)) for view in _questions()[1:]]
    children = RepeatGroup("/data/child", "Children in the home")
    ages = [maker.make(Question(f"/data/child[{n}]/age", "integer", "Age", value=str(n + 3))) for n in (1, 2)]
    children.show_instances([(f"Child {n}", [age]) for n, age in enumerate(ages, 1)])
    return page(column(*parts, children, None, space=12, margins=24))


def _questions() -> list[Question]:
    gone = (*PLACES, Choice("shelter", "In the shelter", "", no_longer_offered=True))
    return [
        Question(
            "/data/firearm",
            "select_one",
            "Is there a firearm in the home, or one that Flint can get to?",
            hint="Count legal, borrowed and hunting weapons.",
            guidance="Ask it flatly, the way you ask for a date of birth, and away from others.",
            choices=FIVE,
            required=True,
        ),
        Question("/data/threats", "select_one", "Have there been threats to kill?", choices=FIVE, value="yes"),
        Question("/data/locked", "select_one", "Answered before", choices=FIVE, value="no", readonly=True),
        Question(
            "/data/where",
            "select_one",
            "Where did it happen?",
            "columns-2",
            choices=PLACES,
            value="work",
        ),
        Question("/data/gone", "select_one", "Where is she now?", "columns", choices=gone, value="shelter"),
        Question("/data/list", "select_one", "Which district?", "minimal", choices=PLACES),
        Question("/data/find", "select_one", "Which village?", "autocomplete", choices=PLACES, value="home"),
        Question("/data/seen", "select_multiple", "Who saw it?", choices=PLACES, value="home other"),
        Question("/data/name", "text", "Code name", hint="Not a real name", required=True),
        Question("/data/words", "text", "In her words", "multiline", value="He said it again on Sunday."),
        Question("/data/count", "integer", "How many times?", value="31", violation_message="At most 30 in a month"),
        Question("/data/weight", "decimal", "How much?", value="2.5"),
        Question("/data/day", "date", "When?", value="2026-11-16"),
        Question("/data/month", "date", "Since which month?", "month-year", value="2026-09-01"),
        Question("/data/hour", "time", "At what time?", value="21:40:00"),
        Question("/data/moment", "datetime", "Call made", value="2026-11-16T21:40:00"),
        Question("/data/note", "note", "Ask the next ones alone.", hint="Nobody within hearing."),
        Question("/data/sum", "calculate", "Sum so far", value="9 of 19"),
        Question("/data/ok", "acknowledge", "What was said stays in this unit"),
        Question(
            "/data/fear", "range", "How afraid is she?", parameters={"start": "0", "end": "10", "step": "1"}, value="7"
        ),
        Question("/data/photo", "image", "Photograph of the door", value="door.jpg"),
        Question("/data/odd", "barcode", "A type without a widget"),
    ]
