"""What the server counts of itself, in Prometheus' text form: sums over everybody, never an id.

Every worker writes its own row of one piece of memory that all workers share; whichever is asked adds the rows up.
"""

import bisect
import mmap
from collections.abc import Sequence
from pathlib import Path

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the buckets of the time that an answer took."""

_STATUSES = ("2xx", "4xx", "429", "5xx")
_ENTRIES = ("ok", "dup", "rejected")
_PAGE = 4096


class Meters:
    """The counters of `workers` processes; made before they part. `worker` is the row of this one."""

    def __init__(self, routes: Sequence[str], workers: int = 1) -> None:
        requests = [f'causeway_requests_total{{route="{route}",status="{s}"}}' for route in routes for s in _STATUSES]
        self._names = [
            *requests,
            *(f'causeway_entries_total{{status="{status}"}}' for status in _ENTRIES),
            *(f'causeway_answer_seconds_bucket{{le="{bound:g}"}}' for bound in SECONDS),
            'causeway_answer_seconds_bucket{le="+Inf"}',
            "causeway_answer_seconds_sum",
            "causeway_received_bytes_total",
            "causeway_sent_bytes_total",
            "causeway_waiting",
            "causeway_resident_bytes",
        ]
        self._index = {name: place for place, name in enumerate(self._names)}
        self._workers = workers
        self._cells = memoryview(mmap.mmap(-1, workers * len(self._names) * 8)).cast("d")
        self.worker = 0

    def answered(self, route: str, status: int, sizes: tuple[int, int], seconds: float | None) -> None:
        """One request is over. `sizes` are bytes in and out; `seconds` is None where the answer was held back."""
        self._add(f'causeway_requests_total{{route="{route}",status="{_class(status)}"}}')
        self._add("causeway_received_bytes_total", sizes[0])
        self._add("causeway_sent_bytes_total", sizes[1])
        if seconds is not None:
            place = bisect.bisect_left(SECONDS, seconds)
            bound = f"{SECONDS[place]:g}" if place < len(SECONDS) else "+Inf"
            self._add(f'causeway_answer_seconds_bucket{{le="{bound}"}}')
            self._add("causeway_answer_seconds_sum", seconds)

    def entries(self, status: str, count: int) -> None:
        self._add(f'causeway_entries_total{{status="{status}"}}', count)

    def waiting(self, change: int) -> None:
        """A long poll began (1) or ended (-1)."""
        self._add("causeway_waiting", change)

    def begin(self, worker: int) -> None:
        """This process is that worker now. What its predecessor counted stands; nobody waits with it yet."""
        self.worker = worker
        self._cells[self._place("causeway_waiting")] = 0.0

    def weigh(self) -> None:
        """Note the resident memory of this process (Linux; elsewhere it stays 0)."""
        statm = Path("/proc/self/statm")
        if statm.exists():
            self._cells[self._place("causeway_resident_bytes")] = float(statm.read_text().split()[1]) * _PAGE

    def text(self, gauges: dict[str, float]) -> str:
        """Everything that was counted, and the gauges given."""
        totals = [
            sum(self._cells[row * len(self._names) + place] for row in range(self._workers))
            for place in range(len(self._names))
        ]
        values = dict(zip(self._names, totals, strict=True))
        running = 0.0
        for name in self._names:
            if name.startswith("causeway_answer_seconds_bucket"):  # each bucket holds the smaller ones too
                running += values[name]
                values[name] = running
        values["causeway_answer_seconds_count"] = running
        lines, told = list[str](), set[str]()
        for name, value in {**values, "causeway_workers": float(self._workers), **gauges}.items():
            family = name.partition("{")[0]
            base = family.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
            if base not in told:
                told.add(base)
                lines.append(f"# TYPE {base} {_type(base)}")
            lines.append(f"{name} {value:.16g}")
        return "\n".join(lines) + "\n"

    def _add(self, name: str, amount: float = 1) -> None:
        self._cells[self._place(name)] += amount

    def _place(self, name: str) -> int:
        return self.worker * len(self._names) + self._index[name]


def _class(status: int) -> str:
    return "429" if status == 429 else f"{'2' if status < 400 else status // 100}xx"


def _type(name: str) -> str:
    if name.endswith("_total"):
        return "counter"
    return "histogram" if name == "causeway_answer_seconds" else "gauge"
