"""How much one seat may ask and one unit may bring, so that no laptop and no agency crowds out the others.

A seat has a bucket of requests that fills again by the second; each worker keeps its own share. A unit's quota counts
the bytes that its seats brought, for whatever space: a carrier answers for what it carries.
"""

import math
from collections.abc import Callable

import msgspec

from sync.server.refusal import Refusal

LOOK_AGAIN_SECONDS = 10.0
"""How old the known use of a unit may be: so late a quota bites."""

_CROWD = 10_000


class Allowance(msgspec.Struct, frozen=True):
    """What the operator allows, in `settings.json`. 0 means: as much as is asked."""

    requests_per_second: float = 50.0
    """Of one seat, on average; a long poll is one request."""
    burst: int = 3000
    """So many at once: a laptop that comes back after weeks reads some hundred pages in a row."""
    unit_bytes: int = 20 * 1024**3
    """Of one unit: entries and blobs together."""
    stall_seconds: float = 30.0
    """So long a body may stand still on its way in."""
    body_seconds: float = 1200.0
    """So long a body may take as a whole: a full batch at 9.6 kbit/s."""


class SeatPace:
    """The buckets of all seats in one worker of `workers`. Used by one thread; `clock` gives seconds, never back."""

    def __init__(self, allowance: Allowance, clock: Callable[[], float], workers: int = 1) -> None:
        self._rate = allowance.requests_per_second / workers
        self._burst = max(1.0, allowance.burst / workers)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, seat: str) -> None:
        """One request. Raises `Refusal` 429 seat.too_fast with the seconds until there is room again."""
        if not self._rate:
            return
        now = self._clock()
        tokens, since = self._buckets.get(seat, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate)
        if tokens < 1.0:
            raise Refusal(429, "seat.too_fast", retry_after=math.ceil((1.0 - tokens) / self._rate))
        self._buckets[seat] = (tokens - 1.0, now)
        if len(self._buckets) > _CROWD:
            self._forget(now)

    def _forget(self, now: float) -> None:
        """Full buckets need no memory."""
        self._buckets = {
            seat: (tokens, since)
            for seat, (tokens, since) in self._buckets.items()
            if tokens + (now - since) * self._rate < self._burst
        }


class UnitQuota:
    """Whether a unit may bring more. `used` is asked at most every `LOOK_AGAIN_SECONDS` for each unit."""

    def __init__(self, allowance: Allowance, used: Callable[[str], int], clock: Callable[[], float]) -> None:
        self._most = allowance.unit_bytes
        self._used = used
        self._clock = clock
        self._known: dict[str, tuple[float, int]] = {}

    def check(self, unit: str, coming: int) -> None:
        """Raises `Refusal` 507 unit.full when what is there and what is coming go beyond the quota."""
        if not self._most:
            return
        now = self._clock()
        looked, used = self._known.get(unit, (-math.inf, 0))
        if now - looked > LOOK_AGAIN_SECONDS:
            looked, used = now, self._used(unit)
        if used + coming > self._most:
            raise Refusal(507, "unit.full")
        self._known[unit] = (looked, used + coming)
