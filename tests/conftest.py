"""What holds for every test: no display, no unexpected log line, and the two paces of Hypothesis.

Warnings are errors by `pyproject.toml`. A test that needs a real window starts a process of its own with its own
environment. The long pace is asked for by hand: `HYPOTHESIS_PROFILE=long make test`.
"""

import gc
import logging
import os
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

settings.register_profile(
    "fast",
    max_examples=60,
    deadline=None,  # two shared cores: a slow example is no fault of the rule
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,  # what fails elsewhere can be replayed here
)
settings.register_profile("long", settings.get_profile("fast"), max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


def pytest_sessionstart() -> None:
    """Python's cyclic collector runs between tests and on this thread only, as in the program itself: on the thread of
    a store or a round it would destroy widgets and timers that only the GUI thread may touch.
    """
    gc.disable()


@pytest.fixture(autouse=True)
def garbage_on_this_thread() -> Iterator[None]:
    """What the collector would have done meanwhile: the oldest generation whose count is over its threshold."""
    yield
    gc.disable()  # a window under test gives it back when it closes
    counts, thresholds = gc.get_count(), gc.get_threshold()
    due = [generation for generation in (2, 1, 0) if counts[generation] > thresholds[generation]]
    if due:
        gc.collect(due[0])


class LogLines(logging.Handler):
    """Keeps every record at WARNING or above, as the text it would be printed with."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.levelname}: {record.getMessage()}")

    def faults(self, expected: list[str]) -> list[str]:
        """Sentences for lines that no expected pattern matches, and for patterns that matched no line."""
        unexpected = [line for line in self.lines if not any(re.search(pattern, line) for pattern in expected)]
        missing = [pattern for pattern in expected if not any(re.search(pattern, line) for line in self.lines)]
        return [f"unexpected log line: {line}" for line in unexpected] + [
            f"expected log line never came: {pattern}" for pattern in missing
        ]


@pytest.fixture(autouse=True)
def log_lines(request: pytest.FixtureRequest) -> Iterator[LogLines]:
    """Fails the test on a log line at WARNING or above, unless `@pytest.mark.logs(pattern, …)` names it."""
    expected = [pattern for marker in request.node.iter_markers("logs") for pattern in marker.args]
    handler = LogLines()
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
    if faults := handler.faults(expected):
        pytest.fail("\n".join(faults), pytrace=False)
