"""Two people and one laptop: the second logs in over the first one's full queue."""

from pathlib import Path

import pytest

from tests.e2e.conftest import MakeWorld
from tests.e2e.world import NOWHERE, SECOND_PASSPHRASE, Laptop, World

pytestmark = pytest.mark.e2e


def held(laptop: Laptop) -> dict[str, bytes]:
    """Every byte that the profile has on disk. The lock file says whose process held it last."""
    files = (path for path in Path(laptop.profile).rglob("*") if path.is_file())
    return {path.name: path.read_bytes() for path in files if path.suffix != ".lock"}


@pytest.mark.parametrize("second", ["rowan", "linden"], ids=["of the same unit", "of another agency"])
def test_second_person_over_a_full_queue(make_world: MakeWorld, second: str) -> None:
    world = make_world("alder", "hazel")
    case = world.shared_case()
    alder = world["alder"]
    texts = [f"night shift {number}" for number in range(300)]
    alder.ask("many", case=case.key, texts=texts)
    alder.edit(case, "title", "by the night shift")
    queued = alder.ask("counts")
    assert queued["pending"] == 301
    alder.close()
    before = held(alder)

    other = work_of_the_second(world, world.second_person(second, alder), case.key)
    assert held(alder) == before

    alder.open()
    assert alder.ask("counts") == queued
    assert alder.sync()["level"]
    assert alder.ask("counts")["pending"] == 0
    alder.close()
    other.open(SECOND_PASSPHRASE)
    assert other.sync()["level"]
    space, tag = case.key
    notes = [view["text"]["value"] for name, view in other.ask("fold")[space][tag].items() if name.startswith("note ")]
    assert sorted(notes) == sorted([*texts, "day shift"])
    other.close()
    del world.laptops[second]
    alder.open()
    world.verify()


def test_second_person_sees_the_firsts_case_and_delivers_it(make_world: MakeWorld) -> None:
    """One laptop, no network: the day shift reads what the night shift wrote; given a network, it delivers it while
    that profile stays locked.
    """
    world = make_world("alder", "hazel")
    case = world.shared_case()
    alder = world["alder"]
    assert alder.sync(NOWHERE)["failure"] == "net.refused"
    alder.ask("new", code_name="WILLOW 31")
    alder.edit(case, "title", "by the night shift")
    waiting = alder.ask("counts")["pending"]
    alder.close()
    before = held(alder)

    rowan = world.second_person("rowan", alder)
    rowan.open(SECOND_PASSPHRASE)
    assert rowan.ask("settle") == 1, "the edit is held: the key of its file was never on this profile"
    assert rowan.ask("cases") == ["WILLOW 31"]
    assert rowan.sync()["level"]
    assert rowan.value(case, "title") == "by the night shift", "the key came"
    assert rowan.ask("deliver", address=world.server.address) == waiting
    assert rowan.ask("deliver", address=world.server.address) == 0, "nothing is delivered twice"
    assert held(alder) == before, "and that profile stayed locked"
    assert world["hazel"].sync()["level"]
    assert world["hazel"].value(case, "title") == "by the night shift"
    assert rowan.sync()["level"]
    rowan.ask("settle")
    assert spooled(alder) == set(), "a reader has read them back"
    rowan.close()
    del world.laptops["rowan"]
    alder.open()
    world.verify()


def test_item_for_another_agency_stays_until_its_author_has_read_it_back(make_world: MakeWorld) -> None:
    """The carrier cannot read it: it goes to the server and lies in the spool until its author comes back."""
    world = make_world("alder", "hazel")
    alder = world["alder"]
    alder.ask("new", code_name="WILLOW 31")
    alder.close()
    linden = world.second_person("linden", alder)
    linden.open(SECOND_PASSPHRASE)
    assert linden.ask("settle") == 0
    assert linden.ask("cases") == []
    assert linden.sync()["level"]
    assert linden.ask("deliver", address=world.server.address) == 2
    assert len(spooled(alder)) == 2
    linden.close()
    del world.laptops["linden"]
    alder.open()
    assert alder.sync()["level"]
    assert alder.ask("counts")["pending"] == 0
    alder.ask("settle")
    assert spooled(alder) == set()
    world.verify()


def spooled(laptop: Laptop) -> set[str]:
    """The names of the entries that lie in the spool of its computer."""
    return {path.name for path in (laptop.computer.folder / "spool").rglob("*") if path.is_file()}


def work_of_the_second(world: World, other: Laptop, shared: list[str]) -> Laptop:
    """The second person's whole shift: opens, reads, writes, sends, closes."""
    other.open(SECOND_PASSPHRASE)
    assert other.sync()["level"]
    assert "night shift 1" not in str(other.ask("fold"))
    other.ask("many", case=shared, texts=["day shift"])
    assert other.sync()["level"]
    assert other.ask("counts")["pending"] == 0
    world["hazel"].sync()
    other.close()
    return other
