"""The grade badge: four rising bars, a word and a tint, so that print and colour-blind eyes lose nothing.

Grades are the words of the common scale: ungraded, standard, raised, high, extreme. An unknown word is shown as
ungraded: a badge never invents a low risk.
"""

from PySide6.QtCore import QCoreApplication, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from desktop.ui.theme.theme import Theme, current_theme
from desktop.ui.theme.tokens import GRADES, RADIUS
from desktop.ui.widgets.painted import Picture

_BARS = 4
_SMALL, _LARGE = 24, 36


def grade_word(grade: str) -> str:
    """The grade in the person's language."""
    words = {
        "standard": QCoreApplication.translate("Grade", "Standard"),
        "raised": QCoreApplication.translate("Grade", "Raised"),
        "high": QCoreApplication.translate("Grade", "High"),
        "extreme": QCoreApplication.translate("Grade", "Extreme"),
    }
    return words.get(grade, QCoreApplication.translate("Grade", "Not graded"))


def grade_level(grade: str) -> int:
    """How many bars are filled: 0 (ungraded or unknown) to 4."""
    return GRADES.index(grade) if grade in GRADES else 0


def badge_size(theme: Theme, grade: str, *, large: bool = False) -> QSize:
    """The room a badge needs."""
    metrics = QFontMetrics(theme.font("h2" if large else "caption_strong"))
    unit, pad = (4, 12) if large else (3, 8)
    bars = theme.px(_BARS * unit + 6)
    width = pad + bars + pad - 1 + metrics.horizontalAdvance(grade_word(grade)) + pad
    return QSize(width, theme.px(_LARGE if large else _SMALL))


def paint_bars(painter: QPainter, rect: QRect, grade: str, colour: QColor) -> None:
    """Four rising bars in `rect`, filled up to the grade, the others pale."""
    gap = max(2, rect.width() // 9)
    unit = (rect.width() - gap * (_BARS - 1)) / _BARS
    for number in range(_BARS):
        height = rect.height() * (number + 1) / _BARS
        bar = QRectF(rect.x() + number * (unit + gap), rect.bottom() + 1 - height, unit, height)
        ink = QColor(colour)
        if number >= grade_level(grade):
            ink.setAlphaF(0.28)
        painter.fillRect(bar, ink)


def paint_badge(painter: QPainter, theme: Theme, rect: QRect, grade: str, *, large: bool = False) -> None:
    """A badge in `rect`, for delegates and rows that paint themselves."""
    tint = theme.tint(grade)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    dashed = grade_level(grade) == 0
    painter.setPen(QPen(QColor(tint.edge), 1, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
    painter.setBrush(QColor(tint.ground))
    radius = RADIUS.s + (2 if large else 0)
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    unit, pad, high = (4, 12, 14) if large else (3, 8, 10)
    bars = QRect(rect.x() + pad, 0, theme.px(_BARS * unit + 6), theme.px(high))
    bars.moveTop(rect.center().y() + 1 - bars.height() // 2)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    paint_bars(painter, bars, grade, QColor(tint.ink))
    painter.setPen(QColor(tint.ink))
    painter.setFont(theme.font("h2" if large else "caption_strong"))
    words = QRect(bars.right() + pad, rect.y(), rect.right() - bars.right() - pad + 1, rect.height())
    painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, grade_word(grade))
    painter.restore()


class GradeBadge(Picture):
    """A badge of its own; `large` for the standing grade in a header."""

    def __init__(self, grade: str, *, large: bool = False) -> None:
        super().__init__("")
        self._large = large
        self._grade = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_grade(grade)

    def show_grade(self, grade: str) -> None:
        """Show another grade."""
        self._grade = grade
        self.setAccessibleName(self.tr("Grade: {0}").format(grade_word(grade)))
        self.updateGeometry()
        self.update()

    def grade(self) -> str:
        """The grade now shown."""
        return self._grade

    def sizeHint(self) -> QSize:
        return badge_size(current_theme(), self._grade, large=self._large)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_badge(painter, current_theme(), self.rect(), self._grade, large=self._large)
        painter.end()
