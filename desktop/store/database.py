"""The door to the encrypted file: the only importer of `sqlcipher3`.

One thread owns a `Database`; every write stands in a transaction; every failure of the file is Known and leaves the
file as it was. Leaves the schema to `migrate`, the meaning of rows to the repositories.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from sqlcipher3 import dbapi2 as engine

from desktop.errors import Bug, KnownError
from desktop.store.events import Changed, Collector
from desktop.store.lock import READ_ONLY_ERRNOS, InstanceLock
from desktop.store.refusals import refusal
from desktop.store.steps import shipped_steps

PAGE_SIZE = 16384
APPLICATION_ID = 0x43577931
CACHE_KIB = 24 * 1024
"""Pages held open: the indexes by hash of some ten thousand records, each page of which costs a decryption to read."""
FULL_CHECK_BYTES = 64 * 1024 * 1024
"""Up to this size every page is authenticated at open (0.13 s); above it each page is when it is read, and by
`verify()`."""

Parameters = Sequence[Any] | Mapping[str, Any]
Observer = Callable[[int, str], None]

_BY_RESULT = {
    5: "store.locked_by_other",  # SQLITE_BUSY
    6: "store.locked_by_other",  # SQLITE_LOCKED
    8: "store.read_only",  # SQLITE_READONLY
    10: "store.disk_failed",  # SQLITE_IOERR
    11: "store.corrupt",  # SQLITE_CORRUPT
    13: "store.disk_full",  # SQLITE_FULL
    14: "store.read_only",  # SQLITE_CANTOPEN: a side file cannot be made
    26: "store.corrupt",  # SQLITE_NOTADB
}

_NO_ROOM = frozenset({"store.disk_failed", "store.disk_full", "store.read_only"})
"""How a reader's side file that cannot be made shows itself."""


class Row(Protocol):
    """A row: values by position or by column name."""

    def __getitem__(self, key: int | str) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...
    def keys(self) -> list[str]: ...


class Transaction:
    """An open transaction; `touch` notes what `Changed` will say after the commit."""

    def __init__(self) -> None:
        self._collector = Collector()

    def touch(self, kind: str, *ids: str) -> None:
        """Things of `kind` with these ids (content-free) are about to change."""
        self._collector.add(kind, *ids)

    def result(self) -> Changed | None:
        """What was touched so far."""
        return self._collector.result()


def _failure(error: Exception, sql: str) -> KnownError | Bug:
    """The Known failure of the file, else a Bug that names the statement; the engine's own text may quote content."""
    code = _BY_RESULT.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if code is not None:
        return refusal(code)
    name = getattr(error, "sqlite_errorname", "no code")
    return Bug(f"store, {name} in {' '.join(sql.split())[:80]}", error)


def _connect(path: Path, store_key: bytes, mode: str) -> Any:
    """A keyed connection in `mode` ro, rw or rwc. Touches no byte of the file yet."""
    if len(store_key) != 32:
        raise Bug("store: the key is not 32 bytes", ValueError())
    connection = engine.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=0)
    connection.execute("PRAGMA cipher_log_level = NONE")  # it would write page numbers and paths to stderr
    connection.execute(f"PRAGMA key = \"x'{store_key.hex()}'\"")
    connection.execute(f"PRAGMA cipher_page_size = {PAGE_SIZE}")
    return connection


def _is_there(path: Path) -> bool:
    """Whether there is such a file. Raises `store.read_only` where even looking is not allowed."""
    try:
        return path.exists()
    except OSError:
        raise refusal("store.read_only") from None


def _has_wal(path: Path) -> bool:
    wal = path.with_name(path.name + "-wal")
    return wal.exists() and wal.stat().st_size > 0


def _check_readable(connection: Any, path: Path, *, everything: bool) -> None:
    """Raise the Known failure of a file that cannot be trusted; `connection` is read-only, so nothing is changed."""
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except engine.DatabaseError as error:
        result = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if result == 26:
            raise refusal("store.wrong_key") from None
        if result == 11 and _opens_without_its_end(connection):
            raise refusal("store.truncated", bytes=path.stat().st_size) from None
        raise _failure(error, "first read") from None
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(shipped_steps()):
        raise refusal("store.newer", version=version, known=len(shipped_steps()))
    if everything or path.stat().st_size <= FULL_CHECK_BYTES:
        damaged = _damaged_pages(connection, through_wal=_has_wal(path))
        if damaged:
            raise refusal("store.corrupt", pages=damaged)


