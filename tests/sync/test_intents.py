"""Acts made without a line: signed when there is one, built on what others did meanwhile."""

import pytest

from sync.acts import (
    Act,
    Erase,
    Freeze,
    RolesChanged,
    SeatClosed,
    SpaceUnit,
    StewardNamed,
    UnitAdmitted,
    UnitRemoved,
    cid_list,
    decode_act,
)
from sync.errors import SyncError
from sync.identity import Role
from sync.intents import Intent, decode_intent, encode_intent, settle_in_space
from sync.records import SpaceKind
from sync.tree import parse
from tests.sync.founded import AT, District, district

TAG, OTHER_TAG = "7c" * 16, "7d" * 16


@pytest.fixture
def world() -> District:
    return district()


def settled(world: District, by: str, space: str, act: Act) -> Act | None:
    intent = decode_intent(encode_intent(Intent.of(space, act, AT)))
    raw = settle_in_space(intent, world.signer(by), world.control(space), world.chains())
    if raw is None:
        return None
    world.raws[space].append(raw)
    assert set(parse(raw).link.prev) != set()
    return parse(raw).act


def test_a_closing_is_never_dropped_as_done(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    world.say("rowan", space, SeatClosed(world.id("birch")))
    named = SeatClosed(world.id("birch"), cid_list(["ab" * 32]))
    assert settled(world, "alder", space, named) == named
    assert world.control(space).closings[world.id("birch")] == {"ab" * 16}
    assert len(world.control(space).heads) == 1  # built on the other closing: no needless branch


def test_what_others_did_meanwhile_is_not_done_again(world: District) -> None:
    world.found("support", "hazel")
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    support = UnitAdmitted(SpaceUnit(world.units["support"], "support", "support"))
    assert settled(world, "alder", space, support) == support
    assert settled(world, "alder", space, support) is None
    assert settled(world, "alder", space, StewardNamed(world.id("alder"))) is None
    assert settled(world, "alder", space, Freeze((OTHER_TAG,))) == Freeze((OTHER_TAG,))
    assert settled(world, "alder", space, Freeze((TAG, OTHER_TAG))) == Freeze((TAG,))
    removal = UnitRemoved(world.units["support"])
    assert settled(world, "alder", space, removal) == removal
    assert settled(world, "alder", space, removal) is None


def test_an_erasure_names_only_what_still_stands(world: District) -> None:
    space = world.space(SpaceKind.UNIT, "alder", "police")
    assert settled(world, "rowan", space, Erase((TAG,))) == Erase((TAG,))
    assert settled(world, "alder", space, Erase((TAG, OTHER_TAG))) == Erase((OTHER_TAG,))
    assert settled(world, "alder", space, Erase((TAG,))) is None


def test_who_lost_the_right_meanwhile_is_told(world: District) -> None:
    space = world.space(SpaceKind.UNIT, "alder", "police")
    member = world.chain("police").seats[world.id("rowan")].member
    world.say_in_chain("alder", RolesChanged(member, (Role.PRACTITIONER,)))
    with pytest.raises(SyncError) as caught:
        settled(world, "rowan", space, Freeze((TAG,)))
    assert caught.value.code == "control.refused"


def test_junk_is_no_intent() -> None:
    for junk in (b"", b"{}", b'{"tree":"x","at":"","act":{}}', b"\xff"):
        with pytest.raises(SyncError) as caught:
            decode_intent(junk)
        assert caught.value.code == "intent.form"
    assert decode_act(b'{"is":"an act of tomorrow","x":1}') is None
