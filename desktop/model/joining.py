"""A case on screen: the unit's own file and the shared ones, field by field, each saying where it lives.

Nothing is written here. Sharing copies values and notes in the field `source` which of ours each came from, so that a
partner's newer value is told from our own older copy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from desktop.model.record import FieldView, RecordView

SHARED_FIRST: frozenset[str] = frozenset({"safe_contact", "agreed_grade", "action", "referral", "referral_event"})
"""Kinds that live in the shared file as soon as there is one."""

SOURCE = "source"
COPIES = "copies"
"""Field made by joining: the ids of a write-once record's copies in shared files. Never written."""

Records = Mapping[tuple[str, str], RecordView]


def follows(kind: str, field: str) -> bool:
    """Whether a field goes where partners hold its record: a step of the now card helps only if both see it taken."""
    return kind == "flag" and field.startswith("step_")


def join(unit: Records, shared: Sequence[Records]) -> dict[tuple[str, str], RecordView]:
    """The records of one case. A copied write-once record is shown once, as the original."""
    joined = dict(unit)
    repeated: dict[tuple[str, str], list[str]] = {}
    for records in shared:
        for name, record in records.items():
            original = copied_from(record)
            if original is not None and _repeats(record, joined.get(original)):
                repeated.setdefault(original, []).append(record.id)
                continue
            own = joined.get(name)
            joined[name] = record if own is None else _join_record(own, record)
    for name, ids in repeated.items():
        record = joined[name]
        joined[name] = replace(record, fields={**record.fields, COPIES: FieldView(sorted(ids))})
    return joined


def _repeats(copy: RecordView, original: RecordView | None) -> bool:
    """Whether a record says what its original says, by the same unit: nobody else's words may hide behind ours."""
    if original is None or copy.unit != original.unit:
        return False
    said = ((name, view.value) for name, view in copy.fields.items() if name != SOURCE)
    return all(name in original.fields and original.fields[name].value == value for name, value in said)


def names_of(record: RecordView) -> frozenset[str]:
    """Every id under which a write-once record is known: its own, its original's, its copies'."""
    original = copied_from(record)
    return frozenset({record.id, *map(str, record.several(COPIES)), *(original[1:] if original else ())})


def copied_from(record: RecordView) -> tuple[str, str] | None:
    """The (kind, id) of the record that this write-once record repeats, if it is a copy."""
    source = record.get(SOURCE)
    original = source.get("record") if isinstance(source, Mapping) else None
    return (record.kind, str(original)) if original else None


def _join_record(own: RecordView, theirs: RecordView) -> RecordView:
    if own.where == "shared":  # two shared files of one case: the first found is shown, the other's own fields added
        return replace(own, fields={**theirs.fields, **own.fields})
    source = theirs.get(SOURCE, {})
    sources: Mapping[str, Any] = source if isinstance(source, Mapping) else {}
    fields = dict(own.fields)
    for name, view in theirs.fields.items():
        mine = own.fields.get(name)
        if mine is None or follows(own.kind, name):
            fields[name] = replace(view, inside=mine)
        else:
            fields[name] = _join_field(own.kind, mine, view, sources.get(name))
    return replace(own, fields=fields)


def _join_field(kind: str, mine: FieldView, theirs: FieldView, source: Any) -> FieldView:
    """Ours while partners hold our copy or its elder; theirs once they wrote, with ours kept beside it."""
    if kind in SHARED_FIRST:
        return replace(theirs, inside=mine)
    if mine.value == theirs.value and not theirs.contested:
        return mine
    if not theirs.contested and theirs.unit == mine.unit and source is not None:
        return replace(mine, partners_hold_older=True)
    return replace(theirs, inside=mine)


def older_at_partners(joined: Records) -> tuple[tuple[str, str, str], ...]:
    """(kind, record, field) of the values that changed here after they were shared."""
    return tuple(
        (record.kind, record.id, name)
        for record in joined.values()
        for name, view in record.fields.items()
        if view.partners_hold_older
    )
