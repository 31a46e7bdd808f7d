"""A real program killed while a form is being filled: what was typed 300 ms before is in the draft."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.crypto.keychain import Keychain
from desktop.store.store import Store
from desktop.ui.models.form import SAVE_AFTER_MS
from tests.desktop.ui.opened import House, no_keyring

CHILD = """
import sys
from pathlib import Path
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from desktop.app import Causeway
from desktop.crypto.keychain import Keychain
from desktop.profiles import Profile
from desktop.ui.models.entrance import Unlocked
from desktop.ui.views.form import FormScreen
from desktop.ui.views.screen import Place
from tests.desktop.ui.opened import House, no_keyring

folder, profile_id, label, key, stages = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5])
app = QApplication([])
house = House(folder, Profile(profile_id, label, folder / "profiles" / profile_id), bytes.fromhex(key),
              Keychain(no_keyring))
causeway = Causeway(app, house.outfit())
causeway.start()
causeway.enter(Unlocked(house.profile, house.store_key))
def until(holds):
    while not holds():
        QTest.qWait(5)
until(lambda: causeway.session is not None and causeway.session.frame is not None)
frame = causeway.session.frame
causeway.window.activateWindow()
frame.open(Place.of("report"))
until(lambda: isinstance(frame.in_sight(), FormScreen) and frame.in_sight().model.is_open)
form = frame.in_sight()
typed = []
def type(ref, text):
    form._go_to_question(ref)
    QTest.keyClicks(QApplication.focusWidget(), text)
    typed.append(f"{ref}={form.model.session().question(ref).value}")
type("/data/page_now/injury", "y")
if stages > 0:
    type("/data/page_now/injury_words", "bruise below the ear")
if stages > 1:
    form.model.set_value("/data/household/has_children", "yes")
    form.model.add_repeat("/data/household/child")
    type("/data/household/child[2]/child_name", "Ben")
    form.model.end_step("@now/none/0", "done")
def kept(store):
    (head,) = store.drafts.list()
    answers = store.drafts.load(head.draft_id).answers
    return all(answers.get(one.partition("=")[0]) == one.partition("=")[2] for one in typed)
for _ in range(400):
    QTest.qWait(50)
    if causeway.session.tasks.step(kept).result():
        break
print("\\n".join(typed), flush=True)
print("ready", flush=True)
while True:
    QTest.qWait(1000)
"""


def drafts(store: Store) -> list[dict[str, str]]:
    found = [store.drafts.load(head.draft_id) for head in store.drafts.list()]
    return [draft.answers for draft in found if draft is not None]


@pytest.mark.parametrize("stages", [0, 1, 2])
def test_a_killed_program_has_kept_everything_typed_before_a_short_pause(form_house: House, stages: int) -> None:
    house = form_house
    root = Path(__file__).resolve().parents[3]
    facts = [str(house.folder), house.profile.profile_id, house.profile.label, house.store_key.hex(), str(stages)]
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, *facts],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(root)},
    )
    assert child.stdout is not None
    typed = []
    for line in child.stdout:
        if line.strip() == "ready":
            break
        typed.append(line.strip())
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert len(typed) == min(stages, 2) + 1
    (answers,) = replace(house, keychain=Keychain(no_keyring)).with_store(drafts)
    assert [f"{one.partition('=')[0]}={answers.get(one.partition('=')[0])}" for one in typed] == typed


def test_what_is_typed_is_handed_over_well_within_three_hundred_milliseconds() -> None:
    assert SAVE_AFTER_MS <= 200
