"""Today: what needs me now stands first, what I owe others is there, and nothing that is done or another's is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from desktop.model.action import Action, ActionState
from desktop.model.conflict import ConflictView
from desktop.model.flag import Flag, NowStep
from desktop.model.grade import Grade
from desktop.model.order import ProtectiveOrder
from desktop.model.record import CaseKey, FieldView, RecordView
from desktop.model.referral import ReferralEvent, ReferralView, read_referral
from desktop.model.today import Group, TodayCase, TodayDraft, TodayInputs, TodayItem, Tone, today

NOW = datetime(2026, 11, 23, 10, 42, tzinfo=UTC)
KEY = CaseKey("s", "t")
CASE = TodayCase(KEY, "Harbour 214", Grade.HIGH)
ACTION = Action(
    "a1", KEY, "Safe-contact check", "R. Alder", "police", NOW + timedelta(hours=1), ActionState.OPEN, "", "", "", ""
)


def items(**inputs: object) -> list[TodayItem]:
    return list(today(TodayInputs("police", cases={KEY: CASE}, **inputs), NOW))  # type: ignore[arg-type]  # by name


def referral(*events: ReferralEvent, sender: str = "police", grade: str = "raised", hours: int = 1) -> ReferralView:
    recipient = "health" if sender == "police" else "police"
    content = {"from_unit": sender, "to_unit": recipient, "grade": grade}
    fields = {name: FieldView(value) for name, value in content.items()}
    sent = (NOW - timedelta(hours=hours)).isoformat()
    return read_referral(RecordView("referral", "r", KEY, fields, "x", sender, sent), events, NOW)


def event(state: str, unit: str = "health") -> ReferralEvent:
    return ReferralEvent("e", state, unit, "x", (NOW - timedelta(minutes=30)).isoformat())


def test_actions_due_today_or_overdue_are_listed_with_their_case() -> None:
    (item,) = items(actions=(ACTION,))
    assert (item.group, item.code_name, item.grade, item.tone) == (Group.DUE, "Harbour 214", Grade.HIGH, Tone.WARN)
    late = replace(ACTION, due=NOW - timedelta(days=3))
    assert items(actions=(late,))[0].tone is Tone.DANGER
    for quiet in (
        replace(ACTION, state=ActionState.DONE),
        replace(ACTION, unit="health"),
        replace(ACTION, due=NOW + timedelta(days=2)),
    ):
        assert items(actions=(quiet,)) == []


def test_a_high_referral_says_phone_now_and_never_relies_on_sync() -> None:
    (fresh,) = items(referrals=(referral(grade="high"),))
    assert (fresh.group, fresh.title_code, fresh.act) == (Group.NOW, "today.phone_now", "call")
    (silent,) = items(referrals=(referral(grade="high", hours=3),))
    assert (silent.group, silent.title_code, silent.tone) == (Group.NOW, "today.silent_ack", Tone.DANGER)


def test_sent_referrals_wait_are_silent_or_come_back() -> None:
    assert items(referrals=(referral(),))[0].group is Group.WAITING
    assert items(referrals=(referral(hours=24 * 5),))[0].title_code == "today.silent_ack"
    declined = items(referrals=(referral(event("declined")),))[0]
    assert (declined.group, declined.act) == (Group.NOW, "send_on")
    assert items(referrals=(referral(event("needs_info")),))[0].act == "answer"
    assert items(referrals=(referral(event("withdrawn", "police")),)) == []


def test_received_referrals_are_new_then_owed() -> None:
    received = items(referrals=(referral(sender="health"),))[0]
    assert (received.group, received.title_code) == (Group.NEW, "today.referral_received")
    taken = items(referrals=(referral(event("accepted", "police"), sender="health"),))[0]
    assert (taken.group, taken.title_code) == (Group.DUE, "today.owed_first_contact")


def test_everything_in_its_order() -> None:
    conflict = ConflictView(
        KEY, KEY, "Harbour 214", "safe_contact", "p", "rule", (), None, "stands.contact", (), "shared", lambda _: False
    )
    order = ProtectiveOrder("o", KEY, "barring", None, NOW + timedelta(days=4), None, "", "", "", "")
    far = replace(order, ends=NOW + timedelta(days=40))
    flag = Flag(
        "weapon", KEY, "Firearm", raised=True, steps=(NowStep("call", "lead", "now"),), author="", unit="", at=""
    )
    found = items(
        actions=(ACTION,),
        conflicts=(conflict,),
        orders=(order, far),
        flags=(flag, replace(flag, steps=(NowStep("call", "lead", "now", "done"),))),
        drafts=(TodayDraft("d", "risk", "2026-11-23T10:00:00+00:00", KEY),),
        refused=2,
    )
    assert [item.kind for item in found] == ["flag", "action", "draft", "refused", "order", "conflict"]
    assert [item.group for item in found] == sorted((item.group for item in found), key=list(Group).index)
    assert found[-1].act == "decide"
