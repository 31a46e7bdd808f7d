"""The processes as seen from outside: a server that can be killed and started again, a computer with its program.

What they say on stderr goes into files, for everybody's secrets to be looked for there.
"""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from sync.identity import Roster
from sync.server.settings import Settings, found_server

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 90.0


class Ended(Exception):  # noqa: N818  an event, expected by some tests
    """The program ended instead of answering; `status` is minus the signal that killed it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class RefusedHere(Exception):  # noqa: N818  as above
    """The product refused what was asked; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ServerProcess:
    """A server in a folder of its own. `start` after `kill` listens at the same address again."""

    def __init__(self, folder: Path, roster: Roster, temporary: Path) -> None:
        self.folder = folder
        self.port = 0
        self._environment = _environment(temporary)
        self._stderr = temporary / "server.stderr"
        self._process: subprocess.Popen[bytes] | None = None
        found_server(folder, roster.to_bytes(), Settings("end to end"))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def command(self, name: str, *arguments: str) -> None:
        """One of the server's commands, to its end."""
        line = [sys.executable, "-m", "sync.server", name, "--dir", str(self.folder), *arguments]
        subprocess.run(line, check=True, cwd=ROOT, env=self._environment, stdout=subprocess.DEVNULL)

    def start(self) -> None:
        line = [sys.executable, "-m", "sync.server", "run", "--dir", str(self.folder), "--port", str(self.port)]
        with self._stderr.open("ab") as stderr:
            self._process = subprocess.Popen(
                [*line, "--host", "127.0.0.1", "--insecure-loopback"],
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=ROOT,
                env=self._environment,
            )
        said = Lines(self._process).next().decode()
        assert said.startswith("listening on http://127.0.0.1:"), said
        self.port = int(said.rsplit(":", 1)[1])

    def kill(self) -> None:
        """As a power cut."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(PATIENCE_SECONDS)
            if self._process.stdout:
                self._process.stdout.close()
            self._process = None


class ComputerProcess:
    """A laptop's computer. `open` starts the program on it; `ask` speaks with whichever of the two is there."""

    def __init__(self, folder: Path, temporary: Path) -> None:
        self.folder = folder
        self.pid = 0
        self.stderr = temporary / f"{folder.name}.stderr"
        with self.stderr.open("ab") as stderr:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.laptop", str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=ROOT,
                env=_environment(temporary),
            )
        self._lines = Lines(self._process)

    def tell(self, do: str, **said: Any) -> None:
        """Give a command and do not wait."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **said}).encode() + b"\n")
        self._process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        """The answer with what was written meanwhile. Raises `Ended`, `RefusedHere`."""
        answer: dict[str, Any] = json.loads(self._lines.next())
        if "ended" in answer:
            raise Ended(answer["ended"])
        if "refused" in answer:
            raise RefusedHere(answer["refused"])
        return answer

    def kill_program(self) -> None:
        """Kill the running program from outside, whatever it does."""
        os.kill(self.pid, signal.SIGKILL)

    def off(self) -> None:
        """Pull the plug: the program, if one runs, reads end of file and goes too."""
        self._process.kill()
        self._process.wait(PATIENCE_SECONDS)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()


def _environment(temporary: Path) -> dict[str, str]:
    """Temporary files of the process lie where they are looked through afterwards."""
    return {**os.environ, "TMPDIR": str(temporary), "PYTHONWARNINGS": "error", "PYTHONDONTWRITEBYTECODE": "1"}


class Lines:
    """What a process says, line by line. Each must come: a process that hangs is a fault."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None
        self._pipe = process.stdout.fileno()
        self._said = b""

    def next(self) -> bytes:
        parts = [self._said]
        while b"\n" not in parts[-1]:
            ready, _, _ = select.select([self._pipe], [], [], PATIENCE_SECONDS)
            assert ready, "a process stopped answering"
            parts.append(os.read(self._pipe, 1 << 20))
            assert parts[-1], "a process ended without a word"
        line, _, self._said = b"".join(parts).partition(b"\n")
        return line
