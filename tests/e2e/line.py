"""The line between a laptop and the server, in the test's own hands: it passes calls on, until it is told to strike.

It understands just enough HTTP to know where a call and its answer begin and end.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

CHUNK = 1 << 16


class Cut(Exception):  # noqa: N818  an event
    """The line is dead for this connection."""


class Call:
    """One call on its way: `raw` is all of it. A strike decides what becomes of it."""

    def __init__(self, laptop: socket.socket, server: socket.socket, raw: bytes) -> None:
        self._laptop = laptop
        self._server = server
        self.raw = raw

    @property
    def is_push(self) -> bool:
        return self.raw.startswith(b"POST /v1/spaces/") and b"/log" in self.raw.split(b"\r\n", 1)[0]

    @property
    def is_page(self) -> bool:
        return self.raw.startswith(b"GET /v1/spaces/") and b"/log?" in self.raw.split(b"\r\n", 1)[0]

    def forward(self, size: int | None = None) -> None:
        """Hand the first `size` bytes of it (or all) to the server."""
        self._server.sendall(self.raw[:size])

    def answer(self) -> bytes:
        """The server's whole answer: when this returns, what was asked has been done."""
        answer = read_message(self._server)
        if answer is None:
            raise Cut
        return answer

    def give(self, answer: bytes) -> None:
        """Hand (a part of) an answer to the laptop."""
        self._laptop.sendall(answer)

    def until_the_laptop_gives_up(self) -> None:
        with contextlib.suppress(OSError):
            while self._laptop.recv(CHUNK):
                pass


Strike = Callable[[Call], None]


def pass_on(call: Call) -> None:
    call.forward()
    call.give(call.answer())


class Line:
    """Listens on `address`, leads to a server's port. `strike` is what happens to each call."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.strike: Strike = pass_on
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join()
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                laptop, _ = self._listening.accept()
            except OSError:
                return
            self._sockets.append(laptop)
            thread = threading.Thread(target=self._carry, args=(laptop,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _carry(self, laptop: socket.socket) -> None:
        with laptop, contextlib.suppress(OSError, Cut), socket.create_connection(("127.0.0.1", self._port)) as server:
            while (raw := read_message(laptop)) is not None:
                self.strike(Call(laptop, server, raw))


@contextmanager
def line_to(port: int) -> Iterator[Line]:
    line = Line(port)
    try:
        yield line
    finally:
        line.close()


def read_message(source: socket.socket) -> bytes | None:
    """One whole HTTP message with a content-length (or without a body); None when the other end is gone."""
    head = bytearray()
    while b"\r\n\r\n" not in head:
        got = source.recv(CHUNK)
        if not got:
            return None
        head += got
    lines = bytes(head).partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
    sizes = [int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")]
    whole = head.index(b"\r\n\r\n") + 4 + (sizes[0] if sizes else 0)
    while len(head) < whole:
        got = source.recv(CHUNK)
        if not got:
            return None
        head += got
    return bytes(head)


def once(wanted: Callable[[Call], bool], strike: Strike) -> Strike:
    """Strike the first call that is wanted; pass everything else on."""
    done = threading.Event()

    def choose(call: Call) -> None:
        if wanted(call) and not done.is_set():
            done.set()
            strike(call)
        else:
            pass_on(call)

    return choose
