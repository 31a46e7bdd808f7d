"""The courier's file (.syncpack): entries for units that no line reaches, sealed to them, on a stick or a share.

Framing only: what is in the entries is judged by whoever reads them, exactly as if a server had sent them. Any prefix
of a file is worth reading: chunks are authenticated one by one, and what is needed first stands first. Leaves files,
choosing and taking in to `desktop.store.courier`. `sync.envelope` names all of this again, for importers.

    magic ‖ length ‖ header ‖ chunk … ‖ last chunk          chunk = length ‖ AES-256-GCM(64 KiB of the inside)
    inside = (length ‖ record) …                            record = MessagePack [kind, name, data], kinds ascending
"""

import contextlib
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync.errors import BadEntry, CannotOpen
from sync.keys import (
    ID_DIGITS,
    SECRET_SIZE,
    Domain,
    SealSuite,
    hpke_open,
    hpke_seal,
    key_name,
    new_secret,
    sign,
    verify,
)

MAGIC = b"causeway-syncpack/1\n"
CHUNK = 64 * 1024
MAX_HEADER = 256 * 1024
MAX_RECORD = 512 * 1024
MAX_RECEIVERS = 1000
_TAG = 16
_LENGTH = 4
T = TypeVar("T", bound=msgspec.Struct)
_LAST = 1 << 31
"""Set in the nonce of the chunk behind which there is none."""


class Kind(IntEnum):
    """What a record is; in a file they stand in this order, so that any prefix of it is usable."""

    CHAIN = 1
    CONTROL = 2
    KEY = 3
    ENTRY = 4
    BLOB = 5
    SUMMARY = 6
    TRAILER = 7


class Record(msgspec.Struct, frozen=True, array_like=True):
    """`name`: the tree of a chain or control entry, the space of an entry or summary, the hash of a blob; hex digits
    and nothing else, so that it is never a path.
    """

    kind: Kind
    name: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{32}|[0-9a-f]{64}|)\Z")]
    data: bytes


class Sealed(msgspec.Struct, frozen=True, array_like=True):
    """The file's key, sealed to one unit or seat, by the name of its public key."""

    receiver: str
    suite: SealSuite
    sealed: bytes


class Header(msgspec.Struct, frozen=True, array_like=True):
    """All that a finder of the stick sees: a random number, and the names of the keys it was sealed to."""

    pack: bytes
    part: int
    receivers: Annotated[tuple[Sealed, ...], msgspec.Meta(max_length=MAX_RECEIVERS)]


class Trailer(msgspec.Struct, frozen=True, array_like=True):
    """Who wrote this file: signed over the header and everything inside before it."""

    seat: str
    at: str
    signature: bytes


@dataclass(frozen=True)
class Receiver:
    """The public sealing key of a unit or a seat."""

    public: bytes
    suite: SealSuite = SealSuite.X25519


Holders = Mapping[str, tuple[SealSuite, bytes]]
"""Private sealing keys by the name of their public halves."""


