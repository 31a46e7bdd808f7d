"""The practice partnership's server: a real process of its own on this machine, that can be killed and started again.

Plain HTTP on loopback only, which the server and the laptops allow for practice partnerships alone.
"""

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

from desktop.errors import KnownError
from sync.identity import Roster

READY = "listening on "
START_SECONDS = 30.0


class PracticeServer:
    """Founds the server in `folder` when it is not there yet; `start` gives its address, always the same port.

    With a `roster` its members are that list; without, the units that found themselves with a code.
    """

    def __init__(self, folder: Path, roster: Roster | None = None) -> None:
        self._folder = folder
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        if not (folder / "settings.json").exists():
            folder.mkdir(parents=True, exist_ok=True)
            members: list[str] = []
            if roster is not None:
                (folder / "roster.json").write_bytes(roster.to_bytes())
                members = ["--roster", str(folder / "roster.json")]
            _run("init", "--dir", str(folder), *members)

    def founding_code(self) -> str:
        """A code with which one unit may be founded here. Raises KnownError `demo.server`."""
        told = re.search(r"founding code (\S+):", _run("found", "--dir", str(self._folder)))
        if told is None:
            raise _not_started()
        return told[1]

    def start(self, port: int = 0) -> str:
        """Start it and wait until it listens; returns its address. Raises KnownError `demo.server`."""
        arguments = ["run", "--dir", str(self._folder), "--port", str(self._port or port), "--insecure-loopback"]
        self._process = subprocess.Popen(  # noqa: S603  our own program with arguments made here
            _command(*arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        watch = threading.Timer(START_SECONDS, self._process.kill)
        watch.start()
        line = self._process.stdout.readline() if self._process.stdout else ""
        watch.cancel()
        if not line.startswith(READY):
            self.kill()
            raise _not_started()
        address = line.removeprefix(READY).strip()
        self._port = int(address.rsplit(":", 1)[1])
        return address

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """As a power cut: SIGKILL, no farewell."""
        if self._process is not None:
            self._process.kill()
            self._ended(self._process)

    def stop(self) -> None:
        """Ask it to end, and wait."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._ended(self._process)

    def _ended(self, process: "subprocess.Popen[str]") -> None:
        try:
            process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()
        self._process = None


def _run(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603  our own program with arguments made here
        _command(*arguments), stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True
    )
    if done.returncode:
        raise _not_started()
    return done.stdout


def _command(*arguments: str) -> list[str]:
    """The server's command line, from a checkout and from a frozen program alike."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "desktop"]
    return [*program, "practice-server", *arguments]


def _not_started() -> KnownError:
    return KnownError(
        "demo.server",
        "The practice server did not start.",
        "Close other practice windows and try again; the invented cases are not affected.",
    )
