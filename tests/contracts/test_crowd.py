"""Eight writing processes leave no gap and a reader beside them misses nothing, on both databases; with numbers from
a sequence of the database instead, the same reader misses entries for ever.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.server.storage.database import Database
from tests.contracts import crowd
from tests.contracts.postgres import Cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'log.sqlite'}"
    cluster: Cluster = request.getfixturevalue("postgres")
    return cluster.new_database()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    database.add_spaces([crowd.CROWDED])
    yield database
    database.close()


def test_eight_processes_leave_no_gap_and_a_reader_misses_nothing(url: str, database: Database) -> None:
    read = crowd.read_beside(url, crowd.reader_of(database))
    assert len(read) == len(set(read)) == crowd.WRITERS * crowd.BATCHES * crowd.ITEMS
    assert set(read) == crowd.everything_written()


def test_numbers_from_a_sequence_lose_entries_for_ever(url: str, database: Database) -> None:
    read = crowd.read_beside(url, crowd.trusting_reader_of(database), sequence=True)
    held = database.missing(crowd.CROWDED, sorted(crowd.everything_written()))
    assert held == ()
    assert crowd.everything_written() - set(read)
