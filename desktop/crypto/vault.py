r"""The vault: a small file that gives up the store key to a passphrase (with the keyring's secret), a recovery code or
the unit's recovery key.

    b"CWVAULT\0" · version (1 byte) · body (msgpack: vault id, slots) · tag (32) · digest (32)

The digest (SHA-256 of all before it) tells damage from a wrong passphrase before any slow work; its place is the same
in every later version. The tag (HMAC under a key of the store key) authenticates all before it. Leaves asking for the
keyring's secret to `keychain`, counting failures to `attempts`, and where files lie to `desktop.profiles`.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from desktop.crypto import recovery_code
from desktop.crypto.refusals import disk_refusal, refusal
from desktop.crypto.slots import (
    PASSPHRASE_SLOT,
    RECOVERY_SLOT,
    UNIT_SLOT,
    Cost,
    Slot,
    calibrate,
    file_tag,
    open_passphrase_slot,
    open_recovery_slot,
    open_unit_slot,
    passphrase_slot,
    recovery_slot,
    unit_slot,
)
from desktop.errors import Bug
from desktop.files import replace_file
from sync.keys import key_name

__all__ = ["Cost", "CreatedVault", "Rewrapped", "Vault", "calibrate"]

MAGIC = b"CWVAULT\0"
VERSION = 1
STORE_KEY_BYTES = 32
KEYRING_SECRET_BYTES = 32
LARGEST = 64 * 1024
_DIGEST = _TAG = 32
_SHORTEST = len(MAGIC) + 1 + _TAG


class _Body(msgspec.Struct, frozen=True, array_like=True):
    vault_id: bytes
    slots: list[Slot]


@dataclass(frozen=True)
class CreatedVault:
    """A new vault, the store key it keeps, and the recovery code, which is shown and printed once."""

    vault: "Vault"
    store_key: bytes = field(repr=False)
    recovery_code: str = field(repr=False)


@dataclass(frozen=True)
class Rewrapped:
    """A vault with new slots; `recovery_code` is the new one, or None where the old code still opens it."""

    vault: "Vault"
    recovery_code: str | None = field(repr=False)


@dataclass(frozen=True)
class Vault:
    """A vault as read from `path`: a value. Methods that change anything write the file anew and return a new value."""

    path: Path
    vault_id: bytes
    slots: tuple[Slot, ...]
    _content: bytes = field(repr=False)
    _tag: bytes = field(repr=False)

    @classmethod
    def create(cls, path: Path, passphrase: str, keyring_secret: bytes | None, *, cost: Cost) -> CreatedVault:
        """Make a random store key and a vault for it at `path`, which must not exist.

        `keyring_secret` is 32 random bytes kept by the operating system, or None where there is no keyring. Raises
        KnownError `vault.exists`, `vault.passphrase_empty`, `vault.memory`, `vault.read_only`, `vault.disk_full`,
        `vault.disk_failed`.
        """
        if path.exists():
            raise refusal("vault.exists")
        store_key = os.urandom(STORE_KEY_BYTES)
        vault_id = os.urandom(16)
        number = recovery_code.new_number()
        slots = (
            passphrase_slot(passphrase, _checked(keyring_secret), cost, store_key, vault_id),
            recovery_slot(recovery_code.as_bytes(number), store_key, vault_id),
        )
        return CreatedVault(cls._write(path, vault_id, slots, store_key), store_key, recovery_code.encode(number))

    @classmethod
    def open(cls, path: Path) -> "Vault":
        """Read and check the file. Raises KnownError `vault.missing`, `vault.corrupt`, `vault.newer`,
        `vault.read_only` (no right to read), `vault.disk_failed`.
        """
        try:
            if path.stat().st_size > LARGEST:
                raise refusal("vault.corrupt")
            data = path.read_bytes()
        except OSError as error:
            raise disk_refusal(error) from None
        return cls._parse(path, data)

    @classmethod
    def _parse(cls, path: Path, data: bytes) -> "Vault":
        sealed, digest = data[:-_DIGEST], data[-_DIGEST:]
        whole = data.startswith(MAGIC) and len(sealed) > _SHORTEST
        if not whole or hashlib.sha256(sealed).digest() != digest:
            raise refusal("vault.corrupt")
        if sealed[len(MAGIC)] > VERSION:
            raise refusal("vault.newer", version=sealed[len(MAGIC)])
        content, tag = sealed[:-_TAG], sealed[-_TAG:]
        try:
            body = msgspec.msgpack.decode(content[len(MAGIC) + 1 :], type=_Body)
        except msgspec.DecodeError:
            raise refusal("vault.corrupt") from None
        if not all(slot.well_formed() for slot in body.slots):
            raise refusal("vault.corrupt")
        return cls(path, body.vault_id, tuple(body.slots), content, tag)

    @classmethod
    def _write(cls, path: Path, vault_id: bytes, slots: tuple[Slot, ...], store_key: bytes) -> "Vault":
        """Replace the file in one step; until the rename the old one is whole and valid."""
        content = MAGIC + bytes([VERSION]) + msgspec.msgpack.encode(_Body(vault_id, list(slots)))
        sealed = content + file_tag(store_key, vault_id, content)
        try:
            replace_file(path, sealed + hashlib.sha256(sealed).digest())
        except OSError as error:
            raise disk_refusal(error) from None
        return cls.open(path)

    @property
    def uses_keyring(self) -> bool:
        """Whether the passphrase works only together with the secret kept by the operating system."""
        return self._slot(PASSPHRASE_SLOT).keyring_check is not None

    @property
    def cost(self) -> Cost:
        """What trying a passphrase costs."""
        return Cost(*(self._slot(PASSPHRASE_SLOT).cost or (0, 0, 0)))

    def _slot(self, kind: int) -> Slot:
        for slot in self.slots:
            if slot.kind == kind:
                return slot
        raise refusal("vault.corrupt")

    def _authenticated(self, store_key: bytes) -> bytes:
        if not hmac.compare_digest(file_tag(store_key, self.vault_id, self._content), self._tag):
            raise refusal("vault.corrupt")
        return store_key

    def unlock(self, passphrase: str, keyring_secret: bytes | None) -> bytes:
        """The 32-byte store key. Changes nothing. A secret that the vault does not use is ignored.

        Raises KnownError `vault.wrong_passphrase`, `vault.passphrase_empty`, `vault.keyring_missing`,
        `vault.keyring_changed`, `vault.memory`, `vault.corrupt`.
        """
        slot = self._slot(PASSPHRASE_SLOT)
        return self._authenticated(open_passphrase_slot(slot, passphrase, _checked(keyring_secret), self.vault_id))

    def unlock_with_recovery(self, code: str) -> bytes:
        """The 32-byte store key, from the printed code alone: no passphrase, no keyring.

        Raises KnownError `vault.recovery_length`, `vault.recovery_mistyped`, `vault.wrong_recovery`, `vault.corrupt`.
        """
        number = recovery_code.decode(code)
        slot = self._slot(RECOVERY_SLOT)
        return self._authenticated(open_recovery_slot(slot, recovery_code.as_bytes(number), self.vault_id))

    def seal_to_unit(self, store_key: bytes, recovery_public: bytes) -> "Vault":
        """Slot 3 anew, for the public half (32 bytes) of the unit's recovery key; the other slots stay as they are.

        `store_key` proves that the vault was opened. Raises KnownError `vault.corrupt` for a key of another vault and
        those of the disk as `create`; `SyncError("keys.form")` for bytes that are no key.
        """
        self._authenticated(store_key)
        others = tuple(slot for slot in self.slots if slot.kind != UNIT_SLOT)
        sealed = unit_slot(recovery_public, store_key, self.vault_id)
        return self._write(self.path, self.vault_id, (*others, sealed), store_key)

    def is_sealed_to(self, recovery_public: bytes) -> bool:
        """Whether slot 3 is for this very key: after a use of the shares the unit announces another."""
        return any(slot.kind == UNIT_SLOT and slot.salt.hex() == key_name(recovery_public) for slot in self.slots)

    def unlock_with_unit_key(self, recovery_private: bytes) -> bytes:
        """The 32-byte store key, from the key that two printed shares of the unit give back.

        Raises KnownError `vault.no_unit_slot`, `vault.wrong_unit_key`, `vault.corrupt`.
        """
        slot = next((slot for slot in self.slots if slot.kind == UNIT_SLOT), None)
        if slot is None:
            raise refusal("vault.no_unit_slot")
        return self._authenticated(open_unit_slot(slot, recovery_private, self.vault_id))

    def rewrap(
        self,
        store_key: bytes,
        passphrase: str,
        keyring_secret: bytes | None,
        *,
        cost: Cost,
        renew_recovery: bool = False,
    ) -> Rewrapped:
        """A new passphrase, a new keyring secret or none; with `renew_recovery` the printed code is replaced too.

        `store_key` proves that the vault was opened. Slots of other kinds are carried over. The old file stays valid
        until the new one has taken its place. Errors as in `create`; `vault.corrupt` for a key of another vault.
        """
        self._authenticated(store_key)
        number = recovery_code.new_number() if renew_recovery else None
        fresh = {PASSPHRASE_SLOT: passphrase_slot(passphrase, _checked(keyring_secret), cost, store_key, self.vault_id)}
        if number is not None:
            fresh[RECOVERY_SLOT] = recovery_slot(recovery_code.as_bytes(number), store_key, self.vault_id)
        slots = tuple(fresh.get(slot.kind, slot) for slot in self.slots)
        written = self._write(self.path, self.vault_id, slots, store_key)
        return Rewrapped(written, None if number is None else recovery_code.encode(number))


def _checked(keyring_secret: bytes | None) -> bytes | None:
    if keyring_secret is not None and len(keyring_secret) != KEYRING_SECRET_BYTES:
        raise Bug("vault: the keyring's secret is not 32 bytes", ValueError())
    return keyring_secret
