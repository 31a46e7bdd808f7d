"""The server's folder: its settings, its list of members, its database; and how a server is put together from it.

Leaves the command line to `sync.server.cli`. Everything in the folder is readable by the operator only.
"""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from sync.errors import SyncError
from sync.identity import Roster
from sync.keys import new_secret, sign_public_of
from sync.protocol import PROTOCOL, Info
from sync.server.accounts import Accounts
from sync.server.log import Logs
from sync.server.membership import FixedMembers
from sync.server.pace import Allowance, UnitQuota
from sync.server.routes import Server
from sync.server.storage.contract import Storage
from sync.server.storage.database import Database

SETTINGS_FILE = "settings.json"
ROSTER_FILE = "roster.json"
DATABASE_FILE = "log.sqlite"
ACCESS_LOG_FILE = "access.log"

_RECEIPT_KEY = "receipt_key"
_SESSION_SECRET = "session_secret"  # noqa: S105  the name under which it is stored, not the secret


class Settings(msgspec.Struct, frozen=True):
    """`database` is SQLAlchemy's URL; "" means the SQLite file in the server's own folder."""

    name: str
    database: str = ""
    allowance: Allowance = Allowance()


def found_server(folder: Path, roster: bytes, settings: Settings) -> Info:
    """Make a server in an empty folder. Raises `SyncError`: server.exists, roster.form. Returns what it will say."""
    if (folder / SETTINGS_FILE).exists():
        raise SyncError("server.exists")
    parsed = Roster.from_bytes(roster)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / ROSTER_FILE).write_bytes(roster)
    storage = open_storage(folder, settings)
    try:
        storage.set_value(_RECEIPT_KEY, new_secret())
        storage.set_value(_SESSION_SECRET, new_secret())
        storage.add_spaces([space.id for space in parsed.spaces])
        # Written last: a folder with settings is a whole server.
        (folder / SETTINGS_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(settings)) + b"\n")
        return _info(storage, settings)
    finally:
        storage.close()


def read_settings(folder: Path) -> Settings:
    """Raises `SyncError`: server.missing (no server in this folder), server.settings (unreadable settings)."""
    try:
        return msgspec.json.decode((folder / SETTINGS_FILE).read_bytes(), type=Settings)
    except FileNotFoundError as error:
        raise SyncError("server.missing") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise SyncError("server.settings") from error


def open_storage(folder: Path, settings: Settings) -> Storage:
    return Database(settings.database or sqlite_url(folder / DATABASE_FILE))


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path.absolute()}"


def open_server(folder: Path, clock: Callable[[], float] = time.time) -> Server:
    """The server of a folder. Raises `SyncError`: server.missing, server.settings, roster.form, server.keys."""
    settings = read_settings(folder)
    members = FixedMembers(Roster.from_bytes((folder / ROSTER_FILE).read_bytes()))
    storage = open_storage(folder, settings)
    storage.add_spaces(members.spaces())
    accounts = Accounts(_secret(storage, _SESSION_SECRET), members, clock)
    logs = Logs(storage, _secret(storage, _RECEIPT_KEY), clock, members.unit_of)
    quota = UnitQuota(settings.allowance, storage.used, time.monotonic)

    def gauges() -> dict[str, float]:
        return {"causeway_disk_free_bytes": float(shutil.disk_usage(folder).free)}

    return Server(storage, members, accounts, logs, _info(storage, settings), settings.allowance, quota, clock, gauges)


def after_restore(storage: Storage) -> None:
    """Another history begins: new epochs, and every session of the old one ends. The receipt key stays."""
    storage.renew_epochs()
    storage.set_value(_SESSION_SECRET, new_secret())


def _info(storage: Storage, settings: Settings) -> Info:
    return Info(PROTOCOL, settings.name, sign_public_of(_secret(storage, _RECEIPT_KEY)).hex())


def _secret(storage: Storage, name: str) -> bytes:
    value = storage.value(name)
    if value is None:
        raise SyncError("server.keys")
    return value
