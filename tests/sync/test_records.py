"""The rules are complete, and what they rank is what the rest ranks by."""

import pytest

from sync.records import RECORDS, RULES_VERSION, Access, KindRule, Order, SpaceKind, Writing, rule_of


def test_every_kind_is_filed_under_its_own_name_and_has_a_home() -> None:
    for kind, rule in RECORDS.items():
        assert rule.kind == kind
        assert rule.homes


@pytest.mark.parametrize("field", ["address", "phone", "school", "work", "doctor", "car", "something_new"])
@pytest.mark.parametrize("ending", ["_protected", "_burnt"])
def test_the_marks_rank_on_every_field_of_every_kind(field: str, ending: str) -> None:
    assert rule_of("person").order(field + ending) is Order.MARK
    assert rule_of("a kind of tomorrow").order(field + ending) is Order.MARK
    assert rule_of("person").order(field) is Order.NONE


def test_what_was_signed_once_cannot_be_written_again() -> None:
    for kind in ("assessment", "note", "referral", "referral_event", "disclosure", "resolution", "review"):
        assert rule_of(kind).writing is Writing.WRITE_ONCE


def test_the_directory_belongs_to_each_unit_and_is_read_by_all() -> None:
    relay = rule_of("relay")
    assert (relay.writing, relay.access, relay.homes) == (
        Writing.OWNER,
        Access.SPACE,
        frozenset({SpaceKind.PARTNERSHIP}),
    )


def test_safety_fields_have_their_orders() -> None:
    assert rule_of("safe_contact").order("rule") is Order.CONTACT
    assert rule_of("consent").order("state") is Order.CONSENT
    assert rule_of("agreed_grade").order("grade") is Order.GRADE
    assert rule_of("party").order("present") is Order.PRESENT
    assert rule_of("flag").order("raised") is Order.MARK


def test_an_unknown_kind_lives_anywhere_and_is_editable() -> None:
    assert rule_of("tomorrow") == KindRule("tomorrow", frozenset(SpaceKind))


def test_rules_newer_than_this_program_read_as_its_newest() -> None:
    assert rule_of("assessment", RULES_VERSION + 7) == rule_of("assessment")
