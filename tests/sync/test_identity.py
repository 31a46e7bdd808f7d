"""A roster is whole and sound or refused; a membership holds the seats of its space's units and no other."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.errors import SyncError
from sync.identity import KeyWrap, Role, Roster, Seat, Space, Unit
from sync.keys import key_name
from sync.records import SpaceKind

UNITS = (Unit("0a" * 16, "A", "police", b"a" * 32), Unit("0b" * 16, "B", "health", b"b" * 32))
SEATS = tuple(
    Seat(key_name(key), name, name, unit.id, Role.PRACTITIONER, key, key)
    for name, unit, key in (("ann", UNITS[0], b"1" * 32), ("bea", UNITS[1], b"2" * 32))
)
SPACES = (
    Space("51" * 16, SpaceKind.UNIT, "A's own", (UNITS[0].id,)),
    Space("52" * 16, SpaceKind.SHARED, "A and B", (UNITS[0].id, UNITS[1].id)),
)
ROSTER = Roster("practice", UNITS, SEATS, SPACES, (), {SPACES[0].id: (KeyWrap(UNITS[0].id, "ab" * 16, b"x"),)})


def refused(data: bytes) -> None:
    with pytest.raises(SyncError) as caught:
        Roster.from_bytes(data)
    assert caught.value.code == "roster.form"


def test_a_roster_survives_storing() -> None:
    assert Roster.from_bytes(ROSTER.to_bytes()) == ROSTER


@given(data=st.binary(max_size=100))
def test_random_bytes_are_no_roster(data: bytes) -> None:
    refused(data)


@pytest.mark.parametrize("data", [b'{"name":"\xff"}', b"[" * 100_000, b"{}"])
def test_hostile_json_is_no_roster(data: bytes) -> None:
    refused(data)


@pytest.mark.parametrize(
    "parts",
    [
        {"seats": (msgspec.structs.replace(SEATS[0], sign_key=b"3" * 32), SEATS[1])},
        {"seats": (*SEATS, SEATS[0])},
        {"units": UNITS[:1]},
        {"units": (*UNITS, UNITS[0])},
        {"spaces": (*SPACES, SPACES[0])},
        {"spaces": (msgspec.structs.replace(SPACES[0], units=("ff" * 16,)),)},
    ],
    ids=["another's key", "seat twice", "unit missing", "unit twice", "space twice", "space of nobody"],
)
def test_an_unsound_roster_is_refused(parts: dict[str, Any]) -> None:
    refused(msgspec.structs.replace(ROSTER, **parts).to_bytes())


def test_a_membership_holds_the_seats_of_its_units() -> None:
    assert set(ROSTER.membership(SPACES[0].id).seats) == {SEATS[0].id}
    assert set(ROSTER.membership(SPACES[1].id).seats) == {SEATS[0].id, SEATS[1].id}
    assert ROSTER.spaces_of(SEATS[1].id) == SPACES[1:]
    assert ROSTER.spaces_of("ff" * 16) == ()
    assert ROSTER.unit(UNITS[1].id) == UNITS[1]
    assert ROSTER.unit("ff" * 16) is None


def test_an_unknown_space_has_no_membership() -> None:
    with pytest.raises(SyncError) as caught:
        ROSTER.membership("ff" * 16)
    assert caught.value.code == "space.unknown"
