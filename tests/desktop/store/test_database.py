"""The door: what it lets through, on which thread, and what lies in the file."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.errors import Bug, KnownError
from desktop.store.bodies import LIMIT, compress_body, decompress_body
from desktop.store.database import PAGE_SIZE, Database
from desktop.store.events import Changed
from desktop.store.migrate import open_store

KEY = bytes(range(32))
CANARY = "Rosalind-at-12-Mill-Lane"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(tmp_path / "store.db", KEY, create=True)
    yield opened
    opened.close()


def put(database: Database, key: str, value: str) -> None:
    with database.transaction():
        database.execute("INSERT INTO meta (key, value) VALUES (?, ?)", (key, value))


def test_what_is_written_is_there_after_reopening(database: Database) -> None:
    put(database, "a", CANARY)
    database.close()
    again = open_store(database.path, KEY)
    row = again.one("SELECT key, value FROM meta")
    assert row is not None
    assert (row["key"], row[1], row.keys()) == ("a", CANARY, ["key", "value"])
    assert again.value("SELECT value FROM meta WHERE key = ?", ("nothing",)) is None
    again.close()


def test_no_byte_of_the_text_is_readable_in_any_file(database: Database) -> None:
    put(database, "a", CANARY)
    database.query("SELECT value FROM meta ORDER BY random()")
    for _ in range(2):
        files = {path.name: path.read_bytes() for path in database.path.parent.iterdir()}
        assert not any(CANARY.encode() in data or b"SQLite format" in data for data in files.values())
        database.checkpoint()
    assert set(files) == {"store.db", "store.db-wal", "store.db.lock"}


def test_the_layout_is_the_measured_one(database: Database) -> None:
    put(database, "a", "b")
    settings = {
        name: database.value(f"PRAGMA {name}")
        for name in ("journal_mode", "foreign_keys", "synchronous", "temp_store", "secure_delete", "trusted_schema")
    }
    assert settings == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 2,
        "temp_store": 2,
        "secure_delete": 1,
        "trusted_schema": 0,
    }
    assert database.value("PRAGMA cipher_page_size") == str(PAGE_SIZE)
    assert database.verify() == 0


def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    def interrupted() -> None:
        with database.transaction():
            database.execute("INSERT INTO meta (key, value) VALUES ('a', 1)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert database.query("SELECT * FROM meta") == []
    assert not database.in_transaction
    put(database, "a", "after")
    assert database.value("SELECT value FROM meta") == "after"


def test_writing_outside_a_transaction_and_nesting_are_bugs(database: Database) -> None:
    with pytest.raises(Bug):
        database.execute("DELETE FROM meta")
    with pytest.raises(Bug):
        database.executemany("DELETE FROM meta WHERE key = ?", [("a",)])
    with pytest.raises(Bug), database.transaction(), database.transaction():
        pass
    put(database, "a", "still works")


def test_another_thread_is_turned_away_at_every_door(database: Database) -> None:
    def whole_transaction() -> None:
        with database.transaction():
            pass

    caught: list[str] = []

    def try_all() -> None:
        for call in (lambda: database.query("SELECT 1"), whole_transaction, database.checkpoint, database.close):
            try:
                call()
            except Bug as error:
                caught.append(str(error))

    other = threading.Thread(target=try_all)
    other.start()
    other.join()
    assert len(caught) == 4
    assert all("thread" in text for text in caught)
    put(database, "a", "the owner goes on")


def test_a_failed_statement_is_a_bug_that_quotes_no_value(database: Database) -> None:
    put(database, CANARY, "1")
    with pytest.raises(Bug) as caught:
        put(database, CANARY, "2")
    assert "SQLITE_CONSTRAINT" in str(caught.value)
    assert "INSERT INTO meta" in str(caught.value)
    assert CANARY not in str(caught.value)
    assert caught.value.__suppress_context__


def test_changes_are_told_after_the_commit_and_only_then(database: Database) -> None:
    def interrupted() -> None:
        with database.transaction() as transaction:
            transaction.touch("case", "3")
            raise ZeroDivisionError

    told: list[Changed] = []
    database.on_changed = told.append
    with database.transaction() as transaction:
        transaction.touch("case", "1", "2")
        transaction.touch("note")
        assert told == []
    assert told == [Changed(frozenset({"case", "note"}), frozenset({"1", "2"}))]
    assert told[0].touches("note", "x")
    assert not told[0].touches("x")
    with pytest.raises(ZeroDivisionError):
        interrupted()
    with database.transaction():
        pass
    assert len(told) == 1


def test_rows_of_many_and_ids_of_new_rows(database: Database) -> None:
    with database.transaction():
        database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, word TEXT)")
        assert database.executemany("INSERT INTO t (word) VALUES (?)", (("a",), ("b",))) == 2
        assert database.insert("INSERT INTO t (word) VALUES (:word)", {"word": "c"}) == 3
        assert database.execute("DELETE FROM t WHERE id < ?", (3,)) == 2
    assert [tuple(row) for row in database.query("SELECT * FROM t")] == [(3, "c")]


def test_a_copy_opens_with_the_same_key_only(database: Database, tmp_path: Path) -> None:
    put(database, "a", "b")
    database.copy_to(tmp_path / "copy.db", KEY)
    copy = Database.open(tmp_path / "copy.db", KEY, everything=True)
    assert copy.value("SELECT value FROM meta") == "b"
    copy.close()
    with pytest.raises(KnownError, match=r"store\.wrong_key"):
        Database.open(tmp_path / "copy.db", bytes(32))
    with pytest.raises(KnownError, match=r"store\.exists"):
        database.copy_to(tmp_path / "copy.db", KEY)


def test_a_search_term_taken_out_of_fts5_leaves_no_trace(database: Database) -> None:
    """With FTS5's own `secure-delete` no shadow table keeps the term; without it (the planted fault) one does."""

    def traces(*, secure: bool) -> int:
        with database.transaction():
            database.execute("CREATE VIRTUAL TABLE words USING fts5(folded)")
            if secure:
                database.execute("INSERT INTO words(words, rank) VALUES ('secure-delete', 1)")
            database.execute("INSERT INTO words(rowid, folded) VALUES (1, 'rosalind'), (2, 'other')")
        found = database.query("SELECT rowid FROM words WHERE words MATCH ?", ("rosalind",))
        assert [row[0] for row in found] == [1]
        with database.transaction():
            database.execute("DELETE FROM words WHERE rowid = 1")
        blocks = database.query("SELECT block FROM words_data")
        with database.transaction():
            database.execute("DROP TABLE words")
        return sum(b"rosalind" in bytes(row[0]) for row in blocks)

    assert traces(secure=False) > 0
    assert traces(secure=True) == 0


def test_every_search_table_of_the_schema_deletes_securely(database: Database) -> None:
    tables = database.query("SELECT name FROM sqlite_master WHERE sql LIKE '%USING fts5%'")
    for (name,) in tables:
        config = f"SELECT v FROM {name}_config WHERE k = 'secure-delete'"  # noqa: S608  a table of our own schema
        assert database.value(config) == 1, name


@given(json_values)
def test_a_body_comes_back_and_equal_bodies_are_equal_bytes(value: Any) -> None:
    assert decompress_body(compress_body(value)) == value
    assert compress_body(value) == compress_body(decompress_body(compress_body(value)))


@given(st.binary(max_size=80))
def test_any_bytes_as_a_body_are_refused_by_a_known_error(data: bytes) -> None:
    with pytest.raises(KnownError, match=r"store\.body_unreadable"):
        decompress_body(data)


def test_a_body_that_swells_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(KnownError, match=r"store\.body_unreadable"):
        decompress_body(compress_body("x" * (LIMIT + 1)))


def test_the_key_is_32_bytes(tmp_path: Path) -> None:
    with pytest.raises(Bug):
        Database.open(tmp_path / "store.db", os.urandom(31), create=True)
    assert not (tmp_path / "store.db").exists()
