"""The theme in force: tokens as Qt values, reachable for painting, switched live for the whole application.

`apply_theme` is called by the composition root and by the settings; widgets ask `current_theme()` whenever they paint
or measure and repaint on the style change that every switch brings. No module holds the theme: it lives with the
application object.
"""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from desktop.ui.theme import tokens
from desktop.ui.theme.fonts import load_fonts
from desktop.ui.theme.icons import as_icon, draw_icon
from desktop.ui.theme.style import stylesheet
from desktop.ui.theme.tokens import Palette, Tint

THEMES = {
    "light": tokens.LIGHT,
    "dark": tokens.DARK,
    "high_contrast": tokens.HIGH_CONTRAST,
    "high_contrast_dark": tokens.HIGH_CONTRAST_DARK,
}


@dataclass(frozen=True)
class Theme:
    """One look: a palette, where its icons and fonts lie, and the text scale (1.0 to 2.0)."""

    name: str
    palette: Palette
    resources: Path
    scale: float = 1.0

    def colour(self, role: str) -> QColor:
        """The colour of a palette role, for example `line_control`."""
        return QColor(str(getattr(self.palette, role)))

    def tint(self, grade: str) -> Tint:
        """Ground, ink and edge of a grade's badge; an unknown word is shown as ungraded, never as a low grade."""
        tint: Tint = getattr(self.palette, grade if grade in tokens.GRADES else "ungraded")
        return tint

    def px(self, size: int) -> int:
        """`size` pixels at 100 % in the text scale in force."""
        return round(size * self.scale)

    def font(self, role: str) -> QFont:
        """The font of a text role, for example `small_strong`."""
        kind = tokens.TYPE[role]
        font = QFont()
        font.setFamilies(list(tokens.FAMILIES))
        font.setPixelSize(self.px(kind.px))
        font.setWeight(QFont.Weight(kind.weight))
        return font

    def pixmap(self, name: str, role: str, size: int = tokens.SIZES.icon) -> QPixmap:
        """The icon `name` in the colour of `role`; `size` at 100 %, grown with the text."""
        return self.ink_pixmap(name, str(getattr(self.palette, role)), size)

    def ink_pixmap(self, name: str, colour: str, size: int = tokens.SIZES.icon) -> QPixmap:
        """As `pixmap`, in a #RRGGBB colour taken from a tint."""
        app = QApplication.instance()
        ratio = app.devicePixelRatio() if isinstance(app, QApplication) else 1.0
        return draw_icon(self.resources / "icons", name, colour, self.px(size), ratio)

    def icon(self, name: str, role: str, size: int = tokens.SIZES.icon, gap: int = 0) -> QIcon:
        """The icon for a button, with `gap` clear pixels before its text."""
        return as_icon(self.pixmap(name, role, size), gap)


def make_theme(name: str, resources: Path, scale: float = 1.0) -> Theme:
    """The shipped theme `name` (a key of `THEMES`) with icons and fonts below `resources`.

    Raises:
        KeyError: no such theme.

    """
    return Theme(name, THEMES[name], resources, scale)


class ThemeHost(QObject):
    """Holds the theme in force for one application; `changed` fires after everything has been restyled."""

    changed = Signal()

    def __init__(self, app: QApplication, theme: Theme) -> None:
        super().__init__(app)
        self.theme = theme
        load_fonts(theme.resources / "fonts")
        app.setStyle("Fusion")


def apply_theme(app: QApplication, theme: Theme) -> ThemeHost:
    """Put `theme` in force and restyle every open window; the host, for those who listen to `changed`."""
    host = app.findChild(ThemeHost)
    if host is None:
        host = ThemeHost(app, theme)
    host.theme = theme
    app.setPalette(_qt_palette(theme))
    app.setFont(theme.font("body"))
    app.setStyleSheet(stylesheet(theme.palette, theme.scale))
    host.changed.emit()
    return host


def current_theme() -> Theme:
    """The theme in force.

    Raises:
        RuntimeError: a widget was made before `apply_theme`.

    """
    app = QApplication.instance()
    host = app.findChild(ThemeHost) if app is not None else None
    if host is None:
        raise RuntimeError("apply_theme comes before the first widget")
    return host.theme


def _qt_palette(theme: Theme) -> QPalette:
    """Qt's own palette from our roles, for the few things that no stylesheet reaches."""
    role = QPalette.ColorRole
    palette = QPalette()
    for target, name in (
        (role.Window, "page"),
        (role.WindowText, "text"),
        (role.Base, "surface"),
        (role.AlternateBase, "sunken"),
        (role.Text, "text"),
        (role.Button, "surface"),
        (role.ButtonText, "text"),
        (role.Highlight, "accent"),
        (role.HighlightedText, "on_accent"),
        (role.Link, "accent"),
        (role.PlaceholderText, "subtle"),
        (role.ToolTipBase, "text"),
        (role.ToolTipText, "page"),
    ):
        palette.setColor(target, theme.colour(name))
    for target in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, theme.colour("subtle"))
    return palette
