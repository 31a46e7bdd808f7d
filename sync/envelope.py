"""The envelope: all of an entry that a server or a carrier sees, and the sealed inside that only members open.

Leaves signatures to `sync.keys`, the body's meaning to `sync.change`, verdicts to `sync.accept`. Limits are checked
before the work they limit; whatever the bytes, only `BadEntry` and `CannotOpen` come out (sync.md §3).
The courier's framing (`sync.courier`) is named here again: importers take it from here.
"""

import hashlib
import secrets
from collections.abc import Mapping
from enum import IntEnum
from threading import local
from typing import Annotated, cast

import msgspec
import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync.courier import Holders, Kind, PackReader, PackWriter, Receiver, Record, Trailer, new_pack
from sync.dictionary import DICTIONARY
from sync.errors import BadEntry, CannotOpen
from sync.keys import ID_DIGITS, SECRET_SIZE, SIGNATURE_SIZE, new_secret, space_key_name

__all__ = ["Holders", "Kind", "PackReader", "PackWriter", "Receiver", "Record", "Trailer", "new_pack"]

VERSION = 1
MAX_ENVELOPE = 256 * 1024
MAX_PLAINTEXT = 1024 * 1024
"""Signature and body together, after decompression."""
MAX_BLOBS = 64

_NONCE_SIZE = 12
_AEAD_TAG_SIZE = 16
_LENGTH_SIZE = 4
_BUCKETS = tuple(256 << step for step in range(10))
"""Padded sizes of the inside, 256 bytes to 128 KiB: the largest power of two whose envelope stays within its limit."""


class EntryKind(IntEnum):
    """What an entry is; the number is what stands in the envelope."""

    KEY = 1
    CHANGE = 2
    CHECKPOINT = 3


class Envelope(msgspec.Struct, frozen=True):
    """One entry of a log. `space`, `tag`, `key_id` 32 hex digits, each of `blobs` 64; `nonce` 12 raw bytes.

    `key_id` names the case key of a change or checkpoint (`key_id_of` its key entry); in a key entry it is the name
    of the space key that wraps it. Everything but `ciphertext` is authenticated with it.
    """

    version: int
    kind: EntryKind
    space: str
    tag: str
    key_id: str
    nonce: bytes
    ciphertext: bytes
    blobs: tuple[str, ...] = ()


