"""The two commands of the sync bench as strangers run them: real processes, any JSON objects, any sensible order."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from sync.server.serving import TICK_SECONDS
from tests.bench.records import BadData, edited, read_records, two_fields
from tests.e2e.processes import PATIENCE_SECONDS, ROOT

RECORDS = (
    {"name": "Wren", "age": 31, "active": True},
    {"nested": {"deep": [{"er": [1, 2.5, None]}]}, "text": "Überfahrt\n", "": "no name"},
    {"only": [1, 2, 3]},
    {"name_protected": False, "rule": {"level": "free"}, "state": "given", "big": 12345678901234567890},
)
KEYS = {"cmd", "n", "docs", "wall_s", "client_cpu_s", "server_cpu_s", "lo_bytes"}


class Server:
    """`python -m tests.bench.sync_server` in a folder, on the port of the last time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = "0"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.bench.sync_server", str(self.folder), self.port]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said.startswith("listening on http://127.0.0.1:"), said
        self.url = said.removeprefix("listening on ").strip()
        self.port = self.url.rpartition(":")[2]

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(timeout=30) == 0
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    one = Server(tmp_path / "a folder" / "server")
    yield one
    one.stop()


def run(server: Server, data: Path | None, *said: str, pid: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"DATA", "SERVER_PID"}}
    if data is not None:
        environment["DATA"] = str(data)
    environment["SERVER_PID"] = str(server.process.pid) if pid is None else pid
    command = [sys.executable, "-m", "tests.bench.sync_client", *said]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=90)


def result(server: Server, data: Path, *said: str) -> dict[str, Any]:
    done = run(server, data, *said)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith("RESULT {")
    read: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
    return read


def data_file(folder: Path, records: Sequence[object] = RECORDS) -> Path:
    path = folder / "data.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in records) + "\n\n", encoding="utf-8")
    return path


def test_records_go_from_one_laptop_to_new_ones_are_edited_and_go_round(server: Server, tmp_path: Path) -> None:
    data, first, second = data_file(tmp_path), str(tmp_path / "one"), str(tmp_path / "two")
    seeded = result(server, data, "seed", server.url, first, "9")
    assert seeded.keys() == KEYS
    assert (seeded["cmd"], seeded["n"], seeded["docs"]) == ("seed", 9, 9)
    pulled = result(server, data, "pull", server.url, second, "9")
    assert (pulled["docs"], pulled["n"]) == (9, 9)
    assert pulled["lo_bytes"] > 2000
    assert min(pulled["client_cpu_s"], pulled["server_cpu_s"], pulled["wall_s"]) > 0
    server.stop()
    server.start()
    pushed = result(server, data, "push", server.url, second, "5")
    assert pushed.keys() == KEYS | {"edit_wall_s"}
    trips = result(server, data, "rt", server.url, first, "4")
    assert trips.keys() == KEYS | {"median_ms", "p95_ms", "bytes_each"}
    assert 0 < trips["median_ms"] <= trips["p95_ms"]
    assert trips["bytes_each"] == pytest.approx(trips["lo_bytes"] / 4, abs=0.1)
    assert result(server, data, "seed", server.url, first, "2")["docs"] == 11
    (tmp_path / "there already").mkdir()
    assert result(server, data, "rt", server.url, str(tmp_path / "there already"), "2")["docs"] == 11


def test_what_is_missing_is_said_in_a_word(server: Server, tmp_path: Path) -> None:
    data, folder = data_file(tmp_path), str(tmp_path / "one")
    refusals = {
        "DATA is not set": run(server, None, "seed", server.url, folder, "3"),
        "cannot be read": run(server, tmp_path / "no such file", "seed", server.url, folder, "3"),
        "SERVER_PID is not set": run(server, data, "pull", server.url, folder, "3", pid=""),
        "Seed it first": run(server, data, "pull", server.url, folder, "3"),
        "seed the server first": run(server, data, "rt", server.url, folder, "3"),
        "N is at least 1": run(server, data, "rt", server.url, folder, "0"),
        "net.refused": run(server, data, "pull", "http://127.0.0.1:9", str(tmp_path / "other"), "3"),
    }
    for words, done in refusals.items():
        assert done.returncode == 2, words
        assert words in done.stderr
        assert "Traceback" not in done.stderr
        assert not done.stdout


def test_the_server_outlives_the_shell_that_started_it(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    command = f"{sys.executable} -m tests.bench.sync_server {tmp_path / 'server'} 0 > {log} & echo $!"
    pid = int(subprocess.check_output(["sh", "-c", command], cwd=ROOT, text=True))
    try:
        until(lambda: log.exists() and log.read_text(encoding="utf-8").startswith("listening on "))
        time.sleep(3 * TICK_SECONDS)  # so often a worker among several looks for its parent
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        assert state in {"R", "S"}
    finally:
        os.kill(pid, signal.SIGTERM)


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        time.sleep(0.1)
        assert time.monotonic() < deadline, "it never came"


def test_a_laptop_of_another_server_is_told_so(server: Server, tmp_path: Path) -> None:
    data, folder = data_file(tmp_path), str(tmp_path / "one")
    result(server, data, "seed", server.url, folder, "1")
    other = Server(tmp_path / "other")
    try:
        refused = run(other, data, "pull", other.url, folder, "1")
    finally:
        other.stop()
    assert refused.returncode == 2
    assert "another bench server" in refused.stderr


@pytest.mark.parametrize("line", ["[1]", "{}", "{", "3", '"text"'])
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(f'{{"a": 1}}\n{line}\n', encoding="utf-8")
    with pytest.raises(BadData, match="line 2"):
        list(read_records(path, 3))


def test_a_file_of_few_records_is_read_again(tmp_path: Path) -> None:
    records = list(read_records(data_file(tmp_path), 9))
    assert records[0] == records[4] == records[8] == RECORDS[0]


def test_the_edited_fields_are_the_first_plain_ones_and_change() -> None:
    assert [tuple(two_fields(record)) for record in RECORDS] == [
        ("name", "age"),
        ("text", ""),
        ("only",),
        ("name_protected", "state"),
    ]
    for record in RECORDS:
        for name in two_fields(record):
            assert edited(record[name], 7) != record[name]
