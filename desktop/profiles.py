"""The profiles on this computer: one seat each, one folder each, listed on the unlock screen.

    profiles/<id>/profile.json   the neutral label, nothing else about the person
                  vault.bin      key slots          attempts.json   wrong passphrases in a row
                  store.db       everything else    store.db.lock   held while the profile is open

A new profile is built under `.new-<id>` and takes its name at the end: a crash leaves nothing or a usable profile.
Leaves the wording of the recovery sheet and of "passphrase alone" to the screens, and the seat's keys to the store.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import shutil
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.crypto.keychain import Absent, Found, Keychain, Stored, Unavailable, new_secret
from desktop.crypto.refusals import disk_refusal
from desktop.errors import KnownError
from desktop.files import replace_file, sync_folder
from desktop.paths import data_root
from desktop.store.lock import InstanceLock, is_held

if TYPE_CHECKING:
    from desktop.crypto import vault as vaults
    from desktop.crypto.attempts import Gate
    from desktop.crypto.vault import Cost, Vault
    from desktop.store.database import Database, Observer

log = logging.getLogger(__name__)

LONGEST_LABEL = 40
_ID = re.compile(r"[0-9a-f]{16}")
_BEGUN = ".new-"


class State(StrEnum):
    """How a profile stands on this computer before anybody has unlocked it."""

    READY = "ready"
    IN_USE = "in_use"
    """Open in another process."""
    DAMAGED = "damaged"
    """The vault, the store or the label is not there or not readable; nothing was changed."""


@dataclass(frozen=True)
class Profile:
    """One profile: its random id, the neutral label shown on the unlock screen, its folder."""

    profile_id: str
    label: str
    folder: Path

    @property
    def vault_path(self) -> Path:
        """The key slots."""
        return self.folder / "vault.bin"

    @property
    def store_path(self) -> Path:
        """The encrypted store."""
        return self.folder / "store.db"

    @property
    def state(self) -> State:
        """Whether it can be unlocked here and now. Looks only: nothing is taken, not even for a moment."""
        try:
            if not (self.label and self.vault_path.is_file() and self.store_path.is_file()):
                return State.DAMAGED
            _vault(self.vault_path)
        except OSError:
            return State.DAMAGED
        except KnownError as error:
            return State.READY if error.code == "vault.newer" else State.DAMAGED
        return State.IN_USE if is_held(self.store_path.with_name("store.db.lock")) else State.READY

    @property
    def uses_keyring(self) -> bool:
        """Whether the passphrase needs this computer's keyring. Errors: those of `Vault.open`."""
        return _vault(self.vault_path).uses_keyring

    def gate(self, clock: Callable[[], float]) -> Gate:
        """The delay after wrong passphrases; `clock` gives wall time in seconds."""
        from desktop.crypto.attempts import Gate  # noqa: PLC0415  asked once a profile is chosen

        return Gate(self.folder / "attempts.json", clock)

    def unlock(self, passphrase: str, keychain: Keychain, clock: Callable[[], float]) -> bytes:
        """The 32-byte store key. Slow (Argon2id) and blocking (keyring): call from a worker thread.

        Raises KnownError `vault.wait`, those of `Vault.open` and of `Vault.unlock`.
        """
        vault = _vault(self.vault_path)
        with self.gate(clock).attempt():
            secret = keychain.get(self.profile_id) if vault.uses_keyring else Absent()
            return vault.unlock(passphrase, secret.secret if isinstance(secret, Found) else None)

    def unlock_with_recovery(self, code: str, clock: Callable[[], float]) -> bytes:
        """The 32-byte store key from the printed code; never waits, and forgives the wrong passphrases before it.

        Raises KnownError: those of `Vault.open` and `Vault.unlock_with_recovery`.
        """
        store_key = _vault(self.vault_path).unlock_with_recovery(code)
        self.gate(clock).reset()
        return store_key

    def unlock_with_unit_key(self, recovery_private: bytes, clock: Callable[[], float]) -> bytes:
        """The 32-byte store key from the unit's recovery key, as two printed shares give it back; never waits.

        Raises KnownError: those of `Vault.open` and `Vault.unlock_with_unit_key`.
        """
        store_key = _vault(self.vault_path).unlock_with_unit_key(recovery_private)
        self.gate(clock).reset()
        return store_key

    def seal_to_unit(self, store_key: bytes, recovery_public: bytes) -> None:
        """Have the unit's recovery key open this profile too; writes nothing where it does already.

        Errors: those of `Vault.open` and `Vault.seal_to_unit`.
        """
        vault = _vault(self.vault_path)
        if not vault.is_sealed_to(recovery_public):
            vault.seal_to_unit(store_key, recovery_public)

    def change_passphrase(
        self,
        store_key: bytes,
        passphrase: str,
        keychain: Keychain,
        *,
        cost: Cost | None = None,
        renew_recovery: bool = False,
    ) -> vaults.Rewrapped:
        """A new passphrase, with the keyring's secret if there is one (a lost one is written anew).

        The keyring's old secret stays until nothing needs it: a crash at any point leaves the old or the new
        passphrase valid. Errors: those of `Vault.rewrap`.
        """
        vault = _vault(self.vault_path)
        secret = _secret_for(keychain, self.profile_id)
        return vault.rewrap(store_key, passphrase, secret, cost=cost or _calibrated(), renew_recovery=renew_recovery)

    def open_store(self, store_key: bytes, *, observer: Observer | None = None) -> Database:
        """The store on the calling thread, at the newest schema. Errors: those of `migrate.open_store`."""
        from desktop.store.migrate import open_store  # noqa: PLC0415  the encrypted file: for an open profile alone

        return open_store(self.store_path, store_key, observer=observer)


