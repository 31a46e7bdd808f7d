"""Who belongs where: units, seats, spaces, and the `Membership` of one space against which every entry is judged.

A `Membership` is a value built from entries; nothing here asks a server or a disk. In the practice partnership it is
built from a fixed `Roster`; a real partnership builds it from the signed control tree. Nothing else may depend on
which of the two it was.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from sync.errors import SyncError
from sync.records import RULES_VERSION, SpaceKind

ID_DIGITS = 32


class Role(StrEnum):
    """What a member may do; the words of domain.md §3."""

    PRACTITIONER = "practitioner"
    LEAD = "lead"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"


WRITERS = frozenset({Role.PRACTITIONER, Role.LEAD, Role.COORDINATOR})
"""An auditor reads."""


class Unit(msgspec.Struct, frozen=True):
    """A specialised unit. `id` is the hash of its root key (32 hex digits); `agency` is police, health, support …"""

    id: str
    name: str
    agency: str
    seal_key: bytes
    """HPKE public key of the unit's current generation."""


class Seat(msgspec.Struct, frozen=True):
    """One member on one device. `id` = first 16 bytes of SHA-256 of `sign_key`, hex."""

    id: str
    member: str
    name: str
    unit: str
    role: Role
    sign_key: bytes
    seal_key: bytes


class Space(msgspec.Struct, frozen=True):
    """One membership, one log, one cursor."""

    id: str
    kind: SpaceKind
    name: str
    units: tuple[str, ...]


class KeyWrap(msgspec.Struct, frozen=True):
    """A secret sealed with HPKE to one receiver. `key` names the secret by its hash."""

    receiver: str
    key: str
    sealed: bytes


class Roster(msgspec.Struct, frozen=True):
    """The fixed list of a practice partnership. Public: its wraps open only for their receivers.

    `unit_wraps`: private unit keys sealed to seats. `space_wraps`: per space id, the space key sealed to each unit.
    `authority`: the CA (PEM) that alone may vouch for the server; empty for those that the system trusts.
    """

    name: str
    units: tuple[Unit, ...]
    seats: tuple[Seat, ...]
    spaces: tuple[Space, ...]
    unit_wraps: tuple[KeyWrap, ...] = ()
    space_wraps: dict[str, tuple[KeyWrap, ...]] = {}
    practice: bool = True
    authority: bytes = b""

    def to_bytes(self) -> bytes:
        return msgspec.json.encode(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Roster":
        """Read a list made elsewhere; raises `SyncError("roster.form")` on anything that is not a roster.

        A seat whose id is not the hash of its own key would let one seat speak for another.
        """
        try:
            roster = msgspec.json.decode(data, type=cls)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:  # ValueError: bytes that are not UTF-8
            raise SyncError("roster.form") from error
        if not roster.is_sound():
            raise SyncError("roster.form")
        return roster

    def is_sound(self) -> bool:
        """Whether ids are unique, every seat's id is its key's hash, and every unit that is named is in the list."""
        units = {unit.id for unit in self.units}
        named = {seat.unit for seat in self.seats}.union(*(space.units for space in self.spaces))
        ids = [unit.id for unit in self.units] + [seat.id for seat in self.seats] + [space.id for space in self.spaces]
        own = all(seat.id == hashlib.sha256(seat.sign_key).hexdigest()[:32] for seat in self.seats)
        return own and named <= units and len(ids) == len(set(ids))

    def unit(self, unit_id: str) -> Unit | None:
        return next((unit for unit in self.units if unit.id == unit_id), None)

    def seat(self, seat_id: str) -> Seat | None:
        return next((seat for seat in self.seats if seat.id == seat_id), None)

    def spaces_of(self, seat_id: str) -> tuple[Space, ...]:
        """The spaces that a seat is a member of, in roster order; empty for an unknown seat."""
        seat = self.seat(seat_id)
        return tuple(space for space in self.spaces if seat and seat.unit in space.units)

    def membership(self, space_id: str) -> "Membership":
        """Raises `SyncError("space.unknown")` for a space that is not in the list."""
        space = next((space for space in self.spaces if space.id == space_id), None)
        if space is None:
            raise SyncError("space.unknown")
        seats = {seat.id: seat for seat in self.seats if seat.unit in space.units}
        return Membership(space, seats)


@dataclass(frozen=True)
class Membership:
    """The control state of one space: who may read and write here, and the verdict's raw material.

    `closings`: for each closed seat the cids that all its closings together name. `adopted`: cids taken in again by
    a lead. Both name a cid in full or by its first 32 digits, as entries do. `head`: name of the control state this
    value was built from ("" for a fixed list).
    """

    space: Space
    seats: Mapping[str, Seat]
    closings: Mapping[str, frozenset[str]] = field(default_factory=dict)
    adopted: frozenset[str] = frozenset()
    rules: int = RULES_VERSION
    head: str = ""

    def trusts(self, seat: str, cid: str) -> bool:
        """Whether a change of a closed seat is on the list of one of its closings, or was adopted."""
        lists = (self.closings.get(seat, frozenset()), self.adopted)
        return any(name in named for named in lists for name in (cid, cid[:ID_DIGITS]))
