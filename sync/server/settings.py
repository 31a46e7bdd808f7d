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
from sync.restored import Restores
from sync.server.accounts import Accounts
from sync.server.belonging import TreeMembers
from sync.server.blobs import Blobs
from sync.server.log import Logs
from sync.server.membership import FixedMembers, Members
from sync.server.pace import Allowance, UnitQuota
from sync.server.request import Server
from sync.server.storage.contract import SeatSeen, Storage
from sync.server.storage.database import Database

SETTINGS_FILE = "settings.json"
ROSTER_FILE = "roster.json"
DATABASE_FILE = "log.sqlite"
ACCESS_LOG_FILE = "access.log"
BLOBS_FOLDER = "blobs"
OPERATOR_KEY_FILE = "operator.key"

NOTICES = "restores"
LAST_BACKUP = "last_backup"
OPERATOR_KEY = "operator_key"

_RECEIPT_KEY = "receipt_key"
_SESSION_SECRET = "session_secret"  # noqa: S105  the name under which it is stored, not the secret


class Settings(msgspec.Struct, frozen=True):
    """`database` is SQLAlchemy's URL; "" means the SQLite file in the server's own folder."""

    name: str
    database: str = ""
    allowance: Allowance = Allowance()


def found_server(folder: Path, roster: bytes | None, settings: Settings) -> Info:
    """Make a server in an empty folder. Raises `SyncError`: server.exists, roster.form. Returns what it will say.

    Without a `roster` its members are what units found and sign themselves. The operator's private key is left in the
    folder for the operator to take away.
    """
    if (folder / SETTINGS_FILE).exists():
        raise SyncError("server.exists")
    spaces = [] if roster is None else [space.id for space in Roster.from_bytes(roster).spaces]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if roster is not None:
        (folder / ROSTER_FILE).write_bytes(roster)
    storage = open_storage(folder, settings)
    try:
        storage.set_value(_RECEIPT_KEY, new_secret())
        storage.set_value(_SESSION_SECRET, new_secret())
        operator_private = new_secret()
        storage.set_value(OPERATOR_KEY, sign_public_of(operator_private))
        (folder / OPERATOR_KEY_FILE).write_text(operator_private.hex() + "\n", encoding="ascii")
        storage.add_spaces(spaces)
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
    roster = folder / ROSTER_FILE
    fixed = Roster.from_bytes(roster.read_bytes()) if roster.exists() else None
    storage = open_storage(folder, settings)
    quota = UnitQuota(settings.allowance, storage.used, time.monotonic)
    blobs = Blobs(folder / BLOBS_FOLDER, quota, storage.brought)
    members: Members
    if fixed is None:
        members = trees = TreeMembers(storage, blobs)
    else:
        members, trees = FixedMembers(fixed), None
    storage.add_spaces(members.spaces())
    accounts = Accounts(_secret(storage, _SESSION_SECRET), members, clock)
    logs = Logs(storage, _secret(storage, _RECEIPT_KEY), clock, members.unit_of)

    def gauges() -> dict[str, float]:
        return {"causeway_disk_free_bytes": float(shutil.disk_usage(folder).free)}

    restores = Restores(storage.value(OPERATOR_KEY) or b"", notices_of(storage))
    info, allowance = _info(storage, settings), settings.allowance
    return Server(storage, members, accounts, logs, info, restores, blobs, trees, allowance, quota, clock, gauges)


class FleetRow(msgspec.Struct, frozen=True):
    """One seat: when it last opened a session (seconds since 1970; 0 never) and with which program version."""

    seat: str
    unit: str
    at: int
    program: str


def fleet(folder: Path) -> tuple[FleetRow, ...]:
    """Every seat that is enrolled or was ever seen, in the order of their ids. Raises as `open_server`."""
    server = open_server(folder)
    try:
        seen = {each.seat: each for each in server.storage.seen()}
        seats = sorted({*seen, *server.members.seats()})
        rows = [(seat, seen.get(seat, SeatSeen(seat, 0, ""))) for seat in seats]
        return tuple(FleetRow(seat, server.members.unit_of(seat), last.at, last.program) for seat, last in rows)
    finally:
        server.storage.close()


def after_restore(storage: Storage) -> None:
    """Another history begins: new epochs, and every session of the old one ends. The receipt key stays."""
    storage.renew_epochs()
    storage.set_value(_SESSION_SECRET, new_secret())


def notices_of(storage: Storage) -> tuple[bytes, ...]:
    """The signed notices of announced restores, in order."""
    return msgspec.msgpack.decode(storage.value(NOTICES) or msgspec.msgpack.encode(()), type=tuple[bytes, ...])


def read_operator_key(path: Path) -> bytes:
    """The private key as `found_server` wrote it. Raises `SyncError("server.operator_key")`."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError as error:
        raise SyncError("server.operator_key") from error
    if len(key) != 32:
        raise SyncError("server.operator_key")
    return key


def _info(storage: Storage, settings: Settings) -> Info:
    return Info(PROTOCOL, settings.name, sign_public_of(_secret(storage, _RECEIPT_KEY)).hex())


def _secret(storage: Storage, name: str) -> bytes:
    value = storage.value(name)
    if value is None:
        raise SyncError("server.keys")
    return value
