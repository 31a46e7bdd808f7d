"""The composition root: the only place that builds things and hands each what it needs. No globals.

Everything from outside (folder, clock, zone, keyring, network) comes in as an `Outfit`, so that a test, the practice
partnership and a frozen program are built alike. Leaves how each part works to the parts.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QTimeZone, Signal
from PySide6.QtWidgets import QApplication

from desktop import log
from desktop.crypto.keychain import Keychain
from desktop.crypto.vault import Cost
from desktop.errors import KnownError
from desktop.looks import Looks
from desktop.packs import install_shipped
from desktop.paths import resource
from desktop.profiles import Profile, Profiles
from desktop.seating import Seated, found_unit, keep_seat, read_invitation, read_seat
from desktop.settings import DeviceFile, Home, Settings
from desktop.store.person_settings import PersonSettings
from desktop.store.seat import SeatIdentity
from desktop.store.store import Store
from desktop.syncing import Carrier, SyncDriver, transport_to
from desktop.tasks import Crew, Failure, GuiCollector, OnChanged, StoreThread
from desktop.ui.frame import Frame
from desktop.ui.models.entrance import Entrance, Seating, Unlocked
from desktop.ui.models.network import Line, Network, Truth
from desktop.ui.remembered import Remembered
from desktop.ui.views.case import CaseScreen
from desktop.ui.views.caseload import CaseloadScreen
from desktop.ui.views.conflicts import ConflictsScreen
from desktop.ui.views.first_run import AskForFile, FirstRunView, ask_for_invitation
from desktop.ui.views.form import FormScreen
from desktop.ui.views.referral import ReferralScreen
from desktop.ui.views.referrals import ReferralsScreen
from desktop.ui.views.screen import Desk, Place, ScreenMaker
from desktop.ui.views.sync import SyncScreen
from desktop.ui.views.today import TodayScreen
from desktop.ui.views.unlock import UnlockView
from desktop.ui.window import TITLE, Window
from sync.identity import Roster

Connect = Callable[[str, Roster], Carrier]
"""A new way to the server at an address, for the partnership of a roster."""

SCREENS: Mapping[str, ScreenMaker] = {
    "today": TodayScreen,
    "caseload": CaseloadScreen,
    "case": CaseScreen,
    "referrals": ReferralsScreen,
    "referral": ReferralScreen,
    "conflicts": ConflictsScreen,
    "sync": SyncScreen,
    "form": FormScreen,
    "report": FormScreen,
}


@dataclass(frozen=True)
class Outfit:
    """What the program gets from outside. `cost` is None but where a slow sum would only slow a test down."""

    data: Path
    connect: Connect
    keychain: Keychain = field(default_factory=Keychain)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    zone: str = field(default_factory=lambda: bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii"))
    """The IANA name of the person's time zone."""
    wall: Callable[[], float] = time.time
    cost: Cost | None = None
    rng: random.Random = field(default_factory=random.SystemRandom)
    ask: AskForFile = ask_for_invitation


def _seat_of(seating: Seating) -> Seated:
    if seating.invitation is not None:
        return read_invitation(seating.invitation)
    return found_unit(seating.name, seating.unit_name, seating.agency)


# -- an open profile


@dataclass
class Session:
    """Everything that lives from unlock to lock."""

    profile: Profile
    tasks: StoreThread
    network: Network
    driver: SyncDriver | None = None
    frame: Frame | None = None


