"""The practice partnership: invented people, real program. Opened by `causeway demo`, driven when there is no display.

With a display the program opens on one member's laptop beside a real server on this machine. Without one the same day
is driven through the same widgets, pictures are saved, and a table says what happened.
"""

import argparse
import os
import sys
from pathlib import Path

from desktop.paths import data_root


def run(chosen: argparse.Namespace) -> int:
    """`causeway demo`: the exit status, 0 when the window was closed or every check of the driven day held."""
    folder = data_root() / "practice"
    pictures: Path | None = chosen.pictures
    if pictures is None and _has_display():
        from desktop.demo.opening import open_window  # noqa: PLC0415  Qt needs its platform first

        return open_window(folder, chosen.member)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from desktop.demo.day import drive_day  # noqa: PLC0415  as above

    return drive_day(folder.with_name("practice-day"), pictures or folder.with_name("practice-pictures"))


def _has_display() -> bool:
    """Whether a window can be shown here."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
