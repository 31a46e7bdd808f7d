"""The frame round every screen once a store is open: rail, top bar, notice, the screen in sight and the way back.

Screens ask for places; the frame builds each from the makers it was given, keeps it while it lies on the way back and
destroys it afterwards. Leaves entering, cover and lock to the window.
"""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.i18n import tr
from desktop.model.case import CaseloadQuery, CaseRow
from desktop.store.store import Store
from desktop.tasks import Failure
from desktop.ui.actions import Act, acts, key_words
from desktop.ui.models.network import Truth, line_icon, line_words
from desktop.ui.models.today import BEGUN
from desktop.ui.notices import Notice, notice_of
from desktop.ui.theme.theme import current_theme
from desktop.ui.views.screen import Desk, Place, Screen, Screens, Way
from desktop.ui.widgets.commands import CommandPalette
from desktop.ui.widgets.commands import Entry as Goal
from desktop.ui.widgets.layout import column, holder, row
from desktop.ui.widgets.navigation import NavigationRail, TopBar
from desktop.ui.widgets.navigation import Place as Entry
from desktop.ui.widgets.notice import Notice as NoticeBox

MOST_FOUND = 12
NARROW = 1000
"""Logical pixels at 100 % below which the rail and side panels fold."""
MINUTE_MS = 60_000
PAUSE_MS = 200
"""Commits that follow each other this closely are counted once."""
EMERGENCY_NUMBER = "112"
"""Answered in every country of the packs."""


