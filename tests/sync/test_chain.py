"""The chain of a unit: who may write in it, what a closing takes back; the order of arrival decides nothing."""

from itertools import permutations
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.acts import Adopted, MemberAdded, MemberLeft, RolesChanged, SeatClosed, SeatEnrolled, UnitFounded, cid_list
from sync.chain import fold_chain
from sync.enrolment import write_request
from sync.errors import SyncError
from sync.founding import Signer, write_chain
from sync.identity import Role
from sync.keys import Domain, SeatKeys, sign_public_of
from sync.tree import MAX_ENTRY, Standing, entry_id, sign_entry
from tests.sync.founded import AT, District, district


@pytest.fixture(scope="module")
def founded() -> District:
    return district()


@pytest.fixture
def police(founded: District) -> District:
    return founded.copy()


def test_a_founded_unit_has_its_lead_and_its_key(police: District) -> None:
    chain = police.chain("police")
    assert (chain.label, chain.agency, chain.founded) == ("police", "police", True)
    assert chain.leads == {police.id("alder"), police.id("rowan")}
    assert chain.active == set(chain.seats) == {police.id(name) for name in ("alder", "rowan", "birch")}
    assert [seat.name for seat in chain.seats.values() if seat.role is Role.PRACTITIONER] == ["birch"]
    assert chain.newest_key is not None
    assert chain.newest_key.receivers == chain.active
    assert set(chain.standings.values()) == {Standing.OK}


def test_nobody_else_founds_a_unit_under_its_id(police: District) -> None:
    unit = police.units["police"]
    private = SeatKeys.generate().sign_private
    act = UnitFounded(sign_public_of(private), "police", "police")
    raw = sign_entry(private, Domain.CHAIN, tree=unit, prev=(), signer=unit, at=AT, act=act)
    chain = fold_chain(unit, [raw])
    assert not chain.founded
    assert chain.standings == {entry_id(raw): Standing.BAD}


def test_a_practitioner_adds_nobody(police: District) -> None:
    with pytest.raises(SyncError) as caught:
        police.say_in_chain("birch", MemberAdded("aa" * 16, "X", (Role.LEAD,)))
    assert caught.value.code == "control.refused"


def test_an_entry_of_another_unit_or_purpose_has_no_place(police: District) -> None:
    own, other = police.chain("police"), police.chain("health")
    raw = other.raws()[1]
    assert fold_chain(own.unit, [*own.raws(), raw]).standings[entry_id(raw)] is Standing.BAD
    act = MemberAdded("aa" * 16, "X", (Role.LEAD,))
    alder = police.signer("alder")
    forged = sign_entry(alder.private, Domain.CONTROL, tree=own.unit, prev=own.heads, signer=alder.id, at=AT, act=act)
    assert fold_chain(own.unit, [*own.raws(), forged]).standings[entry_id(forged)] is Standing.BAD


def test_a_flipped_bit_is_bad_and_takes_nothing_along(police: District) -> None:
    own = police.chain("police")
    for at in (3, 70, 200):
        broken = bytearray(own.raws()[-1])
        broken[at] ^= 1
        chain = fold_chain(own.unit, [*own.raws(), bytes(broken)])
        assert chain.standings[entry_id(bytes(broken))] in {Standing.BAD, Standing.WAITING}
        assert (chain.name, chain.seats) == (own.name, own.seats)


def test_an_entry_without_what_it_was_built_on_waits(police: District) -> None:
    raws = police.chain("police").raws()
    chain = fold_chain(police.units["police"], [*raws[:2], raws[-1]])
    assert chain.standings[entry_id(raws[-1])] is Standing.WAITING
    assert fold_chain(police.units["police"], raws[::-1]) == police.chain("police")


def test_an_oversized_entry_is_not_read(police: District) -> None:
    huge = b"\0" * (MAX_ENTRY + 1)
    assert fold_chain(police.units["police"], [huge]).standings == {entry_id(huge): Standing.BAD}


def test_a_seat_must_ask_itself_and_ask_this_unit(police: District) -> None:
    own = police.chain("police")
    keys = SeatKeys.generate()
    elsewhere = write_request(keys, police.units["health"], member_name="X", device="d", rules=1)
    member = next(iter(own.members))
    for request in (elsewhere, elsewhere[:-2] + b"}}", b"no request"):
        with pytest.raises(SyncError) as caught:
            police.say_in_chain("alder", SeatEnrolled(request, member))
        assert caught.value.code == "control.refused"


