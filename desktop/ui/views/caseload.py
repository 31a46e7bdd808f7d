"""The caseload: saved tabs, filters in words, a search, and a table of thousands of rows; Enter opens.

Leaves rows, sorting and words of cells to `desktop.ui.models.caseload`, and what may be seen to the store.
"""

from functools import partial

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QHeaderView, QWidget

from desktop.i18n import tr, trn
from desktop.model.case import CaseloadQuery, CaseRow, Scope
from desktop.model.grade import Grade
from desktop.tasks import Failure
from desktop.ui.models.caseload import CaseloadModel, columns
from desktop.ui.models.network import Truth, line_icon, line_words
from desktop.ui.models.words import agency_word
from desktop.ui.theme.theme import current_theme
from desktop.ui.views.listing import Listing
from desktop.ui.views.screen import Desk, Place, Screen
from desktop.ui.widgets.buttons import Button, button, filter_button, tab_button
from desktop.ui.widgets.fields import search_field
from desktop.ui.widgets.flow import flow
from desktop.ui.widgets.layout import box, clear, column, holder, line, row
from desktop.ui.widgets.table import TableView
from desktop.ui.widgets.text import icon_line, key_cap, label

PAUSE_MS = 120
"""So long after the last key the search is asked."""
COLUMNS = "columns/caseload"
TAB = "caseload_tab"
SCOPES: tuple[Scope, ...] = ("mine", "unit", "shared")


