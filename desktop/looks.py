"""The look of the program: the chosen theme and size in force, and the switch between light and dark.

Leaves colours to `desktop.ui.theme` and where a choice is kept to `desktop.settings`.
"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.paths import resources_root
from desktop.settings import Settings
from desktop.ui.theme.theme import apply_theme, make_theme

THEMES = {"light": "light", "dark": "dark", "contrast": "high_contrast"}


class Looks:
    """What `settings` say, put on `app`."""

    def __init__(self, app: QApplication, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    def wear(self) -> None:
        """Put the chosen look in force."""
        scale = self._settings.get("scale_percent") / 100
        apply_theme(self._app, make_theme(self.name(), resources_root(), scale))

    def name(self) -> str:
        """The theme that is chosen; `system` follows the system's light or dark."""
        dark = self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return THEMES.get(str(self._settings.get("theme")), "dark" if dark else "light")

    def switch(self) -> None:
        """Light to dark and back, kept for this device. Raises KnownError when it cannot be kept; it holds anyway."""
        try:
            self._settings.set("theme", "light" if self.name() == "dark" else "dark")
        finally:
            self.wear()