def test_a_closing_of_any_branch_closes(police: District) -> None:
    before = police.chain("police")
    police.say_in_chain("alder", SeatClosed(police.id("birch")))
    police.say_in_chain("rowan", MemberAdded("aa" * 16, "X", (Role.PRACTITIONER,)), built_on=before)
    chain = police.chain("police")
    assert chain.closed == {police.id("birch")}
    assert "aa" * 16 in chain.members
    assert len(chain.heads) == 2


def test_what_a_closed_seat_wrote_behind_the_closings_back_grants_nothing(police: District) -> None:
    before = police.chain("police")
    police.say_in_chain("alder", SeatClosed(police.id("rowan")))
    late = police.say_in_chain("rowan", MemberAdded("aa" * 16, "X", (Role.LEAD,)), built_on=before)
    chain = police.chain("police")
    assert chain.standings[entry_id(late)] is Standing.LATE
    assert "aa" * 16 not in chain.members
    assert len(chain.heads) == 1  # nobody builds on it
    assert len(chain.frontier) == 2  # and it is part of what is compared


def test_a_seat_enrolled_by_a_thief_grants_nothing_either(police: District) -> None:
    before = police.chain("police")
    police.say_in_chain("alder", SeatClosed(police.id("rowan")))
    thief = police.copy()
    thief.raws[before.unit] = list(before.raws())
    thief.enrol("accomplice", "rowan", Role.LEAD)
    planted = thief.say_in_chain("accomplice", MemberAdded("bb" * 16, "X", (Role.LEAD,)))
    both = fold_chain(before.unit, [*police.chain("police").raws(), *thief.raws[before.unit]])
    assert both.standings[entry_id(planted)] is Standing.LATE
    assert both.leads == {police.id("alder")}
    assert "bb" * 16 not in both.members


def test_what_a_closing_had_seen_or_names_stays(police: District) -> None:
    before = police.chain("police")
    police.say_in_chain("rowan", MemberAdded("aa" * 16, "seen", (Role.PRACTITIONER,)))
    police.say_in_chain("alder", SeatClosed(police.id("rowan")))
    late = police.say_in_chain("rowan", MemberAdded("bb" * 16, "named", (Role.PRACTITIONER,)), built_on=before)
    assert set(police.chain("police").members) >= {"aa" * 16}
    assert "bb" * 16 not in police.chain("police").members
    police.say_in_chain("alder", Adopted(police.id("rowan"), cid_list([entry_id(late)])))
    assert "bb" * 16 in police.chain("police").members


def test_a_thief_cannot_vouch_for_himself(police: District) -> None:
    before = police.chain("police")
    police.say_in_chain("alder", SeatClosed(police.id("rowan")))
    late = police.say_in_chain("rowan", MemberAdded("aa" * 16, "X", (Role.LEAD,)), built_on=before)
    own = SeatClosed(police.id("rowan"), cid_list([entry_id(late)]))
    police.say_in_chain("rowan", own, built_on=before)
    police.say_in_chain("rowan", Adopted(police.id("rowan"), cid_list([entry_id(late)])), built_on=before)
    assert "aa" * 16 not in police.chain("police").members


def test_a_copied_seat_closes_itself_and_names_both_branches(police: District) -> None:
    before = police.chain("police")
    branch = police.say_in_chain("rowan", MemberAdded("aa" * 16, "X", (Role.PRACTITIONER,)))
    police.say_in_chain("rowan", SeatClosed(police.id("rowan"), cid_list([entry_id(branch)])), built_on=before)
    chain = police.chain("police")
    assert police.id("rowan") in chain.closed
    assert chain.standings[entry_id(branch)] is Standing.OK


def test_who_leaves_takes_every_seat_along(police: District) -> None:
    before = police.chain("police")
    member = before.seats[police.id("birch")].member
    police.say_in_chain("alder", MemberLeft(member))
    keys = SeatKeys.generate()
    request = write_request(keys, before.unit, member_name="birch", device="tablet", rules=1)
    police.say_in_chain("rowan", SeatEnrolled(request, member), built_on=before)
    chain = police.chain("police")
    assert chain.members[member].left
    assert {police.id("birch"), keys.seat_id} <= chain.closed


