"""The delay after wrong passphrases: it grows, it survives a restart, and turning the clock back gains nothing."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.crypto.attempts import FREE, LONGEST, Attempts, Gate, delay, seconds_owed
from desktop.crypto.refusals import refusal
from desktop.errors import KnownError

times = st.floats(0, 4e9)


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def fail(gate: Gate, code: str = "vault.wrong_passphrase") -> str:
    with pytest.raises(KnownError) as caught, gate.attempt():
        raise refusal(code)
    return caught.value.code


@given(st.integers(0, 10_000))
def test_the_delay_grows_and_has_an_end(failures: int) -> None:
    assert delay(failures) <= delay(failures + 1) <= LONGEST
    assert (delay(failures) == 0) == (failures <= FREE)


@given(st.integers(0, 40), times, st.lists(times, max_size=6))
def test_setting_the_clock_back_never_shortens_and_never_adds_more_than_the_delay(
    failures: int, since: float, clock: list[float]
) -> None:
    attempts = Attempts(failures, since)
    for now in clock:
        went_back = now < attempts.since
        attempts, seconds = seconds_owed(attempts, now)
        assert 0 <= seconds <= delay(failures)
        if went_back:
            assert seconds == delay(failures)
        assert attempts.failures == failures


def test_slips_cost_nothing_then_each_failure_waits_longer(tmp_path: Path) -> None:
    clock = Clock()
    waits = []
    for _ in range(8):
        gate = Gate(tmp_path / "attempts.json", clock)  # as after a restart
        clock.now += gate.seconds()
        assert fail(gate) == "vault.wrong_passphrase"
        waits.append(gate.seconds())
    assert waits == [0, 0, 0, 2, 4, 8, 16, 32]


def test_while_a_wait_is_owed_the_passphrase_is_not_even_tried(tmp_path: Path) -> None:
    clock = Clock()
    gate = Gate(tmp_path / "attempts.json", clock)
    for _ in range(FREE + 1):
        fail(gate)
    tried = False
    with pytest.raises(KnownError) as caught, gate.attempt():
        tried = True
    assert (caught.value.code, caught.value.details, tried) == ("vault.wait", {"seconds": 2}, False)
    clock.now -= 1e6
    assert gate.seconds() == 2
    clock.now += 2
    with gate.attempt():
        tried = True
    assert tried
    assert gate.seconds() == 0
    assert list(tmp_path.iterdir()) == []


def test_a_failure_is_counted_before_its_answer_is_known(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "attempts.json", Clock())
    for _ in range(FREE + 1):
        attempt = gate.attempt()
        attempt.__enter__()
    assert gate.seconds() > 0


def test_other_failures_do_not_count(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "attempts.json", Clock())
    for _ in range(20):
        fail(gate, "vault.keyring_missing")
    assert gate.seconds() == 0


@given(data=st.binary(max_size=60))
def test_a_damaged_record_shuts_nobody_out(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("attempts") / "attempts.json"
    path.write_bytes(data)
    assert 0 <= Gate(path, Clock()).seconds() <= LONGEST
