"""Conflicts: the list of what is to decide and what was decided, and one of them open beside it.

Keys 1, 2 … choose, Ctrl+Return records. Leaves the open one to `conflict_detail`, words to `conflict_words`.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from desktop.i18n import tr
from desktop.model.conflict import ConflictView
from desktop.model.moment import moment
from desktop.store.edits import KIND as EDIT
from desktop.store.edits import Begun
from desktop.tasks import Failure
from desktop.ui.models.case_begun import decision_of
from desktop.ui.models.conflict_words import field_title
from desktop.ui.models.conflicts import ConflictsModel, ConflictsPage, name_of
from desktop.ui.models.words import agency_word, time_words
from desktop.ui.notices import Notice, notice_of
from desktop.ui.views.case_edit import KEEP_MS, undo_notice
from desktop.ui.views.conflict_detail import Decided, Decision, choice_words, late_words
from desktop.ui.views.listing import Listing
from desktop.ui.views.screen import Desk, Place, Screen
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.choices import ComboBox
from desktop.ui.widgets.layout import box, clear, column, holder, reveal, row, scroll, side_panel
from desktop.ui.widgets.notice import Notice as NoticeBox
from desktop.ui.widgets.rows import ThingRow
from desktop.ui.widgets.text import label

SIDE = 264
PAUSE_MS = 80


class ConflictsScreen(Screen):
    """`Place.of("conflicts")`, or with `conflict=…` to open one of them."""

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self.model = ConflictsModel(desk.tasks)
        self.model.setParent(self)
        self.page: ConflictsPage | None = None
        self.decision: Decision | None = None
        self.rows: dict[str, ThingRow] = {}
        self._chosen = place.get("conflict")
        self._busy = False
        self._kept: dict[str, Begun | None] = {}
        """What this screen kept of each decision; newer than what was read."""
        self._soon = QTimer(self, singleShot=True, interval=KEEP_MS)
        self._soon.timeout.connect(self._keep)
        self._lists = column(space=2)
        self._body = column(space=0)
        self._late = column()
        self._build()
        self.model.shown.connect(self._show)
        self.model.failed.connect(self._could_not_read)
        self.model.opened.connect(self._show_opened)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self.model.load)

    # -- what the window calls

    def enter(self) -> None:
        self.model.load()

    def leave(self) -> None:
        self._keep()

    def first_focus(self) -> QWidget | None:
        return self.rows.get(self._chosen)

    def store_changed(self, kinds: frozenset[str], ids: frozenset[str]) -> None:
        del ids
        if kinds - {EDIT}:
            self._pause.start()

    def fold(self, narrow: bool) -> None:  # noqa: FBT001  as in Screen
        self._side.setVisible(not narrow)
        reveal(self._which, narrow)

    # -- building

    def _build(self) -> None:
        self._side = side_panel(column(self._lists, None, margins=(16, 12)), SIDE, left=True)
        self._which = ComboBox(tr("Which conflict"))
        self._which.activated.connect(lambda _index: self.open(self._which.value()))
        self._which.hide()
        self._said = label("", "small", "muted", wrap=True)
        self._later = button(tr("Later"), tip=tr("Go on to the next; nothing is recorded"))
        self._later.clicked.connect(self.later)
        self.record_button = button(tr("Record the decision"), "primary", tip=tr("Record the decision (Ctrl+Return)"))
        self.record_button.clicked.connect(self.record)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(self.record)
        self._foot = box("bottombar", row(self._later, (self._said, 1), self.record_button, margins=(10, 24), space=12))
        self._area = scroll(holder(column(self._which, self._late, self._body, None, margins=(16, 24, 20, 24))))
        main = holder(column((self._area, 1), self._foot, space=0))
        self._listing = Listing(holder(row(self._side, (main, 1), space=0)))
        self.setLayout(column((self._listing, 1), space=0))

    # -- showing

    def _show(self, page: ConflictsPage) -> None:
        first = self.page is None
        self.page = page
        if not page.open and not page.decided and not self._late_ones():
            self._listing.show_empty(
                "split",
                tr("Nothing is contested"),
                tr("When two people write the same thing without seeing each other, both values wait here."),
            )
            return
        self._listing.show_content()
        self._show_lists(page)
        view = page.find(self._chosen)
        if view is None or (view.decided and self.decision is not None):
            view = next(iter(page.open), None) or next(iter(page.decided), None)
        if view is not None:
            self._show_view(view)
        self._show_late()
        if first and self._chosen in self.rows and self.isVisible():
            self.rows[self._chosen].setFocus()

    def _show_lists(self, page: ConflictsPage) -> None:
        focused = next((name for name, made in self.rows.items() if made.hasFocus()), "")
        clear(self._lists)
        self.rows = {}
        now = self.desk.now()
        self._group(tr("To decide"), page.open, now)
        self._lists.addSpacing(14)
        self._group(tr("Decided"), page.decided, now)
        both = (*page.open, *page.decided)
        choices = [(name_of(view), f"{view.code_name}: {field_title(view)}") for view in both]
        self._which.show_choices(choices, self._chosen)
        if focused in self.rows:
            self.rows[focused].setFocus()

    def _group(self, title: str, views: tuple[ConflictView, ...], now: datetime) -> None:
        self._lists.addLayout(row(label(title, "h3"), label(str(len(views)), "small", "muted"), None, space=8))
        for view in views:
            made = self._row(view, now)
            made.clicked.connect(partial(self.open, name_of(view)))
            self.rows[name_of(view)] = made
            self._lists.addWidget(made)
        if not views:
            self._lists.addWidget(label(tr("None."), "small", "muted"))

    def _row(self, view: ConflictView, now: datetime) -> ThingRow:
        name = view.code_name or tr("Case without a name")
        if view.decided:
            note = f"{choice_words(view)} · {time_words(moment(view.decided_at), now)}"
            return ThingRow(name, field_title(view), note, icon="circle-check", tone="ok")
        who = tr(" and ").join(dict.fromkeys(agency_word(side.agency) for side in view.sides))
        at = max((moment(side.at) for side in view.sides), key=_when, default=None)
        return ThingRow(name, field_title(view), f"{who} · {time_words(at, now)}", icon="split", tone="warn")

    def _show_view(self, view: ConflictView) -> None:
        self._chosen = name_of(view)
        for name, made in self.rows.items():
            made.set_on(name == self._chosen)
        self._which.setCurrentIndex(self._which.findData(self._chosen))
        in_hand = self.decision
        if in_hand is not None and not view.decided and in_hand.view.id == view.id:
            if set(in_hand.view.shown_ids) != set(view.shown_ids):
                in_hand.show_newer(view)
            return
        self._keep()
        clear(self._body)
        self.decision = None
        shown = Decided(view, self.desk.now()) if view.decided else self._decision(view)
        shown.case_wanted.connect(partial(self._open_case, view))
        self._body.addWidget(shown)
        self._area.verticalScrollBar().setValue(0)
        self._show_choice()

    def _decision(self, view: ConflictView) -> Decision:
        made = Decision(view, self.desk.now(), self.page.relays if self.page else {})
        made.chose.connect(self._show_choice)
        made.open_wanted.connect(lambda: self.model.open_hidden(made.view))
        self.decision = made
        begun = self._begun(view)
        if begun is not None:
            made.take_up(begun)
        made.edited.connect(self._wait)
        made.let_go.connect(partial(self._let_go, made))
        return made

    # -- a decision in hand

    def _late_ones(self) -> tuple[tuple[Begun, ConflictView | None], ...]:
        return self.page.late({**self.page.begun, **self._kept}) if self.page else ()

    def _show_late(self) -> None:
        """A decision begun here for what somebody else decided meanwhile: its words stay until they are let go."""
        clear(self._late)
        for begun, view in self._late_ones():
            what = f"{view.code_name}, {field_title(view)}" if view else tr("a conflict")
            title = tr("Your decision was not recorded: {what} was decided meanwhile", what=what)
            made = NoticeBox("warn", late_words(begun, view), title=title, act=tr("Let it go"), icon="pencil")
            made.setObjectName("late")
            made.acted.connect(partial(self._let_late_go, begun))
            self._late.addWidget(made)

    def _let_late_go(self, begun: Begun) -> None:
        self._kept[begun.editor] = None
        self.model.let_go(begun)
        self.model.load()

    def late(self) -> list[NoticeBox]:
        """The decisions that came too late, as now shown."""
        return self.findChildren(NoticeBox, "late")

    def _begun(self, view: ConflictView) -> Begun | None:
        name = decision_of(view)
        return self._kept[name] if name in self._kept else self.page.begun.get(name) if self.page else None

    def _wait(self) -> None:
        """What is typed without a pause is kept all the same."""
        if not self._soon.isActive():
            self._soon.start()

    def _keep(self) -> None:
        """Hand over what is in hand, to be kept."""
        self._soon.stop()
        decision = self.decision
        if decision is None or self._busy:
            return
        begun = decision.begun()
        before = self._begun(decision.view)
        if (begun and (begun.typed, begun.shown)) != (before and (before.typed, before.shown)):
            self._put(decision.view, begun)

    def _put(self, view: ConflictView, begun: Begun | None) -> None:
        self._kept[decision_of(view)] = replace(begun, case_ref=view.key.ref) if begun else None
        self.model.keep(view, begun)

    def _let_go(self, decision: Decision) -> None:
        """Nothing is kept of what was begun, and for a while it can be had back."""
        begun, view = decision.begun(), decision.view
        self._again(view, None)
        if begun is not None:
            self.say(undo_notice(begun, partial(self._again, view, begun)))

    def _again(self, view: ConflictView, begun: Begun | None) -> None:
        """Show the conflict anew with `begun`, or with nothing chosen."""
        if not isValid(self):
            self.model.keep(view, begun)
            return
        self._soon.stop()
        self._put(view, begun)
        self.decision = None
        self._show_view(view)

    def _show_choice(self) -> None:
        decision = self.decision
        reveal(self._foot, decision is not None)
        if decision is not None:
            self._said.setText(decision.summary())
            self.record_button.setEnabled(decision.choice is not None and not self._busy)

    def _show_opened(self, conflict: str) -> None:
        if self.decision is not None and self.decision.view.id == conflict:
            self.decision.show_opened()

    def _could_not_read(self, failure: Failure) -> None:
        if self.page is None:
            self._listing.show_failure(failure, self.model.load)
        else:
            self.failed(failure)

    # -- acts

    def open(self, name: str) -> None:
        """Open a conflict of either list."""
        view = self.page.find(name) if self.page else None
        if view is not None:
            self._show_view(view)

    def later(self) -> None:
        """Go on to the next open one, or back where one came from."""
        ids = [view.id for view in self.page.open] if self.page else []
        after = ids[ids.index(self._chosen) + 1 :] if self._chosen in ids else []
        if after:
            self.open(after[0])
        else:
            self.back.emit()

    def record(self) -> None:
        """Record the decision: one change that names every value that was shown."""
        decision = self.decision
        said = decision.decided() if decision is not None and not self._busy else None
        if decision is None or said is None:
            return
        self._busy = True
        self._show_choice()
        self.model.decide(decision.view, *said, wrote=partial(self._recorded, decision), failed=self._refused)

    def _recorded(self, decision: Decision) -> None:
        self._busy = False
        self._soon.stop()
        self._kept[decision_of(decision.view)] = None
        self.decision = None
        name = decision.view.code_name
        self.say(Notice("ok", tr("Recorded: {case}, {field}.", case=name, field=field_title(decision.view))))
        self.model.load()

    def _refused(self, failure: Failure) -> None:
        """Nothing was written; a missing reason is said where the reason is typed."""
        self._busy = False
        self._show_choice()
        notice = notice_of(failure)
        if self.decision is not None and notice.code == "conflict.reason_needed":
            self.decision.refuse(notice.text)
        else:
            self.failed(failure)

    def _open_case(self, view: ConflictView) -> None:
        self.go.emit(Place.of("case", space=view.key.space, tag=view.key.tag))


def _when(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
