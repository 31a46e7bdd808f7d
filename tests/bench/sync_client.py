"""`python -m tests.bench.sync_client <seed|pull|push|rt> URL DIR N`: what syncing costs, seen from one laptop.

The product's own client, encrypted store and envelopes. DIR is the laptop's data folder; one that does not exist, or
holds no profile, becomes a new laptop with a seat of its own (so `pull` into a new DIR is a new seat's first pull).

    seed  write N records of the file named in `DATA` (one JSON object a line; each member becomes a register), in cases
          of 100, and send them. Again: so many more.
    pull  read everything that the server holds; N says how many records are expected at least.
    push  edit two fields of each of N records offline, one signed change for each record; then send and read back.
    rt    N times: edit one field, send, read back.

`push` and `rt` read first what the server holds; that is not measured. Prints `RESULT {json}`: cmd, n, docs (records in
the laptop's store afterwards), wall_s, client_cpu_s, server_cpu_s (of the process `SERVER_PID` and its children),
lo_bytes (bytes over the loopback interface, all of this machine's); push also edit_wall_s; rt also median_ms, p95_ms,
bytes_each. What is measured is the work itself, not the start of the program or the unlocking of the store.
"""

import argparse
import gc
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from desktop.crypto.keychain import Keychain
from desktop.demo.laptop import PASSPHRASE, make_laptop, no_keyring
from desktop.errors import KnownError
from desktop.model.record import CaseKey
from desktop.profiles import Profiles
from desktop.seating import read_seat
from desktop.store.seat import SeatIdentity
from desktop.store.store import Store
from sync.change import Assign
from sync.client import Carry
from sync.errors import SyncError
from sync.protocol import NetCall, NetReply
from sync.transport import Transport
from tests.bench.measure import median, percentile, tree_cpu_seconds
from tests.bench.records import KIND, PER_CASE, BadData, edited, read_records, two_fields
from tests.bench.seats import NoSeat, claim_seat
from tests.sync.driver import drive

ZONE = "Europe/Berlin"


class Refused(Exception):  # noqa: N818  named for what happened
    """The bench cannot go on; the text says why."""


@dataclass
class Used:
    """What a span of work cost, in the words of the result."""

    server: int
    wall_s: float = 0.0
    client_cpu_s: float = 0.0
    server_cpu_s: float = 0.0
    lo_bytes: int = 0

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Add what happens inside."""
        before, began = self._counters(), time.perf_counter()
        yield
        self.wall_s += time.perf_counter() - began
        client, server, carried = (now - then for now, then in zip(self._counters(), before, strict=True))
        self.client_cpu_s += client
        self.server_cpu_s += server
        self.lo_bytes += int(carried)

    def _counters(self) -> tuple[float, float, float]:
        return time.process_time(), tree_cpu_seconds(self.server), loopback_bytes()


@dataclass
class Result:
    """One command's outcome; `more` holds what only this command says."""

    used: Used
    more: dict[str, float] = field(default_factory=dict)


class Laptop:
    """An unlocked store and the line to the server."""

    def __init__(self, store: Store, transport: Transport) -> None:
        self.store = store
        self._transport = transport
        self._carry = Carry()

    def sync(self) -> None:
        """One round of the product's. Raises `Refused` unless everything is level after it."""
        done = drive(self.store.replica, self._perform, carry=self._carry)
        self._carry = done.carry
        if done.failure == "session.refused":
            raise Refused("DIR holds a laptop of another bench server: take a new DIR.")
        if not done.level or done.refused or done.bad:
            codes = [done.failure, *(fault.code for fault in done.faults)]
            raise Refused(f"The round did not come to its end: {', '.join(filter(None, codes)) or 'entries refused'}.")

    def _perform(self, call: NetCall) -> NetReply:
        collect_due()
        return self._transport.perform(call)

    def docs(self) -> int:
        """How many records of the bench the store holds."""
        return int(self.store.database.value("SELECT count(*) FROM record WHERE kind = ?", (KIND,)))

    def records(self, most: int) -> list[tuple[CaseKey, str]]:
        """The first records, in the order of their cases."""
        rows = self.store.database.query(
            "SELECT s.space, t.tag, r.rid FROM record r JOIN tag t ON t.id = r.tag JOIN space s ON s.id = t.space"
            " WHERE r.kind = ? ORDER BY t.id, r.id LIMIT ?",
            (KIND, most),
        )
        if not rows:
            raise Refused("There is no record to edit: seed the server first.")
        return [(CaseKey(row[0], row[1]), row[2]) for row in rows]


def seed(laptop: Laptop, used: Used, count: int) -> Result:
    """Cases of `PER_CASE` records, each record one signed change; what is sent is read back in the same round."""
    if not os.environ.get("DATA"):
        raise BadData("DATA is not set: it names the file of records, one JSON object a line.")
    records = read_records(Path(os.environ["DATA"]), count)
    with used.counting():
        first = laptop.docs()
        while case := list(islice(records, PER_CASE)):
            key = laptop.store.cases.new(f"BENCH {first}")
            with laptop.store.database.transaction():
                for number, record in enumerate(case, start=first):
                    sets = [Assign(KIND, f"{number:032x}", name, value) for name, value in record.items()]
                    laptop.store.ledger.write_inside(key, sets)
            first += len(case)
        laptop.sync()
    return Result(used)


def pull(laptop: Laptop, used: Used, count: int) -> Result:
    """Everything that the server holds."""
    with used.counting():
        laptop.sync()
    if laptop.docs() < count:
        raise Refused(f"The server holds {laptop.docs()} records only; {count} were expected. Seed it first.")
    return Result(used)


