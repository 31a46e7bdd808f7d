"""Codes that are printed, kept in an envelope and typed back: groups of six, each with its own check character.

Alphabet and look-alikes (I and L read as 1, O as 0, no U) are Douglas Crockford's base 32. Leaves what a code stands
for, and the words for a slip, to its callers.
"""

import re
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DATA_PER_GROUP = 5
BITS_PER_GROUP = 5 * DATA_PER_GROUP
MOST_GROUPS = 30
"""Beyond it the check characters of two groups would begin alike."""

_VALUE = {character: index for index, character in enumerate(ALPHABET)} | {"I": 1, "L": 1, "O": 0}
_FIELD_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, primitive over GF(2): x generates all 31 non-zero elements


@dataclass(frozen=True)
class Slip:
    """What is wrong with a typed code. `typed`: how many characters there are. `group`: the first wrong one, from 1,
    or 0 where the code has another length than it should.
    """

    typed: int
    group: int


def encode(number: int, groups: int) -> str:
    """The printed form of a number below 2**(25 * groups)."""
    printed = []
    for group in range(groups):
        shift = (groups - 1 - group) * DATA_PER_GROUP
        values = [(number >> (5 * (shift + place))) & 31 for place in reversed(range(DATA_PER_GROUP))]
        printed.append("".join(ALPHABET[value] for value in [*values, _check(group, values)]))
    return "-".join(printed)


def decode(text: str, groups: int) -> int | Slip:
    """The number behind a typed code, whatever its case, spaces and dashes; or where it was mistyped."""
    typed = re.sub(r"[\W_]", "", text).upper()
    if len(typed) != groups * (DATA_PER_GROUP + 1):
        return Slip(len(typed), 0)
    number = 0
    for group in range(groups):
        start = group * (DATA_PER_GROUP + 1)
        values = [_VALUE.get(character, -1) for character in typed[start : start + DATA_PER_GROUP + 1]]
        if min(values) < 0 or _check(group, values[:-1]) != values[-1]:
            return Slip(len(typed), group + 1)
        for value in values[:-1]:
            number = number << 5 | value
    return number


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
