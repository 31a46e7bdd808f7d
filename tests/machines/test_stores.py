"""Real files, the real round and the real server under everything that befalls line, disk and neighbours.

Two searches over one world as in `test_sync_machine`, and named tests for what they found. The long way, on both
databases: `make soak`.
"""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from desktop.model.record import CaseKey
from sync.change import Assign
from tests.machines.district import LAPTOPS
from tests.machines.rounds import Fault
from tests.machines.stores import FAULTS, FOREIGN, TAGS, WEIGHTS, StoreWorld, walk

WALKS = 8
NAMES = st.sampled_from(LAPTOPS)


class Stores(RuleBasedStateMachine):
    """The acts of the walks, chosen and shrunk by Hypothesis. What an act draws itself comes from the world's seed."""

    def __init__(self) -> None:
        super().__init__()
        self.world = StoreWorld()

    @rule(
        name=NAMES,
        space=st.integers(0, 1),
        tag=st.sampled_from(TAGS),
        act=st.sampled_from(sorted(WEIGHTS.keys() - {"sync", "faulty_sync"})),
    )
    def act(self, name: str, space: int, tag: str, act: str) -> None:
        laptop = self.world.laptops[name]
        getattr(self.world, f"do_{act}")(laptop, CaseKey(laptop.store.replica.spaces()[space], tag))
        self.world.hear(laptop)

    @rule(name=NAMES)
    def sync(self, name: str) -> None:
        result = self.world.sync(self.world.laptops[name])
        assert result is not None
        assert result.level, "a round without a fault does not bring the laptop level"

    @rule(name=NAMES, kind=st.sampled_from(FAULTS), at=st.integers(1, 12))
    def faulty_sync(self, name: str, kind: str, at: int) -> None:
        self.world.sync(self.world.laptops[name], Fault(kind, at))

    @rule()
    def deliver_late(self) -> None:
        self.world.deliver_late()

    def teardown(self) -> None:
        try:
            self.world.settle()
            self.world.verify()
        finally:
            self.world.close()


def test_every_history_of_real_files_ends_equal_and_complete() -> None:
    examples = max(5, settings().max_examples // 10)
    run_state_machine_as_test(Stores, settings=settings(max_examples=examples, stateful_step_count=12))


def test_weighted_walks_of_real_files_end_equal_and_complete() -> None:
    happened: Counter[str] = Counter()
    for seed in range(WALKS):
        happened += walk(seed)
    assert set(WEIGHTS) | set(FOREIGN) <= set(happened), "what never happened proves nothing"
    assert len(set(FAULTS) - set(happened)) <= 5, "a fault that never happened proves nothing"


def test_an_entry_that_nobody_could_open_is_given_back_to_a_restored_server_and_then_lets_go() -> None:
    """It left the outbox never: it carries no change and no key, by which rows were let go."""
    with StoreWorld() as world:
        alder, key = world.laptops["alder"], CaseKey(world.stranger.space, TAGS[0])
        world.place.backup()
        world.stranger.bring(world.place.perform, TAGS[0], "garbled")
        world.write(alder, key, Assign("case", "case", "aim", "lower the risk"))
        world.hear(alder)
        world.sync(alder)
        world.restore(announced=True)
        for _ in range(2):
            world.sync(alder)
        assert alder.store.replica.counts().pending == 0
        assert alder.store.replica.cursor(key.space) == world.place.head(key.space)
        world.settle()
        world.verify()
