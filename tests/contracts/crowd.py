"""Eight processes that write into one log at once, and a reader beside them that never goes back.

`python -m tests.contracts.crowd URL [--sequence]` are the writers. `--sequence` is the planted fault: numbers drawn
from a sequence of the database before the transaction that stores the entry, as BIGSERIAL does it.
"""

import multiprocessing
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.synchronize import Barrier

from sqlalchemy import func, insert, select, update

from sync.protocol import EMPTY_LOG_HASH, Cursor, check_page
from sync.server.storage.contract import Appended, NewEntry, Storage
from sync.server.storage.database import Database, _row
from sync.server.storage.tables import ENTRY, SPACE
from tests.contracts.storage import entry

WRITERS = 8
BATCHES = 12
ITEMS = 2
CROWDED = "5a" * 16
PATIENCE_SECONDS = 60

Read = Callable[[int], tuple[list[str], int]]
"""From a place in the log: the eids beyond it, and the place after them."""


def written_by(writer: int) -> list[list[NewEntry]]:
    return [[entry((writer, batch, item)) for item in range(ITEMS)] for batch in range(BATCHES)]


def everything_written() -> set[str]:
    return {each.eid for writer in range(WRITERS) for batch in written_by(writer) for each in batch}


def read_beside(url: str, read: Read, *, sequence: bool = False) -> list[str]:
    """What a reader has read, in order, when the last of eight writing processes had ended and it had read on."""
    command = [sys.executable, "-m", "tests.contracts.crowd", url, *(["--sequence"] if sequence else [])]
    found, place = list[str](), 0
    with subprocess.Popen(command) as writers:
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            running, new = True, list[str]()
            while running or new:
                running = writers.poll() is None
                new, place = read(place)
                found += new
                assert time.monotonic() < deadline, "the writers do not end"
        finally:
            writers.kill()
    assert writers.returncode == 0
    return found


def reader_of(storage: Storage) -> Read:
    """The reader of the protocol: every page must continue the last one, number by number and hash by hash."""
    cursor = Cursor()

    def read(place: int) -> tuple[list[str], int]:
        nonlocal cursor
        assert place == cursor.seq
        entries, cursor = check_page(cursor, storage.read(CROWDED, place, 1 << 20, 7))
        return [item.eid for item in entries], cursor.seq

    return read


def trusting_reader_of(storage: Database) -> Read:
    """`seq > cursor`, as it is written everywhere: takes what is there and asks for what is beyond."""

    def read(place: int) -> tuple[list[str], int]:
        query = select(ENTRY.c.seq, ENTRY.c.eid).where(ENTRY.c.space == bytes.fromhex(CROWDED), ENTRY.c.seq > place)
        with storage._reading() as connection:
            rows = connection.execute(query.order_by(ENTRY.c.seq)).all()
        return [row.eid.hex() for row in rows], rows[-1].seq if rows else place

    return read


class SequenceDatabase(Database):
    """The planted fault: the number is the sequence's, drawn and let go before the entry is stored."""

    def append(self, space: str, entries: Sequence[NewEntry]) -> Appended:
        key = bytes.fromhex(space)
        drawn = [self._draw() for _ in entries]
        time.sleep(0.002)  # what a transaction of a real load takes until its commit
        rows = [_row(key, seq, EMPTY_LOG_HASH, each) for seq, each in zip(drawn, entries, strict=True)]
        with self._writing() as connection:
            connection.execute(insert(ENTRY), rows)
        return Appended("00" * 16, tuple((seq, True) for seq in drawn))

    def _draw(self) -> int:
        with self._writing() as connection:
            connection.execute(update(SPACE).values(seq=SPACE.c.seq + 1))
            return int(connection.execute(select(func.max(SPACE.c.seq))).scalar_one())


def _write(kind: type[Database], url: str, writer: int, together: Barrier) -> None:
    storage = kind(url)
    storage.heads([CROWDED])
    together.wait()
    for batch in written_by(writer):
        storage.append(CROWDED, batch)
    storage.close()


def _main(url: str, *fault: str) -> int:
    forking = multiprocessing.get_context("fork")  # nothing is open yet, and eight interpreters need not start
    together = forking.Barrier(WRITERS)
    kind = SequenceDatabase if "--sequence" in fault else Database
    writers = [forking.Process(target=_write, args=(kind, url, number, together)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    return sum(abs(writer.exitcode or 0) for writer in writers)


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
