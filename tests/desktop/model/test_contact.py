"""The number stays covered until the rule is opened, and a referral cannot leave without a way to reach her."""

import pytest

from desktop.model.contact import can_send, covered, open_number, read_contact
from desktop.model.record import FieldView

RULE = {"level": "restricted", "channel": "call", "number": "0777", "sms": "yes", "days": "12345", "from": "09:00"}


def test_the_number_is_hidden_until_it_is_opened() -> None:
    contact = read_contact(FieldView(RULE, author="R. Alder"))
    assert "0777" not in repr(contact)
    assert "0777" not in repr(covered(RULE))
    assert (contact.has_number, contact.start, contact.days) == (True, "09:00", "12345")
    assert open_number(RULE) == "0777"
    assert open_number(None) == ""


def test_what_is_not_plainly_allowed_is_forbidden() -> None:
    assert read_contact(FieldView(RULE)).forbids == ("voicemail", "letter", "email")
    assert read_contact(FieldView(None)).level == "none"
    assert read_contact(FieldView("call her")).level == "none"


@pytest.mark.parametrize(
    ("rule", "sends"),
    [
        (RULE, True),
        ({"level": "none"}, True),
        ({"level": "via", "via": "her sister"}, True),
        ({"level": "via"}, False),
        ({"level": "free", "channel": "call"}, False),
        ({"level": "free", "number": "0777"}, False),
        ({}, False),
        (None, False),
    ],
)
def test_the_block_is_complete_or_the_referral_stays(rule: object, sends: bool) -> None:
    assert can_send(rule) is sends
