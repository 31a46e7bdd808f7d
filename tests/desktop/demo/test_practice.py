from datetime import UTC, datetime
from pathlib import Path

import pytest

from desktop.demo.practice import make_practice, open_practice
from desktop.demo.seeding import SteppedClock, one_round
from desktop.errors import KnownError
from desktop.store.store import Store
from sync.errors import SyncError
from sync.transport import Transport

ZONE = "Europe/London"


def folds(store: Store) -> dict[str, str]:
    return {space: store.ledger.fold_hash(space) for space in store.seat.spaces if store.seat.is_shared(space)}


def test_every_laptop_holds_the_same_and_nothing_waits_or_is_contested(tmp_path: Path) -> None:
    made = make_practice(tmp_path / "practice", ZONE, count=4)
    clock = SteppedClock(datetime.now(UTC))
    held = {}
    for member, laptop in made.laptops.items():
        store = laptop.open(clock, ZONE)
        state = store.queue.state()
        assert (state.pending, state.refused, state.bad, state.waiting) == (0, 0, 0, 0)
        assert store.conflicts.open() == ()
        held[member] = folds(store)
        store.close()
    made.practice.server.stop()
    for one in held.values():
        for other in held.values():
            assert all(one[space] == other[space] for space in one.keys() & other.keys())


def test_the_police_see_the_higher_grade_above_the_agreed_one(tmp_path: Path) -> None:
    made = make_practice(tmp_path / "practice", ZONE, count=1)
    made.practice.server.stop()
    store = made.laptops["alder"].open(SteppedClock(datetime.now(UTC)), ZONE)
    (row,) = store.cases.caseload()
    assert (row.grade, row.agreed, row.grade_reason) == ("extreme", "high", "grade.above_agreed")
    store.close()


def test_it_is_made_once_and_opened_again_on_the_same_address(tmp_path: Path) -> None:
    made = make_practice(tmp_path / "practice", ZONE, count=1)
    made.practice.server.stop()
    again = open_practice(tmp_path / "practice", ZONE)
    assert again.address == made.practice.address
    again.server.kill()
    assert not again.server.running


def test_a_round_without_a_server_says_so_and_loses_nothing(tmp_path: Path) -> None:
    made = make_practice(tmp_path / "practice", ZONE, count=1)
    made.practice.server.kill()
    store = made.laptops["alder"].open(SteppedClock(datetime.now(UTC)), ZONE)
    key = store.cases.new("Ferry 300")
    waiting = store.queue.state().pending
    with pytest.raises(SyncError), Transport(made.practice.address, insecure_loopback=True) as transport:
        one_round(store, transport)
    assert store.queue.state().pending == waiting > 0
    assert store.cases.file(key).header.code_name == "Ferry 300"
    store.close()


def test_a_folder_that_is_no_server_is_a_known_failure(tmp_path: Path) -> None:
    made = make_practice(tmp_path / "practice", ZONE, count=1)
    made.practice.server.stop()
    (tmp_path / "practice" / "server" / "settings.json").write_text("no settings", "utf-8")
    with pytest.raises(KnownError) as caught:
        open_practice(tmp_path / "practice", ZONE)
    assert caught.value.code == "demo.server"
