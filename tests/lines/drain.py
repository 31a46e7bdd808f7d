"""Fifty edits through a bad line, the way the program's driver does it, and how long that took in line time.

`python -m tests.lines` (`make lines`) prints a table of all lines and ends with 1 when one of them is too slow.
"""

import contextlib
import io
import itertools
import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from desktop.model.record import CaseKey
from desktop.syncing import QUIET_SECONDS, failures_in_a_row
from desktop.ui.models.network import Line, Truth, line_words
from sync.change import Assign
from sync.client import Carry, Progress, RoundResult, backoff
from sync.transport import READ_SECONDS, Transport
from tests.desktop.store.laptops import PRACTICE, START, Laptop
from tests.lines.proxy import BadLine, Quality, bad_line
from tests.sync.driver import drive
from tests.sync.served import Served

EDITS = 50
ALLOWED_SECONDS = 600.0
"""Ten minutes of line time."""
TAGS = ("71" * 16, "72" * 16, "73" * 16, "74" * 16)


@dataclass
class Drained:
    """What it took. `words`: what the top bar said, in order and without repeats; seconds are line time."""

    quality: Quality
    scale: float
    seconds: float = 0.0
    rounds: int = 0
    failures: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    told: list[list[Progress]] = field(default_factory=list)
    cuts: int = 0
    stalls: int = 0
    bytes: int = 0
    pending: int = EDITS

    def row(self) -> str:
        fine = not self.pending and self.seconds <= ALLOWED_SECONDS
        return (
            f"{'ok ' if fine else 'NOT'} {self.quality.name:30} {self.seconds:6.1f} s of line time, {self.rounds:3}"
            f" rounds, {self.cuts:3} cuts, {self.stalls:3} stalls, {self.bytes:7} bytes, {self.pending} left"
        )

    def fits(self) -> bool:
        """Whether everything got there in time, and the person saw how far it was: counts that only grow in a round."""
        for told in self.told:
            done = [(step.index, step.pushed, step.pulled) for step in told]
            if done != sorted(done) or any(later.pulled < one.pulled for one, later in itertools.pairwise(told)):
                return False
        steps = {words for words in self.words if " done, " in words}
        return not self.pending and self.seconds <= ALLOWED_SECONDS and len(steps) >= 2


def drain(quality: Quality, scale: float, seed: int = 0) -> Drained:
    """One laptop, 50 edits of four cases written offline, one server process, one line."""
    with tempfile.TemporaryDirectory(prefix="causeway-lines-") as name:
        folder = Path(name)
        with contextlib.redirect_stdout(io.StringIO()):
            served = Served(folder, PRACTICE)
        laptop = Laptop("p1", folder)
        try:
            _write(laptop)
            served.start()
            with bad_line(served.port, quality, scale) as line:
                return _drain(laptop, line, Drained(quality, scale), random.Random(seed))  # noqa: S311  the jitter of a test
        finally:
            laptop.close()
            served.close()


def _write(laptop: Laptop) -> None:
    """Edits as a person makes them: fields with sight of what they show, and notes of some lines."""
    for number in range(EDITS):
        key = CaseKey(PRACTICE.spaces["shared" if number % 3 else "police"], TAGS[number % len(TAGS)])
        if number % 2:
            text = f"note {number}: she phoned from her sister's and will come on Tuesday. " * (number % 5 + 1)
            laptop.store.ledger.write(key, [Assign("note", None, "text", text)])
        else:
            view = laptop.store.cases.records(key).get(("case", "case"))
            shown = view.fields["aim"].shown_ids if view and "aim" in view.fields else ()
            laptop.store.ledger.write(key, [Assign("case", "case", "aim", f"aim {number}", shown)])


def _drain(laptop: Laptop, line: BadLine, drained: Drained, rng: random.Random) -> Drained:
    """Rounds and pauses as `desktop.syncing` makes them, both in line time."""
    scale, carry, failures = drained.scale, Carry(), 0
    began = time.monotonic()
    replica = laptop.store.replica
    with Transport(line.address, insecure_loopback=True, read_seconds=READ_SECONDS / scale) as transport:
        while drained.pending and (time.monotonic() - began) * scale < 2 * ALLOWED_SECONDS:
            told: list[Progress] = _Told(laptop, drained)
            result: RoundResult = drive(replica, transport.perform, carry=carry, told=told)
            carry = result.carry
            drained.rounds += 1
            drained.told.append(told)
            drained.pending = replica.counts().pending
            drained.failures += [result.failure] if result.failure else []
            failures = failures_in_a_row(failures, result)
            pause = backoff(failures, rng.random()) if failures else QUIET_SECONDS
            if drained.pending:
                time.sleep(max(pause, result.retry_after) / scale)
    drained.seconds = (time.monotonic() - began) * scale
    drained.cuts, drained.stalls, drained.bytes = line.cuts, line.stalls, line.bytes
    return drained


class _Told(list[Progress]):
    """Hears the round's progress and keeps what the top bar makes of it."""

    def __init__(self, laptop: Laptop, drained: Drained) -> None:
        super().__init__()
        self._laptop = laptop
        self._drained = drained

    def append(self, progress: Progress) -> None:
        super().append(progress)
        truth = Truth(
            Line.SYNCING,
            pending=self._laptop.store.replica.counts().pending,
            sent=progress.pushed,
            read=progress.pulled,
            ahead=progress.behind,
        )
        words = line_words(truth, START)
        if not self._drained.words or self._drained.words[-1] != words:
            self._drained.words.append(words)
