"""Sync: what is on its way, item by item; what was refused, with the reason; what arrived; the last contact.

Nothing here is ever deleted by a person. Leaves words of the line to `desktop.ui.models.network`.
"""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from desktop.i18n import tr, trn
from desktop.model.moment import moment
from desktop.model.queue import QueueItem, QueueStage, SyncState
from desktop.tasks import Failure
from desktop.ui.models.network import Line, Truth, line_icon, line_words
from desktop.ui.models.sync import Load, SyncModel, SyncPage, line_reason, reason_words
from desktop.ui.models.words import kind_word, size_words, stage_words, time_words
from desktop.ui.views.listing import Listing
from desktop.ui.views.screen import Desk, Place, Screen
from desktop.ui.views.sync_courier import CourierCard
from desktop.ui.views.sync_erased import Erasures
from desktop.ui.views.sync_rollback import Rollbacks
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.choices import CheckBox
from desktop.ui.widgets.layout import box, clear, column, holder, line, reveal, row, scroll
from desktop.ui.widgets.notice import Notice, ProgressBar
from desktop.ui.widgets.text import IconLabel, label
from desktop.ui.widgets.travel import Travel, where_line

MOST = 40
"""So many lines are drawn; the rest is told as a number."""
PAUSE_MS = 250
_REACHED = {QueueStage.SENT: "outbox"}


