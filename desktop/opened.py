"""An open profile: its store, its desk and screens, its way to the server, from unlock to lock.

Loaded when somebody unlocks, or quietly before: the unlock screen needs none of it. Leaves the window and the entrance
to `desktop.app`.
"""

import random
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QTimeZone

from desktop.carrying import AfterLock, Spooler
from desktop.errors import KnownError
from desktop.links import Links
from desktop.opening import Opening
from desktop.seating import Seated
from desktop.settings import Settings
from desktop.store.person_settings import PersonSettings
from desktop.store.store import Store
from desktop.syncing import Carrier, Connect, SyncDriver
from desktop.tasks import StoreThread
from desktop.ui.frame import Frame
from desktop.ui.models.entrance import Unlocked
from desktop.ui.models.network import Line, Network, Truth
from desktop.ui.remembered import Remembered
from desktop.ui.views.case import CaseScreen
from desktop.ui.views.caseload import CaseloadScreen
from desktop.ui.views.conflicts import ConflictsScreen
from desktop.ui.views.form import FormScreen
from desktop.ui.views.referral import ReferralScreen
from desktop.ui.views.referrals import ReferralsScreen
from desktop.ui.views.screen import Desk, Place, ScreenMaker
from desktop.ui.views.sync import SyncScreen
from desktop.ui.views.today import TodayScreen
from desktop.ui.views.unit import UnitScreen
from desktop.unsent import keep_unsent

SCREENS: Mapping[str, ScreenMaker] = {
    "today": TodayScreen,
    "caseload": CaseloadScreen,
    "case": CaseScreen,
    "referrals": ReferralsScreen,
    "referral": ReferralScreen,
    "conflicts": ConflictsScreen,
    "sync": SyncScreen,
    "unit": UnitScreen,
    "form": FormScreen,
    "report": FormScreen,
}


class Session:
    """Everything that lives from unlock to lock. `tasks` opens the store; then `furnish`, `drive`, and once `end`."""

    start = Place.of("today")
    """Where a person comes in who was nowhere before."""

    def __init__(self, unlocked: Unlocked, clock: Callable[[], datetime], zone: str, spool: Path) -> None:
        self.profile = unlocked.profile
        self._clock = clock
        self._zone = ZoneInfo(zone or bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii"))
        self._opening = Opening(unlocked, clock, self._zone, spool)
        self.tasks = StoreThread(self._opening.open)
        self._spooler = Spooler(self.tasks)
        self._way: Callable[[], Carrier] | None = None
        self.network = Network()
        self.driver: SyncDriver | None = None
        self.frame: Frame | None = None

    @property
    def seated(self) -> Seated | None:
        """Who sits here, once the store is open."""
        return self._opening.seated

    def person_home(self) -> "PersonHome":
        """Where the settings of this person are kept."""
        return PersonHome(self._opening.settings, self.tasks, self.network)

    def furnish(self, seated: Seated, remembered: Remembered) -> Frame:
        """Make the frame with its screens."""
        seat = seated.roster.seat(seated.keys.seat_id)
        desk = Desk(
            tasks=self.tasks,
            network=self.network,
            clock=self._clock,
            zone=self._zone,
            remembered=remembered,
            seat=seated.keys.seat_id,
            name=seat.name if seat else "",
            unit=seat.unit if seat else "",
            unit_names={unit.id: unit.name for unit in seated.roster.units},
            agencies=tuple(dict.fromkeys(unit.agency for unit in seated.roster.units)),
            practice=seated.roster.practice,
        )
        self.frame = Frame(desk, SCREENS)
        return self.frame

    def drive(self, seated: Seated, connect: Connect, rng: random.Random, settings: Settings) -> None:
        """Read what others left on this computer; begin the rounds with the server, where the partnership has one."""
        self._spooler.settle()
        if not seated.server:
            return
        self.network.tell(Truth(Line.WAITING))
        self._way = partial(connect, seated.server, seated.roster)
        links = Links(self.network)
        self.network.pause_on_metered = settings.get("metered_pause")
        self.driver = SyncDriver(
            self.tasks,
            self._way,
            self.network,
            clock=self._clock,
            rng=rng,
            errand=self._spooler.errand,
            paused=lambda: links.metered and self.network.pause_on_metered,
        )
        links.changed.connect(self.driver.look_again)
        self.network.pause_chosen.connect(partial(self._choose_pause, settings))
        self.driver.failed.connect(self.tasks.failed)
        self.driver.start()

    def _choose_pause(self, settings: Settings, pause: bool) -> None:  # noqa: FBT001  a plain yes or no from a signal
        self.network.pause_on_metered = pause
        try:
            settings.set("metered_pause", pause)
        except KnownError as error:
            self.tasks.failed.emit(error)
        if self.driver is not None:
            self.driver.look_again()

    def leave(self, rng: random.Random) -> AfterLock | None:
        """Stop the rounds and close the store; what may go on delivering without it, where there is such a thing."""
        if self.driver is not None:
            self.driver.stop()
        self.tasks.change(self._lay_down, lambda _done: None, owner=self.network)
        self.tasks.stop()
        return self._spooler.after_lock(self._way, rng) if self._way is not None else None

    def _lay_down(self, store: Store) -> None:
        """For the lock screen: what waits is in the spool, and counted."""
        if store.spooling is not None:
            store.spooling.lay_all()
            keep_unsent(self.profile.folder, *store.spooling.unsent())


class PersonHome:
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
