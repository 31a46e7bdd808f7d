"""Work off the GUI thread: the one thread that owns the open store, and a small crew for slow sums without it.

Answers come back on the GUI thread, and only while their owner still lives; a change that failed is told to somebody in
any case. What a person wrote goes before what a person reads, and that before the round's steps. What the store does is
the store's; what a failure is called in words is `desktop.ui.notices`'s.
"""

from __future__ import annotations

import gc
import itertools
import logging
import queue
import threading
import traceback
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from desktop.errors import Bug, KnownError
from desktop.store.events import Changed

if TYPE_CHECKING:
    from desktop.store.store import Store

T = TypeVar("T")
COLLECT_MS = 1000
Failure = KnownError | Bug
OnFailure = Callable[[Failure], None]
OnChanged = Callable[[Changed], None]

_log = logging.getLogger("causeway.tasks")


class _Turn(IntEnum):
    """Whose turn it is: smaller goes first, equals in the order given.

    What is typed must be on disk within 300 ms, so it waits for the job at hand at most, never for a line of lists.
    """

    WRITE = 0
    READ = 1
    ROUND = 2
    LAST = 3


@dataclass(order=True)
class _Job:
    turn: _Turn
    number: int
    run: Callable[[Store], None] = field(compare=False)
    drop: Callable[[], None] = field(compare=False)


def as_failure(error: BaseException) -> Failure:
    """A Known error as it is, anything else as a Bug that says where and of which type, never with which values."""
    if isinstance(error, KnownError | Bug):
        return error
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].name}:{frames[-1].lineno}" if frames else "?"
    bug = Bug(where, error)
    _log.error("%s", bug)
    return bug


def _lives(owner: weakref.ref[QObject]) -> bool:
    """Whether an owner is still there, in Python and in Qt. On the GUI thread."""
    held = owner()
    return held is not None and shiboken6.isValid(held)


class _Postbox(QObject):
    """Carries calls to the GUI thread; lives there."""

    posted = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.posted.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def post(self, owner: weakref.ref[QObject], call: Callable[[], None]) -> None:
        """Have `call` made on the GUI thread, unless `owner` is gone by then. Callable from any thread."""
        if shiboken6.isValid(self):
            self.posted.emit((owner, call))

    @Slot(object)
    def _deliver(self, item: tuple[weakref.ref[QObject], Callable[[], None]]) -> None:
        owner, call = item
        if _lives(owner):
            call()


