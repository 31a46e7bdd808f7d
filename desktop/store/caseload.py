"""The caseload: one row per case, kept with every write, listed, sorted and filtered in memory.

What a row says is `desktop.model.summary`'s to decide. Ten thousand rows are read once; after that only the touched
ones are read again.
"""

from collections.abc import Collection, Iterable
from dataclasses import MISSING, fields, replace
from typing import Any

import msgspec

from desktop.model.case import CaseloadQuery, CaseRow, sort_rows
from desktop.model.joining import join
from desktop.model.names import folded
from desktop.model.record import CaseKey
from desktop.model.summary import SUMMARY_KINDS, Surroundings, by_kind, summarise
from desktop.store.database import Database
from desktop.store.differences import Differences
from desktop.store.files import Files
from desktop.store.keysets import among
from desktop.store.reading import Reading, safer
from desktop.store.search import Search
from desktop.store.seat import SeatIdentity

_ENCODER = msgspec.json.Encoder()
_TAGS = msgspec.json.Decoder(list[int])
_LINES = msgspec.json.Decoder(list[CaseRow])
_UNSAID = {
    field.name: field.default if field.default_factory is MISSING else field.default_factory()
    for field in fields(CaseRow)
    if field.name != "updated_at" and (field.default, field.default_factory) != (MISSING, MISSING)
}
"""What a line leaves out, because it is so in most rows: less to read. `updated_at` is set in place."""

MOST_AT_ONCE = 5_000
"""Lines that are put together for one reading: it bounds what lies in memory twice."""

# The engine itself puts the lines together: a list of them costs as much as reading what they say.
_ALL_LINES = """
    SELECT max(tag), json_group_array(tag), '[' || group_concat(line, ',') || ']'
      FROM (SELECT tag, line FROM case_row WHERE tag > ? ORDER BY tag LIMIT ?)
"""
_SOME_LINES = """
    SELECT max(tag), json_group_array(tag), '[' || group_concat(line, ',') || ']'
      FROM case_row WHERE tag IN (SELECT value FROM json_each(?))
"""
# Asked for each file by itself, so that the index answers without reading all its changes.
_NEWEST = "SELECT k.value, (SELECT max(at) FROM change WHERE tag = k.value) FROM json_each(?) k"


