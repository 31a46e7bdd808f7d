"""Backups of a server's folder, and going back to one: a new epoch, every session ended, a notice if it is signed.

A backup is a folder: the database, the settings, the members, the blobs, and `backup.json`, written last. Leaves
making a server from a folder to `sync.server.settings`.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec
from sqlalchemy.exc import DatabaseError

from sync.errors import SyncError
from sync.protocol import Cursor
from sync.restored import RestoredSpace, RestoreNotice, sign_notice
from sync.server.occupied import alone
from sync.server.settings import (
    BLOBS_FOLDER,
    DATABASE_FILE,
    LAST_BACKUP,
    NOTICES,
    ROSTER_FILE,
    SETTINGS_FILE,
    Settings,
    after_restore,
    notices_of,
    open_storage,
    read_settings,
    sqlite_url,
)
from sync.server.storage.contract import Storage, StorageBusy
from sync.server.storage.database import Database
from sync.server.storage.dumped import dump_database, load_database
from sync.server.storage.sqlite import copy_database

BACKUP_FILE = "backup.json"
DUMP_FILE = "log.pgdump"

Clock = Callable[[], float]


class Backup(msgspec.Struct, frozen=True):
    """What `backup.json` says: when it was begun, and how far each log reached by then, at least."""

    at: str
    spaces: dict[str, Cursor]


def back_up(folder: Path, target: Path, clock: Clock) -> Backup:
    """Make a backup of a server that may be running. `target` must not be there yet, and is whole or not there.

    Raises `SyncError`: server.exists (something is there), server.backup, and as `read_settings`.
    """
    settings = read_settings(folder)
    if target.exists():
        raise SyncError("server.exists")
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700, parents=True)
    storage = open_storage(folder, settings)
    try:
        made = Backup(_said(clock()), storage.heads(storage.spaces()))
        if settings.database:
            dump_database(settings.database, part / DUMP_FILE)
        else:
            _copy(folder / DATABASE_FILE, part / DATABASE_FILE)
        _copy_settings(folder, part)
        _link_blobs(folder / BLOBS_FOLDER, part / BLOBS_FOLDER)  # last: whatever the database names is there by now
        (part / BACKUP_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(made)) + b"\n")
        part.rename(target)
        storage.set_value(LAST_BACKUP, str(int(clock())).encode())
    finally:
        storage.close()
        shutil.rmtree(part, ignore_errors=True)
    return made


def restore(folder: Path, source: Path | None, operator_private: bytes | None, clock: Clock) -> RestoreNotice:
    """Go back to a backup, also in an empty folder; with None declare that the database was brought back.

    The new epoch begins before or with the restored database: no client ever meets the old one with it. With the
    operator's key the notice is signed and told to clients. Raises `SyncError`: server.running, server.backup (not a
    whole one; nothing was changed), server.dump, server.programs, and as `read_settings`.
    """
    made = None if source is None else _read_backup(source)
    lost = source is not None and not (folder / SETTINGS_FILE).exists()
    settings = read_settings(source if source is not None and lost else folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(folder):
        before = _what_was(folder, settings)
        begin = partial(_begin_again, before=before, made=made, key=operator_private, at=_said(clock()))
        if source is not None and not settings.database:
            target = folder / DATABASE_FILE
            restored = target.with_suffix(".restored")
            _copy(source / DATABASE_FILE, restored)
            notice = begin(Database(sqlite_url(restored)))
            for leftover in ("-wal", "-shm"):
                target.with_name(target.name + leftover).unlink(missing_ok=True)
            restored.replace(target)
        else:
            if source is not None:
                load_database(settings.database, source / DUMP_FILE)
            notice = begin(open_storage(folder, settings))
        if source is not None:
            _link_blobs(source / BLOBS_FOLDER, folder / BLOBS_FOLDER)
        if source is not None and lost:
            _copy_settings(source, folder)
    return notice


@dataclass(frozen=True)
class _Before:
    """What the database said before it was replaced; nothing when it was lost, which is why one restores."""

    heads: dict[str, Cursor]
    notices: tuple[bytes, ...]


def _what_was(folder: Path, settings: Settings) -> _Before:
    if not settings.database and not (folder / DATABASE_FILE).exists():
        return _Before({}, ())
    try:
        storage = open_storage(folder, settings)
    except (StorageBusy, SyncError, DatabaseError):
        return _Before({}, ())
    try:
        return _Before(storage.heads(storage.spaces()), notices_of(storage))
    except (StorageBusy, DatabaseError):
        return _Before({}, ())
    finally:
        storage.close()


def _begin_again(storage: Storage, before: _Before, made: Backup | None, key: bytes | None, at: str) -> RestoreNotice:
    try:
        after_restore(storage)
        now = storage.heads(storage.spaces())
        spaces = tuple(RestoredSpace(space, before.heads.get(space, Cursor()), now[space]) for space in sorted(now))
        notice = RestoreNotice(at, made.at if made else "", spaces)
        own = notices_of(storage)
        notices = own + tuple(each for each in before.notices if each not in own)
        if key is not None:
            notices += (sign_notice(notice, key),)
        storage.set_value(NOTICES, msgspec.msgpack.encode(notices))
        return notice
    finally:
        storage.close()


def _read_backup(source: Path) -> Backup:
    try:
        return msgspec.json.decode((source / BACKUP_FILE).read_bytes(), type=Backup)
    except (OSError, msgspec.DecodeError, ValueError) as error:
        raise SyncError("server.backup") from error


def _copy(source: Path, target: Path) -> None:
    try:
        copy_database(source, target)
    except sqlite3.Error as error:
        raise SyncError("server.backup") from error


def _copy_settings(source: Path, target: Path) -> None:
    """The settings last: a folder that has them is a whole server."""
    for name in (ROSTER_FILE, SETTINGS_FILE):
        if (source / name).exists():
            shutil.copyfile(source / name, target / name)


def _link_blobs(source: Path, target: Path) -> None:
    """Blobs never change, so a second name is a copy; across file systems the bytes are copied."""
    for blob in sorted(source.glob("*/*")) if source.is_dir() else ():
        copy = target / blob.parent.name / blob.name
        if not copy.exists() and len(blob.name) == 64:
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                os.link(blob, copy)
            except OSError:
                part = copy.with_suffix(".part")
                shutil.copyfile(blob, part)
                part.replace(copy)


def _said(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
