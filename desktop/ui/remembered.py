"""What this device remembers of how the window looks: theme, size, folded rail, columns. Never what a case is about.

A plain settings file beside the profiles, readable without a passphrase: nothing of a person, a case or a search may
ever be written here.
"""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings


class Remembered:
    """Named values in `window.ini` below `folder`; a value that cannot be read is the default."""

    def __init__(self, folder: Path) -> None:
        self._settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)

    def word(self, name: str, default: str, allowed: tuple[str, ...] = ()) -> str:
        """A word; one that is not `allowed` (when that is given) is the default."""
        value = str(self._settings.value(name, default))
        return value if not allowed or value in allowed else default

    def number(self, name: str, default: int) -> int:
        """A whole number, for example minutes."""
        try:
            return int(str(self._settings.value(name, default)))
        except ValueError:
            return default

    def state(self, name: str) -> QByteArray:
        """A state that Qt gave (`saveGeometry`, `saveState`); empty when there is none."""
        value = self._settings.value(name)
        return value if isinstance(value, QByteArray) else QByteArray()

    def keep(self, name: str, value: str | int | QByteArray) -> None:
        """Remember; Qt writes the file when the program has nothing else to do, and at its end."""
        self._settings.setValue(name, value)
