"""The frame round every screen: the rail with its places, the bar above, the bar below. They know no screen."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from desktop.ui.theme.theme import current_theme
from desktop.ui.theme.tokens import RADIUS, SIZES
from desktop.ui.widgets.buttons import Button, button
from desktop.ui.widgets.flow import Beside
from desktop.ui.widgets.layout import Part, box, column, holder, line, reveal, row
from desktop.ui.widgets.painted import Brush, PaintedButton, Picture, text_width
from desktop.ui.widgets.text import key_cap, label


@dataclass(frozen=True)
class Place:
    """One entry of the rail. `gap` sets it apart from the one above; `bottom` puts it at the rail's foot."""

    key: str
    name: str
    icon: str
    shortcut: str = ""
    gap: bool = False
    bottom: bool = False


class NavItem(PaintedButton):
    """A place: sign, name, how many things wait there. Folded it shows sign and dot; name and tooltip stay."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.name, SIZES.control)
        self._place, self._count, self._on, self._folded = place, 0, False, False
        self.show_state()

    def show_state(self, *, count: int | None = None, on: bool | None = None, folded: bool | None = None) -> None:
        """Change what is given, keep the rest."""
        self._count = self._count if count is None else count
        self._on = self._on if on is None else on
        self._folded = self._folded if folded is None else folded
        spoken = f"{self._place.name}, {self._count}" if self._count else self._place.name
        self.setAccessibleName(spoken)
        self.setToolTip(f"{self._place.name} · {self._place.shortcut}" if self._place.shortcut else self._place.name)
        self.updateGeometry()
        self.update()

    def natural_width(self) -> int:
        theme = current_theme()
        if self._folded:
            return theme.px(SIZES.control)
        return 12 + theme.px(SIZES.icon_m) + 12 + text_width(self._place.name, "strong") + theme.px(34)

    def paintEvent(self, _event: QPaintEvent) -> None:
        width, height, on = self.width(), self.height(), self._on
        with Brush(self) as brush:
            if on or self.underMouse():
                brush.panel(QRectF(0, 0, width, height), "accent_soft" if on else "hover", None, RADIUS.m)
            if on:
                brush.panel(QRectF(0, 8, 3, height - 16), "accent", None, 1.5)
            side = brush.theme.px(SIZES.icon_m)
            left = (width - side) // 2 if self._folded else 12
            tone = "on_accent_soft" if on else "muted"
            brush.icon(left, (height - side) // 2, self._place.icon, tone, SIZES.icon_m)
            if self._folded:
                if self._count:
                    brush.panel(QRectF(width - 14, 5, 8, 8), "accent", None, 4)
                return
            left += side + 12
            count = str(self._count) if self._count else ""
            room = text_width(count, "caption_strong") + 4
            ink = "on_accent_soft" if on else "text"
            brush.text(
                QRect(left, 0, width - left - room - 14, height), self._place.name, "strong" if on else "body", ink
            )
            brush.text(QRect(width - room - 12, 0, room, height), count, "caption_strong", tone, right=True)


class Mark(Picture):
    """The program's sign: stepping stones across a line. Nothing in it names the work."""

    def __init__(self, size: int = 26) -> None:
        super().__init__("")
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self._size, self._size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with Brush(self) as brush:
            unit = self._size / 26
            painter = brush.painter
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(brush.theme.colour("accent"))
            painter.drawRoundedRect(QRectF(self.rect()), 7 * unit, 7 * unit)
            painter.setBrush(brush.theme.colour("on_accent"))
            for left, top in ((5.0, 16.0), (10.5, 12.0), (16.0, 8.0)):
                painter.drawRoundedRect(QRectF(left * unit, top * unit, 5 * unit, 3 * unit), 1.5 * unit, 1.5 * unit)


