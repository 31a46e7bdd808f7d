"""The order that randomize() gives: a Fisher-Yates shuffle driven by the Park-Miller generator of ODK's engines.

The same seed must give the same order on every machine, so the generator is part of the meaning.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from typing import TypeVar

_MODULUS = 2_147_483_647
_MULTIPLIER = 16_807
Item = TypeVar("Item")


def shuffled(items: Sequence[Item], seed: float | str | Callable[[], float]) -> list[Item]:
    """A new list. `seed` is a number, a text (hashed), or a source of numbers in [0, 1)."""
    draw = seed if callable(seed) else _generator(_whole(seed))
    order = list(items)
    for last in range(len(order) - 1, 0, -1):
        chosen = math.floor(draw() * (last + 1))
        order[last], order[chosen] = order[chosen], order[last]
    return order


def _whole(seed: float | str) -> int:
    if isinstance(seed, str):
        if not seed:
            return 0
        return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big", signed=True)
    if math.isinf(seed):
        return 2**63 - 1 if seed > 0 else -(2**63)
    return int(seed)


def _generator(seed: int) -> Callable[[], float]:
    state = int(math.fmod(seed, _MODULUS)) if abs(seed) < 2**53 else (abs(seed) % _MODULUS) * (1 if seed > 0 else -1)
    if state <= 0:
        state += _MODULUS - 1

    def draw() -> float:
        nonlocal state
        state = state * _MULTIPLIER % _MODULUS
        return (state - 1) / (_MODULUS - 1)

    return draw