class StoreThread(QObject):
    """Owns the open store on a thread of its own; the store is seen only inside the functions given to it.

    `changed(kinds, ids)` fires on the GUI thread after every commit, of this person's edits and of what arrived alike.
    `failed(failure)` fires for failures whose caller gave no `failed` of its own.
    """

    changed = Signal(object, object)
    failed = Signal(object)

    def __init__(self, open_store: Callable[[OnChanged], Store], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open_store = open_store
        self._postbox = _Postbox(self)
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._stopping = threading.Event()
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="store", daemon=True)
        self._opened: Callable[[], None] = _nothing
        self._not_opened: OnFailure = self.failed.emit
        self._self_ref: weakref.ref[QObject] = weakref.ref(self)

    def start(self, then: Callable[[], None], *, failed: OnFailure | None = None) -> None:
        """Open the store; `then` when it is open, `failed` (and no thread) when it cannot be."""
        self._opened = then
        self._not_opened = failed or self.failed.emit
        self._thread.start()

    def query(
        self, ask: Callable[[Store], T], then: Callable[[T], None], *, owner: QObject, failed: OnFailure | None = None
    ) -> None:
        """Read from the store: `ask` runs on its thread, `then` gets the answer on the GUI thread.

        The answer is dropped when `owner` has been destroyed, and when the store is closed before its turn. Changes
        given meanwhile go first, so the answer is never older than what was on screen when it was asked.
        """
        self._put(_Turn.READ, ask, then, owner, failed)

    def change(
        self, act: Callable[[Store], T], then: Callable[[T], None], *, owner: QObject, failed: OnFailure | None = None
    ) -> None:
        """Write to the store, next after the job at hand and the changes given before.

        As `query`, but an act once given is carried out even when the store is being closed, and that it failed is told
        by the signal `failed` where `owner` has been destroyed.
        """
        self._put(_Turn.WRITE, act, then, owner, failed)

    def step(self, act: Callable[[Store], T]) -> Future[T]:
        """One step of the round, after everything a person waits for. For threads that may wait: never the GUI's."""
        future: Future[T] = Future()

        def run(store: Store) -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(act(store))
            except Exception as error:  # noqa: BLE001  handed to the one who waits, as it is
                future.set_exception(error)

        self._queue(_Job(_Turn.ROUND, next(self._numbers), run, lambda: _cancel(future)))
        return future

    def stop(self) -> None:
        """Carry out the changes already given, drop the rest, close the store; returns when the file is closed."""
        with self._door:
            self._stopping.set()
            self._jobs.put(_Job(_Turn.LAST, next(self._numbers), _no_store, _nothing))
        if self._thread.is_alive():
            self._thread.join()

    def _put(
        self,
        turn: _Turn,
        act: Callable[[Store], T],
        then: Callable[[T], None],
        owner: QObject,
        failed: OnFailure | None,
    ) -> None:
        ref: weakref.ref[QObject] = weakref.ref(owner)

        def run(store: Store) -> None:
            try:
                answer = act(store)
            except Exception as error:  # noqa: BLE001  every failure becomes Known or Bug here
                self._fail(as_failure(error), ref, failed, turn)
            else:
                self._postbox.post(ref, lambda: then(answer))

        self._queue(_Job(turn, next(self._numbers), run, _nothing))

    def _queue(self, job: _Job) -> None:
        """Nothing comes in behind the last job: who waits for it would wait for ever."""
        with self._door:
            if not self._stopping.is_set():
                self._jobs.put(job)
                return
        job.drop()

    def _fail(self, failure: Failure, owner: weakref.ref[QObject], failed: OnFailure | None, turn: _Turn) -> None:
        """Tell who asked; of a lost change, tell somebody."""

        def tell() -> None:
            if failed is None or (turn is _Turn.WRITE and not _lives(owner)):
                self.failed.emit(failure)
            elif _lives(owner):
                failed(failure)

        self._postbox.post(self._self_ref, tell)

    def _work(self) -> None:
        try:
            store = self._open_store(self._tell_changed)
        except Exception as error:  # noqa: BLE001  every failure becomes Known or Bug here
            failure = as_failure(error)
            self._postbox.post(self._self_ref, lambda: self._not_opened(failure))
            return
        self._postbox.post(self._self_ref, self._opened)
        try:
            while (job := self._jobs.get()).turn is not _Turn.LAST:
                self._turn_of(job, store)
        finally:
            store.close()

    def _turn_of(self, job: _Job, store: Store) -> None:
        if self._stopping.is_set() and job.turn is not _Turn.WRITE:
            job.drop()
        else:
            job.run(store)

    def _tell_changed(self, event: Changed) -> None:
        self._postbox.post(self._self_ref, lambda: self.changed.emit(event.kinds, event.ids))


class Crew(QObject):
    """Two workers for slow sums that need no store: stretching a passphrase, reading a roster file."""

    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._postbox = _Postbox(self)
        self._stopped = False
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="crew")

    def run(
        self, work: Callable[[], T], then: Callable[[T], None], *, owner: QObject, failed: OnFailure | None = None
    ) -> None:
        """Do `work` on a worker; `then` or `failed` on the GUI thread while `owner` lives."""
        ref: weakref.ref[QObject] = weakref.ref(owner)
        on_failure: OnFailure = failed or self.failed.emit

        def job() -> None:
            try:
                answer = work()
            except Exception as error:  # noqa: BLE001  every failure becomes Known or Bug here
                failure = as_failure(error)
                self._postbox.post(ref, lambda: on_failure(failure))
            else:
                self._postbox.post(ref, lambda: then(answer))

        if not self._stopped:  # the program is closing: nobody waits for an answer any more
            self._pool.submit(job)

    def stop(self) -> None:
        """Wait for what is being worked on; drop what is not."""
        self._stopped = True
        self._pool.shutdown(wait=True, cancel_futures=True)


class GuiCollector(QObject):
    """Python's cyclic collector, run on the GUI thread only.

    Left to itself it runs on whatever thread makes the next object, and a widget or timer that it finds there would be
    destroyed by a thread that must not touch it.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=COLLECT_MS)
        self._timer.timeout.connect(self.collect)
        gc.disable()
        self._timer.start()

    def collect(self) -> None:
        """What the collector would do by itself now: the oldest generation whose count is over its threshold."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > thresholds[generation]:
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Give the collector back to Python."""
        self._timer.stop()
        gc.enable()


def _cancel(future: Future[Any]) -> None:
    future.cancel()


def _nothing() -> None:
    """A job that nobody waits for is dropped in silence."""


def _no_store(_store: Store) -> None:
    """The last job asks nothing of the store."""
