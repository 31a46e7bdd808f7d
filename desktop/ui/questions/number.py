"""Whole and decimal numbers, typed. Both decimal signs are understood; answers are told with a point.

What is not a number is told as no answer, with words beside the field that say so: it never becomes another number.
"""

import re

from PySide6.QtWidgets import QWidget

from desktop.ui.questions.base import QuestionWidget
from desktop.ui.questions.view import QuestionView
from desktop.ui.theme.theme import current_theme
from desktop.ui.widgets.fields import LineField
from desktop.ui.widgets.layout import row

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_DECIMAL = re.compile(r"[+-]?(\d{1,18}([.,]\d*)?|[.,]\d+)")


def integer_text(typed: str) -> str | None:
    """The XForms text of a whole number, "" for nothing typed, None for what is not one."""
    bare = typed.strip().replace("\u2212", "-")
    if not bare:
        return ""
    return str(int(bare)) if _INTEGER.fullmatch(bare) else None


def decimal_text(typed: str) -> str | None:
    """The XForms text of a decimal number, "" for nothing typed, None for what is not one."""
    bare = typed.strip().replace("\u2212", "-")
    if not bare:
        return ""
    return bare.replace(",", ".").lstrip("+") if _DECIMAL.fullmatch(bare) else None


class NumberQuestion(QuestionWidget):
    """A number field; `decimal` or whole."""

    def __init__(self, view: QuestionView, *, decimal: bool = False) -> None:
        super().__init__(view)
        self._decimal = decimal
        self._line = LineField(view.label)
        self._line.setMaximumWidth(current_theme().px(220))
        self._line.textEdited.connect(self._typed)
        self.body.addLayout(row((self._line, 1), None))
        self.show_view(view)

    def control(self) -> QWidget:
        return getattr(self, "_line", self)

    def show_value(self, value: str) -> None:
        self._line.setText(value)

    def set_locked(self, *, locked: bool) -> None:
        self._line.setReadOnly(locked)

    def is_typing(self) -> bool:
        return self._line.hasFocus() and not self._line.isReadOnly()

    def _typed(self, typed: str) -> None:
        text = decimal_text(typed) if self._decimal else integer_text(typed)
        if text is not None:
            self.tell(text)
        elif self._decimal:
            self.tell("", self.tr("Not recorded yet: write a number, such as 2.5"))
        else:
            self.tell("", self.tr("Not recorded yet: write a whole number, such as 2"))


def integer_question(view: QuestionView) -> QuestionWidget:
    """A whole number."""
    return NumberQuestion(view)


def decimal_question(view: QuestionView) -> QuestionWidget:
    """A decimal number."""
    return NumberQuestion(view, decimal=True)
