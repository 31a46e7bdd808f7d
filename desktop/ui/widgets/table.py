"""A table for thousands of rows: a QTableView with our header and one delegate; the screen gives model and sorting.

What a cell shows comes by roles: `DisplayRole` always holds the words (screen readers, copying), the roles below say
how to draw them. Columns, their order, widths and sorting are kept as text by `column_state` and `restore_columns`.
"""

from enum import IntEnum

from PySide6.QtCore import QByteArray, QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop.ui.theme.theme import Theme, current_theme
from desktop.ui.theme.tokens import SIZES
from desktop.ui.widgets.grade import badge_size, paint_badge, paint_bars

_PAD = 10
_BAR_CELL = 22
_Index = QModelIndex | QPersistentModelIndex


class CellRole(IntEnum):
    """How a cell is drawn, beside its `DisplayRole` words."""

    GRADE = Qt.ItemDataRole.UserRole + 101
    """A grade's word: drawn as a badge."""
    BARS = Qt.ItemDataRole.UserRole + 102
    """A tuple of grades, one per agency (empty text: none): drawn as bars. In the header: a tuple of letters."""
    ICON = Qt.ItemDataRole.UserRole + 103
    """The name of a sign before the words."""
    TONE = Qt.ItemDataRole.UserRole + 104
    """The tone of words and sign; `text` when missing."""
    STRONG = Qt.ItemDataRole.UserRole + 105
    """True for what the row is about."""


