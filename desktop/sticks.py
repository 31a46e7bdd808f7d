"""Courier's files on a stick or a share: written whole or not at all, read as far as they are sound.

Runs on a worker thread; each step on the store is done on the store's. Leaves what goes in and what comes out to
`desktop.store.courier`.
"""

import contextlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop.errors import KnownError
from desktop.files import sync_folder
from desktop.store.courier import Plan, Taken
from desktop.store.store import Store
from desktop.tasks import StoreThread

SUFFIX = ".syncpack"
MOST_BYTES = 4 * 1024**3 - 16 * 1024**2
"""Below what a stick with FAT takes in one file."""
READ_AT_ONCE = 256 * 1024

OnProgress = Callable[[int, int], None]
"""How much is done, of how much."""


@dataclass(frozen=True)
class Written:
    """The files of one export, how many entries they hold, and their bytes together."""

    files: tuple[Path, ...]
    entries: int
    size: int


def write_packs(
    tasks: StoreThread,
    folder: Path,
    plan_of: Callable[[Store], Plan],
    told: OnProgress,
    *,
    most_bytes: int = MOST_BYTES,
) -> Written:
    """Write what a plan holds into `folder`, under a random name, in parts below `most_bytes`.

    Raises KnownError `courier.nothing`, `courier.disk`; then nothing is left of it.
    """
    plan = tasks.step(plan_of).result()
    if not plan.left:
        raise KnownError(
            "courier.nothing",
            "There is nothing that they do not have already, as far as they have said.",
            "Synchronise, or choose another unit.",
        )
    export = _Export(tasks, folder, plan, told, most_bytes)
    try:
        while not export.done:
            export.write_part()
        return export.publish()
    except OSError:
        raise KnownError(
            "courier.disk",
            "The stick or folder could not be written to its end, so nothing was left on it.",
            "Make room on it, or choose another one.",
        ) from None
    finally:
        export.clear()


class _Export:
    """One export on its way: its parts lie under a name of no meaning until all are whole."""

    def __init__(self, tasks: StoreThread, folder: Path, plan: Plan, told: OnProgress, most_bytes: int) -> None:
        self._tasks = tasks
        self._folder = folder
        self._plan = plan
        self._told = told
        self._most = most_bytes
        self._pack = secrets.token_bytes(16)
        self._name = secrets.token_hex(8)
        self._begun: list[Path] = []
        self._size = 0

    @property
    def done(self) -> bool:
        return bool(self._begun) and not self._plan.left

    def write_part(self) -> None:
        """As much as fits into one file. Raises OSError."""
        plan, number = self._plan, len(self._begun) + 1
        writer = self._tasks.step(lambda store: store.courier.begin(plan, self._pack, number)).result()
        path = self._folder / f"{self._name}-{number}.begun"
        self._begun.append(path)
        with path.open("xb") as file:
            file.write(writer.begin())
            for record in self._tasks.step(lambda store: store.courier.first(plan)).result():
                file.write(writer.add(record))
            while plan.left and writer.size < self._most:
                for record in self._tasks.step(lambda store: store.courier.next(plan)).result():
                    file.write(writer.add(record))
                self._told(plan.total - plan.left, plan.total)
            file.write(self._tasks.step(lambda store: store.courier.finish(plan, writer)).result())
            file.flush()
            os.fsync(file.fileno())
            self._size += file.tell()

    def publish(self) -> Written:
        """Give the parts their names. Raises OSError."""
        files = tuple(path.rename(path.with_suffix(SUFFIX)) for path in self._begun)
        self._begun = []
        sync_folder(self._folder)
        return Written(files, self._plan.total, self._size)

    def clear(self) -> None:
        """Leave nothing of what was not published."""
        for path in self._begun:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def read_pack(tasks: StoreThread, path: Path, told: OnProgress) -> Taken:
    """Take in one file as far as it is sound; `Taken.ending` says what was wrong, if anything.

    Raises KnownError `courier.not_for_us`, `courier.unreadable`; what was taken in before stays.
    """
    incoming = tasks.step(lambda store: store.courier.incoming()).result()
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            while data := file.read(READ_AT_ONCE):
                incoming.feed(data)
                while incoming.waiting:
                    tasks.step(lambda store: store.courier.take(incoming)).result()
                told(file.tell(), size)
    except OSError:
        raise KnownError(
            "courier.unreadable",
            "The file could not be read to its end. What was read before is kept.",
            "Put the stick in once more, or ask for another copy.",
        ) from None
    return tasks.step(lambda store: store.courier.note_end(incoming)).result()