class Caseload:
    """The table `case_row` and its rows in memory."""

    def __init__(self, database: Database, seat: SeatIdentity, files: Files, reading: Reading, search: Search) -> None:
        self._database = database
        self._seat = seat
        self._files = files
        self._reading = reading
        self._search = search
        self.differences = Differences(database, seat, reading)
        self._rows: dict[int, CaseRow] = {}
        self._stale: set[int] | None = None  # None: nothing was read yet

    def refresh(self, tags: Iterable[int]) -> frozenset[int]:
        """Write the rows of the cases these files belong to, inside the caller's transaction; returns the cases."""
        touched = frozenset(tags)
        cases = self._files.cases_of(touched)
        gone = sorted((touched | cases) - cases)
        lines = self._lines(cases) if cases else []
        written = {line[0] for line in lines}
        gone.extend(cases - written)
        if gone:
            self._database.executemany("DELETE FROM case_row WHERE tag = ?", [(tag,) for tag in gone])
        if lines:
            self._database.executemany(
                "INSERT INTO case_row (tag, line) VALUES (?, ?) ON CONFLICT (tag) DO UPDATE SET line = excluded.line",
                lines,
            )
        if self._stale is not None:
            self._stale.update(touched, cases)
        return cases

    def note_newer(self, tags: Iterable[int]) -> None:
        """Say that these files have newer changes, where nothing else in their rows can have moved."""
        touched = frozenset(tags)
        several = self._files.shared_of(self._files.cases_of(touched)) if touched else {}
        if several:  # an edit may have made the files of a case differ, or agree again
            self.refresh(several)
            touched -= frozenset(several).union(*several.values())
        newest = self._per_tag(_NEWEST, list(touched))
        cases = [(at, self._files.case_of(tag)) for tag, at in newest.items()]
        if not cases:
            return
        self._database.executemany(
            "UPDATE case_row SET line = json_replace(line, '$.updated_at', ?1)"
            " WHERE tag = ?2 AND line ->> '$.updated_at' < ?1",
            cases,
        )
        if self._stale is not None:
            self._stale.update(case for _, case in cases)

    def fitting(self, query: CaseloadQuery) -> list[CaseRow]:
        """The rows that fit, in order."""
        self._load()
        wanted = self._search.cases(query.text) if query.text.strip() else None
        words = folded(query.text).split()
        own = self._seat.seat.name if self._seat.seat else ""
        rows = [
            row
            for tag, row in self._rows.items()
            if _fits(row, query, own)
            and (wanted is None or tag in wanted or all(word in folded(row.code_name) for word in words))
        ]
        return self._marked(sort_rows(rows, query.sort, descending=query.descending))

    def row(self, tag: int) -> CaseRow | None:
        """The row of one case."""
        self._load()
        return self._rows.get(self._files.case_of(tag))

    def rows(self, tags: Collection[int]) -> dict[int, CaseRow]:
        """The rows of several files' cases, by the file's row."""
        self._load()
        found = {tag: self._rows.get(self._files.case_of(tag)) for tag in tags}
        return {tag: row for tag, row in found.items() if row is not None}

    def all_rows(self) -> dict[int, CaseRow]:
        """Every row, by the case's row id."""
        self._load()
        return self._rows

    def _load(self) -> None:
        if self._stale is None:
            last, self._rows = self._read(_ALL_LINES, (0, MOST_AT_ONCE))
            while last:
                last, rows = self._read(_ALL_LINES, (last, MOST_AT_ONCE))
                self._rows |= rows
        elif self._stale:
            for tag in self._stale:
                self._rows.pop(tag, None)
            self._rows |= self._read(_SOME_LINES, (among(self._stale),))[1]
        self._stale = set()

    def _read(self, sql: str, parameters: tuple[Any, ...]) -> tuple[int, dict[int, CaseRow]]:
        """The last case (row id) that was read, 0 when there was none, and the rows, decoded in one go."""
        row = self._database.one(sql, parameters)
        if row is None or row[0] is None:
            return 0, {}
        return row[0], dict(zip(_TAGS.decode(row[1]), _LINES.decode(row[2]), strict=True))

    def _marked(self, rows: list[CaseRow]) -> list[CaseRow]:
        """The rows with what only this laptop knows: half-filled forms, and how far the newest change has travelled."""
        stages: dict[int, str] = {}
        for tag, state in self._database.query(
            "SELECT coalesce(f.unit_tag, f.id), o.state FROM (SELECT DISTINCT tag, state FROM outbox) o"
            " JOIN tag f ON f.id = o.tag"
        ):
            stages[tag] = max(stages.get(tag, "server"), _STAGES[state], key=_LEAST_FAR.index)
        refs = self._database.query("SELECT DISTINCT case_ref FROM draft WHERE case_ref IS NOT NULL")
        drafts = {self._files.known(CaseKey.of(row[0])) for row in refs}
        # By the rows' identity: they are this object's own, and hashing ten thousand keys costs more than the answer.
        moved = {id(self._rows[tag]): tag for tag in {*stages, *drafts} if tag in self._rows}
        return [
            replace(row, draft=tag in drafts, stage=stages.get(tag, "server"))
            if (tag := moved.get(id(row))) is not None
            else row
            for row in rows
        ]

    def _lines(self, cases: Collection[int]) -> list[tuple[int, str]]:
        shared = self._files.shared_of(cases)
        tags = [*cases, *(tag for tags in shared.values() for tag in tags)]
        keys = self._files.keys(tags)
        records = self._reading.records(keys, SUMMARY_KINDS)
        updated = self._per_tag(_NEWEST, tags)
        contested = self._per_tag(
            "SELECT r.tag, count(*) FROM contested k CROSS JOIN record r ON r.id = k.record"
            " WHERE r.tag IN (SELECT value FROM json_each(?)) GROUP BY r.tag",
            tags,
        )
        apart = self.differences.of_cases(shared) if shared else {}
        lines: list[tuple[int, str]] = []
        for case in cases:
            parts = shared.get(case, ())
            joined = join(records[case], [records[tag] for tag in parts], safer) if parts else records[case]
            if not joined:
                continue
            around = Surroundings(
                agency=self._seat.agency,
                member=self._member,
                shared_with=self._shared_with(keys, case, parts),
                updated_at=max(updated.get(tag, "") for tag in (case, *parts)),
                contested=sum(contested.get(tag, 0) for tag in (case, *parts))
                + sum(len(record.fields) for record in apart.get(case, ())),
                where="shared" if self._seat.is_shared(keys[case].space) else "both" if parts else "unit",
            )
            lines.append((case, _line(summarise(keys[case], by_kind(joined), around))))
        return lines

    def _shared_with(self, keys: dict[int, CaseKey], case: int, parts: Iterable[int]) -> tuple[str, ...]:
        spaces = {keys[tag].space for tag in (case, *parts) if self._seat.is_shared(keys[tag].space)}
        return tuple(sorted({agency for space in spaces for agency in self._seat.agencies_in(space)}))

    def _member(self, word: str) -> str:
        return self._seat.members.get(word, word)

    def _per_tag(self, sql: str, tags: list[int]) -> dict[int, Any]:
        return {row[0]: row[1] for row in self._database.query(sql, (among(tags),)) if row[1] is not None}


def _line(row: CaseRow) -> str:
    said = {field.name: getattr(row, field.name) for field in fields(row)}
    told = {name: said[name] for name in said if name not in _UNSAID or said[name] != _UNSAID[name]}
    told.pop("grade_params", None)  # a list shows no more of a reason than its code
    return _ENCODER.encode(told).decode()


_STAGES = {"queued": "outbox", "sent": "sent", "acked": "server", "refused": "refused"}
_LEAST_FAR = ("server", "sent", "outbox", "refused")


def _fits(row: CaseRow, query: CaseloadQuery, own: str) -> bool:
    if query.statuses and row.status not in query.statuses:
        return False
    if query.grades and row.grade not in query.grades:
        return False
    if query.flags and not query.flags.intersection(row.flags):
        return False
    if query.contested_only and not row.contested:
        return False
    match query.scope:
        case "mine":
            led = row.lead_worker.split(" / ")
            return own in led or (row.where == "shared" and not row.lead_worker)
        case "shared":
            return row.where != "unit"
        case "unit":
            return True
