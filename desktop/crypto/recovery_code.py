"""The personal recovery code as it is printed and typed back: six groups of six, each with its own check character.

Alphabet and look-alikes (I and L read as 1, O as 0, no U) are Douglas Crockford's base 32. Leaves what the code opens
to `vault`.
"""

import re
import secrets

from desktop.crypto.refusals import refusal

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS = 6
DATA_PER_GROUP = 5
BITS = GROUPS * DATA_PER_GROUP * 5
"""150 random bits: no slow key derivation is needed behind them."""

_VALUE = {character: index for index, character in enumerate(ALPHABET)} | {"I": 1, "L": 1, "O": 0}
_FIELD_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, primitive over GF(2): x generates all 31 non-zero elements


def _double(value: int) -> int:
    """Multiply by x in GF(32)."""
    value <<= 1
    return value ^ _FIELD_POLYNOMIAL if value & 0b100000 else value


def _check(group: int, values: list[int]) -> int:
    """A weighted sum over GF(32) with another weight at each place: any one wrong character, any two neighbours
    exchanged and any two groups exchanged (the start differs) give another result.
    """
    total = group + 1
    for value in values:
        total = _double(total) ^ value
    return _double(total)


def encode(number: int) -> str:
    """The printed form of a number below 2**150."""
    groups = []
    for group in range(GROUPS):
        shift = (GROUPS - 1 - group) * DATA_PER_GROUP
        values = [(number >> (5 * (shift + place))) & 31 for place in reversed(range(DATA_PER_GROUP))]
        groups.append("".join(ALPHABET[value] for value in [*values, _check(group, values)]))
    return "-".join(groups)


def decode(text: str) -> int:
    """The number behind a typed code, whatever its case, spaces and dashes.

    Raises KnownError `vault.recovery_length` (`typed`: how many characters) or `vault.recovery_mistyped` (`group`:
    which group from 1, the first wrong one).
    """
    typed = re.sub(r"[\W_]", "", text).upper()
    if len(typed) != GROUPS * (DATA_PER_GROUP + 1):
        raise refusal("vault.recovery_length", typed=len(typed))
    number = 0
    for group in range(GROUPS):
        start = group * (DATA_PER_GROUP + 1)
        values = [_VALUE.get(character, -1) for character in typed[start : start + DATA_PER_GROUP + 1]]
        if min(values) < 0 or _check(group, values[:-1]) != values[-1]:
            raise refusal("vault.recovery_mistyped", group=group + 1)
        for value in values[:-1]:
            number = number << 5 | value
    return number


def new_number() -> int:
    """150 bits from the operating system."""
    return secrets.randbits(BITS)


def as_bytes(number: int) -> bytes:
    """The number as key material."""
    return number.to_bytes((BITS + 7) // 8, "big")
