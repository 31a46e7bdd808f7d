"""Parts of the referral screen that both sides use: the sheet as the recipient reads it, an act with its blanks, the
spoken reference, a section of a card.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QWidget

from desktop.i18n import tr
from desktop.model.contact import can_send
from desktop.model.referral import ReferralEvent
from desktop.ui.models.referral_acts import Act, Blank
from desktop.ui.models.referral_words import at_words, contact_forbidden, contact_sentence, date_words, event_words
from desktop.ui.views.case_typed import Hold, on_edit
from desktop.ui.views.screen import Desk, Screen
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.choices import CheckBox
from desktop.ui.widgets.contact import SafeContact
from desktop.ui.widgets.fields import Field, LineField, TextArea
from desktop.ui.widgets.flow import Beside, FlowLayout, flow
from desktop.ui.widgets.layout import box, clear, column, holder, line, row
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.text import IconLabel, icon_line, label

FACT_WIDE = 440
"""From this width a fact stands beside its name, not below it."""


class Part(QWidget):
    """One of the screen's three pages (choose, send, follow), inside its screen."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self.host = screen
        self.desk: Desk = screen.desk

    def enter(self) -> None:
        """Load what it shows."""

    def leave(self) -> None:
        """About to be hidden."""

    def changed(self, kinds: frozenset[str]) -> None:
        """Something was committed."""

    def first_focus(self) -> QWidget | None:
        """Where the keyboard begins."""
        return None


def section(title: str, *parts: QWidget | None, note: str = "") -> QWidget:
    """A titled part of a card; what is None is left out."""
    head = row(label(title, "h3"), None, label(note, "caption", "muted"))
    return holder(column(head, *(part for part in parts if part is not None), space=6))


def fact(words: str, text: str) -> QWidget | None:
    """A fact under its name; none when there is nothing to say."""
    if not text:
        return None
    said = label(text, "body", wrap=True)
    said.setAccessibleName(f"{words}: {text}")
    name = label(words, "caption", "muted", wrap=True)
    return Beside(
        [(holder(column(4, name, None, space=0)), 1), (holder(column(said, None)), 3)], least=FACT_WIDE, space=1
    )


def reference_box(reference: str) -> QWidget:
    """The spoken reference, large enough to be read out at arm's length; letters apart, spelled to a screen reader."""
    letters = label(" ".join(reference), "display", "accent", selectable=True)
    letters.setAccessibleName(tr("Spoken reference: {letters}", letters=", ".join(reference)))
    words = label(tr("Spoken reference"), "caption", "muted")
    right = Qt.AlignmentFlag.AlignRight
    return holder(column((words, right), (letters, right), None, space=0))


def contact_block(rule: object) -> SafeContact:
    """The safe-contact rule of a referral; its number stays hidden until it is asked for."""
    made = SafeContact()
    show_contact(made, rule)
    return made


def show_contact(made: SafeContact, rule: object) -> None:
    """Show a rule in a block that is there already."""
    parts: Mapping[str, Any] = rule if isinstance(rule, Mapping) else {}
    if can_send(parts) or (parts.get("level") and parts.get("undecided")):
        made.show_rule(contact_sentence(parts), contact_forbidden(parts), _contact_notes(parts))
        made.can_open(bool(parts.get("number")))
    else:
        made.show_missing(tr("There is no complete safe-contact rule yet."))


def _contact_notes(rule: Mapping[str, Any]) -> list[str]:
    """When to ask again; and that nothing may be used on which two rules differ."""
    notes: list[str] = []
    if "number" in (rule.get("undecided") or ()):
        notes.append(tr("The numbers differ, so none stands: do not call before it is decided."))
    if expires := str(rule.get("expires") or ""):
        notes.append(tr("Ask again from {date}", date=date_words(expires)))
    return notes


