"""The driven day: two agencies, one case, no network, then a server that is killed and comes back.

Everything is typed and clicked through the real windows of two laptops beside a real server process. Pictures are
saved, a table says what happened. Leaves hands and eyes to `hands`, answers to `filling`, the table to `outcome`.
"""

import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from PySide6.QtWidgets import QApplication

from desktop.app import Causeway, Outfit, server_of
from desktop.crypto.keychain import Keychain
from desktop.demo.acts import Acts
from desktop.demo.hands import Hands
from desktop.demo.laptop import no_keyring
from desktop.demo.outcome import Outcome
from desktop.demo.practice import Made, make_practice
from desktop.errors import KnownError
from desktop.settings import DeviceFile
from desktop.store.store import Store
from desktop.ui.window import TITLE

ZONE = "Europe/London"
WIDTH, HEIGHT = 1366, 768
T = TypeVar("T")
_Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


def drive_day(folder: Path, pictures: Path, look: Mapping[str, object] | None = None) -> int:
    """Drive the day in a fresh partnership below `folder`; 0 when every line of the table held, else 1.

    `look`: settings of the device (theme, scale_percent) for the pictures.
    """
    logging.getLogger("causeway").setLevel(logging.ERROR)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([TITLE])
    print("Making the practice partnership …", flush=True)
    made = make_practice(folder, ZONE)
    day = Day(app, made, pictures, look or {})
    faults: list[str] = []
    before = sys.excepthook
    sys.excepthook = lambda kind, error, trace: faults.append(_fault(kind, error, trace, before))
    try:
        day.run()
    except KnownError as error:
        day.outcome.note("the day came to its end", error.explanation.sentence, held=False)
        day.show_where_it_stopped()
    finally:
        day.end()
        sys.excepthook = before
    day.outcome.note("faults of the program", ", ".join(faults) or "none", held=not faults)
    print(day.outcome.table())
    print(f"{len(day.pictures())} pictures in {pictures}")
    return 0 if day.outcome.whole else 1


def _fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None, report: _Hook) -> str:
    """Report a fault as usual and name its type: a day on which something broke unseen did not go well."""
    report(kind, error, trace)
    return kind.__name__


class Day:
    """One day on two laptops. `outcome` fills as it goes."""

    def __init__(self, app: QApplication, made: Made, pictures: Path, look: Mapping[str, object]) -> None:
        self.outcome = Outcome()
        self._made = made
        self.police = self._laptop(app, "alder", "police", pictures, look)
        self.health = self._laptop(app, "linden", "health", pictures, look)

    def _laptop(self, app: QApplication, member: str, name: str, pictures: Path, look: Mapping[str, object]) -> Hands:
        data = self._made.laptops[member].data
        file = DeviceFile(data / "settings.json")
        for key, value in look.items():
            file.write(key, value)
        causeway = Causeway(app, Outfit(data, server_of, Keychain(no_keyring), zone=ZONE))
        causeway.window.resize(WIDTH, HEIGHT)
        return Hands(causeway, name, pictures)

    def pictures(self) -> list[Path]:
        """Every picture taken."""
        return [*self.police.taken, *self.health.taken]

    def run(self) -> None:
        """The day from unlocking to level laptops."""
        acts = Acts(self.police, self.health, self._made, self.outcome, self.ask)
        acts.unlock()
        before = self._changes()
        acts.look_round()
        acts.server_goes()
        acts.assess()
        acts.refer()
        acts.edit_apart()
        acts.server_comes_back()
        acts.decide()
        acts.answer_referral()
        acts.lock_again()
        self._note_changes(before)
        self._note_level()

    def ask(self, hands: Hands, question: Callable[[Store], T]) -> T:
        """Ask a laptop's store, on its own thread, what it holds: only to compare, never to act."""
        session = hands.causeway.session
        if session is None:
            raise KnownError("demo.closed", f"The {hands.name} laptop is locked.", "Look at the pictures.")
        return session.tasks.step(question).result()

    def show_where_it_stopped(self) -> None:
        """A last picture of each laptop."""
        for hands in (self.police, self.health):
            hands.picture(f"stopped_{hands.name}")

    def end(self) -> None:
        """Close both windows and stop the server."""
        for hands in (self.police, self.health):
            hands.causeway.window.close()
        self._made.practice.server.stop()

    def _changes(self) -> dict[str, int]:
        return {hands.name: self.ask(hands, _count_changes) for hands in (self.police, self.health)}

    def _note_changes(self, before: Mapping[str, int]) -> None:
        hands = (self.police, self.health)
        keys, clicks = sum(one.keys for one in hands), sum(one.clicks for one in hands)
        self.outcome.note("keys struck, controls clicked", f"{keys}, {clicks}", held=keys > 0 and clicks > 0)
        for one in hands:
            own = self.ask(one, _count_own)
            held = self.ask(one, _count_changes)
            figure = f"{held - before[one.name]} new here, {own} written here in all"
            self.outcome.note(f"changes held by {one.name}", figure, held=held > before[one.name])

    def _note_level(self) -> None:
        """The fold of every shared space is the same on both laptops, and nothing waits."""
        police, health = (self.ask(hands, _folds) for hands in (self.police, self.health))
        common = sorted(police.keys() & health.keys())
        same = sum(police[space] == health[space] for space in common)
        figure = f"{same} of {len(common)} shared spaces"
        self.outcome.note("folds equal on both laptops", figure, held=bool(common) and same == len(common))
        waiting = {hands.name: self.ask(hands, _waiting) for hands in (self.police, self.health)}
        words = ", ".join(f"{name} {count}" for name, count in waiting.items())
        self.outcome.note("still waiting to be sent", words, held=not any(waiting.values()))


def _count_changes(store: Store) -> int:
    return int(store.database.value("SELECT count(*) FROM change") or 0)


def _count_own(store: Store) -> int:
    return int(store.database.value("SELECT count(*) FROM change WHERE seat = ?", (store.seat.seat_id,)) or 0)


def _folds(store: Store) -> dict[str, str]:
    return {space: store.ledger.fold_hash(space) for space in store.seat.spaces if store.seat.is_shared(space)}


def _waiting(store: Store) -> int:
    state = store.queue.state()
    return state.pending + state.refused + state.bad
