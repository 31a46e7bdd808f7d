"""The referral screen between two real desks: what goes and what stays, what stops it, sending, answering."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.demo.partnership import HEALTH
from desktop.model.case import CaseloadQuery
from desktop.model.record import CaseKey
from desktop.model.referral import ReferralState, ReferralView
from desktop.packs import install_shipped
from desktop.paths import resources_root
from desktop.store.store import Store
from desktop.ui.theme.theme import apply_theme, make_theme
from desktop.ui.views.referral import ReferralScreen
from desktop.ui.views.referral_choose import ChooseRecipient
from desktop.ui.views.referral_follow import FollowReferral
from desktop.ui.views.referral_send import SendReferral
from desktop.ui.views.screen import Place
from tests.desktop.ui.opened import make_house, opened
from tests.desktop.ui.referral_desks import (
    ADDRESS,
    NUMBER,
    Clock,
    Table,
    Two,
    converted,
    filled,
    harbour,
    labels_of,
    two_desks,
)

LONG = 6_000
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture(autouse=True)
def light(qapp: QApplication) -> None:
    """Light at 100 %."""
    apply_theme(qapp, make_theme("light", resources_root(), 1.0))


@pytest.fixture
def two(tmp_path: Path, qapp: Any) -> Iterator[Two]:
    yield from two_desks(tmp_path)


def shown(qtbot: QtBot, table: Table, place: Place) -> ReferralScreen:
    screen = ReferralScreen(table.desk, place)
    table.tasks.changed.connect(screen.store_changed)
    qtbot.addWidget(screen)
    screen.resize(1166, 716)
    screen.show()
    screen.enter()
    return screen


def at_last_page(qtbot: QtBot, two: Two, *, contact: bool = True, grade: str = "high", **other: str) -> SendReferral:
    key = two.police.do(lambda store: harbour(store, contact=contact, grade=grade))
    draft = two.police.do(lambda store: filled(store, key, two.unit(HEALTH), two.police.clock, **other))
    return reopened(qtbot, two, key, draft)


def reopened(qtbot: QtBot, two: Two, key: CaseKey, draft: str) -> SendReferral:
    screen = shown(qtbot, two.police, Place.of("referral", space=key.space, tag=key.tag, draft=draft))
    part = screen.part
    assert isinstance(part, SendReferral)
    qtbot.waitUntil(lambda: part.page is not None, timeout=LONG)
    return part


def sent(qtbot: QtBot, two: Two, **how: Any) -> ReferralView:
    part = at_last_page(qtbot, two, **how)
    with qtbot.waitSignal(part.model.sent, timeout=LONG):
        part.send.click()
    part.host.close()
    return the_one(two.police)


def the_one(table: Table) -> ReferralView:
    views = table.do(lambda store: store.referrals.list())
    assert len(views) == 1
    return views[0]


def following(qtbot: QtBot, table: Table, view: ReferralView) -> FollowReferral:
    place = Place.of("referral", space=view.key.space, tag=view.key.tag, referral=view.id)
    part = shown(qtbot, table, place).part
    assert isinstance(part, FollowReferral)
    qtbot.waitUntil(lambda: part.page is not None, timeout=LONG)
    return part


def carry_out(qtbot: QtBot, part: FollowReferral, code: str, **said: str) -> None:
    part.acts[code].click()
    assert part.form is not None
    for name, words in said.items():
        control: Any = part.form.field(name).control
        (control.setPlainText if hasattr(control, "setPlainText") else control.setText)(words)
    with qtbot.waitSignal(part.model.done, timeout=LONG):
        part.form.give.click()


def the_one_key(store: Store) -> CaseKey:
    return store.referrals.list()[0].key


def everything_in(store: Store, key: CaseKey) -> str:
    """Every value of a file, as one text."""
    return repr({name: dict(record.fields) for name, record in store.cases.records(key).items()})


def test_choosing_the_recipient_begins_a_form_with_what_the_case_knows(qtbot: QtBot, two: Two) -> None:
    key = two.police.do(harbour)
    screen = shown(qtbot, two.police, Place.of("referral", space=key.space, tag=key.tag))
    part = screen.part
    assert isinstance(part, ChooseRecipient)
    qtbot.waitUntil(lambda: len(part.radios) == 2, timeout=LONG)
    assert "Staffed now, until 18:00" in labels_of(part)
    assert not part.go_on.isEnabled()
    part.radios[two.unit(HEALTH)].click()
    with qtbot.waitSignal(screen.replaced, timeout=LONG) as gone:
        part.go_on.click()
    place = gone.args[0]
    assert place.screen == "form"
    draft = two.police.do(lambda store: store.drafts.load(place.get("draft")))
    assert draft is not None
    answers = {ref.rsplit("/", 1)[-1]: value for ref, value in draft.answers.items()}
    assert answers["person_name"] == "Wren Teixeira"
    assert answers["grade"] == "high"
    assert answers["flags"] == "firearm strangulation" or answers["flags"] == "strangulation firearm"
    assert answers["number"] == NUMBER
    assert answers["address"] == ""
    assert len(answers["reference"]) == 6
    assert draft.head.case_ref == key.ref


def test_without_safe_contact_it_is_not_sent_and_the_page_says_why(qtbot: QtBot, two: Two) -> None:
    part = at_last_page(qtbot, two, contact=False, contact_way="direct", number="")
    part.send.click()
    assert "A referral cannot be sent without saying how she can be reached safely." in part.errors["contact"].message()
    assert "safely" in labels_of(part)
    assert two.police.do(lambda store: store.referrals.list()) == []
    assert len(two.police.do(lambda store: store.drafts.list())) == 1


def test_a_protected_address_is_locked_shown_nowhere_and_never_leaves(qtbot: QtBot, two: Two) -> None:
    part = at_last_page(qtbot, two)
    assert part.page is not None
    locked = next(item for item in part.page.items if item.title == "Home address")
    assert not locked.movable
    assert locked.code not in part.columns.ticks
    assert "Home address: locked" in labels_of(part)
    part.model.tick(locked.code, shared=True)
    qtbot.waitUntil(lambda: bool(part.page and (part.page.context.ticks or {}).get(locked.code)), timeout=LONG)
    assert not next(item for item in part.page.items if item.code == locked.code).shared

    def kept(code: str) -> bool:
        return bool(part.page and (part.page.context.ticks or {}).get(code))

    open_ones = [code for code, tick in part.columns.ticks.items() if not tick.isChecked()]
    for code in open_ones:
        part.columns.ticks[code].click()
        qtbot.waitUntil(partial(kept, code), timeout=LONG)
    assert ADDRESS not in labels_of(part)
    with qtbot.waitSignal(part.model.sent, timeout=LONG):
        part.send.click()
    two.sync()
    view = the_one(two.health)
    theirs = two.health.do(lambda store: everything_in(store, view.key))
    assert "Wren Teixeira" in theirs
    assert "Old mill" not in theirs
    assert "Old mill" not in repr(view.content)
    follow = following(qtbot, two.health, view)
    assert "Old mill" not in labels_of(follow)


def test_a_protected_address_in_free_words_stops_it(qtbot: QtBot, two: Two) -> None:
    part = at_last_page(qtbot, two, last_incident="At old  mill-lane 3 he pushed her.")
    part.send.click()
    assert "Last incident" in part.errors["items"].message()
    assert ADDRESS not in part.errors["items"].message()
    assert two.police.do(lambda store: store.referrals.list()) == []
    part.columns.ticks["incident"].click()
    qtbot.waitUntil(lambda: part.page is not None and part.page.may_go, timeout=LONG)
    assert part.errors["items"].message() == ""


def test_what_was_chosen_outlives_the_program(qtbot: QtBot, two: Two) -> None:
    part = at_last_page(qtbot, two)
    page = part.page
    assert page is not None
    with qtbot.waitSignal(part.model.saved, timeout=LONG):
        part.columns.ticks["view"].click()
    with qtbot.waitSignal(part.model.saved, timeout=LONG):
        part.speech["yes"].click()
    part.begin_call()
    assert part.call is not None
    answered: Any = part.call.field("answered").control
    answered.setText("S. Linden")
    with qtbot.waitSignal(part.model.saved, timeout=LONG):
        part.call.give.click()
    reference = page.reference
    part.host.close()
    two.police.rise()
    two.police.sit()
    again = reopened(qtbot, two, page.key, page.draft_id)
    assert again.page is not None
    assert not again.columns.ticks["view"].isChecked()
    assert again.speech["yes"].isChecked()
    assert again.page.reference == reference
    assert "S. Linden answered" in labels_of(again)
    with qtbot.waitSignal(again.model.sent, timeout=LONG):
        again.send.click()
    view = the_one(two.police)
    assert view.spoken_reference == reference
    assert [event.state for event in view.events] == ["call_logged"]
    assert "More afraid" not in repr(view.content)
    assert two.police.do(lambda store: store.drafts.list()) == []


def test_sent_opened_once_accepted_and_the_holder_moves(qtbot: QtBot, two: Two) -> None:
    view = sent(qtbot, two)
    assert view.queue_state == "outbox"
    at_police = following(qtbot, two.police, view)
    assert "You hold the risk until Health accepts" in labels_of(at_police)
    assert "Phone Health now" in labels_of(at_police)
    two.sync()
    at_health = following(qtbot, two.health, the_one(two.health))
    at_health.host.enter()
    qtbot.waitUntil(lambda: the_one(two.health).state is ReferralState.SEEN, timeout=LONG)
    two.sync()
    qtbot.waitUntil(lambda: "Opened, not yet answered" in labels_of(at_police), timeout=LONG)
    assert [event.state for event in the_one(two.police).events].count("seen") == 1
    assert "Police holds the risk until you accept" in labels_of(at_health)
    carry_out(qtbot, at_health, "accept")
    qtbot.waitUntil(lambda: "You hold the risk" in labels_of(at_health), timeout=LONG)
    two.sync()
    qtbot.waitUntil(lambda: "Health holds the risk" in labels_of(at_police), timeout=LONG)
    assert the_one(two.police).holder == two.unit(HEALTH)
    own = two.health.do(lambda store: store.cases.caseload(CaseloadQuery(scope="mine")))
    assert [(row.code_name, row.lead_worker) for row in own] == [("Harbour 214", "S. Linden")]


def test_high_risk_is_declined_only_after_a_logged_call(qtbot: QtBot, two: Two) -> None:
    sent(qtbot, two)
    two.sync()
    part = following(qtbot, two.health, the_one(two.health))
    qtbot.waitUntil(lambda: "decline" in part.acts, timeout=LONG)
    part.acts["decline"].click()
    assert part.form is not None
    assert not part.form.give.isEnabled()
    assert "High risk is declined only by telephone" in labels_of(part)
    reason: Any = part.form.field("reason").control
    reason.setPlainText("No bed tonight")
    part.form.call_wanted.emit()
    answered: Any = part.form.field("answered").control
    answered.setText("R. Alder")
    with qtbot.waitSignal(part.model.done, timeout=LONG):
        part.form.give.click()
    qtbot.waitUntil(lambda: "decline" in part.acts and part.page is not None and part.page.own_call(two.unit(HEALTH)))
    part.acts["decline"].click()
    assert part.form.typed()["reason"] == "No bed tonight"
    with qtbot.waitSignal(part.model.done, timeout=LONG):
        part.form.give.click()
    two.sync()
    view = the_one(two.police)
    assert view.state is ReferralState.DECLINED
    assert view.holder == view.sender
    at_police = following(qtbot, two.police, view)
    assert "You hold the risk again" in labels_of(at_police)
    assert "No bed tonight" in labels_of(at_police)
    with qtbot.waitSignal(at_police.host.go, timeout=LONG) as gone:
        at_police.acts["send_on"].click()
    assert gone.args[0].screen == "referral"


def test_the_preview_is_what_the_recipient_reads(qtbot: QtBot, two: Two) -> None:
    part = at_last_page(qtbot, two)
    preview = labels_of(part.preview)
    with qtbot.waitSignal(part.model.sent, timeout=LONG):
        part.send.click()
    two.sync()
    follow = following(qtbot, two.health, the_one(two.health))
    assert labels_of(follow.sheet) == preview
    assert "Pip" not in preview
    assert NUMBER not in preview


def test_the_number_is_shown_only_after_it_was_asked_for_and_that_is_logged(qtbot: QtBot, two: Two) -> None:
    part = at_last_page(qtbot, two)
    assert NUMBER not in labels_of(part)
    with qtbot.waitSignal(part.model.number, timeout=LONG):
        part.contact.open_requested.emit()
    assert NUMBER in labels_of(part.contact)
    assert part.page is not None
    ref = part.page.key.ref
    lines = two.police.do(lambda store: store.audit.lines(ref))
    assert "contact.number_opened" in [line.act for line in lines]


def test_withdrawn_consent_stops_it(qtbot: QtBot, two: Two) -> None:
    part = at_last_page(qtbot, two)
    assert part.page is not None
    key = part.page.key
    two.police.do(lambda store: store.cases.add_record(key, "consent", {"state": "withdrawn", "recipient": ""}))
    qtbot.waitUntil(lambda: "withdrawn" in part.errors["basis"].message(), timeout=LONG)
    part.send.click()
    assert two.police.do(lambda store: store.referrals.list()) == []


def test_a_stricter_rule_of_the_case_stands_over_the_forms(qtbot: QtBot, two: Two) -> None:
    part = at_last_page(qtbot, two)
    assert part.page is not None
    key = part.page.key

    def stricter(store: Store) -> None:
        file = store.cases.file(key)
        assert file.safe_contact is not None
        record = next(rid for kind, rid in file.records if kind == "safe_contact")
        rule = {"level": "via", "via": "the school nurse"}
        store.cases.edit(key, "safe_contact", record, "rule", rule, file.safe_contact.shown_ids)

    two.police.do(stricter)
    qtbot.waitUntil(lambda: part.page is not None and part.page.rule.get("level") == "via", timeout=LONG)
    assert "the school nurse" in labels_of(part.contact)
    assert NUMBER not in repr(part.page.content)


def test_a_recipient_without_the_program_answers_by_word_of_mouth(qtbot: QtBot, two: Two) -> None:
    two.health.do(lambda store: store.directory.put_own({"receives": False}))
    two.sync()
    view = sent(qtbot, two)
    part = following(qtbot, two.police, view)
    qtbot.waitUntil(lambda: "accept" in part.acts, timeout=LONG)
    part.acts["accept"].click()
    assert part.form is not None
    part.form.give.click()
    assert part.form.field("told_by").error() == "Write this first."
    part.form.left.emit()
    carry_out(qtbot, part, "accept", told_by="S. Linden, 11:20")
    assert the_one(two.police).state is ReferralState.ACCEPTED
    assert "as told by S. Linden, 11:20" in labels_of(part)


def test_the_whole_course_to_feedback(qtbot: QtBot, two: Two) -> None:
    sent(qtbot, two, grade="raised")
    two.sync()
    part = following(qtbot, two.health, the_one(two.health))
    qtbot.waitUntil(lambda: "ask" in part.acts, timeout=LONG)
    carry_out(qtbot, part, "ask", reason="Is an interpreter needed?")
    two.sync()
    at_police = following(qtbot, two.police, the_one(two.police))
    carry_out(qtbot, at_police, "answer", note="Yes, Portuguese")
    two.sync()
    carry_out(qtbot, part, "accept")
    carry_out(qtbot, part, "first_contact")
    carry_out(qtbot, part, "progress")
    carry_out(qtbot, part, "complete", outcome="Seen, no injury, comes again")
    carry_out(qtbot, part, "feedback")
    two.sync()
    view = the_one(two.police)
    assert view.state is ReferralState.COMPLETED
    assert view.feedback_told
    assert all(clock.met for clock in view.clocks)
    assert "Yes, Portuguese" in labels_of(part)


def test_an_answer_that_holds_the_protected_address_is_not_sent(qtbot: QtBot, two: Two) -> None:
    sent(qtbot, two, grade="raised")
    two.sync()
    part = following(qtbot, two.health, the_one(two.health))
    qtbot.waitUntil(lambda: "ask" in part.acts, timeout=LONG)
    carry_out(qtbot, part, "ask", reason="Where does she live?")
    two.sync()
    at_police = following(qtbot, two.police, the_one(two.police))
    at_police.acts["answer"].click()
    assert at_police.form is not None
    note: Any = at_police.form.field("note").control
    note.setPlainText(f"At {ADDRESS}")
    with qtbot.waitSignal(at_police.host.notice, timeout=LONG) as told:
        at_police.form.give.click()
    assert told.args[0].code == "referral.leak"
    assert at_police.form.give.isEnabled()
    assert note.toPlainText() == f"At {ADDRESS}"
    two.sync()
    assert "Old mill" not in two.health.do(lambda store: everything_in(store, the_one_key(store)))


def test_in_the_window_by_keyboard_alone(qtbot: QtBot, tmp_path: Path) -> None:
    house = make_house(tmp_path / "laptop")

    def prepare(store: Store) -> tuple[CaseKey, str, str]:
        install_shipped(store.form_versions, resources_root() / "forms", convert=converted)
        key = harbour(store)
        unit = next(relay.unit for relay in store.directory.relays() if relay.agency == HEALTH)
        return key, unit, filled(store, key, unit, Clock(), call_back="01632 960101")

    key, unit, draft = house.with_store(prepare)
    _, frame = opened(qtbot, house)
    frame.open(Place.of("referral", space=key.space, tag=key.tag))
    screen: Any = frame.in_sight()
    qtbot.waitUntil(lambda: unit in screen.part.radios, timeout=LONG)
    QTest.keyClick(screen.part.radios[unit], Qt.Key.Key_Space)
    QTest.keyClick(screen, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: frame.place().screen == "form", timeout=LONG)
    frame.open(Place.of("referral", space=key.space, tag=key.tag, draft=draft))
    last: Any = frame.in_sight()
    qtbot.waitUntil(lambda: last.part.page is not None, timeout=LONG)
    QTest.keyClick(last, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(frame.place().get("referral")), timeout=LONG)
    followed: Any = frame.in_sight()
    qtbot.waitUntil(lambda: followed.part.page is not None, timeout=LONG)
    assert frame.notices() == []
    frame.do("referrals")
    rows: Any = frame.in_sight()
    qtbot.waitUntil(lambda: rows.model.rowCount() == 1, timeout=LONG)
