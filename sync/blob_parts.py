"""Blobs on the wire: ciphertext named by its hash, in parts of one size, so that a cut line costs one part.

Pure, the same at both ends. Leaves sealing to whoever makes a blob and files to the server and the store.
"""

import msgspec

from sync.change import Cid as Digest
from sync.change import Count

PART_BYTES = 256 * 1024
MAX_BLOB_BYTES = 64 * 1024 * 1024
MAX_ASKED = 64


class BlobName(msgspec.Struct, frozen=True):
    """SHA-256 and length in bytes of a whole blob."""

    blob: Digest
    size: Count


class BlobsAsk(msgspec.Struct, frozen=True):
    """At most `MAX_ASKED` blobs that an entry of the space names."""

    blobs: tuple[BlobName, ...]


class BlobLack(msgspec.Struct, frozen=True):
    """The parts of a blob that are not there yet."""

    blob: Digest
    parts: tuple[Count, ...]


class BlobsMissing(msgspec.Struct, frozen=True):
    """Only blobs of which something is missing, in the order asked."""

    blobs: tuple[BlobLack, ...]


class BlobTaken(msgspec.Struct, frozen=True):
    """A part is stored; `whole` when it was the last and the blob has its hash."""

    whole: bool


def parts_of(size: int) -> int:
    """How many parts a blob of so many bytes has."""
    return -(-size // PART_BYTES)


def part_length(size: int, part: int) -> int:
    """The bytes of one part: `PART_BYTES`, the last one the rest, 0 beyond it."""
    return max(0, min(PART_BYTES, size - part * PART_BYTES))
