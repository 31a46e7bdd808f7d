"""What every screen is to the window: a place that can be gone to, come back to, and left.

A screen asks for another place with `go`; it never knows the window. The window keeps the way back, shows notices and
tells the screen when it is entered, left, and when something was committed. How it looks is each screen's own module.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.tasks import Failure, StoreThread
from desktop.ui.models.network import Network
from desktop.ui.notices import Notice, notice_of
from desktop.ui.remembered import Remembered


@dataclass(frozen=True)
class Place:
    """Where a person is or wants to go: the name of a screen and the ids it needs, never content.

    Names: `today caseload referrals conflicts sync unit` (in the rail; `conflicts` may name a conflict), `case` (space,
    tag), `report` (space and tag of its case, none for a new one; becomes a `form` once its draft is begun), `form`
    (draft), `referral` (draft, or space, tag and referral).
    """

    screen: str
    ids: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, screen: str, **ids: str) -> "Place":
        """`Place.of("case", space=…, tag=…)`."""
        return cls(screen, tuple(sorted(ids.items())))

    def get(self, name: str, default: str = "") -> str:
        """The id of that name."""
        return dict(self.ids).get(name, default)


@dataclass(frozen=True)
class Desk:
    """What every screen is given: the store's thread, the clock and zone, who sits here, what the device remembers."""

    tasks: StoreThread
    network: Network
    clock: Callable[[], datetime]
    zone: tzinfo
    remembered: Remembered
    seat: str
    name: str
    unit: str
    unit_names: Mapping[str, str]
    """The name of every unit of the partnership, by its id."""
    agencies: tuple[str, ...]
    """Every agency of the partnership once, in the order of its list."""
    practice: bool = False
    """Whether the partnership is an invented one."""

    @property
    def unit_name(self) -> str:
        """The name of the own unit."""
        return self.unit_names.get(self.unit, "")

    def now(self) -> datetime:
        """The time on this laptop, in its zone."""
        return self.clock().astimezone(self.zone)


ScreenMaker = Callable[[Desk, Place], "Screen"]
"""Builds the screen of a place. The composition root names one for each screen: `{"case": CaseScreen, …}`."""


class Screen(QWidget):
    """Base of every screen. A subclass builds its widgets in `__init__(desk, place)` and loads in `enter`."""

    go = Signal(object)
    """A `Place` to open on top of this one."""
    replaced = Signal(object)
    """A `Place` to open instead of this one: what this screen was for is done."""
    back = Signal()
    """Leave for the place before this one."""
    notice = Signal(object)
    """A `Notice` to show above this screen."""
    folds_rail = False
    """Whether the rail steps back for this screen, because it needs the room (a form)."""

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__()
        self.desk = desk
        self.place = place
        self.setObjectName("page")
        self.setProperty("noring", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def enter(self) -> None:
        """The screen has been shown, or shown again: load what it shows."""

    def leave(self) -> None:
        """The screen is about to be hidden, covered or locked: hand over what is still in a field."""

    def store_changed(self, kinds: frozenset[str], ids: frozenset[str]) -> None:
        """A commit, by this person or from a partner. Called only for the screen in sight; others load on `enter`."""

    def fold(self, narrow: bool) -> None:  # noqa: FBT001  a plain yes or no from the window
        """The window became narrower (or wider) than side panels can bear."""

    def first_focus(self) -> QWidget | None:
        """The control that has the keyboard when the screen is entered; None leaves it to Qt."""
        return None

    def failed(self, failure: Failure) -> None:
        """The usual `failed=` of a query or change: the failure in words, above the screen."""
        self.notice.emit(notice_of(failure))

    def say(self, notice: Notice) -> None:
        """Show a notice above the screen."""
        self.notice.emit(notice)


Screens = Mapping[str, ScreenMaker]


@dataclass
class Way:
    """The way back: the places a person came by, the one in sight last."""

    places: list[Place] = field(default_factory=list)
    longest: int = 30

    def go(self, place: Place) -> None:
        """Step forward; the place in sight already is not stacked twice."""
        if not self.places or self.places[-1] != place:
            self.places = [*self.places, place][-self.longest :]

    def back(self) -> Place | None:
        """Step back: the place now in sight, or None at the beginning."""
        if len(self.places) < 2:
            return None
        self.places.pop()
        return self.places[-1]

    @property
    def here(self) -> Place | None:
        return self.places[-1] if self.places else None