def _opens_without_its_end(connection: Any) -> bool:
    """Whether the only thing wrong is that the file holds fewer pages than its first page says."""
    connection.execute("PRAGMA writable_schema = ON")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except engine.DatabaseError:
        return False
    return True


def _damaged_pages(connection: Any, *, through_wal: bool) -> int:
    """How many complaints a full check gives. A page that the WAL replaces may be torn in the file, so then the
    logical check is the right one.
    """
    if not through_wal:
        return len(connection.execute("PRAGMA cipher_integrity_check").fetchall())
    try:
        found = connection.execute("PRAGMA quick_check").fetchall()
    except engine.DatabaseError:
        return 1
    return 0 if [row[0] for row in found] == ["ok"] else len(found)


def _probe(path: Path, store_key: bytes, *, everything: bool) -> None:
    """Look at the file through a connection that cannot write, so that a refusal leaves every byte as it was."""
    size = path.stat().st_size
    if not _has_wal(path) and (size == 0 or size % PAGE_SIZE):
        raise refusal("store.truncated", bytes=size)
    sides = [path.with_name(path.name + end) for end in ("-shm", "-wal")]
    made_here = [side for side in sides if not side.exists()]
    connection = _connect(path, store_key, "ro")
    try:
        _check_readable(connection, path, everything=everything)
    except engine.DatabaseError as error:
        raise _failure(error, "probe") from None
    except KnownError as error:
        if error.code not in _NO_ROOM or not _first_page_opens(path, store_key):
            raise
    finally:
        connection.close()
        # A reader makes empty side files. The instance lock is ours, so they belong to nobody else.
        for side in made_here:
            side.unlink(missing_ok=True)


def _first_page_opens(path: Path, store_key: bytes) -> bool:
    """Whether the key fits, seen without the WAL: a reader of the WAL needs a side file, which a full disk has no room
    for. The owner needs none, and what is on a full disk must still be readable.
    """
    connection = _connect(path, store_key, "ro&immutable=1")
    try:
        connection.execute("PRAGMA user_version").fetchone()
    except engine.DatabaseError as error:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF != 26
    finally:
        connection.close()
    return True


def _check_writable(path: Path) -> None:
    """Raise `store.read_only` where SQLite would quietly open the file for reading only."""
    try:
        os.close(os.open(path, os.O_RDWR))
        if not os.access(path.parent, os.W_OK):
            raise refusal("store.read_only")
    except OSError as error:
        raise refusal("store.read_only" if error.errno in READ_ONLY_ERRNOS else "store.disk_failed") from None