class Frame(QWidget):
    """Rail, top bar, notice and screens. `asked(name)` fires for acts that are the window's (lock, cover, theme)."""

    asked = Signal(str)

    def __init__(self, desk: Desk, screens: Screens) -> None:
        super().__init__()
        self.desk = desk
        self._makers = screens
        self._way = Way()
        self._open: dict[Place, Screen] = {}
        self._stack = QStackedWidget()
        self._acts = {one.name: one for one in acts() if not one.screen or one.screen in screens}
        self._rail = self._make_rail()
        self._bar = self._make_bar()
        self._notices = column(space=8)
        self._notices_holder = holder(self._notices)
        self._notices_holder.hide()
        inner = holder(column(self._bar, self._notices_holder, (self._stack, 1), space=0))
        self.setLayout(row(self._rail, (inner, 1), space=0))
        self._searches = 0
        self._palette = CommandPalette(self)
        self._palette.picked.connect(self._picked)
        self._palette.typed.connect(self._search)
        self._keys = [self._shortcut(one) for one in self._acts.values() if one.keys and one.name != "cover"]
        self._recount = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._recount.timeout.connect(self._count)
        self._minute = QTimer(self, interval=MINUTE_MS)
        self._minute.timeout.connect(self._show_line)
        self._minute.timeout.connect(self._count)
        self._minute.start()
        desk.tasks.changed.connect(self._store_changed)
        desk.tasks.failed.connect(self._failed)
        desk.network.changed.connect(self._show_line)
        self._show_line()
        self._count()

    def open(self, place: Place) -> None:
        """Go to `place`. The place left behind keeps its state and returns on the way back."""
        self._leave()
        self._way.go(place)
        self._show()

    def back(self) -> None:
        """Return to the place before this one, if there is one."""
        if len(self._way.places) < 2:
            return
        self._leave()
        self._way.back()
        self._show()

    def in_sight(self) -> Screen:
        """The screen in sight."""
        return self._open[self.place()]

    def place(self) -> Place:
        """The place in sight."""
        return self._way.places[-1]

    def do(self, name: str) -> None:
        """Carry out an act of `desktop.ui.actions` by its name."""
        one = self._acts[name]
        if one.screen:
            self.open(Place.of(one.screen))
        elif name == "back":
            self.back()
        elif name == "go":
            self._palette.show_entries(self._act_goals())
            self._palette.open()
        elif name == "sync_now":
            self.desk.network.wanted.emit()
        elif name == "danger":
            self._show_danger()
        else:
            self.asked.emit(name)

    def hand_over(self) -> None:
        """Let the screen in sight hand over what is in hand: the store is about to be closed."""
        self._leave()

    def show_notice(self, notice: Notice) -> None:
        """Show a notice above the screen until it is put away; the same notice twice is one."""
        shown = NoticeBox(
            notice.kind,
            notice.remedy or notice.text,
            title=notice.text.rstrip(".") if notice.remedy else "",
            act=notice.act[0] if notice.act else "",
            closable=True,
        )
        for old in self._notice_boxes():
            if old.accessibleName() == shown.accessibleName():
                self._put_away(old)
        if notice.act:
            shown.acted.connect(notice.act[1])
            shown.acted.connect(lambda: self._put_away(shown))
        shown.dismissed.connect(lambda: self._put_away(shown))
        self._notices.setContentsMargins(24, 12, 24, 0)
        self._notices.addWidget(shown)
        self._notices_holder.show()

    def notices(self) -> list[str]:
        """The notices now shown, as a screen reader says them."""
        return [box.accessibleName() for box in self._notice_boxes()]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    # -- parts

    def _make_rail(self) -> NavigationRail:
        entries = [
            Entry(one.name, one.words, one.icon, key_words(one.keys), gap=one.name == "conflicts")
            for one in self._acts.values()
            if one.rail
        ]
        theme = self._acts["theme"]
        entries.append(Entry(theme.name, theme.words, theme.icon, key_words(theme.keys), bottom=True))
        rail = NavigationRail("Causeway", entries, who=self.desk.name, unit=_unit_words(self.desk))
        rail.chosen.connect(self.do)
        return rail

    def _make_bar(self) -> TopBar:
        bar = TopBar()
        bar.go_requested.connect(lambda: self.do("go"))
        bar.sync_requested.connect(lambda: self.do("sync"))
        bar.danger_requested.connect(lambda: self.do("danger"))
        bar.cover_requested.connect(lambda: self.do("cover"))
        bar.lock_requested.connect(lambda: self.do("lock"))
        return bar

    def _shortcut(self, one: Act) -> QShortcut:
        shortcut = QShortcut(QKeySequence(one.keys), self)
        shortcut.activated.connect(lambda: self.do(one.name))
        return shortcut

    # -- going

    def _leave(self) -> None:
        here = self._way.here
        if here is not None and here in self._open:
            self._open[here].leave()

    def _show(self) -> None:
        place = self.place()
        screen = self._open.get(place)
        if screen is None:
            screen = self._makers[place.screen](self.desk, place)
            screen.go.connect(self.open)
            screen.back.connect(self.back)
            screen.replaced.connect(self._replace)
            screen.notice.connect(self.show_notice)
            self._stack.addWidget(screen)
            self._open[place] = screen
        self._stack.setCurrentWidget(screen)
        self._rail.set_current(place.screen)
        self._fold()
        screen.enter()
        (screen.first_focus() or screen).setFocus()
        self._forget()

    def _replace(self, place: Place) -> None:
        """Go to `place` in stead of the screen in sight, which the way back then no longer knows."""
        self._leave()
        self._way.places.pop()
        self._way.go(place)
        self._show()

    def _forget(self) -> None:
        for place in [each for each in self._open if each not in self._way.places]:
            gone = self._open.pop(place)
            self._stack.removeWidget(gone)
            gone.deleteLater()

    def _fold(self) -> None:
        narrow = self.width() < current_theme().px(NARROW)
        self._rail.set_folded(narrow or (bool(self._way.places) and self.in_sight().folds_rail))
        if self._way.places and self.place() in self._open:
            self.in_sight().fold(narrow)

    # -- going anywhere

    def _act_goals(self) -> list[Goal]:
        return [
            Goal(f"act:{one.name}", one.words, "", one.icon, key_words(one.keys))
            for one in self._acts.values()
            if one.name != "go"
        ]

    def _search(self, typed: str) -> None:
        """Search cases while typing; an answer that a later key overtook is not shown."""
        self._searches += 1
        if not typed.strip():
            self._palette.show_entries(self._act_goals())
            return
        asked = self._searches
        self.desk.tasks.query(
            lambda store: store.cases.caseload(CaseloadQuery(text=typed, statuses=frozenset())),
            lambda found: self._found(asked, typed, found[:MOST_FOUND]),
            owner=self,
        )

    def _found(self, asked: int, typed: str, found: Sequence[CaseRow]) -> None:
        if asked != self._searches:
            return
        note = tr("case, found by “{typed}”", typed=typed.strip())
        goals = [Goal(f"case:{row.key.space}:{row.key.tag}", row.code_name, note, "folder-open") for row in found]
        self._palette.show_entries([*goals, *self._act_goals()])

    def _picked(self, key: str) -> None:
        kind, *rest = key.split(":")
        if kind == "act":
            self.do(rest[0])
        else:
            self.open(Place.of("case", space=rest[0], tag=rest[1]))

    # -- telling

    def _failed(self, failure: Failure) -> None:
        self.show_notice(notice_of(failure))

    def _store_changed(self, kinds: frozenset[str], ids: frozenset[str]) -> None:
        if self._way.places:
            self.in_sight().store_changed(kinds, ids)
        self._recount.start()

    def _count(self) -> None:
        """How many things wait at the places of the rail: what needs me, what is to decide, what is not yet sent."""
        now = self.desk.now()

        def counts(store: Store) -> dict[str, int]:
            queue = store.queue.state()
            needs = sum(item.kind not in BEGUN for item in store.today.items(now))
            return {
                "today": needs,
                "conflicts": len(store.conflicts.open()),
                "sync": queue.pending + queue.refused,
                "unit": store.enrolling.waiting(),
            }

        self.desk.tasks.query(counts, self._counted, owner=self)

    def _counted(self, counts: dict[str, int]) -> None:
        for name, count in counts.items():
            if name in self._acts:
                self._rail.set_count(name, count)

    def _show_line(self, _truth: Truth | None = None) -> None:
        truth = self.desk.network.truth
        self._bar.show_sync(line_icon(truth), line_words(truth, self.desk.now()))

    def _show_danger(self) -> None:
        self.show_notice(
            Notice(
                "danger",
                tr("Danger now: call {number}.", number=EMERGENCY_NUMBER),
                tr("It works from any telephone, also without a card. What you typed here is kept."),
            )
        )

    def _notice_boxes(self) -> list[NoticeBox]:
        return self._notices_holder.findChildren(NoticeBox, options=Qt.FindChildOption.FindDirectChildrenOnly)

    def _put_away(self, box: NoticeBox) -> None:
        self._notices.removeWidget(box)
        box.setParent(None)
        box.deleteLater()
        if not self._notices.count():
            self._notices_holder.hide()


def _unit_words(desk: Desk) -> str:
    """The unit, and plainly that nothing here is real where the partnership is an invented one."""
    return tr("{unit} · practice", unit=desk.unit_name) if desk.practice else desk.unit_name
