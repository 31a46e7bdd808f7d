"""One instance at a time: a lock of the operating system on a small file beside the store.

The system drops it when the process ends in whatever way, so no stale lock ever needs deleting. Leaves the words to
`refusals`.
"""

import errno
import os
import sys
from pathlib import Path

from desktop.store.refusals import refusal

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

READ_ONLY_ERRNOS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
"""What the system answers when a folder or file may not be written to."""


def _take(handle: int) -> None:
    """Take the lock or raise OSError at once; never waits."""
    if sys.platform == "win32":
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class InstanceLock:
    """Holds `path` for this process from construction until `release()`.

    Raises KnownError `store.locked_by_other`, `store.read_only`, `store.disk_full` or `store.missing` (no folder).
    """

    def __init__(self, path: Path) -> None:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except FileNotFoundError:
            raise refusal("store.missing") from None
        except OSError as error:
            if error.errno in READ_ONLY_ERRNOS:
                raise refusal("store.read_only") from None
            raise refusal("store.disk_full" if error.errno == errno.ENOSPC else "store.disk_failed") from None
        try:
            _take(handle)
        except OSError:
            os.close(handle)
            raise refusal("store.locked_by_other") from None
        self._handle: int | None = handle

    def release(self) -> None:
        """Give the lock back; a second call does nothing. The file stays: deleting it would race with a taker."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def is_held(path: Path) -> bool:
    """Whether some process holds the lock at `path` now; a file that is not there is held by nobody."""
    if not path.exists():
        return False
    try:
        InstanceLock(path).release()
    except Exception as error:
        if getattr(error, "code", "") == "store.locked_by_other":
            return True
        raise
    return False
