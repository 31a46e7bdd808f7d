"""Nobody crowds out the others: the pace of a seat, the quota of a unit, bodies that are too large or too slow."""

import json
import socket
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from sync.client import Carry
from sync.errors import RetryLater
from sync.protocol import MARK_HEADER, NetCall, Problem, PushBatch, decode, encode
from sync.server.intake import MAX_BODY
from sync.server.metrics import Meters
from sync.server.pace import Allowance, SeatPace, UnitQuota
from sync.server.refusal import Refusal
from sync.server.settings import SETTINGS_FILE
from sync.transport import Transport
from tests.sync.certificates import Authority
from tests.sync.driver import drive
from tests.sync.memory_replica import MemoryReplica
from tests.sync.practice import Practice
from tests.sync.served import Served
from tests.sync.server.conftest import Bench
from tests.sync.server.test_app import sealed

TAG = "71" * 16


def test_a_seat_is_paced_and_others_are_not() -> None:
    now = [100.0]
    pace = SeatPace(Allowance(requests_per_second=2, burst=4), lambda: now[0])
    for _ in range(4):
        pace.take("one")
    with pytest.raises(Refusal) as caught:
        pace.take("one")
    assert (caught.value.status, caught.value.code, caught.value.retry_after) == (429, "seat.too_fast", 1)
    pace.take("two")
    now[0] += 0.5
    pace.take("one")
    with pytest.raises(Refusal):
        pace.take("one")
    now[0] += 1000
    for _ in range(4):  # what was not used is not saved up
        pace.take("one")
    with pytest.raises(Refusal):
        pace.take("one")


def test_workers_share_a_seats_pace_and_nought_is_no_limit() -> None:
    quarter = SeatPace(Allowance(requests_per_second=4, burst=8), lambda: 0.0, workers=4)
    quarter.take("one")
    quarter.take("one")
    with pytest.raises(Refusal) as caught:
        quarter.take("one")
    assert caught.value.retry_after == 1
    free = SeatPace(Allowance(requests_per_second=0), lambda: 0.0)
    for _ in range(10_000):
        free.take("one")


def test_full_buckets_are_forgotten() -> None:
    now = [0.0]
    pace = SeatPace(Allowance(requests_per_second=1, burst=2), lambda: now[0])
    for number in range(10_000):
        pace.take(f"{number}")
    now[0] = 5.0
    pace.take("one more")
    assert len(pace._buckets) == 1


def test_a_quota_looks_at_what_is_there_and_at_what_is_coming() -> None:
    now, used, asked = [0.0], [0], list[str]()

    def look(unit: str) -> int:
        asked.append(unit)
        return used[0]

    quota = UnitQuota(Allowance(unit_bytes=100), look, lambda: now[0])
    quota.check("u", 60)
    with pytest.raises(Refusal) as caught:
        quota.check("u", 41)
    assert (caught.value.status, caught.value.code) == (507, "unit.full")
    quota.check("u", 40)
    assert asked == ["u"]
    now[0] += 11  # most of it were duplicates, it turns out
    quota.check("u", 41)
    UnitQuota(Allowance(unit_bytes=0), look, lambda: now[0]).check("u", 10**12)


def test_a_laptop_that_is_too_fast_is_told_when_to_come_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    token = bench.token("p1")
    other = bench.token("p2")

    def too_fast(_: SeatPace, seat: str) -> None:
        if seat == bench.laptop("p1").seat_id:
            raise Refusal(429, "seat.too_fast", retry_after=7)

    monkeypatch.setattr(SeatPace, "take", too_fast)
    reply = bench.ask("GET", "/v1/spaces", token)
    assert (reply.status, decode(Problem, reply.body).code) == (429, "seat.too_fast")
    assert reply.headers["retry-after"] == "7"
    assert bench.ask("GET", "/v1/spaces", other).status == 200
    laptop = bench.laptop("p1")
    laptop.edit(bench.practice.spaces["shared"], TAG, "aim", 1)
    result = drive(laptop, bench.net.perform)
    assert (result.failure, result.retry_after, laptop.counts().pending) == ("seat.too_fast", 7.0, 2)
    with pytest.raises(RetryLater):
        bench.net.perform(NetCall("GET", "/v1/spaces", {}, None, token))


