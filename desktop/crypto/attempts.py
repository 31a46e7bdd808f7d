"""The growing delay after wrong passphrases, kept in a small file beside the vault; the clock is handed in.

It slows a person at this keyboard. Someone who copies the files is slowed by Argon2id alone. Leaves the check of the
passphrase itself to the vault.
"""

import contextlib
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from desktop.crypto.refusals import disk_refusal, refusal
from desktop.errors import KnownError
from desktop.files import replace_file

FREE = 3
"""So many wrong attempts cost nothing: fingers slip."""
LONGEST = 15 * 60
"""Seconds. A person with an emergency at hand must not be shut out for an hour, and the recovery code never waits."""


def delay(failures: int) -> int:
    """Seconds owed after so many wrong attempts in a row: 0 up to `FREE`, then 2, 4, 8 … up to `LONGEST`."""
    return 0 if failures <= FREE else min(LONGEST, 2 ** min(failures - FREE, 20))


class Attempts(msgspec.Struct, frozen=True):
    """Wrong attempts in a row, and the wall time (seconds) at which the wait for them began."""

    failures: int = 0
    since: float = 0.0


def seconds_owed(attempts: Attempts, now: float) -> tuple[Attempts, int]:
    """How long to wait from `now`, and the record to keep.

    With the clock set back the wait begins again from `now`: never shorter than owed, never longer than `delay`.
    """
    if now < attempts.since:
        attempts = Attempts(attempts.failures, now)
    left = attempts.since + delay(attempts.failures) - now
    return attempts, max(0, math.ceil(left))


class Gate:
    """Guards the attempts at one vault. `clock` gives wall time in seconds."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock

    def _read(self) -> Attempts:
        """The record; one that is not there or not readable counts as none (deleting it is as easy as damaging it)."""
        try:
            read = msgspec.json.decode(self._path.read_bytes(), type=Attempts)
        except (OSError, msgspec.DecodeError):
            return Attempts()
        return read if read.failures >= 0 and math.isfinite(read.since) else Attempts()

    def _write(self, attempts: Attempts) -> None:
        try:
            replace_file(self._path, msgspec.json.encode(attempts))
        except OSError as error:
            raise disk_refusal(error) from None

    def seconds(self) -> int:
        """How long the next attempt has to wait; 0 means now. Raises KnownError as writing may."""
        before = self._read()
        after, seconds = seconds_owed(before, self._clock())
        if after != before:
            self._write(after)
        return seconds

    @contextlib.contextmanager
    def attempt(self) -> Iterator[None]:
        """Around one attempt. Raises KnownError `vault.wait` (`seconds`) before it when a wait is owed.

        The failure is written *before* the attempt and taken back after it: who stops the process once the answer is
        known gains nothing. Only `vault.wrong_passphrase` counts.
        """
        seconds = self.seconds()
        if seconds:
            raise refusal("vault.wait", seconds=seconds)
        before = self._read()
        self._write(Attempts(before.failures + 1, self._clock()))
        try:
            yield
        except KnownError as error:
            if error.code != "vault.wrong_passphrase":
                self._write(before)
            raise
        self.reset()

    def reset(self) -> None:
        """Forget the failures: the vault was opened, by passphrase or by recovery code."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise disk_refusal(error) from None
