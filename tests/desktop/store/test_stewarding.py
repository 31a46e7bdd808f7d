"""Units by signed entries on real files: enrolling, work before approval, a lost laptop, keys changed after it."""

from collections.abc import Callable, Iterator

import pytest

from desktop.errors import KnownError
from desktop.model.unit import Owed
from desktop.store.belonging import Joining
from desktop.store.store import Store
from sync.enrolment import write_request
from sync.identity import Role
from sync.keys import SeatKeys
from sync.protocol import TreeKind, TreePage
from sync.records import SpaceKind
from sync.replica import TreeRef
from tests.desktop.store.laptops import EPOCH, Exchange
from tests.desktop.store.unit_laptops import TreeServer, UnitLaptop, of_district
from tests.sync.founded import District, district


@pytest.fixture
def made() -> District:
    return district()


@pytest.fixture
def unit_space(made: District) -> str:
    return made.space(SpaceKind.UNIT, "alder", "police")


class Laptops:
    """The laptops of one test."""

    def __init__(self) -> None:
        self.opened: list[UnitLaptop] = []

    def __call__(self, made: District, seat: str) -> UnitLaptop:
        """The laptop of an enrolled seat, with every tree of the district."""
        return self._keep(of_district(made, seat))

    def joining(self, keys: SeatKeys, joining: Joining) -> UnitLaptop:
        """The laptop of a seat that has asked to be enrolled."""
        return self._keep(UnitLaptop(keys, joining=joining))

    def _keep(self, laptop: UnitLaptop) -> UnitLaptop:
        self.opened.append(laptop)
        return laptop


@pytest.fixture
def open_for() -> Iterator[Laptops]:
    laptops = Laptops()
    yield laptops
    for laptop in laptops.opened:
        laptop.discard()


def names(store: Store) -> list[str]:
    return sorted(row.code_name for row in store.cases.caseload())


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(KnownError) as caught:
        act()
    return caught.value.code


def test_colleagues_of_a_founded_unit_read_each_other(made: District, unit_space: str, open_for: Laptops) -> None:
    alder, birch = open_for(made, "alder").store, open_for(made, "birch").store
    assert alder.seat.unit_space == birch.seat.unit_space == unit_space
    alder.cases.new("Harbour 214")
    Exchange().sync(alder, birch)
    assert names(birch) == ["Harbour 214"]
    assert alder.ledger.fold_hash(unit_space) == birch.ledger.fold_hash(unit_space)


def test_a_foreign_unit_is_no_member_and_reads_nothing(made: District, unit_space: str, open_for: Laptops) -> None:
    alder, yew = open_for(made, "alder").store, open_for(made, "yew").store
    exchange = Exchange()
    alder.cases.new("Harbour 214")
    exchange.push(alder)
    assert unit_space not in yew.seat.spaces
    assert unit_space not in yew.seat.space_keys
    assert names(yew) == []


def test_work_before_approval_is_kept_seen_by_its_writer_and_sent_afterwards(
    made: District, unit_space: str, open_for: Laptops
) -> None:
    keys = SeatKeys.generate()
    unit = made.units["police"]
    alder = open_for(made, "alder").store
    willow = open_for.joining(keys, Joining(unit, "police", "police", unit_space, "willow")).store
    willow.cases.new("Meadow 062")
    exchange, server = Exchange(), TreeServer()
    exchange.sync(alder, willow)
    assert names(willow) == ["Meadow 062"]
    assert names(alder) == []
    assert willow.replica.counts().pending > 0

    alder.stewarding.enrol(write_request(keys, unit, member_name="willow", device="laptop", rules=1))
    seed_trees(server, alder)
    server.sync(alder, willow)
    assert willow.seat.seat is not None
    exchange.sync(willow, alder)
    assert names(alder) == ["Meadow 062"]
    assert willow.replica.counts().pending == 0
    assert alder.ledger.fold_hash(unit_space) == willow.ledger.fold_hash(unit_space)


def seed_trees(server: TreeServer, store: Store) -> None:
    """What the server had of the trees before."""
    trees = store.replica.trees
    assert trees is not None
    for ref in trees.refs():
        rows = store.database.query(
            "SELECT e.raw FROM tree_entry e JOIN tree t ON t.id = e.tree WHERE t.tree = ? AND e.on_server = 1",
            (ref.tree,),
        )
        server.held[ref.kind, ref.tree] = [row[0] for row in rows]


