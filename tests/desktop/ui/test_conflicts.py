"""Conflicts on two real laptops: decided by keyboard end to end, downwards only with a reason, readable afterwards."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.model.record import CaseKey, ValueId
from desktop.paths import resources_root
from desktop.store.store import Store
from desktop.ui.theme.theme import apply_theme, make_theme
from desktop.ui.views.conflict_detail import NEW
from desktop.ui.views.conflict_value import NewRule
from desktop.ui.views.conflicts import ConflictsScreen
from desktop.ui.views.screen import Place
from desktop.ui.views.today import place_of
from tests.desktop.store.laptops import RULE
from tests.desktop.ui.partners import Partners, labels, partners, said
from tests.desktop.ui.widgets.walk import beyond, cut_texts, small_targets, unnamed

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

NUMBER = str(RULE["number"])


@pytest.fixture
def two(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Partners]:
    """Both edited the contact rule without sight of each other: ours until 14:00, theirs until 11:00."""
    apply_theme(qapp, make_theme("light", resources_root(), 1.0))
    with partners(qtbot, tmp_path) as made:
        held = made.ask(lambda store: store.cases.file(made.key).safe_contact)
        assert held is not None
        ids = held.shown_ids
        made.ask(
            lambda store: store.cases.edit(made.key, "safe_contact", made.person, "rule", RULE | {"to": "14:00"}, ids)
        )
        made.their_edit("safe_contact", made.person, "rule", RULE | {"to": "11:00"})
        made.meet()
        yield made


def conflicts_of(two: Partners, *, width: int = 1166, **ids: str) -> ConflictsScreen:
    screen = ConflictsScreen(two.desk, Place.of("conflicts", **ids))
    two.show(screen, width)
    two.qtbot.waitUntil(lambda: screen.page is not None and ready(screen), timeout=10_000)
    return screen


def ready(screen: ConflictsScreen) -> bool:
    """Whether what it shows is in sight, so that keys reach it."""
    return screen.decision is None or screen.decision.sides[0].isVisible()


def press(two: Partners, screen: ConflictsScreen, key: Qt.Key, choice: int | str) -> None:
    """A key chooses; Qt shows the button pressed for a moment first."""
    decision = screen.decision
    assert decision is not None
    QTest.keyClick(screen, key)
    two.qtbot.waitUntil(lambda: decision.choice == choice, timeout=5_000)


def test_the_keyboard_resolves_a_conflict_end_to_end_and_both_laptops_settle(two: Partners) -> None:
    screen = conflicts_of(two)
    assert screen.decision is not None
    for key, choice in ((Qt.Key.Key_1, 0), (Qt.Key.Key_2, 1), (Qt.Key.Key_1, 0)):
        press(two, screen, key, choice)
    assert screen.decision.written[0].value["to"] == "14:00"
    assert "Chosen" in labels(screen)
    QTest.keyClick(screen, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    reason = screen.decision.reason
    assert reason.hasFocus()
    assert any("needs a reason" in one for one in labels(screen))
    QTest.keyClicks(reason, "She said on Sunday that 1 pm is safe")
    assert screen.decision.choice == 0
    QTest.keyClick(reason, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    two.qtbot.waitUntil(lambda: screen.page is not None and bool(screen.page.decided), timeout=10_000)
    two.meet()
    for file in (two.ask(lambda store: store.cases.file(two.key)), two.theirs.cases.file(two.shared)):
        assert file.safe_contact is not None
        assert not file.safe_contact.contested
        assert file.safe_contact.value["to"] == "14:00"
        assert file.conflicts == ()
    decided = two.theirs.conflicts.decided()
    assert [one.reason for one in decided] == ["She said on Sunday that 1 pm is safe"]
    two.qtbot.waitUntil(lambda: any("Decided" in one for one in labels(screen)), timeout=5_000)
    assert any("She said on Sunday" in one for one in labels(screen))


def test_the_stricter_side_needs_no_reason(two: Partners) -> None:
    screen = conflicts_of(two)
    assert screen.decision is not None
    screen.decision.choose(1)
    screen.record()
    two.qtbot.waitUntil(lambda: screen.page is not None and not screen.page.open, timeout=10_000)
    view = two.ask(lambda store: store.cases.file(two.key)).safe_contact
    assert view is not None
    assert view.value["to"] == "11:00"


def test_a_decision_begun_comes_back_and_is_let_go(two: Partners) -> None:
    screen = conflicts_of(two)
    assert screen.decision is not None
    screen.decision.choose(NEW)
    new = screen.decision.new
    assert isinstance(new, NewRule)
    new.fields.end.setText("10:15")
    screen.decision.reason.setPlainText("She said so on Sunday")
    screen.leave()
    again = conflicts_of(two)
    decision = again.decision
    assert decision is not None
    assert decision.choice == NEW
    assert isinstance(decision.new, NewRule)
    assert (decision.new.fields.end.text(), decision.reason.toPlainText()) == ("10:15", "She said so on Sunday")
    two.qtbot.waitUntil(lambda: any("nothing was written" in one for one in labels(again)), timeout=5_000)
    decision.let_go.emit()
    two.qtbot.waitUntil(lambda: two.ask(lambda store: store.edits.list()) == (), timeout=10_000)
    assert again.decision is not None
    assert again.decision.choice is None


@pytest.mark.parametrize("at_hand", [True, False])
def test_a_decision_begun_for_what_the_partner_decided_is_shown_until_it_is_let_go(
    two: Partners, *, at_hand: bool
) -> None:
    screen = conflicts_of(two)
    assert screen.decision is not None
    screen.decision.choose(NEW)
    new = screen.decision.new
    assert isinstance(new, NewRule)
    new.fields.number.setText("07700 900777")
    screen.decision.reason.setPlainText("She said so on Sunday")
    screen.leave()
    (theirs,) = two.theirs.conflicts.open()
    two.theirs.conflicts.resolve(theirs, RULE | {"to": "11:00"}, "")
    two.meet()
    if not at_hand:
        two.tasks.changed.disconnect(screen.store_changed)
        two.windows[-1].close()
        screen = conflicts_of(two)
    two.qtbot.waitUntil(lambda: len(screen.late()) == 1, timeout=10_000)
    two.qtbot.waitUntil(lambda: any("She said so on Sunday" in one for one in labels(screen)))
    assert "900777" not in said(screen.late()[0])
    now = two.desk.clock()
    (item,) = two.ask(lambda store: [one for one in store.today.items(now) if one.kind == "edit"])
    assert place_of(item) == Place.of("conflicts")
    screen.late()[0].acted.emit()
    two.qtbot.waitUntil(lambda: two.ask(lambda store: store.edits.list()) == (), timeout=10_000)
    two.qtbot.waitUntil(lambda: screen.late() == [], timeout=10_000)


def test_a_value_that_came_in_meanwhile_takes_the_choice_back_and_keeps_the_words(two: Partners) -> None:
    screen = conflicts_of(two)
    assert screen.decision is not None
    screen.decision.choose(0)
    screen.decision.reason.setPlainText("She said so on Sunday")
    screen.leave()
    two.tasks.changed.disconnect(screen.store_changed)
    two.their_edit("safe_contact", two.person, "rule", RULE | {"to": "10:30"})
    two.meet()
    two.ask(lambda store: store.cases.edit(two.key, "safe_contact", two.person, "rule", RULE | {"to": "15:00"}))
    again = conflicts_of(two)
    assert again.decision is not None
    assert again.decision.choice is None
    assert again.decision.reason.toPlainText() == "She said so on Sunday"
    again.decision.choose(0)
    again.record()
    two.qtbot.waitUntil(lambda: again.page is not None and not again.page.open, timeout=10_000)
    assert two.ask(lambda store: store.edits.list()) == ()


def test_nothing_is_recorded_before_a_choice(two: Partners) -> None:
    screen = conflicts_of(two)
    screen.record()
    assert not screen.record_button.isEnabled()
    assert two.ask(lambda store: len(store.conflicts.open())) == 1


def test_a_new_rule_is_written_with_the_editor_of_the_case(two: Partners) -> None:
    screen = conflicts_of(two)
    assert screen.decision is not None
    screen.decision.choose(NEW)
    made = screen.decision.new
    assert isinstance(made, NewRule)
    made.fields.end.setText("10:00")
    screen.record()
    two.qtbot.waitUntil(lambda: screen.page is not None and not screen.page.open, timeout=10_000)
    two.meet()
    view = two.theirs.cases.file(two.shared).safe_contact
    assert view is not None
    assert (view.value["to"], view.value["number"], view.contested) == ("10:00", NUMBER, False)


def test_the_number_is_hidden_on_both_sides_until_opened_and_logged(two: Partners) -> None:
    screen = conflicts_of(two)
    assert screen.decision is not None
    screen.decision.choose(NEW)
    assert NUMBER not in said(screen)
    with two.qtbot.waitSignal(screen.model.opened, timeout=10_000):
        screen.decision.open_wanted.emit()
    assert NUMBER in said(screen)
    assert "number.opened" in two.ask(lambda store: [line.act for line in store.audit.lines()])


def test_a_further_value_takes_the_choice_back_and_keeps_what_was_typed(two: Partners) -> None:
    screen = conflicts_of(two)
    decision = screen.decision
    assert decision is not None
    decision.choose(0)
    decision.reason.setPlainText("because")
    two.their_edit("safe_contact", two.person, "rule", RULE | {"to": "10:30"})
    two.their_edit("safe_contact", two.person, "rule", RULE | {"to": "10:15"})
    old = two.ask(lambda store: store.conflicts.open())[0]
    assert {side.value["to"] for side in old.sides} == {"14:00", "11:00"}
    mine = two.ask(lambda store: store.cases.edit(two.key, "safe_contact", two.person, "rule", RULE | {"to": "13:00"}))
    assert mine
    two.qtbot.waitUntil(lambda: len(decision.written) == 3, timeout=10_000)
    assert decision.choice is None
    assert decision.reason.toPlainText() == "because"
    assert not screen.record_button.isEnabled()


def rename(key: CaseKey, name: str, shown: tuple[ValueId, ...], store: Store) -> str:
    return store.cases.edit(key, "case", "case", "code_name", name, shown)


def test_words_can_both_be_kept_with_a_note(two: Partners) -> None:
    aim = two.ask(lambda store: store.cases.file(two.key).header.fields["code_name"])
    for name in ("Harbour 215", "Harbour 216"):
        two.ask(partial(rename, two.key, name, aim.shown_ids))
    screen = conflicts_of(two)
    assert screen.page is not None
    view = next(one for one in screen.page.open if one.field == "code_name")
    screen.open(view.id)
    assert screen.decision is not None
    two.qtbot.waitUntil(lambda: ready(screen), timeout=5_000)
    press(two, screen, Qt.Key.Key_3, "both")
    screen.record()
    assert any("Keeping both needs a note" in one for one in labels(screen))
    screen.decision.reason.setPlainText("Both are in use")
    screen.record()
    two.qtbot.waitUntil(lambda: screen.page is not None and bool(screen.page.decided), timeout=10_000)
    kept = two.ask(lambda store: store.cases.file(two.key).header.code_name)
    assert set(kept.split(" / ")) == {"Harbour 215", "Harbour 216"}


@pytest.mark.parametrize(("look", "scale", "width"), [("light", 1.0, 1166), ("dark", 1.0, 760), ("light", 2.0, 1166)])
def test_everything_can_be_read_reached_and_named(
    two: Partners, qapp: QApplication, look: str, scale: float, width: int
) -> None:
    apply_theme(qapp, make_theme(look, resources_root(), scale))
    screen = conflicts_of(two, width=width)
    screen.fold(width < 1000 * scale)
    assert screen.decision is not None
    for choice in (0, NEW):
        screen.decision.choose(choice)
        two.qtbot.waitUntil(lambda: cut_texts(screen) == [], timeout=5_000)
        assert unnamed(screen) == []
        assert small_targets(screen) == []
        assert beyond(screen) == []


def test_an_empty_list_says_why(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    apply_theme(qapp, make_theme("light", resources_root(), 1.0))
    with partners(qtbot, tmp_path) as made:
        screen = conflicts_of(made)
        assert "Nothing is contested" in labels(screen)