class SyncScreen(Screen):
    """The queue and the truth about the line."""

    def __init__(self, desk: Desk, place: Place) -> None:
        super().__init__(desk, place)
        self._model = SyncModel(desk.tasks)
        self._model.setParent(self)
        self._contact = label("", "small", "muted", wrap=True)
        self.now = button(tr("Sync now"), "primary", "refresh-cw", tip=tr("Sync now (F5)"))
        self.now.clicked.connect(self.desk.network.wanted)
        self._line = column(space=8)
        self.spare = CheckBox(tr("Over a metered line send only what must not wait"), on=desk.network.pause_on_metered)
        self.spare.toggled.connect(desk.network.pause_chosen)
        self._copied = Notice("warn", "")
        self._copied.hide()
        self._rollbacks = Rollbacks(self._model.put_away, self._model.prove)
        self._erasures = Erasures(self._model.settle_erasure)
        self.courier = CourierCard(desk.tasks, desk.unit)
        self._going = column(space=0)
        self._refused = column(space=0)
        self._refused_box = box("card", self._refused)
        self._listing = Listing(box("card", self._going))
        self._listing.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._arrived = Arrived()
        head = row((column(label(tr("Sync"), "h1"), self._contact, space=3), 1), self.now)
        page = holder(
            column(
                head,
                self._line,
                self._copied,
                self._rollbacks,
                self._erasures,
                self._refused_box,
                self._listing,
                self._arrived,
                self.courier,
                self.spare,
                None,
                space=12,
                margins=(16, 24, 20, 24),
            )
        )
        self.setLayout(column(scroll(page), space=0))
        self._refused_box.hide()
        self._bar: ProgressBar | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._model.load)
        self._model.shown.connect(self._show)
        self._model.failed.connect(self._could_not_read)
        desk.network.changed.connect(self._show_line)

    def enter(self) -> None:
        self._show_line(self.desk.network.truth)
        self._model.load()
        self.courier.load()

    def first_focus(self) -> QWidget | None:
        return self.now if self.now.isEnabled() else None

    def store_changed(self, kinds: frozenset[str], ids: frozenset[str]) -> None:
        del kinds, ids
        self._pause.start()

    # -- the line

    def _show_line(self, truth: Truth) -> None:
        now = self.desk.now()
        clear(self._line)
        self._bar = None
        if truth.line is Line.SYNCING:
            self._line.addWidget(self._running(truth))
        elif truth.line in (Line.OFFLINE, Line.TROUBLE):
            words = " ".join(part for part in (line_words(truth, now) + ".", line_reason(truth.code)) if part)
            keep = tr("All you do is kept on this laptop and goes out by itself.")
            self._line.addWidget(Notice("warn", f"{words} {keep}", icon=line_icon(truth)))
        elif truth.paused and truth.pending:
            self._line.addWidget(Notice("info", self._pause_words(truth), icon="pause"))
        elif truth.line is Line.ALONE:
            self._line.addWidget(
                Notice("info", tr("This profile has no server. Everything stays on this laptop."), icon="laptop")
            )
        self.now.setEnabled(truth.line not in (Line.ALONE, Line.SYNCING))
        self.now.setToolTip(tr("This profile has no server") if truth.line is Line.ALONE else tr("Sync now (F5)"))
        self._pause.start()

    @staticmethod
    def _pause_words(truth: Truth) -> str:
        waiting = trn("%n entry waits|%n entries wait", truth.pending)
        urgent = tr("Withdrawals, burnt marks and contact rules go out at once all the same.")
        return (
            tr("This line is metered, so {waiting} for another one, or for Sync now.", waiting=waiting) + " " + urgent
        )

    def _running(self, truth: Truth) -> QWidget:
        done, ahead = truth.sent + truth.read, truth.ahead + truth.pending
        far = tr("{done} of {total}", done=done, total=done + ahead) if ahead else ""
        sent = trn("%n entry sent|%n entries sent", truth.sent) + ", " + trn("%n read|%n read", truth.read)
        words = " · ".join(part for part in (sent, far) if part)
        self._bar = ProgressBar(words, done, done + ahead)
        head = row(IconLabel("refresh-cw", "accent"), label(tr("Syncing"), "h3"), None, label(words, "small", "muted"))
        return box("card", column(head, self._bar, space=8, margins=(12, 16)))

    # -- the queue

    def _show(self, page: SyncPage) -> None:
        self._contact.setText(self._contact_words(page.state))
        self._rollbacks.show_lines(page.rollbacks, lambda space: page.space_names.get(space, ""), self.desk.now())
        self._erasures.show_lines(page.erasures, self.desk.now())
        self._copied.set_text(copied_words(page.state))
        self._copied.setVisible(page.state.copied)
        self._show_refused(page.refused)
        self._arrived.show_loads(page.arrived, self.desk.now())
        clear(self._going)
        if not page.going:
            self._listing.show_empty(
                "check-check",
                tr("Nothing is waiting to go out"),
                tr("What you write stands here until the partnership’s server has it."),
            )
            return
        self._going.addWidget(title_row(tr("Going out"), tr("Four stops: laptop, outbox, server, opened")))
        for load in page.going[:MOST]:
            self._going.addWidget(line())
            self._going.addWidget(load_row(load, self.desk.now()))
        if len(page.going) > MOST:
            more = trn("and %n more case|and %n more cases", len(page.going) - MOST)
            self._going.addWidget(holder(row(label(more, "small", "muted"), margins=(10, 16))))
        self._listing.show_content()

    def _contact_words(self, state: SyncState) -> str:
        at = time_words(moment(state.last_contact), self.desk.now())
        said = tr("Last full contact {time}", time=at) if at else tr("No contact with the server yet")
        bad = trn("%n entry that does not open is kept aside|%n entries that do not open are kept aside", state.bad)
        oldest = time_words(moment(state.oldest_pending), self.desk.now())
        waits = tr("the oldest entry waits since {time}", time=oldest) if oldest else ""
        return " · ".join(part for part in (said, waits, bad if state.bad else "") if part)

    def _show_refused(self, items: tuple[QueueItem, ...]) -> None:
        clear(self._refused)
        self._refused_box.setVisible(bool(items))
        if not items:
            return
        self._refused.addWidget(
            title_row(tr("Refused"), tr("Your copy is whole; the server keeps nothing of it"), "circle-x", "danger")
        )
        for item in items[:MOST]:
            self._refused.addWidget(line())
            self._refused.addWidget(self._refused_item(item))

    def _refused_item(self, item: QueueItem) -> QWidget:
        words = column(
            label(f"{item.code_name or tr('Directory')} · {kind_word(item.what)}", "small_strong", wrap=True),
            label(reason_words(item.code), "small", "text", wrap=True),
            label(self._told_words(item), "caption", "muted"),
            space=1,
        )
        again = button(tr("Try again"), "secondary", "repeat", dense="s")
        again.setAccessibleName(tr("Try {name} again", name=item.code_name))
        again.clicked.connect(lambda: self._model.retry(item))
        see = button(tr("Open the case"), "quiet", dense="s")
        see.clicked.connect(lambda: self.go.emit(Place.of("case", space=item.case.space, tag=item.case.tag)))
        tell = button(tr("Tell the leads"), "quiet", dense="s")
        tell.setAccessibleName(tr("Tell the leads about {name}", name=item.code_name))
        tell.setEnabled(not item.handed and item.what != "key")
        tell.clicked.connect(lambda: self._model.hand_to_leads(item))
        carry = button(tr("By stick …"), "quiet", dense="s")
        carry.setAccessibleName(tr("Write {name} to a stick", name=item.code_name))
        carry.setEnabled(item.what != "key")
        carry.clicked.connect(lambda: self.courier.write_out(item.id))
        top = Qt.AlignmentFlag.AlignTop
        acts = row(see, tell, carry, None, again, space=4)
        return holder(column(row((words, 1), (Travel("server", refused=True), top)), acts, space=4, margins=(10, 16)))

    @staticmethod
    def _told_words(item: QueueItem) -> str:
        word = tr("The server’s word: {code}", code=item.code)
        return " · ".join([word, tr("The unit’s leads were told")] if item.handed else [word])

    def _could_not_read(self, failure: Failure) -> None:
        self._listing.show_failure(failure, self._model.load)


