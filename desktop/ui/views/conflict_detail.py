"""One conflict: what stands meanwhile, both sides, the choice as it will be, and why. Or how it was decided.

The choice is shown before it is recorded; nothing is written here. Leaves the lists to `conflicts`.
"""

from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.i18n import tr, trn
from desktop.model.conflict import ConflictView
from desktop.model.conflict import Side as Written
from desktop.model.moment import moment
from desktop.model.partner import Relay
from desktop.store.edits import Begun
from desktop.ui.models.case_begun import decision_of
from desktop.ui.models.conflict_words import (
    both,
    can_keep_both,
    field_title,
    is_hidden,
    is_rule,
    ordered,
    side_lines,
    stands_words,
    value_words,
)
from desktop.ui.models.words import agency_word, time_words
from desktop.ui.views.case_edit import resumed
from desktop.ui.views.case_typed import on_edit, put, read
from desktop.ui.views.conflict_value import NewValue, can_type, new_value
from desktop.ui.widgets.buttons import Button, button
from desktop.ui.widgets.conflict import ConflictSide, Line, Side
from desktop.ui.widgets.fields import Field, TextArea
from desktop.ui.widgets.flow import Beside, flow
from desktop.ui.widgets.layout import box, clear, column, holder, reveal, row
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.text import icon_line, key_cap, label

BOTH, NEW = "both", "new"


