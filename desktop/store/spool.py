"""The spool of this computer: sealed entries on their way, as files that need no passphrase and open for nobody.

    spool/<partnership>/<eid>        one envelope, exactly as it goes to the server; its name is the hash of its bytes
                        <eid>.sent   the same, once the server has given a receipt for it

Whoever can write to the folder can put anything there, so nothing in it is believed: names, sizes and hashes are
checked, links are not followed, and what the entries say is judged by whoever opens them. The outbox stays the safe
place of every entry: a spool that is full, lost or not writable costs nobody a word. Leaves which entries lie here to
`desktop.store.spooling`, and sending them to `desktop.store.spool_round`.
"""

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from desktop.store.lying import BEGUN, MOST_ITEMS, SENT, lying
from sync.envelope import MAX_ENVELOPE, Envelope, eid_of, parse
from sync.errors import BadEntry

LEAST_FREE = 256 * 1024 * 1024
"""Bytes that stay free for the stores themselves."""


class Spool:
    """One partnership's folder. Safe to use from any thread and by several processes; no call raises for the disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def lying(self) -> dict[str, bool]:
        """The entries here: eid → whether the server has it by its own receipt."""
        return lying(self.folder)

    def put(self, items: Iterable[tuple[str, bytes]], already: int) -> int:
        """Lay down (eid, raw) beside the `already` lying ones; returns how many were. Stops when the spool or the disk
        is full.
        """
        laid = 0
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o770, parents=True, exist_ok=True)
            for eid, raw in items:
                if already + laid >= MOST_ITEMS or shutil.disk_usage(self.folder).free < LEAST_FREE:
                    break
                self._write(eid, raw)
                laid += 1
        return laid

    def read(self, eid: str) -> tuple[Envelope, bytes] | None:
        """One entry, parsed, and its bytes; None, and the file gone, when it is not what its name says."""
        for name in (eid, eid + SENT):
            raw = self._bytes(name)
            if raw is None:
                continue
            with contextlib.suppress(BadEntry):
                if eid_of(raw) == eid:
                    return parse(raw), raw
            self._unlink(name)
        return None

    def mark_sent(self, eids: Iterable[str]) -> None:
        """The server has given a receipt for these."""
        for eid in eids:
            with contextlib.suppress(OSError):
                (self.folder / eid).replace(self.folder / (eid + SENT))

    def drop(self, eids: Iterable[str]) -> None:
        """These were read back by their author or a reader, or belong here no longer."""
        for eid in eids:
            self._unlink(eid)
            self._unlink(eid + SENT)

    def _write(self, eid: str, raw: bytes) -> None:
        """Raises OSError; then nothing of it is left.

        Not forced to disk, which would keep a person waiting for the store: what must survive a power cut lies in the
        author's own store, and a torn file here is told by its name and goes.
        """
        begun = self.folder / (BEGUN + secrets.token_hex(8))
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        handle = os.open(begun, flags, 0o660)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(raw)
            begun.replace(self.folder / eid)
        except OSError:
            begun.unlink(missing_ok=True)
            raise

    def _bytes(self, name: str) -> bytes | None:
        """The content of a plain file that is not too large; never waits for a pipe, never follows a link."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            handle = os.open(self.folder / name, flags)
        except OSError:
            return None
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return None
            try:
                return file.read(MAX_ENVELOPE + 1)
            except OSError:
                return None

    def _unlink(self, name: str) -> None:
        with contextlib.suppress(OSError):
            (self.folder / name).unlink(missing_ok=True)
