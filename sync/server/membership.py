"""Who may speak to this server and read which space. The only part of the server that knows where that comes from.

In the practice partnership it is a fixed roster given at init; a real partnership folds it from signed chains and
control trees (`sync.server.belonging`). Everything else asks `Members`.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from sync.identity import Roster, Seat
from sync.protocol import TreeHead


class Members(Protocol):
    """Answers about the partnership as it is now."""

    def seat(self, seat_id: str) -> Seat | None:
        """An enrolled seat that is not closed."""
        ...

    def seats(self) -> Sequence[str]:
        """The ids of all enrolled seats."""
        ...

    def unit_of(self, seat_id: str) -> str:
        """The unit of a seat, "" for an unknown one."""
        ...

    def spaces(self) -> Sequence[str]:
        """All spaces of the partnership."""
        ...

    def controls_for(self, seat_id: str) -> Mapping[str, str]:
        """By space, the names of the control trees that this seat may read, also where the log is not for it."""
        ...

    def chains_for(self, seat_id: str) -> tuple[TreeHead, ...]:
        """The chains that a seat needs to judge its spaces."""
        ...

    def refresh(self) -> None:
        """Another worker may have written."""
        ...

    def spaces_of(self, seat_id: str) -> Sequence[str]:
        """The spaces that this seat may read, in a stable order."""
        ...


class FixedMembers:
    """Members by a fixed list."""

    def __init__(self, roster: Roster) -> None:
        self._seats = {seat.id: seat for seat in roster.seats}
        self._spaces = tuple(sorted(space.id for space in roster.spaces))
        self._read = {seat.id: tuple(sorted(space.id for space in roster.spaces_of(seat.id))) for seat in roster.seats}

    def seat(self, seat_id: str) -> Seat | None:
        return self._seats.get(seat_id)

    def seats(self) -> Sequence[str]:
        return tuple(self._seats)

    def unit_of(self, seat_id: str) -> str:
        seat = self._seats.get(seat_id)
        return seat.unit if seat else ""

    def spaces(self) -> Sequence[str]:
        return self._spaces

    def spaces_of(self, seat_id: str) -> Sequence[str]:
        return self._read.get(seat_id, ())

    def controls_for(self, seat_id: str) -> Mapping[str, str]:  # noqa: ARG002  a list has no trees
        return {}

    def chains_for(self, seat_id: str) -> tuple[TreeHead, ...]:  # noqa: ARG002  as above
        return ()

    def refresh(self) -> None:
        """A list does not change."""
