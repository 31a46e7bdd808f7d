"""The five-way answer: equal buttons side by side, one key each. An answer is not a verdict, so none has a colour.

Keys: the letter of the choice, or its number from 1. The struck answer shows at once and `keyed` tells that a key did
it; arrows move without answering; Backspace is the question's own (undo and back).
"""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from desktop.ui.theme.theme import current_theme
from desktop.ui.theme.tokens import RADIUS, SIZES
from desktop.ui.widgets.layout import clear
from desktop.ui.widgets.painted import Brush, PaintedButton, text_width

_GAP = 8


class AnswerButton(PaintedButton):
    """One answer with its key cap; chosen: a tick in a disc, soft ground, a strong edge."""

    def __init__(self, words: str, key: str) -> None:
        super().__init__(words, SIZES.answer)
        self.words, self.key = words, key
        self.setCheckable(True)
        self.setToolTip(f"{words} ({key})" if key else words)

    def natural_width(self) -> int:
        if not self.key:
            return max(text_width(self.words, "strong") + 24, current_theme().px(44))
        return 12 + current_theme().px(22) + 10 + text_width(self.words, "strong") + 16

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            super().keyPressEvent(event)
        else:
            event.ignore()  # letters, numbers and arrows belong to the group

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        on, enabled, height = self.isChecked(), self.isEnabled(), self.height()
        with Brush(self) as brush:
            if not self.key:
                self._paint_plain(brush)
                return
            theme = brush.theme
            ground = "accent_soft" if on else "hover" if self.underMouse() and enabled else "surface"
            edge = "accent" if on else "line_control"
            brush.panel(QRectF(self.rect()), ground if enabled or on else "sunken", edge, RADIUS.m, 2 if on else 1)
            side = theme.px(22)
            cap = QRect(12, (height - side) // 2, side, side)
            if on:
                self._tick(brush, cap)
            else:
                brush.panel(QRectF(cap), "sunken", "line_control", RADIUS.s)
                brush.painter.setPen(theme.colour("muted"))
                brush.painter.setFont(theme.font("key"))
                brush.painter.drawText(brush.place(cap), Qt.AlignmentFlag.AlignCenter, self.key.upper())
            left = 12 + side + 10
            ink = "on_accent_soft" if on else "text" if enabled else "muted"
            brush.text(QRect(left, 0, self.width() - left - 8, height), self.words, "strong", ink)

    def _paint_plain(self, brush: Brush) -> None:
        """Without a key cap the words stand in the middle; the chosen answer swaps ink and ground."""
        on = self.isChecked()
        ground = "accent" if on else "hover" if self.underMouse() and self.isEnabled() else "surface"
        brush.panel(QRectF(self.rect()), ground, "accent" if on else "line_control", RADIUS.m)
        brush.painter.setPen(brush.theme.colour("on_accent" if on else "text" if self.isEnabled() else "muted"))
        brush.painter.setFont(brush.theme.font("strong"))
        brush.painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.words)

    @staticmethod
    def _tick(brush: Brush, cap: QRect) -> None:
        brush.painter.setPen(QPen(Qt.PenStyle.NoPen))
        brush.painter.setBrush(brush.theme.colour("accent"))
        brush.painter.drawEllipse(QRectF(brush.place(cap)))
        inset = (cap.width() - brush.theme.px(SIZES.icon_s)) // 2
        brush.icon(cap.x() + inset, cap.y() + inset, "check", "on_accent", SIZES.icon_s)


class AnswerGroup(QWidget):
    """Answers of which one can be given. `chosen(value)` on click or key; `keyed(value)` after a letter or number."""

    chosen = Signal(str)
    keyed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.buttons: dict[str, AnswerButton] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_GAP)
        self._columns = 0
        self._by_number = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_answers(self, answers: Sequence[tuple[str, str, str]], *, by_number: bool = True) -> None:
        """Offer `(value, words, key)` in this order. Without `by_number` a digit means the answer with that value."""
        self._by_number = by_number
        held = next((value for value, made in self.buttons.items() if made.hasFocus()), None)
        clear(self._grid)
        self.buttons = {}
        for value, words, key in answers:
            made = AnswerButton(words, key)
            made.clicked.connect(lambda _checked=False, which=value: self._choose(which, by_key=False))
            self.buttons[value] = made
        self._hold_tab(next(iter(self.buttons), ""))
        self._columns = 0
        self._arrange(self._fitting(self.width()))
        if held in self.buttons:
            self.buttons[held].setFocus()

    def show_chosen(self, value: str) -> None:
        """Show which answer is given, if any."""
        for key, made in self.buttons.items():
            made.setChecked(key == value)
        self._hold_tab(value if value in self.buttons else next(iter(self.buttons), ""))

    def _hold_tab(self, value: str) -> None:
        """Make one answer the group's only Tab stop, as in every list of choices; arrows reach the others."""
        for key, made in self.buttons.items():
            made.setFocusPolicy(Qt.FocusPolicy.StrongFocus if key == value else Qt.FocusPolicy.ClickFocus)
        if value in self.buttons:
            self.setFocusProxy(self.buttons[value])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(self._fitting(self.width()))

    def minimumSizeHint(self) -> QSize:
        widest = max((made.natural_width() for made in self.buttons.values()), default=80)
        return QSize(widest, super().minimumSizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        value = self._value_of(event.text()) if plain and self.isEnabled() else None
        if value is not None:
            self.buttons[value].setFocus()
            self._choose(value, by_key=True)
        elif event.key() in _STEPS:
            self._move(_STEPS[event.key()] * (-1 if self.isRightToLeft() and event.key() in _SIDEWAYS else 1))
        else:
            super().keyPressEvent(event)

    def _value_of(self, typed: str) -> str | None:
        if not typed.strip():
            return None
        for value, made in self.buttons.items():
            if made.key and made.key.casefold() == typed.casefold():
                return value
        if not self._by_number:
            return typed if typed in self.buttons else None
        number = int(typed) if typed.isdecimal() else 0
        return list(self.buttons)[number - 1] if 1 <= number <= min(len(self.buttons), 9) else None

    def _choose(self, value: str, *, by_key: bool) -> None:
        self.show_chosen(value)
        self.chosen.emit(value)
        if by_key:
            self.keyed.emit(value)

    def _move(self, step: int) -> None:
        shown = list(self.buttons)
        here = next((number for number, key in enumerate(shown) if self.buttons[key].hasFocus()), 0)
        there = shown[(here + step) % len(shown)]
        self._hold_tab(there)
        self.buttons[there].setFocus(Qt.FocusReason.TabFocusReason)

    def _fitting(self, width: int) -> int:
        """How many columns fit without cutting a word: all, else as few as need be."""
        widths = [made.natural_width() for made in self.buttons.values()]
        if not widths or sum(widths) + _GAP * (len(widths) - 1) <= width:
            return max(len(widths), 1)
        return max(1, min(len(widths), (width + _GAP) // (max(widths) + _GAP)))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        for old in range(self._grid.columnCount()):
            self._grid.setColumnStretch(old, 0)
        self._columns = columns
        for number, made in enumerate(self.buttons.values()):
            self._grid.addWidget(made, number // columns, number % columns)
            stretch = made.natural_width() if columns == len(self.buttons) else 1
            self._grid.setColumnStretch(number % columns, stretch)
        self.updateGeometry()


_SIDEWAYS = (Qt.Key.Key_Left, Qt.Key.Key_Right)
_STEPS = {
    int(Qt.Key.Key_Left): -1,
    int(Qt.Key.Key_Up): -1,
    int(Qt.Key.Key_Right): 1,
    int(Qt.Key.Key_Down): 1,
}
