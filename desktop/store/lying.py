"""Which entries lie in the spool of this computer, by their names alone: what the lock screen counts, without ciphers.

Leaves what is in the files to `desktop.store.spool`.
"""

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

MOST_ITEMS = 4000
"""So many entries lie in the spool of one partnership; more stay in their outbox only."""
MOST_NAMES = 5 * MOST_ITEMS
"""So many names are looked at, whoever put them there."""
MOST_FOLDERS = 64
STALE_SECONDS = 3600.0
"""A file that was begun and not finished for so long was left by a crash."""
SENT = ".sent"
BEGUN = ".new-"
_NAME = re.compile(r"([0-9a-f]{64})(\.sent)?")


def lying(folder: Path) -> dict[str, bool]:
    """The entries in one partnership's folder: eid → whether the server has it by its own receipt."""
    found: dict[str, bool] = {}
    for name in _names(folder):
        if match := _NAME.fullmatch(name):
            found[match[1]] = found.get(match[1], False) or bool(match[2])
    return found


def unsent(root: Path) -> frozenset[str]:
    """The eids of all entries below a spool folder for which no server has given a receipt."""
    found: set[str] = set()
    with contextlib.suppress(OSError):
        folders = [path for path in root.iterdir() if path.is_dir() and not path.is_symlink()]
        for folder in folders[:MOST_FOLDERS]:
            found.update(eid for eid, sent in lying(folder).items() if not sent)
    return frozenset(found)


def _names(folder: Path) -> Iterator[str]:
    """At most `MOST_NAMES` names of plain files; what a crash left half written is cleared away."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for number, entry in enumerate(entries):
            if number >= MOST_NAMES:
                return
            if entry.name.startswith(BEGUN):
                _clear_stale(entry)
            elif entry.is_file(follow_symlinks=False):
                yield entry.name


def _clear_stale(entry: "os.DirEntry[str]") -> None:
    with contextlib.suppress(OSError):
        if entry.stat(follow_symlinks=False).st_mtime < time.time() - STALE_SECONDS:
            Path(entry.path).unlink()
