"""The invented partnership: three units of a rural district, their seats, spaces and keys, as a practice roster.

Every key is made anew each time, so that nothing about a practice partnership opens anything else. Leaves the people
and cases to `desktop.demo.cases`, the laptops to `desktop.demo.laptop`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sync.identity import KeyWrap, Role, Roster, Seat, Space, Unit
from sync.keys import (
    SeatKeys,
    hpke_seal,
    info_space,
    info_unit,
    key_name,
    new_secret,
    seal_public_of,
    sign_public_of,
    space_key_name,
)
from sync.records import SpaceKind

POLICE, HEALTH, SUPPORT = "police", "health", "support"

UNIT_NAMES: Mapping[str, str] = {
    POLICE: "Police, Rural West",
    HEALTH: "Northmere hospital unit",
    SUPPORT: "Fenland victim support",
}

MEMBERS: Sequence[tuple[str, str, str, Role]] = (
    ("alder", "R. Alder", POLICE, Role.PRACTITIONER),
    ("rowan", "M. Rowan", POLICE, Role.LEAD),
    ("linden", "S. Linden", HEALTH, Role.PRACTITIONER),
    ("yew", "I. Yew", HEALTH, Role.LEAD),
    ("hazel", "T. Hazel", SUPPORT, Role.COORDINATOR),
)
"""(member id, name, unit, role)."""


@dataclass(frozen=True)
class Founded:
    """A founded practice partnership: the public roster and each member's private seat keys."""

    roster: Roster
    seats: Mapping[str, SeatKeys]

    def unit_id(self, agency: str) -> str:
        """The id of the one unit of `agency`; raises `KeyError` for an agency that takes no part."""
        found = {unit.agency: unit.id for unit in self.roster.units}
        return found[agency]

    def space(self, kind: SpaceKind, *agencies: str) -> Space:
        """The space of this kind whose members are exactly these agencies; raises `KeyError` if there is none."""
        wanted = {self.unit_id(agency) for agency in agencies}
        for space in self.roster.spaces:
            if space.kind is kind and set(space.units) == wanted:
                return space
        raise KeyError(kind, *agencies)


def found() -> Founded:
    """Found the partnership: fresh keys for every unit, seat and space, wrapped as a real one wraps them."""
    unit_private = {agency: new_secret() for agency in UNIT_NAMES}
    unit_ids = {agency: key_name(sign_public_of(new_secret())) for agency in UNIT_NAMES}
    units = tuple(
        Unit(unit_ids[agency], name, agency, seal_public_of(unit_private[agency]))
        for agency, name in UNIT_NAMES.items()
    )
    seats = {member: SeatKeys.generate() for member, *_ in MEMBERS}
    roster_seats = tuple(
        Seat(keys.seat_id, member, name, unit_ids[agency], role, keys.sign_public, keys.seal_public)
        for member, name, agency, role in MEMBERS
        for keys in (seats[member],)
    )
    unit_wraps = tuple(
        _wrap(seat.id, seat.seal_key, unit_private[agency], info_unit(seat.unit), seal_public_of(unit_private[agency]))
        for seat in roster_seats
        for agency in UNIT_NAMES
        if unit_ids[agency] == seat.unit
    )
    spaces = _spaces(unit_ids)
    return Founded(
        Roster(
            name="Practice partnership",
            units=units,
            seats=roster_seats,
            spaces=spaces,
            unit_wraps=unit_wraps,
            space_wraps={space.id: _space_wraps(space, units) for space in spaces},
        ),
        seats,
    )


def _spaces(unit_ids: Mapping[str, str]) -> tuple[Space, ...]:
    everyone = tuple(unit_ids.values())
    pairs = ((POLICE, HEALTH), (POLICE, SUPPORT))
    return (
        *(Space(_space_id(), SpaceKind.UNIT, UNIT_NAMES[agency], (unit,)) for agency, unit in unit_ids.items()),
        *(
            Space(
                _space_id(), SpaceKind.SHARED, " · ".join(UNIT_NAMES[a] for a in pair), tuple(unit_ids[a] for a in pair)
            )
            for pair in pairs
        ),
        Space(_space_id(), SpaceKind.SHARED, "All three units", everyone),
        Space(_space_id(), SpaceKind.PARTNERSHIP, "Practice partnership", everyone),
    )


def _space_id() -> str:
    return new_secret()[:16].hex()


def _space_wraps(space: Space, units: Sequence[Unit]) -> tuple[KeyWrap, ...]:
    space_key = new_secret()
    name = space_key_name(space_key)
    return tuple(
        KeyWrap(unit.id, name, hpke_seal(unit.seal_key, space_key, info=info_space(space.id)))
        for unit in units
        if unit.id in space.units
    )


def _wrap(receiver: str, seal_key: bytes, secret: bytes, info: bytes, public: bytes) -> KeyWrap:
    return KeyWrap(receiver, key_name(public), hpke_seal(seal_key, secret, info=info))
