"""Referrals: states seen by both sides, who holds the risk at every moment, and the clocks that run.

The state is a function of the *set* of events: each names the events its writer had seen, so nothing depends on the
order of arrival or on a clock. Where two people acted without sight of each other the safer state stands and the
sender keeps the risk (domain.md §5).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from desktop.model.grade import Grade, grade_of
from desktop.model.moment import add_working_days, moment
from desktop.model.record import CaseKey, RecordView

REFERENCE_LETTERS = "ACEFHJKLMNPRTWXY"
"""Sixteen letters without look-alikes (no B, D, G, I, O, Q, S, U, V, Z), so that a random byte picks without bias."""
REFERENCE_LENGTH = 6


class ReferralState(StrEnum):
    """Where a referral stands."""

    DRAFT = "draft"
    READY = "ready"
    SENT = "sent"
    DELIVERED = "delivered"
    SEEN = "seen"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NEEDS_INFO = "needs_info"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CLOSED_NO_CONTACT = "closed_no_contact"
    WITHDRAWN = "withdrawn"


class SideEvent(StrEnum):
    """Things that are told without moving the state."""

    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONTACT_CHANGED = "contact_changed"
    RISK_RAISED = "risk_raised"
    REDIRECTED = "redirected"
    INFO_GIVEN = "info_given"
    FIRST_CONTACT = "first_contact"
    FEEDBACK_TOLD = "feedback_told"
    CALL_LOGGED = "call_logged"


SAID = ("answered", "promised", "promised_by", "note")
"""What may be written beside an event, in free words."""

_S = ReferralState
OPEN_TO_DECISION = frozenset({_S.SENT, _S.DELIVERED, _S.SEEN, _S.NEEDS_INFO})
TAKEN = frozenset({_S.ACCEPTED, _S.IN_PROGRESS})
ENDED = frozenset({_S.DECLINED, _S.COMPLETED, _S.CLOSED_NO_CONTACT, _S.WITHDRAWN})

NEXT: Mapping[ReferralState, frozenset[ReferralState]] = {
    _S.DRAFT: frozenset({_S.READY}),
    _S.READY: frozenset({_S.SENT, _S.DRAFT}),
    _S.SENT: frozenset({_S.DELIVERED, _S.SEEN, _S.ACCEPTED, _S.DECLINED, _S.NEEDS_INFO, _S.WITHDRAWN}),
    _S.DELIVERED: frozenset({_S.SEEN, _S.ACCEPTED, _S.DECLINED, _S.NEEDS_INFO, _S.WITHDRAWN}),
    _S.SEEN: frozenset({_S.ACCEPTED, _S.DECLINED, _S.NEEDS_INFO, _S.WITHDRAWN}),
    _S.NEEDS_INFO: frozenset({_S.ACCEPTED, _S.DECLINED, _S.NEEDS_INFO, _S.WITHDRAWN}),
    _S.ACCEPTED: frozenset({_S.IN_PROGRESS, _S.COMPLETED, _S.CLOSED_NO_CONTACT, _S.DECLINED, _S.WITHDRAWN}),
    _S.IN_PROGRESS: frozenset({_S.COMPLETED, _S.CLOSED_NO_CONTACT, _S.DECLINED, _S.WITHDRAWN}),
    _S.DECLINED: frozenset(),
    _S.COMPLETED: frozenset(),
    _S.CLOSED_NO_CONTACT: frozenset(),
    _S.WITHDRAWN: frozenset(),
}
"""What may follow what; an event that may not follow what its writer had seen is shown and moves nothing."""

_SAFER_FIRST = (
    _S.WITHDRAWN,
    _S.DECLINED,
    _S.CLOSED_NO_CONTACT,
    _S.NEEDS_INFO,
    _S.COMPLETED,
    _S.IN_PROGRESS,
    _S.ACCEPTED,
    _S.SEEN,
    _S.DELIVERED,
    _S.SENT,
)
"""Which of two unseen acts stands: a withdrawal stops sharing, a refusal leaves the risk with the sender.

