"""What is remembered of units and seats: bytes brought, and when a seat was last here with which program."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, text

from sync.server.storage.connected import Connected
from sync.server.storage.contract import NewEntry, SeatSeen
from sync.server.storage.tables import SEAT_SEEN, USAGE

_SAW = text(
    "INSERT INTO seat_seen (seat, at, program) VALUES (:seat, :at, :program) "
    "ON CONFLICT (seat) DO UPDATE SET at = excluded.at, program = excluded.program"
)
_BROUGHT = text(
    "INSERT INTO usage (space, unit, bytes) VALUES (:space, :unit, :bytes) "
    "ON CONFLICT (space, unit) DO UPDATE SET bytes = usage.bytes + excluded.bytes"
)


class UseTables(Connected):
    """Part of `sync.server.storage.contract.Storage`."""

    def brought(self, space: str, unit: str, size: int) -> None:
        with self._writing() as connection:
            _count(connection, bytes.fromhex(space), unit, size)

    def used(self, unit: str) -> int:
        query = select(func.coalesce(func.sum(USAGE.c.bytes), 0)).where(USAGE.c.unit == bytes.fromhex(unit))
        with self._reading() as connection:
            return int(connection.execute(query).scalar_one())

    def saw(self, seen: SeatSeen) -> None:
        row = {"seat": bytes.fromhex(seen.seat), "at": seen.at, "program": seen.program}
        with self._writing() as connection:
            connection.execute(_SAW, row)

    def seen(self) -> tuple[SeatSeen, ...]:
        with self._reading() as connection:
            rows = connection.execute(select(SEAT_SEEN).order_by(SEAT_SEEN.c.seat)).all()
        return tuple(SeatSeen(row.seat.hex(), row.at, row.program) for row in rows)


def count_use(connection: Connection, space: bytes, entries: Sequence[NewEntry]) -> None:
    """Add to what units have brought into a space. The caller holds the space's lock, so that nobody else adds."""
    for carrier in sorted({entry.carrier for entry in entries if entry.carrier}):
        _count(connection, space, carrier, sum(len(entry.raw) for entry in entries if entry.carrier == carrier))


def _count(connection: Connection, space: bytes, unit: str, size: int) -> None:
    connection.execute(_BROUGHT, {"space": space, "unit": bytes.fromhex(unit), "bytes": size})
