from datetime import UTC, datetime

from desktop.demo.cases import demo_cases
from desktop.demo.partnership import POLICE

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def test_the_same_seed_gives_the_same_district() -> None:
    assert demo_cases(NOW) == demo_cases(NOW)
    assert demo_cases(NOW) != demo_cases(NOW, seed=215)


def test_thirty_cases_with_names_of_their_own() -> None:
    cases = demo_cases(NOW)
    names = [case.code_name for case in cases]
    assert len(names) == len(set(names)) == 30
    assert names[0] == "Harbour 214"


def test_every_victims_address_bears_the_protected_mark_and_is_in_no_shared_record() -> None:
    for case in demo_cases(NOW):
        for writing in case.writings:
            if "address" in writing.fields:
                assert writing.fields["address_protected"] is True
                assert not writing.shared


def test_what_is_shared_stands_in_a_case_that_the_police_share() -> None:
    for case in demo_cases(NOW):
        assert not case.shared_with or POLICE in case.shared_with
        assert case.shared_with or not any(writing.shared for writing in case.writings)


def test_numbers_are_from_a_range_that_no_network_gives_out() -> None:
    for case in demo_cases(NOW):
        for writing in case.writings:
            rule = writing.fields.get("rule", {})
            assert str(rule.get("number", "01632 960000")).startswith("01632 960")
