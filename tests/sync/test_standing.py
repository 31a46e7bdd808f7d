"""What stands while a field is contested, and which resolutions go downwards."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.contact import loosens
from sync.records import CONSENT_STATES, GRADES, Order
from sync.standing import lowers, standing, strictest_contact
from tests.machines import properties
from tests.machines.properties import live
from tests.sync.test_change import VALUES

ORDERS = st.sampled_from(Order)
CLOCKS = st.sampled_from(("", "00:00", "06:00", "09:00", "10:00", "12:00", "15:00", "17:00", "22:00", "24:00"))
RULES = st.fixed_dictionaries(
    {"level": st.sampled_from(("free", "restricted", "via", "none"))},
    optional={
        "number": st.sampled_from(("", "1", "2")),
        "days": st.sampled_from(("", "12345", "67", "7", "1234567", "135")),
        "from": CLOCKS,
        "to": CLOCKS,
        "voicemail": st.sampled_from(("yes", "no", "")),
        "sms": st.sampled_from(("yes", "no")),
        "expires": st.sampled_from(("", "2026-05-01", "2026-06-01")),
        "verified_on": st.sampled_from(("", "2026-01-01", "2026-02-01")),
    },
)
READABLE = RULES.filter(lambda rule: rule.get("from") != "24:00" or not rule.get("to"))


def pairs(values: tuple[Any, ...]) -> list[tuple[Any, Any]]:
    return list(itertools.permutations(values, 2))


def stands(order: Order, *values: Any) -> Any:
    return standing(order, live(*values)).value


def test_an_empty_field_and_a_settled_one() -> None:
    assert standing(Order.GRADE, []) == standing(Order.NONE, ())
    assert standing(Order.GRADE, []).value is None
    settled = standing(Order.NONE, live("x"))
    assert (settled.value, settled.contested) == ("x", False)


@given(order=ORDERS, value=VALUES, copies=st.integers(1, 4))
def test_equal_values_collapse_and_an_edit_names_all_of_them(order: Order, value: Any, copies: int) -> None:
    values = live(*[value] * copies)
    result = standing(order, values)
    assert (result.value, result.contested) == (value, False)
    assert result.shown_ids == tuple(item.id for item in values)


@given(order=ORDERS, values=st.lists(VALUES, max_size=5), rng=st.randoms(use_true_random=False))
def test_what_stands_depends_only_on_the_set(order: Order, values: list[Any], rng: Any) -> None:
    there = live(*values)
    mixed = rng.sample(there, len(there))
    result = standing(order, mixed)
    assert result == standing(order, there)
    assert result.contested is (len({json.dumps(value, sort_keys=True) for value in values}) > 1)
    assert set(result.shown_ids) == {item.id for item in there}


def test_true_is_not_one_and_one_is_not_a_word() -> None:
    assert len(standing(Order.NONE, live(True, 1, "1")).alternatives) == 3


@pytest.mark.parametrize(("first", "second"), pairs((None, "", *GRADES, "critical")))
def test_the_higher_grade_stands(first: Any, second: Any) -> None:
    properties.the_higher_grade_stands(first, second)


def test_an_unknown_grade_pushes_nothing_aside_but_what_is_below_the_gravest() -> None:
    assert stands(Order.GRADE, "critical", "extreme") == "extreme"
    assert stands(Order.GRADE, "critical", "high", "ungraded") == "critical"
    assert not lowers(Order.GRADE, "extreme", "critical")
    assert lowers(Order.GRADE, "critical", "extreme")


@pytest.mark.parametrize(("first", "second"), pairs((None, *CONSENT_STATES)))
def test_a_withdrawal_stands(first: Any, second: Any) -> None:
    properties.a_withdrawal_stands(first, second)


@pytest.mark.parametrize(("first", "second"), pairs((None, False, True, {"since": "May"})))
def test_a_mark_stands(first: Any, second: Any) -> None:
    properties.a_mark_stands(first, second)


@pytest.mark.parametrize(("first", "second"), pairs((None, False, True, "at her aunt's")))
def test_what_is_present_stands(first: Any, second: Any) -> None:
    properties.what_is_present_stands(first, second)


def test_two_different_presences_are_not_an_absence() -> None:
    assert stands(Order.PRESENT, None, "at her aunt's", True) == "at her aunt's"


def test_without_an_order_nothing_stands() -> None:
    assert stands(Order.NONE, "x", "y") is None
    assert not lowers(Order.NONE, "x", "y")


@pytest.mark.parametrize("order", Order)
def test_where_nothing_stood_nothing_is_lowered(order: Order) -> None:
    assert not lowers(order, None, "anything")


@pytest.mark.parametrize(
    ("order", "stood", "chosen", "down"),
    [
        (Order.GRADE, "high", "raised", True),
        (Order.GRADE, "high", None, True),
        (Order.GRADE, "high", "high", False),
        (Order.GRADE, "high", "extreme", False),
        (Order.CONSENT, "withdrawn", "given", True),
        (Order.CONSENT, "not_asked", "given", True),
        (Order.CONSENT, "given", None, False),
        (Order.CONSENT, "given", "withdrawn", False),
        (Order.MARK, True, False, True),
        (Order.MARK, True, None, True),
        (Order.MARK, False, True, False),
        (Order.PRESENT, True, None, True),
        (Order.PRESENT, False, None, False),
        (Order.CONTACT, {"level": "none"}, {"level": "free"}, True),
        (Order.CONTACT, {"level": "free"}, {"level": "none"}, False),
        (Order.CONTACT, {"level": "free"}, None, False),
        (Order.CONTACT, {"level": "free", "days": "135"}, {"level": "free", "days": "15"}, False),
        (Order.CONTACT, {"level": "free", "days": "15"}, {"level": "free", "days": "135"}, True),
        (Order.CONTACT, {"level": "free", "sms": "no"}, {"level": "free", "sms": "yes"}, True),
        (Order.CONTACT, {"level": "free", "number": "1"}, {"level": "free", "number": "2"}, True),
        (
            Order.CONTACT,
            {"level": "free", "verified_on": "2026-01-01"},
            {"level": "free", "verified_on": "2026-02-01"},
            False,
        ),
        (Order.CONTACT, {"level": "free", "note": ""}, {"level": "free"}, False),
    ],
)
def test_which_resolutions_go_downwards(order: Order, stood: Any, chosen: Any, down: bool) -> None:
    assert lowers(order, stood, chosen) is down


@given(rules=st.lists(READABLE, min_size=2, max_size=3, unique_by=lambda rule: json.dumps(rule, sort_keys=True)))
def test_whoever_follows_the_combined_rule_breaks_none_of_the_given(rules: list[dict[str, Any]]) -> None:
    properties.the_combined_rule_breaks_none(rules)


@given(rules=st.lists(RULES, min_size=1, max_size=3), rng=st.randoms(use_true_random=False))
def test_combining_is_the_same_in_any_order_and_again(rules: list[dict[str, Any]], rng: Any) -> None:
    once = strictest_contact(rules)
    assert strictest_contact(rng.sample(rules, len(rules))) == once
    assert strictest_contact([once]) == once
    assert strictest_contact([*rules, *rules]) == once


@given(stood=READABLE, chosen=READABLE)
def test_a_choice_that_is_not_downwards_breaks_nothing_that_stood(
    stood: dict[str, Any], chosen: dict[str, Any]
) -> None:
    if not loosens(stood, chosen):
        for attempt in properties.ATTEMPTS:
            assert properties.allows(stood, attempt) or not properties.allows(chosen, attempt)


@given(values=st.lists(VALUES | st.dictionaries(st.sampled_from(("level", "days", "from", "undecided")), VALUES)))
def test_rules_that_cannot_be_read_mean_do_not_contact(values: list[Any]) -> None:
    assert strictest_contact(values)["level"] == "none"


@pytest.mark.parametrize(
    "rule",
    [
        {"level": "sometimes"},
        {"number": "1"},
        {"level": "free", "days": "weekdays"},
        {"level": "free", "days": [1, 2]},
        {"level": "free", "from": "9:00"},
        {"level": "free", "to": "25:00"},
        {"level": "free", "from": 9},
    ],
)
def test_a_part_that_cannot_be_read_means_do_not_contact(rule: dict[str, Any]) -> None:
    assert strictest_contact([rule, {"level": "free"}])["level"] == "none"


def test_parts_that_cannot_be_narrowed_stay_open_and_are_named() -> None:
    first = {"level": "free", "number": "1", "via": "", "who_may_answer": "her alone", "channel": "phone"}
    second = {"level": "via", "number": "2", "who_may_answer": "her alone", "channel": "phone"}
    combined = strictest_contact([first, second])
    assert combined == {
        "level": "via",
        "number": None,
        "who_may_answer": "her alone",
        "channel": "phone",
        "undecided": ["number"],
    }
    assert strictest_contact([combined, {**second, "number": None, "undecided": "garbled"}])["undecided"] == ["number"]


def test_a_number_that_only_one_rule_names_stays_open() -> None:
    """The other may have taken it out because he reads her phone."""
    assert strictest_contact([{"level": "free", "number": "1"}, {"level": "free"}])["number"] is None


def test_the_earliest_end_counts_and_an_unchecked_rule_stays_unchecked() -> None:
    early, late = {"level": "free", "expires": "2026-05-01"}, {"level": "free", "expires": "2026-06-01"}
    assert strictest_contact([late, early, {"level": "free"}])["expires"] == "2026-05-01"
    assert strictest_contact([late, {"level": "free", "expires": "soon"}])["level"] == "none"
    checked = {"level": "free", "verified_on": "2026-01-01"}
    assert strictest_contact([checked, {"level": "free"}]) == {"level": "free"}
    assert strictest_contact([checked, {"level": "free", "verified_on": "2026-02-01"}])["verified_on"] == "2026-01-01"


def test_hours_that_cross_midnight_stand_only_beside_the_same() -> None:
    night = {"level": "free", "days": "5", "from": "22:00", "to": "06:00"}
    assert strictest_contact([night, {**night, "sms": "yes"}])["from"] == "22:00"
    assert strictest_contact([night, {"level": "free", "days": "5"}])["level"] == "none"
