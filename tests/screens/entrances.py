"""Pictures of what no practice day shows: first run on an empty computer, and the gallery of widgets."""

from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from desktop.app import Causeway, Outfit, server_of
from desktop.crypto.keychain import Keychain
from desktop.demo.laptop import no_keyring
from desktop.settings import DeviceFile
from desktop.ui.widgets.gallery import gallery
from tests.screens.looks import Look

WIDTH, HEIGHT = 1366, 768
GALLERY_WIDTH = 1240
SETTLE_MS = 250


def first_run(app: QApplication, folder: Path, pictures: Path, look: Look) -> None:
    """First run on an empty computer, and what founding a unit asks."""
    file = DeviceFile(folder / "settings.json")
    folder.mkdir(parents=True)
    for name, value in look.settings().items():
        file.write(name, value)
    causeway = Causeway(app, Outfit(folder, server_of, Keychain(no_keyring), zone="Europe/London"))
    causeway.window.resize(WIDTH, HEIGHT)
    causeway.start()
    save(causeway.window, pictures / "00_first_run.png")
    next(made for made in causeway.window.findChildren(QPushButton) if made.isVisible() and made.text()).click()
    save(causeway.window, pictures / "00_first_run_unit.png")
    causeway.close()
    causeway.window.close()


def widgets(pictures: Path) -> None:
    """The gallery in the theme in force."""
    page = gallery()
    page.resize(GALLERY_WIDTH, page.sizeHint().height())
    page.show()
    save(page, pictures / "zz_gallery.png")
    page.close()


def save(widget: QWidget, path: Path) -> None:
    """Let the widget settle, then save what it shows."""
    loop = QEventLoop()
    QTimer.singleShot(SETTLE_MS, loop.quit)
    loop.exec()
    path.parent.mkdir(parents=True, exist_ok=True)
    if not widget.grab().save(str(path)):
        raise OSError(f"The picture {path.name} cannot be written.")
