"""Keys of seats, units and spaces: making, naming, signing with a domain, sealing to a receiver.

Leaves the sealing of entries to `sync.envelope` and the keeping of secrets to whoever holds the encrypted file.
Algorithms: Ed25519 (RFC 8032), HPKE base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM (RFC 9180);
for keys of units and of recovery also HPKE with ML-KEM-768 beside X25519, named by its suite number.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Protocol, Self

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from sync.errors import CannotOpen, SyncError

SECRET_SIZE = 32
SIGNATURE_SIZE = 64
ID_DIGITS = 32

_NONCE_SIZE = 12
_SEED_SIZE = 64
"""Of ML-KEM-768; the X25519 half follows it."""


class SealSuite(IntEnum):
    """What a key for sealing is; the number stands in the entry that announces it."""

    X25519 = 1
    MLKEM768_X25519 = 2


_SUITES = {
    SealSuite.X25519: Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM),
    SealSuite.MLKEM768_X25519: Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM),
}
SEAL_PRIVATE_SIZES = {SealSuite.X25519: 32, SealSuite.MLKEM768_X25519: _SEED_SIZE + 32}
SEAL_PUBLIC_SIZES = {SealSuite.X25519: 32, SealSuite.MLKEM768_X25519: 1184 + 32}


class Domain(StrEnum):
    """What a signature is for. A signature made in one domain is worth nothing in another."""

    CHANGE = "causeway/1/change"
    SESSION = "causeway/1/session"
    RECEIPT = "causeway/1/receipt"
    CONTROL = "causeway/1/control"
    CHAIN = "causeway/1/chain"
    ENROL = "causeway/1/enrol"
    INVITATION = "causeway/1/invitation"
    COURIER = "causeway/1/courier"
    RESTORE = "causeway/1/restore"


class Wrap(Protocol):
    """A secret sealed to one receiver and named by its hash (`sync.identity.KeyWrap`)."""

    @property
    def receiver(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def sealed(self) -> bytes: ...


class _Unit(Protocol):
    @property
    def seal_key(self) -> bytes: ...


class _Seat(Protocol):
    @property
    def unit(self) -> str: ...


class Wraps(Protocol):
    """What `open_space_keys` reads of a roster (`sync.identity.Roster`)."""

    @property
    def unit_wraps(self) -> Sequence[Wrap]: ...
    @property
    def space_wraps(self) -> Mapping[str, Sequence[Wrap]]: ...
    def seat(self, seat_id: str, /) -> _Seat | None: ...
    def unit(self, unit_id: str, /) -> _Unit | None: ...


@dataclass(frozen=True)
class SeatKeys:
    """The private keys of one seat, 32 raw bytes each: `sign_private` Ed25519, `seal_private` X25519 (HPKE)."""

    sign_private: bytes = field(repr=False)
    seal_private: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.sign_private) != SECRET_SIZE or len(self.seal_private) != SECRET_SIZE:
            raise SyncError("keys.form")

    @classmethod
    def generate(cls) -> Self:
        return cls(new_secret(), new_secret())

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read `to_bytes`; raises `SyncError("keys.form")` unless there are exactly 64 bytes."""
        return cls(data[:SECRET_SIZE], data[SECRET_SIZE:])

    def to_bytes(self) -> bytes:
        """64 secret bytes, signing key first. For the encrypted file only."""
        return self.sign_private + self.seal_private

    @property
    def sign_public(self) -> bytes:
        return sign_public_of(self.sign_private)

    @property
    def seal_public(self) -> bytes:
        return seal_public_of(self.seal_private)

    @property
    def seat_id(self) -> str:
        return key_name(self.sign_public)


def new_secret() -> bytes:
    """32 random bytes: a space key, a case key, or the private half of an Ed25519 or X25519 pair."""
    return secrets.token_bytes(SECRET_SIZE)


def key_name(public: bytes) -> str:
    """The id of the holder of a public key: first 16 bytes of its SHA-256, 32 hex digits (seats, units)."""
    return hashlib.sha256(public).hexdigest()[:ID_DIGITS]


