"""A SQL database to stand on: an engine, transactions that read or write, failures in the contract's words, watching.

SQLite and PostgreSQL are told apart by the engine's URL alone. What each needs for itself is in
`sync.server.storage.sqlite` and `sync.server.storage.postgres`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from sync.server.storage.contract import StorageBusy, StorageFull, Watch
from sync.server.storage.migrations import check_version, migrate, schema_version
from sync.server.storage.postgres import PostgresWatch, announce
from sync.server.storage.sqlite import SqliteWatch, prepare_sqlite

_FULL = ("disk is full", "no space left", "could not extend file")


class Connected:
    """The engine of one database, with its tables as this program knows them."""

    def __init__(self, url: str) -> None:
        """Open, and bring the tables up to date. `url` is SQLAlchemy's. Raises `SyncError("server.newer")`."""
        parsed = make_url(url)
        self._is_sqlite = parsed.get_backend_name() == "sqlite"
        # Parameters are ciphertext and ids, but they have no place in an error's text either.
        self._engine = create_engine(parsed, hide_parameters=True, pool_pre_ping=not self._is_sqlite)
        if self._is_sqlite:
            prepare_sqlite(self._engine)
        try:
            with self._reading() as connection:
                due = check_version(schema_version(connection))
            if due:
                with self._writing() as connection:
                    migrate(connection)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with said_plainly(), self._engine.connect().execution_options(write=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with said_plainly(), self._engine.connect() as connection, connection.begin():
            yield connection

    def _announce(self, connection: Connection) -> None:
        """Wake those who watch, when and only when this transaction commits. SQLite's watchers look for themselves."""
        if not self._is_sqlite:
            announce(connection)

    def _forget(self) -> None:
        """What was taken away a moment ago shall not lie in SQLite's write-ahead log. As far as no reader holds it."""
        if self._is_sqlite:
            with said_plainly(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def watch(self) -> Watch:
        """Fulfils `Storage.watch`."""
        return SqliteWatch(self._engine) if self._is_sqlite else PostgresWatch(self._engine)

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def said_plainly() -> Iterator[None]:
    """Turn the driver's 'locked', 'gone' and 'full' into the contract's words."""
    try:
        yield
    except DBAPIError as error:
        text = str(error.orig).lower()
        if any(words in text for words in _FULL):
            raise StorageFull from error
        if isinstance(error, OperationalError):
            raise StorageBusy from error
        raise