def test_members_and_seats_are_listed_and_a_practitioner_changes_nothing(
    made: District, unit_space: str, open_for: Laptops
) -> None:
    alder, birch = open_for(made, "alder").store, open_for(made, "birch").store
    assert [(line.name, line.left, len(line.seats)) for line in alder.stewarding.members()] == [
        ("alder", False, 1),
        ("birch", False, 1),
        ("rowan", False, 1),
    ]
    assert alder.stewarding.is_lead
    assert not birch.stewarding.is_lead
    assert refused(lambda: birch.stewarding.close_seat(made.id("alder"))) == "membership.refused"
    assert refused(lambda: birch.stewarding.share_space("x", [made.units["health"]])) == "membership.refused"
    assert birch.stewarding.owed() == Owed()
    assert birch.replica.trees is not None
    assert all(birch.replica.trees.due(ref, 1 << 20) == () for ref in birch.replica.trees.refs())


def test_a_lost_laptop_is_closed_what_came_before_stays_what_comes_after_is_quarantined(
    made: District, unit_space: str, open_for: Laptops
) -> None:
    alder, rowan, birch = (open_for(made, name).store for name in ("alder", "rowan", "birch"))
    exchange, server = Exchange(), TreeServer()
    seed_trees(server, alder)
    birch.cases.new("Before 001")
    exchange.sync(birch, alder, rowan)
    before = set(alder.seat.space_keys[unit_space])

    alder.stewarding.close_seat(made.id("birch"))
    birch.cases.new("Thief 002")  # written on the stolen laptop, which has not heard of it
    server.sync(alder, rowan)
    exchange.sync(birch, alder, rowan)
    assert names(alder) == names(rowan) == ["Before 001"]
    assert alder.database.value("SELECT count(*) FROM change WHERE verdict = 'quarantined'") > 0
    after = set(rowan.seat.space_keys[unit_space])
    assert len(after) == len(before) + 1
    assert not alder.stewarding.owed()
    newest = alder.seat.newest_space_key(unit_space)
    assert newest is not None
    assert newest[0] in after - before

    rowan.cases.new("Safe 003")
    exchange.sync(rowan, alder)
    assert names(alder) == ["Before 001", "Safe 003"]
    server.sync(birch)
    exchange.pull(birch)
    assert "Safe 003" not in names(birch)
    assert newest[0] not in birch.seat.space_keys.get(unit_space, {})
    assert refused(lambda: birch.cases.new("Late 004")) == "write.seat_closed"


def test_the_lead_picks_the_last_entry_that_he_trusts(made: District, unit_space: str, open_for: Laptops) -> None:
    alder, birch = open_for(made, "alder").store, open_for(made, "birch").store
    exchange = Exchange()
    birch.cases.new("Before 001")
    exchange.sync(birch, alder)
    trusted = [cid for _, _, cid in alder.stewarding.written_by(made.id("birch"))[unit_space]]
    birch.cases.new("Thief 002")
    exchange.sync(birch, alder)
    assert names(alder) == ["Before 001", "Thief 002"]
    alder.stewarding.close_seat(made.id("birch"), {unit_space: trusted})
    assert names(alder) == ["Before 001"]


def test_an_edit_that_waited_over_a_change_of_keys_is_sealed_anew_and_arrives(
    made: District, unit_space: str, open_for: Laptops
) -> None:
    alder, rowan = (open_for(made, name).store for name in ("alder", "rowan"))
    exchange, server = Exchange(), TreeServer()
    seed_trees(server, alder)
    rowan.cases.new("Harbour 214")
    alder.stewarding.close_seat(made.id("birch"))
    server.sync(alder, rowan)
    newest = rowan.seat.newest_space_key(unit_space)
    assert newest is not None
    exchange.sync(rowan, alder)
    assert names(alder) == ["Harbour 214"]
    assert rowan.database.query("SELECT DISTINCT space_key FROM case_key WHERE space_key = ?", (newest[0],))


def test_a_member_leaves_and_all_their_seats_are_closed(made: District, unit_space: str, open_for: Laptops) -> None:
    alder = open_for(made, "alder").store
    birch = next(line for line in alder.stewarding.members() if line.name == "birch")
    alder.stewarding.close_member(birch.id)
    line = next(line for line in alder.stewarding.members() if line.id == birch.id)
    assert line.left
    assert all(seat.closed for seat in line.seats)


def test_two_units_share_a_space_founded_by_a_lead(made: District, unit_space: str, open_for: Laptops) -> None:
    alder, yew = open_for(made, "alder").store, open_for(made, "yew").store
    server, exchange = TreeServer(), Exchange()
    seed_trees(server, alder)
    space = alder.stewarding.share_space("District", [made.units["health"]])
    server.sync(alder, yew)
    assert space in yew.seat.spaces
    assert yew.seat.is_shared(space)
    key = alder.cases.new("Harbour 214")
    alder.cases.share(key, space, [], basis="danger to life")
    exchange.sync(alder, yew)
    assert names(yew) == ["Harbour 214"]
    assert alder.ledger.fold_hash(space) == yew.ledger.fold_hash(space)


