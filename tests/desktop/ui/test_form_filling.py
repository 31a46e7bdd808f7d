"""A risk record from its first question to its signature by keys alone, and what then stands in the case."""

from typing import Any

from pytestqt.qtbot import QtBot

from desktop.model.case import CaseFile
from desktop.ui.views.screen import Place
from tests.desktop.ui.forms import Desk, at_form
from tests.desktop.ui.opened import House

PLAN = {
    "default": "no",
    "place": "home",
    "channel": "phone",
    "present": "children relative",
    "hearing": "no",
    "interpreter": "no",
    "free_to_speak": "yes",
    "strangulation": "yes",
    "strangulation_words": "he held her neck on Sunday",
    "firearm": "yes",
    "injury": "yes",
    "injury_words": "bruise below the ear",
    "fear": "yes",
    "stalking": "dont_know",
    "stalking_words": "perhaps the car",
    "money": "refused",
    "sexual": "not_asked",
    "sexual_why": "no_time",
    "has_children": "yes",
    "child_name": "Ada",
    "child_age": "4",
    "child_where": "with her aunt",
    "child_witnessed": "yes",
    "child_at_risk": "dont_know",
    "grade": "high",
    "reason": "he knows where she sleeps",
    "victim_view": "for_life",
    "victim_words": "he will come back",
}


def test_from_the_first_question_to_the_signature_by_keys_only(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    desk.fill(PLAN)
    assert desk.form.model.violations() == ()
    with qtbot.waitSignal(desk.form.replaced, timeout=5000) as signed:
        desk.key("Ctrl+Return")
    place = signed.args[0]
    assert place.screen == "case"
