"""A case on screen: the unit's own file and the shared ones, field by field, each saying where it lives.

Nothing is written here. Sharing copies values and notes in the field `source` which of ours each came from, so that a
partner's newer value is told from our own older copy.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from desktop.model.record import FieldView, RecordView

SHARED_FIRST: frozenset[str] = frozenset({"safe_contact", "agreed_grade", "action", "referral", "referral_event"})
"""Kinds that live in the shared file as soon as there is one."""

SOURCE = "source"
COPIES = "copies"
"""Field made by joining: the ids of a write-once record's copies in shared files. Never written."""

Records = Mapping[tuple[str, str], RecordView]

Safer = Callable[[str, str, Sequence[Any]], Any]
"""(kind, field, values) → the value that stands by the field's order; None for a field without one."""


def follows(kind: str, field: str) -> bool:
    """Whether a field goes where partners hold its record: a step of the now card helps only if both see it taken."""
    return kind == "flag" and field.startswith("step_")


@dataclass(frozen=True, slots=True)
class Sight:
    """One word in `source`: the unit's values that were seen (`of`), and the changes in which the copy was written."""

    of: frozenset[ValueId]
    written: frozenset[str]


def join(unit: Records, shared: Sequence[Records]) -> dict[tuple[str, str], RecordView]:
    """The records of one case. A copied write-once record is shown once, as the original."""
    joined = dict(unit)
    repeated: dict[tuple[str, str], list[str]] = {}
    theirs: dict[tuple[str, str], list[RecordView]] = {}
    for records in shared:
        for name, record in records.items():
            original = copied_from(record)
            if original is not None and original in unit:
                repeated.setdefault(original, []).append(record.id)
            else:
                theirs.setdefault(name, []).append(record)
    for name, found in theirs.items():
        joined[name] = _join_record(unit.get(name), found)
    for name, ids in repeated.items():
        record = joined[name]
        joined[name] = replace(record, fields={**record.fields, COPIES: FieldView(sorted(ids))})
    return joined


def names_of(record: RecordView) -> frozenset[str]:
    """Every id under which a write-once record is known: its own, its original's, its copies'."""
    original = copied_from(record)
    return frozenset({record.id, *map(str, record.several(COPIES)), *(original[1:] if original else ())})


def copied_from(record: RecordView) -> tuple[str, str] | None:
    """The (kind, id) of the record that this write-once record repeats, if it is a copy."""
    source = record.get(SOURCE)
    original = source.get("record") if isinstance(source, Mapping) else None
    return (record.kind, str(original)) if original else None


def sights(record: RecordView) -> dict[str, tuple[Sight, ...]]:
    """What each field of a shared record says it was written with sight of; words that cannot be read say nothing."""
    found: dict[str, tuple[Sight, ...]] = {}
    view = record.fields.get(SOURCE)
    for side in _sides(view) if view else ():
        carried = frozenset(cid for cid, _ in side.ids)
        for name, word in side.value.items() if isinstance(side.value, Mapping) else ():
            if isinstance(word, Mapping):
                written = frozenset(filter(None, map(_text, _items(word.get("as"))))) if "as" in word else carried
                of = frozenset(filter(None, map(_value_id, _items(word.get("of")))))
                found[str(name)] = (*found.get(str(name), ()), Sight(of, written))
    return found


def source_of(held: RecordView | None, seen: Mapping[str, tuple[Iterable[ValueId], Iterable[str] | None]]) -> Any:
    """The next value of `source`: what it said before, and for each field in `seen` the unit's value ids that were
    seen with the changes in which the copy was written (None: the change that carries this word).
    """
    kept = sights(held) if held else {}
    words = {
        name: {"of": sorted(map(list, sight.of)), "as": sorted(sight.written)} for name, (sight, *_) in kept.items()
    }
    for name, (of, written) in seen.items():
        words[name] = {"of": sorted(map(list, of))}
        if written is not None:
            words[name]["as"] = sorted(written)
    return words


def differing(unit: RecordView | None, shared: Sequence[RecordView]) -> dict[str, FieldView]:
    """The fields of one record on which its files differ though neither side was written with sight of the other."""
    return {name: view for name, view in _fields(unit, shared).items() if _spans_files(view, (unit, *shared))}


def _spans_files(view: FieldView, records: Sequence[RecordView | None]) -> bool:
    if not view.contested:
        return False
    alone = [record.fields.get(name) for record in records if record for name in record.fields]
    return not any(held is not None and set(view.shown_ids) <= set(held.shown_ids) for held in alone)


