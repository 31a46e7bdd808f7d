"""A whole program in a process of its own that is typed into, and killed by itself at the commit that keeps the words.

It runs the event loop that a person's program runs, which lets other threads work while it waits. (Qt's own waits for
tests do not: `QTest.qWait` holds Python's lock, and the store's thread stands still until it returns.) A kill at the
very commit leaves nothing to luck: whatever would have been written later is lost.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.app import Causeway
from desktop.crypto.keychain import Keychain
from desktop.profiles import Profile
from desktop.store.store import Store
from desktop.tasks import StoreThread
from desktop.ui.frame import Frame
from desktop.ui.models.entrance import Unlocked
from desktop.ui.models.form import SAVE_AFTER_MS
from desktop.ui.views.case import CaseScreen
from desktop.ui.views.case_edit import KEEP_MS
from desktop.ui.views.form import FormScreen
from desktop.ui.views.referral import ReferralScreen
from desktop.ui.views.referral_follow import FollowReferral
from desktop.ui.views.screen import Place
from tests.desktop.ui.opened import House, no_keyring

STEP_MS = 5
SECONDS = 200
"""After so long the program gives up: the words were never kept."""
Typed = dict[str, Any]
Step = Callable[[], bool]
Facts = Mapping[str, str]


@dataclass
class Hands:
    """What a script works with: the frame, what was typed so far by name, and how the store shows it."""

    frame: Frame
    facts: Facts
    typed: Typed = field(default_factory=dict)
    waits_ms: int = 0
    """How long the program itself lets words wait before it hands them over."""
    held: Callable[[Store], Typed] = lambda _store: {}
    at_last_key: float = 0.0

    def type(self, words: str) -> None:
        """Type into whatever has the keyboard, key by key."""
        focus = QApplication.focusWidget()
        assert focus is not None
        for key in words:
            self.at_last_key = time.thread_time()
            QTest.keyClicks(focus, key)


@dataclass(frozen=True)
class Report:
    """What the killed program said with its last breath. Milliseconds; computing time, so other programs do not count.

    `waited`: by its own timer. `computed`: on the GUI thread from the last key to the hand-over, then on the store's
    thread until the commit.
    """

    typed: Typed
    waited: int
    computed: float
    commits: int


def _settled() -> Iterator[Step]:
    for _ in range(4):
        yield lambda: True


def note(hands: Hands) -> Iterator[Step]:
    """A note half written in a case."""
    frame, key = hands.frame, (hands.facts["space"], hands.facts["tag"])
    frame.open(Place.of("case", space=key[0], tag=key[1]))
    screen = frame.in_sight()
    assert isinstance(screen, CaseScreen)
    yield lambda: screen.page is not None
    screen.show_step("follow_up")
    screen.follow.add_note()
    editor = screen.follow.notes.slot.editor
    assert editor is not None
    yield from _settled()
    editor.controls()["text"].setFocus()
    hands.waits_ms = KEEP_MS
    hands.held = lambda store: {begun.editor: begun.typed["text"] for begun in store.edits.list((".".join(key),))}
    hands.typed["note"] = hands.facts["words"]
    hands.type(hands.facts["words"])


def act(hands: Hands) -> Iterator[Step]:
    """What is said with an act on a referral, half written."""
    frame, facts = hands.frame, hands.facts
    frame.open(Place.of("referral", space=facts["space"], tag=facts["tag"], referral=facts["referral"]))
    screen = frame.in_sight()
    assert isinstance(screen, ReferralScreen)
    part = screen.part
    assert isinstance(part, FollowReferral)
    yield lambda: facts["act"] in part.acts
    part.acts[facts["act"]].click()
    yield from _settled()
    assert part.form is not None
    part.form.field(facts["field"]).control.setFocus()
    hands.waits_ms = KEEP_MS
    hands.held = lambda store: {begun.editor: begun.typed[facts["field"]] for begun in store.edits.list()}
    hands.typed[f"act {facts['referral']} {facts['act']}"] = facts["words"]
    hands.type(facts["words"])


def form(hands: Hands) -> Iterator[Step]:
    """A risk record: one answer; then words; then also one more child and a step that was done."""
    frame, stages = hands.frame, int(hands.facts["stages"])
    frame.open(Place.of("report"))
    yield lambda: isinstance(frame.in_sight(), FormScreen) and bool(_form(frame).model.is_open)
    screen = _form(frame)
    yield from _settled()
    hands.waits_ms = SAVE_AFTER_MS
    hands.held = _answers

    def give(ref: str, keys: str, answer: str) -> None:
        screen._go_to_question(ref)
        hands.typed[ref] = answer
        hands.type(keys)

    if stages == 0:
        give("/data/page_now/injury", "y", "yes")
        return
    screen.model.set_value("/data/page_now/injury", "yes")
    give("/data/page_now/injury_words", "bruise below the ear", "bruise below the ear")
    if stages == 1:
        return
    yield from _settled()
    screen.model.set_value("/data/household/has_children", "yes")
    screen.model.add_repeat("/data/household/child")
    yield from _settled()
    screen.model.end_step("@now/none/0", "done")
    hands.typed["@now/none/0"] = "done"
    give("/data/household/child[2]/child_name", "Ben", "Ben")


SCRIPTS: Mapping[str, Callable[[Hands], Iterator[Step]]] = {"note": note, "act": act, "form": form}


def _form(frame: Frame) -> FormScreen:
    screen = frame.in_sight()
    assert isinstance(screen, FormScreen)
    return screen


def _answers(store: Store) -> Typed:
    (head,) = store.drafts.list()
    draft = store.drafts.load(head.draft_id)
    return dict(draft.answers) if draft else {}


class Typist(QObject):
    """Carries out a script step by step between the events, and watches every change that reaches the store."""

    def __init__(self, causeway: Causeway, script: str, facts: Facts) -> None:
        super().__init__()
        self._causeway = causeway
        self._script, self._facts = script, facts
        self._hands: Hands | None = None
        self._steps: Iterator[Step] | None = None
        self._until: Step = lambda: True
        self._typing = threading.Event()
        self._commits = 0
        self._timer = QTimer(self, interval=STEP_MS)
        self._timer.timeout.connect(self._go)
        causeway.opened.connect(self._opened)

    def _opened(self) -> None:
        session = self._causeway.session
        assert session is not None
        assert session.frame is not None
        self._hands = Hands(session.frame, self._facts)
        self._steps = SCRIPTS[self._script](self._hands)
        session.tasks.change = self._watched(session.tasks)  # type: ignore[method-assign]  # seen from outside
        self._causeway.window.activateWindow()
        self._timer.start()

    def _go(self) -> None:
        """One step. Whatever goes wrong ends the program, with a status that is no kill."""
        try:
            if self._until() and self._steps is not None:
                self._until = next(self._steps)
        except StopIteration:
            self._timer.stop()
            self._typing.set()
        except BaseException:  # noqa: BLE001  an assertion too: nothing may go on as if it had held
            traceback.print_exc()
            os._exit(3)

    def _watched(self, tasks: StoreThread) -> Callable[..., None]:
        given = tasks.change

        def change(write: Callable[[Store], Any], *rest: Any, **named: Any) -> None:
            handed = time.thread_time()

            def act(store: Store) -> Any:
                began = time.thread_time()
                answer = write(store)
                self._committed(store, handed, time.thread_time() - began)
                return answer

            given(act, *rest, **named)

        return change

    def _committed(self, store: Store, handed: float, computed: float) -> None:
        """On the store's thread, right after a commit: if all words are in it, this is the end of the program."""
        hands = self._hands
        self._commits += 1
        if hands is None or not self._typing.is_set():
            return
        held = hands.held(store)
        if any(held.get(name) != value for name, value in hands.typed.items()):
            return
        spent = handed - hands.at_last_key + computed
        said = Report(hands.typed, hands.waits_ms, round(spent * 1000, 1), self._commits)
        os.write(1, json.dumps(asdict(said)).encode())
        os.kill(os.getpid(), signal.SIGKILL)


def killed(house: House, script: str, **facts: str) -> Report:
    """Run the program on `house`, carry out a script of `SCRIPTS`, and return what it said when it was killed."""
    root = Path(__file__).resolve().parents[3]
    whole = facts | {
        "folder": str(house.folder),
        "profile": house.profile.profile_id,
        "label": house.profile.label,
        "key": house.store_key.hex(),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.desktop.ui.killed", script, json.dumps(whole)],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(root)},
    )
    assert done.returncode == -signal.SIGKILL, f"not killed but ended with {done.returncode}: {done.stderr}"
    return Report(**json.loads(done.stdout))


def main(script: str, facts: Facts) -> None:
    """The program, typed into and killed."""
    signal.alarm(SECONDS)
    app = QApplication([])
    folder = Path(facts["folder"])
    profile = Profile(facts["profile"], facts["label"], folder / "profiles" / facts["profile"])
    house = House(folder, profile, bytes.fromhex(facts["key"]), Keychain(no_keyring))
    causeway = Causeway(app, house.outfit())
    typist = Typist(causeway, script, facts)
    causeway.start()
    causeway.enter(Unlocked(house.profile, house.store_key))
    app.exec()
    del typist


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
