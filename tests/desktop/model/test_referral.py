"""A referral's state depends on the set of events alone, and at every moment one named unit holds the risk."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.model.grade import Grade
from desktop.model.record import CaseKey, FieldView, RecordView
from desktop.model.referral import (
    ENDED,
    NEXT,
    REFERENCE_LETTERS,
    TAKEN,
    ReferralEvent,
    ReferralState,
    ReferralView,
    may_decline,
    read_referral,
    spoken_reference,
    state_of,
)

SENDER, RECIPIENT = "police", "health"
SENT = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)  # a Friday
S = ReferralState


def referral(grade: str = "raised") -> RecordView:
    content = {"from_unit": SENDER, "to_unit": RECIPIENT, "grade": grade, "spoken_reference": "ACEFHJ"}
    fields = {name: FieldView(value) for name, value in content.items()}
    return RecordView("referral", "r", CaseKey("s", "t"), fields, "R. Alder", SENDER, SENT.isoformat())


def event(name: str, state: str, *after: str, unit: str = RECIPIENT, hours: int = 1, **told: str) -> ReferralEvent:
    at = (SENT + timedelta(hours=hours)).isoformat()
    return ReferralEvent(name, state, unit, unit, at, frozenset(after), **told)  # type: ignore[arg-type]  # texts only


def view(*events: ReferralEvent, hours: float = 2, grade: str = "raised") -> ReferralView:
    return read_referral(referral(grade), events, SENT + timedelta(hours=hours))


def test_the_way_from_sent_to_completed_and_who_holds_it() -> None:
    seen = event("1", S.SEEN)
    accepted = event("2", S.ACCEPTED, "1")
    working = event("3", S.IN_PROGRESS, "1", "2")
    done = event("4", S.COMPLETED, "1", "2", "3", outcome="safe")
    ways = [
        ((), S.SENT, SENDER),
        ((seen,), S.SEEN, SENDER),
        ((seen, accepted), S.ACCEPTED, RECIPIENT),
        ((seen, accepted, working), S.IN_PROGRESS, RECIPIENT),
        ((seen, accepted, working, done), S.COMPLETED, RECIPIENT),
    ]
    for events, state, holder in ways:
        found = view(*events)
        assert (found.state, found.holder, found.contested) == (state, holder, False)


def test_a_decline_gives_the_risk_back_at_once() -> None:
    found = view(event("1", S.ACCEPTED), event("2", S.DECLINED, "1", reason="full"))
    assert (found.state, found.holder, found.reason) == (S.DECLINED, SENDER, "full")


def test_a_lapsed_clock_gives_the_risk_back() -> None:
    accepted = event("1", S.ACCEPTED)
    assert view(accepted, hours=40).holder == RECIPIENT
    late = view(accepted, hours=50)
    assert (late.state, late.holder) == (S.ACCEPTED, SENDER)
    assert [(clock.code, clock.over) for clock in late.clocks if not clock.met] == [
        ("first_contact", True),
        ("outcome", False),
    ]
    reached = view(accepted, event("2", "first_contact", "1", hours=3), hours=50)
    assert reached.holder == RECIPIENT


def test_unseen_acts_compete_and_the_safer_stands_with_the_sender_holding() -> None:
    for one, other, stands in (
        (event("1", S.ACCEPTED), event("2", S.WITHDRAWN, unit=SENDER), S.WITHDRAWN),
        (event("1", S.ACCEPTED), event("2", S.DECLINED), S.DECLINED),
        (event("1", S.ACCEPTED), event("2", S.NEEDS_INFO), S.NEEDS_INFO),
    ):
        found = view(one, other)
        assert (found.state, found.contested, found.holder) == (stands, True, SENDER)
    assert not view(event("1", S.ACCEPTED), event("2", S.SEEN)).contested
    assert view(event("1", S.ACCEPTED), event("2", S.SEEN)).state is S.ACCEPTED


def test_only_a_side_that_may_moves_it() -> None:
    assert view(event("1", S.ACCEPTED, unit=SENDER)).state is S.SENT
    assert view(event("1", S.ACCEPTED, unit=SENDER, told_by="S. Linden, 14:10")).state is S.ACCEPTED
    assert view(event("1", S.WITHDRAWN)).state is S.SENT
    assert view(event("1", S.DECLINED), event("2", S.ACCEPTED, "1")).state is S.DECLINED


def test_a_withdrawn_consent_leaves_the_risk_with_the_sender() -> None:
    found = view(event("1", S.ACCEPTED), event("2", "consent_withdrawn", "1", unit=SENDER))
    assert (found.consent_withdrawn, found.holder) == (True, SENDER)


def test_clocks_count_working_days_and_high_risk_counts_hours() -> None:
    calm = {clock.code: clock.due for clock in view().clocks}
    assert calm == {"ack": SENT + timedelta(days=3), "decide": SENT + timedelta(days=4)}
    high = view(grade="high", hours=3)
    assert high.next_clock is not None
    assert (high.next_clock.code, high.next_clock.due, high.next_clock.over) == ("ack", SENT + timedelta(hours=2), True)
    assert view(event("1", "call_logged", unit=SENDER), grade="high", hours=3).clocks[0].met
    assert view(event("1", S.DECLINED), hours=9999).next_clock is None


def test_high_risk_is_declined_only_by_a_logged_call() -> None:
    assert not may_decline(Grade.HIGH, call_logged=False)
    assert may_decline(Grade.EXTREME, call_logged=True)
    assert may_decline(Grade.RAISED, call_logged=False)


events = st.lists(
    st.builds(
        ReferralEvent,
        id=st.sampled_from("123456"),
        state=st.sampled_from([*S, "risk_raised", "newer_word"]),
        unit=st.sampled_from((SENDER, RECIPIENT, "support")),
        author=st.just("x"),
        at=st.sampled_from(("2026-11-20T17:00:00+00:00", "2026-11-20T18:00:00+00:00", "nonsense")),
        after=st.frozensets(st.sampled_from("123456")),
    ),
    unique_by=lambda item: item.id,
)


@given(events, st.data())
def test_the_order_of_arrival_changes_nothing_and_someone_always_holds_it(
    given_: list[ReferralEvent], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(given_))
    assert state_of(given_, SENDER, RECIPIENT) == state_of(shuffled, SENDER, RECIPIENT)
    found = view(*given_)
    assert found.holder in {SENDER, RECIPIENT}
    if found.holder == RECIPIENT:
        assert found.state in TAKEN | {S.COMPLETED}
        assert not found.contested
    assert (found.state in ENDED) is (not found.is_open)
    assert all(found.may(state) is (state in NEXT[found.state]) for state in S)


@given(st.binary(min_size=6, max_size=12))
def test_a_spoken_reference_is_six_letters_without_look_alikes(data: bytes) -> None:
    word = spoken_reference(data)
    assert len(word) == 6
    assert set(word) <= set(REFERENCE_LETTERS)
    assert not set("BDGIOQSUVZ0158") & set(word)
    assert word == spoken_reference(data)


def test_a_spoken_reference_needs_six_bytes() -> None:
    with pytest.raises(ValueError, match="six random bytes"):
        spoken_reference(b"short")
