"""Fifty edits get through a bad line in ten minutes of its own time, and the screen says how far it is.

The quick ones, faster than real time; all of them: `make lines`.
"""

import pytest

from tests.lines.drain import drain
from tests.lines.proxy import LINES, Quality

QUICK = {"9.6 kbit/s": 25.0, "stalls": 40.0, "cut every 5 s at 1 Mbit/s": 12.0}


@pytest.mark.parametrize("quality", [line for line in LINES if line.name in QUICK], ids=lambda line: line.name)
def test_fifty_edits_drain_in_time(quality: Quality) -> None:
    drained = drain(quality, QUICK[quality.name])
    assert drained.fits(), (drained.row(), drained.failures, drained.words)
    assert drained.stalls or not quality.stall_every_bytes, "a line that never stalled proves nothing"


def test_a_page_that_a_line_never_carries_whole_is_asked_for_in_half() -> None:
    """A log longer than the line ever lives: asked for as one page it began anew after each cut, for ever."""
    drained = drain(Quality("cut after 8 kB", 9_600, seconds_to_cut=7.0), 40.0)
    assert not drained.pending, (drained.row(), drained.failures)
    assert drained.cuts >= 3


def test_a_dead_line_is_not_taken_for_a_slow_one() -> None:
    """The claim goes red when nothing gets through: ten times too slow for what is written."""
    drained = drain(Quality("100 bit/s", 100), 6000.0)
    assert not drained.fits()
    assert drained.pending