class Database:
    """One encrypted file, open for one thread. Use `Database.open`; `migrate.open_store` also brings the schema."""

    def __init__(self, connection: Any, path: Path, lock: InstanceLock, observer: Observer | None) -> None:
        self.path = path
        self.on_changed: Callable[[Changed], None] | None = None
        self._connection = connection
        self._lock = lock
        self._observer = observer
        self._statements = 0
        self._thread = threading.get_ident()
        self._open_transaction: Transaction | None = None

    @classmethod
    def open(
        cls,
        path: Path,
        store_key: bytes,
        *,
        create: bool = False,
        everything: bool = False,
        observer: Observer | None = None,
    ) -> "Database":
        """Open `path` with the 32-byte raw key; with `create` the file must not exist yet.

        `everything` authenticates every page whatever the size. `observer(k, sql)` is told of statement k before it
        runs (tests stop the process there). Raises KnownError `store.missing`, `store.exists`,
        `store.locked_by_other`, `store.read_only`, `store.disk_full`, `store.disk_failed`, `store.truncated`,
        `store.wrong_key`, `store.corrupt`, `store.newer`; after each of them the file is byte for byte as before.
        """
        if _is_there(path) == create:
            raise refusal("store.exists" if create else "store.missing")
        lock = InstanceLock(path.with_name(path.name + ".lock"))
        try:
            if not create:
                _check_writable(path)
                _probe(path, store_key, everything=everything)
            connection = _connect(path, store_key, "rwc" if create else "rw")
            try:
                _configure(connection, create=create)
            except BaseException:
                connection.close()
                if create:
                    path.unlink(missing_ok=True)
                raise
        except BaseException:
            lock.release()
            raise
        return cls(connection, path, lock, observer)

    def close(self) -> None:
        """Fold the WAL into the file, close it and let others open it. A second call does nothing."""
        self._check_thread()
        try:
            self._connection.close()
        except engine.Error as error:
            raise _failure(error, "close") from None
        finally:
            self._lock.release()

    def _check_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise Bug("store: called from a thread that does not own it", RuntimeError())

    def _run(self, sql: str, parameters: Parameters | Iterable[Parameters], *, many: bool = False) -> Any:
        self._check_thread()
        self._statements += 1
        if self._observer is not None:
            self._observer(self._statements, sql)
        try:
            if many:
                return self._connection.executemany(sql, parameters)
            return self._connection.execute(sql, parameters)
        except engine.Error as error:
            raise _failure(error, sql) from None

    @property
    def in_transaction(self) -> bool:
        """Whether a `transaction()` is open."""
        return self._open_transaction is not None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All or nothing. After the commit `on_changed` gets what was touched. Transactions do not nest: Bug."""
        if self._open_transaction is not None:
            raise Bug("store: a transaction inside a transaction", RuntimeError())
        self._run("BEGIN IMMEDIATE", ())
        opened = self._open_transaction = Transaction()
        try:
            yield opened
            self._run("COMMIT", ())
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._open_transaction = None
        changed = opened.result()
        if changed is not None and self.on_changed is not None:
            self.on_changed(changed)

    def joining(self) -> contextlib.AbstractContextManager[Transaction]:
        """The open transaction, which its own opener ends; else a new one."""
        opened = self._open_transaction
        return self.transaction() if opened is None else contextlib.nullcontext(opened)

    def _roll_back(self) -> None:
        """Undo; a failure here changes nothing, the next open rolls back by itself."""
        with contextlib.suppress(engine.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @property
    def current(self) -> Transaction:
        """The open transaction, for a function that works inside its caller's. Bug where there is none."""
        if self._open_transaction is None:
            raise Bug("store: a write outside a transaction", RuntimeError())
        return self._open_transaction

    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run one writing statement inside a transaction; returns the number of rows it changed."""
        _ = self.current
        return int(self._run(sql, parameters).rowcount)

    def executemany(self, sql: str, rows: Iterable[Parameters]) -> int:
        """Run one writing statement for each of `rows` inside a transaction; returns the number of rows changed."""
        _ = self.current
        return int(self._run(sql, rows, many=True).rowcount)

    def insert(self, sql: str, parameters: Parameters = ()) -> int:
        """Run one INSERT inside a transaction; returns the new row's integer id."""
        _ = self.current
        return int(self._run(sql, parameters).lastrowid)

    def query(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a reading statement."""
        cursor = self._run(sql, parameters)
        try:
            return list(cursor.fetchall())
        except engine.Error as error:
            raise _failure(error, sql) from None

    def one(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row, or None."""
        rows = self.query(sql, parameters)
        return rows[0] if rows else None

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.one(sql, parameters)
        return None if row is None else row[0]

    @property
    def version(self) -> int:
        """The number of the last schema step that was run; 0 for an empty store."""
        return int(self.value("PRAGMA user_version"))

    def checkpoint(self) -> None:
        """Fold the WAL into the file and cut it to nothing (after an erasure, before a copy)."""
        self.query("PRAGMA wal_checkpoint(TRUNCATE)")

    def verify(self) -> int:
        """Authenticate every page and walk every table and index; returns the number of complaints, 0 if sound."""
        self.checkpoint()
        pages = len(self.query("PRAGMA cipher_integrity_check"))
        found = [row[0] for row in self.query("PRAGMA integrity_check")]
        return pages + (0 if found == ["ok"] else len(found)) + len(self.query("PRAGMA foreign_key_check"))

    def copy_to(self, path: Path, store_key: bytes) -> None:
        """A page-for-page copy under the same key at `path`, which must not exist; it is not verified here."""
        self._check_thread()
        if path.exists():
            raise refusal("store.exists")
        target = _connect(path, store_key, "rwc")
        try:
            self._connection.backup(target)
        except engine.Error as error:
            raise _failure(error, "backup") from None
        finally:
            target.close()


def _configure(connection: Any, *, create: bool) -> None:
    """Settings of every connection. Memory locking by the cipher stays off: it costs half the speed, and the same
    words lie in the interpreter's memory anyway.
    """
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # no shared-memory file on disk
        if create:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # what was saved survives a power cut
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 512")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.row_factory = engine.Row
    except engine.Error as error:
        raise _failure(error, "configure") from None