class Sheet(QWidget):
    """A referral as its recipient reads it. The sender's preview is this very sheet. `number_wanted` asks for the
    number of the safe contact.
    """

    number_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._column = column(space=12)
        self.setLayout(self._column)
        self.contact: SafeContact | None = None
        self._shown: object = None

    def show_content(self, content: Mapping[str, Any], sender: str) -> None:
        """Show what the recipient holds; the same content again changes nothing, so an opened number stays open."""
        if content == self._shown:
            return
        self._shown = dict(content)
        clear(self._column)
        self.contact = contact_block(content.get("safe_contact"))
        self.contact.open_requested.connect(self.number_wanted)
        self._column.addWidget(self.contact)
        self._column.addWidget(self._asked(content, sender))
        self._column.addWidget(self._told(content))
        self._column.addWidget(self._limits(content))

    def show_number(self, number: str) -> None:
        """Show the number that was asked for."""
        if self.contact is not None:
            self.contact.show_number(number)

    @staticmethod
    def _asked(content: Mapping[str, Any], sender: str) -> QFrame:
        parts = (
            fact(tr("From"), str(content.get("sender") or sender)),
            fact(tr("Call back"), str(content.get("call_back") or "")),
            fact(tr("Asked for"), _text(content, "needs")),
            fact(tr("In the sender’s words"), _text(content, "needs_more")),
            fact(tr("Aim"), _text(content, "aim")),
            fact(tr("How urgent"), _text(content, "urgency_words")),
            fact(tr("Reply wanted by"), date_words(_text(content, "reply_by"))),
        )
        return _sheet_card(tr("What is asked"), parts)

    @staticmethod
    def _told(content: Mapping[str, Any]) -> QFrame:
        items = content.get("items")
        found = [one for one in items if isinstance(one, Mapping)] if isinstance(items, list | tuple) else []
        parts = [fact(_text(one, "title"), _text(one, "text")) for one in found]
        return _sheet_card(tr("What is told"), parts)

    @staticmethod
    def _limits(content: Mapping[str, Any]) -> QFrame:
        parts = (
            fact(tr("Does she agree?"), _text(content, "consent_words")),
            fact(tr("What was agreed"), _text(content, "agreed")),
            fact(tr("Other basis"), _text(content, "other_basis")),
            *restriction_lines(content),
            fact(tr("What was left out"), _text(content, "removed")),
        )
        return _sheet_card(tr("Basis and limits"), parts)


def restriction_lines(content: Mapping[str, Any]) -> list[QWidget]:
    """What the recipient must respect, each with its sign."""
    not_before, not_tell = _text(content, "not_before"), _text(content, "not_tell")
    lines = [
        (tr("Don’t contact before {date}", date=date_words(not_before)) if not_before else "", "calendar-clock"),
        (tr("Must not learn of it: {who}", who=not_tell) if not_tell else "", "eye-off"),
        (_text(content, "restrictions"), "lock"),
        (tr("Conflict of interest: {who}", who=content["conflict"]) if content.get("conflict") else "", "users"),
    ]
    return [icon_line(icon, words, "body", "text", wrap=True) for words, icon in lines if words]


def _text(content: Mapping[str, Any], name: str) -> str:
    return str(content.get(name) or "")


def _sheet_card(title: str, parts: Sequence[QWidget | None]) -> QFrame:
    shown = [part for part in parts if part is not None]
    nothing = [label(tr("Nothing"), "small", "muted")]
    return box("card", column(label(title, "h3"), line(), *(shown or nothing), space=8, margins=16))


