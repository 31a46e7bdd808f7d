"""What is typed into an act on a referral survives leaving, locking and a kill, until it is written or let go."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.demo.partnership import HEALTH
from desktop.errors import KnownError
from desktop.model.referral import ReferralState, ReferralView
from desktop.paths import resources_root
from desktop.store.edits import Begun
from desktop.store.store import Store
from desktop.ui.models.case_begun import act_editor
from desktop.ui.notices import Notice
from desktop.ui.theme.theme import apply_theme, make_theme
from desktop.ui.views.referral_follow import FollowReferral
from desktop.ui.views.today import place_of
from tests.desktop.ui.killed import killed
from tests.desktop.ui.opened import House
from tests.desktop.ui.referral_desks import RULE, Table, Two, labels_of, two_desks
from tests.desktop.ui.test_referral import following, sent, the_one

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
LONG = 20_000
PROMISED_MS = 300
WORDS = "Is anyone with her at night?"


@pytest.fixture
def two(tmp_path: Path, qapp: QApplication) -> Iterator[Two]:
    apply_theme(qapp, make_theme("light", resources_root(), 1.0))
    yield from two_desks(tmp_path)


def received(qtbot: QtBot, two: Two, **how: Any) -> ReferralView:
    sent(qtbot, two, **how)
    two.sync()
    return the_one(two.health)


def begun(qtbot: QtBot, part: FollowReferral, code: str, name: str, words: str) -> None:
    qtbot.waitUntil(lambda: code in part.acts, timeout=LONG)
    part.acts[code].click()
    write(part, name, words)


def write(part: FollowReferral, name: str, words: str) -> None:
    assert part.form is not None
    control: Any = part.form.field(name).control
    (control.setPlainText if hasattr(control, "setPlainText") else control.setText)(words)


def kept(table: Table) -> tuple[Begun, ...]:
    return table.do(lambda store: store.edits.list())


def again(qtbot: QtBot, table: Table, part: FollowReferral, view: ReferralView) -> FollowReferral:
    """Left at once after the last keystroke; opened again as if the program had ended."""
    part.host.leave()
    table.tasks.changed.disconnect(part.host.store_changed)
    part.host.close()
    return following(qtbot, table, view)


def test_what_is_typed_is_kept_while_typing_and_comes_back(qtbot: QtBot, two: Two) -> None:
    view = received(qtbot, two)
    part = following(qtbot, two.health, view)
    begun(qtbot, part, "ask", "reason", WORDS)
    qtbot.waitUntil(lambda: [one.typed["reason"] for one in kept(two.health)] == [WORDS], timeout=LONG)
    write(part, "reason", f"{WORDS} And by day?")
    fresh = again(qtbot, two.health, part, view)
    assert fresh.form is not None
    assert fresh.form.typed()["reason"] == f"{WORDS} And by day?"
    assert "nothing was written" in labels_of(fresh)
    with qtbot.waitSignal(fresh.model.done, timeout=LONG):
        fresh.form.give.click()
    assert kept(two.health) == ()
    assert the_one(two.health).state is ReferralState.NEEDS_INFO


def test_what_is_begun_stands_on_today_and_leads_back_to_its_referral(qtbot: QtBot, two: Two) -> None:
    view = received(qtbot, two)
    part = following(qtbot, two.health, view)
    begun(qtbot, part, "ask", "reason", WORDS)
    part.host.leave()
    now = two.health.clock()
    (item,) = two.health.do(lambda store: [one for one in store.today.items(now) if one.kind == "edit"])
    place = place_of(item)
    assert (place.screen, place.get("referral")) == ("referral", view.id)
    assert WORDS not in repr(item)


def test_let_go_keeps_nothing_and_can_be_had_back(qtbot: QtBot, two: Two) -> None:
    part = following(qtbot, two.health, received(qtbot, two))
    begun(qtbot, part, "ask", "reason", WORDS)
    qtbot.waitUntil(lambda: bool(kept(two.health)), timeout=LONG)
    said: list[Notice] = []
    part.host.notice.connect(said.append)
    assert part.form is not None
    part.form.left.emit()
    qtbot.waitUntil(lambda: kept(two.health) == (), timeout=LONG)
    assert "ask" in part.acts, "the act can be begun again"
    assert said[-1].act is not None
    said[-1].act[1]()
    assert part.form.typed()["reason"] == WORDS
    qtbot.waitUntil(lambda: len(kept(two.health)) == 1, timeout=LONG)
    write(part, "reason", "")
    qtbot.waitUntil(lambda: kept(two.health) == (), timeout=LONG)


def test_two_acts_begun_are_both_kept_and_the_call_comes_first(qtbot: QtBot, two: Two) -> None:
    view = received(qtbot, two)
    part = following(qtbot, two.health, view)
    begun(qtbot, part, "decline", "reason", "No bed tonight")
    assert part.form is not None
    part.form.call_wanted.emit()
    write(part, "answered", "R. Alder")
    fresh = again(qtbot, two.health, part, view)
    names = {act_editor(view.id, "decline"), act_editor(view.id, "call")}
    assert {one.editor for one in kept(two.health)} == names
    assert fresh.form is not None
    other = {"call": "decline", "decline": "call"}[fresh.form.act.code]
    fresh._close_form()
    fresh.acts[other].click()
    typed = fresh.form.typed()
    assert typed["reason" if other == "decline" else "answered"] in {"No bed tonight", "R. Alder"}


def test_an_answer_that_no_longer_follows_is_shown_until_it_is_let_go(qtbot: QtBot, two: Two) -> None:
    view = received(qtbot, two, grade="medium")
    part = following(qtbot, two.health, view)
    begun(qtbot, part, "ask", "reason", WORDS)
    part.host.leave()
    key = the_one(two.health).key
    two.health.do(lambda store: store.referrals.event(key, view.id, ReferralState.ACCEPTED.value))
    fresh = again(qtbot, two.health, part, view)
    assert fresh.form is None
    assert "no longer follows" in labels_of(fresh)
    assert WORDS in labels_of(fresh)
    fresh.late()[0].acted.emit()
    qtbot.waitUntil(lambda: kept(two.health) == (), timeout=LONG)
    qtbot.waitUntil(lambda: fresh.late() == [], timeout=LONG)
    assert WORDS not in labels_of(fresh)


def test_words_that_could_not_be_kept_are_tried_again(qtbot: QtBot, two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    part = following(qtbot, two.health, received(qtbot, two))
    faults = [KnownError("store.disk_full", "The disk is full.", "Make room.")]
    edits = two.health.do(lambda store: store.edits)
    keep = edits.keep

    def full_once(*given: Any) -> None:
        if faults:
            raise faults.pop()
        keep(*given)

    monkeypatch.setattr(edits, "keep", full_once)
    begun(qtbot, part, "ask", "reason", WORDS)
    qtbot.waitUntil(lambda: bool(kept(two.health)), timeout=LONG)
    assert faults == []
    assert two.unit(HEALTH) == part.desk.unit


def refer(store: Store) -> ReferralView:
    key = store.cases.caseload()[0].key
    relay = next(relay for relay in store.directory.relays() if store.directory.shared_space_with(relay.unit))
    referral = store.referrals.send(key, relay.unit, {"safe_contact": RULE}, basis="danger to life")
    return next(view for view in store.referrals.list() if view.id == referral)


def test_a_program_killed_at_the_commit_has_kept_what_was_typed_and_was_quick(house: House) -> None:
    view = house.with_store(refer)
    place = {"space": view.key.space, "tag": view.key.tag, "referral": view.id}
    report = killed(house, "act", **place, act="call", field="answered", words=WORDS)
    (one,) = house.with_store(lambda store: store.edits.list())
    assert (one.editor, one.typed["answered"]) == (act_editor(view.id, "call"), WORDS)
    assert report.waited + report.computed <= PROMISED_MS
