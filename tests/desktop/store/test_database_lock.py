"""The lock beside the store: one holder, and none left behind by a process that ended."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from desktop.errors import KnownError
from desktop.store.lock import InstanceLock, is_held

HOLD_AND_DIE = """
import os, signal, sys
from pathlib import Path
from desktop.store.lock import InstanceLock

lock = InstanceLock(Path(sys.argv[1]))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    before = is_held(path)
    lock = InstanceLock(path)
    while_held = is_held(path)
    with pytest.raises(KnownError) as caught:
        InstanceLock(path)
    assert caught.value.code == "store.locked_by_other"
    lock.release()
    lock.release()
    assert (before, while_held, is_held(path)) == (False, True, False)
    InstanceLock(path).release()


def test_a_killed_holder_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    ended = subprocess.run([sys.executable, "-c", HOLD_AND_DIE, str(path)], check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert path.exists()
    assert not is_held(path)
    InstanceLock(path).release()


def test_looking_takes_nothing(tmp_path: Path) -> None:
    """Whoever opens while someone looks without pause gets the lock every time."""
    path = tmp_path / "lock"
    InstanceLock(path).release()
    looked, stop = [False], threading.Event()

    def look() -> None:
        while not stop.is_set():
            looked.append(is_held(path))

    looker = threading.Thread(target=look)
    looker.start()
    try:
        for _ in range(2000):
            InstanceLock(path).release()
    finally:
        stop.set()
        looker.join()
    assert len(looked) > 100
    assert not is_held(path)


def test_a_lock_in_no_folder_is_known(tmp_path: Path) -> None:
    with pytest.raises(KnownError) as caught:
        InstanceLock(tmp_path / "nowhere" / "lock")
    assert caught.value.code == "store.missing"
