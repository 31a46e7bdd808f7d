"""A passphrase field: shown or hidden at will, with a strength meter that the caller feeds."""

from PySide6.QtCore import QRect, QRectF, QSize, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QSizePolicy, QWidget

from desktop.ui.theme.theme import current_theme
from desktop.ui.widgets.buttons import button
from desktop.ui.widgets.fields import ErrorLine, LineField, mark_invalid
from desktop.ui.widgets.layout import column, reveal, row
from desktop.ui.widgets.painted import Brush, Picture
from desktop.ui.widgets.text import label

STEPS = 4


class PasswordField(QWidget):
    """Label, secret, reveal button, meter and error. `submitted` fires on Enter, `changed(str)` while typing."""

    submitted = Signal()
    changed = Signal(str)

    def __init__(self, text: str, *, meter: bool = False) -> None:
        super().__init__()
        title = label(text, "small_strong")
        self.line = LineField(text, dense="l")
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        title.setBuddy(self.line)
        self._reveal = button(self.tr("Show"), icon="eye", dense="l", tip=self.tr("Show what you type"))
        self._reveal.setCheckable(True)
        self._reveal.toggled.connect(self._show_secret)
        self._meter = StrengthMeter()
        reveal(self._meter, meter)
        self._error = ErrorLine()
        secret = row((self.line, 1), self._reveal)
        self.setLayout(column(title, secret, self._meter, self._error, space=6))
        self.setFocusProxy(self.line)
        self.line.returnPressed.connect(self.submitted)
        self.line.textChanged.connect(self.changed)

    def text(self) -> str:
        """What is typed."""
        return self.line.text()

    def clear(self) -> None:
        """Forget what is typed and hide what is typed next."""
        self.line.clear()
        self._reveal.setChecked(False)

    def set_error(self, message: str) -> None:
        """Say what to do, or nothing."""
        self._error.show_error(message)
        mark_invalid(self.line, invalid=bool(message))
        self.line.setAccessibleDescription(message)

    def set_strength(self, step: int, words: str) -> None:
        """Fill `step` of four parts of the meter and say what that means in the caller's words."""
        self._meter.show_strength(step, words)

    def _show_secret(self) -> None:
        shown = self._reveal.isChecked()
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.line.setEchoMode(mode)
        self._reveal.set_words(self.tr("Hide") if shown else self.tr("Show"), "eye-off" if shown else "eye")


class StrengthMeter(QWidget):
    """Four parts and a sentence; the sentence carries the meaning, so no colour needs to."""

    def __init__(self) -> None:
        super().__init__()
        self._bar = _Parts()
        self._words: QLabel = label("", "caption", "muted", wrap=True)
        self.setLayout(column(self._bar, self._words, space=4))

    def show_strength(self, step: int, words: str) -> None:
        """`step` 0 to 4."""
        self._bar.step = max(0, min(STEPS, step))
        self._bar.setAccessibleName(words)
        self._bar.update()
        self._words.setText(words)


class _Parts(Picture):
    def __init__(self) -> None:
        super().__init__("")
        self.step = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(160, current_theme().px(6))

    def paintEvent(self, _event: QPaintEvent) -> None:
        gap = 4
        width = (self.width() - gap * (STEPS - 1)) // STEPS
        with Brush(self) as brush:
            for number in range(STEPS):
                rect = QRectF(QRect(number * (width + gap), 0, width, self.height()))
                filled = number < self.step
                brush.panel(rect, "accent" if filled else "sunken", "accent" if filled else "line_control", 2)