class Arrived(QFrame):
    """What lately reached the server, folded away until asked for: one line says how much and when the last came."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("box", "card")
        self._rows = column(space=0)
        self._below = holder(self._rows)
        self._below.hide()
        self._words = ""
        self.head = button("", "ghost", "chevron-right")
        self.head.clicked.connect(lambda: self._unfold(self._below.isHidden()))
        self._last = label("", "caption", "muted")
        self.setLayout(column(row(self.head, None, self._last, margins=(6, 16, 6, 6)), self._below, space=0))
        self.hide()

    def show_loads(self, loads: Sequence[Load], now: datetime) -> None:
        """Show these, the newest first; none hides the whole."""
        clear(self._rows)
        for load in loads:
            self._rows.addWidget(line())
            self._rows.addWidget(load_row(load, now))
        reveal(self, bool(loads))
        if loads:
            self._words = trn("Arrived at the server: %n case|Arrived at the server: %n cases", len(loads))
            self._last.setText(tr("the last {time}", time=time_words(moment(loads[0].since), now)))
            self._unfold(not self._below.isHidden())

    def _unfold(self, shown: bool) -> None:  # noqa: FBT001  setVisible's own shape
        reveal(self._below, shown)
        self.head.set_words(self._words, "chevron-down" if shown else "chevron-right")
        self.head.setAccessibleDescription(tr("Shown below") if shown else tr("Folded away"))


def load_row(load: Load, now: datetime) -> QWidget:
    """One case at one stop: its code name, what, how far, since when, how much."""
    stage = stage_words(load.state.value, load.since, now)
    reached = _REACHED.get(load.state, load.state.value)
    name = column(
        label(load.code_name or tr("Directory"), "small_strong"),
        label(load.words, "caption", "muted", wrap=True),
        space=1,
    )
    receipt = receipt_words(load.receipts)
    size = label(" · ".join(part for part in (receipt, size_words(load.size)) if part), "caption", "muted")
    made = holder(row((name, 4), Travel(reached), 12, (where_line(reached, stage), 3), size, margins=(8, 16)))
    said = f"{load.code_name or tr('Directory')}, {load.words}: {stage}"
    made.setAccessibleName(", ".join(part for part in (said, receipt) if part))
    return made


def copied_words(state: SyncState) -> str:
    """What became of a profile that was copied."""
    said = tr("This profile was copied or put back from a backup. What was written before is kept and sent.")
    if state.going_on:
        new = tr("What is new is written under a new seat; others see it when your unit lead has approved that.")
    else:
        new = tr("Nothing new can be written under it. Ask your unit lead to enrol this laptop anew.")
    return f"{said} {new}"


def receipt_words(receipts: Sequence[int]) -> str:
    """By which numbers the server's receipts are kept here; empty while there is none."""
    numbers = ", ".join(str(number) for number in receipts)
    return tr("Receipt no. {numbers}", numbers=numbers) if numbers else ""


def title_row(words: str, note: str, icon: str = "upload", tone: str = "muted") -> QWidget:
    """The head of a card: its sign and name, and a remark at the end."""
    return holder(
        row(IconLabel(icon, tone), label(words, "h3"), None, label(note, "caption", "muted"), margins=(12, 16))
    )
