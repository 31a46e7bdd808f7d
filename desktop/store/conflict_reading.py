"""Conflicts read from the folded state: the open ones, and those that people decided."""

import functools
from collections.abc import Collection, Mapping, Sequence

from desktop.model.conflict import ConflictView, Side
from desktop.model.joining import SOURCE
from desktop.model.record import CaseKey, FieldView, RecordView
from desktop.store.caseload import Caseload
from desktop.store.database import Database, Row
from desktop.store.files import Files
from desktop.store.keysets import among
from desktop.store.reading import Reading
from desktop.store.seat import SeatIdentity
from sync.records import Order, rule_of
from sync.standing import lowers

MOST_DECIDED = 200


class ConflictReading:
    """Reads conflicts; decides none."""

    def __init__(
        self, database: Database, seat: SeatIdentity, files: Files, reading: Reading, caseload: Caseload
    ) -> None:
        self._database = database
        self._seat = seat
        self._files = files
        self._reading = reading
        self._caseload = caseload

    def open(self) -> tuple[ConflictView, ...]:
        """Every field on which people have to decide, the gravest case first."""
        found = self._views(self._database.query("SELECT record, field FROM contested ORDER BY record, field"))
        rows = self._caseload.all_rows()
        apart = self._apart([tag for tag, row in rows.items() if row.contested and row.where == "both"])
        found = _once(apart, found)
        rank = {row.key: row.grade.rank for row in rows.values()}
        return tuple(sorted(found, key=lambda view: (-rank.get(view.key, 0), view.code_name, view.id)))

    def of_files(self, parts: Mapping[int, CaseKey]) -> tuple[ConflictView, ...]:
        """The open conflicts of one case."""
        inside = self._views(
            self._database.query(
                "SELECT k.record, k.field FROM contested k CROSS JOIN record r ON r.id = k.record"
                " WHERE r.tag IN (SELECT value FROM json_each(?)) ORDER BY k.record, k.field",
                (among(parts),),
            )
        )
        return tuple(_once(self._apart(self._files.cases_of(parts)), inside))

    def decided(self) -> tuple[ConflictView, ...]:
        """The newest decisions, latest first, readable for ever."""
        rows = self._database.query(
            "SELECT r.tag, r.rid FROM record r JOIN change c ON c.id = r.once"
            " WHERE r.kind = 'resolution' AND c.verdict = 'ok' ORDER BY c.at DESC, r.rid LIMIT ?",
            (MOST_DECIDED,),
        )
        keys = self._files.keys(row[0] for row in rows)
        records = self._reading.records(keys, ("resolution",))
        return tuple(self._decided(row[0], keys[row[0]], records[row[0]]["resolution", row[1]]) for row in rows)

    def _views(self, contested: Sequence[Row]) -> list[ConflictView]:
        wanted = [(row[0], row[1]) for row in contested]
        records = self._reading.record_rows({record for record, _ in wanted})
        tags = {key: self._files.known(key) or 0 for key in {record.key for record in records.values()}}
        rows = self._caseload.rows(set(tags.values()))
        views = []
        for number, name in wanted:
            record = records.get(number)
            if record is not None and name in record.fields and name != SOURCE:
                row = rows.get(tags[record.key])
                case = (row.key, row.code_name) if row else (record.key, "")
                views.append(self._view(record, name, case))
        return views

    def _apart(self, cases: Collection[int]) -> list[ConflictView]:
        """Where the files of these cases differ, both written without sight of each other."""
        found = self._caseload.differences.of_cases(cases) if cases else {}
        rows = self._caseload.rows(found)
        return [
            self._view(record, name, (rows[case].key, rows[case].code_name) if case in rows else (record.key, ""))
            for case, records in found.items()
            for record in records
            for name in sorted(record.fields)
        ]

    def _view(self, record: RecordView, name: str, case: tuple[CaseKey, str]) -> ConflictView:
        field = record.fields[name]
        order = rule_of(record.kind).order(name)
        return ConflictView(
            key=case[0],
            home=record.key,
            code_name=case[1],
            kind=record.kind,
            record=record.id,
            field=name,
            sides=self._sides(field),
            stands=field.value,
            why=f"stands.{order.value if field.value is not None or order is Order.MARK else 'none'}",
            shown_ids=field.shown_ids,
            where=field.where,
            lowers=functools.partial(lowers, order, field.value),
        )

    def _sides(self, field: FieldView) -> tuple[Side, ...]:
        return tuple(
            Side(
                value=side.value,
                ids=side.ids,
                author=side.author,
                unit=side.unit,
                agency=self._seat.agency(side.unit),
                at=side.at,
                had_seen=side.seen_at,
                mine=side.unit == self._seat.unit,
                stands=side.value == field.value,
            )
            for side in field.alternatives
        )

    def _decided(self, tag: int, key: CaseKey, record: RecordView) -> ConflictView:
        row = self._caseload.row(tag)
        values = record.several("values")
        kept = record.get("kept")
        return ConflictView(
            key=row.key if row else key,
            home=key,
            code_name=row.code_name if row else "",
            kind=record.text("of_kind"),
            record=record.text("of_record"),
            field=record.text("of_field"),
            sides=tuple(self._told(side, kept) for side in values if isinstance(side, Mapping)),
            stands=kept,
            why="stands.decided",
            shown_ids=(),
            where=record.where,
            lowers=functools.partial(lowers, Order.NONE, kept),
            decided=True,
            kept=kept,
            reason=record.text("reason"),
            decided_by=record.author,
            decided_at=record.at,
        )

    def _told(self, side: Mapping[str, object], kept: object) -> Side:
        unit = str(side.get("unit") or "")
        return Side(
            value=side.get("value"),
            ids=(),
            author=str(side.get("author") or ""),
            unit=unit,
            agency=self._seat.agency(unit),
            at=str(side.get("at") or ""),
            had_seen=0,
            mine=unit == self._seat.unit,
            stands=side.get("value") == kept,
        )


def _once(apart: Sequence[ConflictView], inside: Sequence[ConflictView]) -> list[ConflictView]:
    """Both kinds of conflict; a field on which files differ is one question, also where one of them is in dispute."""
    named = {(view.key, view.kind, view.record, view.field) for view in apart}
    return [*apart, *(view for view in inside if (view.key, view.kind, view.record, view.field) not in named)]
