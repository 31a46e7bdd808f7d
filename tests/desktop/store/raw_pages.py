"""Every byte of an encrypted store, decrypted page by page: what is used, what is free, and what the WAL still holds.

Reads the file's layout as SQLCipher 4 writes it (https://www.zetetic.net/sqlcipher/design/): the salt in place of the
first 16 bytes, each page AES-256-CBC under the raw key, at its end the IV (16) and an HMAC-SHA512 (64).
"""

from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PAGE = 16384
RESERVED = 80
SALT = 16
FRAME_HEAD, WAL_HEAD = 24, 32


def raw_bytes(path: Path, key: bytes) -> bytes:
    """The pages of the store at `path` and of its WAL, in clear, one after the other."""
    data = path.read_bytes()
    pages = [data[at : at + PAGE] for at in range(0, len(data), PAGE)]
    clear = [_clear(page, key, first=number == 0) for number, page in enumerate(pages)]
    wal = path.with_name(path.name + "-wal")
    if wal.exists():
        frames = wal.read_bytes()[WAL_HEAD:]
        for at in range(0, len(frames), FRAME_HEAD + PAGE):
            first = int.from_bytes(frames[at : at + 4], "big") == 1
            clear.append(_clear(frames[at + FRAME_HEAD : at + FRAME_HEAD + PAGE], key, first=first))
    return b"".join(clear)


def _clear(page: bytes, key: bytes, *, first: bool) -> bytes:
    if not any(page):
        return page
    assert len(page) == PAGE
    sealed = page[SALT if first else 0 : -RESERVED]
    start = page[-RESERVED : -RESERVED + 16]
    reader = Cipher(algorithms.AES(key), modes.CBC(start)).decryptor()
    return reader.update(sealed) + reader.finalize()
