"""The locked Qt binding keeps count of what it borrows: a build that gives away None aborts Python sooner or later."""

import sys

from PySide6.QtCore import QCoreApplication, QObject, QTimer
from pytestqt.qtbot import QtBot

CALLS = 2_000


def test_calls_that_return_nothing_take_nothing(qtbot: QtBot) -> None:
    assert qtbot is not None  # there is an application to send events to
    owner, timer = QObject(), QTimer()
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        owner.setObjectName("case")
        timer.stop()
        QCoreApplication.sendPostedEvents()
    assert sys.getrefcount(None) - before > -CALLS