class TableDelegate(QStyledItemDelegate):
    """Draws every cell from its roles; the current row is framed, the selected one tinted with a bar at its start."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme = current_theme()
        rect: QRect = option.rect
        view = self._view
        painter.save()
        _ground(painter, theme, view, option, index)
        grade, bars = index.data(CellRole.GRADE), index.data(CellRole.BARS)
        inner = rect.adjusted(_PAD, 0, -_PAD, 0)
        if grade:
            size = badge_size(theme, str(grade))
            spot = QRect(inner.left() - 2, rect.center().y() - size.height() // 2, size.width(), size.height())
            paint_badge(painter, theme, _mirror(view, rect, spot), str(grade))
        elif bars:
            _agency_bars(painter, theme, view, rect, tuple(bars))
        else:
            _words(painter, theme, view, inner, index)
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, index: _Index) -> QSize:
        theme = current_theme()
        height = theme.px(SIZES.table_row)
        if grade := index.data(CellRole.GRADE):
            return QSize(badge_size(theme, str(grade)).width() + 2 * _PAD, height)
        if bars := index.data(CellRole.BARS):
            return QSize(theme.px(_BAR_CELL) * len(tuple(bars)) + 2 * _PAD, height)
        words = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        sign = theme.px(SIZES.icon_s) + 8 if index.data(CellRole.ICON) else 0
        return QSize(QFontMetrics(_font(theme, index)).horizontalAdvance(words) + sign + 2 * _PAD + 4, height)


def _ground(painter: QPainter, theme: Theme, view: QTableView, option: QStyleOptionViewItem, index: _Index) -> None:
    rect: QRect = option.rect
    chosen = view.selectionModel().isRowSelected(index.row())
    hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
    ground = "accent_soft" if chosen else "hover" if hovered else "surface"
    painter.fillRect(rect, theme.colour(ground))
    painter.fillRect(QRect(rect.x(), rect.bottom(), rect.width(), 1), theme.colour("line"))
    first = view.horizontalHeader().visualIndex(index.column()) == 0
    if chosen and first:
        painter.fillRect(_mirror(view, rect, QRect(rect.x(), rect.y(), 3, rect.height())), theme.colour("accent"))
    if view.currentIndex().row() == index.row() and view.hasFocus():
        for top in (rect.y(), rect.bottom() - 1):
            painter.fillRect(QRect(rect.x(), top, rect.width(), 2), theme.colour("focus"))


def _words(painter: QPainter, theme: Theme, view: QWidget, inner: QRect, index: _Index) -> None:
    tone = str(index.data(CellRole.TONE) or "text")
    left = inner.left()
    if name := index.data(CellRole.ICON):
        side = theme.px(SIZES.icon_s)
        spot = _mirror(view, inner, QRect(left, inner.center().y() - side // 2, side, side))
        painter.drawPixmap(spot.topLeft(), theme.pixmap(str(name), tone, SIZES.icon_s))
        left += side + 8
    painter.setFont(_font(theme, index))
    painter.setPen(theme.colour(tone))
    room = QRect(left, inner.top(), inner.right() - left + 1, inner.height())
    words = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
    shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width())
    align = QStyle.visualAlignment(view.layoutDirection(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
    painter.drawText(_mirror(view, inner, room), align, shown)


def _agency_bars(painter: QPainter, theme: Theme, view: QWidget, rect: QRect, grades: tuple[str, ...]) -> None:
    cell = theme.px(_BAR_CELL)
    for number, grade in enumerate(grades):
        bars = QRect(rect.x() + _PAD + number * cell, 0, theme.px(14), theme.px(12))
        bars.moveTop(rect.center().y() - bars.height() // 2)
        placed = _mirror(view, rect, bars)
        if grade in ("", "ungraded"):
            painter.fillRect(QRect(placed.x() + 2, placed.center().y(), placed.width() - 4, 2), theme.colour("subtle"))
        else:
            paint_bars(painter, placed, grade, theme.colour("text"))


def _font(theme: Theme, index: _Index) -> QFont:
    urgent = index.data(CellRole.TONE) in ("danger", "warn")
    return theme.font("small_strong" if index.data(CellRole.STRONG) or urgent else "small")


def _mirror(view: QWidget, bounds: QRect, rect: QRect) -> QRect:
    return QStyle.visualRect(view.layoutDirection(), bounds, rect)


class TableHeader(QHeaderView):
    """Column heads: quiet words, the sorted one in ink with an arrow; an agency column shows one letter per agency."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(True)
        self.setSectionsMovable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(48)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), current_theme().px(SIZES.table_row))

    def paintSection(self, painter: QPainter, rect: QRect, logical_index: int) -> None:
        theme, model = current_theme(), self.model()
        across = Qt.Orientation.Horizontal
        painter.save()
        painter.fillRect(rect, theme.colour("surface"))
        painter.fillRect(QRect(rect.x(), rect.bottom(), rect.width(), 1), theme.colour("line_control"))
        painter.setFont(theme.font("caption_strong"))
        sorted_here = self.isSortIndicatorShown() and self.sortIndicatorSection() == logical_index
        tone = "text" if sorted_here else "muted"
        painter.setPen(theme.colour(tone))
        letters = model.headerData(logical_index, across, CellRole.BARS)
        if letters:
            self._paint_letters(painter, theme, rect, tuple(letters))
        else:
            words = str(model.headerData(logical_index, across) or "")
            self._paint_words(painter, theme, rect, words, sorted_here=sorted_here)
        painter.restore()

    def _paint_letters(self, painter: QPainter, theme: Theme, rect: QRect, letters: tuple[str, ...]) -> None:
        cell = theme.px(_BAR_CELL)
        for number, letter in enumerate(letters):
            spot = QRect(rect.x() + _PAD + number * cell, rect.y(), theme.px(14), rect.height())
            painter.drawText(_mirror(self, rect, spot), Qt.AlignmentFlag.AlignCenter, letter)

    def _paint_words(self, painter: QPainter, theme: Theme, rect: QRect, words: str, *, sorted_here: bool) -> None:
        side = theme.px(SIZES.icon_s)
        inner = rect.adjusted(_PAD, 0, -_PAD, 0)
        room = inner.width() - (side + 6 if sorted_here else 0)
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room)
        align = QStyle.visualAlignment(
            self.layoutDirection(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        )
        painter.drawText(inner, align, shown)
        if sorted_here:
            rising = self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
            left = inner.left() + painter.fontMetrics().horizontalAdvance(shown) + 6
            spot = _mirror(self, inner, QRect(left, inner.center().y() - side // 2, side, side))
            sign = theme.pixmap("arrow-up" if rising else "arrow-down", "text", SIZES.icon_s)
            painter.drawPixmap(spot.topLeft(), sign)


class TableView(QTableView):
    """The table. `opened(index)` on Enter or double click, `peeked(index)` on Space; arrows move by whole rows."""

    opened = Signal(QModelIndex)
    peeked = Signal(QModelIndex)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setProperty("noring", True)  # the current row is framed instead
        self.setHorizontalHeader(TableHeader(self))
        self.setItemDelegate(TableDelegate(self))
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setSortingEnabled(True)
        self.horizontalHeader().setStretchLastSection(True)
        self.doubleClicked.connect(self.opened)
        self._measure()

    def column_state(self) -> str:
        """Order, widths, hidden columns and sorting as text, for the settings."""
        return bytes(self.horizontalHeader().saveState().toBase64().data()).decode("ascii")

    def restore_columns(self, state: str) -> bool:
        """Put back what `column_state` gave; False (and nothing changed) when it does not fit this table."""
        return bool(state) and self.horizontalHeader().restoreState(QByteArray.fromBase64(state.encode("ascii")))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid():
            self.opened.emit(index)
        elif event.key() == Qt.Key.Key_Space and index.isValid():
            self.peeked.emit(index)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._measure()

    def _measure(self) -> None:
        self.verticalHeader().setDefaultSectionSize(current_theme().px(SIZES.table_row))