_Id = Annotated[bytes, msgspec.Meta(min_length=ID_DIGITS // 2, max_length=ID_DIGITS // 2)]
_Nonce = Annotated[bytes, msgspec.Meta(min_length=_NONCE_SIZE, max_length=_NONCE_SIZE)]
_Blob = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
_Blobs = Annotated[tuple[_Blob, ...], msgspec.Meta(max_length=MAX_BLOBS)]
_Wire = tuple[int, int, _Id, _Id, _Id, _Nonce, bytes, _Blobs]


class _Home(msgspec.Struct):
    """The part of a body that must repeat the envelope."""

    space: str
    tag: str


_WIRE: msgspec.msgpack.Decoder[_Wire] = msgspec.msgpack.Decoder(cast("type[_Wire]", _Wire))
_HOME = msgspec.json.Decoder(_Home)
_KINDS = {int(kind): kind for kind in EntryKind}
_LEVEL = 9
_ZSTD_DICTIONARY = zstandard.ZstdCompressionDict(DICTIONARY)
_ZSTD_DICTIONARY.precompute_compress(level=_LEVEL)


def parse(raw: bytes) -> Envelope:
    """Read an envelope without opening it; raises `BadEntry`.

    Codes: entry.size (over 256 KiB), entry.form, entry.version, entry.kind, entry.padding (a length that sealing
    never makes). Only the one shortest encoding is read, so that an entry has one eid whoever carried it.
    """
    if len(raw) > MAX_ENVELOPE:
        raise BadEntry("entry.size", size=len(raw))
    try:
        wire = _WIRE.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadEntry("entry.form") from error
    version, kind, space, tag, key_id, nonce, ciphertext, blobs = wire
    if version != VERSION:
        raise BadEntry("entry.version", version=version)
    if kind not in _KINDS:
        raise BadEntry("entry.kind", kind=kind)
    blob_ids = tuple(blob.hex() for blob in blobs)
    envelope = Envelope(version, _KINDS[kind], space.hex(), tag.hex(), key_id.hex(), nonce, ciphertext, blob_ids)
    if msgspec.msgpack.encode(wire) != raw or (envelope.kind is EntryKind.KEY and blobs):
        raise BadEntry("entry.form")
    sizes = (SECRET_SIZE,) if envelope.kind is EntryKind.KEY else _BUCKETS
    if len(ciphertext) - _AEAD_TAG_SIZE not in sizes:
        raise BadEntry("entry.padding", size=len(ciphertext))
    return envelope


def eid_of(raw: bytes) -> str:
    """The entry's id: SHA-256 of its bytes, 64 hex digits."""
    return hashlib.sha256(raw).hexdigest()


def key_id_of(raw: bytes) -> str:
    """The id of the case key that a key entry carries: the first 32 digits of its eid."""
    return eid_of(raw)[:ID_DIGITS]


def seal_change(  # noqa: PLR0917  the parts in the order in which they stand in the envelope
    space: str,
    tag: str,
    key_id: str,
    case_key: bytes,
    body: bytes,
    signature: bytes,
    *,
    blobs: tuple[str, ...] = (),
) -> bytes:
    """Seal a signed body under its case key; raises `BadEntry` for what a reader would refuse.

    Codes: entry.plain_size, entry.size (128 KiB when compressed), entry.form, body.home, body.form. Two sealings of one
    body differ (random nonce): they have two eids and one cid.
    """
    if len(signature) != SIGNATURE_SIZE:
        raise BadEntry("entry.form")
    _check_home(body, space, tag)
    inside = _pack(signature + body)
    return _seal(Envelope(VERSION, EntryKind.CHANGE, space, tag, key_id, _new_nonce(), b"", blobs), case_key, inside)


def open_change(envelope: Envelope, case_key: bytes) -> tuple[bytes, bytes]:
    """(signature of 64 bytes, body). The signature is not checked here: its seat is named in the body.

    Raises `CannotOpen("entry.sealed")` when key, header or bytes do not fit, `BadEntry` when what was sealed breaks
    a rule: entry.kind, entry.padding, entry.plain_size, entry.plain, body.form, body.home (a body of another case:
    whoever resealed it there would move it past that case's erasure).
    """
    if envelope.kind is not EntryKind.CHANGE:
        raise BadEntry("entry.kind", kind=int(envelope.kind))
    plain = _unpack(_open(envelope, case_key))
    signature, body = plain[:SIGNATURE_SIZE], plain[SIGNATURE_SIZE:]
    _check_home(body, envelope.space, envelope.tag)
    return signature, body


def seal_key(space: str, tag: str, space_key: bytes) -> tuple[bytes, str, bytes]:
    """Make a case key and its key entry: (raw entry, key id, 32 key bytes). The entry names no author."""
    case_key = new_secret()
    header = Envelope(VERSION, EntryKind.KEY, space, tag, space_key_name(space_key), _new_nonce(), b"")
    raw = _seal(header, space_key, case_key)
    return raw, key_id_of(raw), case_key


def open_key(envelope: Envelope, space_keys: Mapping[str, bytes]) -> bytes:
    """The case key (32 bytes) of a key entry, `space_keys` being name → key of the entry's own space.

    Raises `CannotOpen`: key.missing when the space key is not held (it may arrive), entry.sealed when it does not
    fit. Raises `BadEntry("entry.kind")` for an entry of another kind.
    """
    if envelope.kind is not EntryKind.KEY:
        raise BadEntry("entry.kind", kind=int(envelope.kind))
    space_key = space_keys.get(envelope.key_id)
    if space_key is None:
        raise CannotOpen("key.missing")
    return _open(envelope, space_key)


def _new_nonce() -> bytes:
    return secrets.token_bytes(_NONCE_SIZE)


def _header(envelope: Envelope) -> list[object]:
    """The envelope's parts in wire order, without the ciphertext."""
    ids = [bytes.fromhex(text) for text in (envelope.space, envelope.tag, envelope.key_id)]
    return [
        envelope.version,
        int(envelope.kind),
        *ids,
        envelope.nonce,
        [bytes.fromhex(blob) for blob in envelope.blobs],
    ]


def _to_bytes(envelope: Envelope) -> bytes:
    *front, blobs = _header(envelope)
    return msgspec.msgpack.encode([*front, envelope.ciphertext, blobs])


def _seal(header: Envelope, key: bytes, inside: bytes) -> bytes:
    ciphertext = AESGCM(key).encrypt(header.nonce, inside, msgspec.msgpack.encode(_header(header)))
    raw = _to_bytes(msgspec.structs.replace(header, ciphertext=ciphertext))
    parse(raw)  # what a reader would refuse must never reach an outbox
    return raw


def _open(envelope: Envelope, key: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(envelope.nonce, envelope.ciphertext, msgspec.msgpack.encode(_header(envelope)))
    except InvalidTag as error:
        raise CannotOpen("entry.sealed") from error


def _pack(plain: bytes) -> bytes:
    """Length, zstd frame, zeros up to the next bucket: padding comes after compression, or it would vanish."""
    if len(plain) > MAX_PLAINTEXT:
        raise BadEntry("entry.plain_size", size=len(plain))
    frame = _ZSTD.compressor.compress(plain)
    needed = _LENGTH_SIZE + len(frame)
    bucket = next((size for size in _BUCKETS if size >= needed), None)
    if bucket is None:
        raise BadEntry("entry.size", size=needed)
    return (len(frame).to_bytes(_LENGTH_SIZE, "big") + frame).ljust(bucket, b"\0")


def _unpack(inside: bytes) -> bytes:
    """Undo `_pack`, reading the declared size before anything is decompressed."""
    length = int.from_bytes(inside[:_LENGTH_SIZE], "big")
    frame, padding = inside[_LENGTH_SIZE:][:length], inside[_LENGTH_SIZE + length :]
    if len(frame) != length or padding.strip(b"\0"):
        raise BadEntry("entry.padding", size=len(inside))
    try:
        declared = zstandard.get_frame_parameters(frame).content_size
        if declared == zstandard.CONTENTSIZE_UNKNOWN or not SIGNATURE_SIZE < declared <= MAX_PLAINTEXT:
            raise BadEntry("entry.plain_size")
        return _ZSTD.decompressor.decompress(frame, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise BadEntry("entry.plain") from error


class _Zstd(local):
    """One of each for a thread: making them costs several times their work, and none may be shared between threads."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_LEVEL, dict_data=_ZSTD_DICTIONARY, write_dict_id=False)
        self.decompressor = zstandard.ZstdDecompressor(dict_data=_ZSTD_DICTIONARY, max_window_size=MAX_PLAINTEXT)


_ZSTD = _Zstd()


def _check_home(body: bytes, space: str, tag: str) -> None:
    try:
        home = _HOME.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:  # ValueError: bytes that are not UTF-8
        raise BadEntry("body.form") from error
    if (home.space, home.tag) != (space, tag):
        raise BadEntry("body.home")
