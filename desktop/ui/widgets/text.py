"""Words, signs, key caps and chips. Text is always plain text unless a caller asks for bold words inside a sentence:
what a person or a partner typed must never be read as markup.
"""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from desktop.ui.theme.theme import current_theme
from desktop.ui.theme.tokens import SIZES
from desktop.ui.widgets.layout import box, column, holder, row


def label(
    text: str,
    role: str = "body",
    tone: str = "text",
    *,
    wrap: bool = False,
    rich: bool = False,
    selectable: bool = False,
) -> QLabel:
    """A text in one of the type roles (display h1 question h2 h3 body strong small small_strong caption caption_strong
    key) and tones (text muted subtle accent on_accent_soft danger warn ok info).

    `rich` reads `<b>` in the caller's own words; never pass typed text with it. `selectable` lets a text be copied.
    """
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.RichText if rich else Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setProperty("tone", tone)
    if wrap:
        wrapping(made)
    if selectable:
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        made.setAccessibleName(text)
    return made


def wrapping(made: QLabel) -> QLabel:
    """Let a label break its lines and take the height it then needs."""
    made.setWordWrap(True)
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    made.setSizePolicy(policy)
    return made


def set_tone(made: QLabel, tone: str) -> None:
    """Change the tone of a label that is already shown."""
    if made.property("tone") != tone:
        made.setProperty("tone", tone)
        restyle(made)


def restyle(widget: QWidget) -> None:
    """Read the stylesheet again after a dynamic property has changed."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


class IconLabel(QWidget):
    """A sign; always beside a word, so it is decoration to a screen reader unless it is given a name."""

    def __init__(self, name: str, tone: str = "muted", size: int = SIZES.icon, *, spoken: str = "") -> None:
        super().__init__()
        self._name, self._tone, self._size = name, tone, size
        self.setAccessibleName(spoken)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_icon(self, name: str, tone: str) -> None:
        """Another sign in another tone."""
        self._name, self._tone = name, tone
        self.update()

    def sizeHint(self) -> QSize:
        side = current_theme().px(self._size)
        return QSize(side, side)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, current_theme().pixmap(self._name, self._tone, self._size))
        painter.end()


def icon_line(
    name: str, text: str, role: str = "small", tone: str = "muted", *, wrap: bool = False, size: int = SIZES.icon
) -> QWidget:
    """A sign and its words on one line; with `wrap` the words may break."""
    words = label(text, role, tone, wrap=wrap)
    sign = IconLabel(name, tone, size)
    if wrap:
        return holder(row((sign, Qt.AlignmentFlag.AlignTop), (words, 1), space=6))
    return holder(row(sign, words, space=6))


def key_cap(text: str) -> QLabel:
    """The key that does an act, shown beside it only where it is the main way."""
    made = label(text, "key", "muted")
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return made


class Chip(QFrame):
    """A word in a small frame, with a sign; `kind` is chip (neutral), info, ok, warn or danger."""

    def __init__(self, text: str, icon: str = "", *, kind: str = "chip", icon_tone: str = "muted") -> None:
        super().__init__()
        self.setProperty("box", kind)
        self.setAccessibleName(text)
        tone = "text" if kind == "chip" else kind
        words = label(text, "caption_strong", tone)
        signs = [IconLabel(icon, icon_tone if kind == "chip" else kind, SIZES.icon_s)] if icon else []
        self.setLayout(row(*signs, words, space=6, margins=(4, 8)))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)


def chip(text: str, icon: str = "", *, kind: str = "chip") -> Chip:
    """A neutral chip, or one of a notice kind."""
    return Chip(text, icon, kind=kind)


def flag_chip(text: str) -> Chip:
    """A fired flag: the sign is red, the word ink, the ground neutral, so that three do not shout down the grade."""
    return Chip(text, "flag", icon_tone="danger")


def data_as_of(text: str, note: str, icon: str = "cloud-off") -> QFrame:
    """How old what is shown is, and what that means; both are the caller's words."""
    words = label(note, "caption", "muted", wrap=True)
    return box("sunken", column(icon_line(icon, text, "small_strong", "text"), words, space=4, margins=(10, 12)))
