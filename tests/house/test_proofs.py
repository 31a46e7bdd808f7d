"""Every test runs and can go red; a skipped or empty one is seen."""

from pathlib import Path

from tests.house.proofs import empty_claims, excuses
from tests.house.tree import ROOT, modules, plant

TESTS = modules(ROOT, ("tests",))


def test_no_test_is_excused() -> None:
    assert excuses(TESTS) == []


def test_every_test_can_go_red() -> None:
    assert empty_claims(TESTS) == []


def test_an_excuse_is_found(tmp_path: Path) -> None:
    code = "import pytest\n@pytest.mark.skip\ndef test_a(): assert 1\ndef test_b(): pytest.xfail()\nx = bytes.skip\n"
    planted = plant(tmp_path, {"tests/test_a.py": code})
    assert excuses(planted) == ["tests/test_a.py:2 skip", "tests/test_a.py:4 xfail"]


def test_a_test_that_claims_nothing_is_found(tmp_path: Path) -> None:
    code = """
def test_empty(): run()
def test_assert(): assert run()
def test_raises():
    with pytest.raises(KeyError): run()
def test_by_a_table(): CHECKS["name"]()
def test_by_a_machine(): run_state_machine_as_test(Rounds)
def test_by_another(): same_on_both()
def test_by_a_deeper_one(): deeper()
def same_on_both(): assert 1
def deeper(): same_on_both()
"""
    assert empty_claims(plant(tmp_path, {"tests/test_a.py": code})) == ["tests/test_a.py:2 test_empty"]
