"""Records as screens see them, read from the folded state: every field with what stands, its author and alternatives.

Which values are live was settled when they were folded; this only puts them into words of `desktop.model.record`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from desktop.model.record import Alternative, CaseKey, FieldView, RecordView, Where
from desktop.store.database import Database
from desktop.store.keysets import among
from desktop.store.packing import read_change
from desktop.store.seat import SeatIdentity
from desktop.store.whole import assigned
from sync.accept import Verdict
from sync.change import Change, ValueId
from sync.merge import Value
from sync.records import rule_of
from sync.standing import standing

Records = dict[tuple[str, str], RecordView]
"""(kind, record id) → record, of one file."""

_Live = tuple[Any, ValueId, str, str, int]
"""(value, id, seat, claimed time, how far the writer had read)."""

_BY_ROW = "r.id IN (SELECT value FROM json_each(:keys))"
_BY_TAG = "r.tag IN (SELECT value FROM json_each(:keys))"
_BY_KIND = "r.tag IN (SELECT value FROM json_each(:keys)) AND r.kind IN (SELECT value FROM json_each(:kinds))"

_EDITABLE = """
    SELECT r.tag, r.kind, r.rid, v.field, v.content, c.cid, v.place, c.seat, c.at, c.seen
      FROM record r JOIN value v INDEXED BY value_live ON v.record = r.id AND v.live = 1
      JOIN change c ON c.id = v.change
     WHERE {}
"""
_BY_ONE_CHANGE = """
    SELECT r.tag, r.kind, r.rid, c.cid, c.seat, c.at, c.seen, c.body
      FROM record r JOIN change c ON c.id = r.once AND c.verdict = 'ok'
     WHERE {}
"""
_FOUNDERS = """
    SELECT r.tag, r.kind, r.rid, c.seat, c.at, min(c.at || c.cid)
      FROM record r JOIN value v ON v.record = r.id JOIN change c ON c.id = v.change AND c.verdict = 'ok'
     WHERE {} GROUP BY r.id
