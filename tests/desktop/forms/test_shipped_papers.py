"""The papers among the packs: each can be finished, each clock holds at its last minute, each flag fires."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from desktop.forms.engine.environment import Environment
from desktop.forms.engine.session import FormSession
from desktop.forms.scoring.result import ScoreResult
from tests.desktop.forms.building import COMMON, NOW, shipped

NAMES = sorted(path.stem for path in COMMON.glob("*.md"))
TODAY = NOW.date().isoformat()


def fresh(name: str, now: datetime = NOW) -> FormSession:
    dice = random.Random(1)  # noqa: S311  the same dice in every run
    return FormSession(shipped(name), Environment(lambda: now, now.tzinfo or UTC, lambda: "id", dice.random))


def paths(of: FormSession) -> dict[str, str]:
    return {node.local: node.path for node in of.definition.root.walk()}


def give(of: FormSession, **answers: str) -> None:
    where = paths(of)
    for name, answer in answers.items():
        of.set_value(where[name], answer)


def fired(of: FormSession) -> set[str]:
    score = of.score()
    return {flag.ref.rpartition("/")[2] for flag in score.flags} if score else set()


def sample(of: FormSession, ref: str) -> str:
    question = of.question(ref)
    if question.choices:
        return question.choices[0].value
    return {"date": TODAY, "dateTime": NOW.isoformat(), "int": "3", "decimal": "3"}.get(
        of.node(ref).definition.bind.type, "said"
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_form_can_be_finished(name: str) -> None:
    of = fresh(name)
    for _ in range(6):
        for violation in of.validate():
            of.set_value(violation.ref, sample(of, violation.ref))
    left = {violation.ref.rpartition("/")[2] for violation in of.validate()}
    assert left <= {"expires_on"}  # the day after the check, in the referral: a later day is asked for
    assert of.submission_xml()


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_form_raises_no_flag(name: str) -> None:
    assert fired(fresh(name)) == set()


def at(hours: float) -> str:
    return (NOW - timedelta(hours=hours)).isoformat()


@pytest.mark.parametrize(("hours", "late"), [(23.98, False), (24.0, False), (24.02, True)])
def test_a_notification_after_its_clock_asks_why(hours: float, late: bool) -> None:
    of = fresh("notification-24h")
    give(of, learned_at=at(hours), told_at=at(0), told_way="phone")
    where = paths(of)
    assert of.question(where["late_why"]).relevant is late
    assert of.question(where["in_time"]).relevant is not late
    assert "2026-03-18" in str(of.question(where["report_note"]).label)


@pytest.mark.parametrize(("day", "late"), [("2026-03-11", True), ("2026-03-12", False), ("2026-03-13", False)])
def test_a_written_report_after_its_day_asks_why(day: str, late: bool) -> None:
    of = fresh("report-3-days")
    give(of, notified_on=day)
    assert of.question(paths(of)["late_why"]).relevant is late


@pytest.mark.parametrize("day", ["2026-10-23", "2026-10-24", "2026-10-25", "2026-03-27", "2026-03-28", "2026-03-29"])
def test_three_days_are_three_days_also_when_clocks_change(day: str) -> None:
    """In Ljubljana the clocks change on 25 October and 29 March 2026."""
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo("Europe/Ljubljana"))
    due = (noon.date() + timedelta(days=3)).isoformat()
    report = fresh("report-3-days", noon)
    give(report, notified_on=day)
    assert due in str(report.question(paths(report)["due_note"]).label)
    for hour in ("00:00", "00:30", "11:59"):
        told = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=noon.tzinfo).isoformat(timespec="milliseconds")
        notification = fresh("notification-24h", noon)
        give(notification, learned_at=told, told_at=told, told_way="phone")
        assert due in str(notification.question(paths(notification)["report_note"]).label)


@pytest.mark.parametrize(("hours", "late"), [(71.9, False), (72.1, True)])
def test_the_72_hour_list_says_when_it_is_due_and_asks_why_steps_are_open(hours: float, late: bool) -> None:
    of = fresh("list-72-hours")
    give(of, complaint_at=at(hours))
    where = paths(of)
    due = datetime.fromisoformat(at(hours)) + timedelta(hours=72)
    assert due.strftime("%Y-%m-%d %H:%M") in str(of.question(where["due_note"]).label)
    assert of.question(where["left_why"]).relevant is late
    steps = [name for name, path in where.items() if f"{name}_how" in where and of.kind(path) == "select_one"]
    assert len(steps) == 18
    give(of, **dict.fromkeys(steps, "done"))
    assert not of.question(where["left_why"]).relevant
    give(of, orders_asked="not_possible")
    assert of.question(where["orders_asked_how"]).required


@pytest.mark.parametrize(("form", "answers", "flags"), [
    ("follow-up-strangulation", {"breathing": "yes"}, {"flag_neck_emergency"}),
    ("follow-up-strangulation", {"happened": "yes", "carrying": "yes"}, {"flag_neck_doctor", "flag_neck_pregnant"}),
    ("follow-up-strangulation", {"breathing": "dont_know", "happened": "no"}, set()),
    ("follow-up-stalking", {"devices": "yes", "found": "yes"}, {"flag_stalking_devices", "flag_stalking_home"}),
    ("follow-up-honour", {"minor": "yes", "travel": "yes"}, {"flag_honour_minor", "flag_honour_travel"}),
    ("follow-up-child", {"alone_with": "yes"}, set()),
    ("follow-up-child", {"alone_with": "yes", "afraid": "yes"}, {"flag_child_handover"}),
    ("follow-up-child", {"killing": "yes"}, {"flag_child_now"}),
    ("external-result", {"placed": "extreme"}, {"flag_external_high"}),
    ("external-result", {"placed": "raised"}, set()),
    ("grid-24-topics", {"firearm": "yes"}, {"flag_firearm"}),
    ("grid-23-topics", {"separation": "yes", "isolation": "yes", "worse": "yes"}, {"flag_control"}),
    ("safety-plan", {"sleep_tonight": "no", "keep_copy": "none"}, {"flag_plan_tonight", "flag_plan_paper"}),
    ("notification-24h", {"danger_now": "yes", "children": "yes"}, {"flag_notify_now", "flag_notify_child"}),
    ("list-72-hours", {"firearms": "refused"}, {"flag_list_firearm_open"}),
    ("injury-documentation", {"neck": "yes", "takes_copy": "no"}, {"flag_injury_neck", "flag_injury_paper"}),
    ("programme-attendance", {"heard_danger": "yes"}, {"flag_programme_danger"}),
])  # fmt: skip
def test_a_flag_fires_whatever_else_is_open(form: str, answers: dict[str, str], flags: set[str]) -> None:
    of = fresh(form)
    give(of, **answers)
    assert fired(of) == flags


@pytest.mark.parametrize(("missed", "told"), [(1, False), (2, True), (3, True)])
def test_missed_sessions_are_told_from_the_cut_off_on(missed: int, told: bool) -> None:
    of = fresh("programme-attendance")
    for number in range(1, missed + 1):
        if number > 1:
            of.add_repeat("/data/sessions/session")
        of.set_value(f"/data/sessions/session[{number}]/came", "no")
    assert ("flag_programme_dropout" in fired(of)) is told


@pytest.mark.parametrize(("yes", "consent", "suggested"), [
    (13, "yes", False), (14, "yes", True), (15, "yes", True), (14, "no", False), (16, "no", False),
    (16, "unasked", False), (17, "no", True), (18, "unasked", True),
])  # fmt: skip
def test_a_conference_is_suggested_at_the_local_cut_off(yes: int, consent: str, suggested: bool) -> None:
    of = fresh("grid-24-topics")
    items = [node.path for node in of.definition.root.walk() if node.bind.extras.get("role") == "item"]
    for number, path in enumerate(items):
        of.set_value(path, "yes" if number < yes else "no")
    give(of, conference_consent=consent)
    assert of.question(paths(of)["conference_note"]).relevant is suggested


def score(of: FormSession) -> ScoreResult:
    found = of.score()
    assert found is not None
    return found


@pytest.mark.parametrize(("placed", "own", "reason"), [("high", "raised", True), ("high", "high", False)])
def test_a_grade_below_another_tools_result_needs_a_reason(placed: str, own: str, reason: bool) -> None:
    of = fresh("external-result")
    give(of, placed=placed, grade=own)
    assert of.question(paths(of)["reason"]).required is reason
    assert score(of).override == ("down" if reason else "")
    assert score(of).score is None


def test_an_injury_carries_its_chain_of_custody() -> None:
    of = fresh("injury-documentation")
    give(of, has_items="yes", finding="injuries")
    item = "/data/custody/item[1]"
    of.set_value(f"{item}/item_at", at(2))
    of.set_value(f"{item}/hand[1]/hand_at", at(3))
    violation = of.question(f"{item}/hand[1]/hand_at").violation
    assert violation is not None
    assert violation.message == "Between securing it and now."
    of.set_value(f"{item}/hand[1]/hand_at", at(1))
    assert of.question(f"{item}/hand[1]/hand_at").violation is None
