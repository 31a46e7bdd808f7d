from desktop.demo.partnership import HEALTH, MEMBERS, POLICE, SUPPORT, found
from sync.identity import Roster
from sync.keys import open_space_keys
from sync.records import SpaceKind


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