class CaseloadScreen(Screen):
    """All cases that one may see, as a list."""

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._model = CaseloadModel(desk.tasks, desk.now, desk.agencies, self)
        self._chosen: CaseRow | None = None
        self.search = search_field(tr("Search the caseload"), tr("Code name, name or alias"))
        self.tabs = self._make_tabs()
        self.filters = self._make_filters()
        self._clear = button(tr("Clear"), "quiet", dense="s", tip=tr("Take all filters off"))
        self._clear.clicked.connect(self.clear)
        self.table = self._make_table()
        self._count = label("", "body", "muted")
        self._foot = self._make_foot()
        sheet = box("card", column((self.table, 1), line(), self._foot, space=0, margins=1))
        self._listing = Listing(sheet)
        self.setLayout(self._make_page())
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.load)
        self._wants_first = False
        self.search.textChanged.connect(lambda _text: self._pause.start())
        self.search.returnPressed.connect(self._open_first)
        down = QShortcut(QKeySequence(Qt.Key.Key_Down), self.search)
        down.setContext(Qt.ShortcutContext.WidgetShortcut)
        down.activated.connect(self.table.setFocus)
        self._model.loaded.connect(self._loaded)
        self._model.failed.connect(self._could_not_read)
        find = QShortcut(QKeySequence("Ctrl+F"), self)
        find.activated.connect(self.search.setFocus)
        desk.network.changed.connect(self._show_as_of)

    # -- what the window asks

    def enter(self) -> None:
        self._show_as_of()
        self.load()

    def leave(self) -> None:
        self.desk.remembered.keep(COLUMNS, self.table.column_state())

    def first_focus(self) -> QWidget:
        return self.table

    def store_changed(self, kinds: frozenset[str], ids: frozenset[str]) -> None:
        del kinds, ids
        self._pause.start()

    def fold(self, narrow: bool) -> None:  # noqa: FBT001  as in Screen
        for name in ("agencies", "step", "lead", "changed"):
            self.table.setColumnHidden(self._place_of(name), narrow)
        self._legend.setVisible(not narrow)

    # -- parts

    def _make_page(self) -> QHBoxLayout:
        new = button(tr("New report"), "primary", "plus", tip=tr("New report (Ctrl+N)"))
        new.clicked.connect(lambda: self.go.emit(Place.of("report")))
        head = row(label(tr("Caseload"), "h1"), 8, self._count, None, new)
        tabs = row(*self.tabs.buttons(), None, space=0)
        self.search.setMinimumWidth(current_theme().px(220))
        filters = flow(self.search, *self.filters.values(), self._clear, space=6)
        page = column(
            head, column(tabs, line(), space=0), filters, (self._listing, 1), space=10, margins=(16, 24, 20, 24)
        )
        return row(holder(page))

    def _make_tabs(self) -> QButtonGroup:
        words = {"mine": tr("Mine"), "unit": tr("Unit"), "shared": tr("Shared with us")}
        last = self.desk.remembered.word(TAB, "unit", SCOPES)
        group = QButtonGroup(self)
        for number, scope in enumerate(SCOPES):
            made = tab_button(words[scope], on=scope == last)
            made.setToolTip(f"{words[scope]} (Alt+{number + 1})")
            made.setShortcut(QKeySequence(f"Alt+{number + 1}"))
            group.addButton(made, number)
        group.idClicked.connect(lambda _number: self._turn())
        return group

    def _make_filters(self) -> dict[str, Button]:
        made = {
            "high": filter_button(tr("High and extreme")),
            "ungraded": filter_button(tr("Not graded")),
            "contested": filter_button(tr("To decide")),
            "closed": filter_button(tr("Closed too")),
        }
        for one in made.values():
            one.toggled.connect(lambda on, one=one: self._filter(one, on=on))
        return made

    def _make_table(self) -> TableView:
        table = TableView(tr("Cases"))
        table.setModel(self._model)
        theme = current_theme()
        for number, one in enumerate(columns()):
            table.setColumnWidth(number, theme.px(one.width))
        table.horizontalHeader().setStretchLastSection(False)
        table.horizontalHeader().setSectionResizeMode(self._place_of("next"), QHeaderView.ResizeMode.Stretch)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.sortByColumn(self._place_of("grade"), Qt.SortOrder.DescendingOrder)
        table.restore_columns(self.desk.remembered.word(COLUMNS, ""))
        table.opened.connect(self._open)
        table.selectionModel().currentRowChanged.connect(self._choose)
        return table

    def _make_foot(self) -> QWidget:
        letters = " · ".join(f"{agency_word(agency)[:1]} {agency_word(agency)}" for agency in self.desk.agencies)
        self._legend = label(tr("{letters} · bars: how high each agency grades", letters=letters), "caption", "muted")
        self._as_of = row(space=0)
        keys = row(key_cap("Enter"), label(tr("open"), "caption", "muted"), space=6)
        return holder(row(self._legend, None, self._as_of, 12, keys, space=6, margins=(7, 12)))

    def _place_of(self, name: str) -> int:
        return [one.name for one in columns()].index(name)

    # -- reading

    def query(self) -> CaseloadQuery:
        """What is asked now: tab, search and filters."""
        grades: set[Grade] = set()
        if self.filters["high"].isChecked():
            grades |= {Grade.HIGH, Grade.EXTREME}
        if self.filters["ungraded"].isChecked():
            grades.add(Grade.UNGRADED)
        statuses = {"open", "closed"} if self.filters["closed"].isChecked() else {"open"}
        return CaseloadQuery(
            text=self.search.text().strip(),
            scope=self._scope(),
            grades=frozenset(grades),
            statuses=frozenset(statuses),
            contested_only=self.filters["contested"].isChecked(),
        )

    def load(self) -> None:
        """Read the list again; the chosen case stays chosen."""
        self._model.load(self.query())

    def clear(self) -> None:
        """Take every filter and the search off."""
        self.search.clear()
        for one in self.filters.values():
            one.setChecked(False)
        self.load()

    def _scope(self) -> Scope:
        return SCOPES[self.tabs.checkedId()]

    def _turn(self) -> None:
        self.desk.remembered.keep(TAB, self._scope())
        self.load()

    def _filter(self, one: Button, *, on: bool) -> None:
        one.set_words(one.accessibleName(), "x" if on else "")
        self.load()

    def _loaded(self, count: int) -> None:
        self._count.setText(trn("%n case|%n cases", count))
        wanted, self._wants_first = self._wants_first, False
        if count:
            self._listing.show_content()
            self._keep_chosen()
            if wanted and count == 1:
                self._open(self._model.index(0, 0))
            elif wanted:
                self.table.setFocus()
        elif self.query() == CaseloadQuery(scope=self._scope()):
            self._say_nothing_yet()
        else:
            self._listing.show_empty(
                "search",
                tr("Nothing matches"),
                tr("No case that you may see fits the search and the filters."),
                (tr("Take the filters off"), self.clear),
            )

    def _say_nothing_yet(self) -> None:
        words = {
            "mine": tr("You lead no open case. Look under Unit for those that nobody leads."),
            "unit": tr("Your unit has no open case on this laptop."),
            "shared": tr("No partner shares an open case with your unit."),
        }
        act = (tr("New report"), partial(self.go.emit, Place.of("report")))
        self._listing.show_empty("folder-open", tr("No cases here"), words[self._scope()], act)

    def _keep_chosen(self) -> None:
        index = self._model.place_of(self._chosen) if self._chosen else QModelIndex()
        self.table.setCurrentIndex(index if index.isValid() else self._model.index(0, 0))

    def _choose(self, current: QModelIndex) -> None:
        if current.isValid():
            self._chosen = self._model.row(current)

    def _open(self, index: QModelIndex) -> None:
        key = self._model.row(index).key
        self.go.emit(Place.of("case", space=key.space, tag=key.tag))

    def _open_first(self) -> None:
        """Enter in the search: look at once, then the one case found, or else down into the list to choose."""
        self._pause.stop()
        self._wants_first = True
        self.load()

    def _could_not_read(self, failure: Failure) -> None:
        self._listing.show_failure(failure, self.load)

    def _show_as_of(self, _truth: Truth | None = None) -> None:
        truth = self.desk.network.truth
        clear(self._as_of)
        self._as_of.addWidget(icon_line(line_icon(truth), line_words(truth, self.desk.now()), "caption"))
