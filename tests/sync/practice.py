"""Two invented units with three seats and their three spaces, with real keys: the partnership of the sync tests."""

from dataclasses import dataclass

from sync import keys
from sync.identity import KeyWrap, Role, Roster, Seat, Space, Unit
from sync.keys import SeatKeys
from sync.records import SpaceKind

UNITS = {"police": ("p1", "p2"), "health": ("h1",)}
SPACES = {"police": ("police",), "health": ("health",), "shared": ("police", "health")}


@dataclass(frozen=True)
class Practice:
    """The roster, each seat's keys by its short name, and each space's id by its short name."""

    roster: Roster
    seats: dict[str, SeatKeys]
    spaces: dict[str, str]


def found_practice() -> Practice:
    """New keys each time."""
    unit_private = {name: keys.new_secret() for name in UNITS}
    unit_ids = {name: keys.key_name(keys.sign_public_of(keys.new_secret())) for name in UNITS}
    seats = {seat: SeatKeys.generate() for names in UNITS.values() for seat in names}
    spaces = {name: keys.new_secret()[:16].hex() for name in SPACES}
    units = tuple(
        Unit(unit_ids[name], name, name, keys.seal_public_of(private)) for name, private in unit_private.items()
    )
    listed = tuple(
        Seat(own.seat_id, name, name, unit_ids[unit], Role.PRACTITIONER, own.sign_public, own.seal_public)
        for unit, names in UNITS.items()
        for name, own in ((name, seats[name]) for name in names)
    )
    unit_wraps = tuple(
        KeyWrap(
            seats[name].seat_id,
            keys.key_name(keys.seal_public_of(unit_private[unit])),
            keys.hpke_seal(seats[name].seal_public, unit_private[unit], info=keys.info_unit(unit_ids[unit])),
        )
        for unit, names in UNITS.items()
        for name in names
    )
    roster = Roster(
        name="Invented district",
        units=units,
        seats=listed,
        spaces=tuple(
            Space(
                spaces[name],
                SpaceKind.UNIT if len(members) == 1 else SpaceKind.SHARED,
                name,
                tuple(unit_ids[member] for member in members),
            )
            for name, members in SPACES.items()
        ),
        unit_wraps=unit_wraps,
        space_wraps={spaces[name]: _space_wraps(spaces[name], members, units) for name, members in SPACES.items()},
    )
    return Practice(roster, seats, spaces)


def _space_wraps(space: str, members: tuple[str, ...], units: tuple[Unit, ...]) -> tuple[KeyWrap, ...]:
    secret = keys.new_secret()
    return tuple(
        KeyWrap(
            unit.id, keys.space_key_name(secret), keys.hpke_seal(unit.seal_key, secret, info=keys.info_space(space))
        )
        for unit in units
        if unit.name in members
    )
