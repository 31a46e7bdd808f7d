"""One answer out of several: keyed buttons, a list of round choices, a list box, or a list to search in.

Which of them: buttons when the choices have keys or are five short ones at most; `minimal` a list box; `autocomplete`
or `search` a field over a list; otherwise round choices. A given answer that is no longer offered stays, marked.
"""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QStringListModel, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QLabel, QListView, QWidget

from desktop.ui.questions.answers import AnswerGroup
from desktop.ui.questions.base import QuestionWidget
from desktop.ui.questions.view import QuestionView, appearances
from desktop.ui.theme.theme import current_theme
from desktop.ui.theme.tokens import SIZES
from desktop.ui.widgets.choices import ComboBox, RadioButton
from desktop.ui.widgets.commands import fold
from desktop.ui.widgets.fields import LineField
from desktop.ui.widgets.layout import clear, reveal, row
from desktop.ui.widgets.text import label

_MOST_BUTTONS = 5
_SHORT = 18


class SelectQuestion(QuestionWidget):
    """What the four looks share: the words of a choice and the note about one that is no longer offered."""

    def words(self, value: str) -> str:
        """The words of a choice; its value where the form no longer knows it."""
        return next((words for key, words, _key, _gone in self.view.choices if key == value), value)

    def offered(self) -> list[tuple[str, str, str]]:
        """What to offer as (value, words, key): all that is offered, and the given answer even where it is not."""
        gone_word = self.tr("{0} (no longer offered)")
        shown = []
        for value, words, key, gone in self.view.choices:
            if gone and value != self.view.value:
                continue
            shown.append((value, gone_word.format(words) if gone else words, key))
        if self.view.value and all(value != self.view.value for value, _words, _key in shown):
            shown.append((self.view.value, gone_word.format(self.view.value), ""))
        return shown

    def show_view(self, view: QuestionView) -> None:
        if view.value != self.view.value and any(gone for *_rest, gone in self.view.choices):
            self.view = view
            self.show_choices()
        super().show_view(view)
        gone = next((gone for value, _words, _key, gone in view.choices if value == view.value), bool(view.value))
        self._note_gone(gone=gone)

    def _note_gone(self, *, gone: bool) -> None:
        words = self.tr("This answer is no longer offered. Keep it or choose another.")
        self.set_changed_by(words if gone else "", takes=not gone)


