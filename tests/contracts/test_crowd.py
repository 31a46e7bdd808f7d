"""Eight writing processes leave no gap and a reader beside them misses nothing, on both databases; with numbers from
a sequence of the database instead, the same reader misses entries for ever.
"""

from collections.abc import Iterator

import pytest

from sync.server.storage.database import Database
from tests.contracts import crowd


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    database.add_spaces([crowd.CROWDED])
    yield database
    database.close()


def test_eight_processes_leave_no_gap_and_a_reader_misses_nothing(database_url: str, database: Database) -> None:
    read = crowd.read_beside(database_url, crowd.reader_of(database))
    assert len(read) == len(set(read)) == crowd.WRITERS * crowd.BATCHES * crowd.ITEMS
    assert set(read) == crowd.everything_written()


def test_numbers_from_a_sequence_lose_entries_for_ever(database_url: str, database: Database) -> None:
    read = crowd.read_beside(database_url, crowd.trusting_reader_of(database), sequence=True)
    held = database.missing(crowd.CROWDED, sorted(crowd.everything_written()))
    assert held == ()
    assert crowd.everything_written() - set(read)
