"""The composition root: the only place that builds things and hands each what it needs. No globals.

Everything from outside (folder, clock, zone, keyring, network) comes in as an `Outfit`, so that a test, the practice
partnership and a frozen program are built alike. What only an open profile needs (`desktop.opened`) is loaded once the
unlock screen stands. Leaves how each part works to the parts.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from desktop import log
from desktop.crypto.keychain import Keychain
from desktop.errors import KnownError
from desktop.looks import Looks
from desktop.paths import spool_root
from desktop.profiles import Profiles
from desktop.settings import DeviceFile, Home, Settings
from desktop.store.lying import unsent
from desktop.tasks import Crew, Failure, GuiCollector
from desktop.ui.models.entrance import Entrance, Unlocked
from desktop.ui.remembered import Remembered
from desktop.ui.views.unlock import UnlockView
from desktop.ui.window import TITLE, Window

if TYPE_CHECKING:
    from desktop.carrying import AfterLock
    from desktop.crypto.vault import Cost
    from desktop.joining import Asked
    from desktop.opened import Session
    from desktop.syncing import Carrier, Connect
    from desktop.ui.views.first_run import AskForFile
    from desktop.ui.views.screen import Place
    from sync.identity import Roster


LOAD_AFTER_MS = 150
"""After the first paint: first the profiles are read and shown, and nobody has typed a passphrase by then."""


@dataclass(frozen=True)
class Outfit:
    """What the program gets from outside. `cost` is None but where a slow sum would only slow a test down."""

    data: Path
    connect: Connect
    keychain: Keychain = field(default_factory=Keychain)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    zone: str = ""
    """The IANA name of the person's time zone; empty: that of this computer."""
    wall: Callable[[], float] = time.time
    cost: Cost | None = None
    rng: random.Random = field(default_factory=random.SystemRandom)
    spool: Path | None = None
    """The spool of this computer; None: one in the data folder."""
    ask: AskForFile | None = None
    """Asks for a file; None for the system's own dialog."""


