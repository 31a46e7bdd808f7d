"""Sharing stops at once on a withdrawal or a refusal, and never goes on by a misreading."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.model.consent import ConsentState, read_consent, sharing
from desktop.model.record import CaseKey, FieldView, RecordView

words = st.sampled_from([*ConsentState, "newer_word"])
records = st.lists(
    st.tuples(st.sampled_from(("", "health", "support")), words, st.booleans(), st.booleans()), max_size=4
)


def consent(recipient: str, state: str, *, basis: bool = False, contested: bool = False) -> RecordView:
    fields = {
        "recipient": FieldView(recipient),
        "state": FieldView(state, contested=contested),
        "basis": FieldView("law" if basis else ""),
        "circumstances": FieldView({"freely": "no"}),
    }
    return RecordView("consent", "c", CaseKey("s", "t"), fields)


@given(records)
def test_it_is_allowed_only_on_a_plain_yes_or_a_named_basis(given_: list[tuple[str, str, bool, bool]]) -> None:
    read = [
        read_consent(consent(who, word, basis=basis, contested=contested)) for who, word, basis, contested in given_
    ]
    found = sharing(read, "health")
    about = [item for item in read if item.recipient in {"", "health"}]
    if found.allowed:
        assert not {ConsentState.WITHDRAWN, ConsentState.REFUSED} & {item.state for item in about}
        assert not any(item.contested for item in about)
        assert any(item.state is ConsentState.GIVEN or item.basis for item in about)
    if any(item.state is ConsentState.WITHDRAWN for item in about):
        assert found.reason_code == "consent.withdrawn"


def test_another_partners_withdrawal_is_another_matter() -> None:
    read = [read_consent(consent("support", "withdrawn")), read_consent(consent("health", "given"))]
    assert sharing(read, "health").allowed
    assert not sharing(read, "support").allowed


def test_an_unknown_state_reads_as_refused_and_a_yes_under_his_eyes_is_asked_again() -> None:
    assert read_consent(consent("health", "newer_word")).state is ConsentState.REFUSED
    assert read_consent(consent("health", "given")).confirm_alone
    assert not read_consent(consent("health", "refused")).confirm_alone
