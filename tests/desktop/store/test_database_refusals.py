"""A store that cannot be opened or written is named by a Known failure, and every byte of it stays as it was."""

import hashlib
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from desktop.errors import KnownError
from desktop.store.database import PAGE_SIZE, Database
from desktop.store.migrate import open_store
from desktop.store.refusals import REFUSALS
from desktop.store.steps import shipped_steps

KEY = bytes(range(32))
ROWS = 40

CHILD = """
import os, resource, signal, sys
from pathlib import Path
from desktop.errors import KnownError
from desktop.store.database import Database
from desktop.store.migrate import open_store

path, key = Path(sys.argv[1]), bytes(range(32))

def fill(database, rows=200):
    with database.transaction():
        new = [(os.urandom(8).hex(), os.urandom(2000)) for _ in range(rows)]
        database.executemany("INSERT INTO meta VALUES (?, ?)", new)

def count(database):
    return database.value("SELECT count(*) FROM meta")

def report(call):
    try:
        call()
        print("done")
    except KnownError as error:
        print(error.code)
"""


def child(body: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CHILD + body, str(path)], capture_output=True, text=True, check=False, timeout=60
    )


def make(path: Path) -> Path:
    database = open_store(path, KEY, create=True)
    with database.transaction():
        rows = [(f"k{index}", hashlib.sha512(bytes([index])).hexdigest() * 20) for index in range(ROWS)]
        database.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", rows)
    database.close()
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make(tmp_path_factory.mktemp("whole") / "store.db").read_bytes()


