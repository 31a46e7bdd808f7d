"""The unit's recovery key in three printed shares, any two of which give it back. Values in, values out; no printer.

Shamir's scheme over GF(256) bytewise, laid out as SatoshiLabs' SLIP-0039 does: the secret is the value at x = 255, a
digest with random padding the value at 254, so that two shares that do not belong together are told from two that do.
Leaves the printed form to `printed_code`, announcing and recording each use to whoever joins shares.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from desktop.crypto import printed_code
from desktop.crypto.printed_code import BITS_PER_GROUP, Slip
from desktop.crypto.refusals import refusal
from sync.keys import new_secret, seal_public_of

THRESHOLD = 2
SHARES = 3
SECRET_BYTES = 32
GROUPS = 12
_SET_BYTES = 4
_DIGEST_BYTES = 4
_DIGEST_AT = 254
_SECRET_AT = 255
_POLYNOMIAL = 0b100011011  # x^8 + x^4 + x^3 + x + 1, the field of AES
_PADDING_BITS = GROUPS * BITS_PER_GROUP - 8 * (SECRET_BYTES + _SET_BYTES + 1)


@dataclass(frozen=True)
class Share:
    """One sheet of paper: its number from 1 to 3, 4 bytes that name the set it belongs to, and its 32 bytes."""

    number: int
    set_name: bytes
    value: bytes = field(repr=False)

    def to_text(self) -> str:
        """Twelve groups of six, to be printed."""
        data = bytes([self.number]) + self.set_name + self.value
        return printed_code.encode(int.from_bytes(data, "big") << _PADDING_BITS, GROUPS)

    @classmethod
    def from_text(cls, text: str) -> "Share":
        """Read a typed share. Raises KnownError `share.length` (`typed`), `share.mistyped` (`group`, from 1)."""
        number = printed_code.decode(text, GROUPS)
        if isinstance(number, Slip):
            raise (
                refusal("share.mistyped", group=number.group)
                if number.group
                else refusal("share.length", typed=number.typed)
            )
        data = (number >> _PADDING_BITS).to_bytes(1 + _SET_BYTES + SECRET_BYTES, "big")
        if not 1 <= data[0] <= SHARES:
            raise refusal("share.mistyped", group=1)
        return cls(data[0], data[1 : 1 + _SET_BYTES], data[1 + _SET_BYTES :])


@dataclass(frozen=True)
class PaperSet:
    """A new recovery key while its papers are written: gone when the set is dropped."""

    private: bytes = field(repr=False)
    shares: tuple[Share, ...]

    @classmethod
    def new(cls) -> "PaperSet":
        """A key from the operating system's random numbers, and its shares."""
        private = new_secret()
        return cls(private, split(private))

    @property
    def public(self) -> bytes:
        """32 bytes, for the unit to announce."""
        return seal_public_of(self.private)

    def comes_back_from(self, shares: Sequence[Share]) -> bool:
        """Whether these shares give this very key back. Errors: those of `join`."""
        return join(shares) == self.private


def split(private: bytes) -> tuple[Share, Share, Share]:
    """Three shares of a unit's private recovery key (32 bytes, X25519), fresh at each call."""
    padding = os.urandom(SECRET_BYTES - _DIGEST_BYTES)
    points = [(_DIGEST_AT, _digest(padding, private) + padding), (_SECRET_AT, private)]
    first, second, third = (
        Share(number, set_name_of(seal_public_of(private)), interpolate(points, number - 1))
        for number in range(1, SHARES + 1)
    )
    return first, second, third


def join(shares: Sequence[Share]) -> bytes:
    """The private recovery key from two or three different shares of one set.

    Raises KnownError `share.too_few` (`given`, `needed`), `share.other_set` where the papers are of different sets,
    `share.wrong` where they do not fit together.
    """
    given = {share.number: share for share in shares}
    if len(given) < THRESHOLD:
        raise refusal("share.too_few", given=len(given), needed=THRESHOLD)
    if len({share.set_name for share in shares}) > 1:
        raise refusal("share.other_set")
    points = [(number - 1, share.value) for number, share in sorted(given.items())]
    private = interpolate(points[:THRESHOLD], _SECRET_AT)
    proof = interpolate(points[:THRESHOLD], _DIGEST_AT)
    straight = all(interpolate(points[:THRESHOLD], at) == value for at, value in points[THRESHOLD:])
    digest, padding = proof[:_DIGEST_BYTES], proof[_DIGEST_BYTES:]
    named = set_name_of(seal_public_of(private)) == shares[0].set_name
    if not (straight and named and hmac.compare_digest(_digest(padding, private), digest)):
        raise refusal("share.wrong")
    return private


def set_name_of(public: bytes) -> bytes:
    """The 4 bytes on every share of a recovery key, from its public half: says which papers belong together."""
    return hashlib.sha256(b"causeway shares/1\0" + public).digest()[:_SET_BYTES]


def interpolate(points: Sequence[tuple[int, bytes]], at: int) -> bytes:
    """The value at `at` of the polynomials, one a byte, through `points`, whose places differ from each other."""
    total = bytes(len(points[0][1]))
    for place, value in points:
        weight = 1
        for other, _ in points:
            if other != place:
                weight = _times(weight, _divide(at ^ other, place ^ other))
        total = bytes(before ^ _times(weight, byte) for before, byte in zip(total, value, strict=True))
    return total


def _digest(padding: bytes, private: bytes) -> bytes:
    return hmac.digest(padding, private, hashlib.sha256)[:_DIGEST_BYTES]


def _times(one: int, other: int) -> int:
    """Multiply in GF(256). Bit by bit without a table: the secret chooses no place in memory."""
    product = 0
    for _ in range(8):
        product ^= one * (other & 1)
        other >>= 1
        one = (one << 1) ^ (_POLYNOMIAL * (one >> 7))
    return product


def _divide(one: int, other: int) -> int:
    """`other` to the 254th power is its inverse."""
    inverse = 1
    for _ in range(254):
        inverse = _times(inverse, other)
    return _times(one, inverse)
