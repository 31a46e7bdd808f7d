"""The door to the operating system's keyring: the only importer of `keyring`. One random secret per profile.

Only the system's own vaults are used, never a plaintext or configured back end. Calls block, perhaps on a prompt of the
desktop's: call from a worker thread. A keyring that cannot be had is an answer, not an error. Leaves to the vault what
the secret opens.
"""

import base64
import binascii
import importlib
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

log = logging.getLogger(__name__)

SERVICE = "causeway"
SECRET_BYTES = 32

_BACKENDS = {
    "win32": (("Windows", "WinVaultKeyring"),),
    "darwin": (("macOS", "Keyring"),),
}
_BACKENDS_ELSEWHERE = (("SecretService", "Keyring"), ("kwallet", "DBusKeyring"))


class Reason(Enum):
    """Why the keyring gave no answer."""

    NO_KEYRING = "no_keyring"
    """None is running or none has been set up: the vault must stand on the passphrase alone, said plainly."""
    LOCKED = "locked"
    """There is one, but it was not unlocked."""
    FAILED = "failed"
    """There is one, and it failed or refused."""


@dataclass(frozen=True)
class Found:
    """The secret that was kept."""

    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class Absent:
    """The keyring works and keeps nothing (or nothing readable) for this profile."""


@dataclass(frozen=True)
class Stored:
    """The secret was written and read back, or deleted."""


@dataclass(frozen=True)
class Unavailable:
    """The keyring gave no answer."""

    reason: Reason


class Backend(Protocol):
    """What is used of a `keyring` back end."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


def system_backend() -> Backend:
    """The operating system's vault. Raises NoKeyringError where there is none."""
    for module, name in _BACKENDS.get(sys.platform, _BACKENDS_ELSEWHERE):
        kind = getattr(importlib.import_module(f"keyring.backends.{module}"), name)
        if kind.viable:
            return kept_on_this_computer(kind())
    from keyring.errors import NoKeyringError  # noqa: PLC0415  see `_reason`

    raise NoKeyringError


def kept_on_this_computer(backend: Backend) -> Backend:
    """Windows would let the secret roam with the person's account to other machines unless told otherwise."""
    if hasattr(type(backend), "persist"):
        setattr(backend, "persist", "local machine")  # noqa: B010  only the Windows back end has it
    return backend


def new_secret() -> bytes:
    """32 random bytes."""
    return os.urandom(SECRET_BYTES)


def _reason(error: Exception) -> Reason:
    """NoKeyringError: nothing runs. InitError: no collection has been set up. KeyringLocked: nobody unlocked it."""
    from keyring.errors import InitError, KeyringLocked, NoKeyringError  # noqa: PLC0415  slow, and only an attempt asks

    if isinstance(error, NoKeyringError | InitError):
        return Reason.NO_KEYRING
    return Reason.LOCKED if isinstance(error, KeyringLocked) else Reason.FAILED


class Keychain:
    """Gets, sets and deletes the secret of a profile (known by its random id)."""

    def __init__(self, backend: Callable[[], Backend] = system_backend) -> None:
        self._backend = backend

    def get(self, profile_id: str) -> Found | Absent | Unavailable:
        """The secret kept for this profile."""
        try:
            text = self._backend().get_password(SERVICE, profile_id)
        except Exception as error:  # noqa: BLE001  back ends raise their own libraries' types beside KeyringError
            return self._unavailable(error)
        try:
            secret = base64.b64decode(text or "", validate=True)
        except (binascii.Error, ValueError):
            return Absent()
        return Found(secret) if len(secret) == SECRET_BYTES else Absent()

    def set(self, profile_id: str, secret: bytes) -> Stored | Unavailable:
        """Keep the 32-byte secret, and read it back before saying so."""
        try:
            self._backend().set_password(SERVICE, profile_id, base64.b64encode(secret).decode("ascii"))
        except Exception as error:  # noqa: BLE001  as in get
            return self._unavailable(error)
        return Stored() if self.get(profile_id) == Found(secret) else Unavailable(Reason.FAILED)

    def delete(self, profile_id: str) -> Stored | Unavailable:
        """Forget the secret; one that is not there is as good as forgotten."""
        from keyring.errors import PasswordDeleteError  # noqa: PLC0415  see `_reason`

        try:
            self._backend().delete_password(SERVICE, profile_id)
        except PasswordDeleteError:
            return Stored()
        except Exception as error:  # noqa: BLE001  as in get
            return self._unavailable(error)
        return Stored()

    @staticmethod
    def _unavailable(error: Exception) -> Unavailable:
        reason = _reason(error)
        log.info("keyring: %s (%s)", reason.value, type(error).__name__)
        return Unavailable(reason)