@pytest.fixture
def store(tmp_path: Path, whole: bytes) -> Path:
    path = tmp_path / "store.db"
    path.write_bytes(whole)
    return path


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user may look into (pytest's own may not)."""
    with tempfile.TemporaryDirectory(prefix="cw-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def left(folder: Path) -> dict[str, bytes]:
    """Every file with its bytes; the empty lock file is ours."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(".lock")}


def refused(path: Path, key: bytes = KEY, *, everything: bool = False) -> str:
    """The code with which the store is refused, after checking that no byte changed and nothing new lies there."""
    before = left(path.parent)
    with pytest.raises(KnownError) as caught:
        Database.open(path, key, everything=everything).close()
    assert left(path.parent) == before
    assert caught.value.code in REFUSALS
    return caught.value.code


def readable(path: Path) -> int:
    database = open_store(path, KEY)
    found = int(database.value("SELECT count(*) FROM meta"))
    database.close()
    return found


def test_missing_and_existing(tmp_path: Path, store: Path) -> None:
    with pytest.raises(KnownError, match=r"store\.missing"):
        Database.open(tmp_path / "nothing.db", KEY)
    with pytest.raises(KnownError, match=r"store\.missing"):
        Database.open(tmp_path / "no folder" / "store.db", KEY, create=True)
    before = left(tmp_path)
    with pytest.raises(KnownError, match=r"store\.exists"):
        Database.open(store, KEY, create=True)
    assert left(tmp_path) == before


def test_wrong_key(store: Path) -> None:
    assert refused(store, bytes(32)) == "store.wrong_key"
    assert readable(store) == ROWS


def test_wrong_key_with_changes_still_in_the_wal(store: Path) -> None:
    ended = child("database = open_store(path, key)\nfill(database)\nos.kill(os.getpid(), signal.SIGKILL)\n", store)
    assert ended.returncode == -signal.SIGKILL
    assert store.with_name("store.db-wal").stat().st_size > 0
    assert refused(store, bytes(32)) == "store.wrong_key"
    assert readable(store) == ROWS + 200


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_flipped_byte_anywhere_is_found_at_open(store: Path, whole: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(whole) - 1))
    bit = data.draw(st.integers(0, 7))
    store.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << bit)]) + whole[place + 1 :])
    code = refused(store)
    assert code == ("store.wrong_key" if place < PAGE_SIZE else "store.corrupt")


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
@example(data=None)
def test_a_store_cut_off_anywhere_is_found_at_open(store: Path, whole: bytes, data: st.DataObject | None) -> None:
    pages = len(whole) // PAGE_SIZE
    lengths = [0, 1, PAGE_SIZE - 1, len(whole) - 1, *(PAGE_SIZE * page for page in range(pages))]
    for length in lengths if data is None else [data.draw(st.integers(0, len(whole) - 1))]:
        store.write_bytes(whole[:length])
        assert refused(store) == "store.truncated"


def test_a_folder_nobody_else_may_look_into(open_folder: Path, whole: bytes) -> None:
    path = open_folder / "store.db"
    path.write_bytes(whole)
    open_folder.chmod(0o700)
    drop = "os.geteuid() or (os.setgid(65534), os.setuid(65534))\nos.getuid() == 65534 or path.parent.chmod(0)\n"
    ended = child(f"{drop}report(lambda: Database.open(path, key))\n", path)
    open_folder.chmod(0o755)
    assert (ended.stdout.strip(), ended.stderr) == ("store.read_only", "")
    assert path.read_bytes() == whole


def test_something_else_under_the_name(store: Path, whole: bytes) -> None:
    store.write_bytes(b"\0" * len(whole))
    assert refused(store) == "store.wrong_key"


def test_newer(store: Path) -> None:
    database = open_store(store, KEY)
    with database.transaction():
        database.execute(f"PRAGMA user_version = {len(shipped_steps()) + 1}")
    database.close()
    assert refused(store) == "store.newer"


@pytest.mark.parametrize("what", ["folder", "file"])
def test_read_only(open_folder: Path, whole: bytes, what: str) -> None:
    folder = open_folder
    path = folder / "store.db"
    path.write_bytes(whole)
    (folder / "store.db.lock").touch()
    folder.chmod(0o555 if what == "folder" else 0o777)
    (folder / "store.db.lock").chmod(0o666)
    path.chmod(0o666 if what == "folder" else 0o444)
    before = left(folder)
    drop = "if os.geteuid() == 0:\n    os.setgid(65534), os.setuid(65534)\n"  # nothing is read-only for root
    ended = child(f"{drop}assert path.read_bytes()\nreport(lambda: Database.open(path, key))\n", path)
    folder.chmod(0o755)
    assert (ended.stdout.strip(), ended.stderr) == ("store.read_only", "")
    assert left(folder) == before


def test_open_in_another_process(store: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", f"{CHILD}\nd = open_store(path, key)\nprint('open', flush=True)\ninput()\n", str(store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        assert refused(store) == "store.locked_by_other"
        holder.kill()
    assert readable(store) == ROWS  # the lock goes with the process, however it ended


def test_open_twice_in_one_process(store: Path) -> None:
    database = open_store(store, KEY)
    assert refused(store) == "store.locked_by_other"
    database.close()
    assert readable(store) == ROWS


def test_a_full_disk_loses_only_what_was_not_saved(store: Path) -> None:
    """SQLite's own limit of pages gives the error a full disk gives (SQLITE_FULL), at the same places."""
    database = open_store(store, KEY)
    before = store.read_bytes()
    pages = database.value("PRAGMA page_count")
    database.query(f"PRAGMA max_page_count = {pages + 1}")
    rows = [(f"n{index}", "x" * 2000) for index in range(200)]
    with pytest.raises(KnownError, match=r"store\.disk_full"), database.transaction():
        database.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", rows)
    assert store.read_bytes() == before
    assert database.value("SELECT count(*) FROM meta") == ROWS
    database.query("PRAGMA max_page_count = 100000")
    with database.transaction():
        database.execute("INSERT INTO meta (key, value) VALUES ('after', 'x')")
    database.close()
    assert readable(store) == ROWS + 1


@pytest.mark.parametrize("kilobytes", [200, 300, 500])
def test_a_file_that_may_not_grow_loses_only_what_was_not_saved(store: Path, kilobytes: int) -> None:
    """The system itself refuses the write (RLIMIT_FSIZE): in the WAL, at the commit or at the checkpoint."""
    ended = child(
        f"limit = {kilobytes} * 1024\n"
        "database = open_store(path, key)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))\n"
        "report(lambda: fill(database))\n"
        "print(count(database), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n",
        store,
    )
    assert ended.stdout.split() == ["store.disk_failed", str(ROWS)], ended.stderr
    assert readable(store) == ROWS


def test_a_full_disk_still_opens_and_shows_everything_also_what_is_only_in_the_wal(store: Path) -> None:
    child("database = open_store(path, key)\nfill(database)\nos.kill(os.getpid(), signal.SIGKILL)\n", store)
    before = left(store.parent)
    no_room = "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"  # not even for a reader's side file
    body = (
        "database = open_store(path, key)\nprint(count(database))\nreport(lambda: fill(database))\ndatabase.close()\n"
    )
    wrong = child(f"{no_room}report(lambda: open_store(path, bytes(32)))\n", store)
    assert wrong.stdout.strip() == "store.disk_failed", wrong.stderr
    assert left(store.parent) == before
    ended = child(no_room + body, store)
    assert ended.stdout.split() == [str(ROWS + 200), "store.disk_failed"], ended.stderr
    assert readable(store) == ROWS + 200


@pytest.mark.parametrize(
    "spoil", [lambda data: data[: len(data) // 2], lambda data: data + bytes(5000), lambda data: b"\0" * len(data)]
)
def test_a_wal_that_was_cut_or_overwritten_never_spoils_the_store(store: Path, spoil: Callable[[bytes], bytes]) -> None:
    child("database = open_store(path, key)\nfill(database)\nos.kill(os.getpid(), signal.SIGKILL)\n", store)
    wal = store.with_name("store.db-wal")
    wal.write_bytes(spoil(wal.read_bytes()))
    assert readable(store) in {ROWS, ROWS + 200}


def test_a_torn_page_that_the_wal_holds_is_no_damage(store: Path) -> None:
    """A power cut while the WAL was being folded in: the page is torn in the file and whole in the WAL."""
    child("database = open_store(path, key)\nfill(database)\nos.kill(os.getpid(), signal.SIGKILL)\n", store)
    data = bytearray(store.read_bytes())
    data[PAGE_SIZE - 100 : PAGE_SIZE] = bytes(100)  # page 1, which every growing transaction writes
    store.write_bytes(data)
    assert readable(store) == ROWS + 200
