"""The timeline of a case: everything that happened, newest first, one line each, without protected values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from desktop.model.record import RecordView, Where

Filter = Literal["all", "incident", "shared"]

_TITLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "incident": ("timeline.incident", ("incident_kind", "on")),
    "assessment": ("timeline.assessment", ("tool", "grade")),
    "agreed_grade": ("timeline.agreed_grade", ("grade",)),
    "note": ("timeline.note", ("note_kind",)),
    "action": ("timeline.action", ("title", "state", "due")),
    "order": ("timeline.order", ("order_kind", "ends")),
    "referral": ("timeline.referral", ("to_unit", "urgency")),
    "referral_event": ("timeline.referral_event", ("state",)),
    "consent": ("timeline.consent", ("state", "recipient")),
    "disclosure": ("timeline.disclosure", ("recipient",)),
    "call_note": ("timeline.call_note", ("who",)),
    "resolution": ("timeline.resolution", ("of_kind", "of_field")),
    "flag": ("timeline.flag", ("label",)),
    "case": ("timeline.opened", ("code_name",)),
}
"""Which kinds are told, the code of the sentence, and which fields it may name."""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line: when (claimed), what, by whom, and where the item stands (`QueueStage` or "")."""

    at: str
    kind: str
    record: str
    title_code: str
    params: Mapping[str, str]
    author: str
    unit: str
    where: Where
    stage: str = ""
    contested: bool = False


def timeline(
    records: Iterable[RecordView], stages: Mapping[str, str] | None = None, only: Filter = "all"
) -> tuple[TimelineEntry, ...]:
    """The lines of a case, newest first; `stages` gives per record id how far it has travelled."""
    known = stages or {}
    lines = [_line(record, known.get(record.id, "")) for record in records if record.kind in _TITLES]
    if only != "all":
        lines = [line for line in lines if only in {line.kind, line.where}]
    return tuple(sorted(lines, key=lambda line: (line.at, line.record), reverse=True))


def _line(record: RecordView, stage: str) -> TimelineEntry:
    code, names = _TITLES[record.kind]
    values = record.plain()
    params = {name: str(values[name]) for name in names if values.get(name) is not None}
    return TimelineEntry(
        at=record.at,
        kind=record.kind,
        record=record.id,
        title_code=code,
        params=params,
        author=record.author,
        unit=record.unit,
        where=record.where,
        stage=stage,
        contested=bool(record.contested),
    )
