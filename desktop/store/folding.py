"""The fold on disk: which values are live, kept field by field as changes come, from here or from elsewhere.

The rule itself is `sync.merge.live_values` and nothing else; this module only brings it the values of the touched
fields and keeps its answer. What an ordinary edit does is plain without asking it, however long the history of its
field is: what its `over` names is replaced, itself it stands.

A write-once record is its change, so it has no values of its own; and as long as one change alone wrote an editable
record, that change is the record too (`whole`): its values are spread into rows when a second one names it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from desktop.store.database import Database
from desktop.store.keysets import among
from desktop.store.whole import Judged, Placed, RecordKey, Whole, by_record, find_whole, spread_rows
from sync.accept import Verdict
from sync.change import ValueId
from sync.merge import Value, live_values
from sync.records import Writing, rule_of
from sync.standing import standing

FieldKey = tuple[int, str]
"""(record row, field)."""

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
    touched = _write_values(database, _news(grouped, records, fresh), made)
    return Folded(records, *_settle(database, touched), fresh)


def refold_changes(database: Database, rows: Iterable[int], *, forget: Collection[int] = ()) -> Folded:
    """Fold again the fields of changes whose verdict is another now, inside the caller's transaction.

    The values of the changes `forget` (signed by nobody) are taken out first: what they named counts for nothing.
    """
    touched: dict[FieldKey, str] = {}
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
    _refold(database, touched)
    return Folded(records, *_settle(database, touched))


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


class _New(NamedTuple):
    """A value that comes now: its id, the row of its change, its content as JSON."""

    id: ValueId
    change: int
    content: bytes
    over: tuple[ValueId, ...]
    accepted: bool


def _news(
    grouped: _Grouped, records: Mapping[RecordKey, int], whole: Collection[int]
) -> dict[FieldKey, tuple[str, list[_New]]]:
    """The values of editable records but the whole ones, by field, with the record's kind."""
    news: dict[FieldKey, tuple[str, list[_New]]] = {}
    encode = msgspec.json.encode
    for item, sets in grouped:
        accepted = item.verdict is Verdict.OK
        for named, placed in sets.items():
            record = records[named]
            if record in whole or rule_of(named[1]).writing is Writing.WRITE_ONCE:
                continue
            for place, assign in placed:
                new = _New((item.cid, place), item.row, encode(assign.value), assign.over, accepted)
                news.setdefault((record, assign.field), (assign.kind, []))[1].append(new)
    return news


def _write_values(
    database: Database, news: Mapping[FieldKey, tuple[str, Sequence[_New]]], made: frozenset[int]
) -> dict[FieldKey, str]:
    """Write these values; returns the fields, with their kind, in which more than one value may stand now.

    The only value of a field of a record made just now needs no second look: nothing can have replaced it.
    """
    named = {key: {name for new in items for name in new.over} for key, (_, items) in news.items()}
    late = _late(database, news, named)
    touched = {key: kind for key, (kind, items) in news.items() if key[0] not in made or len(items) > 1}
    gone, doubtful = _replaced(database, {key: named[key] for key in touched if named[key]})
    history = {
        key: kind
        for key, kind in touched.items()
        if key in doubtful or any(not new.accepted or new.id[0] in late for new in news[key][1])
    }
    rows = [
        (
            *key,
            new.change,
            new.id[1],
            int(new.accepted and key not in history and new.id not in named[key]),
            new.content,
            msgspec.json.encode(new.over) if new.over else None,
        )
        for key, (_, items) in news.items()
        for new in items
    ]
    if rows:
        database.executemany(
            "INSERT INTO value (record, field, change, place, live, content, over) VALUES (?, ?, ?, ?, ?, ?, ?)", rows
        )
    replaced = [(row,) for key, row in gone if key not in history]
    if replaced:
        database.executemany("UPDATE value SET live = 0 WHERE id = ?", replaced)
    _refold(database, history)
    return touched


