"""Erasures on the Sync screen: what went from this laptop, what a lead has asked for, until each is settled.

Leaves the words to `desktop.ui.models.erasing`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtWidgets import QWidget

from desktop.i18n import tr
from desktop.ui.models.erasing import Line, words
from desktop.ui.widgets.layout import clear, column
from desktop.ui.widgets.notice import Notice


class Erasures(QWidget):
    """One notice for each; what was read is put away, what still waits can be taken back."""

    def __init__(self, settle: Callable[[Line], None]) -> None:
        super().__init__()
        self._settle = settle
        self._rows = column(space=8)
        self.setLayout(self._rows)
        self.hide()

    def show_lines(self, lines: Sequence[Line], now: datetime) -> None:
        """Show these; none hides the whole."""
        clear(self._rows)
        for line in lines:
            self._rows.addWidget(self._notice(line, now))
        self.setVisible(bool(lines))

    def _notice(self, line: Line, now: datetime) -> Notice:
        waits = line.wish is not None and not line.wish.code
        told = line.erased is not None or (line.wish is not None and not waits)
        made = Notice("info" if not told else "warn", words(line, now), act=tr("Take back") if waits else "",
                      closable=told)  # fmt: skip
        made.acted.connect(lambda: self._settle(line))
        made.dismissed.connect(lambda: self._settle(line))
        return made
