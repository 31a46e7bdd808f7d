"""One measured thing beside what was promised, the table of all, and the CPU time of a process.

Leaves what is measured to the other modules.
"""

import contextlib
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    """`value` in `unit`; `bound` says on which side of `target` it must lie, "" where nothing was promised."""

    name: str
    value: float
    unit: str
    bound: Literal["≤", "≥", ""] = ""
    target: float = 0.0
    note: str = ""

    @property
    def missed(self) -> bool:
        return (self.bound == "≤" and self.value > self.target) or (self.bound == "≥" and self.value < self.target)


def table(measured: Sequence[Measured]) -> str:
    """One line each, aligned."""
    rows = [("what", "measured", "promised", "", "how")]
    for one in measured:
        promised = f"{one.bound} {one.target:g} {one.unit}" if one.bound else ""
        said = ("MISSED" if one.missed else "ok") if one.bound else ""
        rows.append(
            (
                one.name,
                f"{one.value:,.3g} {one.unit}" if one.value < 1000 else f"{one.value:,.0f} {one.unit}",
                promised,
                said,
                one.note,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)).rstrip() for row in rows
    ]
    return "\n".join([lines[0], "-" * (sum(widths) + 8), *lines[1:]])


def cpu_seconds(pid: int) -> float:
    """User and system time of a running process with all its threads, in hundredths."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def tree_cpu_seconds(pid: int) -> float:
    """CPU time of a process and of all that descend from it and run now, in nanoseconds' steps.

    Linux names a process's CPU clock by its id: what `clock_getcpuclockid` returns.
    """
    total = 0.0
    for one in _tree(pid):
        with contextlib.suppress(OSError):  # it ended a moment ago
            total += time.clock_gettime((~one << 3) | 2)
    return total


def _tree(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
                parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    found = [pid]
    for one in found:
        found.extend(parents.get(one, ()))
    return found


def times(act: Callable[[], object], count: int) -> list[float]:
    """Milliseconds of each of `count` runs, after one that does not count."""
    act()
    spans = []
    for _ in range(count):
        began = time.perf_counter()
        act()
        spans.append((time.perf_counter() - began) * 1000)
    return spans


def percentile(spans: Sequence[float], share: float) -> float:
    """The value that `share` of the spans do not exceed."""
    ordered = sorted(spans)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(spans: Sequence[float]) -> float:
    return statistics.median(spans)
