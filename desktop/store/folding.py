"""The fold on disk: which values are live, kept field by field as changes come, from here or from elsewhere.

The rule itself is `sync.merge.live_values` and nothing else; this module only brings it the values of the touched
fields and keeps its answer. A write-once record is its change, so it has no values of its own; and as long as one
change alone wrote an editable record, that change is the record too (`whole`): its values are spread into rows when a
second one names it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from desktop.store.database import Database
from desktop.store.keysets import among
from desktop.store.whole import Judged, Placed, RecordKey, Whole, by_record, find_whole, spread_rows
from sync.accept import Verdict
from sync.change import ValueId
from sync.merge import Value, live_values
from sync.records import Writing, rule_of
from sync.standing import standing

_Grouped = Sequence[tuple[Judged, Mapping[RecordKey, Sequence[Placed]]]]


@dataclass(frozen=True)
class Folded:
    """What a batch touched: the records (row ids) by file, and how many fields became contested."""

    records: Mapping[RecordKey, int]
    contested_new: int = 0
    disputes: frozenset[int] = frozenset()
    """Records in which a field became contested or was settled."""
    whole: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """Of records that one accepted change of this batch wrote, and nothing else: the fields with their values."""

    def __or__(self, other: "Folded") -> "Folded":
        touched = other.records.values()
        whole = {row: fields for row, fields in self.whole.items() if row not in touched}
        return Folded(
            {**self.records, **other.records},
            self.contested_new + other.contested_new,
            self.disputes | other.disputes,
            {**whole, **other.whole},
        )

    @property
    def tags(self) -> frozenset[int]:
        """The files (row ids) that were touched."""
        return frozenset(key[0] for key in self.records)

    @property
    def disputed_tags(self) -> frozenset[int]:
        """The files in which something became contested or was settled."""
        return frozenset(key[0] for key, row in self.records.items() if row in self.disputes)

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(key[1] for key in self.records)


def next_row(database: Database, table: str) -> int:
    """The first free row id of a table: rows of a batch are numbered here, so that one statement writes them all."""
    return int(database.value(f"SELECT coalesce(max(id), 0) FROM {table}")) + 1  # noqa: S608  a name of our own schema


def fold_in(database: Database, judged: Sequence[Judged]) -> Folded:
    """Add changes to the folded state, inside the caller's transaction. Each change comes here once."""
    grouped = by_record(judged)
    whole = find_whole(database, grouped)
    records, made = _records(database, grouped, whole)
    fresh = {records[key]: fields for key, (_, fields) in whole.items() if records[key] in made}
    spread_rows(database, [row for row in records.values() if row not in made])
    touched = _write_values(database, grouped, records, made, fresh)
    return Folded(records, *_refold(database, touched), fresh)


def refold_changes(database: Database, rows: Iterable[int], *, forget: Collection[int] = ()) -> Folded:
    """Fold again the fields of changes whose verdict is another now, inside the caller's transaction.

    The values of the changes `forget` (signed by nobody) are taken out first: what they named counts for nothing.
    """
    touched: dict[tuple[int, str], str] = {}
    records: dict[RecordKey, int] = {}
    keys = among({*rows, *forget})
    for row in database.query(
        "SELECT DISTINCT r.id, v.field, r.kind, r.tag, r.rid FROM value v JOIN record r ON r.id = v.record"
        " WHERE v.change IN (SELECT value FROM json_each(?))",
        (keys,),
    ):
        touched[row[0], row[1]] = row[2]
        records[row[3], row[2], row[4]] = row[0]
    for row in database.query(
        "SELECT id, kind, tag, rid FROM record WHERE once IN (SELECT value FROM json_each(?))", (keys,)
    ):
        records[row[2], row[1], row[3]] = row[0]
    if forget:
        spread_rows(database, list(records.values()))
        database.executemany("DELETE FROM value WHERE change = ?", [(row,) for row in forget])
    return Folded(records, *_refold(database, touched))


def _records(
    database: Database, grouped: _Grouped, whole: Mapping[RecordKey, Whole]
) -> tuple[dict[RecordKey, int], frozenset[int]]:
    """The rows of every record that the changes name, and which of them were made just now."""
    once: dict[RecordKey, int | None] = {}
    for item, sets in grouped:
        for key, placed in sets.items():
            if rule_of(key[1]).writing is Writing.WRITE_ONCE and any(assign.record is None for _, assign in placed):
                once[key] = item.row  # also where something before it in this batch named the record already
            else:
                once.setdefault(key, None)
    rows = database.query(
        "SELECT r.tag, r.kind, r.rid, r.id FROM json_each(?) k CROSS JOIN record r"
        " ON r.tag = k.value ->> 0 AND r.kind = k.value ->> 1 AND r.rid = k.value ->> 2",
        (among(once),),
    )
    found: dict[RecordKey, int] = {(row[0], row[1], row[2]): row[3] for row in rows}
    first = next_row(database, "record")
    missing = [key for key in once if key not in found]
    made = [(first + index, *key, whole[key][0] if key in whole else once[key]) for index, key in enumerate(missing)]
    if made:
        database.executemany("INSERT INTO record (id, tag, kind, rid, once) VALUES (?, ?, ?, ?, ?)", made)
    known = [(once[key], row) for key, row in found.items() if once[key] is not None]
    if known:  # someone named the record before its founding change arrived
        database.executemany("UPDATE record SET once = ? WHERE id = ?", known)
    found.update({row[1:4]: row[0] for row in made})
    return found, frozenset(row[0] for row in made)


