"""A range: a row of numbers to strike when it is short, a number field with its limits when it is long.

No slider: it always shows a value, and an answer that nobody gave must not be there.
"""

from decimal import Decimal, InvalidOperation

from PySide6.QtWidgets import QWidget

from desktop.ui.questions.answers import AnswerGroup
from desktop.ui.questions.base import QuestionWidget
from desktop.ui.questions.number import NumberQuestion
from desktop.ui.questions.view import QuestionView

_MOST_STEPS = 11


def steps(view: QuestionView) -> list[str]:
    """The values from `start` to `end` by `step`; empty when the parameters make no range or too long a one."""
    try:
        start, end, step = (Decimal(view.parameters.get(name, usual)) for name, usual in _USUAL)
    except InvalidOperation:
        return []
    if not step:
        return []
    count = int(abs(end - start) / abs(step)) + 1
    if count > _MOST_STEPS:
        return []
    towards = abs(step) if end >= start else -abs(step)
    return [f"{start + towards * number:f}" for number in range(count)]


_USUAL = (("start", "1"), ("end", "10"), ("step", "1"))


class RangeQuestion(QuestionWidget):
    """A row of numbers; the digits and the arrows answer it."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__(view)
        self._group = AnswerGroup(view.label)
        self._group.chosen.connect(self._chosen)
        self._group.keyed.connect(lambda _value: self.answered.emit(self.ref))
        self.body.addWidget(self._group)
        self.show_choices()
        self.show_view(view)

    def control(self) -> QWidget:
        return getattr(self, "_group", self)

    def show_choices(self) -> None:
        self._group.show_answers([(value, value, "") for value in steps(self.view)], by_number=False)
        for made in self._group.buttons.values():
            made.setAccessibleDescription(self.view.label)

    def show_value(self, value: str) -> None:
        self._group.show_chosen(value)

    def _chosen(self, value: str) -> None:
        self.tell(value)


def range_question(view: QuestionView) -> QuestionWidget:
    """Numbers to strike, or a field when there are more than can stand side by side."""
    if steps(view):
        return RangeQuestion(view)
    whole = view.parameters.get("step", "1").lstrip("-").isdecimal()
    return NumberQuestion(view, decimal=not whole)
