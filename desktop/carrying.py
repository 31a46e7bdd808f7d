"""Keeps the spool of this computer going: while a profile is open, and for a while after it was locked.

After the lock only a session's token is left, no store and no key: what lies in the spool is delivered for a quarter
of an hour, and by then the token is worth nothing. Leaves the steps to `desktop.store.spooling`, the calls to
`desktop.store.spool_round` and the session to `desktop.syncing`.
"""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from desktop.errors import KnownError
from desktop.store.spool_round import SpoolSending, Ticket, deliver, pause
from desktop.store.spooling import Settled
from desktop.store.store import Store
from desktop.syncing import Carrier, Perform
from desktop.tasks import StoreThread, as_failure

SETTLE_MS = 300
"""After a new row, so that many at once are laid down together."""
AFTER_LOCK_SECONDS = 15 * 60.0


class Spooler(QObject):
    """Keeps one open profile and the spool in step. Lives on the GUI thread; the work is done on the store's."""

    _stepped = Signal(object)

    def __init__(self, tasks: StoreThread) -> None:
        super().__init__()
        self._tasks = tasks
        self._sending: SpoolSending | None = None
        self._ticket: Ticket | None = None
        self._soon = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._soon.timeout.connect(self.settle)
        self._stepped.connect(self._next, Qt.ConnectionType.QueuedConnection)
        tasks.changed.connect(self._store_changed)

    @Slot()
    def settle(self) -> None:
        """Lay down, read and clear, a step at a time, behind everything that a person waits for."""
        self._tasks.step(_settle).add_done_callback(self._stepped.emit)

    def errand(self, perform: Perform, token: str) -> bool:
        """For the round's thread, after a round that came to its end: deliver what others left here. Whether the
        server took any, so that it is read back soon.
        """
        while self._tasks.step(_settle).result().more:
            pass
        facts = self._tasks.step(_facts).result()
        if facts is None:
            return False
        sending, seat, server_key = facts
        if self._sending is None:
            self._sending = sending
        self._ticket = Ticket(token, seat, server_key)
        return deliver(self._sending, self._ticket, perform).entries > 0

    def after_lock(self, connect: Callable[[], Carrier], rng: random.Random) -> "AfterLock | None":
        """What goes on delivering once this profile is locked; None when this profile never reached the server."""
        if self._sending is None or self._ticket is None:
            return None
        return AfterLock(SpoolSending(self._sending.spool), self._ticket, connect, rng)

    @Slot(object, object)
    def _store_changed(self, kinds: frozenset[str], _ids: frozenset[str]) -> None:
        if not kinds.isdisjoint({"outbox", "sync"}) and not self._soon.isActive():
            self._soon.start()

    @Slot(object)
    def _next(self, done: "Future[Settled]") -> None:
        try:
            more = done.result().more
        except CancelledError:  # the store is being closed, and lays down what is left by itself
            return
        except Exception as error:  # noqa: BLE001  every failure becomes Known or Bug here
            self._tasks.failed.emit(error if isinstance(error, KnownError) else as_failure(error))
            return
        if more:
            self.settle()


class AfterLock:
    """Delivers a spool after the lock, on a thread of its own, until all is delivered, the time is over or `stop`.

    It holds a token, public names and a way to the server: nothing that opens or signs anything.
    """

    def __init__(
        self, sending: SpoolSending, ticket: Ticket, connect: Callable[[], Carrier], rng: random.Random
    ) -> None:
        self._sending = sending
        self._ticket = ticket
        self._connect = connect
        self._rng = rng
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="after lock", daemon=True)

    def start(self) -> None:
        """Begin at once."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing further: somebody has unlocked, or the program ends. Does not wait for a call that is out."""
        self._stopping.set()

    def is_done(self) -> bool:
        """Whether it has ended."""
        return not self._thread.is_alive()

    def _work(self) -> None:
        until = time.monotonic() + AFTER_LOCK_SECONDS
        failures = 0
        carrier = self._connect()
        while self._sending.waiting() and time.monotonic() < until and not self._stopping.is_set():
            done = deliver(self._sending, self._ticket, carrier.perform)
            if done.over:
                return
            failures = 0 if done.entries else failures + 1
            if failures:
                self._stopping.wait(pause(failures, self._rng.random(), done.retry_after))


def _settle(store: Store) -> Settled:
    return store.spooling.settle() if store.spooling is not None else Settled()


def _facts(store: Store) -> tuple[SpoolSending, str, bytes] | None:
    """What sending needs of an open store; None without a spool or before the first contact with the server."""
    server_key = store.replica.server_key()
    if store.spooling is None or server_key is None:
        return None
    return SpoolSending(store.spooling.spool), store.replica.seat_id, server_key
