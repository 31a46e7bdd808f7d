"""Which widget shows which question type: a plain mapping made by a function, and a maker that warns once per gap."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from desktop.ui.questions.attachment import AttachmentQuestion
from desktop.ui.questions.base import QuestionWidget
from desktop.ui.questions.moment import date_question, datetime_question, time_question
from desktop.ui.questions.multiple import AcknowledgeQuestion, MultipleQuestion
from desktop.ui.questions.number import decimal_question, integer_question
from desktop.ui.questions.scale import range_question
from desktop.ui.questions.select import select_one_question
from desktop.ui.questions.text import CalculatedQuestion, NoteQuestion, text_question
from desktop.ui.questions.view import QuestionView

Make = Callable[[QuestionView], QuestionWidget]


def question_types() -> Mapping[str, Make]:
    """XLSForm type to the function that makes its widget."""
    return MappingProxyType(
        {
            "select_one": select_one_question,
            "select_multiple": MultipleQuestion,
            "text": text_question,
            "note": NoteQuestion,
            "calculate": CalculatedQuestion,
            "integer": integer_question,
            "decimal": decimal_question,
            "date": date_question,
            "time": time_question,
            "datetime": datetime_question,
            "dateTime": datetime_question,
            "acknowledge": AcknowledgeQuestion,
            "trigger": AcknowledgeQuestion,
            "range": range_question,
            "image": AttachmentQuestion,
            "file": AttachmentQuestion,
        }
    )


class QuestionMaker:
    """Makes widgets from views. A type without a widget gets a text field, and `warn(kind)` is called once for it."""

    def __init__(self, types: Mapping[str, Make], warn: Callable[[str], None]) -> None:
        self._types = types
        self._warn = warn
        self._warned: set[str] = set()

    def make(self, view: QuestionView) -> QuestionWidget:
        """The widget for `view`, already showing it."""
        make = self._types.get(view.kind)
        if make is not None:
            return make(view)
        if view.kind not in self._warned:
            self._warned.add(view.kind)
            self._warn(view.kind)
        return text_question(view)
