"""Laptops and a server under lost requests, lost answers, cuts, restores and duplicates come out equal and complete.

Two searches over one world: Hypothesis, which shrinks what it finds, and weighted random walks, which find what
Hypothesis alone misses.
"""

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.machines.rounds import FAULTS, FIELDS, TAGS, Fault, World, sweep, walk
from tests.sync.practice import found_practice

PRACTICE = found_practice()
"""One set of keys for all examples: making them is most of the work."""
WALKS = 30

SPACES = {"p1": ("police", "shared"), "p2": ("police", "shared"), "h1": ("health", "shared")}
PLACES = st.sampled_from([(name, space) for name, spaces in SPACES.items() for space in spaces])
NAMES = st.sampled_from(sorted(SPACES))


class Rounds(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World(PRACTICE)

    @rule(place=PLACES, tag=st.sampled_from(TAGS), field=st.sampled_from(FIELDS), value=st.integers(0, 3))
    def write(self, place: tuple[str, str], tag: str, field: str, value: int) -> None:
        self.world.write(place[0], PRACTICE.spaces[place[1]], tag, field, value)

    @rule(place=PLACES, raw=st.sampled_from((b"", b"not an entry")))
    def poison(self, place: tuple[str, str], raw: bytes) -> None:
        self.world.poison(place[0], PRACTICE.spaces[place[1]], raw)

    @rule(name=NAMES)
    def sync(self, name: str) -> None:
        result = self.world.sync(name)
        assert result is not None
        assert result.level, "a round without a fault does not bring the laptop level"

    @rule(name=NAMES, kind=st.sampled_from(FAULTS), at=st.integers(1, 12))
    def sync_with_a_fault(self, name: str, kind: str, at: int) -> None:
        self.world.sync(name, Fault(kind, at))

    @rule()
    def backup(self) -> None:
        self.world.backup()

    @rule(announced=st.booleans())
    def restore(self, announced: bool) -> None:
        self.world.restore(announced=announced)

    def teardown(self) -> None:
        try:
            self.world.settle()
            self.world.verify()
        finally:
            self.world.close()


def test_every_history_ends_equal_and_complete() -> None:
    examples = max(20, settings().max_examples // 2)
    run_state_machine_as_test(Rounds, settings=settings(max_examples=examples, stateful_step_count=20))


@pytest.mark.parametrize("kind", FAULTS)
def test_one_fault_at_any_call_of_a_round_leaves_nothing_behind(kind: str) -> None:
    assert sweep(kind) > 10


def test_weighted_walks_end_equal_and_complete() -> None:
    happened: Counter[str] = Counter()
    for seed in range(WALKS):
        happened += walk(seed)
    assert set(FAULTS) <= set(happened), "a fault that never happened proves nothing"
