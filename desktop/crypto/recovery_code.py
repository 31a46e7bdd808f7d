"""The personal recovery code: 150 random bits, printed once as six groups of six.

Leaves the printed form to `printed_code` and what the code opens to `vault`.
"""

import secrets

from desktop.crypto import printed_code
from desktop.crypto.printed_code import BITS_PER_GROUP, Slip
from desktop.crypto.refusals import refusal

GROUPS = 6
BITS = GROUPS * BITS_PER_GROUP
"""No slow key derivation is needed behind so many."""


def encode(number: int) -> str:
    """The printed form of a number below 2**150."""
    return printed_code.encode(number, GROUPS)


def decode(text: str) -> int:
    """The number behind a typed code, whatever its case, spaces and dashes.

    Raises KnownError `vault.recovery_length` (`typed`: how many characters) or `vault.recovery_mistyped` (`group`:
    which group from 1, the first wrong one).
    """
    number = printed_code.decode(text, GROUPS)
    if not isinstance(number, Slip):
        return number
    if number.group:
        raise refusal("vault.recovery_mistyped", group=number.group)
    raise refusal("vault.recovery_length", typed=number.typed)


def new_number() -> int:
    """150 bits from the operating system."""
    return secrets.randbits(BITS)


def as_bytes(number: int) -> bytes:
    """The number as key material."""
    return number.to_bytes((BITS + 7) // 8, "big")
