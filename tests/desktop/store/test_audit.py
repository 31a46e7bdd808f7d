"""The log: any change to any line is found, and erasing a text breaks nothing and leaves nothing to guess at."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.errors import Bug
from desktop.store.audit import Audit, Line, commitment_to, line_hash
from desktop.store.database import Database
from desktop.store.migrate import open_store

KEY = bytes(range(32))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_store(tmp_path / "store.db", KEY, create=True)
    yield opened
    opened.close()


@pytest.fixture
def audit(database: Database) -> Audit:
    return Audit(database, itertools.count(1000).__next__)


@pytest.fixture
def three(audit: Audit) -> Audit:
    audit.append("case viewed", "c1")
    audit.append("search", "s1", "rosalind")
    audit.append("print", "c1", "for court")
    return audit


def tamper(database: Database, sql: str, *parameters: object) -> None:
    """As someone with the store's key would: past triggers and references."""
    database.query("PRAGMA foreign_keys = OFF")
    with database.transaction():
        for trigger in ("audit_line_stays", "audit_line_is_kept"):
            database.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        database.execute(sql, parameters)


def test_an_empty_log_is_sound(audit: Audit) -> None:
    assert audit.verify().sound
    assert audit.lines() == []


def test_lines_follow_each_other(three: Audit) -> None:
    verdict = three.verify()
    assert (verdict.lines, verdict.erased, verdict.broken_at) == (3, 0, None)
    assert three.lines() == [
        Line(3, 1002, "print", "c1", "for court"),
        Line(2, 1001, "search", "s1", "rosalind"),
        Line(1, 1000, "case viewed", "c1", None),
    ]
    assert [line.n for line in three.lines("c1")] == [3, 1]
    assert [line.n for line in three.lines(newest=1)] == [3]


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("UPDATE audit_line SET subject = 'c2' WHERE n = 1", 1),
        ("UPDATE audit_line SET act = 'nothing' WHERE n = 2", 2),
        ("UPDATE audit_line SET at = at + 1 WHERE n = 3", 3),
        ("UPDATE audit_line SET hash = zeroblob(32) WHERE n = 1", 1),
        ("UPDATE audit_line SET commitment = zeroblob(32) WHERE n = 2", 2),
        ("UPDATE audit_line SET commitment = NULL WHERE n = 2", 2),
        ("UPDATE audit_text SET text = 'someone else' WHERE n = 2", 2),
        ("UPDATE audit_text SET salt = zeroblob(32) WHERE n = 3", 3),
        ("DELETE FROM audit_line WHERE n = 1", 1),
        ("DELETE FROM audit_line WHERE n = 3", 3),
        ("UPDATE audit_line SET n = n + 10 WHERE n = 3", 3),
        ("DELETE FROM meta WHERE key = 'audit head'", 4),
        ("INSERT INTO audit_line VALUES (4, 0, 'x', 'y', NULL, zeroblob(32))", 4),
        ("INSERT INTO audit_text VALUES (1, zeroblob(32), 'never typed')", 1),
    ],
)
def test_every_tampering_is_found_where_it_is(three: Audit, database: Database, sql: str, line: int) -> None:
    tamper(database, sql)
    verdict = three.verify()
    assert (verdict.sound, verdict.broken_at) == (False, line)


@pytest.mark.parametrize("sql", ["UPDATE audit_line SET act = 'x' WHERE n = 1", "DELETE FROM audit_line WHERE n = 3"])
def test_the_program_itself_cannot_change_a_line(three: Audit, database: Database, sql: str) -> None:
    with pytest.raises(Bug), database.transaction():
        database.execute(sql)
    assert three.verify().sound


def test_a_line_rewritten_with_a_hash_that_fits_breaks_at_the_next(audit: Audit, database: Database) -> None:
    for subject in ("c1", "c2", "c3"):
        audit.append("case viewed", subject)
    first = database.value("SELECT hash FROM audit_line WHERE n = 1")
    rewritten = line_hash(first, 2, 1001, "case viewed", "c9", None)
    tamper(database, "UPDATE audit_line SET subject = 'c9', hash = ? WHERE n = 2", rewritten)
    assert audit.verify().broken_at == 3


def test_erasing_a_text_keeps_the_chain(three: Audit, database: Database) -> None:
    with database.transaction():
        assert three.erase_text(2)
        assert not three.erase_text(1)
    verdict = three.verify()
    assert (verdict.lines, verdict.erased, verdict.sound) == (3, 1, True)
    assert three.lines()[1] == Line(2, 1001, "search", "s1", None)
    kept = [
        tuple(row) for row in database.query("SELECT * FROM audit_line, (SELECT group_concat(text) FROM audit_text)")
    ]
    assert "rosalind" not in str(kept)


@given(st.text(), st.text(), st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_commitment_binds_its_text_and_its_salt(text: str, other: str, salt: bytes, other_salt: bytes) -> None:
    assert (commitment_to(salt, text) == commitment_to(salt, other)) == (text == other)
    assert (commitment_to(salt, text) == commitment_to(other_salt, text)) == (salt == other_salt)


def test_a_line_of_a_transaction_that_failed_was_never_there(audit: Audit, database: Database) -> None:
    def fail() -> None:
        with database.transaction():
            audit.append("print", "c1", "x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    audit.append("print", "c1", "y")
    assert audit.verify().lines == 1
    assert audit.verify().sound
