"""A referral after it was sent, on either side: who holds the risk, its clocks, what happened, what may be done next.

Opening a received one tells the sender once. What is typed into an act is kept while typing, until it is written or let
go. Leaves which acts there are to `desktop.ui.models.referral_acts`.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QWidget
from shiboken6 import isValid

from desktop.errors import KnownError
from desktop.i18n import tr
from desktop.model.partner import Relay
from desktop.model.record import CaseKey
from desktop.model.referral import ReferralEvent, ReferralState, ReferralView
from desktop.store.edits import Begun
from desktop.tasks import Failure
from desktop.ui.models.case_begun import act_editor
from desktop.ui.models.referral import FollowModel, FollowPage
from desktop.ui.models.referral_acts import Act, acts_of
from desktop.ui.models.referral_words import (
    clock_state,
    clock_words,
    contact_sentence,
    holder_words,
    hours_words,
    state_words,
)
from desktop.ui.models.words import agency_word, stage_words
from desktop.ui.views.case_edit import KEEP_MS, TRY_AGAIN_MS, resumed, undo_notice
from desktop.ui.views.listing import Listing
from desktop.ui.views.referral_parts import ActForm, Part, Sheet, event_row, flowing, reference_box
from desktop.ui.views.screen import Place, Screen
from desktop.ui.widgets.buttons import Button, button
from desktop.ui.widgets.flow import Beside
from desktop.ui.widgets.grade import GradeBadge
from desktop.ui.widgets.layout import box, clear, column, holder, line, row, scroll
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.text import chip, icon_line, label
from desktop.ui.widgets.travel import Travel, where_line

MINUTE_MS = 60_000
_REACHED = {"sent": "outbox", "refused": "server"}
_SENT_ON = frozenset({ReferralState.DECLINED, ReferralState.WITHDRAWN, ReferralState.CLOSED_NO_CONTACT})


class FollowReferral(Part):
    """One referral, followed by its sender or answered by its recipient."""

    def __init__(self, screen: Screen, key: CaseKey, referral: str) -> None:
        super().__init__(screen)
        self.model = FollowModel(self.desk.tasks, self.desk.unit, key, referral)
        self.model.setParent(self)
        self._referral = referral
        self.page: FollowPage | None = None
        self.sheet = Sheet()
        self.acts: dict[str, Button] = {}
        self.form: ActForm | None = None
        self._typed: dict[str, Mapping[str, Any]] = {}
        """What was written into an act and not given yet, by the act's code."""
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._keep)
        self._build()
        self.model.shown.connect(self._show)
        self.model.done.connect(self._written)
        self.model.number.connect(self.sheet.show_number)
        self.model.failed.connect(self._failed)
        self.sheet.number_wanted.connect(self._open_number)
        minute = QTimer(self, interval=MINUTE_MS)
        minute.timeout.connect(self.model.load)
        minute.start()

    def enter(self) -> None:
        self.model.open()

    def leave(self) -> None:
        self._keep()

    def changed(self, kinds: frozenset[str]) -> None:
        if kinds & {"referral", "referral_event", "outbox", "relay", "safe_contact"}:
            self.model.load()

    def first_focus(self) -> QWidget | None:
        return next(iter(self.acts.values()), self._crumb)

    # -- building

    def _build(self) -> None:
        self._crumb = button(tr("Back"), "link", "chevron-left", dense="s", tip=tr("Back (Alt+Left)"))
        self._crumb.clicked.connect(self._to_case)
        self._title: QLabel = label(tr("Referral"), "h1", wrap=True)
        self._chips_box, self._chips = flowing()
        self._reference = column(space=0)
        left = column(row(self._crumb, None), self._title, self._chips_box, space=4)
        head = row((left, 1), self._reference, space=16)
        self._holder, self._phone, self._acts = column(space=8), column(space=8), column(space=10)
        self._late = column(space=8)
        self._clocks, self._events, self._other = column(space=6), column(space=0), column(space=6)
        side = column(
            box("card", column(label(tr("Clocks"), "h3"), self._clocks, space=8, margins=16)),
            box("card", column(label(tr("What happened"), "h3"), self._events, space=8, margins=16)),
            box("card", column(self._other, margins=16)),
            None,
            space=12,
        )
        self._rule = column()
        told = holder(column(self._rule, self.sheet, None, space=12))
        body = Beside([(told, 3), (holder(side), 2)], least=860, space=14)
        page = column(
            head, self._holder, self._phone, self._late, self._acts, body, None, space=12, margins=(12, 24, 20, 24)
        )
        self._listing = Listing(scroll(holder(page)))
        self.setLayout(column(self._listing, space=0))

    # -- showing

    def _show(self, page: FollowPage) -> None:
        first = self.page is None
        self.page = page
        view = page.view
        other = self._other_name()
        self._crumb.set_words(view.code_name or tr("Back"))
        words = tr("Referral to {unit}", unit=other) if page.sent_by_us else tr("Referral from {unit}", unit=other)
        self._title.setText(words)
        self._show_chips(view)
        clear(self._reference)
        if view.spoken_reference:
            self._reference.addWidget(reference_box(view.spoken_reference))
        self._show_holder(page)
        self._show_phone(page)
        self._show_acts(page)
        self._show_clocks(view)
        self._show_events(view)
        self._show_other(page.other)
        sender = self.desk.unit_names.get(view.sender, "")
        self._show_rule(page)
        self.sheet.show_content({**view.content, "safe_contact": dict(page.rule)}, sender)
        self._listing.show_content()
        focus = self.first_focus()
        if first and focus is not None and self.isVisible():
            focus.setFocus()
        if first:
            self._take_up(page)

    def _other_name(self) -> str:
        relay = self.page.other if self.page else None
        return (agency_word(relay.agency) or relay.name) if relay else tr("another unit")

    def _show_chips(self, view: ReferralView) -> None:
        clear(self._chips)
        word, icon, tone = state_words(view.state)
        self._chips.addWidget(GradeBadge(view.grade.value))
        self._chips.addWidget(chip(word, icon, kind=tone if tone in {"ok", "warn", "danger", "info"} else "chip"))
        if view.feedback_told:
            self._chips.addWidget(chip(tr("Feedback told"), "corner-up-left", kind="ok"))
        urgency = str(view.content.get("urgency_words") or "")
        if urgency:
            self._chips.addWidget(chip(urgency, "clock"))

    def _show_holder(self, page: FollowPage) -> None:
        """Who holds the risk, the largest sentence of the page, and how far the referral has travelled."""
        clear(self._holder)
        view = page.view
        mine = view.holder == self.desk.unit
        names = {page.other.unit: self._other_name()} if page.other else {}
        words = holder_words(view, self.desk.unit, names)
        said = icon_line("shield-alert" if mine else "shield-check", words, "h2", "warn" if mine else "ok", wrap=True)
        said.setAccessibleName(words)
        parts: list[QWidget] = [said]
        if view.contested:
            both = tr(
                "Two people answered without sight of each other. The safer answer stands; speak with each other."
            )
            parts.append(icon_line("split", both, "small", "warn", wrap=True))
        if view.reason:
            reason = label(f"“{view.reason}”", "body", wrap=True)
            parts.append(reason)
        if page.sent_by_us:
            parts.append(self._travel(view))
        self._holder.addWidget(box("card", column(*parts, space=8, margins=16)))

    def _travel(self, view: ReferralView) -> QWidget:
        opened = view.state not in {ReferralState.SENT, ReferralState.DELIVERED, ReferralState.WITHDRAWN}
        stage = "opened" if opened and view.queue_state == "server" else view.queue_state or "server"
        seen = next((event.at for event in view.events if event.state == ReferralState.SEEN), "")
        since = seen if stage == "opened" and seen else view.sent_at
        words = stage_words(stage, since, self.desk.now())
        refused = stage == "refused"
        reached = _REACHED.get(stage, stage)
        sign = "outbox" if stage == "sent" else stage
        return holder(row(Travel(reached, refused=refused), where_line(sign, words), None, space=12))

    def _show_rule(self, page: FollowPage) -> None:
        """The rule that stands now is in the sheet; what was sent is said beside it where it was another."""
        clear(self._rule)
        sent = page.view.content.get("safe_contact")
        if page.rule_differs and isinstance(sent, Mapping):
            parts = [tr("As sent: {rule}", rule=contact_sentence(sent))]
            if sent.get("number") and sent.get("number") != page.rule.get("number"):
                parts.append(tr("The number that was sent must not be used any more."))
            title = tr("The safe-contact rule is another now. Follow the one below.")
            self._rule.addWidget(Notice("warn", " ".join(parts), title=title, icon="shield-alert"))

    def _show_phone(self, page: FollowPage) -> None:
        clear(self._phone)
        if page.phone_first and self.form is None:
            number = page.other.duty_phone or page.other.phone if page.other else ""
            words = tr("High risk never relies on sync alone. Duty number: {number}", number=number)
            made = Notice("warn", words, title=tr("Phone {unit} now", unit=self._other_name()), icon="phone-call")
            self._phone.addWidget(made)

    def _show_acts(self, page: FollowPage) -> None:
        """The acts as buttons; a form that is being written into stays as it is."""
        if self.form is not None:
            self._renew_form(page)
            return
        clear(self._acts)
        self.acts = {}
        where, flow = flowing()
        for act in acts_of(page, self.desk.unit, self._other_name()):
            made = button(act.words, act.kind, act.icon)
            made.clicked.connect(lambda _checked=False, act=act: self.begin(act))
            self.acts[act.code] = made
            flow.addWidget(made)
        if page.sent_by_us and page.view.state in _SENT_ON:
            on = button(tr("Send it on to another unit"), "primary", "route")
            on.clicked.connect(self._send_on)
            self.acts["send_on"] = on
            flow.addWidget(on)
        if self.acts:
            self._acts.addWidget(where)

    def begin(self, act: Act) -> None:
        """Open an act: what has to be said with it, or why it cannot be done yet."""
        page = self.page
        if page is None:
            return
        relay = page.other
        number = (relay.duty_phone or relay.phone) if relay else ""
        who = ", ".join(part for part in (relay.relay, relay.name) if part) if relay else ""
        clear(self._acts)
        self.acts = {}
        self.form = ActForm(act, number=number, who=who, reference=page.view.spoken_reference)
        self.form.given.connect(self._give)
        self.form.left.connect(self._let_go)
        self.form.call_wanted.connect(self._call_first)
        self.form.put(self._typed.get(act.code, {}))
        self.form.edited.connect(self._wait)
        if act.code in self._typed:
            self._acts.addWidget(resumed(self._editor(act.code), self._let_go))
        self._acts.addWidget(self.form)
        self._show_phone(page)
        self.form.first().setFocus()

    def _call_first(self) -> None:
        """The call comes before; what was written already waits for it."""
        page, form = self.page, self.form
        call = (
            next((act for act in acts_of(page, self.desk.unit, self._other_name()) if act.code == "call"), None)
            if page
            else None
        )
        if form is not None and call is not None:
            self._keep()
            self.begin(call)

    def _renew_form(self, page: FollowPage) -> None:
        """Somebody else may have answered meanwhile: an act that no longer follows says so when it is tried."""
        form = self.form
        if form is not None and form.act.code not in {act.code for act in acts_of(page, self.desk.unit, "")}:
            form.again()

    # -- what is typed

    def _editor(self, code: str) -> str:
        return act_editor(self._referral, code)

    def _wait(self) -> None:
        """What is typed without a pause is kept all the same."""
        if not self._soon.isActive():
            self._soon.start(KEEP_MS)

    def _keep(self) -> None:
        """Hand over what is typed, to be kept; nothing is kept of an act that is blank again."""
        self._soon.stop()
        form, page = self.form, self.page
        if form is None or page is None or form.saving:
            return
        code, said = form.act.code, form.typed()
        if not form.is_blank() and said != self._typed.get(code):
            self._typed[code] = said
            self.model.keep(page, Begun(self._editor(code), said), self._not_kept)
        elif form.is_blank() and self._typed.pop(code, None) is not None:
            self.model.drop(page, self._editor(code))

    def _not_kept(self, failure: Failure) -> None:
        """What could not be kept is tried again, unless the file is gone for good."""
        if self.form is not None:
            self._typed.pop(self.form.act.code, None)
            if isinstance(failure, KnownError) and failure.code != "write.erased":
                self._soon.start(TRY_AGAIN_MS)
        self.host.failed(failure)

    def _take_up(self, page: FollowPage) -> None:
        """Go on with what was begun; an act that no longer follows is said with its words, until they are let go."""
        acts = {act.code: act for act in acts_of(page, self.desk.unit, self._other_name())}
        for begun in reversed(page.begun):
            self._typed[_code_of(begun)] = begun.typed
            if _code_of(begun) not in acts:
                self._show_late(page, begun)
        found = next((code for code in map(_code_of, page.begun) if code in acts), "")
        if found:
            self.begin(acts[found])

    def _show_late(self, page: FollowPage, begun: Begun) -> None:
        words = " · ".join(str(said) for said in begun.typed.values() if said and said is not True)
        title = tr("You had begun an answer that no longer follows; it was not given")
        made = Notice("warn", words, title=title, act=tr("Let it go"), icon="pencil")
        made.acted.connect(partial(self.model.drop, page, begun.editor))
        made.acted.connect(made.deleteLater)
        made.setObjectName("late")
        self._late.addWidget(made)

    def late(self) -> list[Notice]:
        """What was begun and can no longer be given."""
        return self.findChildren(Notice, "late")

    def _give(self, state: str, details: Mapping[str, Any]) -> None:
        if self.page is not None and self.form is not None:
            self._soon.stop()
            self.model.act(self.page, self._editor(self.form.act.code), state, details)

    def _written(self) -> None:
        if self.form is not None:
            self._typed.pop(self.form.act.code, None)
        self._close_form()

    def _let_go(self) -> None:
        """Nothing is kept of what was begun, and for a while it can be had back."""
        form, page = self.form, self.page
        if form is None or page is None:
            return
        act, said = form.act, form.typed()
        blank, kept = form.is_blank(), self._typed.pop(act.code, None)
        self._close_form()
        if kept is not None:
            self.model.drop(page, self._editor(act.code))
        if not blank:
            begun = Begun(self._editor(act.code), said)
            self.host.say(undo_notice(begun, partial(self._undo, page, act, begun)))

    def _undo(self, page: FollowPage, act: Act, begun: Begun) -> None:
        self.model.keep(page, begun, self._not_kept)
        if isValid(self) and self.form is None:
            self._typed[act.code] = begun.typed
            self.begin(act)

    def _close_form(self) -> None:
        self._soon.stop()
        self.form = None
        if self.page is not None:
            self._show_phone(self.page)
            self._show_acts(self.page)
            focus = self.first_focus()
            if focus is not None:
                focus.setFocus()

    def _show_clocks(self, view: ReferralView) -> None:
        clear(self._clocks)
        now = self.desk.now()
        for clock in view.clocks:
            words, icon, tone = clock_state(clock, now)
            said = icon_line(icon, words, "small_strong" if tone == "danger" else "small", tone)
            self._clocks.addLayout(row((label(clock_words(clock.code), "body", wrap=True), 1), said))
        if not view.clocks:
            self._clocks.addWidget(label(tr("No clock runs."), "small", "muted"))

    def _show_events(self, view: ReferralView) -> None:
        clear(self._events)
        sent = ReferralEvent("", ReferralState.SENT.value, view.sender, view.author, view.sent_at)
        told = sorted(view.events, key=lambda event: (event.at, len(event.after), event.id), reverse=True)
        for number, event in enumerate((*told, sent)):
            if number:
                self._events.addWidget(line())
            self._events.addWidget(event_row(event, self.desk.unit_names, self.desk.now()))

    def _show_other(self, relay: Relay | None) -> None:
        clear(self._other)
        if relay is None:
            self._other.addWidget(
                label(tr("The other unit is not in the directory here."), "small", "muted", wrap=True)
            )
            return
        words, icon, tone = hours_words(relay, self.desk.now())
        self._other.addWidget(label(relay.name, "h3", wrap=True))
        people = tr("{name} · deputy {deputy}", name=relay.relay, deputy=relay.deputy) if relay.deputy else relay.relay
        for part in (
            icon_line("users", people, "small", wrap=True) if people else None,
            icon_line(icon, words, "small", tone, wrap=True),
            icon_line("phone", relay.duty_phone or relay.phone, "small") if relay.duty_phone or relay.phone else None,
        ):
            if part is not None:
                self._other.addWidget(part)

    # -- acting

    def _open_number(self) -> None:
        if self.page is not None:
            self.model.open_number(self.page)

    def _to_case(self) -> None:
        if self.page is not None:
            key = self.page.case
            self.host.go.emit(Place.of("case", space=key.space, tag=key.tag))
        else:
            self.host.back.emit()

    def _send_on(self) -> None:
        if self.page is not None:
            key = self.page.case
            self.host.go.emit(Place.of("referral", space=key.space, tag=key.tag))

    def _failed(self, failure: Failure) -> None:
        if self.form is not None:
            self.form.again()
        if self.page is None:
            self._listing.show_failure(failure, self.enter)
        else:
            self.host.failed(failure)


def _code_of(begun: Begun) -> str:
    return begun.editor.rpartition(" ")[2]
