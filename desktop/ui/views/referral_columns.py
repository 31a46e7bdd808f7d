"""What the recipient will see and what stays, in two columns with the reason beside each thing.

A thing that a person decides has a tick; what is protected has a lock and no tick at all. `ticked(code, shared)`.
"""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.i18n import tr, trn
from desktop.ui.models.referral_items import Item, Lock
from desktop.ui.theme.theme import current_theme
from desktop.ui.widgets.choices import CheckBox
from desktop.ui.widgets.flow import Beside
from desktop.ui.widgets.layout import box, clear, column, holder, line, row
from desktop.ui.widgets.text import IconLabel, label

TICK, GAP = 18, 10


class SharingColumns(QWidget):
    """The two columns. Whoever ticks a thing sees it move over, and the keyboard goes with it."""

    ticked = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.ticks: dict[str, CheckBox] = {}
        self._goes, self._stays = column(space=0), column(space=0)
        goes = holder(column(self._goes, None, margins=16))
        stays = holder(column(self._stays, None, margins=16))
        self.setLayout(
            column(box("card", column(Beside([(goes, 1), (stays, 1)], least=560, space=0), space=0)), space=0)
        )

    def show_items(self, items: Sequence[Item], recipient: str, own: str) -> None:
        """Show all items, those that go on the left."""
        focused = next((code for code, tick in self.ticks.items() if tick.hasFocus()), None)
        clear(self._goes)
        clear(self._stays)
        self.ticks = {}
        going = [item for item in items if item.shared]
        staying = [item for item in items if not item.shared]
        self._fill(self._goes, tr("{unit} will see", unit=recipient), "arrow-up-right", going)
        self._fill(self._stays, tr("Stays with {unit}", unit=own), "house", staying)
        goes_note = tr("Each item is logged as one disclosure with its basis.")
        stays_note = tr("Tick one to add it. What is locked cannot leave.")
        for where, words in ((self._goes, goes_note), (self._stays, stays_note)):
            where.addSpacing(8)
            where.addWidget(label(words, "caption", "muted", wrap=True))
        if focused is not None and focused in self.ticks:
            self.ticks[focused].setFocus()

    def _fill(self, where: QVBoxLayout, title: str, icon: str, items: Sequence[Item]) -> None:
        head = label(title, "h3", wrap=True)
        count = label(trn("%n item|%n items", len(items)), "caption", "muted")
        where.addLayout(row(IconLabel(icon, "text"), (head, 1), count))
        where.addSpacing(6)
        for item in items:
            where.addWidget(line())
            where.addWidget(self._tickable(item) if item.movable else _locked(item))
        if not items:
            where.addWidget(line())
            where.addWidget(label(tr("Nothing"), "small", "muted"))

    def _tickable(self, item: Item) -> QWidget:
        tick = CheckBox(item.title, on=item.shared)
        tick.setAccessibleDescription(item.why)
        tick.toggled.connect(lambda on, code=item.code: self.ticked.emit(code, on))
        self.ticks[item.code] = tick
        why = label(item.why, "caption", "muted", wrap=True)
        return holder(
            column(
                tick, holder(column(why, margins=(0, 0, 6, current_theme().px(TICK) + GAP))), space=0, margins=(3, 0)
            )
        )


def _locked(item: Item) -> QWidget:
    """A thing that no tick can move. The value itself is not here, so it cannot be shown."""
    icon, tone, spoken = _sign(item.lock)
    words = column(label(item.title, wrap=True), label(item.why, "caption", "muted", wrap=True), space=1)
    made = holder(
        row((IconLabel(icon, tone, spoken=spoken), Qt.AlignmentFlag.AlignTop), (words, 1), space=12, margins=(9, 0))
    )
    made.setAccessibleName(f"{item.title}: {spoken}. {item.why}")
    return made


def _sign(lock: Lock) -> tuple[str, str, str]:
    """Sign, tone and spoken word of a lock."""
    if lock is Lock.ALWAYS:
        return "check", "accent", tr("goes in every referral")
    if lock is Lock.PROTECTED:
        return "lock", "danger", tr("locked")
    return "lock", "muted", tr("stays inside")
