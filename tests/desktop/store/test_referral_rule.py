"""A referral follows the rule that stands now: nobody breaks a tightened rule nor, in doubt, the one that was sent."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.model.record import FieldView
from desktop.store.referral_rule import differs, standing_rule
from sync.contact import loosens
from sync.records import CONTACT_LEVELS

SENT_AT = "2026-11-23T10:00:00+00:00"
EARLIER, LATER = "2026-11-23T09:00:00+00:00", "2026-11-23T11:00:00+00:00"
_rules = st.fixed_dictionaries(
    {"level": st.sampled_from(CONTACT_LEVELS)},
    optional={
        "number": st.sampled_from(("1", "2")),
        "days": st.sampled_from(("12345", "67", "1")),
        "to": st.sampled_from(("11:00", "14:00")),
        "sms": st.sampled_from(("yes", "no")),
        "verified_on": st.sampled_from(("2026-11-01", "2026-11-20")),
        "expires": st.sampled_from(("2026-12-01", "2027-01-01")),
        "via": st.sampled_from(("school", "nurse")),
    },
)


@given(_rules, _rules, st.sampled_from((EARLIER, LATER, "")))
def test_the_rule_of_the_file_is_never_overlooked(sent: dict[str, str], now: dict[str, str], at: str) -> None:
    stands = standing_rule(sent, FieldView(now, at=at), SENT_AT)
    assert not loosens(now, stands)
    assert at == LATER or not loosens(sent, stands)
    if at == LATER:
        assert stands == now


@given(_rules)
def test_nothing_of_a_rule_is_dropped(rule: dict[str, str]) -> None:
    for stands in (standing_rule(rule, FieldView(rule, at=EARLIER), SENT_AT), standing_rule(rule, None, SENT_AT)):
        assert stands == rule
        assert not differs(rule, stands)


def test_a_rule_that_cannot_be_read_means_no_contact() -> None:
    assert standing_rule({"level": "free"}, FieldView("?", at=LATER), SENT_AT) == {"level": "none"}
    assert standing_rule({"level": "free"}, FieldView("?", at=EARLIER), SENT_AT)["level"] == "none"
    assert standing_rule(None, None, SENT_AT) == {}
