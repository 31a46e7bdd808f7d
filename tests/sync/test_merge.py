"""The fold of a set of judged changes; what holds after any history is in `tests/machines`."""

from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sync.accept import Verdict
from sync.change import Assign, ValueId
from sync.merge import Value, fold, live_values, values_of
from tests.machines import properties
from tests.machines.partnership import TAGS, Partnership, dice, walk
from tests.sync.test_change import one

OK, WAITING, BAD, QUARANTINED = Verdict.OK, Verdict.WAITING, Verdict.BAD, Verdict.QUARANTINED


def at(place: int) -> ValueId:
    return (f"{place:064x}", 0)


def value(place: int, *over: int, verdict: Verdict = OK, content: Any = None) -> Value:
    return Value(at(place), content or place, tuple(at(older) for older in over), verdict)


def contents(*values: Value) -> list[Any]:
    return [item.value for item in live_values(values)]


@given(seed=st.integers(0, 2**32))
def test_the_fold_depends_only_on_the_set(seed: int) -> None:
    properties.fold_depends_only_on_the_set(walk(dice(seed)))


@given(seed=st.integers(0, 2**32))
def test_a_value_leaves_only_when_an_accepted_change_of_its_field_names_it(seed: int) -> None:
    properties.values_leave_only_when_named(walk(dice(seed)))


@given(rng=st.randoms(use_true_random=False))
def test_the_fold_is_the_same_in_batches(rng: Random) -> None:
    """Folding field by field from what has come so far ends where folding all at once ends."""
    judged = walk(rng, 30).laptops["b1"].judged()
    fields: dict[Any, list[Value]] = {}
    for item, cid, verdict in judged:
        for key, one_value in values_of(item, cid, verdict):
            fields.setdefault(key, []).append(one_value)
            live_values(fields[key])
    assert {key: live for key, values in fields.items() if (live := live_values(values))} == fold(judged)


def test_a_later_edit_replaces_what_its_writer_saw_and_nothing_else() -> None:
    assert contents(value(1), value(2, 1)) == [2]
    assert contents(value(1), value(2), value(3, 1)) == [2, 3]
    assert contents(value(1), value(2), value(3, 1, 2)) == [3]


def test_nothing_waits_for_a_missing_change() -> None:
    assert contents(value(3, 1, 2)) == [3]
    assert contents(value(3, 1, 2), value(1)) == [3]


def test_only_accepted_values_live_and_replace() -> None:
    for verdict in (WAITING, BAD, QUARANTINED):
        assert contents(value(1), value(2, 1, verdict=verdict)) == [1]
    assert contents() == []


def test_what_was_replaced_does_not_come_back_when_its_replacement_is_put_aside() -> None:
    for verdict in (WAITING, BAD, QUARANTINED):
        aside, older = value(2, 1, verdict=verdict), value(3, 2, verdict=verdict)
        assert contents(value(1), aside, value(4, 2)) == [4]
        assert contents(value(1), aside, older, value(4, 3)) == [4]
    assert contents(value(1), value(2, 1), value(4, 2)) == [4]


def test_a_ring_of_hostile_values_ends() -> None:
    ring = [value(1, 2, verdict=QUARANTINED), value(2, 1, verdict=QUARANTINED)]
    assert contents(*ring, value(3, 1), value(4)) == [3, 4]


def test_over_across_fields_records_and_cases_has_no_effect() -> None:
    world = Partnership(dice(1))
    laptop = world.laptops["a1"]
    first = world.write(laptop, TAGS[0], Assign("case", "r1", "aim", "x"))
    hostile = ((first, 0),)
    world.write(laptop, TAGS[0], Assign("case", "r1", "status", "y", hostile))
    world.write(laptop, TAGS[0], Assign("case", "r2", "aim", "y", hostile))
    world.write(laptop, TAGS[1], Assign("case", "r1", "aim", "y", hostile))
    world.write(laptop, TAGS[0], Assign("party", "r1", "aim", "y", hostile))
    assert len(laptop.fold()) == 5
    assert [item.value for item in laptop.fold()[TAGS[0], "case", "r1", "aim"]] == ["x"]


def test_a_change_spreads_into_the_values_of_its_own_record() -> None:
    change = one(set=(Assign("note", None, "text", "t"), Assign("case", "r", "aim", "x", (at(1),))))
    assert dict(values_of(change, "cid", OK)) == {
        (change.tag, "note", "cid", "text"): Value(("cid", 0), "t", (), OK),
        (change.tag, "case", "r", "aim"): Value(("cid", 1), "x", (at(1),), OK),
    }


def test_a_field_without_a_live_value_is_not_there() -> None:
    change = one(set=(Assign("case", "r", "aim", "x"),))
    assert fold([(change, "cid", QUARANTINED)]) == {}
    assert len(fold([(change, "cid", OK)])) == 1
