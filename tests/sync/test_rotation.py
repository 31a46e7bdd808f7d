"""Keys by the control state: who opens what, and what is owed when somebody is out."""

from collections.abc import Callable

import pytest

from sync import keys, rotation
from sync.acts import KeyShared, SeatClosed, SeatGranted, SpaceKey, SpaceUnit, UnitAdmitted, UnitKey, UnitRemoved, Wrap
from sync.chain import fold_chain
from sync.control_state import fold_control
from sync.errors import SyncError
from sync.founding import found_unit, held_space_keys, recovery, write_chain
from sync.identity import Role
from sync.keys import SealSuite, SeatKeys, hpke_open, info_unit_key, key_name, new_seal_private, seal_public_of
from sync.records import SpaceKind
from sync.rotation import (
    Private,
    Receiver,
    awaited,
    open_space_keys,
    open_unit_keys,
    owed_closings,
    owed_shares,
    owed_space_key,
    owed_space_shares,
    owed_unit_key,
    own_keys,
    share_space_key,
    share_unit_key,
    space_receivers,
    unit_receivers,
    writing_key,
)
from tests.sync.founded import AT, District, district


@pytest.fixture(scope="module")
def founded() -> District:
    return district()


@pytest.fixture
def world(founded: District) -> District:
    return founded.copy()


def held(world: District, seat: str, space: str) -> dict[str, bytes]:
    return held_space_keys(world.control(space), world.chains(), world.units[world.home[seat]], world.seats[seat])


def opens_newest(world: District, seat: str, space: str) -> bool:
    return writing_key(world.control(space), held(world, seat, space)) is not None


