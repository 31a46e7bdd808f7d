"""Who is at work in a server's folder: any number that serve it, or one that brings back a backup, never both."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sync.errors import SyncError

if sys.platform != "win32":
    import fcntl

RUNNING_FILE = "running"


@contextmanager
def running(folder: Path) -> Iterator[None]:
    """While a server runs on this folder; several may. Raises `SyncError("server.running")` during a restore."""
    with _locked(folder, shared=True):
        yield


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While nobody else may use the folder. Raises `SyncError("server.running")`."""
    with _locked(folder, shared=False):
        yield


@contextmanager
def _locked(folder: Path, *, shared: bool) -> Iterator[None]:
    with (folder / RUNNING_FILE).open("wb") as file:
        if sys.platform != "win32":
            try:
                fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise SyncError("server.running") from error
        yield
