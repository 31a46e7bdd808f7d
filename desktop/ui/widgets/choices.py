"""Tick boxes, round choices and list boxes. The whole line is the target, long words break, and the wheel changes
nothing: an answer must not turn over because someone scrolled past it.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QRadioButton, QSizePolicy, QWidget

from desktop.ui.theme.theme import Theme, current_theme
from desktop.ui.theme.tokens import SIZES
from desktop.ui.widgets.direction import aligned, placed

_BOX = 18
_GAP = 10
_FLAGS = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap


class CheckBox(QCheckBox):
    """A tick box with its words; `toggled(bool)` tells."""

    def __init__(self, text: str, *, on: bool = False) -> None:
        super().__init__(text)
        self.setChecked(on)
        _prepare(self, text)

    def sizeHint(self) -> QSize:
        return _natural_size(self.text())

    def minimumSizeHint(self) -> QSize:
        return _least_size(self.text())

    def heightForWidth(self, width: int) -> int:
        return _height(self.text(), width)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def changeEvent(self, event: QEvent) -> None:
        _follow_style(self, event)
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = current_theme()
        painter, rect = _begin(self, theme)
        on, enabled = self.isChecked(), self.isEnabled()
        edge = "accent" if on else "text" if self.underMouse() and enabled else "line_control"
        painter.setPen(QPen(theme.colour(edge if enabled else "line_button"), 1))
        painter.setBrush(theme.colour("accent" if on and enabled else "surface" if enabled else "sunken"))
        painter.drawRoundedRect(rect, 4, 4)
        if on:
            sign = theme.pixmap("check", "on_accent" if enabled else "subtle", SIZES.icon_s)
            inset = (rect.width() - theme.px(SIZES.icon_s)) / 2
            painter.drawPixmap(rect.topLeft() + QPointF(inset, inset), sign)
        painter.end()


class RadioButton(QRadioButton):
    """One of several choices; `toggled(bool)` tells."""

    def __init__(self, text: str, *, on: bool = False) -> None:
        super().__init__(text)
        self.setChecked(on)
        _prepare(self, text)

    def sizeHint(self) -> QSize:
        return _natural_size(self.text())

    def minimumSizeHint(self) -> QSize:
        return _least_size(self.text())

    def heightForWidth(self, width: int) -> int:
        return _height(self.text(), width)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def changeEvent(self, event: QEvent) -> None:
        _follow_style(self, event)
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = current_theme()
        painter, rect = _begin(self, theme)
        on, enabled = self.isChecked(), self.isEnabled()
        edge = "accent" if on else "text" if self.underMouse() and enabled else "line_control"
        width = rect.width() * 0.3 if on else 1.0
        painter.setPen(QPen(theme.colour(edge if enabled else "line_button"), width))
        painter.setBrush(theme.colour("surface" if enabled else "sunken"))
        painter.drawEllipse(rect.adjusted(width / 2, width / 2, -width / 2, -width / 2))
        painter.end()


class ComboBox(QComboBox):
    """A list box of (value, words); `chosen(str)` gives the value when a person chooses."""

    def __init__(self, name: str, *, dense: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        if dense:
            self.setProperty("dense", dense)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_choices(self, choices: Sequence[tuple[str, str]], value: str = "") -> None:
        """Offer `choices`, with `value` chosen; nothing is chosen when it is not among them."""
        blocked = self.blockSignals(True)
        self.clear()
        for key, words in choices:
            self.addItem(words, key)
        self.setCurrentIndex(self.findData(value))
        self.blockSignals(blocked)

    def value(self) -> str:
        """The chosen value, or an empty text."""
        data = self.currentData()
        return data if isinstance(data, str) else ""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        theme = current_theme()
        side = theme.px(SIZES.icon)
        spot = QRect(self.width() - side - 10, (self.height() - side) // 2, side, side)
        painter = QPainter(self)
        corner = placed(self.layoutDirection(), self.rect(), spot).topLeft()
        painter.drawPixmap(corner, theme.pixmap("chevron-down", "muted" if self.isEnabled() else "subtle"))
        painter.end()


def _prepare(widget: QCheckBox | QRadioButton, text: str) -> None:
    widget.setAccessibleName(text)
    widget.setCursor(Qt.CursorShape.PointingHandCursor)
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    widget.setSizePolicy(policy)


def _follow_style(widget: QWidget, event: QEvent) -> None:
    if event.type() == QEvent.Type.StyleChange:
        widget.updateGeometry()
        widget.update()


def _natural_size(text: str) -> QSize:
    theme = current_theme()
    width = _metrics_rect(text, 10_000).width()
    return QSize(theme.px(_BOX) + _GAP + width + 4, theme.px(SIZES.target))


def _least_size(text: str) -> QSize:
    natural = _natural_size(text)
    return QSize(min(natural.width(), current_theme().px(_BOX + 120)), natural.height())


def _height(text: str, width: int) -> int:
    theme = current_theme()
    room = max(width - theme.px(_BOX) - _GAP - 4, 40)
    return max(theme.px(SIZES.target), _metrics_rect(text, room).height() + 8)


def _metrics_rect(text: str, width: int) -> QRect:
    return QFontMetrics(current_theme().font("body")).boundingRect(QRect(0, 0, width, 100_000), _FLAGS, text)


def _begin(widget: QCheckBox | QRadioButton, theme: Theme) -> tuple[QPainter, QRectF]:
    """Write the words, and give the painter with the square where the sign belongs (beside the first line)."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    side = theme.px(_BOX)
    top = (min(theme.px(SIZES.target), widget.height()) - side) // 2
    words = QRect(side + _GAP, 0, widget.width() - side - _GAP, widget.height())
    painter.setFont(theme.font("body"))
    painter.setPen(theme.colour("text" if widget.isEnabled() else "subtle"))
    direction = widget.layoutDirection()
    align = aligned(direction, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    painter.drawText(placed(direction, widget.rect(), words), align | Qt.TextFlag.TextWordWrap, widget.text())
    square = placed(direction, widget.rect(), QRect(0, top, side, side))
    return painter, QRectF(square).adjusted(0.5, 0.5, -0.5, -0.5)
