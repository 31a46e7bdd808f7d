"""Deciding conflicts: an ordinary change that names every value shown, and a write-once word on why.

Where two files of a case differ the decision is written in each, so that both then agree.
"""

from typing import Any

from desktop.errors import KnownError
from desktop.model.conflict import ConflictView
from desktop.model.protection import is_marked
from desktop.model.record import CaseKey
from desktop.store.conflict_reading import ConflictReading
from desktop.store.copying import Copying
from desktop.store.database import Database
from desktop.store.ledger import Ledger
from desktop.store.wording import decided
from sync.change import Assign
from sync.records import MARK_ENDINGS


class Conflicts:
    """The conflicts of one store."""

    def __init__(self, database: Database, reading: ConflictReading, copying: Copying, ledger: Ledger) -> None:
        self._database = database
        self._reading = reading
        self._copying = copying
        self._ledger = ledger

    def open(self) -> tuple[ConflictView, ...]:
        """What people have to decide, the gravest case first."""
        return self._reading.open()

    def decided(self) -> tuple[ConflictView, ...]:
        """What was decided, latest first."""
        return self._reading.decided()

    def resolve(self, view: ConflictView, choice: Any, reason: str, *, second_person: str = "") -> str:
        """Let `choice` stand (one of the sides' values, or a new one) and say why; returns the cid.

        A value that came in after `view` was read is not named, so it stays in dispute. Raises KnownError
        `conflict.reason_needed` when the choice lowers what stands and no reason is given; nothing is written then.
        """
        if view.lowers(choice) and not reason.strip():
            raise KnownError(
                "conflict.reason_needed",
                "This choice lowers what stands now, so it needs a reason.",
                "Say why; the other agency will read it.",
            )
        sides = [{"value": side.value, "author": side.author, "unit": side.unit, "at": side.at} for side in view.sides]
        said = {
            "of_kind": view.kind,
            "of_record": view.record,
            "of_field": view.field,
            "kept": decided(choice),
            "values": sides,
            "reason": reason.strip(),
            "second_person": second_person.strip(),
        }
        resolution = [Assign("resolution", None, name, value) for name, value in said.items()]
        others = [home for home in self._copying.files_of(view.shown_ids) if home != view.home]
        with self._database.joining():
            kept = Assign(view.kind, view.record, view.field, choice, self._copying.ids_in(view.home, view.shown_ids))
            cid = self._ledger.write_inside(view.home, [kept, *resolution]).cid
            for home in others:
                self._agree(view, home, choice)
        return cid

    def _agree(self, view: ConflictView, home: CaseKey, choice: Any) -> None:
        """Write the decision into another file of the case, with the marks that stand over it and what it answers."""
        ours, theirs = (self._copying.record(key, view.kind, view.record) for key in (view.home, home))
        sets = [Assign(view.kind, view.record, view.field, choice, self._copying.ids_in(home, view.shown_ids))]
        seen = ours.fields[view.field].shown_ids if ours and view.field in ours.fields else ()
        for mark in (f"{view.field}{ending}" for ending in MARK_ENDINGS):
            there = theirs.fields.get(mark) if theirs else None
            if ours and is_marked(ours.get(mark)) and not is_marked(there.value if there else None):
                sets.append(Assign(view.kind, view.record, mark, ours.get(mark), there.shown_ids if there else ()))
        words = self._copying.source(home, view.kind, view.record, {view.field: (seen, None)})
        self._ledger.write_inside(home, [*sets, *words])
