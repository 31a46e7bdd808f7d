"""Blobs in the server's folder: taken in parts, checked against their hash, served by the part.

A whole blob is one file `blobs/SPACE/HASH` that never changes. Parts on their way lie apart for each seat, so that
nobody's wrong part spoils another's right one; what was left lying there is cleared away by its own seat's next blobs
or by time.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from sync.blob_parts import MAX_BLOB_BYTES, PART_BYTES, BlobLack, BlobName, part_length, parts_of
from sync.identity import Seat
from sync.server.pace import UnitQuota
from sync.server.refusal import Refusal

MOST_BEGUN = 16
"""So many blobs a seat may have on their way; the oldest gives way."""
KEPT_SECONDS = 7 * 24 * 3600

_HASH = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """`brought(space, unit, bytes)` counts what a unit has added."""

    def __init__(self, folder: Path, quota: UnitQuota, brought: Callable[[str, str, int], None]) -> None:
        self._folder = folder
        self._begun = folder / "begun"
        self._quota = quota
        self._brought = brought

    def take(self, space: str, name: BlobName, part: int, body: bytes, seat: Seat) -> bool:
        """Store one part; whether the blob is whole now. The same part again changes nothing.

        Raises `Refusal`: 413 blob.too_large, 422 blob.part (not a part of a blob of that size), 422 blob.hash (all
        parts are there and are not that blob: they are dropped), 507 unit.full.
        """
        if not 0 < name.size <= MAX_BLOB_BYTES:
            raise Refusal(413, "blob.too_large")
        if not _HASH.fullmatch(name.blob) or not body or len(body) != part_length(name.size, part):
            raise Refusal(422, "blob.part")
        whole = self._whole(space, name.blob)
        if whole.exists():
            return True
        self._quota.check(seat.unit, len(body))
        begun = self._begun / f"{seat.id}-{space}-{name.blob}-{name.size}"
        if not begun.exists():
            self._make_room(seat.id)
            begun.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(begun / f"{part}", body)
        if any(not (begun / f"{each}").exists() for each in range(parts_of(name.size))):
            return False
        self._join(begun, whole, name)
        self._brought(space, seat.unit, name.size)
        return True

    def read(self, space: str, blob: str, part: int) -> bytes:
        """One part of a whole blob. Raises `Refusal` 404 blob.unknown."""
        whole = self._whole(space, blob)
        if not _HASH.fullmatch(blob) or not whole.exists():
            raise Refusal(404, "blob.unknown")
        with whole.open("rb") as file:
            file.seek(part * PART_BYTES)
            found = file.read(PART_BYTES)
        if not found:
            raise Refusal(404, "blob.unknown")
        return found

    def missing(self, space: str, asked: tuple[BlobName, ...], seat: Seat) -> tuple[BlobLack, ...]:
        """What this seat would still have to bring."""
        lacks: list[BlobLack] = []
        for name in asked:
            if not self._whole(space, name.blob).exists():
                begun = self._begun / f"{seat.id}-{space}-{name.blob}-{name.size}"
                count = parts_of(min(name.size, MAX_BLOB_BYTES))
                parts = tuple(part for part in range(count) if not (begun / f"{part}").exists())
                lacks.append(BlobLack(name.blob, parts))
        return tuple(lacks)

    def erase(self, space: str, blobs: frozenset[str]) -> None:
        """The case is erased: its blobs go, whole or begun by whomever."""
        for blob in blobs:
            self._whole(space, blob).unlink(missing_ok=True)
            for begun in self._begun.glob(f"*-{space}-{blob}-*"):
                shutil.rmtree(begun, ignore_errors=True)

    def _whole(self, space: str, blob: str) -> Path:
        return self._folder / space / blob

    def _join(self, begun: Path, whole: Path, name: BlobName) -> None:
        digest = hashlib.sha256()
        joined = begun / "joined"
        with joined.open("wb") as file:
            for part in range(parts_of(name.size)):
                matter = (begun / f"{part}").read_bytes()
                digest.update(matter)
                file.write(matter)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != name.blob:
            shutil.rmtree(begun, ignore_errors=True)
            raise Refusal(422, "blob.hash")
        whole.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        joined.replace(whole)
        shutil.rmtree(begun, ignore_errors=True)

    def _make_room(self, seat: str) -> None:
        own = sorted(self._begun.glob(f"{seat}-*"), key=lambda each: each.stat().st_mtime)
        old = time.time() - KEPT_SECONDS
        stale = [each for each in self._begun.glob("*") if each.stat().st_mtime < old]
        for each in [*own[: max(0, len(own) - MOST_BEGUN + 1)], *stale]:
            shutil.rmtree(each, ignore_errors=True)


def _write(path: Path, body: bytes) -> None:
    """Whole under its name or not there; a part that was answered for survives the loss of the process."""
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
