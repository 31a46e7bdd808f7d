"""A laptop: `python -m tests.e2e.laptop FOLDER`, commands in and answers out as JSON lines.

The process that is started is the computer. `open` forks the program, which serves commands from then on; when it is
closed or killed, the computer says how it ended and takes commands again. Leaves what the program does to `program`.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from desktop.crypto.keychain import Keychain
from desktop.crypto.vault import Cost
from desktop.errors import KnownError
from desktop.profiles import Profiles
from desktop.store.seat import SeatIdentity
from desktop.store.store import Store
from sync.errors import SyncError
from sync.identity import Roster
from sync.keys import SeatKeys
from tests.e2e.program import Crash, Program

ZONE = "Europe/Berlin"
CHEAP = Cost(memory_kib=64, iterations=1, lanes=1)
"""Stretching is proven with the vault; here it would only be slow."""

Commands = Callable[[dict[str, Any]], Any]


def no_keyring() -> NoReturn:
    """As on a computer that has none."""
    raise LookupError


class Computer:
    """What is there without any program running: the data folder with its profiles, and keys unlocked before."""

    def __init__(self, folder: Path) -> None:
        self._profiles = Profiles(Keychain(no_keyring), folder)
        self._spool = folder / "spool"
        self._keys: dict[str, bytes] = {}

    def obey(self, command: dict[str, Any]) -> Any:
        match command:
            case {"do": "make", "label": label, "passphrase": passphrase}:
                return self._make(label, passphrase)
            case {"do": "open"}:
                return self._run_program(command)
            case {"do": "off"}:
                sys.exit(0)
        raise ValueError(command)

    def _make(self, label: str, passphrase: str) -> str:
        made = self._profiles.create(label, passphrase, cost=CHEAP)
        return str(made.profile.folder)

    def _run_program(self, command: dict[str, Any]) -> Any:
        """Answers with how the program ended: its exit status, or minus the signal that killed it."""
        label = command["label"]
        profile = next(profile for profile in self._profiles.list() if profile.label == label)
        if label not in self._keys:
            wall = datetime.now(UTC).timestamp
            self._keys[label] = profile.unlock(command["passphrase"], Keychain(no_keyring), wall)
        crash = Crash()
        forked = os.fork()
        if forked:
            _, status = os.waitpid(forked, 0)
            return {"ended": os.waitstatus_to_exitcode(status)}
        status = 70
        try:
            offset = timedelta(seconds=command["clock"])
            roster = Roster.from_bytes(command["roster"].encode())
            seat = SeatIdentity.of(SeatKeys.from_bytes(bytes.fromhex(command["seat"])), roster)
            database = profile.open_store(self._keys[label], observer=crash.observe)
            store = Store.open(
                database, seat, lambda: datetime.now(UTC) + offset, ZONE, local=ZoneInfo(ZONE), spool=self._spool
            )
            say({"ok": os.getpid(), "written": []})
            program = Program(store, seat, crash)
            serve(program.obey, program.written)
            status = 0
        except SystemExit:
            status = 0
        except BaseException:  # noqa: BLE001  the program's end is the computer's to tell
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)


def serve(obey: Commands, written: Callable[[], list[Any]]) -> None:
    """Answer commands until one of them closes the program."""
    while (command := hear())["do"] != "close":
        try:
            said = {"ok": obey(command), "written": written()}
        except (KnownError, SyncError) as error:
            said = {"refused": error.code}
        say(said)
    say({"ok": obey(command), "written": []})


def hear() -> dict[str, Any]:
    """The next command, byte by byte: what follows may be for another process."""
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            sys.exit(0)  # nobody is at the keyboard any more
        line += byte
    heard: dict[str, Any] = json.loads(line)
    return heard


def say(answer: dict[str, Any]) -> None:
    """An answer in whole, as one line."""
    left = memoryview(json.dumps(answer).encode() + b"\n")
    while left:
        left = left[os.write(1, left) :]


def main(folder: str) -> None:
    computer = Computer(Path(folder))
    while True:
        answer = computer.obey(hear())
        say(answer if isinstance(answer, dict) else {"ok": answer, "written": []})


if __name__ == "__main__":
    main(sys.argv[1])
