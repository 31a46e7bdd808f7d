"""Several answers, one tick each; and the acknowledgement, which is a single tick."""

from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.ui.questions.base import QuestionWidget
from desktop.ui.questions.select import column_count
from desktop.ui.questions.view import QuestionView
from desktop.ui.widgets.choices import CheckBox
from desktop.ui.widgets.layout import clear


class MultipleQuestion(QuestionWidget):
    """Tick rows. The answer is the ticked values in the form's order, with spaces between, as XForms writes lists."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__(view)
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        self._boxes: dict[str, CheckBox] = {}
        self.body.addLayout(self._grid)
        self.show_choices()
        self.show_view(view)

    def control(self) -> QWidget:
        boxes: dict[str, CheckBox] = getattr(self, "_boxes", {})
        return next(iter(boxes.values()), self)

    def show_choices(self) -> None:
        clear(self._grid)
        self._boxes = {}
        given = self.view.value.split()
        offered = [(value, words, gone) for value, words, _key, gone in self.view.choices if not gone or value in given]
        known = {value for value, _words, _gone in offered}
        offered += [(value, value, True) for value in given if value not in known]
        columns = column_count(self.view)
        for number, (value, words, gone) in enumerate(offered):
            made = CheckBox(self.tr("{0} (no longer offered)").format(words) if gone else words)
            made.setAccessibleDescription(self.view.label)
            made.clicked.connect(self._ticked)
            self._boxes[value] = made
            self._grid.addWidget(made, number // columns, number % columns)

    def show_value(self, value: str) -> None:
        if any(given not in self._boxes for given in value.split()):
            self.show_choices()
        for key, made in self._boxes.items():
            made.setChecked(key in value.split())

    def set_locked(self, *, locked: bool) -> None:
        for made in self._boxes.values():
            made.setEnabled(not locked)

    def _show_words(self) -> None:
        super()._show_words()
        for made in self._boxes.values():
            made.setAccessibleName(made.text())

    def _ticked(self) -> None:
        self.tell(" ".join(value for value, made in self._boxes.items() if made.isChecked()))


class AcknowledgeQuestion(QuestionWidget):
    """One tick that says "seen"; its answer is OK, as XForms triggers have it."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__(view)
        self._box = CheckBox(self.tr("I have read this"))
        self._box.clicked.connect(lambda: self.tell("OK" if self._box.isChecked() else ""))
        self.body.addWidget(self._box)
        self.show_view(view)

    def control(self) -> QWidget:
        return getattr(self, "_box", self)

    def show_value(self, value: str) -> None:
        self._box.setChecked(value == "OK")
