"""An unexpected warning in the log fails the test that caused it; an announced one must come."""

from pathlib import Path

import pytest

from tests import conftest

pytest_plugins = ["pytester"]

INI = """
[pytest]
markers =
    logs(pattern, ...): expected lines
"""


@pytest.mark.parametrize(
    ("mark", "level", "outcome"),
    [
        ("", "warning", {"passed": 1, "errors": 1}),
        ("", "info", {"passed": 1}),
        ("@pytest.mark.logs('disk is [a-z]+')", "warning", {"passed": 1}),
        ("@pytest.mark.logs('another line')", "warning", {"passed": 1, "errors": 1}),
        ("@pytest.mark.logs('disk', 'another line')", "error", {"passed": 1, "errors": 1}),
    ],
)
def test_a_log_line_that_nobody_announced_is_an_error(
    pytester: pytest.Pytester, mark: str, level: str, outcome: dict[str, int]
) -> None:
    pytester.makeconftest(Path(conftest.__file__).read_text(encoding="utf-8"))
    pytester.makeini(INI)
    pytester.makepyfile(f"""
        import logging
        import pytest

        {mark}
        def test_it():
            logging.getLogger("causeway.store").{level}("disk is full")
    """)
    pytester.runpytest_subprocess("-p", "no:randomly").assert_outcomes(**outcome)
