"""Looking for words where they must not be: in every byte of a folder, and inside what is encrypted.

What is encrypted is opened with all keys there are, so that "not found" means "not there" and not "not readable".
"""

from collections.abc import Iterator
from pathlib import Path

import zstandard
from sqlcipher3 import dbapi2 as engine

from desktop.demo.partnership import Founded
from sync.envelope import EntryKind, Envelope, open_change, open_key, parse
from sync.errors import CannotOpen
from sync.keys import open_space_keys
from sync.server.settings import Settings, open_storage

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def files_with(words: str, *folders: Path) -> list[str]:
    """The files below these folders that hold the words, in UTF-8 or UTF-16."""
    forms = (words.encode(), words.encode("utf-16-le"), words.encode("utf-16-be"))
    found = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path.name for path in found if any(form in path.read_bytes() for form in forms)]


def export(store: Path, store_key: bytes, target: Path) -> bytes:
    """Everything in a closed store, decrypted and decompressed, as one piece."""
    connection = engine.connect(str(store))
    try:
        connection.execute(f"PRAGMA key = \"x'{store_key.hex()}'\"")
        connection.execute("PRAGMA cipher_page_size = 16384")
        connection.execute("ATTACH DATABASE ? AS plain KEY ''", (str(target),))
        connection.execute("SELECT sqlcipher_export('plain')")
        connection.execute("DETACH DATABASE plain")
    finally:
        connection.close()
    plain = target.read_bytes()
    return b"\n".join([plain, *_columns(target)])


def _columns(path: Path) -> Iterator[bytes]:
    """Every compressed column of a plain database, decompressed."""
    connection = engine.connect(str(path))
    try:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            for row in connection.execute(f'SELECT * FROM "{name}"'):  # noqa: S608  names from the schema itself
                yield from (_unpacked(value) for value in row if isinstance(value, bytes))
    finally:
        connection.close()


def _unpacked(value: bytes) -> bytes:
    if not value.startswith(ZSTD_MAGIC):
        return value
    return zstandard.ZstdDecompressor().decompress(value, max_output_size=1 << 20)


def opened_log(folder: Path, founded: Founded) -> bytes:
    """Every body in a stopped server's log, opened with the keys of every seat of the partnership."""
    space_keys: dict[str, dict[str, bytes]] = {}
    for seat in founded.seats.values():
        for space, keys in open_space_keys(founded.roster, seat).items():
            space_keys.setdefault(space, {}).update(keys)
    storage = open_storage(folder, Settings("search"))
    try:
        raws = [raw for space in space_keys for raw in storage.read(space, 0, 1 << 30, 1 << 20).entries if raw]
    finally:
        storage.close()
    entries = [parse(raw) for raw in raws]
    case_keys = [open_key(entry, space_keys[entry.space]) for entry in entries if entry.kind is EntryKind.KEY]
    changes = [entry for entry in entries if entry.kind is EntryKind.CHANGE]
    bodies = [body for entry in changes for key in case_keys if (body := _body(entry, key))]
    assert len(bodies) == len(changes), "an entry that no key opens cannot be searched"
    return b"\n".join(bodies)


def _body(entry: Envelope, key: bytes) -> bytes | None:
    try:
        return open_change(entry, key)[1]
    except CannotOpen:
        return None
