"""Opening the practice partnership in a window: one member's laptop, unlocked, beside its running server."""

import time
from pathlib import Path

from PySide6.QtCore import QTimeZone
from PySide6.QtWidgets import QApplication

from desktop import log
from desktop.app import Causeway, Outfit, server_of
from desktop.crypto.keychain import Keychain
from desktop.demo.laptop import PASSPHRASE, no_keyring
from desktop.demo.practice import open_practice
from desktop.profiles import Profiles
from desktop.ui.models.entrance import Unlocked
from desktop.ui.window import TITLE


def open_window(folder: Path, member: str) -> int:
    """Show a member's laptop until its window is closed; then the server is stopped. Exit status 0."""
    zone = bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii")
    practice = open_practice(folder, zone)
    print(f"Practice partnership in {folder}")
    print(f"Passphrase of every practice laptop: {PASSPHRASE}")
    data = practice.data(member)
    log.start(data)
    log.catch_unhandled()
    app = QApplication([TITLE])
    app.setApplicationName(TITLE)
    causeway = Causeway(app, Outfit(data, server_of, Keychain(no_keyring)))
    causeway.start()
    keychain = Keychain(no_keyring)
    profile = Profiles(keychain, data).list()[0]
    causeway.enter(Unlocked(profile, profile.unlock(PASSPHRASE, keychain, time.time)))
    try:
        return app.exec()
    finally:
        practice.server.stop()
