"""Whole rounds of real stores against the real server application: level afterwards, also when it was put back."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.store.sharing import Chosen
from sync.client import RoundResult
from sync.server.app import Doorbell, make_app
from sync.server.settings import DATABASE_FILE, Settings, after_restore, found_server, open_server
from sync.server.storage.sqlite import copy_database
from tests.desktop.store.laptops import PRACTICE, RULE, Laptop, discard, laptop, shared_case
from tests.sync.driver import InProcess, drive


class Place:
    """A server in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found_server(folder, PRACTICE.roster.to_bytes(), Settings("machine"))
        self.start()

    def start(self) -> None:
        self.server = open_server(self.folder)
        self.net = InProcess(make_app(self.server, Doorbell()))

    def stop(self) -> None:
        self.net.close()
        self.server.storage.close()

    def round(self, *laptops: Laptop) -> list[RoundResult]:
        return [drive(one.store.replica, self.net.perform) for one in laptops]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "server")
    yield made
    made.stop()


@pytest.fixture
def laptops() -> Iterator[list[Laptop]]:
    made = [laptop("p1"), laptop("p2"), laptop("h1")]
    yield made
    discard(*made)


def level(*laptops: Laptop) -> bool:
    for space in PRACTICE.spaces.values():
        readers = [one.store for one in laptops if space in one.store.replica.spaces()]
        if len({store.ledger.fold_hash(space) for store in readers}) > 1:
            return False
    return all(one.store.replica.counts().pending == 0 for one in laptops)


def test_a_day_of_two_agencies(place: Place, laptops: list[Laptop]) -> None:
    police, colleague, health = laptops
    key, person, shared = shared_case(police.store)
    results = place.round(police, colleague, health)
    assert all(result.level for result in results)
    for one, own, word in ((police, key, "11:00"), (health, shared, "10:00")):
        view = one.store.cases.file(own).safe_contact
        assert view is not None
        one.store.cases.edit(own, "safe_contact", person, "rule", RULE | {"from": word}, view.shown_ids)
    place.round(police, health, police, colleague)
    assert len(police.store.conflicts.open()) == len(colleague.store.conflicts.open()) == 1
    assert level(*laptops)
    conflict = health.store.conflicts.open()[0]
    health.store.conflicts.resolve(conflict, conflict.stands, "")
    place.round(health, police, colleague)
    assert all(one.store.conflicts.open() == () for one in laptops)
    assert level(*laptops)


@pytest.mark.parametrize("announced", [True, False])
def test_last_nights_server_gets_everything_back(
    place: Place, laptops: list[Laptop], tmp_path: Path, *, announced: bool
) -> None:
    police, colleague, health = laptops
    key, person, _ = shared_case(police.store)
    place.round(police, colleague, health)
    copy_database(place.folder / DATABASE_FILE, tmp_path / "backup")
    for number in range(5):
        police.store.cases.add_record(key, "note", {"text": f"after the backup {number}"})
    police.store.cases.share(key, PRACTICE.spaces["shared"], [Chosen("person", person)], basis="danger to life")
    place.round(police, health)
    place.stop()
    for side in ("-wal", "-shm"):
        (place.folder / f"{DATABASE_FILE}{side}").unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup", place.folder / DATABASE_FILE)
    place.start()
    if announced:
        after_restore(place.server.storage)
    colleague.store.cases.add_record(key, "note", {"text": "written meanwhile"})
    for _ in range(2):
        assert all(not result.failure for result in place.round(police, colleague, health))
    assert level(*laptops)
    fresh = laptop("p2")
    place.round(fresh)
    assert fresh.store.ledger.fold_hash(PRACTICE.spaces["police"]) == police.store.ledger.fold_hash(
        PRACTICE.spaces["police"]
    )
    discard(fresh)