def _late(
    database: Database, news: Mapping[FieldKey, tuple[str, Sequence[_New]]], named: Mapping[FieldKey, set[ValueId]]
) -> frozenset[str]:
    """Those of the changes that come now which something here has named already; what is named now and not here yet
    is noted as awaited.
    """
    over = {cid for names in named.values() for cid, _ in names}
    if over:
        held = database.query("SELECT cid FROM change WHERE cid IN (SELECT value FROM json_each(?))", (among(over),))
        missing = over.difference(row[0] for row in held)
        if missing:
            database.executemany("INSERT OR IGNORE INTO awaited (cid) VALUES (?)", [(cid,) for cid in sorted(missing)])
    coming = {new.id[0] for _, items in news.values() for new in items}
    rows = database.query("SELECT cid FROM awaited WHERE cid IN (SELECT value FROM json_each(?))", (among(coming),))
    late = frozenset(row[0] for row in rows)
    if late:
        database.executemany("DELETE FROM awaited WHERE cid = ?", [(cid,) for cid in sorted(late)])
    return late


def _replaced(
    database: Database, named: Mapping[FieldKey, set[ValueId]]
) -> tuple[list[tuple[FieldKey, int]], frozenset[FieldKey]]:
    """The rows of the standing values that are named in their own field, and the fields in which something is named
    that was not accepted: what that had replaced is replaced too.
    """
    if not named:
        return [], frozenset()
    rows = database.query(
        "SELECT v.record, v.field, c.cid, v.place, c.verdict, v.id, v.live FROM json_each(?) k"
        " CROSS JOIN change c ON c.cid = k.value ->> 0"
        " CROSS JOIN value v ON v.change = c.id AND v.place = k.value ->> 1",
        (among({name for names in named.values() for name in names}),),
    )
    gone: list[tuple[FieldKey, int]] = []
    doubtful: set[FieldKey] = set()
    for record, name, cid, place, verdict, row, live in rows:
        key = (record, name)
        if (cid, place) not in named.get(key, ()):
            continue  # of another field: it has no effect there
        if verdict != Verdict.OK:
            doubtful.add(key)
        elif live:
            gone.append((key, row))
    return gone, frozenset(doubtful)


def _refold(database: Database, touched: Mapping[FieldKey, str]) -> None:
    """Ask `live_values` about each touched field, with its whole history, and keep the answer."""
    if not touched:
        return
    flips: list[tuple[int, int]] = []
    for rows in _held_values(database, touched).values():
        ids = {value.id for value in live_values(value for value, _, _ in rows)}
        flips.extend((int(value.id in ids), row) for value, row, was in rows if (value.id in ids) != was)
    if flips:
        database.executemany("UPDATE value SET live = ? WHERE id = ?", flips)


def _settle(database: Database, touched: Mapping[FieldKey, str]) -> tuple[int, frozenset[int]]:
    """Note in which of the touched fields people have to decide; returns how many became contested, and the records
    in which any became so or was settled.
    """
    if not touched:
        return 0, frozenset()
    live: dict[FieldKey, list[Value]] = {}
    for record, name, cid, place, content in database.query(
        "SELECT v.record, v.field, c.cid, v.place, v.content FROM json_each(?) k"
        " CROSS JOIN value v INDEXED BY value_live"
        " ON v.record = k.value ->> 0 AND v.field = k.value ->> 1 AND v.live = 1"
        " CROSS JOIN change c ON c.id = v.change",
        (among(touched),),
    ):
        live.setdefault((record, name), []).append(Value((cid, place), msgspec.json.decode(content), (), Verdict.OK))
    contested = [
        key
        for key, values in live.items()
        if len(values) > 1 and standing(rule_of(touched[key]).order(key[1]), values).contested
    ]
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


def _held_values(database: Database, touched: Mapping[FieldKey, str]) -> dict[FieldKey, list[_Held]]:
    """Every value of the touched fields, without contents: (value, row, was live)."""
    held: dict[FieldKey, list[_Held]] = {}
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


def _over(raw: bytes | None) -> tuple[ValueId, ...]:
    return msgspec.json.decode(raw, type=tuple[ValueId, ...]) if raw else ()
