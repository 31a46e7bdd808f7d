"""What only SQLite needs: durable write-ahead logging, transactions that begin where we say, online backup."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_MILLISECONDS = 20_000
LOOK_SECONDS = 0.1
"""How often a watcher looks whether another connection has written."""


def prepare_sqlite(engine: Engine) -> None:
    """Every connection: WAL, a commit is on the disk when it returns; writers take the lock when they begin.

    A deferred transaction that reads first and writes later fails at once under contention instead of waiting.
    """

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        for pragma in (f"busy_timeout={BUSY_MILLISECONDS}", "journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class SqliteWatch:
    """Fulfils `sync.server.storage.contract.Watch` by looking at the file's version, which costs some microseconds."""

    def __init__(self, engine: Engine) -> None:
        self._connection = sqlite3.connect(str(engine.url.database), check_same_thread=False, isolation_level=None)
        self._version = self._look()

    def wait(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while (version := self._look()) == self._version:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return False
            time.sleep(min(LOOK_SECONDS, remaining))
        self._version = version
        return True

    def close(self) -> None:
        self._connection.close()

    def _look(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy of a database that may be in use: whole under its name, or not there at all.

    Raises `sqlite3.DatabaseError` when the source is no database or is damaged.
    """
    part = target.with_name(target.name + ".part")
    try:
        _copy(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _copy(source: Path, part: Path) -> None:
    part.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as origin,
        closing(sqlite3.connect(part)) as copy,
    ):
        origin.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the copy is damaged")
