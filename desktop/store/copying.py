"""Writing into shared files: copies of the unit's values, and the word which of ours they were written with sight of.

Leaves what is copied to `sharing`, whether it may be done to the caller, and what the word means to
`desktop.model.joining`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from desktop.model.joining import SOURCE, says, source_of
from desktop.model.record import CaseKey, RecordView, ValueId
from desktop.store.database import Database
from desktop.store.files import Files
from desktop.store.keysets import among
from desktop.store.ledger import Ledger
from desktop.store.reading import Reading
from desktop.store.sharing import Chosen, copies
from sync.change import Assign

Records = Mapping[tuple[str, str], RecordView]

Seen = Mapping[str, tuple[Iterable[ValueId], Iterable[str] | None]]
"""Field → (the unit's value ids that were seen, the changes that hold the copy; None: the one that says so)."""


class Copying:
    """Writes copies, always inside the caller's transaction."""

    def __init__(self, database: Database, unit: str, files: Files, reading: Reading, ledger: Ledger) -> None:
        self._database = database
        self._unit = unit
        self._files = files
        self._reading = reading
        self._ledger = ledger

    def ids_in(self, home: CaseKey, ids: Sequence[ValueId]) -> tuple[ValueId, ...]:
        """Those of the ids that lie in this file: ids of another file would say nothing there."""
        cids = {value_id[0] for value_id in ids}
        # By cid: the few that are asked for, not every change of the file.
        rows = self._database.query(
            "SELECT cid FROM change WHERE +tag = ? AND cid IN (SELECT value FROM json_each(?))",
            (self._files.known(home), among(cids)),
        )
        held = {found[0] for found in rows}
        return tuple(sorted((cid, place) for cid, place in ids if cid in held))

    def files_of(self, ids: Sequence[ValueId]) -> list[CaseKey]:
        """The files in which these values lie, in order of row."""
        rows = self._database.query(
            "SELECT DISTINCT tag FROM change WHERE cid IN (SELECT value FROM json_each(?)) ORDER BY tag",
            (among({cid for cid, _ in ids}),),
        )
        keys = self._files.keys(row[0] for row in rows)
        return [keys[row[0]] for row in rows]

    def record(self, key: CaseKey, kind: str, record: str) -> RecordView | None:
        """One record of one file."""
        row = self._files.known(key)
        return self._reading.one(row, kind, record) if row is not None else None

    def source(self, shared: CaseKey, kind: str, record: str, seen: Seen) -> list[Assign]:
        """The word that these fields of a shared record are written with sight of ours; none if it says so already."""
        return self._word(kind, record, self.record(shared, kind, record), seen)

    def copy(self, target: CaseKey, own: CaseKey, records: Records, chosen: Sequence[Chosen]) -> int:
        """Copy the chosen values into a shared file, over what it held; returns how many were written."""
        row = self._files.known(target)
        held: Records = self._reading.records({row: target})[row] if row is not None else {}
        layers = copies(records, chosen)
        sent = 0
        for layer in (layer for layer in layers if layer[0].record is None):
            sent += len(layer)
            self._ledger.write_inside(target, layer)
        fields = [layer for layer in layers if layer[0].record is not None]
        named = {(item.kind, str(item.record), item.field) for layer in fields for item in layer}
        same = {name for name in named if _is_held(name, records, held)}
        cids: dict[tuple[str, str, str], set[str]] = {}
        for layer in fields:
            sets = [_over(item, held) for item in layer if (item.kind, str(item.record), item.field) not in same]
            sent += len(sets)
            words = self._words(own, records, held, named, same, None) if len(fields) == 1 else []
            if not sets and not words:
                continue
            cid = self._ledger.write_inside(target, [*sets, *words]).cid
            for item in sets:
                cids.setdefault((item.kind, str(item.record), item.field), set()).add(cid)
        if len(fields) > 1:
            words = self._words(own, records, held, named, same, cids)
            if words:
                self._ledger.write_inside(target, words)
        return sent

    def _words(  # noqa: PLR0917  what was copied, and what was there
        self,
        own: CaseKey,
        records: Records,
        held: Records,
        named: Iterable[tuple[str, str, str]],
        same: Iterable[tuple[str, str, str]],
        cids: Mapping[tuple[str, str, str], set[str]] | None,
    ) -> list[Assign]:
        seen: dict[tuple[str, str], dict[str, tuple[Iterable[ValueId], Iterable[str] | None]]] = {}
        for name in sorted(named):
            kind, record, field = name
            written: set[str] | None = cids.get(name, set()) if cids is not None else None
            if name in same:
                written = {cid for cid, _ in held[kind, record].fields[field].shown_ids}
            of = self.ids_in(own, records[kind, record].fields[field].shown_ids)
            if of:
                seen.setdefault((kind, record), {})[field] = (of, written)
        return [word for name, told in seen.items() for word in self._word(*name, held.get(name), told)]

    def _word(self, kind: str, record: str, held: RecordView | None, seen: Seen) -> list[Assign]:
        view = held.fields.get(SOURCE) if held else None
        said = source_of(held, self._unit, seen)
        if view is not None and not view.contested and said == source_of(held, self._unit, {}):
            return []
        return [Assign(kind, record, SOURCE, said, view.shown_ids if view else ())]


def _is_held(name: tuple[str, str, str], records: Records, held: Records) -> bool:
    """Whether the shared file already says exactly this."""
    kind, record, field = name
    there = held[kind, record].fields.get(field) if (kind, record) in held else None
    return there is not None and says(there) == says(records[kind, record].fields[field])


def _over(item: Assign, held: Records) -> Assign:
    """The assignment, naming what the shared file showed in its place."""
    record = held.get((item.kind, str(item.record)))
    view: Any = record.fields.get(item.field) if record else None
    return Assign(item.kind, item.record, item.field, item.value, view.shown_ids if view else ())
