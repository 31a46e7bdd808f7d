"""Fields to type into: one line, several lines, search, and the frame that gives a field its label, help and error.

The error stands beside its field, says what to do and is told to screen readers; it never blocks going on.
"""

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from desktop.ui.theme.theme import current_theme
from desktop.ui.theme.tokens import SIZES
from desktop.ui.widgets.direction import placed
from desktop.ui.widgets.layout import column, holder, reveal, row
from desktop.ui.widgets.text import IconLabel, label, restyle


class LineField(QLineEdit):
    """One line; `icon` stands at its start."""

    def __init__(self, name: str, text: str = "", *, placeholder: str = "", icon: str = "", dense: str = "") -> None:
        super().__init__(text)
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        if dense:
            self.setProperty("dense", dense)
        self._icon = icon
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_icon"):
            self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._icon:
            return
        theme = current_theme()
        side = theme.px(SIZES.icon)
        spot = placed(self.layoutDirection(), self.rect(), QRect(11, (self.height() - side) // 2, side, side))
        painter = QPainter(self)
        painter.drawPixmap(spot.topLeft(), theme.pixmap(self._icon, "muted"))
        painter.end()

    def _fit(self) -> None:
        """Keep the words clear of the sign, which grows with them."""
        room = current_theme().px(SIZES.icon) + 8 if self._icon else 0
        before, after = (0, room) if self.isRightToLeft() else (room, 0)
        self.setTextMargins(before, 0, after, 0)


class TextArea(QPlainTextEdit):
    """Several lines; grows with what is typed up to `most` lines. Tab leaves the field, as in every other."""

    def __init__(self, name: str, text: str = "", *, placeholder: str = "", least: int = 3, most: int = 12) -> None:
        super().__init__(text)
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._least, self._most = least, most
        self.document().documentLayout().documentSizeChanged.connect(lambda _size: self._fit())
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_least"):
            self._fit()

    def _fit(self) -> None:
        lines = max(self._least, min(self._most, round(self.document().size().height())))
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 22)


def search_field(name: str, placeholder: str) -> LineField:
    """A dense field with a magnifier; Escape-to-clear is left to the screen."""
    made = LineField(name, placeholder=placeholder, icon="search", dense="s")
    made.setClearButtonEnabled(True)
    return made


class Field(QWidget):
    """A control under its label, with help and, when something is wrong, the error beside the help.

    The label names the control to screen readers, help and error describe it.
    """

    def __init__(self, text: str, control: QWidget, *, help_text: str = "", required: bool = False) -> None:
        super().__init__()
        self.control = control
        self._help = help_text
        title = label(text, "small_strong")
        title.setBuddy(control)
        control.setAccessibleName(text)
        needed = label(self.tr("required"), "caption", "muted")
        reveal(needed, required)
        self._hint = label(help_text, "caption", "muted", wrap=True)
        reveal(self._hint, bool(help_text))
        self._error = ErrorLine()
        self.setLayout(column(row(title, None, needed), control, self._hint, self._error, space=5))
        self.set_error("")

    def set_error(self, message: str) -> None:
        """Show what to do about this field, or (empty) that it is right."""
        self._error.show_error(message)
        mark_invalid(self.control, invalid=bool(message))
        self.control.setAccessibleDescription(" ".join(part for part in (message, self._help) if part))

    def error(self) -> str:
        """The error now shown, or an empty text."""
        return self._error.message()


class ErrorLine(QWidget):
    """A sign and what to do, in the danger tone; takes no room while there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self._words: QLabel = label("", "small_strong", "danger", wrap=True)
        sign = holder(column(IconLabel("circle-alert", "danger", SIZES.icon), margins=(1, 0)))
        self.setLayout(row((sign, Qt.AlignmentFlag.AlignTop), (self._words, 1), space=6))
        self.hide()

    def show_error(self, message: str) -> None:
        """Show `message`, or nothing when it is empty."""
        self._words.setText(message)
        self._words.setAccessibleName(self.tr("Error: {0}").format(message) if message else "")
        reveal(self, bool(message))

    def message(self) -> str:
        """What is now shown."""
        return self._words.text()


def mark_invalid(control: QWidget, *, invalid: bool) -> None:
    """Give a field or list box the edge of an error, or take it off."""
    if isinstance(control, QLineEdit | QPlainTextEdit | QComboBox) and bool(control.property("invalid")) != invalid:
        control.setProperty("invalid", invalid)
        restyle(control)
