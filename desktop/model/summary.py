"""From the records of a case to what lists and headers say about it. Pure; protected values never enter."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from desktop.model.action import Action, read_action
from desktop.model.assessment import Assessment, agency_grade, read_assessment
from desktop.model.case import CaseGrades, CaseHeader, CaseRow, RowGrade, Step, step_of
from desktop.model.grade import AgreedGrade, disagree, grade_of, latest_by_unit, standing_grade
from desktop.model.joining import names_of
from desktop.model.moment import moment, stamp
from desktop.model.order import read_order
from desktop.model.protection import is_marked
from desktop.model.record import CaseKey, RecordView
from desktop.model.referral import ReferralView, read_event, read_referral

Records = Mapping[tuple[str, str], RecordView]
ByKind = Mapping[str, Sequence[RecordView]]

SUMMARY_KINDS = (
    "case",
    "flag",
    "agreed_grade",
    "assessment",
    "incident",
    "action",
    "order",
    "referral",
    "referral_event",
)
"""The kinds a row is made of."""

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a row needs from outside its records: words for ids, and how the case is shared."""

    agency: Callable[[str], str]
    member: Callable[[str], str]
    shared_with: tuple[str, ...] = ()
    updated_at: str = ""
    contested: int = 0
    where: Literal["unit", "shared", "both"] = "unit"


def by_kind(records: Records) -> ByKind:
    """The records by kind, each kind in order of first writing."""
    grouped: dict[str, list[RecordView]] = {}
    for (kind, _), record in records.items():
        grouped.setdefault(kind, []).append(record)
    for found in grouped.values():
        if len(found) > 1:
            found.sort(key=lambda record: (record.at, record.id))
    return grouped


def assessments_of(records: ByKind, agency: Callable[[str], str]) -> list[Assessment]:
    """The signed assessments, oldest first."""
    return [read_assessment(record, agency(record.unit)) for record in records.get("assessment", ())]


def agreed_of(records: ByKind) -> AgreedGrade | None:
    """The agreed working grade. While what it considered is contested, it counts as having considered nothing."""
    record = next(iter(records.get("agreed_grade", ())), None)
    view = record.fields.get("grade") if record else None
    if record is None or view is None:
        return None
    considered = frozenset(str(name) for name in record.several("considered"))
    seen = {item.id for item in records.get("assessment", ()) if names_of(item) & considered}
    return AgreedGrade(
        grade=grade_of(view.value),
        at=view.at,
        author=view.author,
        unit=view.unit,
        considered=considered | seen,
        dissent=record.text("dissent"),
        contested=view.contested,
    )


def grades_of(records: ByKind, agency: Callable[[str], str]) -> CaseGrades:
    """The standing grade with its reason, beside the agreed one and each agency's newest."""
    assessments = assessments_of(records, agency)
    grades = [agency_grade(item) for item in assessments]
    agreed = agreed_of(records)
    views = [item.victim_view for item in assessments if item.victim_view]
    return CaseGrades(
        standing=standing_grade(agreed, grades),
        agreed=agreed,
        agencies=latest_by_unit(grades),
        disagree=disagree(grades),
        victim_view=views[-1] if views else "",
    )


def header_of(key: CaseKey, records: ByKind, member: Callable[[str], str]) -> CaseHeader:
    """The head of a case; a shared file without a case record yet has only its key."""
    record = next(iter(records.get("case", ())), None) or RecordView("case", "case", key)
    return CaseHeader(
        key=key,
        code_name=record.spoken("code_name"),
        aim=record.text("aim"),
        outcome_wanted=record.text("outcome_wanted"),
        lead_worker=" / ".join(map(member, record.spoken("lead_worker").split(" / "))),
        status=record.text("status") or "open",
        opened_on=record.text("opened_on"),
        closed_on=record.text("closed_on"),
        step=step(records),
        restricted=is_marked(record.get("restricted")),
        frozen=is_marked(record.get("frozen")),
        fields=record.fields,
    )


def referrals_of(records: ByKind, now: datetime, code_name: str = "") -> list[ReferralView]:
    """The referrals with their events."""
    events: dict[str, list[RecordView]] = {}
    for record in records.get("referral_event", ()):
        events.setdefault(record.text("referral"), []).append(record)
    return [
        read_referral(record, [read_event(event) for event in events.get(record.id, ())], now, code_name=code_name)
        for record in records.get("referral", ())
    ]


def step(records: ByKind) -> Step:
    """Which of the four steps comes next."""
    actions = [read_action(record) for record in records.get("action", ())]
    return step_of(
        incidents=sum(not record.is_removed for record in records.get("incident", ())),
        assessments=len(records.get("assessment", ())),
        open_actions=sum(action.is_open for action in actions),
        ended_actions=sum(not action.is_open for action in actions),
    )


def next_act(records: ByKind) -> tuple[str, str]:
    """(what comes next, when in ISO 8601 UTC): the earliest open action, clock or end of an order; ("", "") if none."""
    dated = [(action.due, action.title) for action in _open_actions(records) if action.due is not None]
    for referral in referrals_of(records, _NO_TIME):
        clock = referral.next_clock
        if clock is not None:
            dated.append((clock.due, f"clock.{clock.code}"))
    for record in records.get("order", ()):
        order = read_order(record)
        by = order.renew_by or order.ends
        if by is not None:
            dated.append((by, "order.ends"))
    review = moment(next((case.get("review_on") for case in records.get("case", ())), None))
    if review is not None:
        dated.append((review, "case.review"))
    if not dated:
        return "", ""
    due, what = min(dated)
    return what, stamp(due)


def summarise(key: CaseKey, records: ByKind, around: Surroundings) -> CaseRow:
    """The row of a case. What is contested shows what stands, and says that it is contested by its count."""
    header = header_of(key, records, around.member)
    grades = grades_of(records, around.agency)
    what, due = next_act(records)
    flags = sorted(record.id for record in records.get("flag", ()) if is_marked(record.get("raised")))
    return CaseRow(
        key=key,
        code_name=header.code_name,
        grade=grades.standing.grade,
        grade_reason=grades.standing.reason_code,
        grade_params=dict(grades.standing.reason_params),
        agreed=grades.agreed.grade if grades.agreed else grade_of(None),
        agency_grades=tuple(RowGrade(item.agency, item.grade, item.at) for item in grades.agencies),
        flags=tuple(flags),
        lead_worker=header.lead_worker,
        status=header.status,
        step=header.step,
        contested=around.contested,
        next_act=what,
        next_due=due,
        updated_at=around.updated_at,
        shared_with=around.shared_with,
        where=around.where,
        stage="server",
    )


def _open_actions(records: ByKind) -> Iterable[Action]:
    return (action for action in map(read_action, records.get("action", ())) if action.is_open)
