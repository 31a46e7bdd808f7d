"""Worlds for the end-to-end tests; whatever a test did, no process outlives it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.world import World

MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[MakeWorld]:
    """`make_world("alder", "linden")`; `make_world(alder=3600.0)` for a clock that is an hour ahead."""
    made: list[World] = []

    def make(*members: str, **clocks: float) -> World:
        made.append(World(tmp_path, dict.fromkeys(members, 0.0) | clocks))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """The police's and the hospital's laptop."""
    return make_world("alder", "linden")
