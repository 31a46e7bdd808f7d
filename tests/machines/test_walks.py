"""Weighted random walks beside Hypothesis: long histories find what short minimal examples do not."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.machines import properties
from tests.machines.partnership import dice, walk

WALKS = int(os.environ.get("WALKS", "150"))

RULES = (
    properties.fold_depends_only_on_the_set,
    properties.values_leave_only_when_named,
    properties.replaced_values_stay_replaced,
    properties.verdicts_are_of_the_control_state,
)


@pytest.mark.parametrize("start", range(3))
def test_the_rules_hold_after_weighted_walks(start: int) -> None:
    for seed in range(start * WALKS, (start + 1) * WALKS):
        world = walk(dice(seed))
        for rule in RULES:
            rule(world)


@given(seed=st.integers(0, 2**32), steps=st.integers(0, 60))
def test_the_rules_hold_after_any_walk(seed: int, steps: int) -> None:
    world = walk(dice(seed), steps)
    for rule in RULES:
        rule(world)


def test_the_walks_reach_every_verdict_and_real_conflicts() -> None:
    """Walks that never close, never wait and never contest would prove nothing."""
    verdicts: set[str] = set()
    contested = chained = 0
    for seed in range(60):
        world = walk(dice(seed))
        judged = world.laptops["a1"].judged()
        verdicts |= {verdict.value for _, _, verdict in judged}
        contested += any(len(values) > 1 for values in world.laptops["a1"].fold().values())
        aside = {cid for _, cid, verdict in judged if verdict != "ok"}
        chained += any(
            cid in aside for item, _, verdict in judged if verdict == "ok" for a in item.set for cid, _ in a.over
        )
    assert verdicts == {"ok", "waiting", "quarantined"}
    assert contested > 20
    assert chained > 10
