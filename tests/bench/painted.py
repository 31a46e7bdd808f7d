"""A window that says when it was first painted, and what CPU time it took until then.

`python -m tests.bench.painted bare`, or `… product FOLDER`. Run by `start` as a process of its own, so that the
interpreter and every import count.
"""

import gc
import sys
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QWidget


class FirstPaint(QObject):
    """Says `painted` with the CPU-seconds so far, and ends the process when the first paint event was worked off."""

    def __init__(self, app: QApplication, window: QWidget) -> None:
        super().__init__(app)
        self._app = app
        window.installEventFilter(self)  # not on every event of the program: looking would cost what it looks at

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._said)
        return super().eventFilter(watched, event)

    def _said(self) -> None:
        print(f"painted {time.process_time()}", flush=True)
        self._app.quit()


def bare() -> int:
    """The least that PySide6 can show."""
    app = QApplication([])
    window = QLabel("Unlock")
    watcher = FirstPaint(app, window)
    window.resize(1280, 800)
    window.show()
    status = app.exec()
    del watcher
    return status


def product(data: Path) -> int:
    """As `causeway run` begins: the unlock screen, because there is a profile."""
    gc.disable()  # as `causeway run` does
    from desktop import log  # noqa: PLC0415  the bare window must not pay for it
    from desktop.app import Causeway, Outfit, server_of  # noqa: PLC0415  as above

    log.start(data)
    app = QApplication([])
    causeway = Causeway(app, Outfit(data, server_of))
    watcher = FirstPaint(app, causeway.window)
    causeway.start()
    status = app.exec()
    causeway.close()
    del watcher
    return status


if __name__ == "__main__":
    sys.exit(bare() if sys.argv[1] == "bare" else product(Path(sys.argv[2])))
