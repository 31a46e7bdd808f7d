"""Sharing chosen values of a case with named partners: a copy into the shared file, with where each came from.

Leaves whether it may be done (consent, another basis) to the caller's act and `desktop.model.consent`; burnt and
protected marks always travel with the values they stand over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.model.case import may_share
from desktop.model.joining import SOURCE
from desktop.model.protection import base_field, is_protected
from desktop.model.record import FieldView, RecordView
from sync.change import Assign
from sync.records import Writing, rule_of


@dataclass(frozen=True, slots=True)
class Chosen:
    """What to share of one record; empty `fields` means all of it that may be shared, save what is protected or burnt:
    that is shared only where it is named.
    """

    kind: str
    record: str
    fields: tuple[str, ...] = ()


def copies(records: Mapping[tuple[str, str], RecordView], chosen: Sequence[Chosen]) -> list[list[Assign]]:
    """The shared file's changes: one for each write-once record, the rest together, in which no field stands twice.

    What is not there, or may not leave the unit, is left out.
    """
    sets: list[Assign] = []
    whole: list[list[Assign]] = []
    for choice in _once_each(chosen):
        record = records.get((choice.kind, choice.record))
        if record is None:
            continue
        names = _names(record, choice)
        if rule_of(choice.kind).writing is Writing.WRITE_ONCE:
            whole.append(_whole(record, names))
        else:
            sets.extend(_fields(record, names))
    return [*_layers(sets), *whole]


def _layers(sets: Sequence[Assign]) -> list[list[Assign]]:
    """The assignments as changes that do not contradict themselves."""
    found: list[list[Assign]] = []
    depth: dict[tuple[str, str | None, str], int] = {}
    for assign in sets:
        name = (assign.kind, assign.record, assign.field)
        level = depth[name] = depth.get(name, -1) + 1
        if level == len(found):
            found.append([])
        found[level].append(assign)
    return found


def _once_each(chosen: Sequence[Chosen]) -> list[Chosen]:
    """One choice per record: a record named twice would be written twice in one change, and contest itself."""
    fields: dict[tuple[str, str], tuple[str, ...]] = {}
    for choice in chosen:
        name = (choice.kind, choice.record)
        whole = not choice.fields or fields.get(name) == ()
        fields[name] = () if whole else tuple(dict.fromkeys((*fields.get(name, ()), *choice.fields)))
    return [Chosen(kind, record, names) for (kind, record), names in fields.items()]


def _names(record: RecordView, choice: Chosen) -> list[str]:
    values = {name: view.value for name, view in record.fields.items()}
    wanted = set(choice.fields) or {name for name in record.fields if not is_protected(name, values)}
    for name in tuple(wanted):
        field = base_field(name)
        if field:
            wanted |= {mark for mark in (f"{field}_protected", f"{field}_burnt") if mark in record.fields}
    return sorted(name for name in wanted if name in record.fields and may_share(record.kind, name) and name != SOURCE)


def _whole(record: RecordView, names: Sequence[str]) -> list[Assign]:
    """A write-once record is repeated as one of the shared file, naming the original."""
    values = [Assign(record.kind, None, name, record.fields[name].value) for name in names]
    return [*values, Assign(record.kind, None, SOURCE, {"record": record.id})]


def _fields(record: RecordView, names: Sequence[str]) -> list[Assign]:
    """Every value in dispute is copied, so that partners see the same question, not one side of it."""
    return [Assign(record.kind, record.id, name, value) for name in names for value in _values(record.fields[name])]


def _values(view: FieldView) -> list[Any]:
    return [side.value for side in view.alternatives] if view.contested else [view.value]
