"""A real program killed while a form is being filled: what was typed 300 ms before is in the draft.

Proven in parts, none of which a busy computer can change: the program waits so long and no longer, further keys do not
put it off, what is handed over goes before everything but the job at hand (`tests/desktop/test_tasks.py`), little is
computed on the way, and what the store says is kept outlives a kill at that very moment.
"""

from dataclasses import replace

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from desktop.crypto.keychain import Keychain
from desktop.store.store import Store
from desktop.ui.models.form import SAVE_AFTER_MS
from tests.desktop.ui.forms import at_form
from tests.desktop.ui.killed import killed
from tests.desktop.ui.opened import House, no_keyring

PROMISED_MS = 300
CHILD, CHILD_NAME = "/data/household/child", "/data/household/child[2]/child_name"


def drafts(store: Store) -> list[dict[str, str]]:
    found = [store.drafts.load(head.draft_id) for head in store.drafts.list()]
    return [draft.answers for draft in found if draft is not None]


@pytest.mark.parametrize("stages", [0, 1, 2])
def test_a_program_killed_at_the_commit_has_kept_everything_and_was_quick(form_house: House, stages: int) -> None:
    said = killed(form_house, "form", stages=str(stages))
    (answers,) = replace(form_house, keychain=Keychain(no_keyring)).with_store(drafts)
    assert {name: answers.get(name) for name in said.typed} == said.typed
    assert len(said.typed) == (1, 1, 3)[stages]
    assert said.waited + said.computed <= PROMISED_MS


def test_further_keys_do_not_put_saving_off(qtbot: QtBot, form_house: House) -> None:
    model = at_form(qtbot, form_house).form.model
    model.save()
    timer = model._timer
    model.set_value("/data/page_now/injury", "yes")
    first = timer.id()
    assert timer.isActive()
    assert timer.interval() == SAVE_AFTER_MS
    for number in range(5):
        model.set_value("/data/page_now/injury_words", "a" * number)
    assert timer.id() == first, "started anew"


def test_a_view_that_saves_while_it_is_shown_a_change_strands_nothing(qtbot: QtBot, form_house: House) -> None:
    desk = at_form(qtbot, form_house)
    model = desk.form.model
    model.page_shown.connect(lambda _page, _moved: model.save())
    model.question_shown.connect(lambda _view: model.save())
    model.set_value("/data/household/has_children", "yes")
    model.add_repeat(CHILD)
    model.set_value(CHILD_NAME, "Ben")
    qtbot.waitUntil(lambda: desk.draft().answers.get(CHILD_NAME) == "Ben", timeout=20_000)
    model.remove_repeat(f"{CHILD}[1]")
    qtbot.waitUntil(lambda: desk.draft().answers.get(f"{CHILD}[1]/child_name") == "Ben", timeout=20_000)
    assert CHILD_NAME not in desk.draft().answers
    qtbot.waitUntil(lambda: not any(timer.isActive() for timer in model.findChildren(QTimer)), timeout=20_000)
