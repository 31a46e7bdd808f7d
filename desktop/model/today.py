"""Today: the list of what needs me, most urgent first. A pure function of what is open and of `now`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from desktop.model.action import Action
from desktop.model.conflict import ConflictView
from desktop.model.flag import Flag
from desktop.model.grade import Grade
from desktop.model.order import ProtectiveOrder
from desktop.model.record import CaseKey
from desktop.model.referral import TAKEN, Clock, ReferralState, ReferralView


class Group(StrEnum):
    """Where an item stands in the list, in this order."""

    NOW = "now"
    DUE = "due"
    WAITING = "waiting"
    NEW = "new"


class Tone(StrEnum):
    """How loudly it asks; always said in words beside."""

    DANGER = "danger"
    WARN = "warn"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class TodayCase:
    """What a line says about its case."""

    key: CaseKey
    code_name: str
    grade: Grade


@dataclass(frozen=True, slots=True)
class TodayDraft:
    """A half-filled form: `title` of the form, when it was last touched, the case if it has one."""

    id: str
    title: str
    updated_at: str
    case: CaseKey | None = None


@dataclass(frozen=True, slots=True)
class TodayInputs:
    """Everything the list is made of. `cases` gives the words for each key; `unit` is the own unit's id."""

    unit: str
    cases: Mapping[CaseKey, TodayCase] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    referrals: tuple[ReferralView, ...] = ()
    conflicts: tuple[ConflictView, ...] = ()
    orders: tuple[ProtectiveOrder, ...] = ()
    flags: tuple[Flag, ...] = ()
    drafts: tuple[TodayDraft, ...] = ()
    edits: tuple[TodayDraft, ...] = ()
    """Edits of a case begun in place and not written; `title` names the editor."""
    refused: int = 0


@dataclass(frozen=True, slots=True)
class TodayItem:
    """One line. `title_code` and `params` make the sentence; `act` is the code of what Enter does.

    `kind`: action, referral, conflict, order, flag, draft, edit, refused. `ref` is the record, draft or conflict id.
    """

    kind: str
    group: Group
    case: CaseKey | None
    code_name: str
    title_code: str
    params: Mapping[str, str]
    grade: Grade
    due: datetime | None
    tone: Tone
    act: str
    ref: str = ""


def today(inputs: TodayInputs, now: datetime) -> tuple[TodayItem, ...]:
    """The list in order: group, then grade (highest first), then the earliest due."""
    items = [
        *_flags(inputs),
        *_actions(inputs, now),
        *_referrals(inputs),
        *_orders(inputs, now),
        *_conflicts(inputs),
        *_drafts(inputs),
        *_edits(inputs),
    ]
    if inputs.refused:
        params = {"count": str(inputs.refused)}
        items.append(
            TodayItem(
                "refused", Group.DUE, None, "", "today.refused", params, Grade.UNGRADED, None, Tone.WARN, "open_sync"
            )
        )
    order = list(Group)
    return tuple(
        sorted(
            items,
            key=lambda item: (
                order.index(item.group),
                -item.grade.rank,
                item.due is None,
                item.due.timestamp() if item.due else 0.0,
                item.code_name,
                item.ref,
            ),
        )
    )


def _words(inputs: TodayInputs, key: CaseKey) -> tuple[CaseKey, str, Grade]:
    case = inputs.cases.get(key)
    return (case.key, case.code_name, case.grade) if case else (key, "", Grade.UNGRADED)


def _flags(inputs: TodayInputs) -> Iterator[TodayItem]:
    for flag in inputs.flags:
        if flag.is_waiting:
            case, name, grade = _words(inputs, flag.key)
            params = {"label": flag.label}
            yield TodayItem(
                "flag", Group.NOW, case, name, "today.flag", params, grade, None, Tone.DANGER, "open_case", flag.code
            )


def _actions(inputs: TodayInputs, now: datetime) -> Iterator[TodayItem]:
    for action in inputs.actions:
        if not action.is_open or action.unit not in {"", inputs.unit}:
            continue
        near = action.due is not None and (action.due.date() <= now.date() or action.due < now)
        if not near:
            continue
        case, name, grade = _words(inputs, action.key)
        over = action.overdue(now)
        code = "today.action_over" if over else "today.action_due"
        tone = Tone.DANGER if over else Tone.WARN
        params = {"title": action.title, "owner": action.owner}
        yield TodayItem(
            "action", Group.DUE, case, name, code, params, grade, action.due, tone, "open_action", action.id
        )