Acts of one person that merely came in together (delivered, seen, accepted) are ordered by what each had seen.
"""

_COURSE: Mapping[ReferralState, str] = {
    _S.ACCEPTED: "taken",
    _S.IN_PROGRESS: "taken",
    _S.COMPLETED: "taken",
    _S.DECLINED: "declined",
    _S.CLOSED_NO_CONTACT: "closed",
    _S.NEEDS_INFO: "asked",
    _S.WITHDRAWN: "withdrawn",
}
"""States of different courses contradict each other; within one course the further state merely came later."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """How long each answer may take (settings)."""

    acknowledge_days: int = 1
    acknowledge_high: timedelta = timedelta(hours=2)
    decide_days: int = 2
    first_contact: timedelta = timedelta(hours=48)
    outcome: timedelta = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class ReferralEvent:
    """One event. `state` is a `ReferralState` or a `SideEvent`; `after` the event ids its writer had seen.

    `told_by`: entered by the sender as told by someone of a recipient without the program (name and time).
    """

    id: str
    state: str
    unit: str
    author: str
    at: str
    after: frozenset[str] = frozenset()
    reason: str = ""
    suggestion: str = ""
    told_by: str = ""
    outcome: str = ""
    call_logged: bool = False
    said: Mapping[str, str] = field(default_factory=dict)
    """What was written beside it: `note`; of a call who `answered`, what was `promised`, `promised_by` when."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One running or stopped clock: ack, decide, first_contact, outcome."""

    code: str
    due: datetime
    met: bool
    over: bool


@dataclass(frozen=True, slots=True)
class ReferralView:
    """A referral as both sides see it. `holder` is the id of the unit that holds the risk now."""

    id: str
    key: CaseKey
    code_name: str
    sender: str
    recipient: str
    state: ReferralState
    holder: str
    grade: Grade
    urgency: str
    sent_at: str
    reply_by: str
    spoken_reference: str
    clocks: tuple[Clock, ...]
    events: tuple[ReferralEvent, ...]
    contested: bool
    """Two acts were made without sight of each other; the safer one stands."""
    consent_withdrawn: bool
    feedback_told: bool
    reason: str
    author: str
    content: Mapping[str, Any]
    queue_state: str = ""

    @property
    def next_clock(self) -> Clock | None:
        """The clock to watch: the earliest that is neither met nor stopped."""
        return min((clock for clock in self.clocks if not clock.met), key=lambda clock: clock.due, default=None)

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED

    @property
    def heads(self) -> tuple[str, ...]:
        """What the next event must name as seen: every event shown."""
        return tuple(event.id for event in self.events)

    def may(self, state: ReferralState) -> bool:
        """Whether this state may follow."""
        return state in NEXT[self.state]


def spoken_reference(data: bytes) -> str:
    """Six letters from six random bytes, the same on call note, referral and later paper; fewer bytes: ValueError."""
    if len(data) < REFERENCE_LENGTH:
        raise ValueError("a spoken reference needs six random bytes")
    return "".join(REFERENCE_LETTERS[byte % len(REFERENCE_LETTERS)] for byte in data[:REFERENCE_LENGTH])


def state_of(events: Sequence[ReferralEvent], sender: str, recipient: str) -> tuple[ReferralState, bool]:
    """The state that follows from a set of events after sending, and whether unseen acts compete.

    Only the recipient moves a referral on, or the sender as told by them; only the sender withdraws it.
    """
    known = {event.id: event for event in events if _moves(event, sender, recipient)}
    legal: dict[str, ReferralEvent] = {}
    for event in sorted(known.values(), key=lambda item: (len(item.after & known.keys()), item.at, item.id)):
        before = _standing_state([legal[name] for name in event.after if name in legal])
        if ReferralState(event.state) in NEXT[before] or event.state == before:
            legal[event.id] = event
    tips = _tips(legal.values())
    states = {ReferralState(event.state) for event in tips}
    return _safest(states), len({_COURSE[state] for state in states if state in _COURSE}) > 1


def holder_of(
    state: ReferralState, sender: str, recipient: str, *, contested: bool, lapsed: bool, consent_withdrawn: bool
) -> str:
    """The one unit that holds the risk now: the sender until accepted, and again on decline or a lapsed clock."""
    if contested or lapsed or consent_withdrawn:
        return sender
    return recipient if state in TAKEN | {_S.COMPLETED} else sender


def may_decline(grade: Grade, *, call_logged: bool) -> bool:
    """High risk can be declined only by a logged call."""
    return call_logged or not grade.is_high


