"""Files on a stick: in parts below a size, whole or not at all, read in any order."""

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import TypeVar, cast

import pytest

from desktop.errors import KnownError
from desktop.sticks import Written, read_pack, write_packs
from desktop.store.store import Store
from desktop.tasks import StoreThread
from sync.change import Assign
from tests.desktop.store.laptops import PRACTICE, Laptop, discard, laptop, shared_case

T = TypeVar("T")
SHARED = PRACTICE.spaces["shared"]
UNIT = {unit.name: unit.id for unit in PRACTICE.roster.units}


class AtOnce:
    """The store's steps, done here and now."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.left = 10_000

    def step(self, act: Callable[[Store], T]) -> "Future[T]":
        future: Future[T] = Future()
        self.left -= 1
        if self.left < 0:
            future.cancel()
        else:
            try:
                future.set_result(act(self._store))
            except KnownError as error:
                future.set_exception(error)
        return future


def on(one: Laptop) -> StoreThread:
    return cast("StoreThread", AtOnce(one.store))


@pytest.fixture
def police() -> Iterator[Laptop]:
    made = laptop("p1")
    _, _, shared = shared_case(made.store)
    with made.store.database.transaction():
        for number in range(300):
            made.store.ledger.write_inside(shared, [Assign("note", None, "text", f"note {number}")])
    yield made
    discard(made)


@pytest.fixture
def health() -> Iterator[Laptop]:
    made = laptop("h1")
    yield made
    discard(made)


def write(one: Laptop, folder: Path, **other: int) -> Written:
    told: list[tuple[int, int]] = []
    done = write_packs(
        on(one),
        folder,
        lambda store: store.courier.plan([UNIT["health"]]),
        lambda at, total: told.append((at, total)),
        **other,
    )
    assert told[-1][0] == told[-1][1] == done.entries
    assert [at for at, _ in told] == sorted(at for at, _ in told)
    return done


def test_parts_are_read_in_any_order_and_together_hold_everything(
    police: Laptop, health: Laptop, tmp_path: Path
) -> None:
    done = write(police, tmp_path, most_bytes=60_000)
    assert len(done.files) > 1
    assert done.size == sum(path.stat().st_size for path in done.files)
    assert {path.suffix for path in tmp_path.iterdir()} == {".syncpack"}
    taken = [read_pack(on(health), path, lambda _at, _total: None) for path in reversed(done.files)]
    assert [one.ending for one in taken] == [""] * len(taken)
    assert health.store.ledger.fold_hash(SHARED) == police.store.ledger.fold_hash(SHARED)
    assert health.store.queue.state().bad == 0


def test_two_exports_have_names_that_say_nothing(police: Laptop, tmp_path: Path) -> None:
    first, second = write(police, tmp_path), write(police, tmp_path)
    assert {path.name for path in first.files}.isdisjoint(path.name for path in second.files)
    assert all(set(path.stem) <= set("0123456789abcdef-") for path in tmp_path.iterdir())


def test_an_export_that_is_stopped_leaves_nothing(police: Laptop, tmp_path: Path) -> None:
    stopped = AtOnce(police.store)
    stopped.left = 5
    with pytest.raises(CancelledError):
        write_packs(
            cast("StoreThread", stopped),
            tmp_path,
            lambda store: store.courier.plan([UNIT["health"]]),
            lambda _at, _total: None,
        )
    assert list(tmp_path.iterdir()) == []
