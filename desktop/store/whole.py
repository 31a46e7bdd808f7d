"""Records that one change wrote and nothing else has named yet: the change is the record, and no value has a row.

Most records are never edited, and a laptop that reads a log for the first time writes one row for each of them instead
of one for each of their fields. Leaves reading them to `reading`, the fold to `folding`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from desktop.store.database import Database
from desktop.store.keysets import among
from desktop.store.packing import read_change
from sync.accept import Verdict
from sync.change import Assign, Change, record_id
from sync.records import Order, Writing, rule_of

RecordKey = tuple[int, str, str]
"""(tag row, kind, record id)."""

Whole = tuple[int, Mapping[str, Any]]
"""(row of the change, its fields with their values)."""

Placed = tuple[int, Assign]
"""(index within the change's `set`, assignment)."""

MOST_SETS = 128
"""A change of more is read at once for each record in it, so its records are spread from the start."""

_LINKING = "link"
"""Found by its values, so it always has rows."""


@dataclass(frozen=True)
class Judged:
    """A change that lies in the table `change`: its row, its file's row, and the verdict on it."""

    row: int
    tag: int
    cid: str
    change: Change
    verdict: Verdict


def by_record(judged: Sequence[Judged]) -> list[tuple[Judged, dict[RecordKey, list[Placed]]]]:
    """What each change sets, by record."""
    grouped = []
    for item in judged:
        sets: dict[RecordKey, list[Placed]] = {}
        last: tuple[str, str | None] | None = None
        for placed in enumerate(item.change.set):
            assign = placed[1]
            if (assign.kind, assign.record) != last:
                last = (assign.kind, assign.record)
                current = sets.setdefault((item.tag, assign.kind, record_id(assign, item.cid)), [])
            current.append(placed)
        grouped.append((item, sets))
    return grouped


def find_whole(
    database: Database, grouped: Sequence[tuple[Judged, Mapping[RecordKey, Sequence[Placed]]]]
) -> dict[RecordKey, Whole]:
    """The records that one accepted change of this batch writes alone, each field once and over nothing.

    Whether they were there before is the caller's to ask. In files that make up a case together every record is
    spread: there values are compared.
    """
    joined = _joined(database, {item.tag for item, _ in grouped})
    whole: dict[RecordKey, Whole | None] = {}
    for item, sets in grouped:
        able = item.verdict is Verdict.OK and item.tag not in joined and len(item.change.set) <= MOST_SETS
        for key, placed in sets.items():
            fields = {assign.field: assign.value for _, assign in placed}
            alone = key not in whole and len(fields) == len(placed) and not any(assign.over for _, assign in placed)
            whole[key] = (item.row, fields) if able and alone and may_be_whole(key[1]) else None
    return {key: one for key, one in whole.items() if one is not None}


@cache
def may_be_whole(kind: str) -> bool:
    """Whether records of a kind may lie in their change alone: not where something asks for them by their values."""
    rule = rule_of(kind)
    return kind != _LINKING and rule.writing is not Writing.WRITE_ONCE and Order.PRESENT not in rule.orders.values()


def spread_rows(database: Database, rows: Collection[int]) -> None:
    """Give those of these records (rows) that are whole a row for each value, inside the caller's transaction."""
    if not rows:
        return
    found = [
        row
        for row in database.query(
            "SELECT r.id, r.kind, r.rid, c.id, c.cid, c.verdict, c.body FROM record r JOIN change c ON c.id = r.once"
            " WHERE r.id IN (SELECT value FROM json_each(?))",
            (among(rows),),
        )
        if rule_of(row[1]).writing is not Writing.WRITE_ONCE
    ]
    values = [
        (record, assign.field, change, place, int(verdict == Verdict.OK), msgspec.json.encode(assign.value))
        for record, kind, rid, change, cid, verdict, body in found
        for place, assign in assigned(read_change(body), cid, kind, rid)
    ]
    if found:
        database.executemany("UPDATE record SET once = NULL WHERE id = ?", [(row[0],) for row in found])
        database.executemany(
            "INSERT INTO value (record, field, change, place, live, content) VALUES (?, ?, ?, ?, ?, ?)", values
        )


def spread_files(database: Database, tags: Collection[int]) -> None:
    """As `spread_rows`, for every record of these files."""
    rows = database.query(
        "SELECT id FROM record WHERE once IS NOT NULL AND tag IN (SELECT value FROM json_each(?))", (among(tags),)
    )
    spread_rows(database, [row[0] for row in rows])


def assigned(change: Change, cid: str, kind: str, rid: str) -> list[Placed]:
    """What a change sets in one record."""
    return [
        (place, assign)
        for place, assign in enumerate(change.set)
        if assign.kind == kind and record_id(assign, cid) == rid
    ]


def _joined(database: Database, tags: Collection[int]) -> frozenset[int]:
    """Those of the files that make up a case with others."""
    rows = database.query(
        "SELECT t.id FROM tag t WHERE t.id IN (SELECT value FROM json_each(?))"
        " AND (t.unit_tag IS NOT NULL OR EXISTS (SELECT 1 FROM tag o WHERE o.unit_tag = t.id))",
        (among(tags),),
    )
    return frozenset(row[0] for row in rows)
