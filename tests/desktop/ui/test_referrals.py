"""The list of referrals: what it says, what its filters leave, Enter opens; and the rules of what goes and stays."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.demo.partnership import HEALTH
from desktop.model.contact import can_send
from desktop.model.record import CaseKey
from desktop.paths import resources_root
from desktop.store.store import Store
from desktop.ui.models.referral_answers import Filled, contact_answers, contact_rule
from desktop.ui.models.referral_items import chosen_of, items_of, leaks
from desktop.ui.models.referral_page import send_page
from desktop.ui.theme.theme import apply_theme, make_theme
from desktop.ui.views.referrals import ReferralsScreen
from desktop.ui.views.screen import Place
from sync.records import CONTACT_LEVELS
from tests.desktop.ui.referral_desks import ADDRESS, RULE, Table, Two, filled, harbour, labels_of, two_desks

LONG = 6_000
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture(autouse=True)
def light(qapp: QApplication) -> None:
    """Light at 100 %."""
    apply_theme(qapp, make_theme("light", resources_root(), 1.0))


@pytest.fixture
def two(tmp_path: Path, qapp: QApplication) -> Iterator[Two]:
    yield from two_desks(tmp_path)


def listed(qtbot: QtBot, table: Table) -> ReferralsScreen:
    screen = ReferralsScreen(table.desk, Place.of("referrals"))
    table.tasks.changed.connect(screen.store_changed)
    qtbot.addWidget(screen)
    screen.resize(1166, 716)
    screen.show()
    with qtbot.waitSignal(screen.model.loaded, timeout=LONG):
        screen.enter()
    return screen


def send_one(two: Two, grade: str = "high") -> None:
    key = two.police.do(lambda store: harbour(store, grade=grade))
    draft = two.police.do(lambda store: filled(store, key, two.unit(HEALTH), two.police.clock))
    desk = two.police.desk
    two.police.do(lambda store: send_page(store, draft, desk.now, desk.zone))


def row_words(screen: ReferralsScreen, row: int = 0) -> str:
    model = screen.model
    return " | ".join(str(model.index(row, column).data()) for column in range(model.columnCount()))


def test_an_empty_list_says_where_referrals_come_from(qtbot: QtBot, two: Two) -> None:
    screen = listed(qtbot, two.police)
    assert "No referrals yet" in labels_of(screen)


def test_both_sides_see_state_holder_and_clock_and_enter_opens(qtbot: QtBot, two: Two) -> None:
    send_one(two)
    screen = listed(qtbot, two.police)
    words = row_words(screen)
    assert "Harbour 214" in words
    assert "In outbox" in words
    assert "You hold the risk until Northmere hospital unit accepts" in words
    assert "by 12:58" in words
    two.sync()
    theirs = listed(qtbot, two.health)
    assert "Police, Rural West holds the risk until you accept" in row_words(theirs)
    with qtbot.waitSignal(theirs.go, timeout=LONG) as gone:
        QTest.keyClick(theirs.table, Qt.Key.Key_Return)
    place = gone.args[0]
    assert place.screen == "referral"
    assert place.get("referral") == theirs.model.referral(0).id


def test_filters_and_tabs_leave_what_fits(qtbot: QtBot, two: Two) -> None:
    send_one(two)
    send_one(two, "raised")
    screen = listed(qtbot, two.police)
    assert screen.model.rowCount() == 2
    screen.filters["high"].click()
    assert screen.model.rowCount() == 1
    assert screen.model.referral(0).grade.value == "high"
    screen.clear()
    screen.tabs.button(2).click()
    assert screen.model.rowCount() == 0
    assert "Nothing matches" in labels_of(screen)
    screen.tabs.button(1).click()
    screen.search.setText(screen.model.referral(1).spoken_reference.lower())
    assert screen.model.rowCount() == 1


def test_what_a_partner_answers_reaches_the_list(qtbot: QtBot, two: Two) -> None:
    send_one(two, "raised")
    two.sync()
    screen = listed(qtbot, two.police)
    view = screen.model.referral(0)
    two.health.do(lambda store: store.referrals.event(view.key, view.id, "accepted"))
    two.sync()
    qtbot.waitUntil(lambda: "Accepted" in row_words(screen), timeout=LONG)
    assert "Northmere hospital unit holds the risk" in row_words(screen)


def test_no_choice_of_ticks_lets_a_protected_value_out(two: Two) -> None:
    key = two.police.do(harbour)

    def look(store: Store, key: CaseKey = key) -> Any:
        file = store.cases.file(key)
        filled_in = Filled(values={"address_protected": "yes"}, words={"last_incident": "In the kitchen."})
        every = items_of(file, filled_in, store.seat.unit, {})
        ticked = items_of(file, filled_in, store.seat.unit, {item.code: True for item in every})
        return file, ticked

    file, ticked = two.police.do(look)
    assert all(item.shared for item in ticked if item.movable)
    assert ADDRESS not in repr(ticked)
    fields = {(choice.kind, name) for choice in chosen_of(ticked) for name in choice.fields}
    assert ("person", "address") not in fields
    assert leaks(file, ticked, {}) == ()
    assert leaks(file, ticked, {"agreed": f"She stays at {ADDRESS.upper()}."})
    assert leaks(file, ticked, {"agreed": "oldmilllane3"})


def test_the_cases_rule_comes_back_from_the_form_as_it_was() -> None:
    words = contact_answers(RULE)
    rule, stricter = contact_rule(Filled(values=words), RULE)
    assert not stricter
    assert {name: rule[name] for name in RULE} == RULE


@given(case=st.sampled_from(["", *CONTACT_LEVELS]), way=st.sampled_from(["", "direct", "via"]))
def test_the_form_never_loosens_the_cases_rule(case: str, way: str) -> None:
    case_rule = {"level": case, "via": "school", "channel": "mobile", "number": "1"} if case else {}
    values = {"contact_way": way, "via": "nurse", "channel": "phone", "number": "2"}
    rule, _ = contact_rule(Filled(values=values), case_rule)
    order = ["", *CONTACT_LEVELS]
    assert order.index(str(rule.get("level") or "")) >= order.index(case)
    assert can_send(rule) is bool(case or way)