def push(laptop: Laptop, used: Used, count: int) -> Result:
    """Edited offline with sight of what stands, case by case; then one round."""
    laptop.sync()
    chosen = laptop.records(count)
    if len(chosen) < count:
        raise Refused(f"The server holds {len(chosen)} records only; {count} cannot be edited. Seed it first.")
    edits = []
    shown: dict[CaseKey, Any] = {}
    for number, (key, record) in enumerate(chosen):
        if key not in shown:
            shown = {key: laptop.store.cases.records(key)}  # as a screen does: one case is open at a time
        fields = shown[key][KIND, record].fields
        names = two_fields({name: view.value for name, view in fields.items()})
        edits.append(
            (key, record, {name: (edited(fields[name].value, number), fields[name].shown_ids) for name in names})
        )
    began = time.perf_counter()
    for key, record, values in edits:
        laptop.store.cases.edit_fields(key, KIND, record, values)
    edit_wall = time.perf_counter() - began
    with used.counting():
        laptop.sync()
    return Result(used, {"edit_wall_s": round(edit_wall, 4)})


def round_trips(laptop: Laptop, used: Used, count: int) -> Result:
    """From the edit to its being read back; a first trip, in which the line is opened, does not count."""
    laptop.sync()
    chosen = laptop.records(count + 1)
    spans = []
    warm = Used(used.server)
    for number in range(count + 1):
        key, record = chosen[number % len(chosen)]
        fields = laptop.store.cases.records(key)[KIND, record].fields
        name = two_fields({name: view.value for name, view in fields.items()})[0]
        shown, value = fields[name].shown_ids, edited(fields[name].value, number)
        with (used if number else warm).counting():
            began = time.perf_counter()
            laptop.store.cases.edit(key, KIND, record, name, value, shown)
            laptop.sync()
            spans.append((time.perf_counter() - began) * 1000)
    figures = {
        "median_ms": round(median(spans[1:]), 3),
        "p95_ms": round(percentile(spans[1:], 0.95), 3),
        "bytes_each": round(used.lo_bytes / count, 1),
    }
    return Result(used, figures)


COMMANDS: Mapping[str, Callable[[Laptop, Used, int], Result]] = {
    "seed": seed,
    "pull": pull,
    "push": push,
    "rt": round_trips,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 measured, 2 refused with a sentence on stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.sync_client",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("cmd", choices=COMMANDS)
    parser.add_argument("url", metavar="URL")
    parser.add_argument("dir", type=Path, metavar="DIR")
    parser.add_argument("n", type=int, metavar="N")
    chosen = parser.parse_args(arguments)
    os.umask(0o077)
    gc.disable()  # as `causeway run` does
    try:
        print(f"RESULT {json.dumps(measured(chosen.cmd, chosen.url, chosen.dir, chosen.n))}", flush=True)
    except (Refused, NoSeat, BadData) as error:
        print(f"sync_client: {error}", file=sys.stderr)
    except SyncError as error:
        print(f"sync_client: the server at {chosen.url} cannot be used: {error.code}.", file=sys.stderr)
    except KnownError as error:
        print(f"sync_client: {error.explanation.sentence} [{error.code}]", file=sys.stderr)
    except OSError as error:
        print(f"sync_client: {error.strerror}: {error.filename}", file=sys.stderr)
    else:
        return 0
    return 2


def measured(cmd: str, url: str, folder: Path, count: int) -> dict[str, Any]:
    """The members of the result."""
    if count < 1:
        raise Refused("N is at least 1.")
    used = Used(_server_pid())
    store = open_store(url, folder)
    try:
        with Transport(url, insecure_loopback=urlsplit(url).scheme == "http") as transport:
            laptop = Laptop(store, transport)
            result = COMMANDS[cmd](laptop, used, count)
            docs = laptop.docs()
    finally:
        store.close()
    return {
        "cmd": cmd,
        "n": count,
        "docs": docs,
        "wall_s": round(used.wall_s, 4),
        "client_cpu_s": round(used.client_cpu_s, 4),
        "server_cpu_s": round(used.server_cpu_s, 4),
        "lo_bytes": used.lo_bytes,
        **result.more,
    }


def open_store(url: str, folder: Path) -> Store:
    """The store of the laptop in `folder`, which is made, with a seat of its own, where there is none."""
    profiles = Profiles(Keychain(no_keyring), folder).list()
    if profiles:
        profile = profiles[0]
        key = profile.unlock(PASSPHRASE, Keychain(no_keyring), lambda: _now().timestamp())
    else:
        made = make_laptop(folder, "bench", "Bench", claim_seat(url))
        profile, key = made.profile, made.store_key
    database = profile.open_store(key)
    try:
        seated = read_seat(database)
        identity = SeatIdentity.of(seated.keys, seated.roster)
        return Store.open(database, identity, _now, ZONE, local=ZoneInfo(ZONE))
    except BaseException:
        database.close()
        raise


def collect_due() -> None:
    """Python's cyclic collector, asked between steps as the program's window does, and by the same rule."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    due = [generation for generation in (2, 1, 0) if counts[generation] > thresholds[generation]]
    if due:
        gc.collect(due[0])


def loopback_bytes() -> int:
    """Bytes that the loopback interface has carried."""
    for line in Path("/proc/net/dev").read_text(encoding="ascii").splitlines():
        name, _, counters = line.partition(":")
        if name.strip() == "lo":
            return int(counters.split()[0])
    return 0


def _server_pid() -> int:
    said = os.environ.get("SERVER_PID", "")
    if not said.isdecimal() or not Path(f"/proc/{said}").exists():
        raise Refused(
            "SERVER_PID is not set to a running process: it is the process id of the bench server, whose CPU time is"
            " measured."
        )
    return int(said)


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
