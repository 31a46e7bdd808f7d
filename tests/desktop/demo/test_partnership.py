from desktop.demo.partnership import HEALTH, MEMBERS, POLICE, SUPPORT, found
from desktop.store.trees import SPACE, UNIT
from sync.belonging import membership
from sync.chain import fold_chain
from sync.control_state import fold_control
from sync.founding import held_space_keys
from sync.identity import Roster
from sync.keys import open_space_keys
from sync.records import SpaceKind
from sync.tree import Standing


def test_every_seat_opens_the_keys_of_its_own_spaces_and_of_no_other() -> None:
    founded = found()
    for member, *_ in MEMBERS:
        keys = founded.seats[member]
        mine = {space.id for space in founded.roster.spaces_of(keys.seat_id)}
        assert set(open_space_keys(founded.roster, keys)) == mine
        assert founded.space(SpaceKind.PARTNERSHIP, POLICE, HEALTH, SUPPORT).id in mine


def test_no_unit_reads_the_caseload_of_another() -> None:
    founded = found()
    police = founded.space(SpaceKind.UNIT, POLICE).id
    assert police not in open_space_keys(founded.roster, founded.seats["linden"])


def test_two_partnerships_share_no_key() -> None:
    one, two = found(), found()
    assert {seat.id for seat in one.roster.seats}.isdisjoint(seat.id for seat in two.roster.seats)
    assert open_space_keys(one.roster, two.seats["alder"]) == {}


def test_the_roster_is_a_sound_one_and_says_that_it_is_practice() -> None:
    roster = found().roster
    again = Roster.from_bytes(roster.to_bytes())
    assert again == roster
    assert again.practice


def test_the_signed_trees_come_to_the_same_as_the_list() -> None:
    founded = found()
    chains = {each.tree: fold_chain(each.tree, each.raws) for each in founded.trees if each.kind == UNIT}
    for each in founded.trees:
        if each.kind == SPACE:
            control = fold_control(each.tree, each.raws, chains)
            assert set(control.standings.values()) == {Standing.OK}
            listed, folded = founded.roster.membership(each.tree), membership(control, chains)
            assert (folded.space.kind, set(folded.space.units)) == (listed.space.kind, set(listed.space.units))
            assert dict(folded.seats) == dict(listed.seats)
            for member, keys in founded.seats.items():
                unit = next((seat.unit for seat in listed.seats.values() if seat.id == keys.seat_id), "")
                by_list = open_space_keys(founded.roster, keys).get(each.tree, {})
                assert held_space_keys(control, chains, unit, keys) == by_list, member


def test_a_members_seat_begins_with_its_own_spaces_and_no_others() -> None:
    founded = found()
    seated = founded.seated("hazel", "http://127.0.0.1:1")
    spaces = {each.tree for each in seated.trees if each.kind == SPACE}
    assert spaces == {space.id for space in founded.roster.spaces_of(founded.seats["hazel"].seat_id)}
    assert founded.space(SpaceKind.UNIT, POLICE).id not in spaces
    assert len([each for each in seated.trees if each.kind == UNIT]) == 3
    assert seated.roster.practice
    assert not seated.roster.seats
