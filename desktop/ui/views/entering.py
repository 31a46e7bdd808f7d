"""What the screens of the entrance have in common: a sheet in the middle of the page, and the two passphrase fields.

No store is open yet, so these are no `Screen`s. Leaves what is asked to `unlock` and `first_run`.
"""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from desktop.i18n import tr
from desktop.ui.models.strength import strength
from desktop.ui.theme.theme import current_theme
from desktop.ui.widgets.layout import box, column, holder, row, scroll
from desktop.ui.widgets.navigation import Mark
from desktop.ui.widgets.password import PasswordField
from desktop.ui.widgets.text import icon_line, label

SHEET = 800
_SIDE_BY_SIDE = 760


class EntrancePage(QWidget):
    """The mark, a sheet with a left and a right part (one below the other where it is narrow), and three promises."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def fill(self, left: QWidget | None, right: QWidget, promises: tuple[tuple[str, str], ...]) -> None:
        """Put the parts in place, once."""
        parts = [*([(left, 2)] if left is not None else []), (right, 3)]
        self._inside = row(*parts, space=0)
        self._sheet = box("card", self._inside)
        head = row(None, Mark(32), label("Causeway", "h2"), None, space=12)
        self._foot: QBoxLayout = row(None, *(icon_line(icon, words) for icon, words in promises), None, space=24)
        middle = holder(column(None, head, 20, row(None, (self._sheet, 1), None), 12, self._foot, None, margins=16))
        self.setLayout(column(scroll(middle), space=0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        theme = current_theme()
        narrow = self.width() < theme.px(_SIDE_BY_SIDE)
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        self._inside.setDirection(way)
        self._foot.setDirection(way)
        self._foot.setSpacing(4 if narrow else 24)
        self._sheet.setFixedWidth(min(theme.px(SHEET), self.width() - 32))


class Pages(QWidget):
    """Pages of which only the one in sight takes room, so that the sheet is as high as what it shows."""

    def __init__(self, *pages: QWidget) -> None:
        super().__init__()
        self._pages = [*pages]
        self._column = column(*pages, space=0)
        self.setLayout(self._column)
        self.turn_to(pages[0])

    def add(self, page: QWidget) -> None:
        """One more page, not yet in sight."""
        page.hide()
        self._pages.append(page)
        self._column.addWidget(page)

    def turn_to(self, page: QWidget) -> None:
        """Show `page` and give it the keyboard."""
        for one in self._pages:
            one.setVisible(one is page)
        self.setFocusProxy(page)
        page.setFocus()

    def in_sight(self) -> QWidget:
        """The page now shown."""
        return next(one for one in self._pages if not one.isHidden())


class CapsLockHint(QObject):
    """Tells whether Caps Lock seems to be on, from the letters that arrive: no system call says it everywhere."""

    seen = Signal(bool)

    def __init__(self, watched: QWidget) -> None:
        super().__init__(watched)
        watched.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            text = event.text()
            if len(text) == 1 and text.isalpha() and text.lower() != text.upper():
                shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.seen.emit(text.isupper() != shifted)
        return False


class NewPassphrase(QWidget):
    """A new passphrase, typed twice, with an honest word on how long it would hold. `submitted` on Enter."""

    submitted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.first = PasswordField(tr("Passphrase"), meter=True)
        self.again = PasswordField(tr("The same once more"))
        self.setLayout(column(self.first, self.again, space=12))
        self.first.changed.connect(self._judge)
        self.first.submitted.connect(self.again.setFocus)
        self.again.submitted.connect(self.submitted)
        self.setFocusProxy(self.first)
        self._judge("")

    def text(self) -> str:
        """The passphrase when both fields hold the same and it is strong enough; else empty, with the reason shown."""
        typed = self.first.text()
        judged = strength(typed)
        self.first.set_error("" if judged.enough else judged.words)
        same = typed == self.again.text()
        self.again.set_error("" if same else tr("The two are not the same. Type it once more."))
        return typed if judged.enough and same else ""

    def clear(self) -> None:
        """Forget what was typed."""
        self.first.clear()
        self.again.clear()

    def _judge(self, typed: str) -> None:
        judged = strength(typed)
        self.first.set_strength(judged.step, judged.words)
        self.first.set_error("")
