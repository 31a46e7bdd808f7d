"""What every question has: its words, its hint and guidance, its error, and the care for what is being typed.

A question type adds its control and two methods: show a value, and lock. The form decides what an edit means; nothing
here knows relevance rules, scores or drafts.
"""

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from desktop.ui.questions.view import QuestionView
from desktop.ui.theme.tokens import SPACE
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.fields import ErrorLine, mark_invalid
from desktop.ui.widgets.layout import column, reveal, row
from desktop.ui.widgets.text import IconLabel, label, restyle


class QuestionWidget(QFrame):
    """One question.

    `edited(ref, text)` with every change a person makes; `answered(ref)` when an answer key has been struck, so the
    form may move on (never on a flag question: the form knows); `back(ref)` on Backspace outside a text.
    """

    edited = Signal(str, str)
    answered = Signal(str)
    back = Signal(str)

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self.ref = view.ref
        self.view = view
        self._sent: set[str] = set()
        self._waiting = ""
        self._own_error = ""
        self._label: QLabel = label("", "strong", wrap=True)
        self._required = label(self.tr("required"), "caption", "muted")
        self._hint: QLabel = label("", "small", "muted", wrap=True)
        self._how: QWidget | None = None
        self._guidance: QLabel = label("", "small", "muted", wrap=True)
        self._guidance.hide()
        self._error = ErrorLine()
        self._badge: ChangedBadge | None = None
        top = Qt.AlignmentFlag.AlignTop
        self._head = row((self._label, 1), (self._required, top), space=SPACE.s)
        self.body = column(space=SPACE.s)
        self._parts = column(self._head, self._hint, self._guidance, self.body, self._error, space=6)
        self.setLayout(self._parts)
        self._inline_guidance = True

    # ---- what a type adds

    def control(self) -> QWidget:
        """The widget that takes the keyboard; named after the question."""
        return self

    def show_value(self, value: str) -> None:
        """Show the answer `value` without telling anyone."""

    def show_choices(self) -> None:
        """Rebuild what depends on `self.view.choices` or parameters."""

    def set_locked(self, *, locked: bool) -> None:
        """Forbid or allow editing."""
        self.control().setEnabled(not locked)

    def is_typing(self) -> bool:
        """Whether someone is at this question's text right now; a type without text says no."""
        return False

    # ---- what the form uses

    def show_view(self, view: QuestionView) -> None:
        """Show the question as it now stands. A text that someone is typing is left alone: a badge offers the other."""
        choices_changed = view.choices != self.view.choices or not self.body.count()
        self.view = view
        self._show_words()
        if choices_changed:
            self.show_choices()
        self.set_locked(locked=view.readonly)
        self._show_or_offer(view.value)
        reveal(self, view.relevant)
        self._show_error()

    def set_current(self, current: bool) -> None:  # noqa: FBT001  a setter in Qt's own shape
        """The question in hand is written large."""
        self._label.setProperty("role", "question" if current else "strong")
        restyle(self._label)

    def set_inline_guidance(self, shown: bool) -> None:  # noqa: FBT001  a setter in Qt's own shape
        """Whether guidance opens here (narrow windows) or stands in the panel beside the questions."""
        self._inline_guidance = shown
        self._show_words()

    def set_changed_by(self, words: str, *, takes: bool = True) -> None:
        """Say who changed this answer meanwhile; empty takes the badge away. `takes`: whether theirs can be taken."""
        if words and self._badge is None:
            self._badge = ChangedBadge()
            self._badge.taken.connect(self._take_waiting)
            self._parts.insertWidget(self._parts.indexOf(self._error), self._badge)
        if self._badge is not None:
            self._badge.say(words, takes=takes)

    def set_language(self, code: str) -> None:
        """Write in the direction of the form's language (BCP 47 or a bare code such as "ar")."""
        self.setLayoutDirection(QLocale(code).textDirection())

    def focus_answer(self) -> None:
        """Give the keyboard to this question."""
        self.control().setFocus(Qt.FocusReason.OtherFocusReason)

    def error(self) -> str:
        """The error now shown, or an empty text."""
        return self._error.message()

    # ---- for the types

    def tell(self, text: str, own_error: str = "") -> None:
        """A person changed the answer to `text`; `own_error` says why what is typed is not an answer yet."""
        self._own_error = own_error
        self._sent.add(text)
        self._show_error()
        self.edited.emit(self.ref, text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backspace and not event.modifiers() and not self.is_typing():
            self.back.emit(self.ref)
            return
        super().keyPressEvent(event)

    # ---- inside

    def _show_words(self) -> None:
        view = self.view
        self._label.setText(view.label)
        self._label.setBuddy(self.control())
        reveal(self._required, view.required)
        self._hint.setText(view.hint)
        reveal(self._hint, bool(view.hint))
        self._guidance.setText(view.guidance)
        offered = bool(view.guidance) and self._inline_guidance
        self._offer_guidance(offered)
        if not offered:
            self._guidance.hide()
        self.setAccessibleName(view.label)
        self.control().setAccessibleName(view.label)

    def _offer_guidance(self, offered: bool) -> None:  # noqa: FBT001  as setVisible
        """The button that opens the guidance is made only where one is needed: a page holds many questions."""
        if offered and self._how is None:
            how = button(self.tr("How to ask this"), "link", "lightbulb")
            how.clicked.connect(lambda: self._guidance.setVisible(self._guidance.isHidden()))
            self._parts.insertWidget(self._parts.indexOf(self._guidance), how)
            self._how = how
        if self._how is not None:
            reveal(self._how, offered)

    def _show_or_offer(self, value: str) -> None:
        if self._own_error and not value:
            return  # what was typed is no answer yet; it stays to be put right, with the words that say so
        if not self.is_typing():
            self._sent = {value}
            self._own_error = ""
            self.set_changed_by("")
            self.show_value(value)
        elif value not in self._sent:
            self._waiting = value
            self._sent.add(value)
            self.set_changed_by(self.tr("Changed meanwhile to: {0}").format(value or self.tr("nothing")))

    def _take_waiting(self) -> None:
        self.set_changed_by("")
        self.show_value(self._waiting)
        self.tell(self._waiting)
        self.focus_answer()

    def _show_error(self) -> None:
        message = self._own_error or self.view.violation_message or ""
        self._error.show_error(message)
        mark_invalid(self.control(), invalid=bool(message))
        said = " ".join(part for part in (message, self.view.hint) if part)
        self.control().setAccessibleDescription(said)


class ChangedBadge(QWidget):
    """That an answer was changed meanwhile by somebody else; `taken` when the person wants it so."""

    taken = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._words: QLabel = label("", "small", "warn", wrap=True)
        self._take = button(self.tr("Use it"), "quiet", dense="s")
        self._take.clicked.connect(self.taken)
        self.setLayout(row(IconLabel("git-compare", "warn"), (self._words, 1), self._take, space=6))

    def say(self, words: str, *, takes: bool) -> None:
        """Who changed it and to what; nothing hides it."""
        self._words.setText(words)
        reveal(self._take, takes)
        reveal(self, bool(words))
