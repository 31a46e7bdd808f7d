"""The safe-contact block: the rule first, the number only after someone has opened it.

The block never holds a number it does not show: the screen logs the opening and then hands the number in.
"""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from desktop.ui.theme.tokens import SIZES
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.flow import Beside, FlowLayout
from desktop.ui.widgets.layout import clear, column, holder, reveal, row
from desktop.ui.widgets.text import Chip, IconLabel, icon_line, label, restyle, set_tone


class SafeContact(QFrame):
    """How to reach a person safely. `open_requested` asks for the number; `show_number` shows it, `hide_number` takes
    it away again.
    """

    open_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("box", "ok")
        self._sign = IconLabel("shield-check", "ok", SIZES.icon_l)
        self._chips = FlowLayout(6)
        self._rule: QLabel = label("", "strong", wrap=True)
        self._notes = column(space=2)
        self._number: QLabel = label("", "h2", selectable=True)
        self._number.hide()
        self._open = button(self.tr("Open the number"), icon="phone", dense="s")
        self._open.setToolTip(self.tr("The number stays hidden until the rule has been seen; opening it is logged"))
        self._open.clicked.connect(self.open_requested)
        self._title: QLabel = label(self.tr("Safe contact"), "h3", "ok")
        head = row((self._title, Qt.AlignmentFlag.AlignTop), (self._chips, 1), space=10)
        words = column(head, self._rule, self._notes, space=6)
        ends = holder(column(self._open, self._number, space=4))
        body = Beside([(holder(words), 1), (ends, 0)], least=620, space=14)
        self.setLayout(row((self._sign, Qt.AlignmentFlag.AlignTop), (body, 1), space=14, margins=(12, 16)))

    def show_rule(self, rule: str, forbidden: Sequence[tuple[str, str]] = (), notes: Sequence[str] = ()) -> None:
        """`rule` in one sentence; `forbidden` ways as (sign, words); `notes` such as "contested since Friday".

        A new rule hides the number: what was opened was opened under the old one.
        """
        self.hide_number()
        self._rule.setText(rule)
        self.setAccessibleName(self.tr("Safe contact: {0}").format(rule))
        self._dress("ok", "shield-check")
        clear(self._chips)
        for icon, words in forbidden:
            self._chips.addWidget(Chip(words, icon))
        clear(self._notes)
        for words in notes:
            self._notes.addWidget(icon_line("split", words, "caption", "warn", wrap=True))

    def show_missing(self, words: str) -> None:
        """There is no rule yet: say so, and offer no number."""
        self.show_rule(words)
        self._dress("danger", "shield-alert")
        self._open.hide()

    def can_open(self, possible: bool) -> None:  # noqa: FBT001  a setter in Qt's own shape
        """Whether there is a number at all ("none: via the school" has none)."""
        reveal(self._open, possible)

    def show_number(self, number: str) -> None:
        """Show the number that the screen has just logged the opening of."""
        self._number.setText(number)
        self._number.setAccessibleName(number)
        reveal(self._number, True)
        self._open.hide()

    def hide_number(self) -> None:
        """Forget the number and ask for it again."""
        self._number.clear()
        self._number.setAccessibleName("")
        self._number.hide()
        reveal(self._open, True)

    def _dress(self, kind: str, icon: str) -> None:
        self._sign.show_icon(icon, kind)
        set_tone(self._title, kind)
        if self.property("box") != kind:
            self.setProperty("box", kind)
            restyle(self)

    def number_field(self) -> QWidget:
        """Where the number stands, for the screen's focus order."""
        return self._number
