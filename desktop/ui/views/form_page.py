"""The questions of one page, one below the other: the one in hand is framed and large, repeats stand in their frames.

Widgets are made once per page and told what changed; nothing is rebuilt while someone types. Leaves the answers'
meaning to the session, moving between pages to the screen.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QWidget

from desktop.forms.engine.views import Page, QuestionView, RepeatView
from desktop.i18n import tr
from desktop.ui.models.form_rules import language_code
from desktop.ui.questions.base import QuestionWidget
from desktop.ui.questions.group import RepeatGroup
from desktop.ui.questions.registry import QuestionMaker
from desktop.ui.theme.tokens import SPACE
from desktop.ui.views.form_question import shown
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.layout import clear, column, reveal, row
from desktop.ui.widgets.text import IconLabel, label, restyle


class FoldedLine(QWidget):
    """A question and its answer on one line; `wanted()` when the person wants to change it."""

    wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._words: QLabel = label("", "body", wrap=True)
        self._answer: QLabel = label("", "strong")
        self._change = button(tr("Change"), "quiet", dense="s")
        self._change.clicked.connect(self.wanted)
        self.setLayout(row((self._words, 1), IconLabel("check", "accent"), self._answer, self._change, space=10))

    def say(self, question: str, answer: str) -> None:
        """Show these words."""
        self._words.setText(question)
        self._answer.setText(answer)
        self._change.setAccessibleName(tr("Change: {question}", question=question))


class QuestionCard(QFrame):
    """One question in its frame, strong while in hand. A choice made folds to a line until it is in hand again.

    `wanted()` when the person wants to change a folded answer.
    """

    wanted = Signal()

    def __init__(self, question: QuestionWidget) -> None:
        super().__init__()
        self.question = question
        self._current = False
        self._line: FoldedLine | None = None
        self._parts = column(question, margins=(12, 20))
        self.setProperty("box", "card")
        self.setLayout(self._parts)
        self.fold()

    def set_current(self, *, current: bool) -> None:
        """Frame it and open it, or not."""
        if current == self._current:
            return
        self._current = current
        self.setProperty("box", "chosen" if current else "card")
        restyle(self)
        self.question.set_current(current)
        self.fold()

    def fold(self) -> None:
        """Show the line or the whole question, as it stands now."""
        view = self.question.view
        chosen = next((choice[1] for choice in view.choices if choice[0] == view.value), "")
        folds = bool(chosen) and view.kind == "select_one" and not self._current and not self.question.error()
        if folds and self._line is None:
            self._line = FoldedLine()
            self._line.wanted.connect(self.wanted)
            self._parts.addWidget(self._line)
        if self._line is not None:
            self._line.say(view.label, chosen)
            reveal(self._line, folds)
        reveal(self.question, not folds and view.relevant)


class QuestionPage(QWidget):
    """A page of questions. `stays(ref)` says whether an answer by key leaves its question in hand.

    `edited(ref, text)`, `add_requested(ref)`, `remove_requested(ref)` as a person acts; `current_changed(ref)` when
    another question comes into hand; `passed()` when the last question was answered by key, `returned()` when the
    person goes back from the first.
    """

    edited = Signal(str, str)
    add_requested = Signal(str)
    remove_requested = Signal(str)
    current_changed = Signal(str)
    passed = Signal()
    returned = Signal()

    def __init__(self, maker: QuestionMaker, stays: Callable[[str], bool]) -> None:
        super().__init__()
        self._maker = maker
        self._stays = stays
        self._page: Page | None = None
        self._cards: dict[str, QuestionCard] = {}
        self._groups: dict[str, RepeatGroup] = {}
        self._order: list[str] = []
        self._current = ""
        self._language = ""
        self._inline_guidance = False
        self._column = column(space=SPACE.m)
        self.setLayout(self._column)
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)  # an answer makes it longer; the rest stays as it is
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._focus_moved)

    def show_page(self, page: Page, language: str) -> None:
        """Show these questions. Of the same page only what is new is made; what is in hand stays in hand."""
        before, self._page = self._page, page
        self._language = language
        if before is not None and self._can_mend(before, page):
            self._mend(page)
            return
        keep = self._current if self._has_keyboard() else ""
        with self._laid_out_once():
            clear(self._column)
            self._cards, self._groups, self._current = {}, {}, ""
            self._build(page)
            self._set_order(page)
        if keep in self._cards:
            self.focus_question(keep)

    def show_question(self, view: QuestionView) -> None:
        """One question changed."""
        card = self._cards.get(view.ref)
        if card is not None:
            card.question.show_view(shown(view))
            card.fold()

    def set_inline_guidance(self, *, inline: bool) -> None:
        """Whether guidance opens at the question (narrow) or stands in the panel beside."""
        if inline != self._inline_guidance:
            self._inline_guidance = inline
            for card in self._cards.values():
                card.question.set_inline_guidance(inline)

    def focus_first(self) -> None:
        """Give the keyboard to the first question without an answer, else to the first."""
        empty = [ref for ref in self._order if not self._cards[ref].question.view.value]
        for ref in [*empty, *self._order]:
            if not self._cards[ref].question.view.readonly:
                self.focus_question(ref)
                return

    def focus_last(self) -> None:
        """Give the keyboard to the last question: the person came back from the page after."""
        if self._order:
            self.focus_question(self._order[-1])

    def focus_question(self, ref: str) -> None:
        """Give the keyboard to one question; the one before folds only when the keyboard has left it."""
        if ref in self._cards:
            with self._laid_out_once():
                self._cards[ref].set_current(current=True)
                self._cards[ref].question.focus_answer()
                self._set_current(ref)

    def question(self, ref: str) -> QuestionWidget:
        """The widget of a question on this page."""
        return self._cards[ref].question

    def refs(self) -> Sequence[str]:
        """The questions on this page, in order."""
        return tuple(self._order)

    @property
    def current(self) -> str:
        """The question in hand, or ""."""
        return self._current

    def _has_keyboard(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    # -- building

    def _build(self, page: Page) -> None:
        inside = {ref: repeat for repeat in page.repeats for ref in repeat.instances}
        grouped: dict[str, list[QuestionCard]] = {}
        for view in page.nodes:
            instance = _instance_of(view.ref, inside)
            card = self._card(view)
            if instance:
                grouped.setdefault(instance, []).append(card)
                self._place_repeat(inside[instance])
            else:
                self._column.addWidget(card)
        for repeat in page.repeats:
            self._place_repeat(repeat)
        self._fill_repeats(page, grouped)
        self._column.addStretch(1)

    def _can_mend(self, before: Page, page: Page) -> bool:
        """Whether the questions of before can stay; where there are repeats, only if none is new."""
        new = page.repeats and any(view.ref not in self._cards for view in page.nodes)
        return before.ref == page.ref and before.repeats == page.repeats and not new

    def _mend(self, page: Page) -> None:
        """The same page with some questions more, fewer or changed: the others are not touched."""
        wanted = {view.ref for view in page.nodes}
        for ref in [ref for ref in self._cards if ref not in wanted]:
            self._drop(ref)
        before: QWidget | None = None
        for view in page.nodes:
            card = self._cards.get(view.ref)
            if card is None:
                card = self._card(view)
                self._insert(card, before)
            elif card.question.view != shown(view):
                self.show_question(view)
            before = card
        self._set_order(page)

    def _insert(self, card: QuestionCard, before: QWidget | None) -> None:
        """Put a new card below the one before it."""
        place = self._column.indexOf(before) + 1 if before is not None else 0
        self._column.insertWidget(place, card)

    def _drop(self, ref: str) -> None:
        gone = self._cards.pop(ref)
        if ref == self._current:
            self._current = ""
        gone.hide()
        gone.setParent(None)
        gone.deleteLater()

    def _set_order(self, page: Page) -> None:
        """What stands here in which order; shown at once, not when Qt finds the time: the next key may be Tab."""
        if self.isVisible():
            for card in self._cards.values():
                card.show()
        self._order = [view.ref for view in page.nodes if view.kind not in {"note", "calculate"}]

    def _card(self, view: QuestionView) -> QuestionCard:
        widget = self._maker.make(shown(view))
        widget.set_language(language_code(self._language))
        widget.set_inline_guidance(self._inline_guidance)
        widget.edited.connect(self.edited)
        widget.answered.connect(self._answered)
        widget.back.connect(self._step_back)
        card = QuestionCard(widget)
        card.wanted.connect(lambda: self.focus_question(view.ref))
        self._cards[view.ref] = card
        return card

    def _place_repeat(self, repeat: RepeatView) -> None:
        if repeat.ref in self._groups:
            return
        group = RepeatGroup(repeat.ref, repeat.label or tr("Entries"))
        group.add_requested.connect(self.add_requested)
        group.remove_requested.connect(lambda ref, position: self.remove_requested.emit(f"{ref}[{position}]"))
        self._groups[repeat.ref] = group
        self._column.addWidget(group)

    def _fill_repeats(self, page: Page, grouped: dict[str, list[QuestionCard]]) -> None:
        for repeat in page.repeats:
            instances = [
                (f"{repeat.label or tr('Entry')} {number}", [*grouped.get(ref, ())])
                for number, ref in enumerate(repeat.instances, 1)
            ]
            self._groups[repeat.ref].show_instances(instances, fixed=not repeat.may_add)

    # -- moving

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        """Whoever gets the keyboard inside a question brings that question into hand."""
        inner: QWidget | None = None
        widget = new
        while widget is not None and not isinstance(widget, QuestionCard):
            inner, widget = widget, widget.parentWidget()
        if isinstance(widget, QuestionCard) and inner is widget.question and inner.ref in self._cards:
            self._set_current(inner.ref)

    def _set_current(self, ref: str) -> None:
        if ref == self._current:
            return
        with self._laid_out_once():
            if self._current in self._cards:
                self._cards[self._current].set_current(current=False)
            self._current = ref
            self._cards[ref].set_current(current=True)
        self.current_changed.emit(ref)

    @contextmanager
    def _laid_out_once(self) -> Iterator[None]:
        """One question folds and another opens: Qt would lay out the page for each part that is shown."""
        if not self._column.isEnabled():
            yield
            return
        self._column.setEnabled(False)
        try:
            yield
        finally:
            self._column.setEnabled(True)
            self._column.activate()

    def _answered(self, ref: str) -> None:
        """An answer key was struck: go on, but never where a slip must be seen."""
        if ref not in self._order or self._stays(ref):
            return
        place = self._order.index(ref) + 1
        if place < len(self._order):
            self.focus_question(self._order[place])
        else:
            self.passed.emit()

    def _step_back(self, ref: str) -> None:
        """Backspace: take the answer off; with none there, go back one question."""
        card = self._cards[ref]
        if card.question.view.value and not card.question.view.readonly:
            self.edited.emit(ref, "")
            return
        place = self._order.index(ref) if ref in self._order else 0
        if place:
            self.focus_question(self._order[place - 1])
        else:
            self.returned.emit()


def _instance_of(ref: str, inside: Mapping[str, RepeatView]) -> str:
    """The repeat instance in which a question stands, or ""."""
    return next((instance for instance in inside if ref.startswith(f"{instance}/")), "")
