"""Bodies of records as they lie in a column: JSON, compressed. Leaves what is in them to the repositories."""

from typing import Any

import msgspec
import zstandard

from desktop.store.refusals import refusal

LEVEL = 3
"""zstd level: higher ones save under 3 % on records of 2 KB and cost several times the CPU."""
LIMIT = 16 * 1024 * 1024
"""Largest body, in bytes, that is ever decompressed: a damaged length must not eat the memory."""

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder()


def compress_body(value: Any) -> bytes:
    """A JSON value (dict, list, str, number, bool, None) as zstd bytes; equal values give equal bytes."""
    return zstandard.ZstdCompressor(level=LEVEL, write_checksum=False).compress(_encoder.encode(value))


def decompress_body(data: bytes) -> Any:
    """The JSON value in `data`. Raises KnownError `store.body_unreadable` for anything else."""
    try:
        size = zstandard.frame_content_size(data)
        if not 0 <= size <= LIMIT:
            raise refusal("store.body_unreadable", size=size)
        return _decoder.decode(zstandard.ZstdDecompressor().decompress(data, max_output_size=LIMIT))
    except (zstandard.ZstdError, msgspec.DecodeError, MemoryError):
        raise refusal("store.body_unreadable", size=len(data)) from None
