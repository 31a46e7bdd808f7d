"""The real server application in this process, on SQLite or PostgreSQL, with its backups: a `Place` to sync with.

A backup is every row of every table, so that both databases are put back in the same way. Leaves sockets to
`tests.e2e`, faults of the line to `tests.machines.stores`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, text

from sync.identity import Roster
from sync.protocol import Cursor, NetCall, NetReply, PageEntry, check_page
from sync.server.app import Doorbell, make_app
from sync.server.routes import Server
from sync.server.settings import DATABASE_FILE, Settings, after_restore, found_server, open_server
from tests.sync.driver import InProcess

Rows = Mapping[str, list[dict[str, Any]]]


class Place:
    """`database` is SQLAlchemy's URL, "" for a SQLite file in `folder`. A database that is named is emptied first."""

    server: Server
    net: InProcess

    def __init__(self, folder: Path, roster: Roster, database: str = "") -> None:
        self._folder = folder
        self._url = database or f"sqlite:///{folder / DATABASE_FILE}"
        if database:
            _drop_all(database)
        found_server(folder, roster.to_bytes(), Settings("machine", database))
        self._kept: Rows | None = None
        self.start()

    def start(self) -> None:
        self.server = open_server(self._folder)
        self.net = InProcess(make_app(self.server, Doorbell()))

    def stop(self) -> None:
        self.net.close()
        self.server.storage.close()

    def perform(self, call: NetCall) -> NetReply:
        return self.net.perform(call)

    def backup(self) -> None:
        self._kept = _read_all(self._url)

    def restore(self, *, announced: bool) -> bool:
        """Last night's server; whether there was a backup. Unannounced: the rows came back and the epoch with them."""
        if self._kept is None:
            return False
        self.stop()
        _write_all(self._url, self._kept)
        self.start()
        if announced:
            after_restore(self.server.storage)
            self.stop()
            self.start()
        return True

    def entries(self, space: str) -> list[PageEntry]:
        """The whole log, contiguous, chained and without doubles, or AssertionError."""
        cursor, found = Cursor(), list[PageEntry]()
        while True:
            page = self.server.storage.read(space, cursor.seq, 1 << 20, 50)
            entries, cursor = check_page(cursor, page)
            found += entries
            if cursor.seq == page.head:
                break
            assert entries, "the log has a gap"
        assert cursor == self.head(space), "the log does not come out at its own head"
        assert len({entry.eid for entry in found}) == len(found), "an entry is in the log twice"
        return found

    def head(self, space: str) -> Cursor:
        return self.server.storage.heads([space])[space]


def _tables(url: str) -> tuple[Any, MetaData]:
    engine = create_engine(url)
    tables = MetaData()
    tables.reflect(engine)
    return engine, tables


def _drop_all(url: str) -> None:
    engine, tables = _tables(url)
    tables.drop_all(engine)
    engine.dispose()


def _read_all(url: str) -> Rows:
    """Untyped: a value comes as the driver gives it, and goes back as that."""
    engine, tables = _tables(url)
    with engine.connect() as connection:
        rows = {
            table.name: [dict(row) for row in connection.execute(text(f'SELECT * FROM "{table.name}"')).mappings()]  # noqa: S608  names of the database itself
            for table in tables.sorted_tables
        }
    engine.dispose()
    return rows


def _write_all(url: str, rows: Rows) -> None:
    engine, tables = _tables(url)
    with engine.begin() as connection:
        for table in reversed(tables.sorted_tables):
            connection.execute(text(f'DELETE FROM "{table.name}"'))  # noqa: S608  as above
        for table in tables.sorted_tables:
            if held := rows.get(table.name):
                names = ", ".join(f'"{name}"' for name in held[0])
                marks = ", ".join(f":{name}" for name in held[0])
                connection.execute(text(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'), held)  # noqa: S608  as above
    engine.dispose()
