"""The sheet of every widget in every state, in a window of its own or as a picture: `causeway gallery`.

Leaves what is on it to `desktop.ui.widgets.gallery`. No profile is touched.
"""

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from desktop.errors import KnownError
from desktop.looks import THEMES
from desktop.paths import resources_root
from desktop.ui.theme.theme import apply_theme, make_theme
from desktop.ui.widgets.gallery import gallery

WIDTH, HEIGHT = 1240, 860


def show_gallery(theme: str, scale_percent: int, picture: Path | None) -> int:
    """Open the sheet, or save the whole of it as a PNG; the exit status.

    `theme`: light, dark or contrast; `scale_percent`: 100 to 200. Raises KnownError `gallery.picture`.
    """
    app = QApplication(["Causeway"])
    apply_theme(app, make_theme(THEMES[theme], resources_root(), scale_percent / 100))
    sheet = gallery()
    sheet.setWindowTitle("Causeway")
    sheet.resize(WIDTH, HEIGHT)
    if picture is None:
        sheet.show()
        return app.exec()
    sheet.resize(max(WIDTH, sheet.sizeHint().width()), sheet.sizeHint().height())
    sheet.show()
    QCoreApplication.sendPostedEvents()
    QCoreApplication.processEvents()
    if not sheet.grab().save(str(picture)):
        raise KnownError("gallery.picture", "The picture cannot be written there.", "Choose another folder, as .png.")
    sheet.close()
    return 0
