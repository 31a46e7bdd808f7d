"""A case: its row in lists, and the whole file as one screen shows it. Protected values are never in rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from desktop.model.action import Action
from desktop.model.assessment import Assessment
from desktop.model.conflict import ConflictView
from desktop.model.consent import Consent
from desktop.model.contact import SafeContact
from desktop.model.flag import Flag
from desktop.model.grade import AgencyGrade, AgreedGrade, Grade, StandingGrade
from desktop.model.order import ProtectiveOrder
from desktop.model.person import Party
from desktop.model.record import CaseKey, FieldView, RecordView
from desktop.model.referral import ReferralView
from desktop.model.timeline import TimelineEntry

Step = Literal["identify", "assess", "act", "follow_up"]
Scope = Literal["mine", "unit", "shared"]
SortBy = Literal["grade", "code_name", "next_due", "updated_at", "lead_worker", "status", "contested"]

SHAREABLE: frozenset[str] = frozenset(
    {"case", "person", "party", "safe_contact", "incident", "flag", "assessment", "action", "order", "consent", "note"}
)
INSIDE_FIELDS: frozenset[str] = frozenset({"lead_worker", "review_on", "restricted"})


@dataclass(frozen=True, slots=True)
class RowGrade:
    """One agency's newest grade in a row."""

    agency: str
    grade: Grade
    at: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of the caseload.

    `grade` is the standing one, `agreed` the agreed working grade (ungraded when there is none). `flags`: codes of the
    raised flags. `next_due` is ISO 8601 UTC or "". `shared_with`: agencies that hold the shared file. `draft`: a form
    of this case is half-filled on this laptop. `stage`: how far its newest own change has travelled (`QueueStage`).
    """

    key: CaseKey
    code_name: str
    grade: Grade = Grade.UNGRADED
    grade_reason: str = "grade.none"
    grade_params: Mapping[str, str] = field(default_factory=dict)
    agreed: Grade = Grade.UNGRADED
    agency_grades: tuple[RowGrade, ...] = ()
    flags: tuple[str, ...] = ()
    lead_worker: str = ""
    status: str = "open"
    step: Step = "identify"
    contested: int = 0
    next_act: str = ""
    next_due: str = ""
    updated_at: str = ""
    shared_with: tuple[str, ...] = ()
    where: Literal["unit", "shared", "both"] = "unit"
    draft: bool = False
    stage: str = ""


@dataclass(frozen=True, slots=True)
class CaseloadQuery:
    """What to list. `text` searches code names, names and aliases; empty filters mean all.

    `scope`: mine (own cases and those shared with my unit that nobody leads), unit, shared.
    """

    text: str = ""
    scope: Scope = "unit"
    grades: frozenset[Grade] = frozenset()
    flags: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset({"open"})
    contested_only: bool = False
    sort: SortBy = "grade"
    descending: bool = True


@dataclass(frozen=True, slots=True)
class SharedFile:
    """The shared file a case belongs to: with whom, and which fields there are older than ours."""

    key: CaseKey
    name: str
    units: tuple[str, ...]
    agencies: tuple[str, ...]
    older: tuple[tuple[str, str, str], ...] = ()
    """(kind, record, field) of values that changed here after they were shared."""


@dataclass(frozen=True, slots=True)
class CaseHeader:
    """The head of a case. `fields` gives every header field with its author, home and alternatives."""

    key: CaseKey
    code_name: str
    aim: str
    outcome_wanted: str
    lead_worker: str
    status: str
    opened_on: str
    closed_on: str
    step: Step
    restricted: bool
    frozen: bool
    fields: Mapping[str, FieldView] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaseGrades:
    """The standing grade with its reason, the agreed one, each agency's newest, and the victim's own view."""

    standing: StandingGrade
    agreed: AgreedGrade | None
    agencies: tuple[AgencyGrade, ...]
    disagree: bool
    victim_view: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who opened the case on this laptop, or whose agency confirmed opening a referral of it."""

    name: str
    agency: str
    at: str


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """A half-filled form of this case."""

    id: str
    form: str
    title: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything one case screen shows. Lists never carry protected values; `records` is what editing needs."""

    header: CaseHeader
    grades: CaseGrades
    safe_contact: FieldView | None
    """The whole rule, its number included: show `contact` and open the number by an act of its own."""
    contact: SafeContact | None
    flags: tuple[Flag, ...] = ()
    parties: tuple[Party, ...] = ()
    incidents: tuple[RecordView, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    actions: tuple[Action, ...] = ()
    orders: tuple[ProtectiveOrder, ...] = ()
    notes: tuple[RecordView, ...] = ()
    call_notes: tuple[RecordView, ...] = ()
    disclosures: tuple[RecordView, ...] = ()
    referrals: tuple[ReferralView, ...] = ()
    consents: tuple[Consent, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    drafts: tuple[CaseDraft, ...] = ()
    conflicts: tuple[ConflictView, ...] = ()
    read_by: tuple[Reader, ...] = ()
    shared: tuple[SharedFile, ...] = ()
    records: Mapping[tuple[str, str], RecordView] = field(default_factory=dict)
    """(kind, record id) → the record, joined from the unit's file and the shared ones."""

    def record(self, kind: str, record_id: str) -> RecordView | None:
        """One record of this case."""
        return self.records.get((kind, record_id))


def step_of(*, incidents: int, assessments: int, open_actions: int, ended_actions: int) -> Step:
    """Which of the four steps comes next: what is missing first; all actions ended means following up."""
    if not incidents and not assessments:
        return "identify"
    if not assessments:
        return "assess"
    if open_actions or not ended_actions:
        return "act"
    return "follow_up"


def may_share(kind: str, name: str) -> bool:
    """Whether a field may ever be copied to partners: bookkeeping of the own unit stays inside."""
    return kind in SHAREABLE and not (kind == "case" and name in INSIDE_FIELDS)


def sort_rows(rows: Sequence[CaseRow], by: SortBy, *, descending: bool) -> list[CaseRow]:
    """Rows in order; ties by code name, then tag. An empty next date stands last whichever way the list runs."""
    ordered = sorted(rows, key=lambda row: (row.code_name, row.key.tag))
    match by:
        case "grade":
            ordered.sort(key=lambda row: row.grade.rank, reverse=descending)
        case "contested":
            ordered.sort(key=lambda row: row.contested, reverse=descending)
        case "next_due":
            dated = sorted((row for row in ordered if row.next_due), key=lambda row: row.next_due, reverse=descending)
            ordered = [*dated, *(row for row in ordered if not row.next_due)]
        case _:
            ordered.sort(key=lambda row: str(getattr(row, by)), reverse=descending)
    return ordered
