"""Several workers behind one socket: they wake each other, are replaced when they die, and end what they are in."""

import os
import signal
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.acts import SeatClosed
from sync.client import Carry, long_poll
from sync.errors import Refused, Unreachable
from sync.keys import Domain, SeatKeys, sign
from sync.protocol import (
    NetCall,
    SessionAnswer,
    SessionAsk,
    SessionChallenge,
    SessionGranted,
    SpaceHeads,
    TreeKind,
    TreePush,
    decode,
    encode,
    tree_path,
)
from sync.server.founding import new_code
from sync.server.settings import Settings, found_server, open_storage, read_settings
from sync.transport import Transport
from tests.contracts.postgres import Cluster, running_cluster
from tests.sync.driver import drive
from tests.sync.founded import district
from tests.sync.memory_replica import MemoryReplica
from tests.sync.practice import Practice
from tests.sync.served import Served

pytestmark = pytest.mark.e2e

postgres = pytest.fixture(scope="module")(running_cluster)

TAG = "71" * 16
MOST_RESIDENT = 100_000_000
"""Bytes of a worker."""


@pytest.fixture(params=["sqlite", "postgresql"])
def crew(request: pytest.FixtureRequest, tmp_path: Path, practice: Practice) -> Iterator[Served]:
    """Two workers on either database."""
    database = ""
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgres")
        database = cluster.new_database()
    server = Served(tmp_path, practice, database=database)
    server.start(("--insecure-loopback", "--workers", "2"))
    yield server
    server.close()


def _line(server: Served) -> Transport:
    return Transport(server.url, insecure_loopback=True, read_seconds=15)


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _metric(server: Served, name: str) -> float:
    with _line(server) as line:
        text = line.perform(NetCall("GET", "/metrics")).body.decode()
    return next(float(each.rpartition(" ")[2]) for each in text.splitlines() if each.rpartition(" ")[0] == name)


def test_workers_wake_each_others_long_polls(crew: Served, practice: Practice) -> None:
    """Six laptops wait on connections of their own, so on both workers; each of ten changes must reach all of them."""
    writer = MemoryReplica(practice.roster, practice.seats["p1"])
    shared = practice.spaces["shared"]
    late: list[float] = []

    def wait(carry: Carry, line: Transport, since: list[str]) -> None:
        heads = decode(SpaceHeads, line.perform(long_poll(carry.token, since[0])).body)
        late.append(time.monotonic() - written[0])
        since[0] = heads.since

    with _line(crew) as writing:
        drive(writer, writing.perform)
        lines = [_line(crew) for _ in range(6)]
        carries = [drive(MemoryReplica(practice.roster, practice.seats["h1"]), line.perform).carry for line in lines]
        seen = [[carry.since] for carry in carries]
        written = [0.0]
        for number in range(10):
            waiting = [threading.Thread(target=wait, args=each) for each in zip(carries, lines, seen, strict=True)]
            for thread in waiting:
                thread.start()
            time.sleep(0.1)
            writer.edit(shared, TAG, "aim", number)
            written[0] = time.monotonic()
            drive(writer, writing.perform)
            for thread in waiting:
                thread.join()
        for line in lines:
            line.close()
    assert len(late) == 60
    assert statistics.median(late) < 1
    assert max(late) < 5  # well before anybody looks without being called


def test_a_dead_worker_is_replaced_and_everybody_goes_on(crew: Served, practice: Practice) -> None:
    laptop = MemoryReplica(practice.roster, practice.seats["p1"])
    first = _children(crew.pid)
    assert len(first) == 2
    os.kill(first[0], signal.SIGKILL)
    deadline = time.monotonic() + 20
    while (now := _children(crew.pid)) == first or len(now) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert first[1] in now
    laptop.edit(practice.spaces["shared"], TAG, "aim", 1)
    for _ in range(4):
        with _line(crew) as line:
            assert drive(laptop, line.perform).level
    assert laptop.counts().pending == 0


