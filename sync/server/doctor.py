"""What an operator should know about a server's health: certificate, database, clock, disk, backups, the folder itself.

Looks and judges, changes nothing. A finding is a sentence without ids of people or content.
"""

import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sync.errors import SyncError
from sync.identity import Roster
from sync.server.settings import LAST_BACKUP, OPERATOR_KEY_FILE, ROSTER_FILE, open_storage, read_settings
from sync.server.storage.contract import Storage, StorageBusy, StorageFull

HOUR = 3600
DAY = 24 * HOUR
GIB = 1024**3


class Grade(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    grade: Grade
    what: str
    sentence: str


def examine(folder: Path, now: float, certificate: Path | None = None, key: Path | None = None) -> tuple[Finding, ...]:
    """Everything there is to say, in a fixed order. Raises `SyncError` as `read_settings` does."""
    settings = read_settings(folder)
    findings = [*_folder(folder), *_certificate(certificate, key, now), *_disk(folder)]
    try:
        storage = open_storage(folder, settings)
    except (StorageBusy, StorageFull):
        return (*findings, Finding(Grade.BAD, "database", "It does not answer."))
    except SyncError as error:
        return (*findings, Finding(Grade.BAD, "database", f"It was made by a newer program [{error.code}]."))
    try:
        findings += [*_database(storage), *_clock(storage, now), *_backup(storage, now)]
    finally:
        storage.close()
    return tuple(findings)


def _folder(folder: Path) -> Iterator[Finding]:
    open_to_others = [each.name for each in folder.iterdir() if stat.S_IMODE(each.stat().st_mode) & 0o077]
    if open_to_others or stat.S_IMODE(folder.stat().st_mode) & 0o077:
        yield Finding(Grade.BAD, "folder", "Other people of this machine can read in it: chmod -R go= the folder.")
    else:
        yield Finding(Grade.OK, "folder", "Readable by the operator only.")
    if (folder / OPERATOR_KEY_FILE).exists():
        yield Finding(
            Grade.WARN, "operator key", "operator.key lies on the server: move it to a safe and delete it here."
        )
    try:
        if (folder / ROSTER_FILE).exists():
            Roster.from_bytes((folder / ROSTER_FILE).read_bytes())
    except (OSError, SyncError):
        yield Finding(Grade.BAD, "members", "roster.json cannot be read.")


def _certificate(certificate: Path | None, key: Path | None, now: float) -> Iterator[Finding]:
    if certificate is None or key is None:
        yield Finding(Grade.OK, "tls", "Not looked at: name --tls-cert and --tls-key, or see the proxy that ends TLS.")
        return
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        own = load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        yield Finding(Grade.BAD, "tls", "Certificate or key cannot be read.")
        return
    if found.public_key() != own.public_key():
        yield Finding(Grade.BAD, "tls", "The key does not belong to the certificate.")
    left = found.not_valid_after_utc.timestamp() - now
    if found.not_valid_before_utc.timestamp() > now:
        yield Finding(Grade.BAD, "tls", "The certificate is not valid yet: look at the clock.")
    elif left < 0:
        yield Finding(Grade.BAD, "tls", "The certificate has run out: no laptop can connect.")
    else:
        grade = Grade.WARN if left < 21 * DAY else Grade.OK
        yield Finding(grade, "tls", f"The certificate is valid for {int(left // DAY)} more days.")


def _disk(folder: Path) -> Iterator[Finding]:
    disk = shutil.disk_usage(folder)
    grade = Grade.OK
    if disk.free < max(5 * GIB, disk.total * 0.1):
        grade = Grade.WARN
    if disk.free < max(GIB, disk.total * 0.03):
        grade = Grade.BAD
    yield Finding(grade, "disk", f"{disk.free / GIB:.1f} GiB of {disk.total / GIB:.1f} GiB are free.")


def _database(storage: Storage) -> Iterator[Finding]:
    try:
        faults = storage.faults()
        spaces = len(storage.spaces())
    except (StorageBusy, StorageFull):
        yield Finding(Grade.BAD, "database", "It does not answer.")
        return
    for fault in faults:
        _, _, space = fault.partition(" ")
        said = f"The log of space {space} has a gap or another end than its head." if space else "The file is damaged."
        yield Finding(Grade.BAD, "database", f"{said} Restore the last backup.")
    if not faults:
        yield Finding(Grade.OK, "database", f"{spaces} logs, without gaps, each as long as its head says.")


def _clock(storage: Storage, now: float) -> Iterator[Finding]:
    last = max((seen.at for seen in storage.seen()), default=0)
    if last > now + 60:
        yield Finding(Grade.BAD, "clock", "It is behind what the server wrote itself: the clock was set back.")
    else:
        said = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
        yield Finding(Grade.OK, "clock", f"{said} by this machine; never behind what was written.")


def _backup(storage: Storage, now: float) -> Iterator[Finding]:
    last = storage.value(LAST_BACKUP)
    if last is None:
        yield Finding(Grade.BAD, "backup", "There was never one: causeway-server backup.")
        return
    age = now - int(last)
    grade = Grade.BAD if age > 7 * DAY else Grade.WARN if age > 26 * HOUR else Grade.OK
    yield Finding(grade, "backup", f"The last one was made {int(age // HOUR)} hours ago.")