class Causeway(QObject):
    """The program: one window, its entrance, at most one open profile. `opened` and `locked` tell which."""

    opened = Signal()
    locked = Signal()

    def __init__(self, app: QApplication, outfit: Outfit) -> None:
        super().__init__()
        self._app = app
        self._outfit = outfit
        outfit.data.mkdir(parents=True, exist_ok=True)
        self._remembered = Remembered(outfit.data)
        self._settings = Settings({Home.DEVICE: DeviceFile(outfit.data / "settings.json")})
        self._profiles = Profiles(outfit.keychain, outfit.data)
        self._crew = Crew(self)
        self._collector = GuiCollector(self)
        self._way_in: Entrance | None = None
        self._back_to: dict[str, Place] = {}
        self.session: Session | None = None
        self._spool = outfit.spool or outfit.data / "spool"
        self._after_lock: AfterLock | None = None
        self._looks = Looks(app, self._settings)
        self._looks.wear()
        self.window = Window(app, self._remembered)
        self.window.lock_wanted.connect(self.lock)
        self.window.theme_wanted.connect(self._other_look)
        self.window.closing.connect(self.close)
        self._loading = QTimer(self, singleShot=True, interval=LOAD_AFTER_MS)
        self._loading.timeout.connect(self._load)
        self.window.painted.connect(self._loading.start)

    def start(self) -> None:
        """Show the entrance: unlock where there is a profile, else first run."""
        self._enter()
        self.window.show()

    def lock(self) -> None:
        """Close the open profile: what is in hand is handed over and saved, then the file is closed."""
        if self.session is not None:
            self._end(self.session)
            if self._after_lock is not None:
                self._after_lock.start()
            self._enter()
            self.locked.emit()

    def close(self) -> None:
        """Lock, and wait for what is being worked on: the program ends."""
        if self.session is not None:
            self._end(self.session)
        self._stop_delivering()
        self._loading.stop()
        self._crew.stop()
        self._collector.stop()

    # -- the entrance

    def _enter(self) -> None:
        self._way_in = self._make_way_in()
        if self._profiles.list():
            self._show_unlock(self._way_in)
        else:
            self._show_first_run(self._way_in, others=False)

    def _make_way_in(self) -> Entrance:
        out = self._outfit
        made = Entrance(
            self._profiles,
            out.keychain,
            self._crew,
            self._remembered,
            _look_at_invitation,
            wall=out.wall,
            cost=out.cost,
            lying=lambda: unsent(self._spool),
        )
        made.unlocked.connect(self.enter)
        return made

    def _show_unlock(self, way_in: Entrance) -> None:
        view = UnlockView(way_in, self._settings.get("lock_after_minutes"))
        view.new_wanted.connect(lambda: self._show_first_run(self._fresh_way_in(), others=True))
        self.window.show_entrance(view)

    def _show_first_run(self, way_in: Entrance, *, others: bool) -> None:
        from desktop.ui.views.first_run import FirstRunView, ask_for_invitation  # noqa: PLC0415  seen once in a lifetime

        view = FirstRunView(way_in, others=others, ask=self._outfit.ask or ask_for_invitation)
        view.left.connect(self._enter)
        self.window.show_entrance(view)

    def _fresh_way_in(self) -> Entrance:
        self._way_in = self._make_way_in()
        return self._way_in

    # -- unlocked

    def _load(self) -> None:
        """While the person types the passphrase, what comes after it is loaded: unlocking does not wait for it."""
        self._crew.run(_open_profiles, lambda _loaded: None, owner=self)

    def enter(self, unlocked: Unlocked) -> None:
        """Open the store of an unlocked profile and show where the person was, or Today."""
        session = _open_profiles()(unlocked, self._outfit.clock, self._outfit.zone, self._spool)
        self.session = session
        session.tasks.start(lambda: self._show(session), failed=lambda failure: self._not_opened(session, failure))

    def _stop_delivering(self) -> None:
        """Whoever has unlocked delivers what lies here; at the program's end nobody does."""
        if self._after_lock is not None:
            self._after_lock.stop()
            self._after_lock = None

    def _not_opened(self, session: Session, failure: Failure) -> None:
        if self.session is session:
            self.session = None
        if self._way_in is not None:
            self._way_in.refused.emit(failure)

    def _show(self, session: Session) -> None:
        seated = session.seated
        if self.session is not session or seated is None:
            return
        self._settings.attach(Home.PERSON, session.person_home())
        self._stop_delivering()
        frame = session.furnish(seated, self._remembered)
        session.drive(seated, self._outfit.connect, self._outfit.rng, self._settings)
        self.window.show_frame(
            frame, lock_minutes=self._settings.get("lock_after_minutes"), cover_key=self._settings.get("cover_key")
        )
        frame.open(self._back_to.pop(session.profile.profile_id, session.start))
        self.opened.emit()

    def _end(self, session: Session) -> None:
        """Hand over, stop, close. What may be delivered without a key is left to `_after_lock`."""
        self.session = None
        if session.frame is not None:
            session.frame.hand_over()
            self._back_to[session.profile.profile_id] = session.frame.place()
        self._settings.detach(Home.PERSON)
        self._after_lock = session.leave(self._outfit.rng)

    def _other_look(self) -> None:
        """Light to dark and back."""
        try:
            self._looks.switch()
        except KnownError as error:
            if self.session is not None:
                self.session.tasks.failed.emit(error)


def server_of(address: str, roster: Roster) -> Carrier:
    """The real way to a server; plain http to this very computer only in a practice partnership.

    Raises `SyncError` for an address or CA file that can never work.
    """
    from desktop.syncing import transport_to  # noqa: PLC0415  the network is loaded once a profile is open

    return transport_to(address, insecure_loopback=roster.practice, authority=roster.authority)


def _open_profiles() -> type[Session]:
    from desktop.opened import Session  # noqa: PLC0415  most of the program: the unlock screen must not wait for it

    return Session


def _look_at_invitation(path: Path) -> Asked:
    from desktop.joining import look_at  # noqa: PLC0415  only first run reads one

    return look_at(path, datetime.now(UTC).date().isoformat())


def run_window(data: Path) -> int:
    """Open the program on the profiles below `data`; the exit status, once the window was closed."""
    log.start(data)
    log.catch_unhandled()
    app = QApplication([TITLE])
    app.setApplicationName(TITLE)
    causeway = Causeway(app, Outfit(data, server_of, spool=spool_root(data)))
    causeway.start()
    return app.exec()
