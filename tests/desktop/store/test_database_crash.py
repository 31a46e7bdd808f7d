"""The process killed at statement k of a save, for every k: afterwards the whole save is there, or nothing of it."""

import signal
import subprocess
import sys
from pathlib import Path

from desktop.store.audit import Audit
from desktop.store.drafts import Drafts
from desktop.store.migrate import open_store

KEY = bytes(range(32))

CHILD = """
import os, signal, sys
from pathlib import Path
from desktop.store.audit import Audit
from desktop.store.drafts import Drafts
from desktop.store.migrate import open_store

path, k, draft_id, count = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], 0
database = open_store(path, bytes(range(32)))

def observe(number, sql):
    global count
    count += 1
    if count == k:
        os.kill(os.getpid(), signal.SIGKILL)

database._observer = observe
drafts, audit = Drafts(database, lambda: 2000), Audit(database, lambda: 2000)
"""
SAVE = "drafts.save_answers(draft_id, {'/a': 'new', '/b': 'new', '/c': None})\n"
FINISH = """
with database.transaction():
    drafts.finish(draft_id)
    audit.append("record finished", draft_id, "typed text")
"""


def run(body: str, path: Path, k: int, draft_id: str) -> int:
    ended = subprocess.run(
        [sys.executable, "-c", CHILD + body + "database.close()\n", str(path), str(k), draft_id],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode in {0, -signal.SIGKILL}, ended.stderr
    return ended.returncode


def begun(path: Path) -> str:
    database = open_store(path, KEY, create=True)
    drafts = Drafts(database, lambda: 1000)
    draft_id = drafts.begin("risk", "1", "00")
    drafts.save_answers(draft_id, {"/a": "old", "/c": "old"})
    database.close()
    return draft_id


def state(path: Path, draft_id: str) -> tuple[dict[str, str] | None, int]:
    database = open_store(path, KEY)
    assert database.verify() == 0
    verdict = Audit(database, lambda: 0).verify()
    assert verdict.sound
    draft = Drafts(database, lambda: 0).load(draft_id)
    database.close()
    return (None if draft is None else draft.answers), verdict.lines


def outcomes(body: str, folder: Path) -> list[tuple[dict[str, str] | None, int]]:
    """What is found after a kill at statement 1, 2, 3 …, and last after a run that was not killed."""
    found = []
    for k in range(1, 40):
        path = folder / f"store{k}.db"
        draft_id = begun(path)
        ended = run(body, path, k, draft_id)
        found.append(state(path, draft_id))
        if ended == 0:
            return found
    raise AssertionError("never ran to its end")


def test_saving_answers(tmp_path: Path) -> None:
    before = ({"/a": "old", "/c": "old"}, 0)
    after = ({"/a": "new", "/b": "new"}, 0)
    found = outcomes(SAVE, tmp_path)
    assert len(found) > 5
    assert found == [before] * (len(found) - 1) + [after]


def test_finishing_a_draft_and_logging_it_in_one_transaction(tmp_path: Path) -> None:
    before = ({"/a": "old", "/c": "old"}, 0)
    after = (None, 1)
    found = outcomes(FINISH, tmp_path)
    assert len(found) > 6
    assert found == [before] * (len(found) - 1) + [after]


def test_killed_after_the_commit_and_before_the_close(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    draft_id = begun(path)
    assert run(SAVE + "os.kill(os.getpid(), signal.SIGKILL)\n", path, 0, draft_id) == -signal.SIGKILL
    assert state(path, draft_id) == ({"/a": "new", "/b": "new"}, 0)
