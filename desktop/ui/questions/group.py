"""The frame of a repeat: its instances one below the other, each with a title and a way to take it off, and one to add.

What is in an instance is given by the form as widgets; taking off asks the form, which keeps what was typed for undo.
"""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from desktop.ui.theme.tokens import SPACE
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.layout import box, clear, column, reveal, row
from desktop.ui.widgets.text import label


class RepeatGroup(QFrame):
    """`add_requested(ref)` and `remove_requested(ref, position)`; positions count from 1, as XForms does."""

    add_requested = Signal(str)
    remove_requested = Signal(str, int)

    def __init__(self, ref: str, title: str) -> None:
        super().__init__()
        self.ref = ref
        self._title: QLabel = label(title, "h3", wrap=True)
        self._count: QLabel = label("", "small", "muted")
        self.setAccessibleName(title)
        self._instances = column(space=SPACE.m)
        self._add = button(self.tr("Add"), "quiet", "plus")
        self._add.setAccessibleName(self.tr("Add: {0}").format(title))
        self._add.clicked.connect(lambda: self.add_requested.emit(self.ref))
        head = row((self._title, 1), self._count)
        self.setLayout(column(head, self._instances, row(self._add, None), space=SPACE.s))

    def show_instances(self, instances: Sequence[tuple[str, Sequence[QWidget]]], *, fixed: bool = False) -> None:
        """Show `(title, widgets)` in order. `fixed` repeats (a `jr:count`) offer neither adding nor taking off."""
        clear(self._instances)
        self._count.setText(self.tr("none yet") if not instances else str(len(instances)))
        reveal(self._add, not fixed)
        for position, (title, widgets) in enumerate(instances, 1):
            head = row((label(title, "strong", wrap=True), 1), space=SPACE.s)
            if not fixed:
                remove = button(self.tr("Take off"), "quiet", "x", dense="s")
                remove.setAccessibleName(self.tr("Take off: {0}").format(title))
                remove.clicked.connect(lambda _c=False, at=position: self.remove_requested.emit(self.ref, at))
                head.addWidget(remove)
            self._instances.addWidget(box("card", column(head, *widgets, space=SPACE.m, margins=SPACE.lg)))
