"""The list of referrals, sent and received: where each stands, who holds the risk, which clock runs; Enter opens.

Leaves rows and words to `desktop.ui.models.referrals`.
"""

from functools import partial

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QHeaderView, QWidget

from desktop.i18n import tr, trn
from desktop.tasks import Failure
from desktop.ui.models.referrals import Direction, ReferralsModel, Wanted, columns
from desktop.ui.theme.theme import current_theme
from desktop.ui.views.listing import Listing
from desktop.ui.views.screen import Desk, Place, Screen
from desktop.ui.widgets.buttons import Button, button, filter_button, tab_button
from desktop.ui.widgets.fields import search_field
from desktop.ui.widgets.flow import flow
from desktop.ui.widgets.layout import box, column, holder, line, row
from desktop.ui.widgets.table import TableView
from desktop.ui.widgets.text import key_cap, label

PAUSE_MS = 120
MINUTE_MS = 60_000
COLUMNS = "columns/referrals"
TAB = "referrals_tab"
NARROW = {"case": 106, "state": 150, "due": 92}
"""Widths at 100 % where there is little room: who holds the risk must stay readable."""
DIRECTIONS: tuple[Direction, ...] = ("all", "sent", "received")


class ReferralsScreen(Screen):
    """All referrals held on this laptop."""

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.model = ReferralsModel(desk.tasks, desk.now, desk.unit, desk.unit_names, self)
        self._chosen = ""
        self._narrow = False
        self.search = search_field(tr("Search the referrals"), tr("Code name, reference or unit"))
        self.tabs = self._make_tabs()
        self.filters = self._make_filters()
        self._clear = button(tr("Clear"), "quiet", dense="s", tip=tr("Take all filters off"))
        self._clear.clicked.connect(self.clear)
        self.table = self._make_table()
        self._count = label("", "body", "muted")
        keys = holder(row(None, key_cap("Enter"), label(tr("open"), "caption", "muted"), space=6, margins=(7, 12)))
        self._listing = Listing(box("card", column((self.table, 1), line(), keys, space=0, margins=1)))
        self.setLayout(self._make_page())
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.model.load)
        minute = QTimer(self, interval=MINUTE_MS)
        minute.timeout.connect(self.model.load)
        minute.start()
        self.search.textChanged.connect(lambda _text: self._show_wanted())
        self.model.loaded.connect(self._loaded)
        self.model.failed.connect(self._could_not_read)
        find = QShortcut(QKeySequence("Ctrl+F"), self)
        find.activated.connect(self.search.setFocus)

    # -- what the window asks

    def enter(self) -> None:
        self.model.load()

    def leave(self) -> None:
        self.desk.remembered.keep(COLUMNS, self.table.column_state())

    def first_focus(self) -> QWidget:
        return self.table

    def store_changed(self, kinds: frozenset[str], ids: frozenset[str]) -> None:
        del kinds, ids
        self._pause.start()

    def fold(self, narrow: bool) -> None:  # noqa: FBT001  as in Screen
        for name in ("who", "clock", "reference", "sent", "grade"):
            self.table.setColumnHidden(self._place_of(name), narrow)
        for name, width in NARROW.items():
            wide = next(one.width for one in columns() if one.name == name)
            if narrow != self._narrow:
                self.table.setColumnWidth(self._place_of(name), current_theme().px(width if narrow else wide))
        self._narrow = narrow

    # -- parts

    def _make_page(self) -> QHBoxLayout:
        head = row(label(tr("Referrals"), "h1"), 8, self._count, None)
        tabs = row(*self.tabs.buttons(), None, space=0)
        self.search.setMaximumWidth(current_theme().px(280))
        self.search.setMinimumWidth(current_theme().px(180))
        filters = flow(self.search, *self.filters.values(), self._clear, space=6)
        page = column(
            head, column(tabs, line(), space=0), filters, (self._listing, 1), space=10, margins=(16, 24, 20, 24)
        )
        return row(holder(page))

    def _make_tabs(self) -> QButtonGroup:
        words = {"all": tr("All"), "sent": tr("Sent"), "received": tr("Received")}
        last = self.desk.remembered.word(TAB, "all", DIRECTIONS)
        group = QButtonGroup(self)
        for number, one in enumerate(DIRECTIONS):
            made = tab_button(words[one], on=one == last)
            made.setToolTip(f"{words[one]} (Alt+{number + 1})")
            made.setShortcut(QKeySequence(f"Alt+{number + 1}"))
            group.addButton(made, number)
        group.idClicked.connect(lambda _number: self._turn())
        return group

    def _make_filters(self) -> dict[str, Button]:
        made = {
            "mine": filter_button(tr("We hold the risk")),
            "high": filter_button(tr("High and extreme")),
            "closed": filter_button(tr("Ended too")),
        }
        for one in made.values():
            one.toggled.connect(lambda on, one=one: self._filter(one, on=on))
        return made

    def _make_table(self) -> TableView:
        table = TableView(tr("Referrals"))
        table.setModel(self.model)
        theme = current_theme()
        for number, one in enumerate(columns()):
            table.setColumnWidth(number, theme.px(one.width))
        table.horizontalHeader().setStretchLastSection(False)
        table.horizontalHeader().setSectionResizeMode(self._place_of("holder"), QHeaderView.ResizeMode.Stretch)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.sortByColumn(self._place_of("due"), Qt.SortOrder.AscendingOrder)
        table.restore_columns(self.desk.remembered.word(COLUMNS, ""))
        table.opened.connect(self._open)
        table.selectionModel().currentRowChanged.connect(self._choose)
        return table

    @staticmethod
    def _place_of(name: str) -> int:
        return [one.name for one in columns()].index(name)

    # -- reading

    def wanted(self) -> Wanted:
        """What is asked now: tab, search and filters."""
        return Wanted(
            direction=DIRECTIONS[self.tabs.checkedId()],
            text=self.search.text().strip(),
            high=self.filters["high"].isChecked(),
            mine=self.filters["mine"].isChecked(),
            closed=self.filters["closed"].isChecked(),
        )

    def clear(self) -> None:
        """Take every filter and the search off."""
        self.search.clear()
        for one in self.filters.values():
            one.setChecked(False)
        self._show_wanted()

    def _show_wanted(self) -> None:
        self.model.show_wanted(self.wanted())

    def _turn(self) -> None:
        self.desk.remembered.keep(TAB, self.wanted().direction)
        self._show_wanted()

    def _filter(self, one: Button, *, on: bool) -> None:
        one.set_words(one.accessibleName(), "x" if on else "")
        self._show_wanted()

    def _loaded(self, shown: int, held: int) -> None:
        self._count.setText(trn("%n referral|%n referrals", shown))
        if shown:
            self._listing.show_content()
            index = self.model.place_of(self._chosen)
            self.table.setCurrentIndex(index if index.isValid() else self.model.index(0, 0))
        elif not held:
            self._listing.show_empty(
                "route",
                tr("No referrals yet"),
                tr("A referral begins in a case, with “Refer”. Those sent and received will stand here."),
                (tr("Open the caseload"), partial(self.go.emit, Place.of("caseload"))),
            )
        else:
            self._listing.show_empty(
                "search",
                tr("Nothing matches"),
                tr("No referral fits the tab, the search and the filters. Ended ones are left out unless asked for."),
                (tr("Show all"), self._show_all),
            )

    def _show_all(self) -> None:
        self.tabs.button(0).setChecked(True)
        self.filters["closed"].setChecked(True)
        self.search.clear()
        for name in ("mine", "high"):
            self.filters[name].setChecked(False)
        self._show_wanted()

    def _choose(self, current: QModelIndex) -> None:
        if current.isValid():
            self._chosen = self.model.referral(current.row()).id

    def _open(self, index: QModelIndex) -> None:
        view = self.model.referral(index.row())
        self.go.emit(Place.of("referral", space=view.key.space, tag=view.key.tag, referral=view.id))

    def _could_not_read(self, failure: Failure) -> None:
        self._listing.show_failure(failure, self.model.load)