def test_what_is_forged_or_not_allowed_is_dropped_and_the_place_moves_on(
    made: District, unit_space: str, open_for: Laptops
) -> None:
    alder = open_for(made, "alder").store
    trees = alder.replica.trees
    assert trees is not None
    ref = TreeRef(TreeKind.UNIT, made.units["police"])
    name, held = trees.name(ref), len(made.raws[ref.tree])
    good = made.raws[ref.tree][-1]
    forged = good[:63] + bytes([good[63] ^ 1]) + good[64:]
    trees.take(ref, TreePage(EPOCH, 1, (forged, b"rubbish"), 2, ""))
    assert trees.name(ref) == name
    assert trees.cursor(ref).count == 2
    assert (
        alder.database.value(
            "SELECT count(*) FROM tree_entry e JOIN tree t ON t.id = e.tree WHERE t.kind = 'unit' AND t.tree = ?",
            (ref.tree,),
        )
        == held
    )


def test_a_restored_server_is_given_back_the_trees_that_it_lost(
    made: District, unit_space: str, open_for: Laptops
) -> None:
    alder = open_for(made, "alder").store
    server = TreeServer()
    seed_trees(server, alder)
    server.sync(alder)
    lost = TreeServer(epoch="cd" * 16)
    lost.held = {ref: entries[:1] for ref, entries in server.held.items()}
    lost.sync(alder)
    assert {ref: set(entries) for ref, entries in lost.held.items()} == {
        ref: set(entries) for ref, entries in server.held.items()
    }


def test_everything_stands_as_it_was_after_opening_again(made: District, unit_space: str, open_for: Laptops) -> None:
    laptop = open_for(made, "alder")
    store: Store = laptop.store
    store.cases.new("Harbour 214")
    before = (store.ledger.fold_hash(unit_space), store.stewarding.members(), dict(store.seat.space_keys))
    again = laptop.reopen()
    assert (again.ledger.fold_hash(unit_space), again.stewarding.members(), dict(again.seat.space_keys)) == before


def test_a_role_is_changed_by_a_lead(made: District, unit_space: str, open_for: Laptops) -> None:
    alder = open_for(made, "alder").store
    birch = next(line for line in alder.stewarding.members() if line.name == "birch")
    alder.stewarding.change_roles(birch.id, [Role.LEAD])
    assert next(line for line in alder.stewarding.members() if line.id == birch.id).roles == {"lead"}


def test_a_thief_who_closes_the_seat_first_with_a_list_of_forgeries_gains_nothing(
    made: District, unit_space: str, open_for: Laptops
) -> None:
    alder, birch = open_for(made, "alder").store, open_for(made, "birch").store
    exchange, server = Exchange(), TreeServer()
    seed_trees(server, alder)
    birch.cases.new("Before 001")
    exchange.sync(birch, alder)
    trusted = [cid for _, _, cid in alder.stewarding.written_by(made.id("birch"))[unit_space]]
    birch.cases.new("Thief 002")
    exchange.sync(birch, alder)
    birch.stewarding.close_own_seat()
    server.sync(birch, alder)
    assert names(alder) == ["Before 001", "Thief 002"]
    alder.stewarding.close_seat(made.id("birch"), {unit_space: trusted})
    assert names(alder) == ["Before 001"]


def test_a_closing_cut_short_by_the_power_can_be_made_again_with_its_list(
    made: District, unit_space: str, open_for: Laptops
) -> None:
    laptop = open_for(made, "alder")
    alder, birch = laptop.store, open_for(made, "birch").store
    exchange = Exchange()
    birch.cases.new("Before 001")
    exchange.sync(birch, alder)
    control = alder.belonging.controls[unit_space]
    alder.stewarding._close_in(control, made.id("birch"), ())  # and then the power goes
    again = laptop.reopen()
    birch_line = next(line for line in again.stewarding.members() if line.name == "birch")
    assert [seat.closed for seat in birch_line.seats] == [False]
    again.stewarding.close_seat(made.id("birch"))
    assert names(again) == ["Before 001"]
    assert not again.stewarding.owed()


def test_a_space_younger_than_a_closing_owes_nothing_for_long(
    made: District, unit_space: str, open_for: Laptops
) -> None:
    alder, yew = open_for(made, "alder").store, open_for(made, "yew").store
    server = TreeServer()
    seed_trees(server, alder)
    alder.stewarding.close_seat(made.id("birch"))
    alder.stewarding.share_space("District", [made.units["health"]])
    server.sync(alder, yew)
    assert not alder.stewarding.owed()
