"""Bases for parts that paint themselves from the theme: a button and a picture.

They measure in the text scale in force, repaint when the theme is switched and mirror in right-to-left languages;
what they draw is left to the parts.
"""

from typing import Self

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QLayout, QSizePolicy, QWidget

from desktop.ui.theme.theme import Theme, current_theme
from desktop.ui.widgets.direction import aligned, placed

CENTRE_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
CENTRE_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class PaintedButton(QAbstractButton):
    """A button that draws itself. A stylesheet's `min-height` beats a fixed height, so it is no QPushButton.

    Enter does the same as Space: a row is opened with the key under the right hand.
    """

    def __init__(self, name: str, height: int) -> None:
        super().__init__()
        self._height = height
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def natural_width(self) -> int:
        """The width at which nothing is cut; parts that elide give less."""
        return 80

    def sizeHint(self) -> QSize:
        return QSize(self.natural_width(), current_theme().px(self._height))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.update()
        super().leaveEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
            self.update()
        super().changeEvent(event)


class Picture(QWidget):
    """A part that only shows something; its accessible name says in words what the picture says."""

    def __init__(self, spoken: str) -> None:
        super().__init__()
        self.setAccessibleName(spoken)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
            self.update()
        super().changeEvent(event)


class Ground(QWidget):
    """The page's own ground below a long content. It lets nothing through: scrolled, what is in sight is moved and only
    what comes into sight is painted.
    """

    def __init__(self, layout: QLayout) -> None:
        super().__init__()
        self.setObjectName("ground")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)
        self.setLayout(layout)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), current_theme().colour("page"))
        painter.end()


class Brush:
    """A painter that speaks in roles and mirrors rectangles for right-to-left languages. Use it as a context."""

    def __init__(self, widget: QWidget) -> None:
        self.theme: Theme = current_theme()
        self.painter = QPainter(widget)
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._widget = widget

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.painter.end()

    def place(self, rect: QRect) -> QRect:
        """`rect` of a left-to-right drawing where it belongs in the widget's direction."""
        return placed(self._widget.layoutDirection(), self._widget.rect(), rect)

    def text(self, rect: QRect, words: str, role: str, tone: str, *, right: bool = False) -> int:
        """Write one line of `words` into `rect`, elided if it must be; the width it took."""
        font = self.theme.font(role)
        self.painter.setFont(font)
        self.painter.setPen(self.theme.colour(tone))
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
        alignment = CENTRE_RIGHT if right else CENTRE_LEFT
        align = aligned(self._widget.layoutDirection(), alignment)
        self.painter.drawText(self.place(rect), align | Qt.TextFlag.TextSingleLine, shown)
        return metrics.horizontalAdvance(shown)

    def icon(self, left: int, top: int, name: str, tone: str, size: int) -> None:
        """The sign `name` with its top left at a left-to-right point."""
        side = self.theme.px(size)
        self.painter.drawPixmap(self.place(QRect(left, top, side, side)).topLeft(), self.theme.pixmap(name, tone, size))

    def panel(self, rect: QRectF, ground: str | None, edge: str | None, radius: float, width: float = 1) -> None:
        """A rounded ground with an edge; either may be None. `rect` is mirrored."""
        self.painter.setPen(QPen(self.theme.colour(edge), width) if edge else Qt.PenStyle.NoPen)
        self.painter.setBrush(self.theme.colour(ground) if ground else QColor(Qt.GlobalColor.transparent))
        inset = width / 2 if edge else 0
        placed = QRectF(self.place(rect.toAlignedRect())).adjusted(inset, inset, -inset, -inset)
        self.painter.drawRoundedRect(placed, radius, radius)


def text_width(words: str, role: str) -> int:
    """The width of one line of `words` in a text role, in the scale in force."""
    return QFontMetrics(current_theme().font(role)).horizontalAdvance(words)


def text_height(role: str) -> int:
    """The height of one line of a text role."""
    return QFontMetrics(current_theme().font(role)).height()
