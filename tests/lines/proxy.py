"""A line between a laptop and a server: bits per second, delay, stalls and cuts, in line time.

`scale` is how many seconds of line time pass in one real second: rates are multiplied by it and pauses divided, here
and in the laptop's own time-outs and pauses (`tests.lines.drain`). What the machine itself needs counts `scale` times
over, so a figure in line time is never too kind.
"""

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

CHUNK = 512

Waiting = queue.Queue[tuple[float, bytes]]
"""What was heard on one end: when, and what; nothing once that end is gone."""


class _Cut(Exception):  # noqa: N818  an event
    """The line is dead for this connection."""


@dataclass(frozen=True)
class Quality:
    """How bad a line is, in line time. 0: not at all. `seconds_to_cut` counts from the opening of a connection."""

    name: str
    bits_per_second: float
    delay_seconds: float = 0.0
    stall_every_bytes: int = 0
    stall_seconds: float = 0.0
    seconds_to_cut: float = 0.0


LINES = (
    Quality("9.6 kbit/s", 9_600),
    Quality("2 s delay", 1_000_000, delay_seconds=2.0),
    Quality("stalls", 64_000, stall_every_bytes=6_000, stall_seconds=8.0),
    Quality("cut every 5 s at 1 Mbit/s", 1_000_000, seconds_to_cut=5.0),
    Quality("cut every 60 s at 9.6 kbit/s", 9_600, seconds_to_cut=60.0),
)


class BadLine:
    """Listens on `address`, leads to a server's port. Each direction has the whole rate for itself."""

    def __init__(self, port: int, quality: Quality, scale: float) -> None:
        self._port = port
        self._quality = quality
        self._scale = scale
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.cuts = 0
        self.stalls = 0
        self.bytes = 0
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join()
        for one in self._open:
            _hang_up(one)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                laptop, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._port))
            self._open += [laptop, server]
            ends = time.monotonic() + self._quality.seconds_to_cut / self._scale
            for source, target in ((laptop, server), (server, laptop)):
                waiting: Waiting = queue.Queue()
                self._begin(self._hear, source, waiting)
                self._begin(self._say, target, waiting, ends)

    def _begin(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _hear(self, source: socket.socket, waiting: Waiting) -> None:
        chunk = b"."
        while chunk:
            try:
                chunk = source.recv(CHUNK)
            except OSError:
                chunk = b""
            waiting.put((time.monotonic(), chunk))

    def _say(self, target: socket.socket, waiting: Waiting, ends: float) -> None:
        """Until either end is gone or the line is cut. What came late is late for everything behind it."""
        quality, carried, due = self._quality, 0, 0.0
        with contextlib.suppress(OSError, _Cut):
            while True:
                came, chunk = self._next(waiting, ends)
                if not chunk:
                    break
                due = max(due, came + quality.delay_seconds / self._scale)
                due += len(chunk) * 8 / quality.bits_per_second / self._scale
                carried += len(chunk)
                if quality.stall_every_bytes and carried >= quality.stall_every_bytes:
                    carried, due = 0, due + quality.stall_seconds / self._scale
                    self.stalls += 1
                until = min(due, ends) if quality.seconds_to_cut else due
                time.sleep(max(0.0, until - time.monotonic()))
                if until < due:
                    self._cut()
                target.sendall(chunk)
                self.bytes += len(chunk)
        _hang_up(target)

    def _next(self, waiting: Waiting, ends: float) -> tuple[float, bytes]:
        try:
            return waiting.get(timeout=max(0.0, ends - time.monotonic()) if self._quality.seconds_to_cut else None)
        except queue.Empty:
            self._cut()
            raise

    def _cut(self) -> None:
        self.cuts += 1
        raise _Cut


def _hang_up(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def bad_line(port: int, quality: Quality, scale: float) -> Iterator[BadLine]:
    line = BadLine(port, quality, scale)
    try:
        yield line
    finally:
        line.close()
