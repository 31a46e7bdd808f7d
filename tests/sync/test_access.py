"""Who is shown and who may write which kind of record, by role and label."""

import pytest

from sync.access import may_read, may_write
from sync.identity import Membership, Role, Seat, Space
from sync.records import SpaceKind

UNIT = "0a" * 16


def member(role: Role) -> tuple[Seat, Membership]:
    seat = Seat("a1" * 16, "ann", "Ann", UNIT, role, b"", b"")
    return seat, Membership(Space("5a" * 16, SpaceKind.UNIT, "space", (UNIT,)), {seat.id: seat})


READS = {
    ("relay", False): {*Role},
    ("case", True): {*Role},
    ("case", False): {Role.LEAD, Role.AUDITOR},
    ("kind of tomorrow", False): {Role.LEAD, Role.AUDITOR},
    ("review", True): {Role.LEAD, Role.AUDITOR},
}
WRITES = {
    "relay": {Role.PRACTITIONER, Role.LEAD, Role.COORDINATOR},
    "case": {Role.PRACTITIONER, Role.LEAD, Role.COORDINATOR},
    "kind of tomorrow": {Role.PRACTITIONER, Role.LEAD, Role.COORDINATOR},
    "review": {Role.LEAD},
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("kind", "on_team"), READS)
def test_reading(role: Role, kind: str, on_team: bool) -> None:
    seat, membership = member(role)
    assert may_read(seat, kind, membership, on_case_team=on_team) is (role in READS[kind, on_team])


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", WRITES)
def test_writing(role: Role, kind: str) -> None:
    seat, membership = member(role)
    assert may_write(seat, kind, membership) is (role in WRITES[kind])


@pytest.mark.parametrize("kind", ["relay", "case", "review"])
def test_a_stranger_reads_and_writes_nothing(kind: str) -> None:
    seat, membership = member(Role.LEAD)
    stranger = Membership(membership.space, {})
    assert not may_read(seat, kind, stranger, on_case_team=True)
    assert not may_write(seat, kind, stranger)
