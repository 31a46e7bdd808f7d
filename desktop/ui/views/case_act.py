"""Act: actions with owner and due date, orders, referrals. Adding an action, and ending one in one of three ways."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.i18n import tr
from desktop.model.action import Action, ActionState
from desktop.model.moment import moment
from desktop.model.order import ProtectiveOrder
from desktop.model.record import FieldView
from desktop.model.referral import ReferralView
from desktop.ui.models.case import CasePage
from desktop.ui.models.case_words import action_word, day_only, event_word
from desktop.ui.models.words import due_words, time_words
from desktop.ui.views.case_edit import DateField, Editor, Section, Watched, contested_link, fact_row
from desktop.ui.views.case_typed import Controls
from desktop.ui.widgets.buttons import button, filter_button
from desktop.ui.widgets.choices import ComboBox
from desktop.ui.widgets.fields import Field, LineField, TextArea
from desktop.ui.widgets.flow import Beside, flow
from desktop.ui.widgets.layout import column
from desktop.ui.widgets.rows import ThingRow
from desktop.ui.widgets.text import icon_line, label

ENDINGS = (ActionState.DONE, ActionState.NOT_POSSIBLE, ActionState.NOT_UNDERTAKEN)


class ActPanel(QWidget):
    """`added(fields)`, `ended(action, fields)`, `referral_wanted(id)`, `refer_wanted`, `decide_wanted(conflict)`."""

    added = Signal(object)
    ended = Signal(str, object)
    referral_wanted = Signal(str)
    refer_wanted = Signal()
    decide_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        add = button(tr("Add an action"), "quiet", "plus", dense="s")
        add.clicked.connect(self.add)
        refer = button(tr("Refer"), "quiet", "route", dense="s")
        refer.clicked.connect(self.refer_wanted)
        self.plan = Section(tr("Actions"), add)
        self.orders = Section(tr("Protective orders"))
        self.referrals = Section(tr("Referrals"), refer)
        self._page: CasePage | None = None
        side = QWidget()
        side.setLayout(column(self.orders, self.referrals, None, space=12))
        self.setLayout(column(Beside([(self.plan, 3), (side, 2)], least=760, space=12), None))

    def show_page(self, page: CasePage, now: datetime) -> None:
        """The plan as it stands: open actions first, by when they are due."""
        self._page = page
        actions = sorted(page.file.actions, key=lambda one: (not one.is_open, one.due.timestamp() if one.due else 9e12))
        self.plan.show_rows([self._action(one, page, now) for one in actions], tr("No action is planned yet."))
        orders = [self._order(one, page, now) for one in page.file.orders]
        self.orders.show_rows(orders, tr("No order is known."))
        referrals = [self._referral(one, now) for one in page.file.referrals]
        self.referrals.show_rows(referrals, tr("Nothing was referred yet."))
        self.plan.slot.compare(page)

    def add(self) -> None:
        """Plan an action."""
        page = self._page
        if page is not None:
            made = self.plan.slot.open(lambda: ActionEditor(page.members))
            if made is not None:
                made.saved.connect(self.added)

    def end(self, action: Action, ending: ActionState) -> None:
        """End an action; other endings than done ask for the reason first."""
        page = self._page
        if page is None:
            return
        watched = {name: page.field("action", action.id, name) for name in ("state", "reason")}
        made = self.plan.slot.open(lambda: EndEditor(action, ending, watched))
        if made is not None:
            made.saved.connect(lambda fields: self.ended.emit(action.id, fields))

    def end_again(self, action: str) -> None:
        """Open the editor of an ending that was begun earlier."""
        held = [one for one in self._page.file.actions if one.id == action] if self._page else []
        if held:
            self.end(held[0], ActionState.DONE)

    def _action(self, one: Action, page: CasePage, now: datetime) -> QWidget:
        when, tone = due_words(one.due, now) if one.is_open else (action_word(one.state.value), "muted")
        facts = [one.owner, tr("lowers: {risk}", risk=one.lowers_risk) if one.lowers_risk else ""]
        parts: list[Any] = [label(one.title or tr("Action"), "strong", wrap=True)]
        parts.append(label(" · ".join(part for part in facts if part), "caption", "muted", wrap=True))
        if when:
            sign = "clock" if one.is_open else "check"
            parts.append(icon_line(sign, when, "small_strong" if tone != "muted" else "small", tone, wrap=True))
        if one.reason and not one.is_open:
            parts.append(label(one.reason, "small", wrap=True))
        conflict = page.conflict_of("action", one.id)
        if conflict:
            parts.append(contested_link(tr("Contested"), partial(self.decide_wanted.emit, conflict)))
        elif one.is_open:
            parts.append(flow(*[self._ending(one, ending) for ending in ENDINGS], space=6))
        return fact_row(*parts)

    def _ending(self, one: Action, ending: ActionState) -> QWidget:
        made = button(action_word(ending.value), dense="s")
        made.setObjectName(f"end-{one.id}-{ending.value}")
        made.setAccessibleName(f"{one.title}: {action_word(ending.value)}")
        made.clicked.connect(lambda: self.end(one, ending))
        return made

    def _order(self, one: ProtectiveOrder, page: CasePage, now: datetime) -> QWidget:
        alarm = one.alarm(now)
        record = page.file.record("order", one.id)
        starts, ends = (day_only(record.text(name), now) if record else "" for name in ("starts", "ends"))
        when = tr("{start} to {end}", start=starts or "…", end=ends or tr("no end named"))
        parts: list[Any] = [label(one.kind or tr("Protective order"), "strong", wrap=True)]
        parts.append(label(" · ".join(part for part in (when, one.conditions) if part), "caption", "muted", wrap=True))
        if alarm is not None:
            words = tr("Ends {when}: ask for renewal now", when=time_words(alarm, now))
            parts.append(icon_line("calendar-clock", words, "small_strong", "warn", wrap=True))
        elif not one.in_force(now):
            parts.append(icon_line("circle-x", tr("No longer in force"), "caption", wrap=True))
        conflict = page.conflict_of("order", one.id)
        if conflict:
            parts.append(contested_link(tr("Contested"), partial(self.decide_wanted.emit, conflict)))
        return fact_row(*parts)

    def _referral(self, one: ReferralView, now: datetime) -> QWidget:
        clock = one.next_clock
        due = due_words(clock.due, now)[0] if clock and one.is_open else ""
        state = ", ".join(part for part in (event_word(one.state.value), due) if part)
        sent = tr(
            "Sent {time} · {reference}", time=time_words(moment(one.sent_at), now), reference=one.spoken_reference
        )
        made = ThingRow(state.capitalize(), sent, icon="route", tone="danger" if clock and clock.over else "muted")
        made.setObjectName(f"referral-{one.id}")
        made.clicked.connect(lambda: self.referral_wanted.emit(one.id))
        return made


class ActionEditor(Editor):
    """An action: what, who, by when, and which risk it lowers."""

    def __init__(self, members: Sequence[str]) -> None:
        super().__init__("action", tr("Add an action"), tr("Add the action"))
        self.title = LineField(tr("What is to be done"))
        self.owner = ComboBox(tr("Who does it"))
        self.owner.show_choices([(name, name) for name in members])
        self.due = DateField(tr("By when"), required=True)
        self.risk = LineField(tr("Which risk it lowers"))
        self._title = Field(tr("What is to be done"), self.title, required=True)
        self._owner = Field(tr("Who does it"), self.owner, required=True)
        self._risk = Field(tr("Which risk it lowers"), self.risk, required=True)
        who = Beside([(self._owner, 1), (self.due, 1)], least=320, space=12)
        for part in (self._title, who, self._risk):
            self.body.addWidget(part)

    def values(self) -> Mapping[str, Any] | None:
        due, title, risk = self.due.iso(), self.title.text().strip(), self.risk.text().strip()
        self._title.set_error("" if title else tr("Say what is to be done."))
        self._owner.set_error("" if self.owner.value() else tr("Name who does it."))
        self._risk.set_error("" if risk else tr("Name the risk: a plan without one cannot be reviewed."))
        if due == "":
            self.due.set_error(tr("Give a date."))
        if not (due and title and risk and self.owner.value()):
            return None
        return {"title": title, "owner": self.owner.value(), "due": due, "state": "open", "lowers_risk": risk}

    def controls(self) -> Controls:
        return {"title": self.title, "owner": self.owner, "due": self.due.line, "lowers_risk": self.risk}

    def first(self) -> QWidget:
        return self.title


class EndEditor(Editor):
    """How an action ended. Not possible and not undertaken need the reason."""

    def __init__(self, action: Action, ending: ActionState, watched: Watched) -> None:
        title = tr("End “{what}”", what=action.title)
        save = tr("Record how it ended")
        super().__init__(f"end {action.id}", title, save, ("action", action.id), watched, _newer)
        self._choices = {one: filter_button(action_word(one.value), on=one is ending) for one in ENDINGS}
        for one, made in self._choices.items():
            made.clicked.connect(partial(self._choose, one))
        self.reason = TextArea(tr("Reason"), least=2)
        self._reason = Field(tr("Reason"), self.reason)
        self.body.addWidget(flow(*self._choices.values(), space=6))
        self.body.addWidget(self._reason)

    def values(self) -> dict[str, tuple[Any, Any]] | None:
        reason = self.reason.toPlainText().strip()
        ending = self._ending()
        missing = ending is not ActionState.DONE and not reason
        self._reason.set_error(tr("Say why; the lead reads it.") if missing else "")
        if missing:
            return None
        fields: dict[str, tuple[Any, Any]] = {"state": (ending.value, self.over("state"))}
        return fields | {"reason": (reason, self.over("reason"))} if reason else fields

    def controls(self) -> Controls:
        return {"reason": self.reason, **{one.value: made for one, made in self._choices.items()}}

    def first(self) -> QWidget:
        return self._save if self._ending() is ActionState.DONE else self.reason

    def _ending(self) -> ActionState:
        return next((one for one, made in self._choices.items() if made.isChecked()), ActionState.DONE)

    def _choose(self, ending: ActionState) -> None:
        for one, made in self._choices.items():
            made.setChecked(one is ending)


def _newer(name: str, view: FieldView) -> str:
    said = str(view.value or "")
    return tr("It now says: {value}", value=action_word(said) if name == "state" else said)