class ActForm(QFrame):
    """One act with what has to be said beside it. `given(state, details)` when it is carried out, `left` when it is
    not, `call_wanted` when a call must be logged before, `edited` with every keystroke.
    """

    edited = Signal()
    given = Signal(str, dict)
    left = Signal()
    call_wanted = Signal()

    def __init__(self, act: Act, *, number: str = "", who: str = "", reference: str = "") -> None:
        super().__init__()
        self.act = act
        self.setProperty("box", "sunken")
        self.setAccessibleName(act.title or act.words)
        self._fields: dict[str, Field] = {}
        self._ticks: dict[str, CheckBox] = {}
        self.give = button(act.words if act.code != "call" else tr("Log the call"), "primary", act.icon)
        self.give.clicked.connect(self._give)
        away = button(tr("Leave it"), "quiet")
        away.clicked.connect(self.left)
        body = column(label(act.title or act.words, "h3", wrap=True), space=10, margins=16)
        if act.code == "call":
            self._add_number(body, number, who, reference)
        for blank in act.blanks:
            body.addWidget(self._blank(blank))
        if act.hindrance:
            hindrance = Notice("warn", act.hindrance, icon="phone-call", act=tr("Call and log"))
            hindrance.acted.connect(self.call_wanted)
            body.addWidget(hindrance)
            self.give.setEnabled(False)
            self.give.setToolTip(act.hindrance)
        body.addWidget(flow(self.give, away))
        self.setLayout(body)
        self._hold = Hold(self, [*(field.control for field in self._fields.values()), *self._ticks.values()])

    def first(self) -> QWidget:
        """The first thing to fill in."""
        first = next(iter(self.findChildren(QWidget, "blank")), None)
        return first if first is not None and not self.act.hindrance else self.give

    def field(self, name: str) -> Field:
        """The field of a blank, for the screen's tests and its focus order."""
        return self._fields[name]

    def typed(self) -> dict[str, Any]:
        """What is written in the blanks now."""
        said: dict[str, Any] = {name: _typed(field.control) for name, field in self._fields.items()}
        return said | {name: tick.isChecked() for name, tick in self._ticks.items()}

    def is_blank(self) -> bool:
        """Whether nothing is written yet."""
        return not any(self.typed().values())

    def put(self, said: Mapping[str, Any]) -> None:
        """Put words back that were written before."""
        for name, field in self._fields.items():
            _put(field.control, str(said.get(name) or ""))
        for name, tick in self._ticks.items():
            tick.setChecked(said.get(name) is True)

    @staticmethod
    def _add_number(body: QBoxLayout, number: str, who: str, reference: str) -> None:
        shown = label(number or tr("No number in the directory"), "h1", selectable=True)
        body.addLayout(row(IconLabel("phone-call", "warn", 22), shown, None, space=10))
        body.addWidget(label(tr("From the directory: {who}", who=who), "small", "muted", wrap=True))
        if reference:
            body.addWidget(
                icon_line("quote", tr("Say the reference: {letters}", letters=" ".join(reference)), "strong")
            )

    def _blank(self, blank: Blank) -> QWidget:
        if blank.kind == "tick":
            tick = CheckBox(blank.words)
            tick.setObjectName("blank")
            on_edit(tick, self.edited.emit)
            self._ticks[blank.name] = tick
            return tick
        control = TextArea(blank.words, least=2) if blank.kind == "text" else LineField(blank.words)
        control.setObjectName("blank")
        on_edit(control, self.edited.emit)
        field = Field(blank.words, control, help_text=blank.help, required=blank.required)
        self._fields[blank.name] = field
        return field

    def _give(self) -> None:
        said = self.typed()
        missing = [blank for blank in self.act.blanks if blank.required and not said[blank.name]]
        for blank in self.act.blanks:
            if blank.name in self._fields:
                self._fields[blank.name].set_error(tr("Write this first.") if blank in missing else "")
        if missing:
            self._fields[missing[0].name].control.setFocus()
            return
        self.give.setEnabled(False)
        self._hold.on = True
        details = {name: word for name, word in said.items() if word not in ("", None)}
        self.given.emit(self.act.state, {**details, **dict(self.act.fixed)})

    def again(self) -> None:
        """It was not written: it can be tried again, with everything typed still there."""
        self._hold.on = False
        self.give.setEnabled(not self.act.hindrance)
        self.edited.emit()

    @property
    def saving(self) -> bool:
        """Whether it was given and it is not known yet how that went."""
        return self._hold.on


def _typed(control: QWidget) -> str:
    if isinstance(control, TextArea):
        return control.toPlainText().strip()
    return control.text().strip() if isinstance(control, LineField) else ""


def _put(control: QWidget, text: str) -> None:
    if isinstance(control, TextArea):
        control.setPlainText(text)
    elif isinstance(control, LineField):
        control.setText(text)


def event_row(event: ReferralEvent, unit_names: Mapping[str, str], now: datetime) -> QWidget:
    """One thing that happened to a referral: what, who, when, and what was said with it. No id: that it was sent."""
    words, icon = event_words(event) if event.id else (tr("Sent"), "upload")
    unit = unit_names.get(event.unit, "")
    told = tr("as told by {who}", who=event.told_by) if event.told_by else ""
    who = " · ".join(part for part in (at_words(event.at, now), event.author, unit, told) if part)
    promised = ", ".join(event.said[name] for name in ("promised", "promised_by") if name in event.said)
    said: Sequence[QWidget | None] = (
        icon_line(icon, words, "small_strong", "text", wrap=True),
        label(who, "caption", "muted", wrap=True),
        *(label(f"“{one}”", "small", wrap=True) for one in _quotes(event) if one),
        fact(tr("Answered"), event.said.get("answered", "")),
        fact(tr("Promised"), promised),
        fact(tr("Who could help instead"), event.suggestion),
    )
    return holder(column(*(part for part in said if part is not None), space=2, margins=(7, 0)))


def _quotes(event: ReferralEvent) -> tuple[str, ...]:
    return event.reason, event.outcome, event.said.get("note", "")


def flowing() -> tuple[QWidget, FlowLayout]:
    """An empty line that breaks where the room ends, to be filled and emptied."""
    made = FlowLayout(8)
    widget = holder(made)
    policy = widget.sizePolicy()
    policy.setHeightForWidth(True)
    widget.setSizePolicy(policy)
    return widget, made


def said_at(saved: datetime) -> QWidget:
    """That what was chosen is on this laptop, and since when."""
    return icon_line("laptop", tr("Saved on this laptop, {time}", time=f"{saved:%H:%M:%S}"), tone="ok")
