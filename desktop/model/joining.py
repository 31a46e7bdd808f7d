"""A case on screen: the unit's own file and the shared ones, field by field, each saying where it lives.

Nothing is written here. Whoever writes a field of a shared file with sight of the unit's own value says so in the
field `source`: which of ours it was, and in which changes the copy was written. So a partner's newer value is told
from our own older copy. Where both sides wrote without sight of each other neither is hidden: the field is contested.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from desktop.model.case import INSIDE_FIELDS
from desktop.model.protection import is_marked
from desktop.model.record import Alternative, FieldView, RecordView, ValueId

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
    """One word in `source`: a unit's values that were seen (`of`), and the changes in which the copy was written."""

    by: str
    of: frozenset[ValueId]
    written: frozenset[str]


def join(unit: Records, shared: Sequence[Records], safer: Safer) -> dict[tuple[str, str], RecordView]:
    """The records of one case. A write-once record that our unit copied is shown once, as the original."""
    joined = dict(unit)
    repeated: dict[tuple[str, str], list[str]] = {}
    theirs: dict[tuple[str, str], list[RecordView]] = {}
    for records in shared:
        for name, record in records.items():
            original = copied_from(record)
            if original is not None and original in unit and _repeats(unit[original], record):
                repeated.setdefault(original, []).append(record.id)
            else:
                theirs.setdefault(name, []).append(record)
    for name, found in theirs.items():
        joined[name] = replace(unit.get(name) or found[0], fields=_fields(unit.get(name), found, safer))
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
        for name, words in side.value.items() if isinstance(side.value, Mapping) else ():
            told = tuple(_sight(word, carried) for word in _items(words) if isinstance(word, Mapping))
            found[str(name)] = (*found.get(str(name), ()), *told)
    return found


def _sight(word: Mapping[str, Any], carried: frozenset[str]) -> Sight:
    written = frozenset(filter(None, map(_text, _items(word["as"])))) if "as" in word else carried
    return Sight(_text(word.get("by")), frozenset(filter(None, map(_value_id, _items(word.get("of"))))), written)


def source_of(
    held: RecordView | None, by: str, seen: Mapping[str, tuple[Iterable[ValueId], Iterable[str] | None]]
) -> dict[str, list[dict[str, Any]]]:
    """The next value of `source`: what it said before, and for each field in `seen` the value ids of unit `by` that
    were seen with the changes in which the copy was written (None: the change that carries this word).
    """
    words = {
        name: [{"by": one.by, "of": sorted(map(list, one.of)), "as": sorted(one.written)} for one in found]
        for name, found in (sights(held) if held else {}).items()
    }
    for name, (of, written) in seen.items():
        word = {"by": by, "of": sorted(map(list, of))} | ({} if written is None else {"as": sorted(written)})
        words[name] = [*(one for one in words.get(name, ()) if one["by"] != by), word]
    return words


def differing(unit: RecordView | None, shared: Sequence[RecordView], safer: Safer) -> dict[str, FieldView]:
    """The fields of one record on which its files differ though neither side was written with sight of the other."""
    records = [record for record in (unit, *shared) if record is not None]
    return {name: view for name, view in _fields(unit, shared, safer).items() if _spans_files(name, view, records)}


def _spans_files(name: str, view: FieldView, records: Sequence[RecordView]) -> bool:
    held = [set(record.fields[name].shown_ids) for record in records if name in record.fields]
    return view.contested and not any(set(view.shown_ids) <= ids for ids in held)


def _repeats(original: RecordView, record: RecordView) -> bool:
    """Whether a record that says it is a copy of ours is one: anybody may write the word, so it alone hides nothing."""
    said = {name: says(view) for name, view in record.fields.items() if name != SOURCE}
    ours = {name: says(view) for name, view in original.fields.items()}
    return record.unit == original.unit and said.items() <= ours.items()


def _fields(unit: RecordView | None, shared: Sequence[RecordView], safer: Safer) -> dict[str, FieldView]:
    kind = (unit or shared[0]).kind
    said = [(record, sights(record)) for record in shared]
    fields = dict(unit.fields) if unit else {}
    for name in dict.fromkeys(name for record in shared for name in record.fields):
        mine = unit.fields.get(name) if unit else None
        copies = [(record.fields[name], words.get(name, ())) for record, words in said if name in record.fields]
        if name == SOURCE:
            fields[name] = copies[0][0]
        elif mine is None or not (kind == "case" and name in INSIDE_FIELDS):  # each unit keeps books of its own
            fields[name] = _Field(kind, name, mine, copies).joined(safer)
    return fields