def sign_public_of(private: bytes) -> bytes:
    """The Ed25519 public key (32 bytes) of a private one."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def new_seal_private(suite: SealSuite) -> bytes:
    """A new private key for sealing: 32 random bytes, or 96 with ML-KEM (its seed first)."""
    return secrets.token_bytes(SEAL_PRIVATE_SIZES[suite])


def seal_public_of(private: bytes, suite: SealSuite = SealSuite.X25519) -> bytes:
    """The public key of a private one: 32 bytes, or 1,216 with ML-KEM. Raises `SyncError("keys.form")`."""
    if len(private) != SEAL_PRIVATE_SIZES[suite]:
        raise SyncError("keys.form")
    if suite is SealSuite.X25519:
        return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    lattice = MLKEM768PrivateKey.from_seed_bytes(private[:_SEED_SIZE]).public_key().public_bytes_raw()
    return lattice + seal_public_of(private[_SEED_SIZE:])


def sign(sign_private: bytes, domain: Domain, message: bytes) -> bytes:
    """64 bytes: Ed25519 over the domain string, a zero byte and the message."""
    return Ed25519PrivateKey.from_private_bytes(sign_private).sign(_in_domain(domain, message))


def verify(sign_public: bytes, domain: Domain, message: bytes, signature: bytes) -> bool:
    """Whether `signature` was made by the holder of `sign_public` in this domain. Never raises on hostile bytes."""
    try:
        _public(sign_public).verify(signature, _in_domain(domain, message))
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=1024)
def _public(sign_public: bytes) -> Ed25519PublicKey:
    """Kept, because reading a key costs a third of a verification and few seats write a whole log."""
    return Ed25519PublicKey.from_public_bytes(sign_public)


def hpke_seal(public: bytes, plaintext: bytes, *, info: bytes, suite: SealSuite = SealSuite.X25519) -> bytes:
    """Seal to the holder of a key, bound to `info`; raises `SyncError("keys.form")` for an unusable key."""
    try:
        return _SUITES[suite].encrypt(plaintext, _seal_public(public, suite), info)
    except ValueError as error:
        raise SyncError("keys.form") from error


def hpke_open(private: bytes, sealed: bytes, *, info: bytes, suite: SealSuite = SealSuite.X25519) -> bytes:
    """Open what `hpke_seal` made with the same `info`; raises `CannotOpen("key.sealed")` for anything else."""
    try:
        return _SUITES[suite].decrypt(sealed, _seal_private(private, suite), info)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("key.sealed") from error


def _seal_public(public: bytes, suite: SealSuite) -> X25519PublicKey | MLKEM768X25519PublicKey:
    if suite is SealSuite.X25519:
        return X25519PublicKey.from_public_bytes(public)
    lattice, curve = public[:-SECRET_SIZE], public[-SECRET_SIZE:]
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(lattice), X25519PublicKey.from_public_bytes(curve)
    )


def _seal_private(private: bytes, suite: SealSuite) -> X25519PrivateKey | MLKEM768X25519PrivateKey:
    if suite is SealSuite.X25519:
        return X25519PrivateKey.from_private_bytes(private)
    seed, curve = private[:_SEED_SIZE], private[_SEED_SIZE:]
    return MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(seed), X25519PrivateKey.from_private_bytes(curve)
    )


def seal_older(key: bytes, older: bytes, *, info: bytes) -> bytes:
    """An older secret under a newer one: nonce and AES-256-GCM, bound to `info`."""
    nonce = secrets.token_bytes(_NONCE_SIZE)
    return nonce + AESGCM(key).encrypt(nonce, older, info)


def open_older(key: bytes, sealed: bytes, *, info: bytes) -> bytes:
    """Open what `seal_older` made; raises `CannotOpen("key.sealed")` for anything else."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], info)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("key.sealed") from error


def space_key_name(space_key: bytes) -> str:
    """The public name of a space key, 32 hex digits; tells nothing about the key."""
    return hashlib.sha256(b"causeway/1/space-key\0" + space_key).hexdigest()[:ID_DIGITS]


def info_unit(unit_id: str) -> bytes:
    """HPKE context of a unit's private key sealed to one of its seats."""
    return f"causeway/1/unit-key\0{unit_id}".encode()


def info_space(space_id: str) -> bytes:
    """HPKE context of a space key sealed to a unit."""
    return f"causeway/1/space-key\0{space_id}".encode()


def info_unit_key(unit_id: str, key: str, receiver: str) -> bytes:
    """HPKE context of one generation of a unit's key (named by its public half) sealed to one receiver."""
    return f"causeway/1/unit-key\0{unit_id}\0{key}\0{receiver}".encode()


def info_space_key(space_id: str, key: str, receiver: str) -> bytes:
    """Context of a space key sealed to one receiver: a unit's generation, a seat, a recovery key or a newer key."""
    return f"causeway/1/space-key\0{space_id}\0{key}\0{receiver}".encode()


def open_space_keys(roster: Wraps, seat_keys: SeatKeys) -> dict[str, dict[str, bytes]]:
    """Walk seat → unit key → space keys; returns space id → space-key name → 32 key bytes.

    A wrap that does not open, or opens to something other than it names, is passed over: one bad wrap takes nothing
    else with it. An unknown seat holds nothing.
    """
    seat = roster.seat(seat_keys.seat_id)
    unit_private = None if seat is None else _unit_private(roster, seat_keys, seat.unit)
    if seat is None or unit_private is None:
        return {}
    opened: dict[str, dict[str, bytes]] = {}
    for space_id, wraps in roster.space_wraps.items():
        for wrap in wraps:
            space_key = _open_wrap(wrap, seat.unit, unit_private, info_space(space_id))
            if space_key is not None and space_key_name(space_key) == wrap.key:
                opened.setdefault(space_id, {})[wrap.key] = space_key
    return opened


def _unit_private(roster: Wraps, seat_keys: SeatKeys, unit_id: str) -> bytes | None:
    """The unit's private key as sealed to this seat, if it is the half of the key that the roster announces."""
    unit = roster.unit(unit_id)
    for wrap in roster.unit_wraps:
        private = _open_wrap(wrap, seat_keys.seat_id, seat_keys.seal_private, info_unit(unit_id))
        if unit is not None and private is not None and seal_public_of(private) == unit.seal_key:
            return private
    return None


def _open_wrap(wrap: Wrap, receiver: str, private: bytes, info: bytes) -> bytes | None:
    if wrap.receiver != receiver:
        return None
    try:
        secret = hpke_open(private, wrap.sealed, info=info)
    except CannotOpen:
        return None
    return secret if len(secret) == SECRET_SIZE else None


def _in_domain(domain: Domain, message: bytes) -> bytes:
    return domain.value.encode() + b"\0" + message
