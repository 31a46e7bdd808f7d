"""Two people and one laptop: the second logs in over the first one's full queue."""

from pathlib import Path

import pytest

from tests.e2e.conftest import MakeWorld
from tests.e2e.world import SECOND_PASSPHRASE, Laptop, World

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
