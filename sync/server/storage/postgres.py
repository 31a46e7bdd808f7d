"""What only PostgreSQL needs: telling the other processes that a head has moved, and hearing it (LISTEN and NOTIFY)."""

import time

import psycopg
from sqlalchemy import Connection, Engine

CHANNEL = "causeway_moved"
RECONNECT_SECONDS = 1.0


def announce(connection: Connection) -> None:
    """Part of the transaction: heard by everybody when it commits, and only then."""
    connection.exec_driver_sql(f"NOTIFY {CHANNEL}")


class PostgresWatch:
    """Fulfils `sync.server.storage.contract.Watch` on a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def wait(self, seconds: float) -> bool:
        try:
            if self._connection is None:
                self._connection = self._listening()
                return True  # what was said before we listened is not known
            return any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1))
        except psycopg.Error:
            self.close()
            time.sleep(min(seconds, RECONNECT_SECONDS))
            return False

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _listening(self) -> "psycopg.Connection[tuple[object, ...]]":
        _, options = self._engine.dialect.create_connect_args(self._engine.url)
        connection = psycopg.connect(autocommit=True, **options)
        connection.execute(f"LISTEN {CHANNEL}")
        return connection
