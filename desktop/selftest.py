"""The program tries itself: start, make a profile, open its store, lock, unlock by typing, all without a display.

For a frozen program on a new computer, and for the gate. Leaves nothing behind; asks neither keyring nor network.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import QApplication

from desktop.app import Causeway, Outfit, server_of
from desktop.crypto.keychain import Keychain
from desktop.profiles import Profiles
from desktop.ui.models.entrance import Seating, Unlocked
from desktop.ui.views.today import TodayScreen
from desktop.ui.views.unlock import UnlockView

PASSPHRASE = "four invented words here"  # noqa: S105  of a profile that lives for a second
SECONDS = 60.0


def selftest(data: Path) -> str:
    """What went wrong, or an empty text. `data` is an empty folder of its own."""
    if not os.environ.get("DISPLAY") and sys.platform == "linux":
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QCoreApplication.instance() or QApplication(["selftest"])
    if not isinstance(app, QApplication):
        return "no application for windows"
    keychain = Keychain(_no_keyring)
    causeway = Causeway(app, Outfit(data, server_of, keychain))
    made = Profiles(keychain, data).create("Self test", PASSPHRASE)
    causeway.enter(Unlocked(made.profile, made.store_key, Seating("Self test", "Self test", "police")))
    fault = (
        _wait("the store did not open", lambda: isinstance(_in_sight(causeway), TodayScreen))
        or _lock(causeway)
        or _type_passphrase(causeway)
        or _wait("the store did not open again", lambda: isinstance(_in_sight(causeway), TodayScreen))
        or _lock(causeway)
    )
    causeway.window.close()
    return fault


def _lock(causeway: Causeway) -> str:
    causeway.lock()
    causeway.window.show()
    return _wait("the unlock screen did not come", lambda: isinstance(causeway.window.main(), UnlockView))


def _type_passphrase(causeway: Causeway) -> str:
    view = causeway.window.main()
    if not isinstance(view, UnlockView):
        return "no unlock screen to type into"
    fault = _wait("no profile to unlock", view.ready)
    view.passphrase_page.field.line.setText(PASSPHRASE)
    view.passphrase_page.act.click()
    return fault


def _in_sight(causeway: Causeway) -> object:
    frame = causeway.session.frame if causeway.session else None
    return frame.in_sight() if frame is not None and causeway.window.main() is frame else None


def _wait(fault: str, until: Callable[[], bool]) -> str:
    end = time.monotonic() + SECONDS
    while not until():
        if time.monotonic() > end:
            return fault
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
    return ""


def _no_keyring() -> NoReturn:
    raise LookupError
