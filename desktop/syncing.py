"""Drives the round: its calls on a network thread, its local steps on the store's thread, its pauses by the clock.

The order of the words is `sync.client`'s, the socket `sync.transport`'s, the tables the store's. A failed round is
tried again after a growing, random pause (1 s to 5 min); a new row, a person's wish and news from the server cut it
short.
"""

import random
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot

from desktop.store.store import Store
from desktop.tasks import StoreThread, as_failure
from desktop.ui.models.network import Line, Network, Truth
from sync.client import Carry, Local, Progress, QueueCounts, RoundResult, Step, backoff, long_poll, sync_round
from sync.errors import Refused, SyncError
from sync.identity import Roster
from sync.protocol import NetCall, NetReply, SpaceHeads, decode
from sync.transport import Transport

AFTER_SILENCE_SECONDS = 5.0
"""When listening fails, the next round begins after this pause."""
RESTORES = NetCall("GET", "/v1/restores")
QUIET_SECONDS = 300.0
"""After a round that came to its end the next one is due at the latest after this pause, news or not."""


class Carrier(Protocol):
    """One way to the server (`sync.transport.Transport`)."""

    def perform(self, call: NetCall) -> NetReply: ...


Perform = Callable[[NetCall], NetReply]
Errand = Callable[[Perform, str], bool]
"""What else goes out with the session (its token) of a round that came to its end; whether the server took any."""
Connect = Callable[[str, Roster], Carrier]
"""A new way to the server at an address, for the partnership of a roster."""


def transport_to(address: str, *, insecure_loopback: bool, authority: bytes = b"") -> Carrier:
    """The real way to a server. Raises `SyncError` net.address, net.plain, net.ca."""
    return Transport(address, insecure_loopback=insecure_loopback, authority=authority)


