"""What the unlock screen costs: nothing that only an open profile needs is loaded with it."""

import subprocess
import sys

LATER = {
    "pyxform",
    "openpyxl",
    "requests",
    "urllib3",
    "ssl",
    "cryptography",
    "keyring",
    "sqlcipher3",
    "desktop.opened",
    "msgspec",
    "hashlib",
    "logging.handlers",
    "zoneinfo",
    "desktop.ui.cover",
}
"""The converter, the network, the ciphers, the keyring, the encrypted file, the screens; what costs more than it is
worth before the first paint.
"""


def test_the_unlock_screen_waits_for_nothing_that_it_does_not_show() -> None:
    asked = "import sys, desktop.app; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert "desktop.ui.views.unlock" in done.stdout.split()
    assert LATER.isdisjoint(done.stdout.split())
