"""A real server process of the practice partnership, a line that cuts, and a web server that is not ours."""

import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from sync.server.cli import main
from tests.sync.practice import Practice


class Served:
    """`causeway-server run` in a process of its own. `start` waits until it says that it listens."""

    def __init__(self, folder: Path, practice: Practice, database: str = "") -> None:
        self.folder = folder / "server"
        roster = folder / "roster.json"
        roster.write_bytes(practice.roster.to_bytes())
        where = ["--database", database] if database else []
        assert main(["init", "--dir", str(self.folder), "--roster", str(roster), *where]) == 0
        self._rest()

    @classmethod
    def of(cls, folder: Path) -> "Served":
        """A server that was made already."""
        served = cls.__new__(cls)
        served.folder = folder
        served._rest()
        return served

    def _rest(self) -> None:
        self.port = 0
        self.url = ""
        self._process: subprocess.Popen[str] | None = None

    def start(self, arguments: Sequence[str] = ("--insecure-loopback",)) -> None:
        """On the port of the last time, so that clients find it again."""
        command = [sys.executable, "-m", "sync.server", "run", "--dir", str(self.folder), "--port", str(self.port)]
        self._process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        assert said.startswith("listening on "), said
        self.url = said.removeprefix("listening on ").strip()
        self.port = int(self.url.rpartition(":")[2])

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL: no last words."""
        assert self._process is not None
        self._process.kill()
        self._end()

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self._process is not None
        self._process.terminate()
        return self._end()

    def close(self) -> None:
        if self._process is not None:
            self.kill()

    def _end(self) -> int:
        assert self._process is not None
        status = self._process.wait(timeout=20)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None
        return status


class CuttingLine:
    """A TCP line to a server. `cut_after` bytes of the `cut_answer`-th answer it goes dead; later lines are whole."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cut_after: int | None = None
        self.path = b""
        """Only answers to requests that name this are cut."""
        self.cuts = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        """Request by request: everything the client sends now, then everything the server answers."""
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            server.settimeout(0.2)
            while request := _read_request(client):
                server.sendall(request)
                answer = _read_some(server)
                if self.cut_after is not None and self.path in request.partition(b"\r\n")[0]:
                    client.sendall(answer[: self.cut_after])
                    self.cut_after = None
                    self.cuts += 1
                    return
                client.sendall(answer)


def _read_request(client: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = client.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    wanted = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < wanted:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


def _read_some(server: socket.socket) -> bytes:
    """Until the server has been silent for a moment after its first word."""
    data = b""
    while True:
        try:
            part = server.recv(65536)
        except TimeoutError:
            if data:
                return data
            continue
        if not part:
            return data
        data += part


class Stranger:
    """A web server that answers every request with the same bytes: a portal, a proxy, a gateway."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                self.requests.append(_read_request(client))
                if self._answer:
                    client.sendall(self._answer)