class ButtonsQuestion(SelectQuestion):
    """Answer buttons with key caps."""

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
        answers = self.offered()
        keyed = any(key for _value, _words, key in answers)
        numbered = [
            (value, words, key or ("" if keyed else str(n))) for n, (value, words, key) in enumerate(answers, 1)
        ]
        self._group.show_answers(numbered)
        for made in self._group.buttons.values():
            made.setAccessibleDescription(self.view.label)

    def show_value(self, value: str) -> None:
        self._group.show_chosen(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and not self.view.readonly:
            self._group.show_chosen("")
            self.tell("")
            return
        super().keyPressEvent(event)

    def _chosen(self, value: str) -> None:
        self.tell(value)


class RadioQuestion(SelectQuestion):
    """Round choices below each other, or side by side (`horizontal`, `columns`, `columns-n`, `likert`)."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__(view)
        self._grid = QGridLayout()
        self._grid.setSpacing(4)
        self._buttons: dict[str, RadioButton] = {}
        self._group = QButtonGroup(self)
        self.body.addLayout(self._grid)
        self.show_choices()
        self.show_view(view)

    def control(self) -> QWidget:
        buttons: dict[str, RadioButton] = getattr(self, "_buttons", {})
        return buttons.get(self.view.value) or next(iter(buttons.values()), self)

    def show_choices(self) -> None:
        clear(self._grid)
        for old in self._group.buttons():
            self._group.removeButton(old)
        self._buttons = {}
        columns = column_count(self.view)
        for number, (value, words, _key) in enumerate(self.offered()):
            made = RadioButton(words)
            made.clicked.connect(lambda _checked=False, which=value: self.tell(which))
            self._group.addButton(made)
            self._buttons[value] = made
            self._grid.addWidget(made, number // columns, number % columns)
        for value, made in self._buttons.items():
            made.setAccessibleDescription(self.view.label)
            made.setChecked(value == self.view.value)

    def show_value(self, value: str) -> None:
        self._group.setExclusive(False)  # so that "no answer" can be shown
        for key, made in self._buttons.items():
            made.setChecked(key == value)
        self._group.setExclusive(True)

    def set_locked(self, *, locked: bool) -> None:
        for made in self._buttons.values():
            made.setEnabled(not locked)

    def _show_words(self) -> None:
        super()._show_words()
        for value, words, _key in self.offered():
            if value in self._buttons:
                self._buttons[value].setAccessibleName(words)


class ListBoxQuestion(SelectQuestion):
    """A list box (`minimal`)."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__(view)
        self._combo = ComboBox(view.label)
        self._combo.activated.connect(lambda _number: self.tell(self._combo.value()))
        self.body.addLayout(row(self._combo, None))
        self.show_choices()
        self.show_view(view)

    def control(self) -> QWidget:
        return getattr(self, "_combo", self)

    def show_choices(self) -> None:
        nothing = ("", self.tr("Choose"))
        self._combo.show_choices([nothing, *((value, words) for value, words, _key in self.offered())], self.view.value)

    def show_value(self, value: str) -> None:
        self._combo.setCurrentIndex(self._combo.findData(value))


class SearchQuestion(SelectQuestion):
    """A field over a list that shrinks as one types (`autocomplete`, `search`); thousands of choices stay light."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__(view)
        self._chosen: QLabel = label("", "strong", wrap=True)
        self._line = LineField(view.label, placeholder=self.tr("Type to search"), icon="search")
        self._model = QStringListModel(self)
        self._shown: list[str] = []
        self._list = QListView()
        self._list.setProperty("popup", "true")
        self._list.setModel(self._model)
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._list.setUniformItemSizes(True)
        self._list.setFixedHeight(current_theme().px(SIZES.target) * 5 + 10)
        self._line.textEdited.connect(lambda _text: self._filter())
        self._list.activated.connect(self._pick)
        self._list.clicked.connect(self._pick)
        for part in (self._chosen, self._line, self._list):
            self.body.addWidget(part)
        self.show_choices()
        self.show_view(view)

    def control(self) -> QWidget:
        return getattr(self, "_line", self)

    def show_choices(self) -> None:
        self._filter()

    def show_value(self, value: str) -> None:
        self._chosen.setText(self.words(value))
        reveal(self._chosen, bool(value))

    def set_locked(self, *, locked: bool) -> None:
        reveal(self._line, not locked)
        reveal(self._list, not locked)

    def _show_words(self) -> None:
        super()._show_words()
        self._list.setAccessibleName(self.view.label)

    def _filter(self) -> None:
        wanted = fold(self._line.text()).split()
        found = [(value, words) for value, words, _key in self.offered() if all(w in fold(words) for w in wanted)]
        self._shown = [value for value, _words in found]
        self._model.setStringList([words for _value, words in found])

    def _pick(self, index: QModelIndex) -> None:
        value = self._shown[index.row()]
        self.show_value(value)
        self._line.clear()
        self._filter()
        self.tell(value)


def column_count(view: QuestionView) -> int:
    """In how many columns the appearance wants the choices: 1 unless it says otherwise."""
    words = appearances(view)
    if words & {"horizontal", "horizontal-compact", "likert"}:
        return max(len(view.choices), 1)
    for word in words:
        if word.startswith("columns-") and word[8:].isdecimal():
            return max(int(word[8:]), 1)
    return 2 if words & {"columns", "columns-pack"} else 1


def is_buttons(choices: Sequence[tuple[str, str, str, bool]]) -> bool:
    """Whether the choices are few and short enough, or keyed, to be answered with one key each."""
    if any(key for _value, _words, key, _gone in choices):
        return len(choices) <= 9
    return 0 < len(choices) <= _MOST_BUTTONS and all(len(words) <= _SHORT for _value, words, _key, _gone in choices)


def select_one_question(view: QuestionView) -> QuestionWidget:
    """The look that the appearance and the choices ask for."""
    words = appearances(view)
    if words & {"autocomplete", "search"}:
        return SearchQuestion(view)
    if "minimal" in words:
        return ListBoxQuestion(view)
    layout = words & {"horizontal", "horizontal-compact", "columns", "columns-pack", "likert", "list-nolabel"}
    if not layout and not any(word.startswith("columns-") for word in words) and is_buttons(view.choices):
        return ButtonsQuestion(view)
    return RadioQuestion(view)
