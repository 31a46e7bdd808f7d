"""Referrals in the person's words: where one stands, who holds the risk, its clocks, its events, a unit's hours.

One place for both sides and for the list. Leaves what may be done next to `referral_acts`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from PySide6.QtCore import QDate, QLocale

from desktop.i18n import tr
from desktop.model.contact import SafeContact, read_contact
from desktop.model.moment import moment
from desktop.model.partner import Relay, staffing
from desktop.model.record import FieldView
from desktop.model.referral import TAKEN, Clock, ReferralEvent, ReferralState, ReferralView, SideEvent
from desktop.ui.models.case_words import forbidden_words, rule_words
from desktop.ui.models.words import time_words

_S = ReferralState


def state_words(state: ReferralState) -> tuple[str, str, str]:
    """A state: its word, sign and tone (muted, info, ok, warn, danger)."""
    words = {
        _S.DRAFT: (tr("Draft"), "file-pen", "muted"),
        _S.READY: (tr("Ready"), "file-pen", "muted"),
        _S.SENT: (tr("Sent, not yet delivered"), "upload", "warn"),
        _S.DELIVERED: (tr("Delivered, not yet opened"), "inbox", "warn"),
        _S.SEEN: (tr("Opened, not yet answered"), "eye", "info"),
        _S.ACCEPTED: (tr("Accepted"), "circle-check", "ok"),
        _S.DECLINED: (tr("Declined"), "circle-x", "danger"),
        _S.NEEDS_INFO: (tr("More is asked for"), "message-square", "warn"),
        _S.IN_PROGRESS: (tr("In progress"), "route", "ok"),
        _S.COMPLETED: (tr("Completed"), "check-check", "ok"),
        _S.CLOSED_NO_CONTACT: (tr("Closed, no contact made"), "phone-off", "warn"),
        _S.WITHDRAWN: (tr("Withdrawn"), "undo-2", "muted"),
    }
    return words[state]


def event_words(event: ReferralEvent) -> tuple[str, str]:
    """What happened, and its sign."""
    side = {
        SideEvent.CONSENT_WITHDRAWN.value: (tr("She withdrew her consent"), "hand"),
        SideEvent.CONTACT_CHANGED.value: (tr("The safe contact changed"), "shield"),
        SideEvent.RISK_RAISED.value: (tr("The risk was raised"), "trending-up"),
        SideEvent.REDIRECTED.value: (tr("Sent on to another unit"), "route"),
        SideEvent.INFO_GIVEN.value: (tr("The question was answered"), "message-square"),
        SideEvent.FIRST_CONTACT.value: (tr("First safe contact made"), "phone"),
        SideEvent.FEEDBACK_TOLD.value: (tr("Feedback was told to the sender"), "corner-up-left"),
        SideEvent.CALL_LOGGED.value: (tr("Spoken by telephone"), "phone-call"),
    }
    side |= {
        _S.DELIVERED.value: (tr("Delivered to their laptop"), "inbox"),
        _S.SEEN.value: (tr("Opened"), "eye"),
        _S.NEEDS_INFO.value: (tr("More was asked for"), "message-square"),
    }
    if event.state in side:
        return side[event.state]
    if event.state in set(ReferralState):
        word, icon, _ = state_words(ReferralState(event.state))
        return word, icon
    return event.state, "circle"


def holder_words(view: ReferralView, unit: str, names: Mapping[str, str]) -> str:
    """Who holds the risk now and until when, said to a member of `unit`."""
    other = names.get(view.recipient if view.sender == unit else view.sender, tr("the other unit"))
    if view.state in {_S.WITHDRAWN, _S.COMPLETED, _S.CLOSED_NO_CONTACT}:
        return tr("You hold the risk") if view.holder == unit else tr("{unit} holds the risk", unit=other)
    if view.sender == unit:
        return _sender_words(view, other, mine=view.holder == unit)
    if view.holder == unit:
        return tr("You hold the risk")
    if view.state in TAKEN:
        return tr("The risk is back with {unit}", unit=other)
    if view.state is _S.DECLINED:
        return tr("{unit} holds the risk", unit=other)
    return tr("{unit} holds the risk until you accept", unit=other)


def _sender_words(view: ReferralView, other: str, *, mine: bool) -> str:
    if not mine:
        return tr("{unit} holds the risk", unit=other)
    if view.contested:
        return tr("You hold the risk: two answers contradict each other")
    if view.consent_withdrawn:
        return tr("You hold the risk: she withdrew her consent")
    if view.state is _S.DECLINED:
        return tr("You hold the risk again")
    if view.state in TAKEN:
        return tr("You hold the risk again: {unit} let a time pass", unit=other)
    return tr("You hold the risk until {unit} accepts", unit=other)


def clock_words(code: str) -> str:
    """What a clock waits for."""
    words = {
        "ack": tr("Acknowledge"),
        "decide": tr("Accept or decline"),
        "first_contact": tr("First safe contact"),
        "outcome": tr("Outcome"),
    }
    return words.get(code, code)


def clock_state(clock: Clock, now: datetime) -> tuple[str, str, str]:
    """How a clock stands: words with the time, sign, tone."""
    due = time_words(clock.due, now) if clock.due.date() == now.date() else _later(clock.due, now)
    if clock.met:
        return tr("done"), "circle-check", "ok"
    if clock.over:
        return tr("was due {time}", time=due), "circle-alert", "danger"
    return tr("due {time}", time=due), "clock", "muted"


def _later(due: datetime, now: datetime) -> str:
    local = due.astimezone(now.tzinfo)
    return f"{QLocale().toString(QDate(local.year, local.month, local.day), 'ddd d MMM')} {local:%H:%M}"


def hours_words(relay: Relay | None, now: datetime) -> tuple[str, str, str]:
    """Whether a unit is staffed now: words, sign, tone."""
    if relay is None or not relay.hours:
        return tr("Hours not known: ask by telephone"), "clock", "warn"
    found = staffing(relay, now)
    if found.now:
        until = _hour(found.until, now)
        return (tr("Staffed now, until {time}", time=until) if until else tr("Staffed now")), "circle-check", "ok"
    if found.next is None:
        return tr("Not staffed in the next seven days"), "clock", "warn"
    return tr("Not staffed until {time}", time=_hour(found.next, now)), "clock", "warn"


def _hour(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    return f"{at:%H:%M}" if at.date() == now.date() else _later(at, now)


def date_words(text: str) -> str:
    """An ISO date as people write it; what is none stays as it is."""
    day = QDate.fromString(text[:10], "yyyy-MM-dd")
    return QLocale().toString(day, "d MMMM yyyy") if day.isValid() else text


def at_words(text: str, now: datetime) -> str:
    """An ISO moment as people say it."""
    return time_words(moment(text), now)


def contact_sentence(rule: Mapping[str, Any]) -> str:
    """The safe-contact rule in one or two sentences, without its number."""
    contact = _contact(rule)
    return (
        tr("No safe way to reach her is known. ") + rule_words(contact)
        if contact.level == "none"
        else rule_words(contact)
    )


def contact_forbidden(rule: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The ways that may not be used, as (sign, words)."""
    contact = _contact(rule)
    return [] if contact.level in {"none", "via"} else forbidden_words(contact)


def _contact(rule: Mapping[str, Any]) -> SafeContact:
    """The rule as it is read everywhere, with the channels of the referral form in words."""
    words = {"phone": tr("Telephone"), "messenger": tr("Messenger"), "letter": tr("Letter"), "visit": tr("In person")}
    channel = str(rule.get("channel") or "")
    return read_contact(FieldView({**rule, "channel": words.get(channel, channel)}))
