"""An image or a file: the name of what is attached, and a wish to choose one. Opening and sealing are the screen's."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from desktop.ui.questions.base import QuestionWidget
from desktop.ui.questions.view import QuestionView
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.layout import reveal, row
from desktop.ui.widgets.text import label


class AttachmentQuestion(QuestionWidget):
    """`choose_requested(ref)` asks the screen for the system's file dialog; taking off is told as an empty answer."""

    choose_requested = Signal(str)

    def __init__(self, view: QuestionView) -> None:
        super().__init__(view)
        self._name: QLabel = label("", "body", wrap=True)
        self._choose = button(self.tr("Choose a file"), icon="paperclip")
        self._choose.clicked.connect(lambda: self.choose_requested.emit(self.ref))
        self._remove = button(self.tr("Take off"), "quiet", "x")
        self._remove.clicked.connect(self._take_off)
        self.body.addLayout(row((self._name, 1), self._choose, self._remove))
        self.show_view(view)

    def control(self) -> QWidget:
        return getattr(self, "_choose", self)

    def show_value(self, value: str) -> None:
        self._name.setText(value or self.tr("Nothing attached"))
        reveal(self._remove, bool(value))

    def set_locked(self, *, locked: bool) -> None:
        self._choose.setEnabled(not locked)
        self._remove.setEnabled(not locked)

    def _take_off(self) -> None:
        self.show_value("")
        self.tell("")
        self._choose.setFocus()
