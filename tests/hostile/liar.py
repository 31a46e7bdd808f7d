"""The lying server: true sockets, an honest application behind them, and one lie at a time in between.

Everything that reaches it is kept, for the laptop's words to be looked for in it.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sync.protocol import MARK_HEADER, MEDIA_TYPE, PROTOCOL, NetCall, NetReply
from tests.e2e.line import read_message
from tests.machines.place import Place


@dataclass(frozen=True)
class Asked:
    """One call as the server sees it; `honest` answers it truthfully."""

    call: NetCall
    honest: Callable[[], NetReply]

    @property
    def is_push(self) -> bool:
        return self.call.method == "POST" and self.call.path.endswith("/log")

    @property
    def is_page(self) -> bool:
        return self.call.method == "GET" and self.call.path.endswith("/log")

    @property
    def space(self) -> str:
        return self.call.path.split("/")[3] if self.call.path.startswith("/v1/spaces/") else ""


Said = NetReply | bytes | Iterator[bytes]
"""An answer in order, or raw bytes of the wire, or such bytes drop by drop."""
Lie = Callable[[Asked], Said]


def truth(asked: Asked) -> Said:
    return asked.honest()


class Liar:
    """Listens on `address`; `lie` may be changed at any time."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.lie: Lie = truth
        self.received: list[bytes] = []
        self._one = threading.Lock()
        self._closed = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self._closed.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _accept(self) -> None:
        while True:
            try:
                laptop, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(laptop,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, laptop: socket.socket) -> None:
        with laptop, contextlib.suppress(OSError):
            while (raw := read_message(laptop)) is not None:
                self.received.append(raw)
                said = self.lie(self._asked(raw))
                if isinstance(said, NetReply):
                    laptop.sendall(wire(said.status, said.headers, said.body))
                elif isinstance(said, bytes):
                    laptop.sendall(said)
                    return
                else:
                    for drop in said:
                        if self._closed.is_set():
                            return
                        laptop.sendall(drop)
                    return

    def _asked(self, raw: bytes) -> Asked:
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        path, _, query = target.partition("?")
        pairs = dict(part.partition("=")[::2] for part in query.split("&") if part)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        token = headers.get("authorization", "").removeprefix("Bearer ") or None
        call = NetCall(method, path, pairs, body or None, token)
        return Asked(call, lambda: self._honest(call))

    def _honest(self, call: NetCall) -> NetReply:
        with self._one:
            return self.place.net.ask(call)


def wire(status: int, headers: Mapping[str, str], body: bytes, *, length: int | None = None) -> bytes:
    """An HTTP answer as bytes."""
    kept = {name: value for name, value in headers.items() if name.lower() not in {"content-length", "connection"}}
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in kept.items())]
    lines.append(f"content-length: {len(body) if length is None else length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def ours(body: bytes, status: int = 200) -> NetReply:
    """An answer with the mark of a genuine server."""
    return NetReply(status, {MARK_HEADER: PROTOCOL, "content-type": MEDIA_TYPE}, body)


@contextmanager
def lying(place: Place) -> Iterator[Liar]:
    liar = Liar(place)
    try:
        yield liar
    finally:
        liar.close()
