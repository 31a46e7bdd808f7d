"""A real server process: killed in the middle, cut off, restored from last night, stopped politely."""

import json
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.change import Assign
from sync.client import Carry, long_poll
from sync.envelope import eid_of
from sync.errors import Unreachable
from sync.protocol import NetCall, NetReply, SpaceHeads, decode, open_receipt
from sync.server.cli import main
from sync.transport import Transport
from tests.sync.driver import drive
from tests.sync.memory_replica import MemoryReplica
from tests.sync.practice import Practice
from tests.sync.served import CuttingLine, Served, Stranger

pytestmark = pytest.mark.e2e

TAG = "71" * 16


@pytest.fixture
def laptop(practice: Practice) -> MemoryReplica:
    return MemoryReplica(practice.roster, practice.seats["p1"])


@pytest.fixture
def other(practice: Practice) -> MemoryReplica:
    return MemoryReplica(practice.roster, practice.seats["h1"])


@pytest.fixture
def cutting(served: Served) -> Iterator[CuttingLine]:
    served.start()
    line = CuttingLine(served.port)
    yield line
    line.close()


def _line(url: str) -> Transport:
    return Transport(url, insecure_loopback=True, read_seconds=5)


def test_what_was_receipted_survives_a_kill_in_mid_push(
    served: Served, practice: Practice, laptop: MemoryReplica, other: MemoryReplica
) -> None:
    """1,500 new records are being pushed when the server dies; then they arrive whole, none twice."""
    shared = practice.spaces["shared"]
    cids = {laptop.write(shared, TAG, Assign("case", "r", f"field{number}", number)) for number in range(1500)}
    served.start()
    pushes = 0

    with _line(served.url) as transport:

        def perform(call: NetCall) -> NetReply:
            nonlocal pushes
            pushes += call.method == "POST" and call.path.endswith("/log")
            if pushes == 4:
                threading.Timer(0.01, served.kill).start()
            return transport.perform(call)

        first = drive(laptop, perform)
    assert first.failure in {"net.cut", "net.refused"}
    copy = laptop.copies[shared]
    server_key = laptop.server_key()
    assert server_key is not None
    receipted = {eid: seq for raw in copy.receipts for eid, seq in open_receipt(raw, server_key).items}
    assert receipted
    time.sleep(0.1)  # the timer's kill has been carried out
    served.start()
    with _line(served.url) as transport:
        assert drive(laptop, transport.perform).level
        assert drive(other, transport.perform).level
        logged = _log(transport, shared, laptop)
    assert {seq: eid for eid, seq in receipted.items()}.items() <= dict(enumerate(logged, 1)).items()
    assert len(logged) == len(set(logged)) == 1501
    assert laptop.counts().pending == 0
    assert set(other.copies[shared].changes) == cids
    assert other.fold(shared) == laptop.fold(shared)


def _log(transport: Transport, space: str, reader: MemoryReplica) -> list[str]:
    """Every eid in the order of the log, as the server serves it now to a reader who starts anew."""
    reader.restart_space(space, reader.cursor(space).epoch)
    read: list[str] = []
    real = reader.take_page

    def take_page(page_space: str, page: object) -> object:
        taken = real(page_space, page)  # type: ignore[arg-type]  # passed through as it came
        if page_space == space:
            read.extend(eid_of(raw) for raw in getattr(page, "entries"))  # noqa: B009  passed through as it came
        return taken

    reader.take_page = take_page  # type: ignore[method-assign,assignment]  # one reading with an ear on it
    assert drive(reader, transport.perform).level
    del reader.take_page
    return read


@pytest.mark.parametrize("cut_after", [0, 1, 40, 150, 230])
def test_an_answer_cut_after_the_commit_ends_as_a_duplicate(
    cutting: CuttingLine, practice: Practice, laptop: MemoryReplica, cut_after: int
) -> None:
    shared = practice.spaces["shared"]
    laptop.edit(shared, TAG, "aim", 1)
    cutting.path, cutting.cut_after = b"POST /v1/spaces/", cut_after
    with _line(f"http://127.0.0.1:{cutting.port}") as transport:
        result = drive(laptop, transport.perform)
    assert cutting.cuts == 1
    assert result.level
    assert laptop.counts().pending == 0
    assert laptop.cursor(shared).seq == 2


def test_a_cut_page_is_no_short_page(
    cutting: CuttingLine, practice: Practice, laptop: MemoryReplica, other: MemoryReplica
) -> None:
    shared = practice.spaces["shared"]
    laptop.edit(shared, TAG, "aim", 1)
    with _line(f"http://127.0.0.1:{cutting.port}") as transport:
        drive(laptop, transport.perform)
        cutting.path, cutting.cut_after = f"GET /v1/spaces/{shared}/log".encode(), 600
        cut = drive(other, transport.perform)
        assert (cut.failure, other.cursor(shared).seq) == ("net.cut", 0)
        assert drive(other, transport.perform).level
    assert other.fold(shared) == laptop.fold(shared)