def test_a_unit_that_is_full_keeps_what_it_cannot_bring(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    shared, laptop = bench.practice.spaces["shared"], bench.laptop("p1")
    laptop.edit(shared, TAG, "aim", 1)
    with monkeypatch.context() as patch:
        patch.setattr(bench.server.quota, "_most", 10)
        reply = bench.ask("POST", f"/v1/spaces/{shared}/log", bench.token("p1"), encode(PushBatch(sealed(shared))))
        assert (reply.status, decode(Problem, reply.body).code) == (507, "unit.full")
        result = drive(laptop, bench.net.perform)
        assert [fault.code for fault in result.faults] == ["unit.full"]
        assert laptop.counts().pending == 2
    assert drive(laptop, bench.net.perform).level
    unit = bench.server.members.unit_of(laptop.seat_id)
    assert bench.server.storage.used(unit) > 0


def test_counters_of_several_workers_add_up() -> None:
    meters = Meters(["GET /a"], workers=2)
    for worker in (0, 1):
        meters.begin(worker)
        meters.answered("GET /a", 200, (10, 20), 0.02)
        meters.answered("GET /a", 429, (0, 5), 0.3)
        meters.waiting(1)
    meters.begin(0)  # it died and was replaced: what it counted stands, nobody waits with it any more
    text = meters.text({"causeway_disk_free_bytes": 5.0})
    assert 'causeway_requests_total{route="GET /a",status="2xx"} 2\n' in text
    assert 'causeway_requests_total{route="GET /a",status="429"} 2\n' in text
    assert 'causeway_answer_seconds_bucket{le="0.025"} 2\n' in text
    assert 'causeway_answer_seconds_bucket{le="+Inf"} 4\n' in text
    assert "causeway_answer_seconds_count 4\n" in text
    assert "causeway_waiting 1\n" in text
    assert "causeway_received_bytes_total 20\n" in text
    assert text.count("# TYPE causeway_answer_seconds histogram\n") == 1
    assert "# TYPE causeway_disk_free_bytes gauge\ncauseway_disk_free_bytes 5\n" in text


def test_counters_are_for_this_machine_only(bench: Bench) -> None:
    reply = bench.ask("GET", "/metrics")  # a caller that is not on the loopback
    assert (reply.status, decode(Problem, reply.body).code) == (404, "http.404")


@pytest.mark.e2e
class TestOnTheLine:
    @pytest.fixture
    def hasty(self, served: Served) -> Served:
        """A server that loses patience with a body after half a second."""
        _allow(served.folder, stall_seconds=0.5, body_seconds=1.5)
        served.start()
        return served

    @pytest.fixture
    def carry(self, hasty: Served, practice: Practice) -> Carry:
        laptop = MemoryReplica(practice.roster, practice.seats["p1"])
        with Transport(hasty.url, insecure_loopback=True) as line:
            return drive(laptop, line.perform).carry

    def head(self, practice: Practice, length: int, token: str = "") -> bytes:
        shared = practice.spaces["shared"]
        session = f"authorization: Bearer {token}\r\n" if token else ""
        text = f"POST /v1/spaces/{shared}/log HTTP/1.1\r\nhost: x\r\n{session}content-length: {length}\r\n\r\n"
        return text.encode()

    def test_a_body_that_stands_still_is_given_up(self, hasty: Served, practice: Practice, carry: Carry) -> None:
        begun = time.monotonic()
        with closing(socket.create_connection(("127.0.0.1", hasty.port))) as line:
            line.sendall(self.head(practice, 1000, carry.token) + b"x" * 10)
            answer = _everything(line)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"body.slow" in answer
        assert b"connection: close" in answer.lower()
        assert 0.4 < time.monotonic() - begun < 10

    def test_a_body_that_drips_is_given_up(self, hasty: Served, practice: Practice, carry: Carry) -> None:
        with closing(socket.create_connection(("127.0.0.1", hasty.port))) as line:
            line.sendall(self.head(practice, 100_000, carry.token))
            ended = threading.Event()

            def drip() -> None:
                while not ended.wait(0.1):
                    try:
                        line.sendall(b"x")
                    except OSError:
                        return

            dripping = threading.Thread(target=drip)
            dripping.start()
            answer = _everything(line)
            ended.set()
            dripping.join()
        assert answer.startswith(b"HTTP/1.1 408 ")

    def test_what_announces_itself_as_huge_is_not_read(self, hasty: Served, practice: Practice, carry: Carry) -> None:
        for length in (100 * MAX_BODY, 10**30):
            with closing(socket.create_connection(("127.0.0.1", hasty.port))) as line:
                line.sendall(self.head(practice, length, carry.token))
                answer = _everything(line)
            assert answer.startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 400 "))

    def test_a_strangers_body_is_not_read(self, hasty: Served, practice: Practice) -> None:
        begun = time.monotonic()
        with closing(socket.create_connection(("127.0.0.1", hasty.port))) as line:
            line.settimeout(5)
            line.sendall(self.head(practice, 1000))
            assert line.recv(100).startswith(b"HTTP/1.1 401 ")
        assert time.monotonic() - begun < 5

    def test_a_push_that_is_under_way_is_ended_before_the_server_goes(
        self, hasty: Served, practice: Practice, carry: Carry
    ) -> None:
        """SIGTERM comes when half of the body is there; the other half still arrives, is stored and receipted."""
        shared = practice.spaces["shared"]
        body = encode(PushBatch(sealed(shared)))
        with closing(socket.create_connection(("127.0.0.1", hasty.port))) as line:
            line.sendall(self.head(practice, len(body), carry.token) + body[:100])
            time.sleep(0.2)
            statuses: list[int] = []
            stopping = threading.Thread(target=lambda: statuses.append(hasty.stop()))
            stopping.start()
            time.sleep(0.2)
            line.sendall(body[100:])
            answer = _everything(line)
            stopping.join()
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert MARK_HEADER.encode() in answer
        assert statuses == [0]
        hasty.start()
        reader = MemoryReplica(practice.roster, practice.seats["h1"])
        with Transport(hasty.url, insecure_loopback=True) as line_again:
            drive(reader, line_again.perform)
        assert reader.cursor(shared).seq == 2

    def test_several_workers_speak_tls_with_the_partnerships_own_certificate(
        self, served: Served, practice: Practice, tmp_path: Path
    ) -> None:
        authority = Authority(tmp_path, "own")
        served.start((*authority.issue(), "--workers", "2"))
        assert served.url.startswith("https://")
        laptop = MemoryReplica(practice.roster, practice.seats["p1"])
        laptop.edit(practice.spaces["shared"], TAG, "aim", 1)
        with Transport(served.url, ca_file=authority.pem) as line:
            assert drive(laptop, line.perform).level
        assert laptop.counts().pending == 0
        assert served.stop() == 0


def _allow(folder: Path, **limits: float) -> None:
    path = folder / SETTINGS_FILE
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["allowance"] = limits
    path.write_text(json.dumps(settings), encoding="utf-8")


def _everything(line: socket.socket) -> bytes:
    """What the server says until it hangs up."""
    line.settimeout(15)
    said = b""
    try:
        while part := line.recv(65536):
            said += part
    except ConnectionResetError:
        pass
    return said
