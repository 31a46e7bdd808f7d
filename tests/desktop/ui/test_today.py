"""Today on a real store: groups, acts by keyboard, drafts, what changed, how old it is; every sentence has words."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from desktop.model.grade import Grade
from desktop.model.moment import stamp
from desktop.model.record import CaseKey
from desktop.model.today import Group, TodayItem, Tone
from desktop.store.store import Store
from desktop.ui.frame import Frame
from desktop.ui.models.today import line_of
from desktop.ui.models.words import due_words, time_words
from desktop.ui.views.screen import Place
from desktop.ui.views.today import LAST_LOOK, TodayScreen, place_of
from tests.desktop.ui.opened import NOW, House, make_house, opened

KEY = CaseKey("a" * 32, "b" * 32)
ITEM = TodayItem("action", Group.DUE, KEY, "Harbour 214", "today.action_due", {}, Grade.HIGH, None, Tone.PLAIN, "open")


def today_of(frame: Frame, qtbot: QtBot) -> TodayScreen:
    screen = frame.in_sight()
    assert isinstance(screen, TodayScreen)
    qtbot.waitUntil(lambda: bool(screen.rows()))
    return screen


def words_of(screen: TodayScreen) -> str:
    return " | ".join(label.text() for label in screen.findChildren(QLabel) if label.isVisible())


def test_the_most_urgent_row_has_the_keyboard_and_enter_goes_there(qtbot: QtBot, house: House) -> None:
    _causeway, frame = opened(qtbot, house)
    screen = today_of(frame, qtbot)
    qtbot.waitUntil(lambda: [row.hasFocus() for row in screen.rows()[:1]] == [True])
    first = screen.rows()[0]
    assert first.facts().title == "Harbour 214"
    asked: list[Place] = []
    screen.go.disconnect(frame.open)
    screen.go.connect(asked.append)
    QTest.keyClick(first, Qt.Key.Key_Return)
    QTest.keySequence(screen.window(), QKeySequence("N"))
    assert [place.screen for place in asked] == ["case", "report"]


def test_groups_stand_in_their_order_with_the_day_in_words(qtbot: QtBot, house: House) -> None:
    _causeway, frame = opened(qtbot, house)
    shown = words_of(today_of(frame, qtbot))
    assert "Monday 23 November, 09:42" in shown
    assert shown.index("Now") < shown.index("Due today")


def test_an_empty_day_says_so(qtbot: QtBot, tmp_path_factory: pytest.TempPathFactory) -> None:
    _causeway, frame = opened(qtbot, make_house(tmp_path_factory.mktemp("empty")))
    screen = frame.in_sight()
    assert isinstance(screen, TodayScreen)
    qtbot.waitUntil(lambda: "Nothing needs you now" in words_of(screen))
    assert screen.rows() == []


def test_a_half_filled_form_stands_aside_and_opens(qtbot: QtBot, house: House) -> None:
    house.with_store(lambda store: store.drafts.begin("risk_record", "1", "f" * 64))
    _causeway, frame = opened(qtbot, house)
    screen = today_of(frame, qtbot)
    qtbot.waitUntil(lambda: "Drafts on this laptop" in words_of(screen))
    assert "No form is half-filled." not in words_of(screen)
    assert all(row.facts().act != "Continue" for row in screen.rows())


def test_what_changed_since_the_last_look_is_named_by_code_name(qtbot: QtBot, house: House) -> None:
    causeway, frame = opened(qtbot, house)
    today_of(frame, qtbot)
    frame.desk.remembered.keep(LAST_LOOK, stamp(NOW - timedelta(hours=1)))
    causeway.lock()
    again = frame.desk.remembered.word(LAST_LOOK, "")
    assert again == stamp(NOW)
    frame.desk.remembered.keep(LAST_LOOK, stamp(NOW - timedelta(hours=1)))
    _causeway, frame = opened(qtbot, house)
    screen = today_of(frame, qtbot)
    qtbot.waitUntil(lambda: "Since you last looked, 08:42" in words_of(screen))


def test_a_commit_repaints_and_the_keyboard_stays_in_the_list(qtbot: QtBot, house: House) -> None:
    _causeway, frame = opened(qtbot, house)
    screen = today_of(frame, qtbot)
    before = len(screen.rows())
    due = stamp(NOW - timedelta(days=1))

    def overdue(store: object) -> object:
        assert isinstance(store, Store)
        key = store.cases.new("Spruce 247")
        return store.cases.add_record(key, "action", {"title": "Ask for the key", "due": due, "status": "open"})

    frame.desk.tasks.change(overdue, lambda _done: None, owner=screen)
    qtbot.waitUntil(lambda: len(screen.rows()) == before + 1)
    assert any(row.facts().title == "Spruce 247" for row in screen.rows())
    qtbot.waitUntil(lambda: [row.facts().title for row in screen.rows() if row.hasFocus()] == ["Harbour 214"])


def many_overdue(store: Store) -> None:
    for number in range(30):
        key = store.cases.new(f"Spruce {number:03}")
        due = stamp(NOW - timedelta(days=1, minutes=number))
        store.cases.add_record(key, "action", {"title": "Ask for the key", "due": due, "status": "open"})


def test_a_long_day_opens_at_its_top_and_keeps_its_place(qtbot: QtBot, house: House) -> None:
    house.with_store(many_overdue)
    _causeway, frame = opened(qtbot, house)
    screen = today_of(frame, qtbot)
    qtbot.waitUntil(screen.rows()[0].hasFocus)
    bar = screen.findChildren(QScrollArea)[0].verticalScrollBar()
    assert bar.maximum() > 400
    assert bar.value() == 0
    assert screen.rows()[0].visibleRegion().boundingRect().height() == screen.rows()[0].height()
    screen.rows()[20].setFocus()
    bar.setValue(300)
    held = screen.rows()[20].facts().title
    frame.desk.tasks.change(lambda store: store.cases.new("Aspen 001"), lambda _done: None, owner=screen)
    new = {"title": "Ring the school", "due": stamp(NOW - timedelta(days=9)), "status": "open"}
    frame.desk.tasks.change(
        lambda store: store.cases.add_record(store.cases.new("Birch 002"), "action", new),
        lambda _done: None,
        owner=screen,
    )
    qtbot.waitUntil(lambda: any(row.facts().title == "Birch 002" for row in screen.rows()))
    qtbot.waitUntil(lambda: [row.facts().title for row in screen.rows() if row.hasFocus()] == [held])
    focused = next(row for row in screen.rows() if row.hasFocus())
    assert focused.visibleRegion().boundingRect().height() == focused.height()
    assert bar.value() >= 300


def test_a_reading_that_finds_the_same_things_builds_nothing(qtbot: QtBot, house: House) -> None:
    _causeway, frame = opened(qtbot, house)
    screen = today_of(frame, qtbot)
    before = list(screen.rows())
    frame.desk.tasks.change(lambda store: store.cases.new("Aspen 001"), lambda _done: None, owner=screen)
    qtbot.wait(500)
    assert screen.rows() == before


CODES = [
    "referral_contested",
    "referral_declined",
    "referral_asked",
    "silent_ack",
    "silent_decide",
    "silent_first_contact",
    "silent_outcome",
    "phone_now",
    "waiting_ack",
    "waiting_decide",
    "waiting_first_contact",
    "waiting_outcome",
    "waiting_info",
    "owed_ack",
    "owed_decide",
    "owed_first_contact",
    "owed_outcome",
    "referral_received",
]


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_about_a_referral_has_words_of_its_own(code: str) -> None:
    params = {"sender": "u1", "recipient": "u2", "reference": "HARPEN", "state": "sent"}
    item = replace(ITEM, kind="referral", title_code=f"today.{code}", params=params)
    line = line_of(item, {"u1": "Police", "u2": "Health"}, NOW)
    assert "{" not in line.text + line.why
    assert line.text != "Referral HARPEN"
    assert place_of(item).screen == "referral"


@pytest.mark.parametrize(
    ("kind", "code", "params", "screen"),
    [
        ("flag", "today.flag", {"label": "Firearm"}, "case"),
        ("action", "today.action_over", {"title": "Visit", "owner": "R. Alder"}, "case"),
        ("order", "today.order_ends", {"order": "barring_order"}, "case"),
        ("conflict", "today.conflict", {"kind": "safe_contact", "field": "rule", "why": "stands.contact"}, "conflicts"),
        ("draft", "today.draft", {"title": "Risk record", "updated_at": stamp(NOW)}, "form"),
        ("refused", "today.refused", {"count": "2"}, "sync"),
    ],
)
def test_every_kind_has_words_and_a_way(kind: str, code: str, params: dict[str, str], screen: str) -> None:
    item = replace(ITEM, kind=kind, title_code=code, params=params, ref="r")
    line = line_of(item, {}, NOW)
    assert line.text
    assert "{" not in line.text + line.why
    assert not line.text.startswith("today.")
    assert place_of(item).screen == screen


@pytest.mark.parametrize(
    ("hours", "words", "tone"),
    [
        (-0.5, "30 min over", "danger"),
        (-5, "5 hours over", "danger"),
        (-50, "2 days over", "danger"),
        (2, "by 11:42", "warn"),
        (26, "Tue 24 Nov", "muted"),
    ],
)
def test_when_something_is_due_is_said_as_people_say_it(hours: float, words: str, tone: str) -> None:
    assert due_words(NOW + timedelta(hours=hours), NOW) == (words, tone)


def test_times_are_said_shorter_the_nearer_they_are() -> None:
    said = [time_words(NOW - timedelta(days=days), NOW) for days in (0, 2, 30, 400)]
    assert said == ["09:42", "Sat 09:42", "24 Oct 09:42", "19 Oct 2025"]
