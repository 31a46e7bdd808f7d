"""What a closed seat wrote behind the leads' back lies aside for all, until a lead takes it in for all."""

from collections.abc import Iterator

import pytest

from desktop.errors import KnownError
from desktop.store.store import Store
from sync.records import SpaceKind
from tests.desktop.store.laptops import Exchange
from tests.desktop.store.unit_laptops import UnitLaptop, of_district, seeded
from tests.sync.founded import District, district


@pytest.fixture
def made() -> District:
    return district()


@pytest.fixture
def laptops(made: District) -> Iterator[dict[str, UnitLaptop]]:
    made.space(SpaceKind.UNIT, "alder", "police")
    opened = {seat: of_district(made, seat) for seat in ("alder", "rowan", "birch")}
    yield opened
    for laptop in opened.values():
        laptop.discard()


def names(store: Store) -> list[str]:
    return sorted(row.code_name for row in store.cases.caseload())


def test_a_lead_takes_in_again_what_a_closing_had_not_named(made: District, laptops: dict[str, UnitLaptop]) -> None:
    alder, rowan, birch = (laptops[seat].store for seat in ("alder", "rowan", "birch"))
    server, exchange = seeded(alder, rowan, birch), Exchange()
    birch.cases.new("Known 001")
    exchange.sync(birch, alder, rowan)
    alder.stewarding.close_seat(made.id("birch"))
    birch.cases.new("Honest 002")  # written before birch's own laptop heard of it, and worth keeping
    server.sync(alder, rowan)
    exchange.sync(birch, alder, rowan)
    assert names(alder) == names(rowan) == ["Known 001"]
    aside = rowan.adopting.quarantined()
    assert {(each.seat, each.name) for each in aside} == {(made.id("birch"), "birch")}
    assert ("case", "code_name") in {field for each in aside for field in each.fields}
    ((hidden, held),) = rowan.adopting.hidden().values()
    assert 0 < hidden < held
    rowan.adopting.adopt(aside)
    assert names(rowan) == ["Honest 002", "Known 001"]
    server.sync(rowan, alder)
    assert names(alder) == ["Honest 002", "Known 001"]
    assert alder.adopting.quarantined() == ()
    assert alder.adopting.hidden() == {}


def test_nobody_else_takes_anything_in(made: District, laptops: dict[str, UnitLaptop]) -> None:
    alder, birch, rowan = (laptops[seat].store for seat in ("alder", "birch", "rowan"))
    server, exchange = seeded(alder, rowan, birch), Exchange()
    alder.stewarding.close_seat(made.id("rowan"))
    rowan.cases.new("Late 003")
    server.sync(alder, birch)
    exchange.sync(rowan, alder, birch)
    (aside, *_) = birch.adopting.quarantined()
    with pytest.raises(KnownError) as caught:
        birch.adopting.adopt([aside])
    assert caught.value.code == "membership.refused"
    assert names(birch) == []