def _referrals(inputs: TodayInputs) -> Iterator[TodayItem]:
    for referral in inputs.referrals:
        line = _sent(referral) if referral.sender == inputs.unit else _received(referral)
        if line is None:
            continue
        group, code, act, clock, tone = line
        case, name, grade = _words(inputs, referral.key)
        params = {
            "sender": referral.sender,
            "recipient": referral.recipient,
            "reference": referral.spoken_reference,
            "state": referral.state.value,
        }
        due = clock.due if clock else None
        worst = max(grade, referral.grade, key=lambda item: item.rank)
        yield TodayItem(
            "referral", group, case, name or referral.code_name, code, params, worst, due, tone, act, referral.id
        )


_Line = tuple[Group, str, str, Clock | None, Tone]


def _sent(referral: ReferralView) -> _Line | None:
    """What a sender has to see: nobody holds it elsewhere until it is accepted."""
    clock = referral.next_clock
    if referral.contested:
        return Group.NOW, "today.referral_contested", "open_referral", None, Tone.DANGER
    if referral.state is ReferralState.DECLINED:
        return Group.NOW, "today.referral_declined", "send_on", None, Tone.DANGER
    if referral.state is ReferralState.NEEDS_INFO:
        return Group.DUE, "today.referral_asked", "answer", clock, Tone.WARN
    if clock is None:
        return None
    if clock.over:
        phone = referral.grade.is_high and clock.code in {"ack", "decide"}
        group = Group.NOW if phone else Group.WAITING
        return group, f"today.silent_{clock.code}", "call" if phone else "remind", clock, Tone.DANGER
    if referral.grade.is_high and clock.code == "ack":
        return Group.NOW, "today.phone_now", "call", clock, Tone.WARN
    return Group.WAITING, f"today.waiting_{clock.code}", "open_referral", clock, Tone.PLAIN


def _received(referral: ReferralView) -> _Line | None:
    """What a recipient has to do next."""
    clock = referral.next_clock
    if clock is None:
        return None
    tone = Tone.DANGER if clock.over else Tone.WARN if referral.grade.is_high else Tone.PLAIN
    if referral.state in TAKEN:
        return Group.DUE, f"today.owed_{clock.code}", "open_referral", clock, tone
    if referral.state is ReferralState.NEEDS_INFO:
        return Group.WAITING, "today.waiting_info", "open_referral", clock, tone
    group = Group.NOW if clock.over and referral.grade.is_high else Group.NEW
    return group, "today.referral_received", "open_referral", clock, tone


def _orders(inputs: TodayInputs, now: datetime) -> Iterator[TodayItem]:
    for order in inputs.orders:
        by = order.alarm(now)
        if by is None:
            continue
        case, name, grade = _words(inputs, order.key)
        params = {"order": order.kind}
        group = Group.DUE if by.date() <= now.date() else Group.WAITING
        yield TodayItem(
            "order", group, case, name, "today.order_ends", params, grade, by, Tone.WARN, "open_case", order.id
        )


def _conflicts(inputs: TodayInputs) -> Iterator[TodayItem]:
    for conflict in inputs.conflicts:
        case, name, grade = _words(inputs, conflict.key)
        params = {"kind": conflict.kind, "field": conflict.field, "why": conflict.why}
        yield TodayItem(
            "conflict",
            Group.NEW,
            case,
            name or conflict.code_name,
            "today.conflict",
            params,
            grade,
            None,
            Tone.WARN,
            "decide",
            conflict.id,
        )


def _drafts(inputs: TodayInputs) -> Iterable[TodayItem]:
    for draft in inputs.drafts:
        known = _words(inputs, draft.case) if draft.case else (None, "", Grade.UNGRADED)
        params = {"title": draft.title, "updated_at": draft.updated_at}
        yield TodayItem(
            "draft", Group.DUE, known[0], known[1], "today.draft", params, known[2], None, Tone.PLAIN, "continue",
            draft.id,
        )  # fmt: skip


def _edits(inputs: TodayInputs) -> Iterable[TodayItem]:
    """One line for each edit in hand; a decision begun has its conflict in the list, until somebody else decides it."""
    listed = {f"conflict {conflict.id}" for conflict in inputs.conflicts}
    for edit in inputs.edits:
        if edit.case is None or edit.title in listed:
            continue
        case, name, grade = _words(inputs, edit.case)
        params = {"editor": edit.title, "updated_at": edit.updated_at}
        yield TodayItem(
            "edit", Group.DUE, case, name, "today.edit", params, grade, None, Tone.PLAIN, "open_case", edit.id
        )
