"""How `sync/dictionary.py` was made: `python -m tests.sync.train_dictionary > sync/dictionary.py`.

Kept for the day a second protocol version needs a second dictionary; the bytes of version 1 never change. Training
may give other bytes with another release of zstd, so no test compares them; `test_envelope` pins their hash.
"""

import base64
import sys
from random import Random

import zstandard

from sync.change import encode
from tests.sync.invented import change

SIZE = 8 * 1024
DIGITS_PER_LINE = 112


def train() -> bytes:
    rng = Random(1)  # noqa: S311  invented matter needs no secure dice
    samples: list[bytes | bytearray | memoryview] = [rng.randbytes(64) + encode(change(rng)) for _ in range(4_000)]
    return zstandard.train_dictionary(SIZE, samples, dict_id=1, level=9).as_bytes()


def module(dictionary: bytes) -> str:
    text = base64.b85encode(dictionary).decode()
    lines = [text[start : start + DIGITS_PER_LINE] for start in range(0, len(text), DIGITS_PER_LINE)]
    return "\n".join(
        (
            '"""The zstd dictionary of protocol version 1, trained on invented changes; part of the wire format.',
            "",
            "Written as code: an installation cannot lose it, and the pure core reads no disk.",
            "It never changes; another version brings another one. Trained by `tests/sync/train_dictionary.py`.",
            '"""',
            "",
            "import base64",
            "",
            "DICTIONARY = base64.b85decode(",
            *(f'    "{line}"' for line in lines),
            ")",
            '"""A zstd dictionary (RFC 8878, section 5); its id does not travel in the frames."""',
            "",
        )
    )


if __name__ == "__main__":
    sys.stdout.write(module(train()))