@dataclass(frozen=True, slots=True)
class _Field:
    """One field in the files of a case: the unit's own value, and each shared file's with what it says it saw."""

    kind: str
    name: str
    mine: FieldView | None
    copies: Sequence[tuple[FieldView, Sequence[Sight]]]

    def joined(self, safer: Safer) -> FieldView:
        """Ours while partners hold our copy or its elder; theirs where they wrote with sight of ours; else both."""
        mine, views = self.mine, [view for view, _ in self.copies]
        written = [view for view, words in self.copies if mine is None or not _as_we_left_it(mine, view, words)]
        if mine is None:
            return self._one_or_both(views, safer)
        if all(says(view) == says(mine) for view in views):
            shown = replace(views[0], inside=mine) if self._shared_home and not mine.contested else mine
            return replace(
                shown, shown_ids=tuple(sorted({*mine.shown_ids, *(i for view in views for i in view.shown_ids)}))
            )
        judged = [(view, words) for view, words in self.copies if view in written or not written]
        unseen = any(not self._saw(mine, view, words, safer) for view, words in judged)
        if written:
            return self._one_or_both([mine, *written] if unseen else written, safer)
        if not unseen:  # written by our unit, in the shared file, with sight of ours
            return self._one_or_both([view for view in views if says(view) != says(mine)], safer)
        stands = safer(self.kind, self.name, [mine.value, *(view.value for view in views)])
        if self._shared_home and stands is not None and stands != mine.value:
            return self._both([mine, *views], safer)  # ours is newer and looser: people decide
        ids = [name for view in views for name in view.shown_ids] if self._shared_home else []
        return replace(mine, partners_hold_older=True, shown_ids=(*mine.shown_ids, *ids))

    @property
    def _shared_home(self) -> bool:
        return self.kind in SHARED_FIRST or follows(self.kind, self.name)

    def _saw(self, mine: FieldView, theirs: FieldView, words: Sequence[Sight], safer: Safer) -> bool:
        """Whether what stands in a shared file was written with sight of what our file says now.

        Nobody takes a mark of ours away by writing over its copy: that needs people who see both.
        """
        if is_marked(mine.value) and theirs.value is False and safer(self.kind, self.name, [False, True]) is True:
            return False
        return any(word.of == frozenset(mine.shown_ids) for word in words)

    def _one_or_both(self, views: Sequence[FieldView], safer: Safer) -> FieldView:
        if len({says(view) for view in views}) > 1:
            return self._both(views, safer)
        return views[0] if self.mine is None else replace(views[-1], inside=self.mine)

    def _both(self, views: Sequence[FieldView], safer: Safer) -> FieldView:
        """What stands while files differ: the safer by the field's order, else nothing, until a person decides."""
        groups: dict[str, list[Alternative]] = {}
        for side in (side for view in views for side in _sides(view)):
            groups.setdefault(_canonical(side.value), []).append(side)
        sides = [
            replace(group[0], ids=tuple(sorted(name for side in group for name in side.ids)))
            for group in groups.values()
        ]
        value = safer(self.kind, self.name, [side.value for side in sides])
        said = next((side for side in sides if side.value == value), None)
        return FieldView(
            value=value,
            contested=True,
            alternatives=tuple(sides),
            shown_ids=tuple(sorted(name for side in sides for name in side.ids)),
            author=said.author if said else "",
            unit=said.unit if said else "",
            at=said.at if said else max(side.at for side in sides),
            where="shared",
            inside=self.mine,
        )


def _as_we_left_it(mine: FieldView, theirs: FieldView, words: Sequence[Sight]) -> bool:
    """Whether nobody wrote in a shared file since our unit copied its value there."""
    ours = {side.unit for side in _sides(mine)}
    cids = frozenset(cid for cid, _ in theirs.shown_ids)
    return all(side.unit in ours for side in _sides(theirs)) and any(cids == word.written for word in words)


def says(view: FieldView) -> frozenset[str]:
    """What a field says, each value in dispute included: equal for two fields that say the same."""
    return frozenset(_canonical(side.value) for side in _sides(view))


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


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
