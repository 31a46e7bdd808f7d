"""The hash-chained log of views, searches, prints and exports, also offline.

Each line carries ids and a salted commitment to what was typed; the text lies beside and can be erased without breaking
the chain. Leaves to its callers which acts are logged, and to the sync layer anchoring the head elsewhere.
"""

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from desktop.store.database import Database

HEAD = "audit head"
_LINE = b"causeway audit line/1\0"
_TEXT = b"causeway audit text/1\0"
_START = hashlib.sha256(b"causeway audit start/1\0").digest()


@dataclass(frozen=True)
class Line:
    """One line: number from 1, time in milliseconds UTC, act, the subject's id, and the text unless it was erased."""

    n: int
    at: int
    act: str
    subject: str
    text: str | None


@dataclass(frozen=True)
class Verdict:
    """What `verify` found: how many lines, how many texts were erased, and the first line that does not hold."""

    lines: int
    erased: int
    broken_at: int | None

    @property
    def sound(self) -> bool:
        """Whether every line follows from the one before and the end is where it was left."""
        return self.broken_at is None


def line_hash(previous: bytes, *parts: int | str | bytes | None) -> bytes:
    """SHA-256 over the hash of the line before and the parts of this one: number, time, act, subject, commitment
    (as a msgpack list, so that no two lines read alike).
    """
    return hashlib.sha256(_LINE + previous + msgspec.msgpack.encode(parts)).digest()


def commitment_to(salt: bytes, text: str) -> bytes:
    """What a line carries of a text: without the 32-byte salt nobody can try words against it."""
    return hmac.digest(salt, _TEXT + text.encode("utf-8", "surrogatepass"), "sha256")


class Audit:
    """The log of one store. `now` gives milliseconds UTC."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def append(self, act: str, subject_id: str, text: str | None = None) -> int:
        """Write one line and return its number, inside the open transaction or in one of its own.

        `act` and `subject_id` are words of the program and ids; whatever a person typed goes into `text`.
        """
        if self._database.in_transaction:
            return self._append(act, subject_id, text)
        with self._database.transaction():
            return self._append(act, subject_id, text)

    def _append(self, act: str, subject: str, text: str | None) -> int:
        last = self._database.one("SELECT n, hash FROM audit_line ORDER BY n DESC LIMIT 1")
        n, previous = (1, _START) if last is None else (last["n"] + 1, last["hash"])
        salt = os.urandom(32)
        commitment = None if text is None else commitment_to(salt, text)
        at = self._now()
        digest = line_hash(previous, n, at, act, subject, commitment)
        self._database.insert(
            "INSERT INTO audit_line (n, at, act, subject, commitment, hash) VALUES (?, ?, ?, ?, ?, ?)",
            (n, at, act, subject, commitment, digest),
        )
        if text is not None:
            self._database.insert("INSERT INTO audit_text (n, salt, text) VALUES (?, ?, ?)", (n, salt, text))
        self._database.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (HEAD, digest),
        )
        return n

    def erase_text(self, n: int) -> bool:
        """Erase what was typed beside line `n`, with its salt, inside the caller's transaction; the chain holds."""
        return self._database.execute("DELETE FROM audit_text WHERE n = ?", (n,)) == 1

    def lines(self, subject_id: str | None = None, *, newest: int = 1000) -> list[Line]:
        """The newest lines, latest first, of one subject or of all."""
        rows = self._database.query(
            "SELECT n, at, act, subject, text FROM audit_line LEFT JOIN audit_text USING (n)"
            " WHERE :subject IS NULL OR subject = :subject ORDER BY n DESC LIMIT :newest",
            {"subject": subject_id, "newest": newest},
        )
        return [Line(*row) for row in rows]

    def verify(self) -> Verdict:
        """Recompute the chain from its start, and every commitment whose text is still there."""
        previous, expected, erased = _START, 1, 0
        for n, at, act, subject, commitment, digest, salt, text in self._database.query(
            "SELECT l.n, at, act, subject, commitment, hash, salt, text"
            " FROM audit_line AS l LEFT JOIN audit_text AS t ON t.n = l.n ORDER BY l.n"
        ):
            holds = n == expected and line_hash(previous, n, at, act, subject, commitment) == digest
            if holds and text is not None:
                holds = commitment == commitment_to(salt, text)
            if not holds:
                return Verdict(expected - 1, erased, expected)
            erased += commitment is not None and text is None
            previous, expected = digest, expected + 1
        head = self._database.value("SELECT value FROM meta WHERE key = ?", (HEAD,))
        ends_well = previous == (_START if head is None else head)
        return Verdict(expected - 1, erased, None if ends_well else expected)
