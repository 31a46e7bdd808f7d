"""Builds the program folder of the desktop into `dist/causeway` and tries it as a stranger's machine would.

`python installer/build.py` builds and tries; `--only-try` tries what lies there. Exit status 1 with a sentence when the
folder cannot be built, holds what it should not, or does not pass its own self-test.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "dist" / "causeway"
SELFTEST_LIMIT = 120  # seconds; passes in a few, the rest is for a busy machine
MUST_LIE_THERE = ("resources/fonts", "resources/icons", "desktop/store/schema")
MUST_NOT_LIE_THERE = (
    *("PySide6/QtQml*", "PySide6/Qt/lib/libQt6Quick*", "PySide6/Qt/lib/libQt6Sql*"),
    *("pytest", "hypothesis", "psycopg"),
)


class Failure(Exception):  # noqa: N818  the sentence that is printed; nothing catches it but `main`
    """The program folder is not fit to ship, and why."""


def build() -> None:
    """Runs PyInstaller; the same sources give the same files, whatever the day and the hash seed."""
    stamp = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    environment = os.environ | {"PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": stamp.stdout.strip() or "1"}
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"]
    command += ["--distpath", str(FOLDER.parent), "--workpath", str(ROOT / "build" / "pyinstaller")]
    command += [str(ROOT / "installer" / "desktop.spec")]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise Failure(f"PyInstaller could not build the program folder:\n{done.stdout}")


def look_inside(folder: Path) -> None:
    """Refuses a folder that lacks our own files or carries parts that are not in use."""
    inside = folder / "_internal"
    missing = [name for name in MUST_LIE_THERE if not (inside / name).is_dir()]
    strangers = [str(found.relative_to(inside)) for name in MUST_NOT_LIE_THERE for found in inside.glob(name)]
    if missing:
        raise Failure(f"the program folder lacks {', '.join(missing)}")
    if strangers:
        raise Failure(f"the program folder carries {', '.join(strangers)}")


def try_out(folder: Path) -> float:
    """Runs the self-test from a copy elsewhere, with an empty home and nothing of this checkout in reach. Seconds."""
    with tempfile.TemporaryDirectory(prefix="causeway-") as name:
        elsewhere = Path(name)
        shutil.copytree(folder, elsewhere / "program", symlinks=True)
        home = elsewhere / "home"
        home.mkdir(mode=0o700)
        environment = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "CAUSEWAY_DATA": str(home / "data")}
        environment |= {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}
        began = time.perf_counter()
        said, status = run_selftest(elsewhere, environment)
        if status or "selftest ok" not in said.splitlines():
            raise Failure(f"the self-test of the program folder ended with status {status}:\n{said}")
        return time.perf_counter() - began


def run_selftest(elsewhere: Path, environment: dict[str, str]) -> tuple[str, int]:
    """What the self-test said and its exit status; a self-test that hangs is a failure."""
    command = [str(elsewhere / "program" / "causeway"), "selftest"]
    try:
        done = subprocess.run(
            command,
            cwd=elsewhere,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SELFTEST_LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise Failure(f"the self-test of the program folder did not end within {SELFTEST_LIMIT} s") from late
    return done.stdout, done.returncode


def megabytes(folder: Path) -> float:
    """Size of the files, each counted once: links weigh nothing."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_symlink() and path.is_file()) / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the program folder of the desktop and try it.")
    parser.add_argument("--only-try", action="store_true", help="try the folder that was built before")
    wanted = parser.parse_args()
    began = time.perf_counter()
    try:
        if not wanted.only_try:
            build()
        built = time.perf_counter() - began
        look_inside(FOLDER)
        tried = try_out(FOLDER)
    except Failure as failure:
        print(f"installer: {failure}", file=sys.stderr)
        return 1
    print(f"installer: {FOLDER.relative_to(ROOT)}, {megabytes(FOLDER):.0f} MB; built in {built:.0f} s, ", end="")
    print(f"self-test passed in {tried:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
