"""The courier as a view-model: writing to a stick or share and reading from one, off the GUI thread, with progress.

Leaves files to `desktop.sticks`, and choosing a place to the view.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from desktop.i18n import tr, trn
from desktop.sticks import Written, read_pack, write_packs
from desktop.store.courier import Taken
from desktop.tasks import StoreThread, as_failure


class CourierModel(QObject):
    """`units(tuple)` after `load`; `moved(done, total)` while it works, then `done(str)` with what came of it or
    `failed(Failure)`. One thing at a time: what is asked for meanwhile is not begun.
    """

    units = Signal(object)
    moved = Signal(object, object)
    done = Signal(str)
    failed = Signal(object)
    _ended = Signal(object)

    def __init__(self, tasks: StoreThread) -> None:
        super().__init__()
        self._tasks = tasks
        self._working = False
        self._ended.connect(self._end, Qt.ConnectionType.QueuedConnection)

    def load(self) -> None:
        """Read for whom something can be written."""
        self._tasks.query(lambda store: store.courier.destinations(), self.units.emit, owner=self)

    def write(self, folder: Path, units: Sequence[str], only: str = "") -> None:
        """Write what these units lack into a folder; `only` one item of the outbox."""
        self._begin(
            lambda: written_words(
                write_packs(self._tasks, folder, lambda store: store.courier.plan(units, only=only), self.moved.emit)
            )
        )

    def read(self, file: Path) -> None:
        """Take in a file."""
        self._begin(lambda: taken_words(read_pack(self._tasks, file, self.moved.emit)))

    def _begin(self, work: Callable[[], str]) -> None:
        if self._working:
            return
        self._working = True

        def run() -> None:
            try:
                self._ended.emit(work())
            except CancelledError:  # the profile was locked: nothing is left half written
                return
            except Exception as error:  # noqa: BLE001  every failure becomes Known or Bug here
                self._ended.emit(as_failure(error))

        threading.Thread(target=run, name="courier", daemon=True).start()

    @Slot(object)
    def _end(self, outcome: object) -> None:
        self._working = False
        if isinstance(outcome, str):
            self.done.emit(outcome)
        else:
            self.failed.emit(outcome)


def written_words(written: Written) -> str:
    """What was written, with the names to look for on the stick."""
    names = ", ".join(path.name for path in written.files)
    entries = trn("%n entry|%n entries", written.entries)
    return tr("Written: {entries} in {names}. Only who it is sealed to can open it.", entries=entries, names=names)


def taken_words(taken: Taken) -> str:
    """What came of a file, and what was wrong with it."""
    parts = [
        trn("%n entry was new here.|%n entries were new here.", taken.changes),
        trn("%n goes on its way from here.|%n go on their way from here.", taken.queued) if taken.queued else "",
        trn("%n waits for its key.|%n wait for their key.", taken.held) if taken.held else "",
        trn("%n broke a rule and was left out.|%n broke a rule and were left out.", taken.faulty)
        if taken.faulty
        else "",
        _ending_words(taken),
    ]
    return " ".join(part for part in parts if part)


def _ending_words(taken: Taken) -> str:
    if not taken.ending:
        if taken.writer_name:
            return tr("Written by {name}; the file is whole.", name=taken.writer_name)
        return tr("The file is whole, but nobody known here signed for it; each entry was checked by itself.")
    if taken.ending == "courier.cut":
        return tr("The file ends too early: what came before the cut was checked and is kept. Ask for a new copy.")
    return tr("The file is damaged: what came before the damage was checked and is kept. Ask for a new copy.")
