"""Whatever leads did at the same time: once what is owed is paid, every member opens every key, and nobody who is out
opens the one written under.
"""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync import rotation
from sync.acts import SeatClosed, SpaceUnit, UnitAdmitted
from sync.errors import SyncError
from sync.founding import held_space_keys
from sync.identity import Role
from sync.records import SpaceKind
from sync.rotation import (
    open_unit_keys,
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
from tests.sync.founded import District, district

LEADS = ("alder", "rowan", "yew", "hazel")


@pytest.fixture(scope="module")
def founded() -> District:
    made = district()
    made.found("support", "hazel")
    return made


def act(rng: Random, world: District, space: str, name: str) -> None:
    """Something that a lead does on what this copy of the district knows."""
    by = rng.choice(LEADS)
    what = rng.choice(("rotate", "rotate space", "enrol", "close", "admit"))
    if what == "rotate":
        world.rotate(by)
    elif what == "rotate space":
        world.rotate(by, space)
    elif what == "enrol":
        world.enrol(name, by, rng.choice((Role.PRACTITIONER, Role.LEAD)))
    elif what == "close":
        world.say_in_chain(by, SeatClosed(world.id(rng.choice(("birch", "linden")))))
    else:
        world.say(by, space, UnitAdmitted(SpaceUnit(world.units["support"], "support", "support")))


def merge(worlds: list[District]) -> District:
    whole = worlds[0].copy()
    for world in worlds[1:]:
        for tree, raws in world.raws.items():
            whole.raws[tree] += [raw for raw in raws if raw not in whole.raws[tree]]
        whole.seats |= world.seats
        whole.home |= world.home
    return whole


def settle(world: District, lead: str, space: str) -> bool:
    """What a lead's laptop does of itself in a round; whether anything was owed."""
    chain = world.chain(world.home[lead])
    if world.id(lead) not in chain.leads:
        return False
    held = open_unit_keys(chain, own_keys(world.seats[lead]))
    before = len(world.raws[chain.unit]) + len(world.raws[space])
    if owed_unit_key(chain):
        world.rotate(lead)
    elif owed_shares(chain, held) and chain.newest_key and chain.newest_key.name in held:
        world.say_in_chain(lead, share_unit_key(chain, held, unit_receivers(chain)))
    control, chains = world.control(space), world.chains()
    if chain.unit in control.units:
        keys = held_space_keys(control, chains, chain.unit, world.seats[lead])
        if owed_space_key(control, chains) and keys:
            world.rotate(lead, space)
        elif owed_space_shares(control, chains, keys) and writing_key(control, keys):
            world.say(lead, space, share_space_key(control, keys, space_receivers(control, chains)))
    return len(world.raws[chain.unit]) + len(world.raws[space]) > before


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rng=st.randoms(use_true_random=False), steps=st.integers(1, 12))
def test_what_is_owed_is_paid_and_then_all_members_open_everything(founded: District, rng: Random, steps: int) -> None:
    walk(founded, rng, steps)


def walk(founded: District, rng: Random, steps: int) -> None:
    world = founded.copy()
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    copies = [world.copy() for _ in range(3)]
    for step in range(steps):
        try:
            act(rng, rng.choice(copies), space, f"seat {step}")
        except SyncError:
            continue
        if rng.random() < 0.2:
            copies = [merge(copies) for _ in copies]
    whole = merge(copies)
    rounds = 0
    while sum(settle(whole, lead, space) for lead in LEADS):
        rounds += 1
        assert rounds < 8, "what is owed is never paid"
    control, chains = whole.control(space), whole.chains()
    opened = {
        seat: held_space_keys(control, chains, whole.units[whole.home[seat]], whole.seats[seat]) for seat in whole.seats
    }
    everything = {name for keys in opened.values() for name in keys}
    for seat, unit in whole.home.items():
        chain = chains[whole.units[unit]]
        if whole.units[unit] not in control.units:
            continue
        if whole.id(seat) in chain.active:
            assert set(opened[seat]) == everything, f"{seat} cannot open all that is written"
        elif whole.id(seat) in chain.closed:
            assert writing_key(control, opened[seat]) is None, f"{seat} is out and opens what is written now"


def test_without_the_keys_that_lie_loose_somebody_cannot_read(
    founded: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: only the newest key is shared with who joins."""
    monkeypatch.setattr(rotation, "_loose", lambda *_: ())
    with pytest.raises(AssertionError):
        many(founded)


def many(founded: District) -> None:
    for seed in range(60):
        walk(founded, Random(seed), 10)  # noqa: S311  dice of a test
