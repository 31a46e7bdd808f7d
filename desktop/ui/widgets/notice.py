"""Words to a person inside the page: notices, empty places, and work that takes a while. Never a dialog."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QSizePolicy, QWidget

from desktop.ui.theme.theme import current_theme
from desktop.ui.theme.tokens import SIZES, SPACE
from desktop.ui.widgets.buttons import Button, button, icon_button
from desktop.ui.widgets.layout import column, row
from desktop.ui.widgets.painted import Brush
from desktop.ui.widgets.text import IconLabel, label

NOTICE_ICONS = {"info": "info", "ok": "circle-check", "warn": "triangle-alert", "danger": "circle-alert"}


class Notice(QFrame):
    """A sign, a sentence, and at most one act. Kinds: info, ok, warn, danger. `acted` when the act is chosen,
    `dismissed` when it is put away (only if `closable`).
    """

    acted = Signal()
    dismissed = Signal()

    def __init__(
        self, kind: str, text: str, *, title: str = "", act: str = "", icon: str = "", closable: bool = False
    ) -> None:
        super().__init__()
        self.setProperty("box", kind)
        self.setAccessibleName(f"{title}. {text}" if title else text)
        self._text: QLabel = label(text, "small", "text", wrap=True)
        words = column(*([label(title, "strong", kind, wrap=True)] if title else []), self._text, space=2)
        sign = IconLabel(icon or NOTICE_ICONS[kind], kind, SIZES.icon_m)
        top = Qt.AlignmentFlag.AlignTop
        layout = row((sign, top), (words, 1), space=10, margins=(10, 12))
        self.button: Button | None = None
        if act:
            self.button = button(act, dense="s")
            self.button.clicked.connect(self.acted)
            layout.addWidget(self.button)
        if closable:
            close = icon_button("x", self.tr("Put away"))
            close.clicked.connect(self.dismissed)
            layout.addWidget(close)
        self.setLayout(layout)

    def set_text(self, text: str) -> None:
        """Say something else in the same place."""
        self._text.setText(text)
        self.setAccessibleName(text)


class EmptyState(QWidget):
    """What a list says when it holds nothing: why, and the one act that would change that. `acted` when chosen."""

    acted = Signal()

    def __init__(self, icon: str, title: str, text: str, *, act: str = "") -> None:
        super().__init__()
        centre = Qt.AlignmentFlag.AlignHCenter
        words = label(text, "small", "muted", wrap=True)
        words.setAlignment(centre)
        words.setMinimumWidth(240)
        words.setMaximumWidth(420)
        heading = label(title, "h2", wrap=True)
        heading.setAlignment(centre)
        layout = column(None, (IconLabel(icon, "subtle", 28), centre), heading, space=SPACE.s, margins=SPACE.xl)
        layout.addLayout(row(None, (words, 3), None))
        if act:
            made = button(act, "primary")
            made.clicked.connect(self.acted)
            layout.addSpacing(SPACE.s)
            layout.addWidget(made, 0, centre)
        layout.addStretch(1)
        self.setLayout(layout)


class ProgressBar(QProgressBar):
    """A slim bar; its words stand beside it and are its accessible name."""

    def __init__(self, words: str, done: int = 0, total: int = 1) -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_progress(words, done, total)

    def show_progress(self, words: str, done: int, total: int) -> None:
        """`done` of `total`; a total below one is shown as nothing done."""
        self.setUpdatesEnabled(False)  # Qt would paint a new value there and then, amid a person's keystroke
        self.setRange(0, max(total, 1))
        self.setValue(min(max(done, 0), max(total, 1)))
        self.setUpdatesEnabled(True)
        self.setAccessibleName(words)

    def sizeHint(self) -> QSize:
        return QSize(160, current_theme().px(8))

    def minimumSizeHint(self) -> QSize:
        return QSize(40, current_theme().px(8))

    def paintEvent(self, _event: QPaintEvent) -> None:
        with Brush(self) as brush:
            whole = QRectF(self.rect())
            brush.panel(whole, "sunken", "line_control", self.height() / 2)
            part = self.value() / max(self.maximum(), 1)
            if part > 0:
                filled = QRectF(0, 0, max(whole.width() * part, whole.height()), whole.height())
                brush.panel(filled, "accent", "accent", self.height() / 2)


class LongWork(QFrame):
    """Work that takes a while: what, how much is left, and a way to stop it. It can also be left running.

    `cancelled` and `left` (carry on in the background) are told; the screen ends or hides it.
    """

    cancelled = Signal()
    left = Signal()

    def __init__(self, title: str, *, can_leave: bool = True) -> None:
        super().__init__()
        self.setProperty("box", "card")
        self._rest: QLabel = label("", "small", "muted", wrap=True)
        self.bar = ProgressBar(title)
        stop = button(self.tr("Stop"), dense="s")
        stop.clicked.connect(self.cancelled)
        acts: list[QWidget] = [stop]
        if can_leave:
            away = button(self.tr("Leave it running"), "quiet", dense="s")
            away.clicked.connect(self.left)
            acts.insert(0, away)
        head = row((label(title, "h3", wrap=True), 1), *acts)
        self.setLayout(column(head, self.bar, self._rest, space=8, margins=(12, 16)))

    def show_progress(self, rest: str, done: int, total: int) -> None:
        """What is left in the caller's words, and the bar."""
        self._rest.setText(rest)
        self.bar.show_progress(rest, done, total)
