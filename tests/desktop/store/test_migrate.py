"""Schema steps: forward only, a verified copy first, and a step cut off anywhere leaves the version before it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.errors import KnownError
from desktop.store.database import Database
from desktop.store.migrate import backup_path, dump_schema, forget_copies, open_store, row_counts, statements, upgrade
from desktop.store.steps import FOLDER, Step, read_steps, shipped_steps

KEY = bytes(range(32))
DUMP = Path(__file__).parent / "schema_dump.sql"
NEXT = Step(
    len(shipped_steps()) + 1,
    "next",
    "CREATE TABLE extra (id INTEGER PRIMARY KEY, word TEXT);\n"
    "-- a comment; with a semicolon\n"
    "CREATE TRIGGER extra_word AFTER INSERT ON extra\nBEGIN\n"
    "    UPDATE extra SET word = upper(word);\n    SELECT 1;\nEND;\n"
    "INSERT INTO extra (word) SELECT value FROM meta;\n"
    "ALTER TABLE draft ADD COLUMN extra TEXT;\n",
)
CHILD = """
import os, signal, sys
from pathlib import Path
from desktop.store.database import Database
from desktop.store.migrate import upgrade
from desktop.store.steps import Step, shipped_steps

def observe(number, sql):
    if number == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

key = bytes(range(32))
database = Database.open(Path(sys.argv[1]), key, observer=observe)
upgrade(database, key, (*shipped_steps(), Step(len(shipped_steps()) + 1, "next", sys.argv[3])))
database.close()
"""


def make(path: Path) -> Path:
    database = open_store(path, KEY, create=True)
    with database.transaction():
        database.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", [("a", "first"), ("b", "second")])
    database.close()
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return make(tmp_path / "store.db")


def test_the_schema_is_the_committed_one(store: Path) -> None:
    database = open_store(store, KEY)
    dump = dump_schema(database)
    assert database.version == len(shipped_steps())
    database.close()
    if os.environ.get("CAUSEWAY_WRITE_SCHEMA"):
        DUMP.write_text(dump, "utf-8")
    assert dump == DUMP.read_text("utf-8"), "the schema changed: look at it, then run with CAUSEWAY_WRITE_SCHEMA=1"


def test_every_step_stands_in_a_file_of_its_own() -> None:
    assert len(shipped_steps()) == len(list(FOLDER.glob("*.sql"))) > 0
    assert shipped_steps()[0].name == "floor"


def test_an_upgrade_keeps_what_was_there_and_a_copy_of_before(store: Path) -> None:
    database = Database.open(store, KEY)
    before = row_counts(database)
    upgrade(database, KEY, (*shipped_steps(), NEXT))
    assert database.version == NEXT.number
    assert row_counts(database) == before | {"extra": 2}
    assert [row[0] for row in database.query("SELECT word FROM extra ORDER BY id")] == ["FIRST", "SECOND"]
    assert database.verify() == 0
    database.close()
    copy = Database.open(backup_path(store, NEXT.number - 1), KEY, everything=True)
    assert (copy.version, row_counts(copy)) == (NEXT.number - 1, before)
    copy.close()


@pytest.mark.parametrize("version", range(1, len(shipped_steps())))
def test_from_every_version_there_was(tmp_path: Path, version: int) -> None:
    path = tmp_path / "store.db"
    database = Database.open(path, KEY, create=True)
    upgrade(database, KEY, shipped_steps()[:version])
    with database.transaction():
        database.execute("INSERT INTO meta (key, value) VALUES ('a', 'first')")
    database.close()
    current = open_store(path, KEY)
    fresh = open_store(tmp_path / "fresh.db", KEY, create=True)
    assert dump_schema(current) == dump_schema(fresh)
    assert current.value("SELECT value FROM meta WHERE key = 'a'") == "first"
    assert current.verify() == 0
    current.close()
    fresh.close()


def test_a_new_store_needs_no_copy_and_a_current_one_no_work(store: Path) -> None:
    assert not list(store.parent.glob("*.before-*"))
    database = Database.open(store, KEY)
    upgrade(database, KEY, shipped_steps())
    database.close()
    assert not list(store.parent.glob("*.before-*"))


def test_the_copy_goes_when_the_upgraded_store_has_opened_once_more(store: Path) -> None:
    copy = backup_path(store, 0)
    copy.write_bytes(b"what a former upgrade left")
    open_store(store, KEY).close()
    assert not copy.exists()
    copy.write_bytes(b"again")
    forget_copies(store)
    assert not copy.exists()


def test_an_older_copy_stays_until_the_new_one_is_verified(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older = backup_path(store, 0)
    older.write_bytes(b"what a former upgrade left")

    def spoil(self: Database, path: Path, store_key: bytes) -> None:
        whole(self, path, store_key)
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)

    whole = Database.copy_to
    database = Database.open(store, KEY)
    monkeypatch.setattr(Database, "copy_to", spoil)
    with pytest.raises(KnownError, match=r"store\.backup_failed"):
        upgrade(database, KEY, (*shipped_steps(), NEXT))
    assert database.version == NEXT.number - 1
    assert older.exists()
    assert sorted(path.name for path in store.parent.glob("*before*")) == [older.name]
    monkeypatch.undo()
    upgrade(database, KEY, (*shipped_steps(), NEXT))
    database.close()
    assert not older.exists()
    assert backup_path(store, NEXT.number - 1).exists()


@pytest.mark.logs(r"store schema step \d+ failed")
def test_a_step_that_fails_leaves_the_version_before(store: Path) -> None:
    bad = Step(NEXT.number, "bad", f"{NEXT.sql}DROP TABLE nowhere;\n")
    database = Database.open(store, KEY)
    before = dump_schema(database)
    with pytest.raises(KnownError) as caught:
        upgrade(database, KEY, (*shipped_steps(), bad))
    assert caught.value.code == "store.upgrade_failed"
    assert caught.value.details["step"] == bad.number
    assert (dump_schema(database), database.version) == (before, bad.number - 1)
    database.close()


def test_newer_is_refused(store: Path) -> None:
    database = Database.open(store, KEY)
    with pytest.raises(KnownError, match=r"store\.newer"):
        upgrade(database, KEY, shipped_steps()[:-1])
    database.close()


def test_killed_at_every_statement_of_an_upgrade(tmp_path: Path) -> None:
    versions = []
    for k in range(1, 200):
        store = make(tmp_path / f"store{k}.db")
        ended = subprocess.run(
            [sys.executable, "-c", CHILD, str(store), str(k), NEXT.sql],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ended.returncode in {0, -signal.SIGKILL}, ended.stderr
        if ended.returncode == 0:
            break
        database = Database.open(store, KEY, everything=True)
        versions.append(database.version)
        assert database.verify() == 0
        assert [row[0] for row in database.query("SELECT value FROM meta ORDER BY key")] == ["first", "second"]
        upgrade(database, KEY, (*shipped_steps(), NEXT))
        assert [row[0] for row in database.query("SELECT word FROM extra ORDER BY id")] == ["FIRST", "SECOND"]
        database.close()
    assert ended.returncode == 0
    assert len(versions) > 10
    assert set(versions) == {NEXT.number - 1}


def test_statements_are_split_where_the_engine_sees_an_end() -> None:
    found = statements(NEXT.sql)
    assert [text.splitlines()[0][:14] for text in found] == [
        "CREATE TABLE e",
        "-- a comment; ",
        "INSERT INTO ex",
        "ALTER TABLE dr",
    ]
    with pytest.raises(ValueError, match="not complete"):
        statements("CREATE TABLE t (a)")


@pytest.mark.parametrize("names", [["0001_a.sql", "0003_b.sql"], ["0002_a.sql"], ["0001_a.sql", "0001_b.sql"]])
def test_steps_with_a_gap_or_a_double_are_a_mistake(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;", "utf-8")
    with pytest.raises(ValueError, match="numbered"):
        read_steps(tmp_path)