def test_the_signer_is_judged_by_what_he_had_seen(police: District) -> None:
    """Rights are not withdrawn backwards: rowan was a lead when he wrote, in a branch that had not heard otherwise."""
    before = police.chain("police")
    member = before.seats[police.id("rowan")].member
    police.say_in_chain("alder", RolesChanged(member, (Role.PRACTITIONER,)))
    raw = police.say_in_chain("rowan", MemberAdded("aa" * 16, "X", (Role.PRACTITIONER,)), built_on=before)
    chain = police.chain("police")
    assert chain.standings[entry_id(raw)] is Standing.OK
    assert police.id("rowan") not in chain.leads
    with pytest.raises(SyncError):
        police.say_in_chain("rowan", MemberAdded("bb" * 16, "X", (Role.PRACTITIONER,)))


def test_roles_of_two_branches_add_up(police: District) -> None:
    before = police.chain("police")
    member = before.seats[police.id("birch")].member
    police.say_in_chain("alder", RolesChanged(member, (Role.COORDINATOR,)))
    police.say_in_chain("rowan", RolesChanged(member, (Role.AUDITOR,)), built_on=before)
    assert police.chain("police").members[member].roles == {Role.COORDINATOR, Role.AUDITOR}


def test_the_root_key_enrols_when_no_lead_is_left(police: District) -> None:
    for name in ("alder", "rowan"):
        police.say_in_chain(name, SeatClosed(police.id(name)))
    chain = police.chain("police")
    assert not chain.leads
    keys = SeatKeys.generate()
    request = write_request(keys, chain.unit, member_name="new", device="d", rules=1)
    member = chain.seats[police.id("alder")].member
    raw = write_chain(Signer.root(police.roots["police"]), chain, SeatEnrolled(request, member), AT)
    assert fold_chain(chain.unit, [*chain.raws(), raw]).leads == {keys.seat_id}


def test_two_stories_of_one_seat_meet_in_one_state(police: District) -> None:
    """A seat that tells two laptops different things: when they meet, both stories are known to both."""
    before = police.chain("police")
    stories = [
        police.say_in_chain("alder", MemberAdded(two, two, (Role.LEAD,)), built_on=before)
        for two in ("aa" * 16, "bb" * 16)
    ]
    for order in permutations(stories):
        chain = fold_chain(before.unit, [*before.raws(), *order])
        assert chain == police.chain("police")
        assert {"aa" * 16, "bb" * 16} <= set(chain.members)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rng=st.randoms(use_true_random=False), steps=st.integers(1, 14))
def test_the_order_and_number_of_deliveries_decide_nothing(founded: District, rng: Random, steps: int) -> None:
    """Random acts on random older states: any order, any doubling, any batches come to the same, and equal names mean
    equal states on the way.
    """
    world = founded.copy()
    unit = world.units["police"]
    states = [world.chain("police")]
    for step in range(steps):
        by, seat = rng.choice(("alder", "rowan")), rng.choice(("alder", "rowan", "birch"))
        member = states[0].seats[world.id("birch")].member
        acts = (
            MemberAdded(f"{step:032x}", "X", (Role.LEAD,)),
            RolesChanged(member, (rng.choice(list(Role)),)),
            SeatClosed(world.id(seat)),
            Adopted(world.id(seat), cid_list([entry_id(rng.choice(world.raws[unit]))])),
        )
        try:
            world.say_in_chain(by, rng.choice(acts), built_on=rng.choice(states))
        except SyncError:
            continue
        states.append(world.chain("police"))
    raws, whole = world.raws[unit], world.chain("police")
    shuffled = rng.sample(raws, len(raws)) + rng.choices(raws, k=3)
    assert fold_chain(unit, shuffled) == whole
    held: list[bytes] = []
    by_name: dict[str, object] = {}
    while shuffled:
        held += [shuffled.pop() for _ in range(min(len(shuffled), rng.randint(1, 4)))]
        state = fold_chain(unit, held)
        seen = (
            state.members,
            state.closed,
            state.generations,
            {k: v for k, v in state.standings.items() if v in {Standing.OK, Standing.LATE}},
        )
        assert by_name.setdefault(state.name, seen) == seen
        assert fold_chain(unit, state.raws()) == fold_chain(
            unit, [raw for raw in held if state.standings[entry_id(raw)] in {Standing.OK, Standing.LATE}]
        )
    assert fold_chain(unit, held) == whole
