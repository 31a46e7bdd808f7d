"""One instance at a time: a lock of the operating system on a small file beside the store.

The system drops it when the process ends in whatever way, so no stale lock ever needs deleting. Leaves the words to
`refusals`.
"""

import errno
import os
import sys
from pathlib import Path

from desktop.store.refusals import refusal

READ_ONLY_ERRNOS = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
"""What the system answers when a folder or file may not be written to."""


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        """Take the lock or raise OSError at once; never waits."""
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        if not os.fstat(handle).st_size:
            os.write(handle, b"\0")  # what `_taken` tries to read

    def _taken(handle: int) -> bool:
        """Whether somebody holds the lock; nothing is taken. Raises OSError where the system cannot say."""
        try:
            os.read(handle, 1)
        except PermissionError:
            return True
        return False

elif sys.platform == "linux":
    import fcntl
    import struct

    _FLOCK = "hhqqi0q"  # type, whence, start, length, process; padded to its own alignment

    def _take(handle: int) -> None:
        """As above. A lock of the open file, not of the process: two holders in one process exclude each other too."""
        fcntl.fcntl(handle, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))

    def _taken(handle: int) -> bool:
        """As above."""
        asked = fcntl.fcntl(handle, fcntl.F_OFD_GETLK, struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        return int(struct.unpack(_FLOCK, asked)[0]) != fcntl.F_UNLCK

else:
    import fcntl
    import struct

    _FLOCK = "qqihh"  # start, length, process, type, whence

    def _take(handle: int) -> None:
        """As above."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _taken(handle: int) -> bool:
        """As above."""
        asked = fcntl.fcntl(handle, fcntl.F_GETLK, struct.pack(_FLOCK, 0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET))
        return int(struct.unpack(_FLOCK, asked)[3]) != fcntl.F_UNLCK


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
    """Whether someone holds the lock at `path` now; a file that is not there is held by nobody.

    Takes nothing, not even for a moment: whoever opens the profile just then is not in the way of a look. Where the
    system cannot say, the answer is no; opening then says it.
    """
    try:
        handle = os.open(path, os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return False
    try:
        return _taken(handle)
    except OSError:
        return False
    finally:
        os.close(handle)