@dataclass(frozen=True)
class NewProfile:
    """A profile just made, its store key, and the recovery code, which is shown and printed once."""

    profile: Profile
    store_key: bytes = field(repr=False)
    recovery_code: str = field(repr=False)
    keyring: Stored | Unavailable
    """Stored: the passphrase works on this computer only. Unavailable: it stands alone, and the screen says so."""


class Profiles:
    """The profiles below one data folder. Build it once, with the folder and the keyring's door."""

    def __init__(self, keychain: Keychain, root: Path | None = None) -> None:
        self._keychain = keychain
        self.folder = (root or data_root()) / "profiles"

    def list(self) -> list[Profile]:
        """All profiles by label; a damaged one too, with an empty label if need be. Raises KnownError when the folder
        cannot be read.
        """
        try:
            folders = [path for path in self.folder.iterdir() if _ID.fullmatch(path.name)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise disk_refusal(error) from None
        found = [Profile(path.name, _label(path), path) for path in folders]
        return sorted(found, key=lambda profile: (profile.label.casefold(), profile.profile_id))

    def create(self, label: str, passphrase: str, *, cost: Cost | None = None) -> NewProfile:
        """Make a profile with its vault and an empty store. Slow and blocking: call from a worker thread.

        Raises KnownError `profile.label`, those of `Vault.create` and of `migrate.open_store` (another
        window making one now: `store.locked_by_other`); then nothing is left.
        """
        label = _checked_label(label)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise disk_refusal(error) from None
        lock = InstanceLock(self.folder / ".lock")
        try:
            self._sweep()
            return self._build_or_clear(label, passphrase, cost or _calibrated())
        finally:
            lock.release()

    def _build_or_clear(self, label: str, passphrase: str, cost: Cost) -> NewProfile:
        profile_id = os.urandom(8).hex()
        begun = Profile(profile_id, label, self.folder / f"{_BEGUN}{profile_id}")
        try:
            begun.folder.mkdir(mode=0o700)
            return self._build(begun, passphrase, cost)
        except BaseException as error:
            if not (self.folder / profile_id).exists():
                self._clear(begun.folder, profile_id)
            if isinstance(error, OSError):
                raise disk_refusal(error) from None
            raise

    def _build(self, begun: Profile, passphrase: str, cost: Cost) -> NewProfile:
        from desktop.crypto.vault import Vault  # noqa: PLC0415  see `_vault`
        from desktop.store.migrate import open_store  # noqa: PLC0415  see `Profile.open_store`

        secret = new_secret()
        keyring = self._keychain.set(begun.profile_id, secret)
        created = Vault.create(begun.vault_path, passphrase, secret if isinstance(keyring, Stored) else None, cost=cost)
        open_store(begun.store_path, created.store_key, create=True).close()
        replace_file(begun.folder / "profile.json", json.dumps({"label": begun.label}, ensure_ascii=False).encode())
        sync_folder(begun.folder)
        folder = self.folder / begun.profile_id
        begun.folder.rename(folder)
        sync_folder(self.folder)
        log.info("profile %s made, keyring %s", begun.profile_id, isinstance(keyring, Stored))
        profile = Profile(begun.profile_id, begun.label, folder)
        return NewProfile(profile, created.store_key, created.recovery_code, keyring)

    def _sweep(self) -> None:
        """Clear away what a crash left of profiles that were never finished; nothing was ever saved in them."""
        for begun in self.folder.glob(f"{_BEGUN}*"):
            self._clear(begun, begun.name.removeprefix(_BEGUN))

    def _clear(self, begun: Path, profile_id: str) -> None:
        shutil.rmtree(begun, ignore_errors=True)
        self._keychain.delete(profile_id)


def _vault(path: Path) -> Vault:
    """Errors: those of `Vault.open`."""
    from desktop.crypto.vault import Vault  # noqa: PLC0415  ciphers are loaded off the GUI thread, after the first paint

    return Vault.open(path)


def _calibrated() -> Cost:
    from desktop.crypto.vault import calibrate  # noqa: PLC0415  see `_vault`

    return calibrate()


def _secret_for(keychain: Keychain, profile_id: str) -> bytes | None:
    """The keyring's secret for the profile, a new one if it keeps none, or None where there is no keyring."""
    kept = keychain.get(profile_id)
    if isinstance(kept, Found):
        return kept.secret
    secret = new_secret()
    # Written only where nothing is kept: over a secret that merely could not be read, a crash would lose a passphrase.
    written = keychain.set(profile_id, secret) if isinstance(kept, Absent) else kept
    return secret if isinstance(written, Stored) else None


def _checked_label(label: str) -> str:
    """The label in NFC without outer spaces. Raises KnownError `profile.label` when empty, long or unprintable."""
    label = unicodedata.normalize("NFC", label).strip()
    if not label or len(label) > LONGEST_LABEL or not label.isprintable():
        raise KnownError(
            "profile.label",
            "The name for the unlock screen is empty, too long or holds signs that cannot be shown.",
            "Choose a neutral name of one to forty signs, such as a colour or a desk.",
            longest=LONGEST_LABEL,
        )
    return label


def _label(folder: Path) -> str:
    """The label kept in a profile's folder; empty when it cannot be read."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        kept = json.loads((folder / "profile.json").read_bytes())
        label = kept.get("label") if isinstance(kept, dict) else None
        return label if isinstance(label, str) else ""
    return ""