def test_sigterm_ends_all_of_them_and_lets_waiting_laptops_go(crew: Served, practice: Practice) -> None:
    laptop = MemoryReplica(practice.roster, practice.seats["p1"])
    ends: list[str] = []

    def wait(carry: Carry) -> None:
        with _line(crew) as line:
            try:
                ends.append(f"{len(decode(SpaceHeads, line.perform(long_poll(carry.token, carry.since)).body).spaces)}")
            except Unreachable as error:
                ends.append(error.code)

    with _line(crew) as line:
        carry = drive(laptop, line.perform).carry
    waiting = [threading.Thread(target=wait, args=(carry,)) for _ in range(6)]
    for thread in waiting:
        thread.start()
    deadline = time.monotonic() + 30
    while _metric(crew, "causeway_waiting") < len(waiting):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    workers, begun = _children(crew.pid), time.monotonic()
    assert crew.stop() == 0
    for thread in waiting:
        thread.join()
    assert time.monotonic() - begun < 8
    assert ends == ["0"] * 6
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


def test_workers_do_not_outlive_a_parent_that_was_killed(crew: Served) -> None:
    workers = _children(crew.pid)
    crew.kill()
    deadline = time.monotonic() + 20
    while left := [pid for pid in workers if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def test_a_worker_stays_small_and_the_counters_are_of_all(crew: Served, practice: Practice) -> None:
    shared = practice.spaces["shared"]
    laptop = MemoryReplica(practice.roster, practice.seats["p1"])
    for number in range(400):
        laptop.edit(shared, TAG, f"field{number}", "x" * 2000)
    with _line(crew) as line:
        assert drive(laptop, line.perform).level
    for _ in range(6):
        with _line(crew) as line:
            assert drive(MemoryReplica(practice.roster, practice.seats["p2"]), line.perform).level
    resident = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 for pid in _children(crew.pid)]
    assert max(resident) <= MOST_RESIDENT
    told = [_metric(crew, 'causeway_entries_total{status="ok"}') for _ in range(3)]  # whichever worker answers
    assert told == [401.0] * 3


def test_a_closed_seat_is_out_with_every_worker(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Real processes on PostgreSQL: the closing is taken by one of them and must bind the other."""
    cluster: Cluster = request.getfixturevalue("postgres")
    world, folder = district(), tmp_path / "server"
    found_server(folder, None, Settings("Invented district", cluster.new_database()))
    storage = open_storage(folder, read_settings(folder))
    founding = new_code(storage)
    storage.close()
    crew = Served.of(folder)
    crew.start(("--insecure-loopback", "--workers", "2"))
    try:
        unit = world.units["police"]
        path = tree_path(TreeKind.UNIT, unit)
        with _line(crew) as line:
            line.perform(NetCall("POST", path, body=encode(TreePush(tuple(world.raws[unit]), code=founding))))
            alder, birch = (_session(line, world.seats[name]) for name in ("alder", "birch"))
        lines = [_line(crew) for _ in range(8)]  # connections of their own: on both workers
        for each in lines:
            each.perform(NetCall("GET", "/v1/spaces", token=birch))
        closing = world.say_in_chain("alder", SeatClosed(world.id("birch"), b""))
        with _line(crew) as line:
            line.perform(NetCall("POST", path, token=alder, body=encode(TreePush((closing,)))))
        time.sleep(0.5)
        for each in lines:
            with pytest.raises(Refused) as caught:
                each.perform(NetCall("GET", "/v1/spaces", token=birch))
            assert caught.value.code == "session.expired"
            assert each.perform(NetCall("GET", "/v1/spaces", token=alder)).status == 200
            each.close()
    finally:
        crew.close()


def _session(line: Transport, seat: SeatKeys) -> str:
    asked = line.perform(NetCall("POST", "/v1/session", body=encode(SessionAsk(seat.seat_id))))
    challenge = decode(SessionChallenge, asked.body).challenge
    answer = SessionAnswer(seat.seat_id, challenge, sign(seat.sign_private, Domain.SESSION, challenge))
    return decode(SessionGranted, line.perform(NetCall("POST", "/v1/session/answer", body=encode(answer))).body).token