class Decision(QWidget):
    """An open conflict. `open_wanted` for its hidden values, `case_wanted`; `chose` whenever the choice is another,
    `edited` with every keystroke, `let_go` when what was begun earlier is not wanted.
    """

    open_wanted = Signal()
    case_wanted = Signal()
    chose = Signal()
    edited = Signal()
    let_go = Signal()

    def __init__(self, view: ConflictView, now: datetime, relays: dict[str, Relay], *, opened: bool = False) -> None:
        super().__init__()
        self.view = view
        self._now = now
        self._relays = relays
        self._opened = opened
        self.choice: int | str | None = None
        self.new: NewValue | None = None
        self.written: tuple[Written, ...] = ()
        self.sides: list[ConflictSide] = []
        self.others: dict[str, Button] = {}
        self._above = column(space=8)
        self._sides = column()
        self._typing = column()
        self._asked = column()
        self.reason = TextArea(tr("Why"), placeholder=tr("For example: she said on Sunday that …"), least=2)
        self._reason = Field(tr("Why (the other agency will read it)"), self.reason)
        self.reason.textChanged.connect(lambda: self._reason.set_error(""))
        self.reason.textChanged.connect(self.edited)
        self.chose.connect(self.edited)
        self._acts = self._make_acts()
        self._show_sides()
        self.setLayout(
            column(
                self._head(), self._above, self._stands(), self._sides, self._acts, self._asked, self._typing,
                self._reason, space=12,
            )
        )  # fmt: skip

    # -- choosing

    def choose(self, choice: int | str) -> None:
        """Show a choice before it is recorded: the number of a side, both, or a new value."""
        self.choice = choice
        for place, side in enumerate(self.sides):
            side.set_chosen(place == choice)
        for name, made in self.others.items():
            made.set_words(self._other_words(name), "check" if name == choice else _SIGNS[name])
        if choice == NEW and self.new is None:
            self.new = new_value(self.view, opened=self._opened)
            for control in self.new.controls().values():
                on_edit(control, self.edited.emit)
            self._typing.addWidget(box("chosen", column(self.new, margins=(14, 16))))
        if self.new is not None:
            holder_of_new = self.new.parentWidget()
            if holder_of_new is not None:
                reveal(holder_of_new, choice == NEW)
            if choice == NEW:
                self.new.first().setFocus()
        self._reason.set_error("")
        self.chose.emit()

    def begun(self) -> Begun | None:
        """The decision as it is kept while it is in hand, with the values that were shown; None before it was begun."""
        reason = self.reason.toPlainText()
        if self.choice is None and not reason and self.new is None:
            return None
        new = {name: read(control) for name, control in self.new.controls().items()} if self.new else None
        typed = {"choice": self.choice, "reason": reason, "new": new}
        return Begun(decision_of(self.view), typed, {self.view.field: self.view.shown_ids})

    def take_up(self, begun: Begun) -> None:
        """Go on with a decision begun earlier. What was chosen is taken back if further values came in meanwhile."""
        typed = begun.typed
        self.reason.setPlainText(str(typed.get("reason") or ""))
        if typed.get("new") is not None:
            self.choose(NEW)
            controls = self.new.controls() if self.new else {}
            for name, value in typed["new"].items():
                if name in controls:
                    put(controls[name], value)
        choice = typed.get("choice")
        same = set(begun.shown.get(self.view.field, ())) == set(self.view.shown_ids)
        if same and choice is not None:
            self.choose(choice)
        elif not same:
            self.choice = choice
            self.show_newer(self.view)
        self._above.addWidget(resumed(begun.editor, self.let_go.emit))

    def decided(self) -> tuple[Any, str] | None:
        """(value, reason) when the choice is complete; None, and said in words, while it is not."""
        if self.choice is None:
            return None
        value = self._value()
        if value is _INCOMPLETE:
            return None
        reason = self.reason.toPlainText().strip()
        if not reason and self.needs_reason(value):
            self.refuse(self._needed_words())
            return None
        return value, reason

    def needs_reason(self, value: Any) -> bool:
        """Whether this choice lowers what stands, or keeps both with a note."""
        return self.choice == BOTH or self.view.lowers(value)

    def refuse(self, words: str) -> None:
        """Say beside the reason what is missing, and put the keyboard there."""
        self._reason.set_error(words)
        self.reason.setFocus()

    def summary(self) -> str:
        """The choice in words, for the foot of the screen."""
        if self.choice is None:
            return tr("Nothing chosen yet")
        if isinstance(self.choice, int):
            return tr("Chosen: {side}", side=_title(self.written[self.choice], self.choice))
        return tr("Chosen: {what}", what=self._other_words(self.choice))

    def show_newer(self, view: ConflictView) -> None:
        """A further value came in meanwhile: the sides are shown anew, the choice is taken back, typed words stay."""
        kept = self.choice if self.choice == NEW else None
        self.view = view
        clear(self._above)
        words = tr("Look at it before you decide. What you typed is kept; nothing was recorded.")
        notice = Notice("warn", words, title=tr("A further value came in while you were deciding"), icon="split")
        notice.setObjectName("newer")
        self._above.addWidget(notice)
        self._show_sides()
        self.choice = None
        if kept is not None:
            self.choose(kept)
        self.chose.emit()

    def show_opened(self) -> None:
        """The hidden values may be shown now: their opening was logged."""
        self._opened = True
        chosen = self.choice
        self._show_sides()
        if chosen is not None:
            self.choose(chosen)

    def _value(self) -> Any:
        if isinstance(self.choice, int):
            return self.written[self.choice].value
        if self.choice == BOTH:
            return both(self.view)
        value = self.new.value() if self.new is not None else None
        return _INCOMPLETE if value is None else value

    def _needed_words(self) -> str:
        if self.choice == BOTH:
            return tr("Keeping both needs a note: say when which one holds.")
        return tr("This lowers what stands now, so it needs a reason.")

    # -- parts

    def _head(self) -> QWidget:
        view = self.view
        case = button(view.code_name or tr("The case"), "link", tip=tr("Open the case"))
        case.clicked.connect(self.case_wanted)
        what = {"field": field_title(view)}
        two = len(view.sides) == 2
        title = tr("Two values: {field}", **what) if two else trn("%n values: {field}", len(view.sides), **what)
        said = tr("Written before either side had seen the other’s. Nothing was lost.")
        crumbs = row(label(tr("Conflicts"), "caption", "muted"), label("/", "caption", "subtle"), case, None, space=6)
        return holder(column(crumbs, label(title, "h1", wrap=True), label(said, "small", "muted", wrap=True), space=3))

    def _stands(self) -> QWidget:
        title, words = stands_words(self.view)
        kind = "warn" if self.view.nothing_stands else "ok"
        return Notice(kind, words, title=title, icon="shield-alert" if self.view.nothing_stands else "shield-check")

    def _show_sides(self) -> None:
        clear(self._sides)
        self.sides = []
        cards: list[tuple[QWidget, int]] = []
        self.written = ordered(self.view)
        for place, side in enumerate(self.written):
            made = ConflictSide(self._side(side, place))
            made.kept.connect(partial(self.choose, place))
            self.sides.append(made)
            cards.append((made, 1))
        self._sides.addWidget(Beside(cards, least=340 * len(cards), space=12))

    def _side(self, side: Written, place: int) -> Side:
        agency = agency_word(side.agency)
        at = time_words(moment(side.at), self._now)
        alone = side.stands and sum(other.stands for other in self.view.sides) == 1
        return Side(
            title=_title(side, place),
            lines=side_lines(self.view, side, opened=self._opened),
            who=", ".join(part for part in (side.author, agency) if part),
            when=tr("Written {time}", time=at),
            seen=_seen(side),
            keep=tr("Keep ours") if side.mine else tr("Keep theirs ({agency})", agency=agency),
            key=str(place + 1),
            stands=alone,
        )

    def _make_acts(self) -> QWidget:
        """Both, a new one, opening what is hidden, asking the other agency: only what makes sense here."""
        parts: list[QWidget] = []
        first = len(self.view.sides) + 1
        for name, wanted, key in ((BOTH, can_keep_both(self.view), first), (NEW, can_type(self.view), first + 1)):
            if wanted:
                made = button(self._other_words(name), icon=_SIGNS[name], shortcut=str(key))
                made.clicked.connect(partial(self.choose, name))
                self.others[name] = made
                parts += [made, key_cap(str(key))]
        if (is_hidden(self.view) or is_rule(self.view)) and not self._opened:
            shown = button(tr("Open what is hidden"), "quiet", "eye", tip=tr("Opening it is logged"))
            shown.clicked.connect(self.open_wanted)
            parts.append(shown)
        for side in self.view.sides:
            relay = self._relays.get(side.unit)
            if not side.mine and relay is not None and (relay.phone or relay.duty_phone):
                ask = button(tr("Ask {agency}", agency=agency_word(side.agency)), "quiet", "phone")
                ask.clicked.connect(partial(self._show_relay, relay))
                parts.append(ask)
        return flow(*parts, space=8)

    def _show_relay(self, relay: Relay) -> None:
        clear(self._asked)
        numbers = " · ".join(part for part in (relay.phone, relay.duty_phone) if part)
        words = ", ".join(part for part in (relay.relay, relay.name) if part)
        self._asked.addWidget(Notice("info", numbers, title=words, icon="phone"))

    def _other_words(self, name: str) -> str:
        if name == BOTH:
            return tr("Keep both, with a note")
        return tr("Write a new rule") if is_rule(self.view) else tr("Type a new value")


