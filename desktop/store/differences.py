"""Where the files of one case differ though neither side was written with sight of the other.

Found by comparing the few fields that stand in several files of a case; the rule is `desktop.model.joining`'s.
"""

from collections.abc import Collection
from dataclasses import replace

from desktop.model.case import SHAREABLE
from desktop.model.joining import SOURCE, differing
from desktop.model.record import RecordView
from desktop.store.database import Database
from desktop.store.keysets import among
from desktop.store.reading import Reading, safer
from desktop.store.seat import SeatIdentity

_APART = """
    SELECT DISTINCT s.unit_tag, r.kind, r.rid
      FROM json_each(:cases) c JOIN tag s ON s.unit_tag = c.value
      CROSS JOIN json_each(:kinds) k
      CROSS JOIN record r ON r.kind = k.value AND r.tag = s.id
      CROSS JOIN tag o ON (o.id = s.unit_tag OR o.unit_tag = s.unit_tag) AND o.id <> s.id
      CROSS JOIN record m ON m.tag = o.id AND m.kind = r.kind AND m.rid = r.rid
      CROSS JOIN value v ON v.record = r.id AND v.live = 1 AND v.field <> :source
      CROSS JOIN value w ON w.record = m.id AND w.field = v.field AND w.live = 1 AND w.content <> v.content
"""
_ROWS = """
    SELECT n.value ->> 0, r.id FROM json_each(:names) n
      CROSS JOIN tag t ON t.id = n.value ->> 0 OR t.unit_tag = n.value ->> 0
      CROSS JOIN record r ON r.tag = t.id AND r.kind = n.value ->> 1 AND r.rid = n.value ->> 2
"""


class Differences:
    """Reads what differs between the files of cases; decides nothing."""

    def __init__(self, database: Database, seat: SeatIdentity, reading: Reading) -> None:
        self._database = database
        self._seat = seat
        self._reading = reading

    def of_cases(self, cases: Collection[int]) -> dict[int, list[RecordView]]:
        """The records of these cases (rows) that have such fields, with those fields alone."""
        parameters = {"cases": among(cases), "kinds": among(sorted(SHAREABLE)), "source": SOURCE}
        apart = [tuple(row) for row in self._database.query(_APART, parameters)]
        if not apart:
            return {}
        rows = [(row[0], row[1]) for row in self._database.query(_ROWS, {"names": among(apart)})]
        views = self._reading.record_rows({row for _, row in rows})
        found: dict[tuple[int, str, str], list[RecordView]] = {}
        for case, row in sorted(rows):
            if row in views:
                found.setdefault((case, views[row].kind, views[row].id), []).append(views[row])
        told: dict[int, list[RecordView]] = {}
        for (case, _, _), records in sorted(found.items()):
            unit = next((record for record in records if record.where == "unit"), None)
            fields = differing(unit, [record for record in records if record is not unit], safer)
            if fields:
                told.setdefault(case, []).append(replace(unit or records[0], fields=fields))
        return told