class Causeway(QObject):
    """The program: one window, its entrance, at most one open profile. `opened` and `locked` tell which."""

    opened = Signal()
    locked = Signal()

    def __init__(self, app: QApplication, outfit: Outfit, screens: Mapping[str, ScreenMaker] = SCREENS) -> None:
        super().__init__()
        self._app = app
        self._outfit = outfit
        self._zone = ZoneInfo(outfit.zone)
        self._screens = screens
        outfit.data.mkdir(parents=True, exist_ok=True)
        self._remembered = Remembered(outfit.data)
        self._settings = Settings({Home.DEVICE: DeviceFile(outfit.data / "settings.json")})
        self._profiles = Profiles(outfit.keychain, outfit.data)
        self._crew = Crew(self)
        self._collector = GuiCollector(self)
        self._way_in: Entrance | None = None
        self._back_to: dict[str, Place] = {}
        self.session: Session | None = None
        self._looks = Looks(app, self._settings)
        self._looks.wear()
        self.window = Window(app, self._remembered)
        self.window.lock_wanted.connect(self.lock)
        self.window.theme_wanted.connect(self._other_look)
        self.window.closing.connect(self.close)

    def start(self) -> None:
        """Show the entrance: unlock where there is a profile, else first run."""
        self._enter()
        self.window.show()

    def lock(self) -> None:
        """Close the open profile: what is in hand is handed over and saved, then the file is closed."""
        if self.session is not None:
            self._end(self.session)
            self._enter()
            self.locked.emit()

    def close(self) -> None:
        """Lock, and wait for what is being worked on: the program ends."""
        if self.session is not None:
            self._end(self.session)
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
            self._profiles, out.keychain, self._crew, self._remembered, read_invitation, wall=out.wall, cost=out.cost
        )
        made.unlocked.connect(self.enter)
        return made

    def _show_unlock(self, way_in: Entrance) -> None:
        view = UnlockView(way_in, self._settings.get("lock_after_minutes"))
        view.new_wanted.connect(lambda: self._show_first_run(self._fresh_way_in(), others=True))
        self.window.show_entrance(view)

    def _show_first_run(self, way_in: Entrance, *, others: bool) -> None:
        view = FirstRunView(way_in, others=others, ask=self._outfit.ask)
        view.left.connect(self._enter)
        self.window.show_entrance(view)

    def _fresh_way_in(self) -> Entrance:
        self._way_in = self._make_way_in()
        return self._way_in

    # -- unlocked

    def enter(self, unlocked: Unlocked) -> None:
        """Open the store of an unlocked profile and show where the person was, or Today."""
        opening = _Opening(unlocked, self._outfit.clock, self._zone)
        session = Session(unlocked.profile, StoreThread(opening.open), Network())
        self.session = session
        session.tasks.start(
            lambda: self._show(session, opening), failed=lambda failure: self._not_opened(session, failure)
        )

    def _not_opened(self, session: Session, failure: Failure) -> None:
        if self.session is session:
            self.session = None
        if self._way_in is not None:
            self._way_in.refused.emit(failure)

    def _show(self, session: Session, opening: "_Opening") -> None:
        seated = opening.seated
        if self.session is not session or seated is None:
            return
        self._settings.attach(Home.PERSON, _PersonHome(opening.settings, session.tasks, session.network))
        desk = self._desk(session, seated)
        session.frame = Frame(desk, self._screens)
        if seated.server:
            session.network.tell(Truth(Line.WAITING))
            session.driver = self._drive(session, seated)
        self.window.show_frame(
            session.frame,
            lock_minutes=self._settings.get("lock_after_minutes"),
            cover_key=self._settings.get("cover_key"),
        )
        session.frame.open(self._back_to.pop(session.profile.profile_id, Place.of("today")))
        self.opened.emit()

    def _desk(self, session: Session, seated: Seated) -> Desk:
        seat = seated.roster.seat(seated.keys.seat_id)
        return Desk(
            tasks=session.tasks,
            network=session.network,
            clock=self._outfit.clock,
            zone=self._zone,
            remembered=self._remembered,
            seat=seated.keys.seat_id,
            name=seat.name if seat else "",
            unit=seat.unit if seat else "",
            unit_names={unit.id: unit.name for unit in seated.roster.units},
            agencies=tuple(dict.fromkeys(unit.agency for unit in seated.roster.units)),
        )

    def _drive(self, session: Session, seated: Seated) -> SyncDriver:
        driver = SyncDriver(
            session.tasks,
            partial(self._outfit.connect, seated.server, seated.roster),
            session.network,
            clock=self._outfit.clock,
            rng=self._outfit.rng,
        )
        driver.failed.connect(session.tasks.failed)
        driver.start()
        return driver

    def _end(self, session: Session) -> None:
        """Hand over, stop, close; what the unlock screen may say is a number and nothing else."""
        self.session = None
        if session.frame is not None:
            session.frame.hand_over()
            self._back_to[session.profile.profile_id] = session.frame.place()
        unsent = session.network.truth.pending + session.network.truth.refused
        self._remembered.keep(f"unsent/{session.profile.profile_id}", unsent)
        if session.driver is not None:
            session.driver.stop()
        self._settings.detach(Home.PERSON)
        session.tasks.stop()

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
    return transport_to(address, insecure_loopback=roster.practice)


def run_window(data: Path) -> int:
    """Open the program on the profiles below `data`; the exit status, once the window was closed."""
    log.start(data)
    log.catch_unhandled()
    app = QApplication([TITLE])
    app.setApplicationName(TITLE)
    causeway = Causeway(app, Outfit(data, server_of))
    causeway.start()
    return app.exec()


@dataclass
class _Opening:
    """Opening a store on its own thread, and what was read there for the GUI thread."""

    unlocked: Unlocked
    clock: Callable[[], datetime]
    zone: ZoneInfo
    seated: Seated | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def open(self, on_changed: OnChanged) -> Store:
        """A profile just made gets its seat first. Errors: those of the profile, of the seat and of the store."""
        database = self.unlocked.profile.open_store(self.unlocked.store_key)
        try:
            if self.unlocked.seating is not None:
                keep_seat(database, _seat_of(self.unlocked.seating))
            self.seated = read_seat(database)
            self.settings = PersonSettings(database).read()
            identity = SeatIdentity.of(self.seated.keys, self.seated.roster)
            store = Store.open(database, identity, self.clock, self.zone.key, local=self.zone, changed=on_changed)
            install_shipped(store.form_versions, resource("forms"))
        except BaseException:
            database.close()
            raise
        return store


class _PersonHome:
    """The home `person` of the settings: read when the store was opened, written on its thread."""

    def __init__(self, values: Mapping[str, Any], tasks: StoreThread, owner: QObject) -> None:
        self._values = values
        self._tasks = tasks
        self._owner = owner

    def read(self) -> Mapping[str, Any]:
        """As it was at opening."""
        return self._values

    def write(self, name: str, value: Any) -> None:
        """Keep one value; a failure is shown above the screen."""
        self._tasks.change(
            lambda store: PersonSettings(store.database).write(name, value), lambda _done: None, owner=self._owner
        )
