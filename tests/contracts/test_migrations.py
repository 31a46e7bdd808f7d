"""The numbered migrations: the same tables on both databases, and as the queries name them; never backwards."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, inspect, text

from sync.errors import SyncError
from sync.server.storage.database import Database
from sync.server.storage.migrations import migrate, migrations, schema_version
from sync.server.storage.tables import METADATA
from tests.contracts.storage import SPACE, entry


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


def test_the_numbers_have_no_gap() -> None:
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


def test_the_tables_are_those_that_the_queries_name(engine: Engine) -> None:
    with engine.begin() as connection:
        migrate(connection)
    found = inspect(engine)
    made = {table: {column["name"] for column in found.get_columns(table)} for table in found.get_table_names()}
    assert made.pop("migration") == {"number"}
    assert made == {table.name: set(table.columns.keys()) for table in METADATA.tables.values()}
    for table in METADATA.tables.values():
        keys = found.get_pk_constraint(table.name)["constrained_columns"]
        assert keys == [column.name for column in table.primary_key.columns]


def test_an_older_database_is_brought_up_to_date_and_keeps_its_entries(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = migrations()
    with monkeypatch.context() as patch, engine.begin() as connection:
        patch.setattr("sync.server.storage.migrations.migrations", lambda: every[:1])
        migrate(connection)
        assert schema_version(connection) == 1
    with engine.begin() as connection:
        head = {"space": bytes.fromhex(SPACE), "epoch": bytes(16), "zero": bytes(32)}
        connection.execute(text("INSERT INTO space VALUES (:space, :epoch, 0, :zero)"), head)
    database = Database(database_url)
    assert database.append(SPACE, [entry(1, carrier="11" * 16)]).items == ((1, True),)
    database.close()
    with engine.begin() as connection:
        assert schema_version(connection) == every[-1][0]


def test_what_a_newer_program_has_made_is_left_alone(engine: Engine, database_url: str) -> None:
    Database(database_url).close()
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO migration (number) VALUES (9999)"))
    with pytest.raises(SyncError) as caught:
        Database(database_url)
    assert caught.value.code == "server.newer"