def _join_record(unit: RecordView | None, shared: Sequence[RecordView]) -> RecordView:
    return replace(unit or shared[0], fields=_fields(unit, shared))


def _fields(unit: RecordView | None, shared: Sequence[RecordView]) -> dict[str, FieldView]:
    kind = (unit or shared[0]).kind
    said = [(record, sights(record)) for record in shared]
    fields = dict(unit.fields) if unit else {}
    for name in dict.fromkeys(name for record in shared for name in record.fields):
        mine = unit.fields.get(name) if unit else None
        copies = [(record.fields[name], words.get(name, ())) for record, words in said if name in record.fields]
        if name == SOURCE:
            fields[name] = copies[0][0]
        elif mine is None or not (kind == "case" and name in INSIDE_FIELDS):  # each unit keeps books of its own
            fields[name] = _join_field(kind, name, mine, copies)
    return fields


def _join_field(
    kind: str, name: str, mine: FieldView | None, copies: Sequence[tuple[FieldView, Sequence[Sight]]]
) -> FieldView:
    """Ours while partners hold our copy or its elder; theirs where they wrote with sight of ours; else both."""
    written = [(view, words) for view, words in copies if not _as_we_left_it(view, words)]
    unseen = mine is not None and any(not _saw(mine, words) for _, words in written or copies)
    views = [view for view, _ in written]
    first = (views or [view for view, _ in copies])[0]
    if mine is not None and all(_says(view) == _says(mine) for view, _ in copies):
        return replace(first, inside=mine) if _shared_home(kind, name) and not mine.contested else mine
    if mine is not None and not written and (unseen or not _shared_home(kind, name)):
        return replace(mine, partners_hold_older=unseen)
    voices = [*([mine] if mine is not None and unseen else ()), *views]
    if len({frozenset(_says(view)) for view in voices}) > 1:
        return _both(kind, name, voices, mine)
    return replace(first, inside=mine)


def _both(kind: str, name: str, voices: Sequence[FieldView], mine: FieldView | None) -> FieldView:
    """What stands while files differ: the safer by the field's order, else nothing, until a person decides."""
    sides = {ids: side for view in voices for side in _sides(view) for ids in side.ids}
    values = [Value(value_id, side.value, (), Verdict.OK) for value_id, side in sides.items()]
    stands = standing(rule_of(kind).order(name), values)
    told = tuple(replace(sides[ids[0]], value=value, ids=ids) for value, ids in stands.alternatives)
    said = next((side for side in told if side.value == stands.value), None)
    latest = said or max(told, key=lambda side: side.at)
    return FieldView(
        value=stands.value,
        contested=True,
        alternatives=told,
        shown_ids=stands.shown_ids,
        author=said.author if said else "",
        unit=said.unit if said else "",
        at=latest.at,
        where="shared",
        inside=mine,
    )


def _shared_home(kind: str, name: str) -> bool:
    return kind in SHARED_FIRST or follows(kind, name)


def _saw(mine: FieldView, words: Sequence[Sight]) -> bool:
    """Whether what stands in a shared file was written with sight of what our file says now."""
    return any(word.of == frozenset(mine.shown_ids) for word in words)


def _as_we_left_it(view: FieldView, words: Sequence[Sight]) -> bool:
    """Whether nobody wrote in a shared file since our value was copied there."""
    cids = frozenset(cid for cid, _ in view.shown_ids)
    return any(cids == word.written for word in words)


def _says(view: FieldView) -> frozenset[str]:
    return frozenset(json.dumps(side.value, sort_keys=True, ensure_ascii=False) for side in _sides(view))


def _sides(view: FieldView) -> tuple[Alternative, ...]:
    if view.contested:
        return view.alternatives
    return (Alternative(view.value, view.shown_ids, view.author, view.unit, view.at, 0),)


def _items(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _value_id(value: Any) -> ValueId | None:
    match value:
        case [str(cid), int(place)]:
            return (cid, place)
    return None


def older_at_partners(joined: Records) -> tuple[tuple[str, str, str], ...]:
    """(kind, record, field) of the values that changed here after they were shared."""
    return tuple(
        (record.kind, record.id, name)
        for record in joined.values()
        for name, view in record.fields.items()
        if view.partners_hold_older
    )
