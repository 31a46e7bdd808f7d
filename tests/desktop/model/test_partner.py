"""Staffed now or when next: never 'staffed' outside the hours written on the card."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from desktop.model.partner import Relay, Shift, read_relay, staffing
from desktop.model.record import CaseKey, FieldView, RecordView

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
OFFICE = Relay("u", "unit", "health", hours=(Shift("12345", time(8), time(16)),))
NIGHT = Relay("u", "unit", "police", hours=(Shift("5", time(22), time(6)), Shift("6", time(6), time(8))))

shifts = st.lists(
    st.builds(
        Shift,
        days=st.sets(st.sampled_from("1234567"), min_size=1).map(lambda days: "".join(sorted(days))),
        start=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
        end=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    ),
    max_size=3,
)


def test_office_hours() -> None:
    assert staffing(OFFICE, MONDAY + timedelta(hours=9)).until == MONDAY + timedelta(hours=16)
    friday_evening = MONDAY + timedelta(days=4, hours=17)
    closed = staffing(OFFICE, friday_evening)
    assert (closed.now, closed.next) == (False, MONDAY + timedelta(days=7, hours=8))
    assert not staffing(OFFICE, MONDAY + timedelta(hours=16)).now


def test_a_night_shift_crosses_midnight_and_joins_the_next() -> None:
    saturday = MONDAY + timedelta(days=5)
    assert staffing(NIGHT, saturday + timedelta(hours=5)).until == saturday + timedelta(hours=8)
    assert not staffing(NIGHT, saturday + timedelta(hours=9)).now


def test_unknown_hours_are_not_staffed() -> None:
    unknown = staffing(Relay("u", "unit", "health"), MONDAY)
    assert (unknown.now, unknown.until, unknown.next) == (False, None, None)


@given(shifts, st.integers(0, 7 * 24 * 60 - 1))
def test_staffed_exactly_when_some_shift_covers_the_minute(hours: list[Shift], minute: int) -> None:
    now = MONDAY + timedelta(minutes=minute)
    found = staffing(Relay("u", "unit", "health", hours=tuple(hours)), now)
    covered = False
    for shift in hours:
        for offset in (0, 1):
            day = (now - timedelta(days=offset)).date()
            start, end = datetime.combine(day, shift.start, UTC), datetime.combine(day, shift.end, UTC)
            end = end if end > start else end + timedelta(days=1)
            covered |= str(day.isoweekday()) in shift.days and start <= now < end
    assert found.now is covered
    if found.next is not None:
        assert found.next > now
        assert staffing(Relay("u", "unit", "health", hours=tuple(hours)), found.next).now


def test_an_unreadable_shift_on_a_card_is_left_out() -> None:
    hours = [{"days": "12345", "from": "08:00", "to": "16:00"}, {"days": "6", "from": "eight", "to": ""}, "nonsense"]
    card = RecordView(
        "relay", "u.relay", CaseKey("s", "t"), {"hours": FieldView(hours), "relay": FieldView("S. Linden")}
    )
    relay = read_relay(card, "u", "Hospital", "health")
    assert (relay.hours, relay.relay, relay.name) == ((Shift("12345", time(8), time(16)),), "S. Linden", "Hospital")
