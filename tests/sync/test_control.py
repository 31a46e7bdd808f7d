"""The control tree of a space: who may admit, remove, close, erase, and what the tree comes to in whatever order."""

import ssl
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync import judging, tree
from sync.accept import Verdict, accept
from sync.acts import (
    Act,
    Adopted,
    AuthorityAnnounced,
    CaseMoved,
    Confirmed,
    Erase,
    Freeze,
    MemberAdded,
    PolicySet,
    RolesChanged,
    RulesAnnounced,
    RulesRaised,
    SeatClosed,
    SeatEnrolled,
    SeatGranted,
    SpaceKey,
    SpaceUnit,
    StewardNamed,
    Unfreeze,
    UnitAdmitted,
    UnitRemoved,
    Wrap,
    cid_list,
)
from sync.belonging import authorities, control_name, membership, readers, roster_of
from sync.chain_judging import ChainView
from sync.change import Assign, Change, Seen, cid_of, encode
from sync.control import Judged
from sync.control_state import fold_control
from sync.enrolment import write_request
from sync.errors import SyncError
from sync.founding import Signer
from sync.identity import Role
from sync.keys import Domain, SeatKeys, hpke_seal, info_space_key, space_key_name
from sync.records import SpaceKind
from sync.rotation import open_space_keys, open_unit_keys, own_keys
from sync.tree import Entry, Standing, Tree, entry_id, parse, plant, sign_entry
from tests.sync.certificates import Authority
from tests.sync.founded import AT, District, district

TAG, OTHER_TAG = "7c" * 16, "7d" * 16


@pytest.fixture(scope="module")
def founded() -> District:
    made = district()
    made.found("support", "hazel")
    return made


@pytest.fixture
def world(founded: District) -> District:
    return founded.copy()


def refused(world: District, by: str, space: str, act: Act) -> bool:
    with pytest.raises(SyncError) as caught:
        world.say(by, space, act)
    return caught.value.code == "control.refused"


def card(world: District, unit: str) -> SpaceUnit:
    return SpaceUnit(world.units[unit], unit, unit)


def change_of(world: District, seat: str, space: str, n: int = 1) -> tuple[Change, str]:
    change = Change(
        space=space,
        tag=TAG,
        seat=world.id(seat),
        n=n,
        prev="" if n == 1 else "c1" * 32,
        seen=Seen("", 0, "", ""),
        at=AT,
        zone="Europe/Vienna",
        salt="",
        set=(Assign("case", "r", "aim", n),),
    )
    return change, cid_of(encode(change))


def verdict(world: District, space: str, change: tuple[Change, str]) -> Verdict:
    return accept(*change, membership(world.control(space), world.chains()))


# -- founding


