"""The command palette (Ctrl+K): one field, the entries that match as one types, Enter goes there.

The caller gives the entries; matching is done here, word by word, blind to case and to accents. Nothing typed is kept.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop.ui.theme.theme import current_theme
from desktop.ui.theme.tokens import RADIUS, SIZES
from desktop.ui.widgets.fields import LineField
from desktop.ui.widgets.layout import column
from desktop.ui.widgets.painted import text_height
from desktop.ui.widgets.text import label

_Index = QModelIndex | QPersistentModelIndex
_MOST = 9


@dataclass(frozen=True)
class Entry:
    """One thing to go to: a key for the caller, a title, a note (what it is), a sign and its own shortcut."""

    key: str
    title: str
    note: str = ""
    icon: str = "arrow-right"
    shortcut: str = ""


def fold(text: str) -> str:
    """`text` without accents and case, for matching."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def matching(entries: Sequence[Entry], typed: str) -> list[Entry]:
    """The entries in which every typed word occurs; those whose title begins with the first word come first."""
    words = fold(typed).split()
    found = [entry for entry in entries if all(word in fold(f"{entry.title} {entry.note}") for word in words)]
    if not words:
        return found
    return sorted(found, key=lambda entry: not fold(entry.title).startswith(words[0]))


class EntryModel(QAbstractListModel):
    """The entries that match, for the list view."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []

    def show_entries(self, entries: list[Entry]) -> None:
        """Show these."""
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (entry.title, entry.note, entry.shortcut) if part)
        return None


class EntryDelegate(QStyledItemDelegate):
    """Sign, title, note and shortcut on one line."""

    def __init__(self, model: EntryModel, view: QListView) -> None:
        super().__init__(view)
        self._model, self._view = model, view

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(200, max(current_theme().px(SIZES.control), text_height("body") + 14))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme, entry = current_theme(), self._model.entries[index.row()]
        rect: QRect = option.rect
        chosen = self._view.currentIndex() == index
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent_soft"))
            painter.drawRoundedRect(rect.adjusted(4, 0, -4, 0), RADIUS.m, RADIUS.m)
        side = theme.px(SIZES.icon)
        direction = self._view.layoutDirection()
        spot = QStyle.visualRect(direction, rect, QRect(rect.x() + 14, rect.center().y() - side // 2, side, side))
        painter.drawPixmap(spot.topLeft(), theme.pixmap(entry.icon, "on_accent_soft" if chosen else "muted"))
        left = rect.x() + 14 + side + 12
        room = QRect(left, rect.y(), rect.right() - left - 14, rect.height())
        start = QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        end = QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        painter.setFont(theme.font("strong" if chosen else "body"))
        painter.setPen(theme.colour("on_accent_soft" if chosen else "text"))
        half = QRect(room.x(), room.y(), room.width() * 3 // 5, room.height())
        title = painter.fontMetrics().elidedText(entry.title, Qt.TextElideMode.ElideRight, half.width())
        painter.drawText(QStyle.visualRect(direction, rect, half), start, title)
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.colour("muted"))
        rest = QRect(half.right() + 8, room.y(), room.right() - half.right() - 8, room.height())
        words = " · ".join(part for part in (entry.note, entry.shortcut) if part)
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, rest.width())
        painter.drawText(QStyle.visualRect(direction, rect, rest), end, shown)
        painter.restore()


class CommandPalette(QFrame):
    """A panel over the window. `picked(key)` on Enter or click; Escape or a click elsewhere closes it.

    `typed(text)` lets the caller search further (cases by their code name) and hand in more with `show_entries`.
    """

    picked = Signal(str)
    typed = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._before: QWidget | None = None
        self._entries: list[Entry] = []
        self.setProperty("box", "popup")
        self.setAccessibleName(self.tr("Go anywhere"))
        self.line = LineField(self.tr("Go anywhere"), placeholder=self.tr("A case, a place or an act"), icon="search")
        self._model = EntryModel(self)
        self.view = QListView()
        self.view.setProperty("noring", True)
        self.view.setAccessibleName(self.tr("What matches"))
        self.view.setModel(self._model)
        self.view.setItemDelegate(EntryDelegate(self._model, self.view))
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._nothing = label(self.tr("Nothing found on this laptop"), "small", "muted")
        self.setLayout(column(self.line, self.view, self._nothing, space=6, margins=10))
        self.line.installEventFilter(self)
        self.line.textChanged.connect(self._filter)
        self.view.clicked.connect(lambda _index: self._pick())
        self.hide()

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """What can be gone to; may be called again while the palette is open."""
        self._entries = list(entries)
        self._show_matching()

    def open(self) -> None:
        """Show the palette over its window with an empty field."""
        self._before = self._window.focusWidget()
        self.line.clear()
        self._show_matching()
        self.show()
        self.raise_()
        self.line.setFocus()

    def close_palette(self) -> None:
        """Hide it and give the keyboard back to where it was."""
        self.hide()
        self.line.clear()
        if self._before is not None:
            self._before.setFocus()
            self._before = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.line and event.type() == QEvent.Type.FocusOut and self.isVisible():
            if not self.isAncestorOf(self._window.focusWidget() or self._window):
                self.hide()
        elif watched is self.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event.key())
        return False

    def _key(self, key: int) -> bool:
        if key == Qt.Key.Key_Escape:
            self.close_palette()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._pick()
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self._model.entries:
            step = 1 if key == Qt.Key.Key_Down else -1
            row = (self.view.currentIndex().row() + step) % len(self._model.entries)
            self.view.setCurrentIndex(self._model.index(row))
        else:
            return False
        return True

    def _pick(self) -> None:
        index = self.view.currentIndex()
        if index.isValid():
            key = self._model.entries[index.row()].key
            self.close_palette()
            self.picked.emit(key)

    def _filter(self, text: str) -> None:
        self._show_matching()
        self.typed.emit(text)

    def _show_matching(self) -> None:
        found = matching(self._entries, self.line.text())
        self._model.show_entries(found)
        self.view.setVisible(bool(found))
        self._nothing.setVisible(not found)
        if found:
            self.view.setCurrentIndex(self._model.index(0))
        self._place()

    def _place(self) -> None:
        theme = current_theme()
        width = min(theme.px(620), self._window.width() - 32)
        entry = max(theme.px(SIZES.control), text_height("body") + 14)
        self.view.setFixedHeight(min(len(self._model.entries), _MOST) * entry + 4)
        self.setFixedWidth(max(width, 200))
        self.adjustSize()
        self.move((self._window.width() - self.width()) // 2, min(72, self._window.height() // 8))
