"""The four steps of risk work on a case: Identify, Assess, Act, Follow up; which one is on and what stands in each."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout

from desktop.ui.theme.theme import current_theme
from desktop.ui.theme.tokens import RADIUS, SIZES
from desktop.ui.widgets.painted import Brush, PaintedButton, text_height, text_width


@dataclass(frozen=True)
class StepFacts:
    """One step: its key, its name, one line of fact. State: done, now, todo. Tone: muted, or danger when overdue."""

    key: str
    name: str
    fact: str
    state: str = "todo"
    tone: str = "muted"


class StepItem(PaintedButton):
    """One step: number or tick, name, fact; the one that is on is tinted and underlined."""

    def __init__(self, number: int, facts: StepFacts) -> None:
        super().__init__("", SIZES.step)
        self._number, self._facts = number, facts
        self.show_facts(facts)

    def show_facts(self, facts: StepFacts) -> None:
        """Other facts about the same step."""
        self._facts = facts
        state = {"done": self.tr("done"), "now": self.tr("now"), "todo": ""}[facts.state]
        self.setAccessibleName(": ".join(part for part in (facts.name, facts.fact, state) if part))
        self.updateGeometry()
        self.update()

    def natural_width(self) -> int:
        words = max(text_width(self._facts.name, "strong"), text_width(self._facts.fact, "caption"))
        return 16 + current_theme().px(22) + 12 + words + 14

    def minimumSizeHint(self) -> QSize:
        """Room for the step's name: the fact below it may be cut, it is in the accessible name."""
        left = 16 + current_theme().px(22) + 12
        return QSize(left + text_width(self._facts.name, "strong") + 10, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        facts, width, height = self._facts, self.width(), self.height()
        now, done = facts.state == "now", facts.state == "done"
        with Brush(self) as brush:
            if now or self.underMouse():
                brush.panel(QRectF(0, 0, width, height), "accent_soft" if now else "hover", None, RADIUS.m)
            if now:
                brush.panel(QRectF(6, height - 3, width - 12, 3), "accent", None, 1.5)
            self._paint_disc(brush, now=now, done=done)
            left = 16 + brush.theme.px(22) + 12
            name, fact = text_height("strong"), text_height("caption")
            top = (height - name - fact - 3) // 2
            ink = "on_accent_soft" if now else "text"
            brush.text(QRect(left, top, width - left - 8, name), facts.name, "strong", ink)
            brush.text(QRect(left, top + name + 3, width - left - 8, fact), facts.fact, "caption", facts.tone)

    def _paint_disc(self, brush: Brush, *, now: bool, done: bool) -> None:
        theme, painter = brush.theme, brush.painter
        side = theme.px(22)
        disc = brush.place(QRect(16, (self.height() - side) // 2, side, side))
        painter.setPen(QPen(theme.colour("accent" if now or done else "line_control"), 1.5))
        painter.setBrush(theme.colour("accent" if now else "surface"))
        painter.drawEllipse(QRectF(disc))
        if done:
            inset = (side - theme.px(SIZES.icon_s)) // 2
            painter.drawPixmap(disc.x() + inset, disc.y() + inset, theme.pixmap("check", "accent", SIZES.icon_s))
        else:
            painter.setPen(theme.colour("on_accent" if now else "muted"))
            painter.setFont(theme.font("caption_strong"))
            painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(self._number))


class StepBar(QFrame):
    """The steps side by side, two by two where the window is narrow. `chosen(key)` when one is opened."""

    chosen = Signal(str)

    def __init__(self, steps: list[StepFacts]) -> None:
        super().__init__()
        self.setProperty("box", "card")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(2, 2, 2, 2)
        self._grid.setSpacing(0)
        self.items: list[StepItem] = []
        self._columns = 0
        for number, facts in enumerate(steps, 1):
            item = StepItem(number, facts)
            item.clicked.connect(lambda _checked=False, key=facts.key: self.chosen.emit(key))
            self.items.append(item)
        self._arrange(len(steps))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        widest = max(item.natural_width() for item in self.items)
        fitting = max(1, (self.width() - 8) // widest)
        self._arrange(len(self.items) if fitting >= len(self.items) else min(fitting, 2))

    def minimumSizeHint(self) -> QSize:
        return QSize(max(item.minimumSizeHint().width() for item in self.items) + 8, super().minimumSizeHint().height())

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for number, item in enumerate(self.items):
            self._grid.addWidget(item, number // columns, number % columns)
