"""What an operator does by hand: backup and restore on either database, announced or not, the doctor, the fleet."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sync.errors import SyncError
from sync.protocol import NetCall, decode
from sync.restored import Restores, announced, open_notice
from sync.server.cli import main
from sync.server.doctor import DAY, Grade, examine
from sync.server.settings import BLOBS_FOLDER, OPERATOR_KEY_FILE, open_server, open_storage, read_settings
from sync.transport import Transport
from tests.contracts.postgres import Cluster, running_cluster
from tests.sync.certificates import Authority
from tests.sync.driver import drive
from tests.sync.memory_replica import MemoryReplica
from tests.sync.practice import Practice
from tests.sync.served import Served

pytestmark = pytest.mark.e2e

postgres = pytest.fixture(scope="module")(running_cluster)

TAG = "71" * 16


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path, practice: Practice) -> Iterator[Served]:
    """A server on either database, not yet started."""
    database = ""
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgres")
        database = cluster.new_database()
    server = Served(tmp_path, practice, database=database)
    yield server
    server.close()


def _line(server: Served) -> Transport:
    return Transport(server.url, insecure_loopback=True, read_seconds=10)


def _restores(line: Transport) -> Restores:
    return decode(Restores, line.perform(NetCall("GET", "/v1/restores")).body)


def test_an_announced_restore_is_signed_and_healed(either: Served, practice: Practice, tmp_path: Path) -> None:
    shared, folder, backup = practice.spaces["shared"], str(either.folder), tmp_path / "night"
    laptop = MemoryReplica(practice.roster, practice.seats["p1"])
    key = tmp_path / OPERATOR_KEY_FILE
    (either.folder / OPERATOR_KEY_FILE).rename(key)
    blob = either.folder / BLOBS_FOLDER / shared / ("ab" * 32)
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"ciphertext")
    either.start()
    with _line(either) as line:
        assert _restores(line).notices == ()
        laptop.edit(shared, TAG, "aim", "evening")
        drive(laptop, line.perform)
        assert main(["backup", "--dir", folder, "--to", str(backup)]) == 0
        laptop.edit(shared, TAG, "status", "night")
        drive(laptop, line.perform)
    before = laptop.cursor(shared)
    assert main(["restore", "--dir", folder, "--from", str(backup), "--operator-key", str(key)]) == 2  # it runs
    assert either.stop() == 0
    blob.unlink()
    assert main(["restore", "--dir", folder, "--from", str(backup), "--operator-key", str(key)]) == 0
    assert blob.read_bytes() == b"ciphertext"
    either.start()
    with _line(either) as line:
        told = _restores(line)
        result = drive(laptop, line.perform)
    after = laptop.cursor(shared)
    assert result.level
    assert (after.seq, after.epoch != before.epoch, laptop.counts().pending) == (before.seq, True, 0)
    notices = [open_notice(raw, told.operator_key) for raw in told.notices]
    assert announced(notices, shared, before.epoch, after.epoch) == tuple(notices)
    (space,) = (each for each in notices[0].spaces if each.space == shared)
    assert (space.was, space.now.seq) == (before, 2)
    assert announced(notices, shared, before.epoch, "00" * 16) == ()
    assert announced(notices, shared, "00" * 16, after.epoch) == ()
    forged = bytearray(told.notices[0])
    forged[20] ^= 1
    with pytest.raises(SyncError):
        open_notice(bytes(forged), told.operator_key)


def test_restores_one_after_the_other_lead_from_the_first_epoch_to_the_last(
    either: Served, practice: Practice, tmp_path: Path
) -> None:
    shared, folder, key = practice.spaces["shared"], str(either.folder), str(either.folder / OPERATOR_KEY_FILE)
    assert main(["backup", "--dir", folder, "--to", str(tmp_path / "one")]) == 0
    epochs = []
    for _ in range(3):
        storage = open_storage(either.folder, read_settings(either.folder))
        epochs.append(storage.heads([shared])[shared].epoch)
        storage.close()
        assert main(["restore", "--dir", folder, "--from", str(tmp_path / "one"), "--operator-key", key]) == 0
    server = open_server(either.folder)
    last = server.storage.heads([shared])[shared].epoch
    notices = [open_notice(raw, server.restores.operator_key) for raw in server.restores.notices]
    server.storage.close()
    assert len({*epochs, last}) == 4
    assert announced(notices, shared, epochs[0], last) == tuple(notices)


def test_a_restore_without_the_operators_key_is_not_announced(
    either: Served, practice: Practice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(either.folder)
    assert main(["backup", "--dir", folder, "--to", str(tmp_path / "one")]) == 0
    assert main(["restore", "--dir", folder, "--from", str(tmp_path / "one")]) == 0
    assert "not announced" in capsys.readouterr().out
    server = open_server(either.folder)
    assert server.restores.notices == ()
    server.storage.close()


def test_a_broken_backup_changes_nothing(either: Served, practice: Practice, tmp_path: Path) -> None:
    shared, folder, backup = practice.spaces["shared"], str(either.folder), tmp_path / "one"
    assert main(["backup", "--dir", folder, "--to", str(backup)]) == 0
    assert main(["backup", "--dir", folder, "--to", str(backup)]) == 2  # it is there already
    before = open_server(either.folder)
    heads = before.storage.heads([shared])
    before.storage.close()
    for part in backup.glob("log.*"):
        part.write_bytes(part.read_bytes()[:1000])
    assert main(["restore", "--dir", folder, "--from", str(backup)]) == 2
    (backup / "backup.json").unlink()
    assert main(["restore", "--dir", folder, "--from", str(backup)]) == 2
    after = open_server(either.folder)
    assert after.storage.heads([shared]) == heads
    after.storage.close()


def test_a_lost_machine_is_restored_into_an_empty_folder(either: Served, practice: Practice, tmp_path: Path) -> None:
    shared, new = practice.spaces["shared"], tmp_path / "elsewhere"
    laptop = MemoryReplica(practice.roster, practice.seats["p1"])
    laptop.edit(shared, TAG, "aim", 1)
    either.start()
    with _line(either) as line:
        drive(laptop, line.perform)
        key = _restores(line).operator_key
    either.stop()
    assert main(["backup", "--dir", str(either.folder), "--to", str(tmp_path / "one")]) == 0
    operator = str(either.folder / OPERATOR_KEY_FILE)
    assert main(["restore", "--dir", str(new), "--from", str(tmp_path / "one"), "--operator-key", operator]) == 0
    moved = Served.of(new)
    moved.start()
    try:
        with _line(moved) as line:
            assert drive(laptop, line.perform).level
            assert _restores(line).operator_key == key
    finally:
        moved.close()
    assert laptop.cursor(shared).seq == 2


def _grades(folder: Path, now: float, *tls: Path) -> dict[str, Grade]:
    return {finding.what: finding.grade for finding in examine(folder, now, *tls)}


def test_the_doctor_finds_a_healthy_server_healthy(either: Served, practice: Practice, tmp_path: Path) -> None:
    folder, now = either.folder, time.time()
    assert _grades(folder, now)["backup"] is Grade.BAD
    assert main(["doctor", "--dir", str(folder)]) == 2
    assert main(["backup", "--dir", str(folder), "--to", str(tmp_path / "one")]) == 0
    assert _grades(folder, now)["operator key"] is Grade.WARN
    (folder / OPERATOR_KEY_FILE).unlink()
    grades = _grades(folder, now)
    assert {grades[what] for what in ("folder", "tls", "database", "clock", "backup")} == {Grade.OK}
    assert _grades(folder, now + 2 * DAY)["backup"] is Grade.WARN
    assert _grades(folder, now + 8 * DAY)["backup"] is Grade.BAD


def test_the_doctor_says_what_is_wrong(served: Served, practice: Practice, tmp_path: Path) -> None:
    folder, now, shared = served.folder, time.time(), practice.spaces["shared"]
    laptop = MemoryReplica(practice.roster, practice.seats["p1"])
    laptop.edit(shared, TAG, "aim", 1)
    served.start()
    with _line(served) as line:
        drive(laptop, line.perform)
    served.stop()
    assert _grades(folder, now - DAY)["clock"] is Grade.BAD
    with closing(sqlite3.connect(folder / "log.sqlite")) as file:
        file.execute("DELETE FROM entry WHERE seq = 1")
        file.commit()
    (fault,) = (each for each in examine(folder, now) if each.what == "database")
    assert fault.grade is Grade.BAD
    assert shared in fault.sentence
    folder.chmod(0o755)
    assert _grades(folder, now)["folder"] is Grade.BAD
    folder.chmod(0o700)
    (folder / "roster.json").write_text("{}")
    assert _grades(folder, now)["members"] is Grade.BAD


def test_the_doctor_reads_the_certificate(served: Served, tmp_path: Path) -> None:
    _, certificate, _, key = Authority(tmp_path, "own").issue()
    pair, now = (Path(certificate), Path(key)), time.time()
    assert _grades(served.folder, now, *pair)["tls"] is Grade.WARN  # an hour is less than three weeks
    assert _grades(served.folder, now + DAY, *pair)["tls"] is Grade.BAD
    assert _grades(served.folder, now - DAY, *pair)["tls"] is Grade.BAD
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    assert Grade.BAD in {
        finding.grade
        for finding in examine(served.folder, now, pair[0], Path(Authority(foreign, "own").issue()[3]))
        if finding.what == "tls"
    }
    assert _grades(served.folder, now, pair[1], pair[0])["tls"] is Grade.BAD


def test_the_fleet_is_ids_only(served: Served, practice: Practice, capsys: pytest.CaptureFixture[str]) -> None:
    laptop = MemoryReplica(practice.roster, practice.seats["p1"])
    served.start()
    with _line(served) as line:
        drive(laptop, line.perform)
    assert main(["fleet", "--dir", str(served.folder)]) == 0
    lines = capsys.readouterr().out.splitlines()[-3:]
    seen = [line for line in lines if "never" not in line]
    assert [line.split()[0] for line in seen] == [laptop.seat_id]
    assert sorted(line.split()[0] for line in lines) == sorted(seat.id for seat in practice.roster.seats)
    assert not any(seat.name in line.split() for line in lines for seat in practice.roster.seats)
