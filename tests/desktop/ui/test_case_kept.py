"""What is typed in a case survives leaving, locking, closing and a kill, with what was shown when the edit began."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from desktop.errors import KnownError
from desktop.model.record import CaseKey
from desktop.paths import resources_root
from desktop.store.edits import Begun
from desktop.store.store import Store
from desktop.ui.models.case_begun import refs_of
from desktop.ui.models.entrance import Unlocked
from desktop.ui.notices import Notice
from desktop.ui.theme.theme import apply_theme, make_theme
from desktop.ui.views.case import CaseScreen
from desktop.ui.views.case_act import ActionEditor, EndEditor
from desktop.ui.views.case_contact import RuleEditor
from desktop.ui.views.case_edit import KEEP_MS, Editor, EditSlot
from desktop.ui.views.case_follow import NoteEditor
from desktop.ui.views.case_grades import AgreeEditor
from desktop.ui.views.case_head import AimEditor
from desktop.ui.views.case_identify import IncidentEditor, PersonEditor
from desktop.ui.views.case_records import ChangeIncident, ChangePerson
from desktop.ui.views.case_share import ShareEditor
from desktop.ui.views.screen import Place
from tests.desktop.store.laptops import RULE
from tests.desktop.ui.killed import killed
from tests.desktop.ui.opened import House, opened
from tests.desktop.ui.partners import Partners, labels, partners, said
from tests.desktop.ui.test_case import ADDRESS, NUMBER, case_of, more
from tests.desktop.ui.widgets.walk import beyond, cut_texts, small_targets, unnamed

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
WORDS = "she said he waits at the school"
OTHER = "07700 900999"
PROMISED_MS = 300


def before(store: Store, key: CaseKey, person: str) -> None:
    more(store, key, person)
    store.cases.add_record(key, "incident", {"incident_kind": "pushed", "on": "2026-11-20", "present": True}, "i1")


@pytest.fixture
def two(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Partners]:
    apply_theme(qapp, make_theme("light", resources_root(), 1.0))
    with partners(qtbot, tmp_path, before) as made:
        yield made


def in_hand(slot: EditSlot, kind: type[Editor]) -> Editor:
    assert isinstance(slot.editor, kind)
    return slot.editor


def kept(two: Partners) -> tuple[Begun, ...]:
    return two.ask(lambda store: store.edits.list(refs_of(store.cases.file(two.key))))


def gone_and_back(two: Partners, screen: CaseScreen) -> CaseScreen:
    """Left at once after the last keystroke, and opened again as if the program had ended."""
    screen.leave()
    two.tasks.changed.disconnect(screen.store_changed)
    two.windows[-1].close()
    return case_of(two)


OPENERS: dict[str, tuple[Callable[[CaseScreen, str], None], Callable[[CaseScreen], EditSlot], type[Editor], str]] = {
    "aim": (lambda s, _p: s.head.edit_aim(), lambda s: s.head.slot, AimEditor, "aim"),
    "rule": (lambda s, _p: s.contact.edit(), lambda s: s.contact.slot, RuleEditor, "if_another_answers"),
    "agreed": (lambda s, _p: s.grades.edit(), lambda s: s.grades.slot, AgreeEditor, "dissent"),
    "share": (lambda s, _p: s.share(), lambda s: s.sharing, ShareEditor, "other"),
    "person": (lambda s, _p: s.identify.add_person(), lambda s: s.identify.people.slot, PersonEditor, "name"),
    "person …": (lambda s, p: s.identify.change_person(p), lambda s: s.identify.people.slot, ChangePerson, "language"),
    "incident": (
        lambda s, _p: s.identify.add_incident(), lambda s: s.identify.incidents.slot, IncidentEditor, "account",
    ),
    "incident …": (
        lambda s, _p: s.identify.change_incident("i1"), lambda s: s.identify.incidents.slot, ChangeIncident, "account",
    ),
    "action": (lambda s, _p: s.act.add(), lambda s: s.act.plan.slot, ActionEditor, "title"),
    "end": (lambda s, _p: s.act.end_again("a1"), lambda s: s.act.plan.slot, EndEditor, "reason"),
    "note": (lambda s, _p: s.follow.add_note(), lambda s: s.follow.notes.slot, NoteEditor, "text"),
}  # fmt: skip


def text_of(editor: Editor, name: str) -> str:
    return str(editor.typed()[name])


def write(editor: Editor, name: str, words: str) -> None:
    control = editor.controls()[name]
    (control.setText if isinstance(control, QLineEdit) else control.setPlainText)(words)  # type: ignore[attr-defined]  # the editor of this very kind


@pytest.mark.parametrize("what", OPENERS)
def test_every_editor_comes_back_with_its_words_and_can_be_let_go_and_had_back(two: Partners, what: str) -> None:
    opener, slot_of, kind, name = OPENERS[what]
    screen = case_of(two)
    opener(screen, two.person)
    write(in_hand(slot_of(screen), kind), name, WORDS)
    typed = slot_of(screen).editor.typed()  # type: ignore[union-attr]  # just asserted
    again = gone_and_back(two, screen)
    editor = in_hand(slot_of(again), kind)
    assert editor.typed() == typed
    assert editor.isVisible()
    two.qtbot.waitUntil(lambda: any("nothing was written" in one for one in labels(editor)), timeout=10_000)
    said_above: list[Notice] = []
    again.notice.connect(said_above.append)
    editor.closed.emit()
    assert slot_of(again).editor is None
    two.qtbot.waitUntil(lambda: kept(two) == (), timeout=10_000)
    assert said_above[-1].act is not None
    said_above[-1].act[1]()
    assert text_of(in_hand(slot_of(again), kind), name) == WORDS
    assert len(kept(two)) == 1
    assert two.ask(lambda store: len(store.cases.file(two.key).notes)) == 0


def test_a_remote_change_meanwhile_is_told_and_what_was_shown_is_still_named(two: Partners) -> None:
    screen = case_of(two)
    screen.contact.edit()
    editor = in_hand(screen.contact.slot, RuleEditor)
    write(editor, "to", "14:00")
    over = editor.over("rule")
    screen.leave()
    two.tasks.changed.disconnect(screen.store_changed)
    two.windows[-1].close()
    two.their_edit("safe_contact", two.person, "rule", RULE | {"to": "11:00"})
    two.meet()
    again = case_of(two)
    editor = in_hand(again.contact.slot, RuleEditor)
    assert editor.over("rule") == over
    assert editor.badges()
    assert text_of(editor, "to") == "14:00"
    editor.save()
    two.qtbot.waitUntil(lambda: again.contact.slot.editor is None, timeout=10_000)
    two.meet()
    for store in (two.ask(lambda store: store.cases.file(two.key)), two.theirs.cases.file(two.shared)):
        view = store.safe_contact
        assert view is not None
        assert {side.value["to"] for side in view.alternatives} == {"14:00", "11:00"}
        assert view.value["to"] == "11:00"
    assert kept(two) == ()


def test_what_is_written_is_not_kept_and_a_refusal_keeps_it(two: Partners) -> None:
    screen = case_of(two)
    screen.follow.add_note()
    editor = in_hand(screen.follow.notes.slot, NoteEditor)
    write(editor, "text", WORDS)
    two.qtbot.waitUntil(lambda: len(kept(two)) == 1, timeout=10_000)
    editor.save()
    assert screen.follow.notes.slot.editor is editor
    editor.fact.setChecked(True)  # type: ignore[attr-defined]  # of a note's editor
    editor.save()
    screen.leave()
    two.qtbot.waitUntil(lambda: screen.follow.notes.slot.editor is None, timeout=10_000)
    assert kept(two) == ()
    assert two.ask(lambda store: [one.text("text") for one in store.cases.file(two.key).notes]) == [WORDS]


def test_typing_back_to_where_it_began_keeps_nothing(two: Partners) -> None:
    screen = case_of(two)
    screen.head.edit_aim()
    editor = in_hand(screen.head.slot, AimEditor)
    began = text_of(editor, "aim")
    write(editor, "aim", WORDS)
    two.qtbot.waitUntil(lambda: len(kept(two)) == 1, timeout=10_000)
    write(editor, "aim", began)
    two.qtbot.waitUntil(lambda: kept(two) == (), timeout=10_000)


def test_an_opened_number_is_kept_nowhere_and_hidden_again_a_typed_one_is_masked(two: Partners) -> None:
    screen = case_of(two)
    with two.qtbot.waitSignal(screen.model.number_opened, timeout=10_000):
        screen.contact.block.open_requested.emit()
    screen.contact.edit()
    editor = in_hand(screen.contact.slot, RuleEditor)
    assert NUMBER in said(editor)
    write(editor, "to", "13:00")
    screen.leave()
    assert NUMBER not in said(screen)
    assert NUMBER not in repr(kept(two))
    write(editor, "number", OTHER)
    again = gone_and_back(two, screen)
    editor = in_hand(again.contact.slot, RuleEditor)
    number = editor.controls()["number"]
    assert isinstance(number, QLineEdit)
    assert number.echoMode() is QLineEdit.EchoMode.Password
    values = editor.values()
    assert (values["number"], values["to"]) == (OTHER, "13:00")
    number.setFocus()
    assert number.echoMode() is QLineEdit.EchoMode.Normal


def test_a_person_is_changed_field_by_field_and_what_is_hidden_stays_hidden(two: Partners) -> None:
    screen = case_of(two)
    screen.show_step("identify")
    screen.identify.change_person(two.person)
    editor = in_hand(screen.identify.people.slot, ChangePerson)
    assert ADDRESS not in said(screen)
    write(editor, "language", "Portuguese")
    write(editor, "interpreter", "M. Rowan")
    two.their_edit("person", two.person, "name", "Wren Hale")
    two.meet()
    two.qtbot.waitUntil(lambda: bool(editor.badges()), timeout=10_000)
    editor.controls()["address_burnt"].click()  # type: ignore[attr-defined]  # a tick box
    editor.save()
    two.qtbot.waitUntil(lambda: screen.identify.people.slot.editor is None, timeout=10_000)
    record = two.ask(lambda store: store.cases.records(two.key)["person", two.person])
    assert [record.text(name) for name in ("name", "language", "interpreter", "address")] == [
        "Wren Hale", "Portuguese", "M. Rowan", ADDRESS,
    ]  # fmt: skip
    assert record.get("address_burnt") is True
    assert record.contested == ()
    two.meet()
    assert "address" not in two.theirs.cases.records(two.shared)["person", two.person].fields


def test_an_opened_address_is_changed_and_is_not_shown_once_it_is_another(two: Partners) -> None:
    screen = case_of(two)
    screen.show_step("identify")
    with two.qtbot.waitSignal(screen.model.person_opened, timeout=10_000):
        screen.identify.open_wanted.emit(two.person)
    screen.identify.change_person(two.person)
    editor = in_hand(screen.identify.people.slot, ChangePerson)
    write(editor, "address", "New bridge 8")
    assert ADDRESS not in repr(editor.begun())
    editor.save()
    two.qtbot.waitUntil(lambda: screen.identify.people.slot.editor is None, timeout=10_000)
    two.qtbot.waitUntil(lambda: ADDRESS not in said(screen) and "New bridge 8" not in said(screen), timeout=10_000)
    record = two.ask(lambda store: store.cases.records(two.key)["person", two.person])
    assert (record.text("address"), record.get("address_protected")) == ("New bridge 8", True)


def test_a_change_of_the_same_field_by_both_is_a_conflict_and_an_untouched_one_is_not(two: Partners) -> None:
    screen = case_of(two)
    screen.identify.change_person(two.person)
    editor = in_hand(screen.identify.people.slot, ChangePerson)
    write(editor, "name", "Wren Moss")
    two.their_edit("person", two.person, "name", "Wren Hale")
    two.meet()
    again = gone_and_back(two, screen)
    editor = in_hand(again.identify.people.slot, ChangePerson)
    assert editor.badges()
    editor.save()
    two.qtbot.waitUntil(lambda: again.identify.people.slot.editor is None, timeout=10_000)
    view = two.ask(lambda store: store.cases.records(two.key)["person", two.person].fields["name"])
    assert {side.value for side in view.alternatives} == {"Wren Moss", "Wren Hale"}


def test_an_incident_is_changed_in_place(two: Partners) -> None:
    screen = case_of(two)
    screen.identify.change_incident("i1")
    editor = in_hand(screen.identify.incidents.slot, ChangeIncident)
    write(editor, "account", WORDS)
    editor.save()
    two.qtbot.waitUntil(lambda: screen.identify.incidents.slot.editor is None, timeout=10_000)
    (incident,) = two.ask(lambda store: store.cases.file(two.key).incidents)
    assert (incident.text("account"), incident.text("incident_kind")) == (WORDS, "pushed")
    assert incident.contested == ()


@pytest.mark.parametrize(("scale", "width"), [(1.0, 1166), (1.0, 700), (2.0, 1166)])
def test_the_editors_can_be_read_reached_and_named(two: Partners, qapp: QApplication, scale: float, width: int) -> None:
    apply_theme(qapp, make_theme("light", resources_root(), scale))
    two.ask(lambda store: store.edits.keep((two.key.ref,), Begun(f"person {two.person}", {"language": "Portuguese"})))
    two.ask(lambda store: store.edits.keep((two.key.ref,), Begun("incident i1", {"account": WORDS})))
    screen = case_of(two, width=width)
    two.qtbot.waitUntil(lambda: cut_texts(screen) == [], timeout=5_000)
    assert screen.findChildren(ChangePerson)
    assert unnamed(screen) == []
    assert small_targets(screen) == []
    assert beyond(screen) == []


def first_case(store: Store) -> CaseKey:
    return store.cases.caseload()[0].key


@pytest.mark.parametrize("how", ["lock", "back", "close"])
def test_locked_left_or_closed_in_the_middle_of_a_word(qtbot: QtBot, house: House, how: str) -> None:
    key = house.with_store(first_case)
    place = Place.of("case", space=key.space, tag=key.tag)
    causeway, frame = opened(qtbot, house)
    screen = typing(qtbot, frame, place)
    if how == "back":
        frame.back()
        qtbot.waitUntil(lambda: place not in frame._open, timeout=10_000)
        frame.open(place)
    elif how == "lock":
        causeway.window.lock_wanted.emit()
        qtbot.waitUntil(lambda: causeway.session is None, timeout=10_000)
        with qtbot.waitSignal(causeway.opened, timeout=10_000):
            causeway.enter(Unlocked(house.profile, house.store_key))
        assert causeway.session is not None
        assert causeway.session.frame is not None
        frame = causeway.session.frame
        frame.open(place)
    else:
        causeway.window.close()
        causeway.close()
        _, frame = opened(qtbot, house)
        frame.open(place)
    again = frame.in_sight()
    assert isinstance(again, CaseScreen)
    assert again is not screen
    qtbot.waitUntil(lambda: again.follow.notes.slot.editor is not None, timeout=10_000)
    assert text_of(in_hand(again.follow.notes.slot, NoteEditor), "text") == WORDS


def typing(qtbot: QtBot, frame: object, place: Place) -> CaseScreen:
    frame.open(place)  # type: ignore[attr-defined]  # the frame of an open profile
    screen = frame.in_sight()  # type: ignore[attr-defined]  # as above
    assert isinstance(screen, CaseScreen)
    qtbot.waitUntil(lambda: screen.page is not None, timeout=10_000)
    screen.follow.add_note()
    editor = screen.follow.notes.slot.editor
    assert isinstance(editor, NoteEditor)
    QTest.keyClicks(editor.text, WORDS)
    return screen


def test_a_program_killed_at_the_commit_has_kept_what_was_typed_and_was_quick(house: House) -> None:
    key = house.with_store(first_case)
    said = killed(house, "note", space=key.space, tag=key.tag, words=WORDS)
    (begun,) = house.with_store(lambda store: store.edits.list((key.ref,)))
    assert (begun.editor, begun.typed["text"]) == ("note", WORDS)
    assert said.typed == {"note": WORDS}
    assert said.waited + said.computed <= PROMISED_MS
    notes = house.with_store(lambda store: store.cases.file(key).notes)
    assert WORDS not in [note.text("text") for note in notes]


def test_further_keys_do_not_put_keeping_off(two: Partners) -> None:
    screen = case_of(two)
    screen.follow.add_note()
    slot = screen.follow.notes.slot
    editor = in_hand(slot, NoteEditor)
    write(editor, "text", "a")
    first = slot._soon.id()
    assert slot._soon.isActive()
    assert slot._soon.interval() == KEEP_MS
    write(editor, "text", "ab")
    assert slot._soon.id() == first, "started anew"


def test_what_is_typed_while_it_is_being_written_does_not_vanish_with_the_editor(two: Partners) -> None:
    screen = case_of(two)
    screen.show_step("follow_up")
    screen.follow.add_note()
    editor = in_hand(screen.follow.notes.slot, NoteEditor)
    write(editor, "text", WORDS)
    editor.fact.setChecked(True)  # type: ignore[attr-defined]  # of a note's editor
    gate = threading.Event()
    two.tasks.query(lambda _store: gate.wait(20), lambda _done: None, owner=screen)
    editor.save()
    text = editor.controls()["text"]
    QTest.keyClicks(text, " and more")
    assert text_of(editor, "text") == WORDS, "shown as if it would be written"
    editor.refuse(KnownError("store.disk_full", "The disk is full.", "Make room."))
    QTest.keyClicks(text, "more ")
    assert len(text_of(editor, "text")) == len(WORDS) + len("more ")
    gate.set()
    two.qtbot.waitUntil(lambda: screen.follow.notes.slot.editor is None, timeout=10_000)


def test_words_that_could_not_be_kept_are_tried_again(two: Partners, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = case_of(two)
    screen.follow.add_note()
    edits = two.ask(lambda store: store.edits)
    keep, faults = edits.keep, [KnownError("store.disk_full", "The disk is full.", "Make room.")]

    def full_once(*given: Any) -> None:
        if faults:
            raise faults.pop()
        keep(*given)

    monkeypatch.setattr(edits, "keep", full_once)
    with two.qtbot.waitSignal(screen.notice, timeout=10_000):
        write(in_hand(screen.follow.notes.slot, NoteEditor), "text", WORDS)
    two.qtbot.waitUntil(lambda: [one.typed["text"] for one in kept(two)] == [WORDS], timeout=10_000)
