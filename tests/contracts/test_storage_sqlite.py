"""SQLite keeps the promises of the server's storage, and those of durability that only a file can break."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from sync.server.storage.contract import Storage, StorageBusy, StorageFull
from sync.server.storage.database import Database
from sync.server.storage.sqlite import copy_database
from tests.contracts.storage import SPACE, StoragePromises, entry


class TestSqlite(StoragePromises):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "log.sqlite"

    def open(self) -> Storage:
        return Database(f"sqlite:///{self.path}")

    def test_a_commit_is_on_the_disk_when_it_returns(self) -> None:
        database = Database(f"sqlite:///{self.path}")
        with database._reading() as connection:
            assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
            assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
        database.close()

    def test_a_copy_of_a_database_in_use_is_whole(self, storage: Storage, tmp_path: Path) -> None:
        storage.append(SPACE, [entry(1)])
        copy_database(self.path, tmp_path / "copy")
        storage.append(SPACE, [entry(2)])
        copy = Database(f"sqlite:///{tmp_path / 'copy'}")
        assert copy.heads([SPACE])[SPACE].seq == 1
        copy.close()

    def test_a_copy_of_something_else_leaves_nothing_behind(self, tmp_path: Path) -> None:
        (tmp_path / "other").write_bytes(b"not a database" * 100)
        with pytest.raises(sqlite3.DatabaseError):
            copy_database(tmp_path / "other", tmp_path / "copy")
        assert [path.name for path in tmp_path.iterdir()] == ["other"]

    def test_a_database_held_by_another_is_busy_and_nothing_is_stored(
        self, storage: Storage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sync.server.storage.sqlite.BUSY_MILLISECONDS", 10)
        impatient = self.open()
        with closing(sqlite3.connect(self.path)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageBusy):
                impatient.append(SPACE, [entry(1)])
            other.rollback()
        impatient.close()
        assert storage.heads([SPACE])[SPACE].seq == 0

    def test_a_full_disk_is_said_and_nothing_is_stored(self) -> None:
        database = Database(f"sqlite:///{self.path}")
        database.add_spaces([SPACE])
        with database._writing() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(StorageFull):
            database.append(SPACE, [entry(number, size=3000) for number in range(20)])
        assert database.heads([SPACE])[SPACE].seq == 0
        database.close()
