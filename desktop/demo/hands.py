"""A person's hands and eyes for the driven day: keys, clicks by what a control is called, pictures of the window.

Everything goes through the real widgets of a real window; nothing here calls a view-model or the store.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QPlainTextEdit, QWidget

from desktop.app import Causeway
from desktop.errors import KnownError

SECONDS = 30.0
BREATH_MS = 20
SETTLE_MS = 500
W = TypeVar("W", bound=QWidget)


class Hands:
    """Works one laptop. Every wait has an end: what does not come within a minute is said and stops the day."""

    def __init__(self, causeway: Causeway, name: str, pictures: Path) -> None:
        self.causeway = causeway
        self.name = name
        self._pictures = pictures
        self.keys = 0
        self.clicks = 0
        self.taken: list[Path] = []

    # -- looking

    def wait(self, what: str, until: Callable[[], bool]) -> None:
        """Let the window work until something is so. Raises KnownError `demo.waited` naming `what`."""
        end = time.monotonic() + SECONDS
        while not until():
            if time.monotonic() > end:
                raise KnownError("demo.waited", f"The practice day waited too long: {what}.", "Look at the pictures.")
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, BREATH_MS)
            time.sleep(0.002)

    def breathe(self, milliseconds: int = 150) -> None:
        """Let the window and the threads behind it work for a moment, as between two acts of a person."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def screen(self, kind: type[W]) -> W:
        """The screen in sight, once it is of this kind."""
        self.wait(f"{self.name}: {kind.__name__} in sight", lambda: isinstance(self._in_sight(), kind))
        found = self._in_sight()
        assert isinstance(found, kind)  # noqa: S101  just waited for
        return found

    def sees(self, kind: type[QWidget]) -> bool:
        """Whether a screen of this kind is in sight now."""
        return isinstance(self._in_sight(), kind)

    def _in_sight(self) -> QWidget | None:
        session = self.causeway.session
        frame = session.frame if session else None
        return frame.in_sight() if frame is not None and self.causeway.window.main() is frame else None

    def picture(self, name: str) -> Path:
        """Save what is in sight as a PNG, once the window has come to rest."""
        self.breathe(SETTLE_MS)
        self._come_to_rest()
        path = self._pictures / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.causeway.window.grab().save(str(path))
        self.taken.append(path)
        return path

    def _come_to_rest(self) -> None:
        """Until the store has answered all it was asked (an answer may ask again), and every layout has been made."""
        for _ in range(3):
            session = self.causeway.session
            if session is not None:
                session.tasks.step(lambda _store: None).result()
            QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents()

    # -- acting

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Strike a key where the keyboard is."""
        self.keys += 1
        QTest.keyClick(self._keyboard(), key, modifier)
        QCoreApplication.processEvents()

    def write(self, text: str) -> None:
        """Type text where the keyboard is."""
        self.keys += len(text)
        QTest.keyClicks(self._keyboard(), text)
        QCoreApplication.processEvents()

    def click(self, name: str, within: QWidget | None = None) -> None:
        """Click the visible control that is called so."""
        self.clicks += 1
        QTest.mouseClick(self.find(QAbstractButton, name, within), Qt.MouseButton.LeftButton)
        QCoreApplication.processEvents()

    def fill(self, name: str, text: str, within: QWidget | None = None) -> None:
        """Type into the field that is called so, in place of what stands there."""
        field = self._field(name, within)
        field.setFocus()
        if isinstance(field, QLineEdit | QPlainTextEdit):
            field.selectAll()
        self.press(Qt.Key.Key_Delete)
        self.keys += len(text)
        QTest.keyClicks(field, text)
        QCoreApplication.processEvents()

    def find(self, kind: type[W], name: str, within: QWidget | None = None) -> W:
        """The visible control of this kind whose accessible name is, or begins with, `name`; waits for it."""
        found: list[W] = []

        def there() -> bool:
            found[:] = self._named(kind, name, within)
            return bool(found)

        self.wait(f"{self.name}: “{name}”", there)
        return found[0]

    def has(self, name: str) -> bool:
        """Whether a visible control is called so."""
        return bool(self._named(QWidget, name, None))

    def _named(self, kind: type[W], name: str, within: QWidget | None) -> list[W]:
        root = within or self.causeway.window
        widgets: Iterator[W] = (widget for widget in root.findChildren(kind) if widget.isVisible())
        called = [widget for widget in widgets if widget.accessibleName().startswith(name)]
        return sorted(called, key=lambda widget: widget.accessibleName() != name)

    def _field(self, name: str, within: QWidget | None) -> QLineEdit | QPlainTextEdit:
        self.wait(
            f"{self.name}: field “{name}”",
            lambda: bool(self._named(QLineEdit, name, within) or self._named(QPlainTextEdit, name, within)),
        )
        lines = self._named(QLineEdit, name, within)
        return lines[0] if lines else self._named(QPlainTextEdit, name, within)[0]

    def _keyboard(self) -> QWidget:
        """Who has the keyboard in this laptop's window."""
        window = self.causeway.window
        if QApplication.activeWindow() is not window:
            window.activateWindow()
            QCoreApplication.processEvents()
        return window.focusWidget() or window
