"""Today: what needs me, in four groups by who must move; drafts, what changed since the last look, how old it is.

The first row has the keyboard and Enter does its act; N begins a report. Leaves words to `desktop.ui.models.today`.
"""

from collections.abc import Iterable
from datetime import datetime

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.i18n import tr, trn
from desktop.model.moment import moment, stamp
from desktop.model.record import CaseKey
from desktop.model.today import Group, TodayItem
from desktop.tasks import Failure
from desktop.ui.models.case_begun import is_decision, referral_of
from desktop.ui.models.network import Line, Truth, line_icon
from desktop.ui.models.today import TodayLine, TodayModel, TodayPage, group_words
from desktop.ui.models.words import day_words, due_words, time_words
from desktop.ui.views.listing import Listing
from desktop.ui.views.screen import Desk, Place, Screen
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.layout import clear, column, holder, list_card, row, scroll, side_panel
from desktop.ui.widgets.rows import ListRow, RowFacts, ThingRow
from desktop.ui.widgets.text import IconLabel, data_as_of, label

SIDE = 312
MINUTE_MS = 60_000
PAUSE_MS = 150
"""Commits that follow each other this closely are read once."""
LAST_LOOK = "last_look"


class TodayScreen(Screen):
    """The home screen."""

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._model = TodayModel(desk.tasks, desk.unit_names)
        self._model.setParent(self)
        self._since = _read_look(desk)
        self._title = label("", "small", "muted", wrap=True)
        self._groups = column(space=16)
        self._list = Listing(holder(column(self._groups, None)))
        self._aside = holder(column(space=20))
        self._below = column()
        self._shown: tuple[TodayPage, datetime] | None = None
        self._at_first = True
        self._rows: list[ListRow] = []
        self._items: list[TodayItem] = []
        self.setLayout(self._make_page())
        self._model.shown.connect(self._show)
        self._model.failed.connect(self._could_not_read)
        new = QShortcut(QKeySequence("N"), self)
        new.activated.connect(self._new_report)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.load)
        minute = QTimer(self, interval=MINUTE_MS)
        minute.timeout.connect(self.load)
        minute.start()
        desk.network.changed.connect(self._line_changed)

    def enter(self) -> None:
        self.load()

    def leave(self) -> None:
        self.desk.remembered.keep(LAST_LOOK, stamp(self.desk.clock()))

    def first_focus(self) -> QWidget | None:
        return self._rows[0] if self._rows else self._new

    def store_changed(self, kinds: frozenset[str], ids: frozenset[str]) -> None:
        del kinds, ids
        self._pause.start()

    def fold(self, narrow: bool) -> None:  # noqa: FBT001  as in Screen
        self._side.setVisible(not narrow)
        target = self._below if narrow else self._beside
        target.insertWidget(0, self._aside)

    def load(self) -> None:
        """Read the list as of now."""
        self._model.load(self.desk.now(), self._since)

    def rows(self) -> list[ListRow]:
        """The rows now shown, in order."""
        return self._rows

    def _make_page(self) -> QVBoxLayout:
        self._new = button(tr("New report"), "primary", "plus", tip=tr("New report (N)"))
        self._new.clicked.connect(self._new_report)
        head = row((column(label(tr("Today"), "h1"), self._title, space=3), 1), self._new)
        main = holder(column(head, (self._list, 1), self._below, space=16, margins=24))
        self._beside = column(self._aside, None, margins=20)
        self._side = side_panel(self._beside, SIDE)
        self._area = scroll(main)
        return column((row((self._area, 1), self._side, space=0), 1), space=0)

    # -- showing

    def _show(self, page: TodayPage) -> None:
        shown = (page, self.desk.now().replace(second=0, microsecond=0))
        if shown == self._shown:
            return
        self._shown = shown
        if not self._same_rows(page):
            self._fill(page)
        self._title.setText(
            tr(
                "{day}. {count}",
                day=day_words(self.desk.now()),
                count=trn("%n thing needs you.|%n things need you.", page.count),
            )
        )
        if page.count:
            self._list.show_content()
        else:
            self._list.show_empty(
                "circle-check",
                tr("Nothing needs you now"),
                tr("What falls due, comes back or comes in will stand here."),
            )
        self._show_aside(page)

    def _same_rows(self, page: TodayPage) -> bool:
        """Where the same things stand in the same order only their words are new: nothing is built, nothing moves."""
        lines = [line for lines in page.groups.values() for line in lines]
        if [_thing_of(line.item) for line in lines] != [_thing_of(item) for item in self._items]:
            return False
        for made, line in zip(self._rows, lines, strict=True):
            made.show_facts(self._facts(line))
        return True

    def _fill(self, page: TodayPage) -> None:
        """Build the rows anew. The keyboard stays with its thing or, where that is gone, at its height in the list."""
        focused = next((place for place, made in enumerate(self._rows) if made.hasFocus()), None)
        held = _thing_of(self._items[focused]) if focused is not None else None
        scrolled = self._area.verticalScrollBar().value()
        if focused is not None:
            self.setFocus()  # else Qt hands the keyboard from row to row as they go, and scrolls after it
        self._area.setUpdatesEnabled(False)
        clear(self._groups)
        self._rows, self._items = [], []
        for group, lines in page.groups.items():
            if lines:
                self._groups.addLayout(self._group(group, lines))
        things = [_thing_of(item) for item in self._items]
        place = things.index(held) if held in things else focused
        # Only after the new rows are laid out does the area know how far it can scroll.
        QTimer.singleShot(0, self, lambda: self._settle(place, scrolled))

    def _settle(self, place: int | None, scrolled: int) -> None:
        """Put the keyboard and the page where they were; at the first reading on the first row, at the top."""
        first, self._at_first = self._at_first and bool(self._rows), self._at_first and not self._rows
        self._area.setUpdatesEnabled(True)
        self._area.verticalScrollBar().setValue(0 if first else scrolled)
        if first and self.window().focusWidget() in (None, self, self._new):
            place = 0
        if place is not None and self.isVisible():
            target = self._rows[min(place, len(self._rows) - 1)] if self._rows else self._new
            target.setFocus()
            if not first:
                self._area.ensureWidgetVisible(target)

    def _group(self, group: Group, lines: Iterable[TodayLine]) -> QVBoxLayout:
        words, icon = group_words(group)
        made = [self._row(line) for line in lines]
        tone = "danger" if group is Group.NOW else "muted"
        head = row(16, IconLabel(icon, tone, 18), 6, label(words, "h3"), label(str(len(made)), "small", "muted"), None)
        return column(head, list_card(made), space=6)

    def _row(self, line: TodayLine) -> ListRow:
        made = ListRow(self._facts(line))
        made.clicked.connect(lambda: self.go.emit(place_of(line.item)))
        self._rows.append(made)
        self._items.append(line.item)
        return made

    def _facts(self, line: TodayLine) -> RowFacts:
        when, tone = due_words(line.item.due, self.desk.now())
        return RowFacts(
            title=line.title,
            text=line.text,
            why=line.why,
            act=line.act,
            icon=line.icon,
            tone={"danger": "danger", "warn": "warn"}.get(line.item.tone.value, "muted"),
            grade=line.item.grade.value if line.item.case else "",
            when=when,
            when_tone=tone,
        )

    def _show_aside(self, page: TodayPage) -> None:
        layout = self._aside.layout()
        if not isinstance(layout, QVBoxLayout):
            return
        clear(layout)
        now = self.desk.now()
        drafts = [self._thing(line.item, line.title, line.text, line.why, "file-pen") for line in page.drafts]
        layout.addLayout(_section(tr("Drafts on this laptop"), drafts, tr("No form is half-filled.")))
        if page.since is not None:
            news = [
                self._case_thing(one.code_name, time_words(moment(one.updated_at), now), one.key) for one in page.news
            ]
            title = tr("Since you last looked, {time}", time=time_words(page.since, now))
            layout.addLayout(_section(title, news, tr("Nothing has changed.")))
        layout.addWidget(self._as_of(page, now))

    def _thing(self, item: TodayItem, title: str, text: str, note: str, icon: str) -> ThingRow:
        made = ThingRow(title, text, note, icon=icon)
        made.clicked.connect(lambda: self.go.emit(place_of(item)))
        return made

    def _case_thing(self, title: str, when: str, key: CaseKey) -> ThingRow:
        made = ThingRow(title, tr("Changed {time}", time=when), icon="history")
        made.clicked.connect(lambda: self.go.emit(Place.of("case", space=key.space, tag=key.tag)))
        return made

    def _as_of(self, page: TodayPage, now: datetime) -> QWidget:
        contact = time_words(moment(page.sync.last_contact), now)
        if self.desk.network.truth.line is Line.ALONE:
            return data_as_of(tr("On this laptop only"), tr("This profile has no server; nothing is sent."), "laptop")
        if not contact:
            return data_as_of(
                tr("No contact with the server yet"), tr("All you do here is kept and goes out by itself.")
            )
        waiting = trn("%n entry waits for its key.|%n entries wait for their keys.", page.sync.waiting)
        offline = self.desk.network.truth.line is Line.OFFLINE
        note = tr("Partner updates may be waiting. All you do here is kept and goes out by itself.") if offline else ""
        parts = [waiting if page.sync.waiting else "", note or tr("What partners wrote up to then is here.")]
        return data_as_of(
            tr("Data as of {time}", time=contact),
            " ".join(part for part in parts if part),
            line_icon(self.desk.network.truth),
        )

    def _line_changed(self, truth: Truth) -> None:
        """Only a contact or its loss changes what is said here; progress does not."""
        if truth.line in (Line.LEVEL, Line.OFFLINE):
            self.load()

    def _could_not_read(self, failure: Failure) -> None:
        self._shown = None
        self._list.show_failure(failure, self.load)

    def _new_report(self) -> None:
        self.go.emit(Place.of("report"))


