"""The numbered migrations of the server's database, forward only, the same text on SQLite and PostgreSQL.

A migration that has been released is never edited; a change of the tables is a new number in `schema/`.
"""

import re
from importlib.resources import files

from sqlalchemy import Connection, inspect, text

from sync.errors import SyncError

MIGRATING_LOCK = 0x63617573
"""PostgreSQL's advisory lock under which one process at a time migrates. SQLite's writer is alone anyway."""

_NAME = re.compile(r"^(\d{4})_\w+\.sql$")


def migrations() -> tuple[tuple[int, str], ...]:
    """(number, SQL) in order, numbered 1, 2, 3 …"""
    scripts = (files("sync.server.storage") / "schema").iterdir()
    found = sorted((int(match[1]), each) for each in scripts if (match := _NAME.match(each.name)))
    return tuple((number, script.read_text(encoding="utf-8")) for number, script in found)


def schema_version(connection: Connection) -> int:
    """The number of the last migration that was carried out, 0 for an empty database."""
    if not inspect(connection).has_table("migration"):
        return 0
    return int(connection.execute(text("SELECT coalesce(max(number), 0) FROM migration")).scalar_one())


def check_version(version: int) -> bool:
    """Whether migrations are due. Raises `SyncError("server.newer")`: a newer program has been here."""
    newest = migrations()[-1][0]
    if version > newest:
        raise SyncError("server.newer")
    return version < newest


def migrate(connection: Connection) -> None:
    """Carry out what is due, within the caller's transaction. Raises `SyncError("server.newer")`."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING_LOCK})
    connection.execute(text("CREATE TABLE IF NOT EXISTS migration (number integer NOT NULL PRIMARY KEY)"))
    version = schema_version(connection)
    check_version(version)
    for number, script in migrations():
        if number > version:
            for statement in _statements(script):
                connection.exec_driver_sql(statement)
            connection.execute(text("INSERT INTO migration (number) VALUES (:number)"), {"number": number})


def _statements(script: str) -> list[str]:
    bare = "\n".join(line for line in script.splitlines() if not line.startswith("--"))
    return [statement for part in bare.split(";") if (statement := part.strip())]