def _write_values(
    database: Database,
    grouped: _Grouped,
    records: Mapping[RecordKey, int],
    made: frozenset[int],
    whole: Collection[int],
) -> dict[tuple[int, str], str]:
    """Write the values of editable records but the whole ones; returns the fields to be folded again, with their kind.

    The only value of a field of a record made just now needs no second look: nothing can have replaced it.
    """
    fields: dict[tuple[int, str], int] = {}
    kinds: dict[tuple[int, str], str] = {}
    rows: list[tuple[Any, ...]] = []
    encode = msgspec.json.encode
    for item, sets in grouped:
        accepted = int(item.verdict is Verdict.OK)
        for named, placed in sets.items():
            record = records[named]
            if record in whole or rule_of(named[1]).writing is Writing.WRITE_ONCE:
                continue
            live = accepted if record in made else 0
            for place, assign in placed:
                key = (record, assign.field)
                over = encode(assign.over) if assign.over else None
                fields[key] = fields.get(key, 0) + 1
                kinds[key] = assign.kind
                rows.append((record, assign.field, item.row, place, live, encode(assign.value), over))
    if rows:
        database.executemany(
            "INSERT INTO value (record, field, change, place, live, content, over) VALUES (?, ?, ?, ?, ?, ?, ?)", rows
        )
    return {key: kinds[key] for key, count in fields.items() if count > 1 or key[0] not in made}


def _refold(database: Database, touched: Mapping[tuple[int, str], str]) -> tuple[int, frozenset[int]]:
    """Ask `live_values` about each touched field and keep the answer; returns how many became contested, and the
    records in which any became so or was settled.
    """
    if not touched:
        return 0, frozenset()
    held = _held_values(database, touched)
    flips: list[tuple[int, int]] = []
    contested: list[tuple[int, str]] = []
    for key, rows in held.items():
        live = live_values(value for value, _, _ in rows)
        ids = {value.id for value in live}
        flips.extend((int(value.id in ids), row) for value, row, was in rows if (value.id in ids) != was)
        if (
            len(live) > 1
            and standing(rule_of(touched[key]).order(key[1]), _with_content(database, live, rows)).contested
        ):
            contested.append(key)
    if flips:
        database.executemany("UPDATE value SET live = ? WHERE id = ?", flips)
    return _keep_contested(database, list(touched), contested)


def _keep_contested(
    database: Database, touched: Sequence[tuple[int, str]], contested: Sequence[tuple[int, str]]
) -> tuple[int, frozenset[int]]:
    rows = database.query(
        "SELECT c.record, c.field FROM json_each(?) k CROSS JOIN contested c"
        " ON c.record = k.value ->> 0 AND c.field = k.value ->> 1",
        (among(touched),),
    )
    before = {(row[0], row[1]) for row in rows}
    settled = before.difference(contested)
    opened = [key for key in contested if key not in before]
    if settled:
        database.executemany("DELETE FROM contested WHERE record = ? AND field = ?", list(settled))
    if opened:
        database.executemany("INSERT INTO contested (record, field) VALUES (?, ?)", opened)
    return len(opened), frozenset(record for record, _ in (*settled, *opened))


_Held = tuple[Value, int, bool]


def _held_values(database: Database, touched: Mapping[tuple[int, str], str]) -> dict[tuple[int, str], list[_Held]]:
    """Every value of the touched fields, without contents: (value, row, was live)."""
    held: dict[tuple[int, str], list[_Held]] = {}
    rows = database.query(
        "SELECT v.record, v.field, c.cid, v.place, v.over, c.verdict, v.id, v.live FROM json_each(?) k"
        " CROSS JOIN value v ON v.record = k.value ->> 0 AND v.field = k.value ->> 1"
        " CROSS JOIN change c ON c.id = v.change",
        (among(touched),),
    )
    for record, name, cid, place, over, verdict, row, was in rows:
        value = Value((cid, place), None, _over(over), Verdict(verdict))
        held.setdefault((record, name), []).append((value, row, bool(was)))
    return held


def _with_content(database: Database, live: Sequence[Value], rows: Sequence[_Held]) -> list[Value]:
    """The live values with what they say, for the question whether they differ."""
    row_of = {value.id: row for value, row, _ in rows}
    wanted = [row_of[value.id] for value in live]
    rows_found = database.query(
        "SELECT id, content FROM value WHERE id IN (SELECT value FROM json_each(?))", (among(wanted),)
    )
    found = {row[0]: msgspec.json.decode(row[1]) for row in rows_found}
    return [Value(value.id, found[row_of[value.id]], value.over, value.verdict) for value in live]


def _over(raw: bytes | None) -> tuple[ValueId, ...]:
    return msgspec.json.decode(raw, type=tuple[ValueId, ...]) if raw else ()