class Decided(QWidget):
    """How a conflict was decided, readable for ever."""

    case_wanted = Signal()

    def __init__(self, view: ConflictView, now: datetime) -> None:
        super().__init__()
        self.view = view
        case = button(view.code_name or tr("The case"), "link", tip=tr("Open the case"))
        case.clicked.connect(self.case_wanted)
        crumbs = row(label(tr("Conflicts"), "caption", "muted"), label("/", "caption", "subtle"), case, None, space=6)
        at = time_words(moment(view.decided_at), now)
        by = tr("Decided {time} by {who}", time=at, who=view.decided_by)
        parts: list[QWidget] = [label(field_title(view), "h1", wrap=True), icon_line("circle-check", by, tone="ok")]
        said = next((_was(side, now) for side in view.sides if side.value == view.kept), "")
        title = tr("Kept: {who}", who=said) if said else tr("Kept: a new value")
        kept = [self._card(title, view, view.kept, "chosen")]
        others = [
            self._card(_was(side, now), view, side.value, "card") for side in view.sides if side.value != view.kept
        ]
        if view.reason:
            parts.append(Notice("info", view.reason, title=tr("Why"), icon="quote"))
        parts.append(Beside([(one, 1) for one in (*kept, *others)], least=300 * (1 + len(others)), space=12))
        self.setLayout(column(crumbs, *parts, None, space=12))

    @staticmethod
    def _card(title: str, view: ConflictView, value: Any, kind: str) -> QWidget:
        lines = side_lines(view, Written(value, (), "", "", "", "", 0, mine=False, stands=False), opened=False)
        rows = [
            row((label(one.name, "small", "muted", wrap=True), 2), (label(one.value, _role(view, one), wrap=True), 4))
            for one in lines
        ]
        return box(kind, column(label(title, "h3", wrap=True), *rows, None, space=8, margins=(14, 16)))


_SIGNS = {BOTH: "link", NEW: "pencil"}
_INCOMPLETE = object()


def _title(side: Written, place: int) -> str:
    agency = agency_word(side.agency) or tr("Side {n}", n=place + 1)
    return tr("Ours, {agency}", agency=agency) if side.mine else tr("Theirs, {agency}", agency=agency)


def _seen(side: Written) -> str:
    """How far its writer had read: proven, not a clock."""
    if not side.had_seen:
        return tr("Had not yet read anything of this file from the server")
    return trn("Had read %n entry of this file|Had read the first %n entries of this file", side.had_seen)


def _was(side: Written, now: datetime) -> str:
    return tr(
        "{who}, {agency}, {time}",
        who=side.author,
        agency=agency_word(side.agency),
        time=time_words(moment(side.at), now),
    )


def _role(view: ConflictView, one: Line) -> str:
    return "strong" if one.differs and is_rule(view) else "body"


def choice_words(view: ConflictView) -> str:
    """What was kept, for a list."""
    if is_rule(view) or is_hidden(view):
        kept = next((side for side in view.sides if side.value == view.kept), None)
        return tr("{agency}’s kept", agency=agency_word(kept.agency)) if kept else tr("a new one was written")
    return tr("{value} kept", value=value_words(view, view.kept))


def late_words(begun: Begun, view: ConflictView | None) -> str:
    """What was typed into a decision that came too late. A hidden value stays hidden."""
    reason, new = str(begun.typed.get("reason") or ""), begun.typed.get("new")
    shown = view is not None and not is_hidden(view) and not is_rule(view)
    typed = [str(one) for one in new.values() if one and one is not True] if shown and new else []
    return " · ".join(one for one in (*typed, reason) if one) or tr("No reason was typed yet.")
