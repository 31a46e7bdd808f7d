"""The slots of a vault: each wraps the same store key under another secret. Bytes in, bytes out; no disk, no clock.

Slot 1: HKDF(Argon2id(passphrase) ‖ keyring secret), or Argon2id alone. Slot 2: the personal recovery code. Slot 3: HPKE
to the unit's recovery key, whose private half exists only in printed shares (`shares`). Leaves the file around them to
`vault`.
"""

import hashlib
import hmac
import os
import time
import unicodedata
from dataclasses import dataclass

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from desktop.crypto.refusals import refusal
from sync.errors import CannotOpen
from sync.keys import hpke_open, hpke_seal, key_name, seal_public_of

PASSPHRASE_SLOT = 1
RECOVERY_SLOT = 2
UNIT_SLOT = 3

FLOOR_MEMORY_KIB = 64 * 1024
FLOOR_ITERATIONS = 3
TARGET_SECONDS = 0.5
MOST_MEMORY_KIB = 1024 * 1024
MOST_ITERATIONS = 1000
MOST_LANES = 16


@dataclass(frozen=True)
class Cost:
    """What one Argon2id derivation costs: memory in KiB, passes over it, lanes."""

    memory_kib: int
    iterations: int
    lanes: int = 4

    def reasonable(self) -> bool:
        """Whether a file may ask this of a machine: a damaged number must not eat its memory or an hour."""
        return (
            1 <= self.lanes <= MOST_LANES
            and 8 * self.lanes <= self.memory_kib <= MOST_MEMORY_KIB
            and 1 <= self.iterations <= MOST_ITERATIONS
        )


class Slot(msgspec.Struct, frozen=True, array_like=True):
    """One wrap of the store key. `cost` and `keyring_check` are those of slot 1, empty in the others."""

    kind: int
    salt: bytes
    nonce: bytes
    wrapped: bytes
    cost: tuple[int, int, int] | None = None
    keyring_check: bytes | None = None

    def well_formed(self) -> bool:
        """Whether the parts have the lengths of this version; other kinds are carried as they are."""
        if self.kind not in {PASSPHRASE_SLOT, RECOVERY_SLOT}:
            return True
        return (len(self.salt), len(self.nonce), len(self.wrapped)) == (16, 12, 48)


def calibrate(target_seconds: float = TARGET_SECONDS) -> Cost:
    """The cost that takes at least `target_seconds` on this machine, never below 64 MiB and three passes.

    Passes are added until one derivation has really taken that long; the time is linear in them.
    """
    cost = Cost(FLOOR_MEMORY_KIB, FLOOR_ITERATIONS)
    while (seconds := _time_of(cost)) < target_seconds and cost.iterations < MOST_ITERATIONS:
        wanted = int(cost.iterations * target_seconds / seconds * 1.1) + 1
        cost = Cost(cost.memory_kib, min(MOST_ITERATIONS, max(cost.iterations + 1, wanted)), cost.lanes)
    return cost


def _time_of(cost: Cost) -> float:
    begun = time.perf_counter()
    _stretch("calibration", bytes(16), cost)
    return time.perf_counter() - begun


