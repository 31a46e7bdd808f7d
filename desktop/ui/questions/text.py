"""Free text on one line or several, and what is only read: notes and calculated values."""

from PySide6.QtWidgets import QLabel, QWidget

from desktop.ui.questions.base import QuestionWidget
from desktop.ui.questions.view import QuestionView, appearances
from desktop.ui.widgets.fields import LineField, TextArea
from desktop.ui.widgets.layout import box, column
from desktop.ui.widgets.text import label


class TextQuestion(QuestionWidget):
    """One line of text."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__(view)
        self._line = LineField(view.label)
        self._line.textEdited.connect(self._typed)
        self.body.addWidget(self._line)
        self.show_view(view)

    def control(self) -> QWidget:
        return getattr(self, "_line", self)

    def show_value(self, value: str) -> None:
        self._line.setText(value)

    def set_locked(self, *, locked: bool) -> None:
        self._line.setReadOnly(locked)

    def is_typing(self) -> bool:
        return self._line.hasFocus() and not self._line.isReadOnly()

    def _typed(self, text: str) -> None:
        self.tell(text)


class MultilineQuestion(QuestionWidget):
    """Several lines of text (appearance `multiline`)."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__(view)
        self._area = TextArea(view.label)
        self._showing = False
        self._area.textChanged.connect(self._typed)
        self.body.addWidget(self._area)
        self.show_view(view)

    def control(self) -> QWidget:
        return getattr(self, "_area", self)

    def show_value(self, value: str) -> None:
        self._showing = True
        if self._area.toPlainText() != value:
            self._area.setPlainText(value)
        self._showing = False

    def set_locked(self, *, locked: bool) -> None:
        self._area.setReadOnly(locked)

    def is_typing(self) -> bool:
        return self._area.hasFocus() and not self._area.isReadOnly()

    def _typed(self) -> None:
        if not self._showing:
            self.tell(self._area.toPlainText())


class NoteQuestion(QuestionWidget):
    """Words to be read, nothing to answer; it takes no keyboard."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__(view)
        self.show_view(view)


class CalculatedQuestion(QuestionWidget):
    """A value the form has worked out, to be read and copied."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__(view)
        self._value: QLabel = label("", "strong", wrap=True, selectable=True)
        self.body.addWidget(box("sunken", column(self._value, margins=(8, 12))))
        self.show_view(view)

    def control(self) -> QWidget:
        return getattr(self, "_value", self)

    def show_value(self, value: str) -> None:
        self._value.setText(value or "–")

    def set_locked(self, *, locked: bool) -> None:
        del locked  # it is never edited


def text_question(view: QuestionView) -> QuestionWidget:
    """The text widget that the appearance asks for."""
    return MultilineQuestion(view) if "multiline" in appearances(view) else TextQuestion(view)