def test_every_seat_of_every_unit_opens_the_space(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    assert all(opens_newest(world, seat, space) for seat in world.seats)
    assert not owed_space_key(world.control(space), world.chains())
    stranger = SeatKeys.generate()
    assert not open_space_keys(world.control(space), own_keys(stranger))


def test_a_closed_seat_makes_two_rotations_owed_and_then_opens_nothing_new(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    world.say_in_chain("alder", SeatClosed(world.id("birch")))
    assert owed_closings(world.control(space), world.chains()) == {world.id("birch")}
    world.close("birch", "alder", space)
    assert not owed_closings(world.control(space), world.chains())
    assert owed_unit_key(world.chain("police")) == {world.id("birch")}
    assert not owed_space_key(world.control(space), world.chains())  # a new one would be open to birch as well
    assert awaited(world.control(space), world.chains()) == {world.id("birch")}
    world.rotate("alder")
    assert not owed_unit_key(world.chain("police"))
    assert owed_space_key(world.control(space), world.chains()) == {world.id("birch")}
    world.rotate("yew", space)  # any lead of a member unit
    assert not owed_space_key(world.control(space), world.chains())
    assert not opens_newest(world, "birch", space)
    assert all(opens_newest(world, seat, space) for seat in ("alder", "rowan", "yew", "linden"))


def test_who_joins_later_reads_what_was_written_before(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    for _ in range(3):
        world.rotate("alder")
        world.rotate("rowan", space)
    world.enrol("maple", "yew")
    assert len(held(world, "maple", space)) == 4
    assert held(world, "maple", space) == held(world, "alder", space)


def test_a_seat_enrolled_beside_a_rotation_is_owed_the_key(world: District) -> None:
    before = world.copy()
    world.rotate("rowan")
    before.enrol("maple", "alder")
    world.raws[world.units["police"]] += before.raws[world.units["police"]]
    world.seats["maple"], world.home["maple"] = before.seats["maple"], "police"
    chain = world.chain("police")
    assert owed_shares(chain) == {world.id("maple")}
    opened = open_unit_keys(chain, own_keys(world.seats["alder"]))
    receiver = Receiver(world.id("maple"), SealSuite.X25519, world.seats["maple"].seal_public)
    world.say_in_chain("alder", share_unit_key(chain, opened, [receiver]))
    assert not owed_shares(world.chain("police"))
    assert open_unit_keys(world.chain("police"), own_keys(world.seats["maple"])) == opened


def test_a_unit_admitted_later_is_owed_the_key(world: District) -> None:
    world.found("support", "hazel")
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    world.say("alder", space, UnitAdmitted(SpaceUnit(world.units["support"], "support", "support")))
    control = world.control(space)
    assert owed_space_shares(control, world.chains()) == {world.units["support"]}
    newest = world.chain("support").newest_key
    assert newest is not None
    receiver = Receiver(newest.name, newest.suite, newest.public)
    world.say("rowan", space, share_space_key(control, held(world, "rowan", space), [receiver]))
    assert not owed_space_shares(world.control(space), world.chains())
    assert opens_newest(world, "hazel", space)


def test_a_removed_unit_makes_a_rotation_owed(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    world.say("alder", space, UnitRemoved(world.units["health"]))
    assert owed_space_key(world.control(space), world.chains()) == {world.units["health"]}
    world.rotate("alder", space)
    assert not owed_space_key(world.control(space), world.chains())
    assert not opens_newest(world, "yew", space)
    assert opens_newest(world, "birch", space)


def test_a_restricted_space_is_sealed_to_seats_and_to_the_recovery_key(world: District) -> None:
    private = new_seal_private(SealSuite.X25519)
    public = seal_public_of(private)
    act = recovery(world.units["police"], public, SealSuite.X25519, b"", {})
    world.say_in_chain("alder", act)
    space = world.space(SpaceKind.RESTRICTED, "alder", "police", seats=("alder", "birch"))
    assert opens_newest(world, "birch", space)
    assert not opens_newest(world, "rowan", space)
    control = world.control(space)
    recovered = open_space_keys(control, {key_name(public): Private(SealSuite.X25519, private)})
    assert writing_key(control, recovered) is not None
    world.say("alder", space, SeatGranted(world.id("rowan")))
    assert owed_space_shares(world.control(space), world.chains()) == {world.id("rowan")}
    world.close("birch", "alder", space)
    assert owed_space_key(world.control(space), world.chains()) == {world.id("birch")}
    world.rotate("alder", space)
    assert opens_newest(world, "rowan", space)
    assert not opens_newest(world, "birch", space)


def test_the_recovery_key_opens_the_unit_and_its_root(world: District) -> None:
    private = new_seal_private(SealSuite.MLKEM768_X25519)
    public = seal_public_of(private, SealSuite.MLKEM768_X25519)
    seat = SeatKeys.generate()
    made = found_unit(
        seat,
        name="u",
        agency="health",
        member_name="L",
        device="d",
        at=AT,
        recovery_public=public,
        suite=SealSuite.MLKEM768_X25519,
    )
    chain = fold_chain(made.unit, made.raws)
    holder = Private(SealSuite.MLKEM768_X25519, private)
    assert open_unit_keys(chain, {key_name(public): holder}) == open_unit_keys(chain, own_keys(seat)) == made.keys
    assert chain.recovery is not None
    info = info_unit_key(made.unit, made.unit, key_name(public))
    assert hpke_open(private, chain.recovery.root_sealed, info=info, suite=holder.suite) == made.root_private


def test_a_wrap_made_for_one_place_opens_in_no_other(world: District) -> None:
    """Sealed for one space, one key name, one receiver: moved elsewhere it is nothing."""
    one = world.space(SpaceKind.SHARED, "alder", "police", "health")
    two = world.space(SpaceKind.SHARED, "alder", "police", "health")
    key = world.control(one).writing_key
    assert key is not None
    world.say("alder", two, SpaceKey(key.name, key.wraps))
    assert key.name not in held(world, "birch", two)
    assert world.control(two).writing_key is not None


def test_a_key_that_is_not_what_it_is_called_is_passed_over(world: District) -> None:
    space = world.space(SpaceKind.UNIT, "alder", "police")
    generation = world.chain("police").newest_key
    assert generation is not None
    name = "ee" * 16
    wrong = keys.hpke_seal(generation.public, b"w" * 32, info=keys.info_space_key(space, name, generation.name))
    world.say("alder", space, SpaceKey(name, (Wrap(generation.name, name, wrong),)))
    assert name not in held(world, "birch", space)
    assert not opens_newest(world, "birch", space)  # and nothing is written under an older one


def test_who_made_a_key_and_is_out_knows_it(world: District) -> None:
    """Also when it was sealed to none of the maker's own keys."""
    space = world.space(SpaceKind.RESTRICTED, "alder", "police", seats=("alder", "rowan"))
    world.say("alder", space, SpaceKey("ee" * 16, ()))
    world.close("alder", "rowan", space)
    assert owed_space_key(world.control(space), world.chains()) == {world.id("alder")}


def test_what_is_not_held_cannot_be_shared(world: District) -> None:
    space = world.space(SpaceKind.UNIT, "alder", "police")
    chain = world.chain("police")
    shares: tuple[Callable[[], KeyShared], ...] = (
        lambda: share_unit_key(chain, {}, []),
        lambda: share_space_key(world.control(space), {}, []),
    )
    for share in shares:
        with pytest.raises(SyncError) as caught:
            share()
        assert caught.value.code == "key.missing"


def test_a_unit_key_of_the_wrong_length_for_its_suite_does_not_stand(world: District) -> None:
    with pytest.raises(SyncError):
        world.say_in_chain("alder", UnitKey(2, SealSuite.MLKEM768_X25519, b"p" * 32, ()))


def test_hybrid_keys_open_only_with_both_halves(world: District) -> None:
    suite = SealSuite.MLKEM768_X25519
    private = new_seal_private(suite)
    sealed = keys.hpke_seal(seal_public_of(private, suite), b"s" * 32, info=b"i", suite=suite)
    assert keys.hpke_open(private, sealed, info=b"i", suite=suite) == b"s" * 32
    for at in (0, 31, 64, 94):  # of the seed, and of the curve's half
        other = bytearray(private)
        other[at] ^= 64
        with pytest.raises(SyncError):
            keys.hpke_open(bytes(other), sealed, info=b"i", suite=suite)


def test_the_chain_without_a_key_owes_one(world: District) -> None:
    raws = world.chain("police").raws()[:3]
    assert owed_unit_key(fold_chain(world.units["police"], raws)) == {world.units["police"]}
    space = world.space(SpaceKind.UNIT, "alder", "police")
    control = fold_control(space, world.raws[space][:1], world.chains())
    assert owed_space_key(control, world.chains()) == {space}
    act, _ = rotation.new_unit_key(fold_chain(world.units["police"], raws), {})
    root = keys.key_name(keys.sign_public_of(world.roots["police"]))
    assert root == world.units["police"]
    assert act.generation == 1
    assert write_chain(world.signer("alder"), world.chain("police"), act, AT)
    assert Role.LEAD in world.chain("police").members[world.chain("police").seats[world.id("alder")].member].roles


def test_what_is_owed_is_paid_once(world: District) -> None:
    """Leads of both units pay whatever they see owed, each on what it held: it comes to an end."""
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    world.say_in_chain("alder", SeatClosed(world.id("birch")))
    for _ in range(3):
        for lead in ("yew", "rowan", "alder"):
            if owed_space_key(world.control(space), world.chains()):
                world.rotate(lead, space)
            if world.home[lead] == "police" and owed_unit_key(world.chain("police")):
                world.rotate(lead)
    assert len(world.control(space).keys) == 2
    assert len(world.chain("police").generations) == 2
    assert not opens_newest(world, "birch", space)


@pytest.mark.parametrize("suite", list(SealSuite))
def test_a_key_for_more_than_one_entry_holds_is_shared_in_further_ones(world: District, suite: SealSuite) -> None:
    space = world.space(SpaceKind.UNIT, "alder", "police")
    public = seal_public_of(new_seal_private(suite), suite)
    many = [Receiver(f"{number:032x}", suite, public) for number in range(700)]
    sealed = 0
    while sealed < len(many):
        act = share_space_key(world.control(space), held(world, "alder", space), many[sealed:])
        world.say("alder", space, act)
        sealed += len(act.wraps)
    newest = world.control(space).writing_key
    assert newest is not None
    assert {each.id for each in many} <= newest.receivers


def test_a_unit_key_announced_again_takes_it_from_nobody(world: District) -> None:
    generation = world.chain("police").newest_key
    assert generation is not None
    world.say_in_chain("rowan", UnitKey(9, generation.suite, generation.public, ()))
    assert world.chain("police").newest_key != generation
    for seat in ("alder", "birch"):
        assert generation.name in open_unit_keys(world.chain("police"), own_keys(world.seats[seat]))


def test_two_keys_made_at_once_both_reach_who_joins_later(world: District) -> None:
    """Neither holds the other, so the newest alone would not do."""
    world.found("support", "hazel")
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    other = world.copy()
    world.rotate("alder")
    other.rotate("rowan")
    world.raws[world.units["police"]] += other.raws[world.units["police"]]
    other = world.copy()
    world.rotate("alder", space)
    other.rotate("yew", space)
    world.raws[space] += other.raws[space]
    assert len(world.control(space).keys) == 3
    assert len(world.chain("police").generations) == 3

    world.enrol("maple", "alder")
    opened = open_unit_keys(world.chain("police"), own_keys(world.seats["alder"]))
    assert open_unit_keys(world.chain("police"), own_keys(world.seats["maple"])) == opened
    assert not owed_shares(world.chain("police"), opened)
    assert held(world, "maple", space) == held(world, "alder", space)

    world.say("alder", space, UnitAdmitted(SpaceUnit(world.units["support"], "support", "support")))
    control, own = world.control(space), held(world, "rowan", space)
    assert owed_space_shares(control, world.chains(), own) == {world.units["support"]}
    world.say("rowan", space, share_space_key(control, own, space_receivers(control, world.chains())))
    assert not owed_space_shares(world.control(space), world.chains(), own)
    assert held(world, "hazel", space) == own


def test_a_seat_enrolled_beside_one_of_two_keys_is_owed_the_other(world: District) -> None:
    other = world.copy()
    world.rotate("alder")
    other.rotate("rowan")
    world.enrol("maple", "alder")
    world.raws[world.units["police"]] += other.raws[world.units["police"]]
    chain = world.chain("police")
    opened = open_unit_keys(chain, own_keys(world.seats["rowan"]))
    assert owed_shares(chain, opened) == {world.id("maple")}
    world.say_in_chain("rowan", share_unit_key(chain, opened, unit_receivers(chain)))
    assert open_unit_keys(world.chain("police"), own_keys(world.seats["maple"])) == opened
    assert not owed_shares(world.chain("police"), opened)
