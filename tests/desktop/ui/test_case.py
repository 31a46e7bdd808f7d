"""The case on two real laptops: what is hidden stays hidden, an edit is never lost, everything works by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.model.record import CaseKey
from desktop.paths import resources_root
from desktop.store.store import Store
from desktop.ui.models.case import NUMBER_OPENED, PROTECTED_OPENED
from desktop.ui.theme.theme import apply_theme, make_theme
from desktop.ui.views.case import CaseScreen
from desktop.ui.views.case_act import EndEditor
from desktop.ui.views.case_contact import RuleEditor
from desktop.ui.views.case_head import AimEditor
from desktop.ui.views.screen import Place
from tests.desktop.store.laptops import RULE
from tests.desktop.ui.partners import Partners, labels, partners, said
from tests.desktop.ui.widgets.walk import beyond, cut_texts, small_targets, unnamed

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

ADDRESS = "Old mill lane 3"
NUMBER = str(RULE["number"])


def more(store: Store, key: CaseKey, person: str) -> None:
    store.cases.edit_fields(key, "person", person, {"address": (ADDRESS, ()), "address_protected": (True, ())})
    store.cases.add_record(key, "action", {"title": "Change the lock", "owner": "p1", "state": "open"}, "a1")
    steps = [{"act": "Offer a medical check", "who": "you", "within": "now"}]
    store.cases.add_record(key, "flag", {"label": "Strangulation", "raised": True, "do_now": steps}, "strangulation")
    for grade in ("high", "extreme"):
        lines = [{"code": "q1", "label": "Weapon", "answer": "yes" if grade == "extreme" else "no", "weight": 1}]
        fields = {"tool": "Risk record", "grade": grade, "tool_result": {"grade": grade, "score": 9}, "lines": lines}
        store.cases.add_record(key, "assessment", fields)


@pytest.fixture
def two(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Partners]:
    apply_theme(qapp, make_theme("light", resources_root(), 1.0))
    with partners(qtbot, tmp_path, more) as made:
        yield made


def case_of(two: Partners, *, width: int = 1166) -> CaseScreen:
    screen = CaseScreen(two.desk, Place.of("case", space=two.key.space, tag=two.key.tag))
    two.show(screen, width)
    two.qtbot.waitUntil(lambda: screen.page is not None, timeout=10_000)
    return screen


def again(two: Partners, screen: CaseScreen) -> None:
    """Wait for a reading of what is on disk now."""
    with two.qtbot.waitSignal(screen.model.shown, timeout=10_000):
        screen.model.load()


def shown(two: Partners, screen: CaseScreen, words: str) -> None:
    """Wait until a label in sight holds these words."""
    two.qtbot.waitUntil(lambda: any(words in one for one in labels(screen)), timeout=10_000)


def acts_of(two: Partners, act: str) -> list[str]:
    return two.ask(lambda store: [line.subject for line in store.audit.lines() if line.act == act])


def test_the_number_is_hidden_until_opened_and_the_opening_is_logged(two: Partners) -> None:
    screen = case_of(two)
    for step in ("identify", "assess", "act", "follow_up"):
        screen.show_step(step)
        assert NUMBER not in said(screen)
    assert acts_of(two, NUMBER_OPENED) == []
    with two.qtbot.waitSignal(screen.model.number_opened, timeout=10_000):
        screen.contact.block.open_requested.emit()
    assert NUMBER in labels(screen)
    assert acts_of(two, NUMBER_OPENED) == [two.key.ref]
    screen.leave()
    assert NUMBER not in said(screen)


def test_opening_a_case_is_logged(two: Partners) -> None:
    case_of(two)
    assert acts_of(two, "case.opened") == [two.key.ref]


def test_a_protected_address_is_in_no_text_until_it_is_opened(two: Partners) -> None:
    screen = case_of(two)
    screen.share()
    screen.show_step("identify")
    assert ADDRESS not in said(screen)
    shown(two, screen, "Address: protected")
    with two.qtbot.waitSignal(screen.model.person_opened, timeout=10_000):
        screen.identify.open_wanted.emit(two.person)
    shown(two, screen, ADDRESS)
    assert acts_of(two, PROTECTED_OPENED) == [two.person]
    screen.leave()
    assert ADDRESS not in said(screen)


def test_a_remote_change_while_editing_shows_a_badge_and_loses_nothing(two: Partners) -> None:
    screen = case_of(two)
    screen.contact.edit()
    editor = screen.contact.slot.editor
    assert isinstance(editor, RuleEditor)
    editor.fields.end.setText("14:00")
    two.their_edit("safe_contact", two.person, "rule", RULE | {"to": "11:00"})
    two.meet()
    two.qtbot.waitUntil(lambda: bool(editor.badges()), timeout=10_000)
    assert screen.contact.slot.editor is editor
    assert editor.fields.end.text() == "14:00"
    editor.save()
    two.qtbot.waitUntil(lambda: screen.contact.slot.editor is None, timeout=10_000)
    two.meet()
    for store in (two.ask(lambda store: store.cases.file(two.key)), two.theirs.cases.file(two.shared)):
        view = store.safe_contact
        assert view is not None
        assert view.contested
        assert {side.value["to"] for side in view.alternatives} == {"14:00", "11:00"}
        assert view.value["to"] == "11:00"
    shown(two, screen, "Contested since")


def test_a_newer_value_that_was_read_is_answered_and_not_disputed(two: Partners) -> None:
    screen = case_of(two)
    screen.contact.edit()
    editor = screen.contact.slot.editor
    assert isinstance(editor, RuleEditor)
    two.their_edit("safe_contact", two.person, "rule", RULE | {"to": "11:00"})
    two.meet()
    two.qtbot.waitUntil(lambda: bool(editor.badges()), timeout=10_000)
    editor.badges()[0].acted.emit()
    editor.fields.end.setText("10:00")
    editor.save()
    two.qtbot.waitUntil(lambda: screen.contact.slot.editor is None, timeout=10_000)
    view = two.ask(lambda store: store.cases.file(two.key)).safe_contact
    assert view is not None
    assert not view.contested
    assert view.value["to"] == "10:00"
    assert view.value["number"] == NUMBER


def test_the_rule_is_one_register_and_refuses_what_nobody_could_follow(two: Partners) -> None:
    screen = case_of(two)
    screen.contact.edit()
    editor = screen.contact.slot.editor
    assert isinstance(editor, RuleEditor)
    for day in editor.fields.days:
        day.setChecked(False)
    assert editor.values() is None
    editor.fields.days[1].setChecked(True)
    editor.fields.start.setText("nine")
    assert editor.values() is None
    editor.fields.start.setText("8:30")
    kept = editor.values()
    assert kept is not None
    assert (kept["days"], kept["from"], kept["number"], kept["letter"]) == ("2", "08:30", NUMBER, "no")


def test_the_aim_is_edited_by_keyboard_in_one_change(two: Partners) -> None:
    screen = case_of(two)
    screen.head.edit_aim()
    editor = screen.head.slot.editor
    assert isinstance(editor, AimEditor)
    editor.line.setFocus()
    editor.line.selectAll()
    QTest.keyClicks(editor.line, "protect the child")
    QTest.keyClick(editor.line, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    two.qtbot.waitUntil(lambda: screen.head.slot.editor is None, timeout=10_000)
    aim = two.ask(lambda store: store.cases.file(two.key).header.fields["aim"])
    assert (aim.value, aim.contested) == ("protect the child", False)


def test_a_now_card_step_is_answered_and_the_answer_taken_back(two: Partners) -> None:
    screen = case_of(two)
    card = screen.now_cards.cards["strangulation"]
    for ending in ("refused", ""):
        card.ended.emit("0", ending)
        wait_for_step(two, ending)
        again(two, screen)
    assert screen.now_cards.cards["strangulation"].isVisible()


def wait_for_step(two: Partners, ending: str) -> None:
    two.qtbot.waitUntil(lambda: _step(two) == ending, timeout=10_000)


def _step(two: Partners) -> str:
    return two.ask(lambda store: store.cases.file(two.key)).flags[0].steps[0].state


def test_an_action_that_was_not_possible_needs_the_reason(two: Partners) -> None:
    screen = case_of(two)
    screen.show_step("act")
    button = screen.findChild(QWidget, "end-a1-not_possible")
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    editor = screen.act.plan.slot.editor
    assert isinstance(editor, EndEditor)
    editor.save()
    assert screen.act.plan.slot.editor is editor
    editor.reason.setPlainText("She moved away")
    editor.save()
    two.qtbot.waitUntil(lambda: screen.act.plan.slot.editor is None, timeout=10_000)
    action = two.ask(lambda store: store.cases.file(two.key)).actions[0]
    assert (action.state.value, action.reason) == ("not_possible", "She moved away")


def test_the_agreed_grade_lowers_only_with_sight_of_the_assessments(two: Partners) -> None:
    screen = case_of(two)
    screen.grades.edit()
    editor = screen.grades.slot.editor
    assert editor is not None
    screen.grades.saved.emit(("high", [], "Health sees more"), {})
    two.qtbot.waitUntil(lambda: screen.grades.slot.editor is None, timeout=10_000)
    grades = two.ask(lambda store: store.cases.file(two.key)).grades
    assert (grades.standing.grade.value, grades.standing.above_agreed) == ("extreme", True)
    shown(two, screen, "above agreed High")
    shown(two, screen, "Health sees more")
    assert screen.head.grade.grade() == "extreme"


def test_an_incident_a_person_and_a_note_are_added(two: Partners) -> None:
    screen = case_of(two)
    screen.identify.person_saved.emit(("child", {"name": "Pip"}))
    screen.identify.incident_saved.emit({"incident_kind": "followed home", "on": "2026-11-22", "present": True})
    screen.follow.note_saved.emit({"note_kind": "opinion", "text": "She seemed afraid"})
    file = two.ask(lambda store: store.cases.file(two.key))
    assert {(party.name, party.role.value) for party in file.parties} == {("Wren", "victim"), ("Pip", "child")}
    assert [one.text("incident_kind") for one in file.incidents] == ["followed home"]
    assert [one.text("text") for one in file.notes] == ["She seemed afraid"]
    screen.show_step("follow_up")
    shown(two, screen, "She seemed afraid")


def test_sharing_without_a_basis_is_refused_beside_the_ticks(two: Partners) -> None:
    screen = case_of(two)
    screen.share()
    editor = screen.sharing.editor
    assert editor is not None
    editor.save()
    assert screen.sharing.editor is editor
    editor.space.setCurrentIndex(0)  # type: ignore[attr-defined]  # of the one editor that can be here
    editor.basis.setCurrentIndex(0)  # type: ignore[attr-defined]  # as above: her consent, of which none is on record
    editor.save()
    two.qtbot.waitUntil(lambda: any("no consent on record" in one for one in labels(editor)), timeout=10_000)
    assert screen.sharing.editor is editor


@pytest.mark.parametrize(("look", "scale", "width"), [("light", 1.0, 1166), ("dark", 1.0, 700), ("light", 2.0, 1166)])
def test_every_step_can_be_read_reached_and_named(
    two: Partners, qapp: QApplication, look: str, scale: float, width: int
) -> None:
    apply_theme(qapp, make_theme(look, resources_root(), scale))
    screen = case_of(two, width=width)
    screen.contact.edit()
    for step in ("identify", "assess", "act", "follow_up"):
        screen.show_step(step)
        two.qtbot.waitUntil(lambda: cut_texts(screen) == [], timeout=5_000)
        assert unnamed(screen) == []
        assert small_targets(screen) == []
        assert beyond(screen) == []


def test_a_case_that_is_not_here_says_so(two: Partners) -> None:
    screen = CaseScreen(two.desk, Place.of("case", space=two.key.space, tag="0" * 32))
    two.qtbot.addWidget(screen)
    screen.resize(900, 600)
    screen.show()
    with two.qtbot.waitSignal(screen.model.failed, timeout=10_000):
        screen.enter()
    assert any("Nothing is known here of this case" in one for one in labels(screen))
