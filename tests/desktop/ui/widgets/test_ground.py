"""A long page scrolls by moving what is painted; the focus ring comes off for it and comes back."""

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.ui.widgets.focus import FocusRing, ring_lifted
from desktop.ui.widgets.layout import column, holder, scroll
from desktop.ui.widgets.painted import Ground

pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints"), pytest.mark.usefixtures("themed")]


class Painted(QObject):
    """The heights of what was painted of one widget."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__(watched)
        self.heights: list[int] = []
        watched.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.heights.append(event.rect().height())
        return False


def test_only_what_comes_into_sight_is_painted_and_the_ring_is_back(qtbot: QtBot) -> None:
    first = QPushButton("First")
    rest = QWidget()
    rest.setMinimumHeight(2000)
    ground = Ground(column(first, rest))
    area = scroll(ground)
    window = holder(column(area))
    qtbot.addWidget(window)
    window.resize(400, 300)
    ring = FocusRing(window)
    window.show()
    window.activateWindow()
    first.setFocus()
    qtbot.waitUntil(ring.isVisible)
    QApplication.processEvents()
    painted = Painted(ground)
    with ring_lifted(window):
        painted.heights.clear()
        area.verticalScrollBar().setValue(25)
    QApplication.processEvents()
    assert painted.heights
    assert painted.heights[0] <= 30
    qtbot.waitUntil(ring.isVisible)
