"""The form screen: nothing typed is lost, keys do what they say, and an open result never looks like a low one."""

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.ui.models.entrance import Unlocked
from desktop.ui.views.form import FormScreen
from desktop.ui.views.screen import Place
from desktop.ui.widgets.rows import ThingRow
from desktop.ui.widgets.score import Scale, ScaleBar
from tests.desktop.ui.forms import Desk, at_form
from tests.desktop.ui.opened import House

CIRCUMSTANCES = {"place": "home", "channel": "face", "present": "nobody", "hearing": "no", "interpreter": "no",
                 "free_to_speak": "yes"}  # fmt: skip


def ref(page: str, name: str) -> str:
    return f"/data/{page}/{name}"


def value(desk: Desk, question: str) -> str:
    return desk.form.model.session().question(question).value


def at_question(desk: Desk, question: str) -> None:
    desk.form._go_to_question(question)
    assert desk.form.page.current == question


def shown_words(desk: Desk) -> list[str]:
    for _ in range(3):
        QApplication.processEvents()
    return [one.text() for one in desk.frame.in_sight().findChildren(QLabel) if one.isVisible()]


# -- nothing is lost


def test_what_is_typed_is_in_the_draft_within_300_ms_even_while_typing_goes_on(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    desk.form.model.set_value(ref("page_now", "injury"), "yes")
    words = ref("page_now", "injury_words")
    at_question(desk, words)
    began = time.monotonic()
    while time.monotonic() - began < 0.4:
        desk.type("a")
        qtbot.wait(20)
    assert desk.draft().answers[words], "typing without a pause put saving off"
    desk.type("the end")
    typed = value(desk, words)
    qtbot.wait(300)
    assert desk.draft().answers[words] == typed


def test_leaving_and_coming_back_shows_the_same_answers_and_place(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    at_question(desk, ref("page_danger", "threats"))
    desk.type("y")
    draft = desk.form.model.about().draft_id
    for way in ("other screen", "lock"):
        if way == "lock":
            desk.causeway.lock()
            with qtbot.waitSignal(desk.causeway.opened, timeout=10_000):
                desk.causeway.enter(Unlocked(form_house.profile, form_house.store_key))
            assert desk.causeway.session is not None
            assert desk.causeway.session.frame is not None
            desk.frame = desk.causeway.session.frame
        else:
            desk.frame.open(Place.of("today"))
            desk.frame.back()
        qtbot.waitUntil(lambda: isinstance(desk.frame.in_sight(), FormScreen) and desk.form.model.is_open)
        assert desk.form.model.about().draft_id == draft
        assert value(desk, ref("page_danger", "threats")) == "yes"
        assert desk.form.page.current == ref("page_danger", "threats")
        assert desk.focus().accessibleName() == "Yes"
    assert len(desk.store(lambda store: store.drafts.list())) == 1  # type: ignore[arg-type]  # a list


def test_answers_that_cannot_be_written_are_said_and_tried_again(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)

    desk.store(lambda store: store.database.query("PRAGMA query_only = ON"))
    with qtbot.waitSignal(desk.form.model.unsaved, timeout=3000):
        desk.form.model.set_value(ref("page_now", "injury"), "yes")
    assert any("Not saved yet" in words for words in shown_words(desk))
    desk.store(lambda store: store.database.query("PRAGMA query_only = OFF"))
    desk.form.model.save()
    assert desk.draft().answers[ref("page_now", "injury")] == "yes"


def test_a_form_that_was_erased_with_its_file_says_so_and_is_not_tried_for_ever(
    qtbot: QtBot, form_house: House
) -> None:
    desk = at_form(qtbot, form_house)
    draft = desk.form.model.about().draft_id
    desk.store(lambda store: store.drafts.discard(draft))
    with qtbot.waitSignal(desk.form.model.failed, timeout=3000) as heard:
        desk.form.model.set_value(ref("page_now", "injury"), "yes")
    assert heard.args is not None
    assert heard.args[0].code == "draft.gone"
    assert not desk.form.model._timer.isActive()


def test_a_draft_whose_form_is_not_installed_says_so_and_stays(qtbot: QtBot, form_house: House) -> None:
    draft = form_house.with_store(lambda store: store.drafts.begin("gone", "9", "f" * 64))
    form_house.with_store(lambda store: store.drafts.save_answer(draft, "/data/a", "typed"))
    desk = at_form(qtbot, form_house)
    desk.frame.open(Place.of("form", draft=draft))
    qtbot.waitUntil(lambda: any("not on this laptop" in words for words in shown_words(desk)))
    kept = desk.store(lambda store: store.drafts.load(draft))
    assert kept is not None
    assert kept.answers == {"/data/a": "typed"}  # type: ignore[attr-defined]  # a draft


def test_a_discarded_draft_can_be_put_back(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    desk.form.model.set_value(ref("page_now", "injury_words"), "typed")
    desk.form.top.discard.click()
    qtbot.waitUntil(lambda: desk.store(lambda store: store.drafts.list()) == [])
    qtbot.waitUntil(lambda: any("discarded" in words for words in desk.frame.notices()))
    undo = next(one for one in desk.frame.findChildren(QWidget) if getattr(one, "text", str)() == "Undo")
    QTest.mouseClick(undo, Qt.MouseButton.LeftButton)
    again = desk.draft_id()
    kept = desk.store(lambda store: store.drafts.load(again))
    assert kept.answers[ref("page_now", "injury_words")] == "typed"  # type: ignore[attr-defined]  # a draft


# -- keys


@pytest.mark.parametrize("key", ["y", "n", "d"])
def test_a_question_that_decides_a_flag_never_moves_on_by_itself(qtbot: QtBot, form_house: House, key: str) -> None:
    desk = at_form(qtbot, form_house)
    for name in ("strangulation", "firearm", "threats"):
        at_question(desk, ref("page_danger", name))
        desk.type(key)
        assert desk.form.page.current == ref("page_danger", name)
    at_question(desk, ref("page_danger", "weapons"))
    desk.type("n")
    assert desk.form.page.current == ref("page_danger", "threats")


def test_an_answer_that_moves_a_flag_only_with_others_stays_in_hand_too(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    desk.form.model.set_value(ref("page_now", "injury"), "yes")
    desk.form.model.set_value(ref("page_control", "isolation"), "yes")
    at_question(desk, ref("page_control", "separation"))
    desk.type("y")
    assert [one.code for one in desk.form.model.now_facts()] == ["control"]
    assert desk.form.page.current == ref("page_control", "separation")


def test_backspace_takes_back_and_then_goes_back(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    at_question(desk, ref("page_now", "despair"))
    desk.type("n")
    assert desk.form.page.current == ref("page_now", "pregnancy")
    desk.key("Backspace")
    assert desk.form.page.current == ref("page_now", "despair")
    desk.key("Backspace")
    assert value(desk, ref("page_now", "despair")) == ""
    assert desk.form.page.current == ref("page_now", "despair")
    at_question(desk, ref("page_now", "injury"))
    desk.key("Backspace")
    assert desk.form.page.current == ref("circumstances", "free_to_speak")


# -- signing


def test_signing_is_refused_beside_what_is_missing_and_choosing_it_goes_there(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    model = desk.form.model
    for name, said in CIRCUMSTANCES.items():
        model.set_value(ref("circumstances", name), said)
    model.stop_here()
    model.set_value(ref("judgement", "grade"), "high")
    model.set_value(ref("judgement", "victim_view"), "afraid")
    assert model.violations() == ()
    model.set_value(ref("page_now", "fear_why"), "")
    desk.key("Ctrl+Return")
    assert any(words.startswith("1 answer is needed") for words in shown_words(desk))
    (row,) = [one for one in desk.form.findChildren(ThingRow) if one.isVisible()]
    row.click()
    assert desk.form.page.current == ref("page_now", "fear_why")
    model.set_value(ref("page_now", "fear_why"), "not_safe")
    for name in ("injury", "fear", "despair", "pregnancy"):
        model.set_value(ref("page_now", name), "yes")
    model.set_value(ref("judgement", "grade"), "standard")
    assert [one.ref for one in model.violations()] == [ref("judgement", "reason")]


def test_while_items_are_open_no_low_band_is_shown_as_the_result(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    model = desk.form.model
    for name, said in CIRCUMSTANCES.items():
        model.set_value(ref("circumstances", name), said)
    items = [line.ref for line in model.session().score().lines]  # type: ignore[union-attr]  # the form scores
    for item in items[:-1]:
        model.set_value(item, "no")
    for at_check in (False, True):
        model.go_to(99 if at_check else 1)
        words = shown_words(desk)
        assert "Not graded yet" in words
        assert "Standard" not in words
        assert not any(bar._scale.settled for bar in desk.form.findChildren(ScaleBar))
    model.set_value(items[-1], "no")
    assert "Standard" in shown_words(desk)
    model.set_value(ref("circumstances", "free_to_speak"), "unsure")
    assert "Not graded yet" in shown_words(desk)
    assert "Standard" not in shown_words(desk)


def test_a_result_without_bands_is_drawn(qtbot: QtBot, form_house: House) -> None:
    at_form(qtbot, form_house)
    bar = ScaleBar(Scale(3, 5, 9))
    qtbot.addWidget(bar)
    assert not bar.grab().isNull()


# -- now card, language, children, privacy


def test_the_now_card_stands_above_the_page_and_its_answers_survive(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    at_question(desk, ref("page_danger", "strangulation"))
    assert not desk.form.now.isVisible()
    desk.type("y")
    assert desk.form.now.isVisible()
    assert "Have her neck seen by a doctor, even without marks" in shown_words(desk)
    desk.form.model.end_step("@now/strangulation/0", "refused")
    qtbot.wait(300)
    assert desk.draft().answers["@now/strangulation/0"] == "refused"
    desk.frame.open(Place.of("today"))
    desk.open(Place.of("form", draft=desk.draft_id()))
    (facts,) = desk.form.model.now_facts()
    assert [step.ending for step in facts.steps] == ["refused", ""]
    desk.form.model.set_value(ref("page_danger", "strangulation"), "no")
    assert not desk.form.now.isVisible()


def test_another_language_keeps_answers_place_and_keyboard(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    at_question(desk, ref("page_danger", "threats"))
    desk.type("y")
    desk.form.model.set_language("Deutsch (de)")
    assert desk.form.page.current == ref("page_danger", "threats")
    assert value(desk, ref("page_danger", "threats")) == "yes"
    assert desk.form.page.question(ref("page_danger", "threats")).accessibleName().startswith("Hat die Person")
    qtbot.wait(300)
    assert desk.draft().answers["@language"] == "Deutsch (de)"


def test_taking_a_child_off_keeps_the_other_ones_answers(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    model = desk.form.model
    model.set_value(ref("household", "has_children"), "yes")
    model.add_repeat(ref("household", "child"))
    model.add_repeat(ref("household", "child"))
    for number, name in enumerate(("Ada", "Ben", "Cleo"), 1):
        model.set_value(f"/data/household/child[{number}]/child_name", name)
    at_question(desk, "/data/household/child[1]/child_name")
    model.remove_repeat("/data/household/child[2]")
    names = [value(desk, f"/data/household/child[{number}]/child_name") for number in (1, 2)]
    assert names == ["Ada", "Cleo"]
    model.save()
    kept = desk.draft().answers
    assert [text for name, text in sorted(kept.items()) if name.endswith("child_name")] == ["Ada", "Cleo"]


def test_what_is_typed_reaches_neither_title_nor_log(
    qtbot: QtBot, form_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    desk = at_form(qtbot, form_house)
    desk.form.model.set_value(ref("page_now", "injury"), "yes")
    at_question(desk, ref("page_now", "injury_words"))
    desk.type("quarrylane")
    qtbot.wait(300)
    assert desk.draft().answers[ref("page_now", "injury_words")] == "quarrylane"
    assert "quarrylane" not in desk.causeway.window.windowTitle() + caplog.text
