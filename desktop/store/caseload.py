"""The caseload: one row per case, kept with every write, listed, sorted and filtered in memory.

What a row says is `desktop.model.summary`'s to decide. Ten thousand rows are read once; after that only the touched
ones are read again.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, Literal

import msgspec

from desktop.model.case import CaseloadQuery, CaseRow, RowGrade, Step, sort_rows
from desktop.model.grade import Grade
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

_Line = tuple[
    str,  # space
    str,  # tag
    str,  # code name
    Grade,  # standing
    str,  # its reason
    dict[str, str],  # what the reason speaks of
    Grade,  # agreed
    tuple[tuple[str, Grade, str], ...],  # agency, grade, since when
    tuple[str, ...],  # flags
    str,  # lead worker
    str,  # status
    Step,
    int,  # contested
    str,  # next act
    str,  # when
    str,  # last change: see _UPDATED_AT
    tuple[str, ...],  # shared with
    Literal["unit", "shared", "both"],
]
"""A row as it lies in the table: its parts in this order, without names, so that thousands are read at once."""

_UPDATED_AT = "$[15]"
_ENCODER = msgspec.json.Encoder()
_LINES: msgspec.json.Decoder[list[_Line]] = msgspec.json.Decoder(list[_Line])

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
            f"UPDATE case_row SET line = json_replace(line, '{_UPDATED_AT}', ?1)"  # noqa: S608  a place of our own
            f" WHERE tag = ?2 AND line ->> '{_UPDATED_AT}' < ?1",
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
            self._rows = self._read(self._database.query("SELECT tag, line FROM case_row"))
        elif self._stale:
            for tag in self._stale:
                self._rows.pop(tag, None)
            lines = self._database.query(
                "SELECT tag, line FROM case_row WHERE tag IN (SELECT value FROM json_each(?))", (among(self._stale),)
            )
            self._rows.update(self._read(lines))
        self._stale = set()

    def _read(self, rows: Iterable[Iterable[object]]) -> dict[int, CaseRow]:
        """Rows decoded in one go."""
        tags: list[int] = []
        lines: list[str] = []
        for tag, line in rows:
            tags.append(tag)  # type: ignore[arg-type]  # columns of a STRICT table
            lines.append(line)  # type: ignore[arg-type]  # as above
        shared: dict[str, str] = {}
        return {tag: _row(line, shared) for tag, line in zip(tags, _LINES.decode(f"[{','.join(lines)}]"), strict=True)}

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


def _row(line: _Line, shared: dict[str, str]) -> CaseRow:
    """The row of a line. Words that thousands of rows repeat are kept once, in `shared`."""
    space, tag, name, grade, reason, params, agreed, agencies, flags, lead, status, *_ = line
    step, contested, act, due, updated, partners, where = line[11:]
    once = shared.setdefault
    return CaseRow(
        CaseKey(once(space, space), tag),
        name,
        grade,
        once(reason, reason),
        params,
        agreed,
        tuple([RowGrade(once(agency, agency), given, at) for agency, given, at in agencies]),
        flags,
        once(lead, lead),
        once(status, status),
        step,
        contested,
        act,
        due,
        updated,
        partners,
        where,
        stage="server",
    )


def _line(row: CaseRow) -> str:
    agencies = tuple((one.agency, one.grade, one.at) for one in row.agency_grades)
    line: _Line = (
        row.key.space,
        row.key.tag,
        row.code_name,
        row.grade,
        row.grade_reason,
        dict(row.grade_params),
        row.agreed,
        agencies,
        row.flags,
        row.lead_worker,
        row.status,
        row.step,
        row.contested,
        row.next_act,
        row.next_due,
        row.updated_at,
        row.shared_with,
        row.where,
    )
    return _ENCODER.encode(line).decode()


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
