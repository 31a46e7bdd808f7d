"""Deciding conflicts: an ordinary change that names every value shown, and a write-once word on why."""

from typing import Any

from desktop.errors import KnownError
from desktop.model.conflict import ConflictView
from desktop.store.conflict_reading import ConflictReading
from desktop.store.database import Database
from desktop.store.ledger import Ledger
from sync.change import MAX_OVER, Assign


class Conflicts:
    """The conflicts of one store."""

    def __init__(self, database: Database, reading: ConflictReading, ledger: Ledger) -> None:
        self._database = database
        self._reading = reading
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
            "kept": choice,
            "values": sides,
            "reason": reason.strip(),
            "second_person": second_person.strip(),
        }
        resolution = [Assign("resolution", None, name, value) for name, value in said.items()]
        shown = list(view.shown_ids)
        with self._database.transaction():
            while True:
                over, shown = shown[:MAX_OVER], shown[MAX_OVER:]
                kept = Assign(view.kind, view.record, view.field, choice, tuple(over))
                cid = self._ledger.write_inside(view.home, [kept] if shown else [kept, *resolution]).cid
                if not shown:
                    return cid
                shown.append((cid, 0))  # more values than one change may name: the next names this one too
