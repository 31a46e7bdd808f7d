"""The agency referral cannot be finished without a safe contact, and never makes a complaint a duty."""

from desktop.forms.engine.session import FormSession
from tests.desktop.forms.building import session, shipped

CONTACT = "/data/safe_contact"
DATES = {"reply_by": "2026-03-20", "verified_on": "2026-03-14", "expires_on": "2026-06-01", "grade_date": "2026-03-14"}


def filled(way: str) -> FormSession:
    """Everything that is asked for is answered, save the safe contact beyond its first question."""
    of = session(shipped("agency-referral"))
    if way:
        of.set_value(f"{CONTACT}/contact_way", way)
    for _ in range(4):
        for violation in of.validate():
            if not violation.ref.startswith(CONTACT):
                give(of, violation.ref)
    return of


def give(of: FormSession, ref: str) -> None:
    question = of.question(ref)
    name = ref.rpartition("/")[2]
    of.set_value(ref, question.choices[0].value if question.choices else DATES.get(name, "said"))


def open_refs(of: FormSession) -> set[str]:
    return {violation.ref for violation in of.validate()}


def test_without_a_safe_contact_it_cannot_be_finished() -> None:
    of = filled("")
    (violation,) = of.validate()
    assert violation.ref == f"{CONTACT}/contact_way"
    assert violation.message == "Without a safe contact this referral cannot be sent."


def test_a_direct_contact_needs_every_part_of_the_rule() -> None:
    of = filled("direct")
    names = (
        "channel number days hours who_may_answer if_another "
        "voicemail_safe sms_safe letter_safe email_safe verified_on expires_on"
    )
    wanted = {f"{CONTACT}/{name}" for name in names.split()}
    assert open_refs(of) == wanted
    for ref in sorted(wanted):
        give(of, ref)
    assert of.validate() == ()
    of.set_value(f"{CONTACT}/if_another", "")
    assert open_refs(of) == {f"{CONTACT}/if_another"}


def test_a_contact_through_someone_else_needs_to_say_through_whom() -> None:
    of = filled("via")
    assert open_refs(of) == {f"{CONTACT}/via"}
    give(of, f"{CONTACT}/via")
    assert of.validate() == ()


def test_a_contact_rule_ends_after_it_was_checked() -> None:
    of = filled("direct")
    of.set_value(f"{CONTACT}/verified_on", "2026-03-14")
    of.set_value(f"{CONTACT}/expires_on", "2026-03-14")
    violation = of.question(f"{CONTACT}/expires_on").violation
    assert violation is not None
    assert violation.code == "constraint"


def test_no_field_makes_a_complaint_a_duty() -> None:
    of = filled("via")
    question = of.question("/data/asked/police")
    assert (question.value, question.required, question.violation) == ("", False, None)


def test_without_her_consent_another_basis_is_named() -> None:
    of = filled("via")
    of.set_value("/data/basis/consent", "no")
    assert "/data/basis/other_basis" in open_refs(of)
    of.set_value("/data/basis/consent", "yes")
    assert not of.question("/data/basis/other_basis").relevant


def test_a_secret_address_has_no_place_in_the_referral() -> None:
    of = filled("via")
    of.set_value("/data/person/address_protected", "no")
    of.set_value("/data/person/address", "Lane 3")
    of.set_value("/data/person/address_protected", "unsure")
    assert "Lane 3" not in of.submission_xml()
    assert "address" not in of.answers()["person"]