class NavigationRail(QFrame):
    """Where one can go. `chosen(key)` when a place is opened; `set_folded` leaves only the signs."""

    chosen = Signal(str)

    def __init__(self, title: str, places: Sequence[Place], *, who: str = "", unit: str = "") -> None:
        super().__init__()
        self.setProperty("box", "nav")
        self._items: dict[str, NavItem] = {}
        self._folded = False
        parts: list[Part] = []
        foot: list[Part] = []
        for place in places:
            item = NavItem(place)
            item.clicked.connect(lambda _checked=False, key=place.key: self.chosen.emit(key))
            self._items[place.key] = item
            target = foot if place.bottom else parts
            target += [12, item] if place.gap else [item]
        self._title: QLabel = label(title, "h3")
        self._who: QLabel = label(who, "small_strong", wrap=True)
        self._unit: QLabel = label(unit, "caption", "muted", wrap=True)
        self._person = holder(column(line(), 6, self._who, self._unit, space=2, margins=(8, 12, 0, 12)))
        reveal(self._person, bool(who))
        head = row(Mark(), self._title, None, space=10, margins=(0, 6))
        self.setLayout(column(head, 12, *parts, None, *foot, self._person, space=2, margins=(13, 10, 14, 10)))
        self._fit()

    def set_current(self, key: str) -> None:
        """Mark the place that is open."""
        for name, item in self._items.items():
            item.show_state(on=name == key)

    def set_count(self, key: str, count: int) -> None:
        """How many things wait at a place; nought shows nothing."""
        self._items[key].show_state(count=count)

    def set_person(self, who: str, unit: str) -> None:
        """Who works here."""
        self._who.setText(who)
        self._unit.setText(unit)
        reveal(self._person, bool(who) and not self._folded)

    def set_folded(self, folded: bool) -> None:  # noqa: FBT001  a setter in Qt's own shape
        """Show only the signs, or also the names."""
        self._folded = folded
        for item in self._items.values():
            item.show_state(folded=folded)
        reveal(self._title, not folded)
        reveal(self._person, not folded and bool(self._who.text()))
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_person"):
            self._fit()

    def _fit(self) -> None:
        theme = current_theme()
        widest = max((item.natural_width() for item in self._items.values()), default=0) + 21
        folded = max(theme.px(SIZES.control) + 21, SIZES.rail_folded)
        self.setFixedWidth(folded if self._folded else max(theme.px(SIZES.rail), widest))


