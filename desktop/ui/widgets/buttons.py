"""Buttons: primary (one a page), secondary, quiet, ghost, link, danger, and the two that stay down: filter and tab."""

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QIcon, QKeySequence
from PySide6.QtWidgets import QPushButton, QSizePolicy

from desktop.ui.theme.theme import Theme, current_theme
from desktop.ui.theme.tokens import SIZES

_ICON_TONES = {
    "primary": "on_accent",
    "quiet": "accent",
    "link": "accent",
    "ghost": "muted",
    "danger": "danger",
    "secondary": "text",
    "filter": "text",
    "tab": "muted",
}
_GAP = 6


class Button(QPushButton):
    """A push button whose sign follows the theme and whose tooltip shows its key."""

    def __init__(self, text: str, kind: str = "secondary", icon: str = "", *, dense: str = "") -> None:
        super().__init__(_visible(text))
        self._icon, self._kind = icon, kind
        self._drawn: tuple[str, str, int, Theme] | None = None
        self.setProperty("kind", kind)
        if dense:
            self.setProperty("dense", dense)
        self.setAccessibleName(text)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.refresh_icon()

    def set_words(self, text: str, icon: str | None = None) -> None:
        """Other words (and another sign) on the same button; its key stays, which Qt takes away with the old words."""
        if _visible(text) != self.text():
            keys = self.shortcut()
            self.setText(_visible(text))
            self.setShortcut(keys)
        self.setAccessibleName(text)
        if icon is not None:
            self._icon = icon
        self.refresh_icon()

    def sizeHint(self) -> QSize:
        """Qt's own, and never so narrow that a short word makes a small target."""
        hint = super().sizeHint()
        return QSize(max(hint.width(), current_theme().px(SIZES.target)), hint.height())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.EnabledChange):
            self.refresh_icon()
        super().changeEvent(event)

    def refresh_icon(self) -> None:
        """Draw the sign in the tone that fits the theme and the state, unless it is drawn so already."""
        if not self._icon:
            if self._drawn:
                self.setIcon(QIcon())
                self._drawn = None
            return
        theme = current_theme()
        tone = _ICON_TONES[self._kind] if self.isEnabled() else "subtle"
        if self.isChecked():
            tone = "on_accent_soft"
        gap = _GAP if self.text() else 0
        drawn = (self._icon, tone, gap, theme)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self.setIcon(theme.icon(self._icon, tone, SIZES.icon, gap))
        self.setIconSize(QSize(theme.px(SIZES.icon) + gap, theme.px(SIZES.icon)))


def button(
    text: str, kind: str = "secondary", icon: str = "", *, dense: str = "", tip: str = "", shortcut: str = ""
) -> Button:
    """A button of a kind (primary secondary quiet ghost link danger); `dense` is "", "s" (32) or "l" (44).

    `shortcut` (portable text such as "Ctrl+N") is set on the button and shown in its tooltip beside `tip`.
    """
    made = Button(text, kind, icon, dense=dense)
    shown = QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText) if shortcut else ""
    if shortcut:
        made.setShortcut(QKeySequence(shortcut))
    hint = " · ".join(part for part in (tip or (text if shown else ""), shown) if part)
    if hint:
        made.setToolTip(hint)
    return made


def icon_button(icon: str, name: str, *, kind: str = "ghost", dense: str = "s") -> Button:
    """A button that shows only a sign; its name is told to screen readers and in the tooltip."""
    made = Button("", kind, icon, dense=dense)
    made.setAccessibleName(name)
    made.setToolTip(name)
    return made


def filter_button(text: str, *, on: bool = False, icon: str = "") -> Button:
    """A filter that stays down while it is on; `toggled(bool)` tells."""
    return _staying("filter", text, on=on, icon=icon)


def tab_button(text: str, *, on: bool = False) -> Button:
    """One saved view among others; put several into a QButtonGroup to have one on at a time."""
    return _staying("tab", text, on=on, icon="")


def _staying(kind: str, text: str, *, on: bool, icon: str) -> Button:
    made = Button(text, kind, icon)
    made.setCheckable(True)
    made.setChecked(on)
    made.toggled.connect(made.refresh_icon)
    return made


def _visible(text: str) -> str:
    """Typed text may hold an ampersand; on a button Qt would make a key of it."""
    return text.replace("&", "&&")