def _thing_of(item: TodayItem) -> tuple[object, ...]:
    """What makes an item the same thing at two readings; its grade, due time and words may differ."""
    return item.group, item.kind, item.case, item.ref, item.act


def place_of(item: TodayItem) -> Place:
    """Where the act of an item leads."""
    if item.kind == "refused":
        return Place.of("sync")
    if item.kind == "draft":
        return Place.of("form", draft=item.ref)
    if item.kind == "conflict":
        return Place.of("conflicts", conflict=item.ref)
    if item.kind == "edit" and is_decision(item.ref):
        return Place.of("conflicts")
    if item.case is None:
        return Place.of("caseload")
    ids = {"space": item.case.space, "tag": item.case.tag}
    referral = referral_of(item.ref) if item.kind == "edit" else ""
    if item.kind == "referral" or referral:
        return Place.of("referral", **ids, referral=referral or item.ref)
    return Place.of("case", **ids)


def _section(title: str, rows: list[ThingRow], empty: str) -> QVBoxLayout:
    parts: list[QWidget] = [*rows] or [label(empty, "small", "muted", wrap=True)]
    return column(label(title, "h3", wrap=True), *parts, space=4)


def _read_look(desk: Desk) -> datetime | None:
    return moment(desk.remembered.word(LAST_LOOK, ""))