class TopBar(QFrame):
    """Go anywhere, the truth about the network, danger now, cover and lock: on every screen, each one key away.

    Narrow windows keep the signs and drop the words; names and tooltips stay.
    """

    go_requested = Signal()
    sync_requested = Signal()
    danger_requested = Signal()
    cover_requested = Signal()
    lock_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("box", "topbar")
        self._go = GoField(self.tr("Go to a case, person or act"))
        self._sync = button(self.tr("Not synced yet"), "ghost", "cloud-off", dense="s")
        self._danger = button(self.tr("Danger now"), "danger", "phone-call", dense="s")
        self._danger.setToolTip(self.tr("The number to call now · Ctrl+Shift+D"))
        self._cover = button(self.tr("Cover"), "ghost", "eye-off", dense="s")
        self._cover.setToolTip(self.tr("A neutral page at once; everything typed is kept · Shift three times"))
        self._lock = button(self.tr("Lock"), "ghost", "lock", dense="s")
        self._lock.setToolTip(self.tr("Lock · Ctrl+L"))
        self._cap = key_cap("⇧ ⇧ ⇧")
        self._words = {made: made.accessibleName() for made in (self._sync, self._danger, self._cover, self._lock)}
        self._tips = {made: made.toolTip() for made in (self._danger, self._cover, self._lock)}
        ends = row(self._sync, line(upright=True), self._danger, self._cover, self._cap, self._lock, space=10)
        self.setLayout(row((self._go, 4), (holder(row()), 1), ends, space=12, margins=(8, 24)))
        for made, signal in (
            (self._go, self.go_requested),
            (self._sync, self.sync_requested),
            (self._danger, self.danger_requested),
            (self._cover, self.cover_requested),
            (self._lock, self.lock_requested),
        ):
            made.clicked.connect(signal)

    def show_sync(self, icon: str, words: str) -> None:
        """Where the outbox stands, for example `cloud-off` and "Offline since 08:12 · 4 in outbox"."""
        self._words[self._sync] = words
        self._sync.set_words(words, icon)
        self._fold(self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold(self.width())

    def _fold(self, width: int) -> None:
        """Drop words until the rest fits: those of Lock and Cover first, then Danger now, the network last."""
        room = width - 48 - self._go.natural_width() - 12 * 2 - 10 * 5
        for made, words in self._words.items():
            self._say(made, words)
        reveal(self._cap, width >= current_theme().px(940))
        for made in (self._lock, self._cover, self._danger, self._sync):
            if sum(each.sizeHint().width() for each in self._words) + self._cap_width() <= room:
                return
            self._say(made, "")

    def _say(self, made: Button, shown: str) -> None:
        """Words on the button; its name is said whole also where only the sign stands."""
        made.setText(shown)
        made.setAccessibleName(self._words[made])
        made.setToolTip(self._tips.get(made, self._words[made]))
        made.refresh_icon()

    def _cap_width(self) -> int:
        return 0 if self._cap.isHidden() else self._cap.sizeHint().width()

    def minimumSizeHint(self) -> QSize:
        return QSize(320, super().minimumSizeHint().height())


class GoField(PaintedButton):
    """Looks like a search field and opens the command palette, so that there is one place to type into."""

    def __init__(self, words: str) -> None:
        super().__init__(words, SIZES.control)
        self._words = words
        self._key = "Ctrl K"
        self.setMaximumWidth(420)

    def natural_width(self) -> int:
        return current_theme().px(170)

    def paintEvent(self, _event: QPaintEvent) -> None:
        width, height = self.width(), self.height()
        with Brush(self) as brush:
            edge = "text" if self.underMouse() else "line_control"
            brush.panel(QRectF(self.rect()), "surface", edge, RADIUS.m)
            side = brush.theme.px(SIZES.icon)
            brush.icon(11, (height - side) // 2, "search", "muted", SIZES.icon)
            cap = text_width(self._key, "key") + 12
            tall = brush.theme.px(20)
            spot = QRect(width - cap - 7, (height - tall) // 2, cap, tall)
            brush.panel(QRectF(spot), "surface", "line_button", RADIUS.s)
            brush.text(spot.adjusted(6, 0, 0, 0), self._key, "key", "muted")
            left = 11 + side + 12
            brush.text(QRect(left, 0, spot.left() - left - 6, height), self._words, "small", "subtle")


def bottom_bar(left: Sequence[QWidget], message: str, right: Sequence[QWidget]) -> QFrame:
    """The bar below a page that is a form: ways out at the start, the page's one primary act at the end."""
    words = label(message, "small", "muted", wrap=True)
    words.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignTrailing)
    return box("bottombar", row(*left, (words, 1), *right, space=12, margins=(10, 24)))


def crumbs(*parts: str) -> QWidget:
    """Where I am, as words; the last part is here."""
    shown: list[Part] = []
    for number, part in enumerate(parts):
        shown += [label("/", "caption", "subtle")] if number else []
        shown.append(label(part, "caption", "muted" if number == len(parts) - 1 else "accent"))
    return holder(row(*shown, None, space=6))


def heading(title: str, text: str = "", *acts: Button) -> QWidget:
    """A page's title with a sentence below it, and its acts at the end."""
    words = column(
        label(title, "h1", wrap=True), *([label(text, "small", "muted", wrap=True)] if text else []), space=3
    )
    if not acts:
        return holder(words)
    return Beside([(holder(words), 1), (holder(row(*acts, None, space=8)), 0)], least=560)
