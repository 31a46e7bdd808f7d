"""Nobody waits by Qt's waits for tests: they hold Python's lock, and every other thread stands still meanwhile.

A store's thread that stands still saves nothing; a test that paused like that before a kill lost what was typed, and a
practice day would be slower than any person's. `QEventLoop.exec`, `qtbot.wait` and `qtbot.waitUntil` let others work.
"""

import ast
import threading
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from pytestqt.qtbot import QtBot

from tests.house.tree import ROOT, Module, modules, plant

HOLDING = frozenset({"qWait", "qSleep", "qWaitForWindowActive", "qWaitForWindowExposed", "QSignalSpy"})
LOOK_MS = 5
PATIENCE_MS = 20_000


def holding(source: list[Module]) -> list[str]:
    """Uses of a wait that holds Python's lock."""
    return [
        f"{each.path}:{node.lineno} {node.attr}"
        for each in source
        for node in ast.walk(each.syntax)
        if isinstance(node, ast.Attribute) and node.attr in HOLDING
    ]


def test_no_wait_holds_the_lock_of_python() -> None:
    source = modules(ROOT, ("desktop", "sync", "tests", "installer"))
    assert holding([each for each in source if each.path != "tests/house/test_waiting.py"]) == []


def test_such_a_wait_is_found(tmp_path: Path) -> None:
    planted = plant(tmp_path, {"tests/a.py": "QTest.qWait(5)\nqtbot.wait(5)\n", "tests/b.py": "QtTest.QSignalSpy(x)\n"})
    assert holding(planted) == ["tests/a.py:1 qWait", "tests/b.py:1 QSignalSpy"]


def test_another_thread_works_while_the_gui_thread_waits_in_its_event_loop(qtbot: QtBot) -> None:
    assert qtbot is not None  # there is an application whose events are waited for
    loop, done = QEventLoop(), threading.Event()
    look = QTimer(interval=LOOK_MS)
    look.timeout.connect(lambda: loop.quit() if done.is_set() else None)
    QTimer.singleShot(PATIENCE_MS, loop, lambda: loop.exit(1))
    thread = threading.Thread(target=done.set)
    look.start()
    QTimer.singleShot(0, loop, thread.start)
    try:
        assert loop.exec() == 0, "it stood still until the wait was over"
    finally:
        thread.join()
