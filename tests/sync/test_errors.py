"""A failure carries its code and counts, never content."""

import pytest

from sync.errors import BadEntry, CannotOpen, Refused, RetryLater, SyncError, Unreachable


@pytest.mark.parametrize("kind", [BadEntry, CannotOpen, Refused, Unreachable])
def test_a_failure_reads_as_its_code(kind: type[SyncError]) -> None:
    error = kind("entry.size", size=7)
    assert (str(error), error.code, error.details) == ("entry.size", "entry.size", {"size": 7})


def test_whether_anything_was_sent_and_how_long_to_wait() -> None:
    assert Unreachable("net.cut", after_send=True).after_send
    assert not Unreachable("net.refused").after_send
    assert RetryLater("server.busy", 2.5).seconds == 2.5