def clocks_of(
    sent_at: str, grade: Grade, events: Sequence[ReferralEvent], state: ReferralState, *, now: datetime, rule: Clocks
) -> tuple[Clock, ...]:
    """The clocks of a sent referral: acknowledge and decide from sending, contact and outcome from acceptance.

    An ended referral stops every clock that was not met.
    """
    start = moment(sent_at)
    if start is None or state in {_S.DRAFT, _S.READY}:
        return ()
    reached = {event.state for event in events} | {state.value}
    acknowledged = bool(reached & {_S.SEEN, _S.ACCEPTED, _S.DECLINED, _S.NEEDS_INFO, SideEvent.CALL_LOGGED})
    decided = bool(reached & {_S.ACCEPTED, _S.DECLINED}) or state in ENDED
    ended = state in ENDED
    ack_due = start + rule.acknowledge_high if grade.is_high else add_working_days(start, rule.acknowledge_days)
    clocks = [
        _clock("ack", ack_due, now, met=acknowledged or decided),
        _clock("decide", add_working_days(start, rule.decide_days), now, met=decided),
    ]
    accepted = min((event.at for event in events if event.state == _S.ACCEPTED), default="")
    taken = moment(accepted)
    if taken is not None:
        contacted = bool(reached & {SideEvent.FIRST_CONTACT, _S.IN_PROGRESS, _S.COMPLETED}) or ended
        clocks.append(_clock("first_contact", taken + rule.first_contact, now, met=contacted))
        clocks.append(_clock("outcome", taken + rule.outcome, now, met=ended))
    return tuple(clocks)


def read_event(record: RecordView) -> ReferralEvent:
    """The event in a record of kind `referral_event`."""
    return ReferralEvent(
        id=record.id,
        state=record.text("state"),
        unit=record.unit,
        author=record.author,
        at=record.at,
        after=frozenset(str(name) for name in record.several("after")),
        reason=record.text("reason"),
        suggestion=record.text("suggestion"),
        told_by=record.text("told_by"),
        outcome=record.text("outcome"),
        call_logged=record.get("call_logged") is True,
        said={name: record.text(name) for name in SAID if record.text(name)},
    )


def read_referral(
    record: RecordView,
    events: Iterable[ReferralEvent],
    now: datetime,
    *,
    code_name: str = "",
    rule: Clocks | None = None,
    queue_state: str = "",
) -> ReferralView:
    """Put a referral and its events together. `now` only moves the clocks and, by a lapsed one, the holder."""
    told = tuple(sorted(events, key=lambda event: (event.at, event.id)))
    sender, recipient = record.text("from_unit") or record.unit, record.text("to_unit")
    grade = grade_of(record.get("grade"))
    state, contested = state_of(told, sender, recipient)
    clocks = clocks_of(record.at, grade, told, state, now=now, rule=rule or Clocks())
    side = {event.state for event in told}
    consent_withdrawn = SideEvent.CONSENT_WITHDRAWN in side
    lapsed = state in TAKEN and any(clock.over for clock in clocks)
    last = next((event for event in reversed(told) if event.state == state.value), None)
    return ReferralView(
        id=record.id,
        key=record.key,
        code_name=code_name,
        sender=sender,
        recipient=recipient,
        state=state,
        holder=holder_of(
            state, sender, recipient, contested=contested, lapsed=lapsed, consent_withdrawn=consent_withdrawn
        ),
        grade=grade,
        urgency=record.text("urgency"),
        sent_at=record.at,
        reply_by=record.text("reply_by"),
        spoken_reference=record.text("spoken_reference"),
        clocks=clocks,
        events=told,
        contested=contested,
        consent_withdrawn=consent_withdrawn,
        feedback_told=SideEvent.FEEDBACK_TOLD in side,
        reason=last.reason if last else "",
        author=record.author,
        content={name: view.value for name, view in record.fields.items()},
        queue_state=queue_state,
    )


def _moves(event: ReferralEvent, sender: str, recipient: str) -> bool:
    """Whether an event moves the state at all, and was written by a side that may."""
    if event.state not in set(ReferralState):
        return False
    if event.state == _S.WITHDRAWN:
        return event.unit == sender
    return event.unit == recipient or (event.unit == sender and bool(event.told_by))


def _tips(events: Iterable[ReferralEvent]) -> list[ReferralEvent]:
    found = list(events)
    named = {name for event in found for name in event.after}
    return [event for event in found if event.id not in named]


def _standing_state(events: Iterable[ReferralEvent]) -> ReferralState:
    return _safest({ReferralState(event.state) for event in _tips(events)})


def _safest(states: set[ReferralState]) -> ReferralState:
    return next((state for state in _SAFER_FIRST if state in states), _S.SENT)


def _clock(code: str, due: datetime, now: datetime, *, met: bool) -> Clock:
    return Clock(code, due, met, over=not met and due < now)
