"""Brings a store to this version's schema: forward steps only, each in one transaction, a verified copy first.

A step that is stopped in the middle leaves the version before it. Leaves what the tables mean to the repositories.
"""

import errno
import logging
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from desktop.errors import Bug, KnownError
from desktop.store.database import Database, Observer
from desktop.store.refusals import refusal
from desktop.store.steps import Step, shipped_steps

log = logging.getLogger(__name__)


def open_store(path: Path, store_key: bytes, *, create: bool = False, observer: Observer | None = None) -> Database:
    """Open (or create) a store and bring it to the newest schema. Errors: those of `Database.open` and `upgrade`.

    The copy made before an upgrade goes when the upgraded store has opened once more: kept longer, it would outlive
    what is erased from the store.
    """
    database = Database.open(path, store_key, create=create, observer=observer)
    try:
        if database.version == len(shipped_steps()):
            forget_copies(path)
        upgrade(database, store_key, shipped_steps())
    except BaseException:
        database.close()
        raise
    return database


def forget_copies(path: Path) -> None:
    """Delete the copies made before upgrades of the store at `path` (also a duty of every erasure)."""
    for copy in path.parent.glob(f"{path.name}.before-*"):
        copy.unlink()


def upgrade(database: Database, store_key: bytes, steps: Sequence[Step]) -> None:
    """Run the steps that `database` lacks. A store that has any step gets a verified copy beside it first.

    Raises KnownError `store.newer`, `store.backup_failed` or `store.upgrade_failed`; the store is then as it was.
    """
    version = database.version
    if version > len(steps):
        raise refusal("store.newer", version=version, known=len(steps))
    if version == len(steps):
        return
    if version > 0:
        _keep_copy(database, store_key)
    for step in steps[version:]:
        _run(database, step)
    log.info("store schema %d -> %d", version, len(steps))


def backup_path(path: Path, version: int) -> Path:
    """Where the copy made before leaving schema `version` lies."""
    return path.with_name(f"{path.name}.before-{version + 1:04}")


def statements(sql: str) -> list[str]:
    """The statements of a step, split where the engine itself sees a complete one (triggers hold semicolons)."""
    found: list[str] = []
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    if any(line.strip() and not line.strip().startswith("--") for line in pending.splitlines()):
        raise ValueError("the last statement of a schema step is not complete")
    return found


def _run(database: Database, step: Step) -> None:
    try:
        with database.transaction():
            for statement in statements(step.sql):
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {step.number}")
    except Bug as error:
        log.exception("store schema step %d failed", step.number)
        raise refusal("store.upgrade_failed", step=step.number, cause=error.cause_type) from None


def _keep_copy(database: Database, store_key: bytes) -> None:
    """Copy, reopen and verify; only then does the copy take its name and an older one go."""
    if database.verify():
        raise refusal("store.corrupt")
    kept = backup_path(database.path, database.version)
    fresh = kept.with_name(kept.name + ".new")
    try:
        fresh.unlink(missing_ok=True)
        database.copy_to(fresh, store_key)
        _verify_copy(database, fresh, store_key)
        _sync_file(fresh)
        fresh.replace(kept)
    except (KnownError, OSError) as error:
        fresh.unlink(missing_ok=True)
        full = error.code == "store.disk_full" if isinstance(error, KnownError) else error.errno == errno.ENOSPC
        raise refusal("store.disk_full" if full else "store.backup_failed") from None
    finally:
        fresh.with_name(fresh.name + ".lock").unlink(missing_ok=True)
    for older in database.path.parent.glob(f"{database.path.name}.before-*"):
        if older != kept:
            older.unlink()


def _verify_copy(database: Database, copy: Path, store_key: bytes) -> None:
    """Raise KnownError unless the copy opens, is sound and holds as many rows in every table."""
    opened = Database.open(copy, store_key, everything=True)
    try:
        same = opened.version == database.version and row_counts(opened) == row_counts(database)
        if opened.verify() or not same:
            raise refusal("store.backup_failed")
    finally:
        opened.close()


def row_counts(database: Database) -> dict[str, int]:
    """The number of rows of every table."""
    tables = database.query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {name: int(database.value(f'SELECT count(*) FROM "{name}"')) for (name,) in tables}  # noqa: S608  names come from the schema


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def dump_schema(database: Database) -> str:
    """The schema as text, sorted by name, for comparison with the committed dump. Shadow tables of FTS5 included."""
    rows = database.query("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name")
    return "".join(f"{row[0]};\n\n" for row in rows)
