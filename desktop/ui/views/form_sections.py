"""The sections of a form with how far each is, and the whole form's progress. Leaves going there to the screen."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from desktop.i18n import tr
from desktop.ui.widgets.layout import clear, column, row
from desktop.ui.widgets.notice import ProgressBar
from desktop.ui.widgets.rows import SectionItem
from desktop.ui.widgets.text import label


class SectionList(QWidget):
    """`chosen(index)` when a section is chosen."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.items: list[SectionItem] = []
        self._names: list[str] = []
        self._column = column(space=2)
        self._progress = ProgressBar(tr("Answered"))
        self._count: QLabel = label("", "small_strong")
        self._left: QLabel = label("", "caption", "muted")
        head = row(self._count, None, self._left)
        self.setLayout(column(head, self._progress, 10, self._column, None))

    def show_sections(self, names: Sequence[str], counts: Sequence[tuple[int, int]], here: int) -> None:
        """Show the sections in order with (answered, of how many) each, and which is in sight."""
        if list(names) != self._names:
            self._make(names)
        done, asked = sum(one[0] for one in counts), sum(one[1] for one in counts)
        words = tr("{done} of {asked} answered", done=done, asked=asked)
        self._count.setText(words)
        self._left.setText(tr("{left} left", left=asked - done))
        self._progress.show_progress(words, done, asked)
        for place, item in enumerate(self.items):
            part, whole = counts[place] if place < len(counts) else (0, 0)
            state = "now" if place == here else _state(part, whole)
            item.show_state(f"{part}/{whole}" if part else "–" if whole else "", state)

    def _make(self, names: Sequence[str]) -> None:
        clear(self._column)
        self._names = list(names)
        self.items = []
        for place, name in enumerate(names):
            item = SectionItem(name, "")
            item.clicked.connect(lambda _checked=False, at=place: self.chosen.emit(at))
            self.items.append(item)
            self._column.addWidget(item)


def _state(done: int, asked: int) -> str:
    if asked and done == asked:
        return "done"
    return "part" if done else "todo"