def test_a_captive_portal_changes_nothing(served: Served, practice: Practice, laptop: MemoryReplica) -> None:
    shared = practice.spaces["shared"]
    laptop.edit(shared, TAG, "aim", 1)
    page = b"<html>Please accept our terms</html>"
    portal = Stranger(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: %d\r\n\r\n%s" % (len(page), page))
    try:
        with _line(portal.url) as transport:
            result = drive(laptop, transport.perform)
    finally:
        portal.close()
    assert (result.failure, result.answered, laptop.counts().pending) == ("net.captive", False, 2)
    assert {row.state for row in laptop.copies[shared].outbox.values()} == {"queued"}
    served.start()
    with _line(served.url) as transport:
        assert drive(laptop, transport.perform).level
    assert laptop.counts().pending == 0


def test_last_nights_backup_is_healed_by_the_laptops(
    served: Served, practice: Practice, laptop: MemoryReplica, other: MemoryReplica, tmp_path: Path
) -> None:
    shared, folder, backup = practice.spaces["shared"], str(served.folder), str(tmp_path / "night.backup")
    served.start()
    with _line(served.url) as transport:
        laptop.edit(shared, TAG, "aim", "evening")
        drive(laptop, transport.perform)
        assert main(["backup", "--dir", folder, "--to", backup]) == 0
        laptop.edit(shared, TAG, "status", "night")
        drive(laptop, transport.perform)
        drive(other, transport.perform)
    before = laptop.cursor(shared)
    assert served.stop() == 0
    assert main(["restore", "--dir", folder, "--from", backup]) == 0
    served.start()
    with _line(served.url) as transport:
        healed = drive(other, transport.perform)  # nobody's own entries: what it holds of others heals too
        assert shared in healed.restarted
        result = drive(laptop, transport.perform)
    assert result.level
    assert shared in result.restarted
    after = laptop.cursor(shared)
    assert (after.seq, after.epoch != before.epoch) == (before.seq, True)
    assert laptop.counts().pending == 0
    assert {value[0].value for value in other.fold(shared).values()} == {"evening", "night"}


def test_a_long_poll_sees_what_another_process_wrote(
    served: Served, practice: Practice, laptop: MemoryReplica, other: MemoryReplica
) -> None:
    shared = practice.spaces["shared"]
    served.start()
    first_url = served.url
    second = Served.__new__(Served)
    second.__dict__.update(served.__dict__, port=0, _process=None)
    second.start()
    try:
        with _line(first_url) as transport, _line(second.url) as elsewhere:
            carry = drive(other, transport.perform).carry
            laptop.edit(shared, TAG, "aim", 1)
            writing = threading.Timer(0.3, lambda: drive(laptop, elsewhere.perform))
            writing.start()
            begun = time.monotonic()
            heads = decode(SpaceHeads, transport.perform(long_poll(carry.token, carry.since)).body)
            writing.join()
    finally:
        second.close()
    assert [item.space for item in heads.spaces] == [shared]
    assert time.monotonic() - begun < 10


def test_sigterm_lets_a_waiting_laptop_go(served: Served, laptop: MemoryReplica) -> None:
    served.start()
    with _line(served.url) as transport:
        carry: Carry = drive(laptop, transport.perform).carry
        stopped: list[int] = []
        stopping = threading.Timer(0.3, lambda: stopped.append(served.stop()))
        stopping.start()
        begun = time.monotonic()
        try:
            spaces = decode(SpaceHeads, transport.perform(long_poll(carry.token, carry.since)).body).spaces
        except Unreachable:
            spaces = ()
        stopping.join()
    assert spaces == ()
    assert stopped == [0]
    assert time.monotonic() - begun < 8


def test_the_folder_is_the_operators_alone_and_the_access_log_holds_ids(served: Served, laptop: MemoryReplica) -> None:
    served.start()
    with _line(served.url) as transport:
        drive(laptop, transport.perform)
    served.stop()
    assert not {path.name for path in served.folder.iterdir() if stat.S_IMODE(path.stat().st_mode) & 0o077}
    assert laptop.seat_id in (served.folder / "access.log").read_text()


def test_the_command_refuses_in_one_sentence(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, roster = str(served.folder), str(tmp_path / "roster.json")
    (tmp_path / "bad.json").write_text(json.dumps({"name": "x"}))
    (tmp_path / "bad.backup").write_bytes(b"no database" * 100)
    refusals = {
        "server.exists": ["init", "--dir", folder, "--roster", roster],
        "roster.form": ["init", "--dir", str(tmp_path / "new"), "--roster", str(tmp_path / "bad.json")],
        "server.missing": ["run", "--dir", str(tmp_path / "none"), "--insecure-loopback"],
        "server.plain": ["run", "--dir", folder],
        "server.backup": ["restore", "--dir", folder, "--from", str(tmp_path / "bad.backup")],
        "FileNotFoundError": ["init", "--dir", str(tmp_path / "new"), "--roster", str(tmp_path / "none.json")],
    }
    for code, arguments in refusals.items():
        assert main(arguments) == 2
        assert f"[{code}]" in capsys.readouterr().err
    assert main(["run", "--dir", folder, "--host", "0.0.0.0", "--insecure-loopback"]) == 2  # noqa: S104  it must be refused
    assert "[server.plain]" in capsys.readouterr().err
    served.start()
