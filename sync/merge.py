"""The fold: which values of a field are live, as a function of the set of changes.

Order, duplication and batching change nothing; there is no clock and no parent; nothing waits for a missing change
(sync.md §2). What stands while several values are live is `sync.standing`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sync.accept import Verdict
from sync.change import Change, ValueId, record_id

FieldKey = tuple[str, str, str, str]
"""(tag, kind, record, field)."""


@dataclass(frozen=True)
class Value:
    """One assignment as the fold sees it: its id, its content, what it replaced, and the verdict on its change."""

    id: ValueId
    value: Any
    over: tuple[ValueId, ...]
    verdict: Verdict


def values_of(change: Change, cid: str, verdict: Verdict) -> Iterator[tuple[FieldKey, Value]]:
    """Spread a change into its field values."""
    for index, assign in enumerate(change.set):
        key = (change.tag, assign.kind, record_id(assign, cid), assign.field)
        yield key, Value((cid, index), assign.value, assign.over, verdict)


def live_values(values: Iterable[Value]) -> tuple[Value, ...]:
    """The accepted values of ONE field that no accepted value of the same field replaced, ordered by id.

    An accepted `over` that names a value which is not accepted also counts for what that value had replaced, and so
    on: what the writer saw replaced must not come back beside the replacement. Ids of other fields have no effect,
    because only this field's values are looked at.
    """
    known: Mapping[ValueId, Value] = {value.id: value for value in values}
    replaced: set[ValueId] = set()
    waiting = [over for value in known.values() if value.verdict is Verdict.OK for over in value.over]
    while waiting:
        target = waiting.pop()
        if target in replaced:
            continue
        replaced.add(target)
        through = known.get(target)
        if through is not None and through.verdict is not Verdict.OK:
            waiting.extend(through.over)
    live = (value for value in known.values() if value.verdict is Verdict.OK and value.id not in replaced)
    return tuple(sorted(live, key=lambda value: value.id))


def fold(changes: Iterable[tuple[Change, str, Verdict]]) -> dict[FieldKey, tuple[Value, ...]]:
    """The whole state of a set of judged changes: every field with its live values; settled fields have one."""
    fields: dict[FieldKey, list[Value]] = {}
    for change, cid, verdict in changes:
        for key, value in values_of(change, cid, verdict):
            fields.setdefault(key, []).append(value)
    folded = {key: live_values(values) for key, values in fields.items()}
    return {key: live for key, live in folded.items() if live}