class SyncDriver(QObject):
    """Keeps a laptop level with the server until `stop`. Tells the truth to `network`; never touches the GUI itself.

    `connect` makes a new way to the server; it is called once for the round and once for listening, since a long poll
    must not hold up a push. `clock` gives aware time, `rng` draws the jitter.
    """

    ended = Signal(object)
    """A `RoundResult`, on the GUI thread, after each round."""
    failed = Signal(object)
    """A failure that is a fault of the program, on the GUI thread."""
    _told = Signal(object)
    _finished = Signal(object)
    _broke = Signal(object)

    def __init__(
        self,
        tasks: StoreThread,
        connect: Callable[[], Carrier],
        network: Network,
        *,
        clock: Callable[[], datetime],
        rng: random.Random,
        errand: Errand | None = None,
        paused: Callable[[], bool] = lambda: False,
    ) -> None:
        """`paused`: whether the line is metered and a person wants it spared; asked from the round's thread."""
        super().__init__(QCoreApplication.instance())
        self._tasks = tasks
        self._connect = connect
        self._network = network
        self._clock = clock
        self._rng = rng
        self._errand = errand
        self._paused = paused
        self._asked = False
        self._carry = Carry()
        self._due = 0
        self._wake = threading.Event()
        self._listen = threading.Event()
        self._stopping = threading.Event()
        self._truth = Truth(Line.WAITING)
        self._before: tuple[Line, datetime | None] = (Line.WAITING, None)
        self._living = 2
        self._counting = threading.Lock()
        self._threads = [
            threading.Thread(target=self._live, args=(self._rounds,), name="round", daemon=True),
            threading.Thread(target=self._live, args=(self._news,), name="news", daemon=True),
        ]
        queued = Qt.ConnectionType.QueuedConnection
        self._told.connect(self._tell, queued)
        self._finished.connect(self._end, queued)
        self._broke.connect(self.failed, queued)
        network.wanted.connect(self.sync_now)
        tasks.changed.connect(self._store_changed)

    def start(self) -> None:
        """Begin with a round at once."""
        for thread in self._threads:
            thread.start()

    @Slot()
    def sync_now(self) -> None:
        """Cut the pause short: a person wants it now, over whatever line."""
        self._asked = True
        self._wake.set()

    @Slot()
    def look_again(self) -> None:
        """Cut the pause short: the line may be another now."""
        self._wake.set()

    def stop(self) -> None:
        """End after the step in hand. The answer to a call that is still out is not waited for: every row stays due."""
        self._stopping.set()
        self._wake.set()
        self._listen.set()

    def _live(self, work: Callable[[], None]) -> None:
        """One thread's life. The application keeps the driver until both have ended, then the GUI thread destroys it:
        a thread that let go of it last would destroy what the GUI thread is still delivering to.
        """
        try:
            work()
        finally:
            with self._counting:
                self._living -= 1
                last = not self._living
            if last:
                self.deleteLater()

    # -- the round's thread

    def _rounds(self) -> None:
        failures = 0
        try:
            carrier = self._connect()
        except SyncError as error:  # an address or CA file that can never work: said, not tried again
            self._after_failure(error.code)
            return
        while not self._stopping.is_set():
            self._wake.clear()
            if self._is_held_back():
                self._wake.wait(QUIET_SECONDS)
                continue
            self._say(line=Line.SYNCING, sent=0, read=0, ahead=0)
            try:
                result = self._round(carrier)
                self._after(result)
                self._ask_for_notices(carrier, result)
                self._run_errand(carrier, result)
            except CancelledError:
                return
            except Exception as error:  # noqa: BLE001  a fault here must not end syncing for the day
                result = RoundResult(failure="round.bug")
                self._broke.emit(as_failure(error))
                self._after_failure("round.bug")
            failures = failures_in_a_row(failures, result)
            pause = backoff(failures, self._rng.random()) if failures else QUIET_SECONDS
            self._wake.wait(max(pause, result.retry_after))

    def _is_held_back(self) -> bool:
        """Whether the line is to be spared and nothing waits that must not. What a person asks for goes in full."""
        asked, self._asked = self._asked, False
        spared = self._paused() and not asked
        self._say(paused=spared)

        def look(store: Store) -> bool:
            store.replica.urgent_only = spared
            return spared and not store.replica.has_urgent()

        try:
            return self._tasks.step(look).result()
        except CancelledError:
            return False  # the store is closed; the round finds it out

    def _ask_for_notices(self, carrier: Carrier, result: RoundResult) -> None:
        """What the operator announced, at the first contact and whenever a log went back; what the receipts prove."""
        if result.restarted:
            self._tasks.step(lambda store: store.rollbacks.judge_forks()).result()
        wanted = self._tasks.step(lambda store: store.rollbacks.asks_for_notices())
        if result.failure or not wanted.result():
            return
        body: bytes | None = None
        try:
            body = carrier.perform(RESTORES).body
        except Refused:
            pass  # a server that knows no such thing
        except SyncError:
            return  # asked again after the next round
        self._tasks.step(lambda store: store.rollbacks.take_notices(body)).result()

    def _run_errand(self, carrier: Carrier, result: RoundResult) -> None:
        def perform(call: NetCall) -> NetReply:
            if self._stopping.is_set():
                raise CancelledError
            return carrier.perform(call)

        if (
            self._errand is not None
            and not result.failure
            and not self._truth.paused
            and self._errand(perform, self._carry.token)
        ):
            self._wake.set()

    def _round(self, carrier: Carrier) -> RoundResult:
        spaces, seat = self._tasks.step(lambda store: (store.replica.spaces(), store.replica.seat_id)).result()
        steps = sync_round(spaces, seat, progress=self._progress, carry=self._carry)
        try:
            step: Step = next(steps)
            while True:
                try:
                    answer = self._carry_out(step, carrier)
                except SyncError as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            result: RoundResult = end.value
            return result

    def _carry_out(self, step: Step, carrier: Carrier) -> Any:
        if self._stopping.is_set():
            raise CancelledError
        if isinstance(step, NetCall):
            return carrier.perform(step)
        local: Local[Any] = step
        return self._tasks.step(lambda store: local.run(store.replica)).result()

    def _after(self, result: RoundResult) -> None:
        self._carry = result.carry
        now = self._clock()
        contact = now if result.answered else self._truth.last_contact
        if result.level:
            self._say(line=Line.LEVEL, since=now, code="")
            if not self._paused():
                self._listen.set()
        elif result.answered and not _line_broke(result):
            code = result.failure or result.faults[0].code
            self._say(line=Line.TROUBLE, since=self._since(Line.TROUBLE), code=code)
        else:
            self._after_failure(result.failure)
        self._say(last_contact=contact)
        self._finished.emit(result)

    def _after_failure(self, code: str) -> None:
        self._say(line=Line.OFFLINE, since=self._since(Line.OFFLINE), code=code)

    def _since(self, line: Line) -> datetime:
        """When the line came to be as it is: a retry that fails again does not make the absence younger."""
        ended, began = self._before
        return began if ended is line and began is not None else self._clock()

    def _progress(self, progress: Progress) -> None:
        self._say(sent=progress.pushed, read=progress.pulled, ahead=progress.behind)

    def _say(self, **facts: Any) -> None:
        line = facts.get("line", self._truth.line)
        if line is Line.SYNCING and self._truth.line is not Line.SYNCING:
            self._before = (self._truth.line, self._truth.since)
        self._truth = replace(self._truth, **facts)
        self._told.emit(self._truth)

    # -- the listening thread

    def _news(self) -> None:
        """After each round that came to its end: wait at the server until a head moves, then cut the pause short."""
        self._listen.wait()
        if self._stopping.is_set():
            return
        carrier = self._connect()
        while not self._stopping.is_set():
            self._listen.wait()
            self._listen.clear()
            if self._stopping.is_set():
                return
            try:
                reply = carrier.perform(long_poll(self._carry.token, self._carry.since))
                moved = bool(decode(SpaceHeads, reply.body).spaces)
            except SyncError:
                moved = not self._stopping.wait(AFTER_SILENCE_SECONDS)  # a round finds out why, and says it
            (self._wake if moved else self._listen).set()

    # -- the GUI thread

    @Slot(object)
    def _tell(self, truth: Truth) -> None:
        shown = self._network.truth
        self._network.tell(replace(truth, pending=shown.pending, refused=shown.refused))

    @Slot(object)
    def _end(self, result: RoundResult) -> None:
        self._count(again=result.pushed > 0)
        self.ended.emit(result)

    @Slot(object, object)
    def _store_changed(self, kinds: frozenset[str], _ids: frozenset[str]) -> None:
        if "outbox" in kinds:
            self._count(again=False)

    def _count(self, *, again: bool) -> None:
        self._tasks.query(
            lambda store: store.replica.counts(), lambda counts: self._counted(counts, again=again), owner=self
        )

    def _counted(self, counts: QueueCounts, *, again: bool) -> None:
        """A row that was not there before is sent at once; `again`: a round got somewhere and rows came meanwhile.

        Rows that a failed round left behind wait for the pause to end.
        """
        due = counts.pending - counts.acked
        if due > self._due or (again and due):
            self._wake.set()
        self._due = due
        self._network.tell(replace(self._network.truth, pending=counts.pending, refused=counts.refused))


def failures_in_a_row(before: int, result: RoundResult) -> int:
    """A round that heard the server begins the count anew: after an hour offline, a line that was cut in the first
    exchange must not be left alone for the minutes that the hour had earned.
    """
    if not result.failure:
        return 0
    return 1 if result.answered else before + 1


def _line_broke(result: RoundResult) -> bool:
    """Whether the server was heard and is out of reach now: a person is told the latter."""
    return result.failure.startswith("net.")
