"""The bundled open fonts (OFL), so that every laptop shows the same letters, also where the system has none."""

from pathlib import Path

from PySide6.QtGui import QFontDatabase


def load_fonts(folder: Path) -> list[str]:
    """Register every font file in `folder` (`resources/fonts`); the families that are now available.

    A file that cannot be read is left out of the answer: the program goes on with the system's letters.
    """
    families: list[str] = []
    for path in sorted(folder.glob("*.ttf")):
        number = QFontDatabase.addApplicationFont(str(path))
        families += QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    return sorted(set(families))
