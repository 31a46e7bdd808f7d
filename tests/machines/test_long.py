"""The long searches in short: the soak says its figure and its failures, and the mutants' table ends red or green."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.contracts.postgres import Cluster, running_cluster
from tests.machines import mutants, soak, stores

postgres = pytest.fixture(scope="session")(running_cluster)


def test_soak_walks_says_its_figure_and_names_the_next_seed(capsys: pytest.CaptureFixture[str]) -> None:
    assert soak.main(["--steps", "80", "--seed", "1"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "soak: begins at seed 1"
    assert said[-1].startswith("soak: 80 steps in 2 walks, ")
    assert "0 failures" in said[-1]
    assert said[-1].endswith("next seed 3")


def test_soak_counts_and_names_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def walk(seed: int, *_: object) -> Counter[str]:
        assert seed != 4, "planted"
        return Counter()

    monkeypatch.setattr(stores, "walk", walk)
    with ThreadPoolExecutor(1) as pool:
        tally = soak.soak(80, 3, pool, [""])
    assert (tally.walks, tally.failures) == (2, ["seed 4: AssertionError planted"])


def test_walks_end_equal_and_complete_on_postgresql(postgres: Cluster) -> None:
    database = postgres.new_database()
    happened: Counter[str] = Counter()
    for seed in range(100, 102):
        happened += stores.walk(seed, 40, database)
    assert happened["restored"] + happened["sync"] > 5


def test_two_planted_faults_are_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants.main(["batch abort", "a closed seat's late entry accepted"]) == 0
    said = capsys.readouterr().out
    assert said.count("ok  red") == 2
    assert "every planted fault was seen" in said


def test_a_fault_that_stays_green_ends_the_table_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mutants, "_in_a_process_of_its_own", lambda _: "")
    assert mutants.main(["batch abort"]) == 1
    assert "NOT green batch abort" in capsys.readouterr().out


def test_the_eleven_faults_of_the_design_are_planted() -> None:
    """Their names, as sync.md §8 has them."""
    names = (
        "batch abort · cursor before data · last-write-wins · ack is final · id by counter · sequence gap · no epoch · "
        "`over` across fields · a 4xx deletes the row · second case key replaces the first · "
        "a closed seat's late entry accepted"
    )
    assert " · ".join(mutants.PLANTS) == names
    assert Path(mutants.ROOT / "Makefile").read_text(encoding="utf-8").count("tests.machines.mutants") == 1
