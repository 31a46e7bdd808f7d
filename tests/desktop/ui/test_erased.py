"""Erasures on the Sync screen: the writer is told what went, a lead takes a wish back, nothing names an erased file."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.demo.partnership import found
from desktop.model.moment import stamp
from desktop.store.erasing import Erased
from desktop.store.store import Store
from desktop.ui.models.erasing import Line, words
from desktop.ui.views.case import CaseScreen
from desktop.ui.views.screen import Place
from desktop.ui.views.sync import SyncScreen
from tests.desktop.ui.opened import NOW, House, make_seated_house, opened


@pytest.fixture
def lead(tmp_path: Path) -> House:
    """The laptop of a lead of the police, by the signed trees of the practice partnership."""
    return make_seated_house(tmp_path, found().seated("rowan"))


def shown(screen: QWidget) -> str:
    return " | ".join(label.text() for label in screen.findChildren(QLabel) if label.isVisible())


def at_sync(qtbot: QtBot, house: House) -> SyncScreen:
    _causeway, frame = opened(qtbot, house)
    frame.open(Place.of("sync"))
    screen = frame.in_sight()
    assert isinstance(screen, SyncScreen)
    return screen


def press(screen: QWidget, fits: Callable[[QPushButton], bool]) -> None:
    next(one for one in screen.findChildren(QPushButton) if one.isVisible() and fits(one)).click()


def erase(store: Store, *, reached: bool) -> None:
    key = store.cases.new("Harbour 214")
    store.cases.add_record(key, "note", {"text": "written meanwhile"})
    store.erasing.erase(key)
    if reached:
        store.erasing.settle()


def test_the_writer_is_told_once_what_was_dropped(qtbot: QtBot, lead: House) -> None:
    lead.with_store(lambda store: erase(store, reached=True))
    screen = at_sync(qtbot, lead)
    qtbot.waitUntil(lambda: "2 changes written before the erasure arrived were dropped." in shown(screen))
    assert "a file was erased by its leads" in shown(screen)
    assert "Harbour" not in shown(screen)
    press(screen, lambda one: one.accessibleName() == "Put away")
    qtbot.waitUntil(lambda: "erased" not in shown(screen))


def test_a_wish_waits_for_the_server_and_can_be_taken_back(qtbot: QtBot, lead: House) -> None:
    lead.with_store(lambda store: erase(store, reached=False))
    screen = at_sync(qtbot, lead)
    qtbot.waitUntil(lambda: "Harbour 214 is to be erased when the server is reached." in shown(screen))
    press(screen, lambda one: one.text() == "Take back")
    qtbot.waitUntil(lambda: "is to be erased" not in shown(screen))
    qtbot.waitUntil(lambda: "Harbour 214" in shown(screen))  # its entries still wait to go out


def test_what_came_afterwards_is_counted_and_another_leads_word_is_asked_for(lead: House) -> None:
    def act(store: Store) -> tuple[str, str]:
        key = store.cases.new("Harbour 214")
        erased = Line(key, "Police", erased=Erased(key, stamp(NOW), 4, 0, 1))
        return words(erased, NOW), words(Line(key, "Harbour 214"), NOW)

    told, asked = lead.with_store(act)
    assert "1 entry that came for it afterwards was dropped." in told
    assert "written before" not in told
    assert asked == "Harbour 214: a lead has asked to erase this file. Another lead’s word is needed."


def at_case(qtbot: QtBot, house: House) -> CaseScreen:
    key = house.with_store(lambda store: store.cases.new("Harbour 214"))
    _causeway, frame = opened(qtbot, house)
    frame.open(Place.of("case", space=key.space, tag=key.tag))
    screen = frame.in_sight()
    assert isinstance(screen, CaseScreen)
    qtbot.waitUntil(lambda: screen.page is not None)
    return screen


def test_a_lead_asks_on_the_case_and_is_asked_again_first(qtbot: QtBot, lead: House) -> None:
    screen = at_case(qtbot, lead)
    qtbot.waitUntil(lambda: "Keeping this file" in shown(screen))
    screen.keeping.erase_button.click()
    qtbot.waitUntil(lambda: "Everything in it goes for good" in shown(screen))
    press(screen, lambda one: one.text() == "Erase for good")
    qtbot.waitUntil(lambda: "It is to be erased when the server is reached." in shown(screen))
    assert not screen.keeping.erase_button.isEnabled()
    qtbot.waitUntil(lambda: "Everything in it goes" not in shown(screen))


def test_a_lead_freezes_a_file(qtbot: QtBot, lead: House) -> None:
    screen = at_case(qtbot, lead)
    qtbot.waitUntil(screen.keeping.freeze_button.isVisible)
    screen.keeping.freeze_button.click()
    qtbot.waitUntil(lambda: "It is to be frozen when the server is reached." in shown(screen))


def test_a_practitioner_sees_nothing_of_it(qtbot: QtBot, tmp_path: Path) -> None:
    screen = at_case(qtbot, make_seated_house(tmp_path, found().seated("alder")))
    assert screen.page is not None
    assert screen.page.keeping is None
    assert "Keeping this file" not in shown(screen)