class PackWriter:
    """Writes one file: `begin`, then `add` for each record in order of kind, then `finish`; each gives bytes to write.

    Raises `BadEntry("courier.order")` for a record out of order, courier.size for one that no reader would take.
    """

    def __init__(self, receivers: Sequence[Receiver], *, pack: bytes, part: int) -> None:
        self._key = new_secret()
        sealed = tuple(_seal_to(one, self._key, pack) for one in receivers[:MAX_RECEIVERS])
        header = msgspec.msgpack.encode(Header(pack, part, sealed))
        self._head = MAGIC + len(header).to_bytes(_LENGTH, "big") + header
        self._aad = hashlib.sha256(self._head).digest()
        self._digest = hashlib.sha256(self._aad)
        self._inside = bytearray()
        self._number = 0
        self._kind = Kind.CHAIN
        self.size = len(self._head)
        """Bytes given so far, with what waits for its chunk to be full."""

    def begin(self) -> bytes:
        return self._head

    def add(self, record: Record) -> bytes:
        if record.kind < self._kind:
            raise BadEntry("courier.order")
        raw = msgspec.msgpack.encode(record)
        if len(raw) > MAX_RECORD:
            raise BadEntry("courier.size", size=len(raw))
        self._kind = record.kind
        framed = len(raw).to_bytes(_LENGTH, "big") + raw
        if record.kind is not Kind.TRAILER:
            self._digest.update(framed)
        self._inside += framed
        self.size += len(framed) + (_TAG + _LENGTH) * (len(framed) // CHUNK + 1)
        given = bytearray()
        while len(self._inside) > CHUNK:
            given += self._chunk(bytes(self._inside[:CHUNK]), last=False)
            del self._inside[:CHUNK]
        return bytes(given)

    def finish(self, sign_private: bytes, seat: str, at: str) -> bytes:
        """The signed trailer and the last chunk. `at` is claimed time, for people."""
        signature = sign(sign_private, Domain.COURIER, _statement(self._digest.digest(), at))
        given = self.add(Record(Kind.TRAILER, "", msgspec.msgpack.encode(Trailer(seat, at, signature))))
        return given + self._chunk(bytes(self._inside), last=True)

    def _chunk(self, inside: bytes, *, last: bool) -> bytes:
        sealed = AESGCM(self._key).encrypt(_nonce(self._number, last=last), inside, self._aad)
        self._number += 1
        return len(sealed).to_bytes(_LENGTH, "big") + sealed


class PackReader:
    """Reads one file from its start, `feed` by `feed`; gives each record as soon as it is proven to be whole.

    `feed` raises `CannotOpen`: courier.not_for_us (sealed to others). Everything else that is wrong ends the reading:
    nothing more is given, and `ending` says why.
    """

    def __init__(self, holders: Holders) -> None:
        self._holders = holders
        self._waiting = bytearray()
        self._inside = bytearray()
        self._key: bytes | None = None
        self._aad = b""
        self._number = 0
        self._kind = Kind.CHAIN
        self._trailer: Trailer | None = None
        self._over = False
        self._fault = ""
        self._digest = hashlib.sha256()
        self._signed = b""

    def feed(self, data: bytes) -> list[Record]:
        """The records that became whole with these bytes."""
        if self._fault or not data:
            return []
        self._waiting += data
        records: list[Record] = []
        try:
            if self._key is None and not self._open_header():
                return []
            while (inside := self._next_chunk()) is not None:
                self._inside += inside
                self._read_records(records)
        except BadEntry as error:
            self._fault = error.code
        return records

    @property
    def ending(self) -> str:
        """Empty when the file was read to its signed end; else courier.cut (it ends too early), courier.damaged,
        courier.form, courier.order, courier.size.
        """
        if self._fault:
            return self._fault
        return "" if self._over and self._trailer is not None and not self._inside else "courier.cut"

    @property
    def trailer(self) -> Trailer | None:
        """What the file says of its writer, once it was read."""
        return self._trailer

    def is_signed(self, sign_public: bytes) -> bool:
        """Whether the holder of this key wrote the file, from its first byte to its trailer."""
        if self.ending or self._trailer is None:
            return False
        message = _statement(self._signed, self._trailer.at)
        return verify(sign_public, Domain.COURIER, message, self._trailer.signature)

    def _open_header(self) -> bool:
        start = len(MAGIC) + _LENGTH
        if not MAGIC.startswith(self._waiting[: len(MAGIC)]):
            raise BadEntry("courier.form")
        if len(self._waiting) < start:
            return False
        size = int.from_bytes(self._waiting[len(MAGIC) : start], "big")
        if size > MAX_HEADER:
            raise BadEntry("courier.size", size=size)
        if len(self._waiting) < start + size:
            return False
        head = bytes(self._waiting[: start + size])
        del self._waiting[: start + size]
        self._key = self._unseal(_read(Header, head[start:]))
        self._aad = hashlib.sha256(head).digest()
        self._digest = hashlib.sha256(self._aad)
        return True

    def _unseal(self, header: Header) -> bytes:
        for one in header.receivers:
            suite, private = self._holders.get(one.receiver, (one.suite, b""))
            if not private or suite is not one.suite:
                continue
            with contextlib.suppress(CannotOpen):
                key = hpke_open(private, one.sealed, info=_info(header.pack, one.receiver), suite=suite)
                if len(key) == SECRET_SIZE:
                    return key
        raise CannotOpen("courier.not_for_us")

    def _next_chunk(self) -> bytes | None:
        if len(self._waiting) < _LENGTH:
            return None
        size = int.from_bytes(self._waiting[:_LENGTH], "big")
        if self._over or not _TAG <= size <= CHUNK + _TAG:
            raise BadEntry("courier.damaged")
        if len(self._waiting) < _LENGTH + size:
            return None
        sealed = bytes(self._waiting[_LENGTH : _LENGTH + size])
        del self._waiting[: _LENGTH + size]
        inside = self._decrypt(sealed)
        self._number += 1
        return inside

    def _decrypt(self, sealed: bytes) -> bytes:
        cipher = AESGCM(self._key or b"")
        for last in (False, True):
            try:
                inside = cipher.decrypt(_nonce(self._number, last=last), sealed, self._aad)
            except InvalidTag:
                continue
            self._over = last
            return inside
        raise BadEntry("courier.damaged")

    def _read_records(self, found: list[Record]) -> None:
        """Add what is whole to `found`; what breaks a rule takes nothing before it away."""
        while len(self._inside) >= _LENGTH:
            size = int.from_bytes(self._inside[:_LENGTH], "big")
            if size > MAX_RECORD:
                raise BadEntry("courier.size", size=size)
            if len(self._inside) < _LENGTH + size:
                break
            framed = bytes(self._inside[: _LENGTH + size])
            del self._inside[: _LENGTH + size]
            record = _read(Record, framed[_LENGTH:])
            if record.kind < self._kind or self._trailer is not None:
                raise BadEntry("courier.order")
            self._kind = record.kind
            if record.kind is Kind.TRAILER:
                self._trailer = _read(Trailer, record.data)
                self._signed = self._digest.digest()
            else:
                self._digest.update(framed)
                found.append(record)


def new_pack() -> bytes:
    """The random number that the parts of one export share."""
    return secrets.token_bytes(ID_DIGITS // 2)


def _read(kind: type[T], raw: bytes) -> T:
    try:
        return msgspec.msgpack.decode(raw, type=kind)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadEntry("courier.form") from error


def _seal_to(receiver: Receiver, key: bytes, pack: bytes) -> Sealed:
    name = key_name(receiver.public)
    return Sealed(name, receiver.suite, hpke_seal(receiver.public, key, info=_info(pack, name), suite=receiver.suite))


def _info(pack: bytes, receiver: str) -> bytes:
    return b"causeway/1/courier\0" + pack.hex().encode() + b"\0" + receiver.encode()


def _nonce(number: int, *, last: bool) -> bytes:
    """The key serves one file, so counting is safe; the last chunk's differs, so that no other passes for it."""
    return (number | (_LAST if last else 0)).to_bytes(12, "big")


def _statement(digest: bytes, at: str) -> bytes:
    return digest + at.encode()