"""


class Reading:
    """Reads the records of files. Writes nothing."""

    def __init__(self, database: Database, seat: SeatIdentity) -> None:
        self._database = database
        self._seat = seat

    def records(
        self, tags: Mapping[int, CaseKey], kinds: Collection[str] | None = None, *, founders: bool = False
    ) -> dict[int, Records]:
        """The records of these files (row → where it lives), of some kinds or all.

        With `founders` each record says who wrote it first; without, who wrote one of its standing values first.
        """
        found: dict[int, Records] = {tag: {} for tag in tags}
        narrowed, parameters = _BY_TAG, {"keys": among(tags)}
        if kinds is not None:
            narrowed, parameters = _BY_KIND, {"keys": among(tags), "kinds": among(kinds)}
        self._editable(tags, narrowed, parameters, found)
        self._by_one_change(tags, narrowed, parameters, found)
        if founders:
            self._founders(narrowed, parameters, found)
        return found

    def one(self, tag: int, kind: str, record: str) -> RecordView | None:
        """One record of one file; None where nothing of it is live."""
        row = self._database.value("SELECT id FROM record WHERE tag = ? AND kind = ? AND rid = ?", (tag, kind, record))
        return None if row is None else self.record_rows((int(row),)).get(int(row))

    def record_rows(self, rows: Collection[int]) -> dict[int, RecordView]:
        """The records with these row ids; those of which nothing is live are left out."""
        wanted = {"keys": among(rows)}
        owners = {
            row[0]: (row[1], (row[2], row[3]), CaseKey(row[4], row[5]))
            for row in self._database.query(
                "SELECT r.id, r.tag, r.kind, r.rid, s.space, t.tag FROM record r JOIN tag t ON t.id = r.tag"
                " JOIN space s ON s.id = t.space WHERE r.id IN (SELECT value FROM json_each(:keys))",
                wanted,
            )
        }
        by_tag: dict[int, Records] = {tag: {} for tag, _, _ in owners.values()}
        keys = {tag: key for tag, _, key in owners.values()}
        self._editable(keys, _BY_ROW, wanted, by_tag)
        self._by_one_change(keys, _BY_ROW, wanted, by_tag)
        return {row: by_tag[tag][name] for row, (tag, name, _) in owners.items() if name in by_tag[tag]}

    def _editable(
        self, tags: Mapping[int, CaseKey], where: str, parameters: dict[str, str], found: dict[int, Records]
    ) -> None:
        rows = self._database.query(_EDITABLE.format(where), parameters)
        grouped: dict[tuple[int, str, str], dict[str, list[_Live]]] = {}
        decode = msgspec.json.decode
        for tag, kind, rid, name, content, cid, place, seat, at, seen in rows:
            fields = grouped.setdefault((tag, kind, rid), {})
            fields.setdefault(name, []).append((decode(content), (cid, place), seat, at, seen))
        for (tag, kind, rid), fields in grouped.items():
            found[tag][kind, rid] = self._record(tags[tag], kind, rid, fields)

    def _by_one_change(
        self, tags: Mapping[int, CaseKey], where: str, parameters: dict[str, str], found: dict[int, Records]
    ) -> None:
        change_read: dict[str, Change] = {}
        for tag, kind, rid, cid, seat, at, seen, body in self._database.query(_BY_ONE_CHANGE.format(where), parameters):
            if cid not in change_read:  # of a change that wrote several records each is asked for
                change_read = {cid: read_change(body)}
            fields: dict[str, list[_Live]] = {}
            for place, assign in assigned(change_read[cid], cid, kind, rid):
                fields.setdefault(assign.field, []).append((assign.value, (cid, place), seat, at, seen))
            found[tag][kind, rid] = self._record(tags[tag], kind, rid, fields)

    def _founders(self, where: str, parameters: dict[str, str], found: dict[int, Records]) -> None:
        rows = self._database.query(_FOUNDERS.format(where), parameters)
        for tag, kind, rid, seat, at, _ in rows:
            record = found[tag].get((kind, rid))
            if record is not None:
                author, unit = self._seat.author(seat)
                found[tag][kind, rid] = replace(record, author=author, unit=unit, at=at)

    def _record(self, key: CaseKey, kind: str, rid: str, fields: Mapping[str, list[_Live]]) -> RecordView:
        where: Where = "shared" if self._seat.is_shared(key.space) else "unit"
        views = {name: self.field(kind, name, live, where) for name, live in fields.items()}
        # Of equal times the smaller id, as everywhere: which one came first here must not show.
        _, _, seat, at, _ = min(
            (live for field in fields.values() for live in field), key=lambda live: (live[3], live[1])
        )
        author, unit = self._seat.author(seat)
        return RecordView(kind, rid, key, views, author, unit, at, where)

    def field(self, kind: str, name: str, live: Sequence[_Live], where: Where) -> FieldView:
        """One field from its live values."""
        if len(live) == 1:
            value, value_id, seat, at, _ = live[0]
            author, unit = self._seat.author(seat)
            return FieldView(value, False, (), (value_id,), author, unit, at, where)
        stands = standing(rule_of(kind).order(name), [Value(item[1], item[0], (), Verdict.OK) for item in live])
        by_id = {item[1]: item for item in live}
        sides = tuple(self._alternative(value, ids, by_id[ids[0]]) for value, ids in stands.alternatives)
        said = next((side for side in sides if side.value == stands.value), None)
        return FieldView(
            value=stands.value,
            contested=stands.contested,
            alternatives=sides if stands.contested else (),
            shown_ids=stands.shown_ids,
            author=said.author if said else "",
            unit=said.unit if said else "",
            at=said.at if said else max(side.at for side in sides),
            where=where,
        )

    def _alternative(self, value: Any, ids: tuple[ValueId, ...], first: _Live) -> Alternative:
        author, unit = self._seat.author(first[2])
        return Alternative(value, ids, author, unit, first[3], first[4], first[2])


def safer(kind: str, name: str, values: Sequence[Any]) -> Any:
    """What stands of the values that the files of one case hold in a field; None for a field without an order."""
    return standing(
        rule_of(kind).order(name), [Value((f"{at:06}", 0), value, (), Verdict.OK) for at, value in enumerate(values)]
    ).value