def test_a_shared_space_has_the_seats_of_its_units_and_one_key(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    control = world.control(space)
    assert (control.kind, set(control.units)) == (SpaceKind.SHARED, {world.units["police"], world.units["health"]})
    assert control.stewards == {world.id("alder")}
    assert control.confirmed
    who = set(membership(control, world.chains()).seats)
    assert who == {world.id(name) for name in ("alder", "rowan", "birch", "yew", "linden")}
    assert who == set(readers(control, world.chains()))


def test_a_practitioner_founds_nothing_and_nobody_founds_for_others(world: District) -> None:
    for by, kind, units in (
        ("birch", SpaceKind.UNIT, ("police",)),
        ("alder", SpaceKind.UNIT, ("health",)),
        ("alder", SpaceKind.UNIT, ("police", "health")),
        ("alder", SpaceKind.SHARED, ("police",)),
        ("alder", SpaceKind.SHARED, ("health", "support")),
        ("alder", SpaceKind.PARTNERSHIP, ("police",)),
        ("alder", SpaceKind.RESTRICTED, ("police",)),
    ):
        with pytest.raises(SyncError):
            world.space(kind, by, *units)


def test_another_founding_cannot_take_a_spaces_place(world: District) -> None:
    space = world.space(SpaceKind.UNIT, "alder", "police")
    other = world.space(SpaceKind.UNIT, "rowan", "police")
    control = fold_control(space, world.raws[other], world.chains())
    assert control.founding is None
    assert not membership(control, world.chains()).seats


def test_a_partnership_stands_when_a_lead_of_another_agency_confirms(world: District) -> None:
    space = world.space(SpaceKind.PARTNERSHIP, "alder", "police", "health")
    assert not membership(world.control(space), world.chains()).seats
    assert refused(world, "rowan", space, Confirmed())
    assert refused(world, "linden", space, Confirmed())
    world.say("yew", space, Confirmed())
    assert world.control(space).confirmed
    assert world.id("linden") in membership(world.control(space), world.chains()).seats
    world.say("alder", space, UnitAdmitted(card(world, "support")))
    world.say("alder", space, AuthorityAnnounced(b"der", "2027-05-01"))
    world.say("alder", space, PolicySet("grades", "agreed"))
    control = world.control(space)
    assert {unit.agency for unit in control.units.values()} == {"police", "health", "support"}
    assert [each.valid_from for each in control.authorities] == ["2027-05-01"]
    assert control.policy == {"grades": "agreed"}
    listed = roster_of("district", {space: control}, world.chains())
    assert listed.is_sound()
    assert {unit.id for unit in listed.units} == set(world.units.values())


def test_a_ca_that_the_partnership_announced_vouches_beside_the_pinned_one(world: District, tmp_path: Path) -> None:
    old, new = Authority(tmp_path, "old").pem.read_bytes(), Authority(tmp_path, "new").pem.read_bytes()
    space = world.space(SpaceKind.PARTNERSHIP, "alder", "police", "health")
    for certificate in (ssl.PEM_cert_to_DER_cert(new.decode()), b"no certificate"):
        world.say("alder", space, AuthorityAnnounced(certificate, "2027-05-01"))
    assert authorities(old, [world.control(space)]) == old  # one agency alone announces nothing
    world.say("yew", space, Confirmed())
    both = authorities(old, [world.control(space)])
    trust = ssl.create_default_context(cadata=both.decode())
    subjects = {str(each["subject"]) for each in trust.get_ca_certs()}
    assert {"old" in each or "new" in each for each in subjects} == {True}
    assert len(subjects) == 2
    assert authorities(b"", [world.control(space)]) == b""  # the system's own stay the only ones


# -- who may do what


def test_only_a_steward_admits(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    for by in ("rowan", "birch", "yew", "linden", "hazel"):
        assert refused(world, by, space, UnitAdmitted(card(world, "support")))
    world.say("yew", space, StewardNamed(world.id("yew")))
    world.say("yew", space, UnitAdmitted(card(world, "support")))
    assert world.units["support"] in world.control(space).units
    assert world.id("hazel") in membership(world.control(space), world.chains()).seats


def test_a_unit_has_one_steward_and_names_him_itself(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    assert refused(world, "yew", space, StewardNamed(world.id("rowan")))
    assert refused(world, "rowan", space, StewardNamed(world.id("birch")))
    world.say("rowan", space, StewardNamed(world.id("rowan")))
    assert world.control(space).stewards == {world.id("rowan")}


def test_nobody_joins_a_unit_space(world: District) -> None:
    space = world.space(SpaceKind.UNIT, "alder", "police")
    assert refused(world, "alder", space, UnitAdmitted(card(world, "health")))


def test_a_forged_admission_with_the_key_of_another_stays_out(world: District) -> None:
    """An extra member by somebody who is no steward, whose signature is good."""
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    before = world.control(space)
    raw = forged(world, space, "yew", UnitAdmitted(card(world, "support")))
    world.raws[space].append(raw)
    assert world.control(space).standings[entry_id(raw)] is Standing.BAD
    assert world.control(space).name == before.name


def forged(world: District, space: str, by: str, act: Act, *, chains_of: District | None = None) -> bytes:
    """Signed as it should be, whatever the signer may do."""
    signer, control, chains = world.signer(by), world.control(space), (chains_of or world).chains()
    named = [(signer.unit, chains[signer.unit].heads)]
    named += [(unit, chains[unit].heads) for unit in sorted(control.units) if unit != signer.unit and unit in chains]
    return sign_entry(
        signer.private,
        Domain.CONTROL,
        tree=space,
        prev=control.heads,
        signer=signer.id,
        at=AT,
        act=act,
        chains=named,
    )


def test_an_entry_replayed_into_another_space_has_no_place(world: District) -> None:
    one = world.space(SpaceKind.SHARED, "alder", "police", "health")
    two = world.space(SpaceKind.SHARED, "alder", "police", "health")
    raw = world.say("alder", one, UnitRemoved(world.units["health"]))
    world.raws[two].append(raw)
    assert world.control(two).standings[entry_id(raw)] is Standing.BAD
    assert not world.control(two).removed


def test_a_key_on_the_servers_word_is_none(world: District) -> None:
    """Sealed properly to the unit, signed by nobody who may: not opened, not written under."""
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    stranger, key = SeatKeys.generate(), b"k" * 32
    name = space_key_name(key)
    generation = world.chain("police").newest_key
    assert generation is not None
    sealed = hpke_seal(generation.public, key, info=info_space_key(space, name, generation.name))
    act = SpaceKey(name, (Wrap(generation.name, name, sealed),))
    control, chains = world.control(space), world.chains()
    for signer in (Signer.seat(stranger, world.units["police"]), world.signer("birch")):
        raw = sign_entry(
            signer.private,
            Domain.CONTROL,
            tree=space,
            prev=control.heads,
            signer=signer.id,
            at=AT,
            act=act,
            chains=[(signer.unit, chains[signer.unit].heads)],
        )
        supplied = fold_control(space, [*control.raws(), raw], chains)
        held = open_space_keys(supplied, open_unit_keys(chains[signer.unit], own_keys(world.seats["birch"])))
        assert name not in held
        assert supplied.writing_key == control.writing_key


def test_an_entry_waits_for_the_chain_it_rests_on(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    before = {unit: world.chain(unit) for unit in world.units}
    world.enrol("maple", "yew", Role.LEAD)
    raw = world.say("maple", space, StewardNamed(world.id("maple")))
    old = {chain.unit: chain for chain in before.values()}
    assert fold_control(space, world.raws[space], old).standings[entry_id(raw)] is Standing.WAITING
    assert fold_control(space, world.raws[space], {}).standings[entry_id(raw)] is Standing.WAITING
    assert world.control(space).standings[entry_id(raw)] is Standing.OK


# -- closings


def test_a_closed_seat_keeps_what_the_closings_name_together(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    one, two, three = (change_of(world, "birch", space, n) for n in (1, 2, 3))
    before = world.control(space)
    world.say("alder", space, SeatClosed(world.id("birch"), cid_list([one[1]])))
    world.say("rowan", space, SeatClosed(world.id("birch"), cid_list([two[1]])), built_on=before)
    assert [verdict(world, space, each) for each in (one, two, three)] == [Verdict.OK, Verdict.OK, Verdict.QUARANTINED]
    world.say("alder", space, Adopted(world.id("birch"), cid_list([three[1]])))
    assert verdict(world, space, three) is Verdict.OK
    assert world.id("birch") not in readers(world.control(space), world.chains())


def test_a_long_list_is_split(world: District) -> None:
    space = world.space(SpaceKind.UNIT, "alder", "police")
    cids = [f"{n:064x}"[::-1] for n in range(9001)]
    world.close("birch", "alder", space, cids)
    assert len(world.control(space).closings[world.id("birch")]) == 9001


def test_only_leads_of_its_unit_close_a_seat(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    for by in ("linden", "birch", "yew"):
        assert refused(world, by, space, SeatClosed(world.id("rowan")))
    world.say("birch", space, SeatClosed(world.id("birch")))
    assert world.id("birch") in world.control(space).closings


def test_a_removed_unit_is_all_its_seats_closed(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    kept, late = change_of(world, "linden", space, 1), change_of(world, "linden", space, 2)
    before = world.control(space)
    world.say("alder", space, UnitRemoved(world.units["health"], cid_list([kept[1]])))
    raw = world.say("yew", space, Freeze((TAG,)), built_on=before)
    control = world.control(space)
    assert verdict(world, space, kept) is Verdict.OK
    assert verdict(world, space, late) is Verdict.QUARANTINED
    assert control.standings[entry_id(raw)] is Standing.LATE
    assert not control.frozen
    assert set(readers(control, world.chains())) == {world.id(name) for name in ("alder", "rowan", "birch")}


def test_a_thief_admits_nobody_behind_the_closings_back(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    before = world.control(space)
    world.say("rowan", space, SeatClosed(world.id("alder")))
    world.say("alder", space, UnitAdmitted(card(world, "support")), built_on=before)
    assert world.units["support"] not in world.control(space).units
    assert world.id("hazel") not in membership(world.control(space), world.chains()).seats


def test_a_seat_that_a_thief_enrolled_gives_no_key(world: District) -> None:
    """The thief's seat is in no chain that counts, so what it puts into the space counts for nothing either."""
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    thief = world.copy()
    thief.enrol("accomplice", "rowan", Role.LEAD)
    thief.rotate("accomplice", space)
    world.say_in_chain("alder", SeatClosed(world.id("rowan")))
    own = world.control(space).writing_key
    for each in (world.units["police"], space):
        world.raws[each] += thief.raws[each]
    control = world.control(space)
    assert control.writing_key == own
    assert len(control.keys) == 2  # it opens what was sealed under it, and nobody writes under it


# -- erasure


def test_an_erasure_of_any_branch_wins_but_not_over_a_freeze_it_knew(world: District) -> None:
    space = world.space(SpaceKind.UNIT, "alder", "police")
    before = world.control(space)
    world.say("alder", space, Freeze((TAG,)))
    assert refused(world, "rowan", space, Erase((OTHER_TAG, TAG)))
    assert world.control(space).frozen == {TAG}
    world.say("rowan", space, Erase((TAG,)), built_on=before)
    assert world.control(space).erased == {TAG}
    assert not world.control(space).frozen


def test_a_freeze_stands_until_somebody_who_knew_it_lifts_it(world: District) -> None:
    space = world.space(SpaceKind.UNIT, "alder", "police")
    world.say("alder", space, Freeze((TAG,)))
    lifted = world.control(space)
    world.say("alder", space, Unfreeze((TAG,)))
    assert not world.control(space).frozen
    world.say("rowan", space, Freeze((TAG,)), built_on=lifted)
    assert world.control(space).frozen == {TAG}
    assert refused(world, "birch", space, Unfreeze((TAG,)))


def test_where_two_leads_must_agree_one_erases_nothing(world: District) -> None:
    space = world.space(SpaceKind.UNIT, "alder", "police")
    world.say("alder", space, PolicySet("erase_leads", "2"))
    world.say("alder", space, Erase((TAG,)))
    world.say("alder", space, Erase((TAG,)))
    assert (world.control(space).erased, world.control(space).erasing) == (frozenset(), {TAG: 1})
    world.say("rowan", space, Erase((TAG,)))
    assert not world.control(space).erasing
    assert world.control(space).erased == {TAG}


# -- restricted spaces, rules


def test_a_restricted_space_is_for_named_seats(world: District) -> None:
    space = world.space(SpaceKind.RESTRICTED, "alder", "police", seats=("alder", "birch"))
    assert set(membership(world.control(space), world.chains()).seats) == {world.id("alder"), world.id("birch")}
    for by, act in (
        ("rowan", SeatGranted(world.id("rowan"))),
        ("birch", SeatGranted(world.id("rowan"))),
        ("rowan", Erase((TAG,))),
        ("rowan", StewardNamed(world.id("rowan"))),
    ):
        assert refused(world, by, space, act)
    world.say("alder", space, SeatGranted(world.id("rowan")))
    world.say("alder", space, CaseMoved(TAG, "5a" * 16, OTHER_TAG, (world.id("birch"),)))
    world.say("alder", space, StewardNamed(world.id("rowan")))
    control = world.control(space)
    assert set(readers(control, world.chains())) == {world.id(name) for name in ("alder", "birch", "rowan")}
    assert [move.source_tag for move in control.moves] == [OTHER_TAG]


def test_the_named_lead_closes_a_seat_of_another_unit_in_a_restricted_space(world: District) -> None:
    space = world.space(SpaceKind.RESTRICTED, "alder", "police", "health", seats=("alder", "yew"))
    world.say("alder", space, SeatClosed(world.id("yew")))
    assert world.id("yew") not in readers(world.control(space), world.chains())


def test_rules_rise_no_further_than_every_seat_knows(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    assert refused(world, "alder", space, RulesRaised(2))
    for name in ("alder", "rowan", "birch", "yew", "linden"):
        world.say_in_chain(name, RulesAnnounced(3))
    assert refused(world, "alder", space, RulesRaised(4))
    world.say("alder", space, RulesRaised(3))
    assert membership(world.control(space), world.chains()).rules == 3


def test_a_seat_in_two_units_belongs_to_neither(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    request = write_request(world.seats["birch"], world.units["health"], member_name="b", device="d", rules=1)
    member = world.chain("health").seats[world.id("yew")].member
    world.say_in_chain("yew", SeatEnrolled(request, member))
    assert verdict(world, space, change_of(world, "birch", space)) is Verdict.WAITING


# -- any order, and planted faults


def any_act(rng: Random, world: District, space: str) -> Act:
    seat = world.id(rng.choice(("alder", "rowan", "birch", "yew", "linden")))
    tag = rng.choice((TAG, OTHER_TAG))
    return rng.choice(
        (
            UnitAdmitted(card(world, "support")),
            UnitRemoved(world.units[rng.choice(("police", "health", "support"))]),
            StewardNamed(seat),
            SeatClosed(seat, cid_list([entry_id(rng.choice(world.raws[space]))])),
            Adopted(seat, cid_list([entry_id(rng.choice(world.raws[space]))])),
            Freeze((tag,)),
            Unfreeze((tag,)),
            Erase((tag,)),
            PolicySet("erase_leads", rng.choice("12")),
            SpaceKey(f"{rng.getrandbits(128):032x}", ()),
        )
    )


def wander(rng: Random, world: District, space: str, steps: int) -> None:
    """Random acts, by whoever may, on random older states, with chains that move on meanwhile."""
    states = [world.control(space)]
    for step in range(steps):
        by = rng.choice(("alder", "rowan", "yew", "hazel"))
        try:
            if rng.random() < 0.2:
                member = world.chain(world.home[by]).seats[world.id(by)].member
                chain_acts = (
                    SeatClosed(world.id(rng.choice(("alder", "rowan", "yew")))),
                    RolesChanged(member, (Role.PRACTITIONER,)),
                    MemberAdded(f"{step:032x}", "X", (Role.LEAD,)),
                )
                world.say_in_chain(by, rng.choice(chain_acts))
            else:
                world.say(by, space, any_act(rng, world, space), built_on=rng.choice(states))
        except SyncError:
            continue
        states.append(world.control(space))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rng=st.randoms(use_true_random=False), steps=st.integers(1, 16))
def test_the_order_and_number_of_deliveries_decide_nothing(founded: District, rng: Random, steps: int) -> None:
    world = founded.copy()
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    wander(rng, world, space, steps)
    whole, chains = world.control(space), world.chains()
    shuffled = rng.sample(world.raws[space], len(world.raws[space])) + rng.choices(world.raws[space], k=3)
    assert fold_control(space, shuffled, chains) == whole
    changes = [change_of(world, seat, space) for seat in world.seats]
    held: list[bytes] = []
    by_name: dict[str, object] = {}
    while shuffled:
        held += [shuffled.pop() for _ in range(min(len(shuffled), rng.randint(1, 4)))]
        state = fold_control(space, held, chains)
        now = membership(state, chains)
        seen = (now, state.erased, state.frozen, state.keys, [accept(*change, now) for change in changes])
        assert by_name.setdefault(control_name(state, chains), seen) == seen
        assert fold_control(space, state.raws(), chains).name == state.name
    assert fold_control(space, held, chains) == whole


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rng=st.randoms(use_true_random=False), steps=st.integers(1, 14))
def test_what_was_closed_removed_or_erased_stays_so(founded: District, rng: Random, steps: int) -> None:
    """However the entries come in, no later one opens a closed seat, a removed unit or an erased tag again."""
    world = founded.copy()
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    wander(rng, world, space, steps)
    chains = world.chains()
    held: list[bytes] = []
    closed: set[str] = set()
    removed: set[str] = set()
    erased: set[str] = set()
    for raw in rng.sample(world.raws[space], len(world.raws[space])):
        held.append(raw)
        state = fold_control(space, held, chains)
        assert closed <= set(state.closings)
        assert removed <= set(state.removed)
        assert erased <= set(state.erased)
        assert not set(state.units) & set(state.removed)
        closed, removed, erased = set(state.closings), set(state.removed), set(state.erased)
        assert not closed & set(readers(state, chains))


def test_a_signer_is_judged_by_what_he_had_seen(world: District) -> None:
    """Rights are not withdrawn backwards: rowan was a lead in the chain that he had seen."""
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    old = world.copy()
    member = world.chain("police").seats[world.id("rowan")].member
    world.say_in_chain("alder", RolesChanged(member, (Role.PRACTITIONER,)))
    raw = forged(world, space, "rowan", Freeze((TAG,)), chains_of=old)
    world.raws[space].append(raw)
    assert world.control(space).standings[entry_id(raw)] is Standing.OK
    assert world.control(space).frozen == {TAG}
    assert refused(world, "rowan", space, Freeze((OTHER_TAG,)))


def test_two_stories_of_one_seat_meet_in_one_state(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    before = world.control(space)
    stories = [world.say("alder", space, Freeze((tag,)), built_on=before) for tag in (TAG, OTHER_TAG)]
    for order in (stories, stories[::-1]):
        control = fold_control(space, [*before.raws(), *order], world.chains())
        assert control.frozen == {TAG, OTHER_TAG}
        assert len(control.heads) == 2


def first_story_only(raws: Iterable[bytes], accepts: Callable[[Entry], bool]) -> tuple[Tree, frozenset[str]]:
    told: dict[tuple[str, tuple[str, ...]], bytes] = {}
    for raw in raws:
        entry = parse(raw)
        told.setdefault((entry.link.signer, entry.link.prev), raw)
    return plant(told.values(), accepts)


FAULTS = {
    "a signer is judged by the newest state": (
        Judged,
        "chain_at",
        lambda judged, unit, heads, counted=False: judged.chains[unit].now(),
        test_a_signer_is_judged_by_what_he_had_seen,
    ),
    "an equivocating seat is believed by whom it told first": (
        tree,
        "plant",
        first_story_only,
        test_two_stories_of_one_seat_meet_in_one_state,
    ),
    "a closing in a side branch is ignored": (
        judging,
        "is_late",
        lambda *_: False,
        test_a_thief_admits_nobody_behind_the_closings_back,
    ),
    "an extra member by somebody who is no steward": (
        Judged,
        "stewards",
        lambda judged, seen: frozenset(entry.link.signer for entry in judged.tree.entries),
        test_a_forged_admission_with_the_key_of_another_stays_out,
    ),
    "an entry replayed into another space": (
        Judged,
        "_belongs",
        lambda *_: True,
        test_an_entry_replayed_into_another_space_has_no_place,
    ),
    "a key on the server's word": (
        ChainView,
        "is_lead",
        lambda *_: True,
        test_a_key_on_the_servers_word_is_none,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_turns_its_test_red(founded: District, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    where, name, unsound, proof = FAULTS[fault]
    proof(founded.copy())
    monkeypatch.setattr(where, name, unsound)
    with pytest.raises(AssertionError):
        proof(founded.copy())
