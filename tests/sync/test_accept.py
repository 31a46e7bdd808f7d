"""The verdict on one change at one control state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.accept import Verdict, accept
from sync.change import Assign
from sync.identity import Membership, Role, Seat, Space
from sync.records import SpaceKind
from tests.machines import properties
from tests.machines.partnership import dice
from tests.sync.test_change import one

UNIT = "0a" * 16
CID = "cd" * 32


def space(kind: SpaceKind) -> Space:
    return Space("5a" * 16, kind, "space", (UNIT,))


def seat(role: Role = Role.PRACTITIONER) -> Seat:
    return Seat("a1" * 16, "ann", "Ann", UNIT, role, b"", b"")


def verdict(
    *sets: Assign,
    kind: SpaceKind = SpaceKind.SHARED,
    role: Role = Role.PRACTITIONER,
    closings: dict[str, frozenset[str]] | None = None,
    adopted: frozenset[str] = frozenset(),
) -> Verdict:
    who = seat(role)
    membership = Membership(space(kind), {who.id: who}, closings or {}, adopted)
    return accept(one(space="5a" * 16, seat=who.id, set=sets or (EDIT,)), CID, membership)


EDIT = Assign("case", "r", "aim", "x", (("ab" * 32, 0),))


def test_a_member_may_edit() -> None:
    assert verdict() is Verdict.OK


def test_a_change_of_another_space_is_bad_whoever_wrote_it() -> None:
    membership = Membership(space(SpaceKind.SHARED), {})
    assert accept(one(space="5b" * 16), CID, membership) is Verdict.BAD


def test_a_seat_or_a_right_that_may_still_come_waits() -> None:
    membership = Membership(space(SpaceKind.SHARED), {})
    assert accept(one(space="5a" * 16), CID, membership) is Verdict.WAITING
    assert verdict(role=Role.AUDITOR) is Verdict.WAITING
    review = Assign("review", None, "decision", "keep")
    assert verdict(review, kind=SpaceKind.UNIT) is Verdict.WAITING
    assert verdict(review, kind=SpaceKind.UNIT, role=Role.LEAD) is Verdict.OK


@pytest.mark.parametrize(
    ("assign", "expected"),
    [
        (Assign("assessment", None, "grade", "high"), Verdict.OK),
        (Assign("assessment", "r", "grade", "standard"), Verdict.BAD),
        (Assign("assessment", None, "grade", "standard", (("ab" * 32, 0),)), Verdict.BAD),
        (Assign("link", "r", "to", {}), Verdict.BAD),
        (Assign("relay", f"{UNIT}.1", "hours", ""), Verdict.BAD),
        (Assign("kind of tomorrow", "r", "f", 1, (("ab" * 32, 0),)), Verdict.OK),
    ],
    ids=["signed once", "signed, replaced by id", "signed, replaced by over", "link", "relay", "unknown kind"],
)
def test_form_in_a_shared_space(assign: Assign, expected: Verdict) -> None:
    assert verdict(assign) is expected
    assert verdict(EDIT, assign) is expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [(f"{UNIT}.desk", Verdict.OK), (f"{'0b' * 16}.desk", Verdict.BAD), (UNIT, Verdict.BAD), (None, Verdict.BAD)],
)
def test_only_the_own_unit_changes_its_card(record: str | None, expected: Verdict) -> None:
    assert verdict(Assign("relay", record, "hours", "08-16"), kind=SpaceKind.PARTNERSHIP) is expected


def test_a_closed_seat_counts_as_far_as_it_is_trusted() -> None:
    closed = {seat().id: frozenset({"ee" * 32})}
    assert verdict(closings=closed) is Verdict.QUARANTINED
    assert verdict(closings={seat().id: frozenset({CID})}) is Verdict.OK
    assert verdict(closings=closed, adopted=frozenset({CID})) is Verdict.OK
    assert verdict(closings={"ff" * 16: frozenset()}) is Verdict.OK
    assert verdict(Assign("assessment", "r", "grade", "x"), closings=closed) is Verdict.BAD


@given(seed=st.integers(0, 2**32))
def test_a_change_that_its_seat_did_not_sign_is_bad(seed: int) -> None:
    properties.forged_bodies_are_bad(dice(seed))
