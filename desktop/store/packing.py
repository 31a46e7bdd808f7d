"""Signed bodies as they lie in the table `change`: their exact bytes, compressed. Leaves meaning to `sync.change`."""

from collections.abc import Callable

import zstandard

from desktop.store.refusals import refusal
from sync.change import Change, decode
from sync.errors import BadEntry

LEVEL = 1
"""Higher levels save a few per cent on bodies of 2 KB and cost more than the rest of the write."""
LIMIT = 1024 * 1024


def packer() -> Callable[[bytes], bytes]:
    """What turns bodies into the column's bytes. For one batch: making it costs as much as a body, and it must not be
    shared between threads.
    """
    return zstandard.ZstdCompressor(level=LEVEL, write_checksum=False).compress


def unpack(packed: bytes) -> bytes:
    """The signed bytes again. Raises KnownError `store.body_unreadable`."""
    try:
        return zstandard.ZstdDecompressor().decompress(packed, max_output_size=LIMIT)
    except zstandard.ZstdError:
        raise refusal("store.body_unreadable", size=len(packed)) from None


def read_change(packed: bytes) -> Change:
    """The change in a column. Raises KnownError `store.body_unreadable`."""
    try:
        return decode(unpack(packed))
    except BadEntry:
        raise refusal("store.body_unreadable", size=len(packed)) from None