def _stretch(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    """32 bytes from a passphrase; NFC first, so that the same letters from another keyboard are the same bytes."""
    if not passphrase:
        raise refusal("vault.passphrase_empty")
    data = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    try:
        return Argon2id(
            salt=salt, length=32, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib
        ).derive(data)
    except MemoryError:
        raise refusal("vault.memory", kib=cost.memory_kib) from None


def _hkdf(material: bytes, salt: bytes, info: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=f"causeway vault/1 {info}".encode()).derive(
        material
    )


def _keyring_check(secret: bytes, salt: bytes) -> bytes:
    """Tells a lost or replaced keyring secret from a wrong passphrase. The secret is 256 random bits: nothing leaks."""
    return hmac.digest(secret, b"causeway vault/1 keyring check" + salt, hashlib.sha256)[:16]


def _passphrase_key(passphrase: str, secret: bytes | None, salt: bytes, cost: Cost) -> bytes:
    info = "passphrase" if secret is None else "passphrase and keyring"
    return _hkdf(_stretch(passphrase, salt, cost) + (secret or b""), salt, info)


def _wrap(kind: int, key: bytes, salt: bytes, store_key: bytes, vault_id: bytes) -> tuple[bytes, bytes]:
    nonce = os.urandom(12)
    return nonce, AESGCM(key).encrypt(nonce, store_key, _context(kind, vault_id, salt))


def _context(kind: int, vault_id: bytes, salt: bytes) -> bytes:
    return b"causeway vault/1 slot" + bytes([kind]) + vault_id + salt


def _unwrap(slot: Slot, key: bytes, vault_id: bytes) -> bytes | None:
    try:
        return AESGCM(key).decrypt(slot.nonce, slot.wrapped, _context(slot.kind, vault_id, slot.salt))
    except InvalidTag:
        return None


def passphrase_slot(
    passphrase: str, keyring_secret: bytes | None, cost: Cost, store_key: bytes, vault_id: bytes
) -> Slot:
    """Slot 1. Raises KnownError `vault.passphrase_empty` or `vault.memory`."""
    salt = os.urandom(16)
    key = _passphrase_key(passphrase, keyring_secret, salt, cost)
    nonce, wrapped = _wrap(PASSPHRASE_SLOT, key, salt, store_key, vault_id)
    check = None if keyring_secret is None else _keyring_check(keyring_secret, salt)
    return Slot(PASSPHRASE_SLOT, salt, nonce, wrapped, (cost.memory_kib, cost.iterations, cost.lanes), check)


def open_passphrase_slot(slot: Slot, passphrase: str, keyring_secret: bytes | None, vault_id: bytes) -> bytes:
    """The store key. Raises KnownError `vault.keyring_missing`, `vault.keyring_changed`, `vault.wrong_passphrase`,
    `vault.passphrase_empty`, `vault.memory` or `vault.corrupt`.
    """
    cost = Cost(*slot.cost) if slot.cost else Cost(0, 0, 0)
    if not cost.reasonable():
        raise refusal("vault.corrupt")
    if slot.keyring_check is None:
        keyring_secret = None
    elif keyring_secret is None:
        raise refusal("vault.keyring_missing")
    elif not hmac.compare_digest(_keyring_check(keyring_secret, slot.salt), slot.keyring_check):
        raise refusal("vault.keyring_changed")
    store_key = _unwrap(slot, _passphrase_key(passphrase, keyring_secret, slot.salt, cost), vault_id)
    if store_key is None:
        raise refusal("vault.wrong_passphrase")
    return store_key


def recovery_slot(code: bytes, store_key: bytes, vault_id: bytes) -> Slot:
    """Slot 2 under the bytes of a recovery code."""
    salt = os.urandom(16)
    nonce, wrapped = _wrap(RECOVERY_SLOT, _hkdf(code, salt, "recovery code"), salt, store_key, vault_id)
    return Slot(RECOVERY_SLOT, salt, nonce, wrapped)


def open_recovery_slot(slot: Slot, code: bytes, vault_id: bytes) -> bytes:
    """The store key. Raises KnownError `vault.wrong_recovery`."""
    store_key = _unwrap(slot, _hkdf(code, slot.salt, "recovery code"), vault_id)
    if store_key is None:
        raise refusal("vault.wrong_recovery")
    return store_key


def unit_slot(recovery_public: bytes, store_key: bytes, vault_id: bytes) -> Slot:
    """Slot 3, sealed to the 32 public bytes of the unit's recovery key; its salt names that key.

    Raises `SyncError("keys.form")` for bytes that are no key.
    """
    salt = bytes.fromhex(key_name(recovery_public))
    return Slot(UNIT_SLOT, salt, b"", hpke_seal(recovery_public, store_key, info=_context(UNIT_SLOT, vault_id, salt)))


def open_unit_slot(slot: Slot, recovery_private: bytes, vault_id: bytes) -> bytes:
    """The store key. Raises KnownError `vault.wrong_unit_key`, also where the slot is damaged or of a later form."""
    if slot.salt.hex() != key_name(seal_public_of(recovery_private)):
        raise refusal("vault.wrong_unit_key")
    try:
        return hpke_open(recovery_private, slot.wrapped, info=_context(UNIT_SLOT, vault_id, slot.salt))
    except CannotOpen:
        raise refusal("vault.wrong_unit_key") from None


def file_tag(store_key: bytes, vault_id: bytes, content: bytes) -> bytes:
    """What authenticates a whole vault file to whoever holds the store key."""
    return hmac.digest(_hkdf(store_key, vault_id, "file"), content, hashlib.sha256)
