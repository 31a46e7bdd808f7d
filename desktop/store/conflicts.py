"""Deciding conflicts: an ordinary change that names every value shown, and a write-once word on why."""

from typing import Any

from desktop.errors import KnownError
from desktop.model.conflict import ConflictView
from desktop.store.conflict_reading import ConflictReading
from desktop.store.ledger import Ledger
from desktop.store.wording import decided
from sync.change import Assign


class Conflicts:
    """The conflicts of one store."""

    def __init__(self, reading: ConflictReading, ledger: Ledger) -> None:
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
            "kept": decided(choice),
            "values": sides,
            "reason": reason.strip(),
            "second_person": second_person.strip(),
        }
        resolution = [Assign("resolution", None, name, value) for name, value in said.items()]
        kept = Assign(view.kind, view.record, view.field, choice, view.shown_ids)
        return self._ledger.write(view.home, [kept, *resolution]).cid
