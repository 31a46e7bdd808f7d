"""How far an item has travelled: four stops (laptop, outbox, server, opened) and one honest line of words."""

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.theme.theme import current_theme
from desktop.ui.theme.tokens import SIZES
from desktop.ui.widgets.painted import Brush, Picture
from desktop.ui.widgets.text import icon_line

STOPS = ("laptop", "outbox", "server", "opened")
WHERE = {
    "draft": ("file-pen", "muted"),
    "laptop": ("laptop", "muted"),
    "outbox": ("upload", "warn"),
    "server": ("server", "muted"),
    "opened": ("check-check", "ok"),
    "refused": ("circle-x", "danger"),
}


def where_line(state: str, words: str) -> QWidget:
    """Where an item is: the sign of `state` (a key of `WHERE`) and the caller's words with the time."""
    icon, tone = WHERE[state]
    return icon_line(icon, words, "caption", tone, size=SIZES.icon_s)


class Travel(Picture):
    """Dots joined by a line, filled as far as the item has come; a refused item ends in a crossed dot.

    Words always stand beside it: use `where_line`.
    """

    def __init__(self, reached: str, *, refused: bool = False) -> None:
        super().__init__("")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._reached, self._refused = 1, False
        self.show_reached(reached, refused=refused)

    def show_reached(self, reached: str, *, refused: bool = False) -> None:
        """`reached` is one of `STOPS`; `refused` says that it was turned away there."""
        self._reached, self._refused = STOPS.index(reached) + 1, refused
        self.setAccessibleName(self._spoken(reached))
        self.update()

    def sizeHint(self) -> QSize:
        theme = current_theme()
        return QSize(theme.px(92), theme.px(16))

    def paintEvent(self, _event: QPaintEvent) -> None:
        with Brush(self) as brush:
            painter, theme = brush.painter, brush.theme
            step, radius, middle = theme.px(25), theme.px(10) / 2, self.height() / 2
            spots = [QPointF(theme.px(8) + number * step, middle) for number in range(len(STOPS))]
            if self.isRightToLeft():
                spots = [QPointF(self.width() - spot.x(), spot.y()) for spot in spots]
            tone = "danger" if self._refused else "accent"
            for number in range(1, len(STOPS)):
                passed = number < self._reached
                painter.setPen(QPen(theme.colour(tone if passed else "line_control"), 2 if passed else 1))
                painter.drawLine(spots[number - 1], spots[number])
            for number, spot in enumerate(spots, 1):
                filled = number <= self._reached
                painter.setPen(QPen(theme.colour(tone if filled else "line_control"), 1.5))
                painter.setBrush(theme.colour(tone if filled else "surface"))
                painter.drawEllipse(spot, radius, radius)
            if self._refused:
                self._cross(brush, spots[self._reached - 1], radius * 0.45)

    @staticmethod
    def _cross(brush: Brush, spot: QPointF, arm: float) -> None:
        brush.painter.setPen(QPen(brush.theme.colour("surface"), 1.5))
        square = QRectF(spot.x() - arm, spot.y() - arm, 2 * arm, 2 * arm)
        brush.painter.drawLine(square.topLeft(), square.bottomRight())
        brush.painter.drawLine(square.topRight(), square.bottomLeft())
        brush.painter.setPen(Qt.PenStyle.NoPen)

    def _spoken(self, reached: str) -> str:
        words = {
            "laptop": QCoreApplication.translate("Travel", "on this laptop"),
            "outbox": QCoreApplication.translate("Travel", "in the outbox"),
            "server": QCoreApplication.translate("Travel", "at the server"),
            "opened": QCoreApplication.translate("Travel", "opened by the recipient"),
        }[reached]
        return self.tr("{0}, refused").format(words) if self._refused else words
