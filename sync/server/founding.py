"""The operator's only word on who belongs: a code with which one unit may be founded on this server."""

import hashlib
import hmac
import secrets

import msgspec

from sync.server.storage.contract import Storage

_NAME = "founding_codes"


def new_code(storage: Storage) -> str:
    """A code for one unit, to be given to its first lead."""
    code = secrets.token_hex(10)
    _keep(storage, (*_codes(storage), _digest(code)))
    return code


def knows_code(storage: Storage, code: str) -> bool:
    return any(hmac.compare_digest(each, _digest(code)) for each in _codes(storage))


def spend_code(storage: Storage, code: str) -> None:
    _keep(storage, tuple(each for each in _codes(storage) if each != _digest(code)))


def _codes(storage: Storage) -> tuple[bytes, ...]:
    held = storage.value(_NAME)
    return msgspec.msgpack.decode(held, type=tuple[bytes, ...]) if held else ()


def _keep(storage: Storage, codes: tuple[bytes, ...]) -> None:
    storage.set_value(_NAME, msgspec.msgpack.encode(codes))


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.strip().encode()).digest()
