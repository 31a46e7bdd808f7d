"""Paint every screen in every look: `python -m tests.screens [--out FOLDER] [--only LOOK]`; 1 when a day went wrong.

Each look is driven in a process of its own, on a fresh practice partnership, without a display.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.screens.looks import LOOKS, Look
from tests.screens.sheet import write_sheet

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.screens", description="Pictures of every screen.")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "screens", help="where the pictures go")
    parser.add_argument("--only", choices=[look.name for look in LOOKS], action="append", help="a look (repeatable)")
    parser.add_argument("--paint", choices=[look.name for look in LOOKS], help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.paint:
        return paint(next(look for look in LOOKS if look.name == chosen.paint), chosen.out)
    looks = [look for look in LOOKS if not chosen.only or look.name in chosen.only]
    whole = [painted_apart(look, chosen.out) for look in looks]
    sheet = write_sheet(chosen.out, LOOKS)
    print(f"{len(list(chosen.out.glob('*/*.png')))} pictures: {sheet}")
    return 0 if all(whole) else 1


def painted_apart(look: Look, out: Path) -> bool:
    """One look in a child process; whether its day held."""
    print(f"--- {look.words}", flush=True)
    shutil.rmtree(out / look.name, ignore_errors=True)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "tests.screens", "--out", str(out), "--paint", look.name]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


def paint(look: Look, out: Path) -> int:
    """First run, the driven day and the gallery in this process."""
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415  the parent paints nothing

    from desktop.demo.day import drive_day  # noqa: PLC0415  as above
    from tests.screens.entrances import first_run, widgets  # noqa: PLC0415  as above

    pictures = out.resolve() / look.name
    app = QApplication(["Causeway"])
    with tempfile.TemporaryDirectory(prefix="causeway-screens-") as folder:
        first_run(app, Path(folder) / "first", pictures, look)
        widgets(pictures)
        return drive_day(Path(folder) / "day", pictures, look.settings())


if __name__ == "__main__":
    sys.exit(main())
