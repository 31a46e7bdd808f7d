"""The threat model names tests that exist: each promise is held by something that can fail."""

import re
from pathlib import Path

from tests.house.tree import ROOT

PAPER = ROOT / "resources" / "help" / "threat-model.md"


def missing(root: Path, text: str) -> list[str]:
    """Paths named in the paper that are not there, or hold no test."""
    named = re.findall(r"`((?:tests|sync|desktop)/[\w/]+(?:\.py)?)`", text)
    return [path for path in named if not _holds(root / path, is_test=path.startswith("tests/"))]


def _holds(path: Path, *, is_test: bool) -> bool:
    files = [path] if path.is_file() else list(path.rglob("test_*.py")) if path.is_dir() else []
    return bool(files) and (not is_test or any("def test_" in file.read_text(encoding="utf-8") for file in files))


def test_everything_that_the_threat_model_names_is_there() -> None:
    text = PAPER.read_text(encoding="utf-8")
    assert missing(ROOT, text) == []
    table = text.split("## Who might want more")[1].split("## What the server learns")[0]
    held = [line for line in table.splitlines() if line.startswith("|")][2:]
    assert held
    assert all("`tests/" in line for line in held)


def test_a_promise_that_nothing_holds_is_found(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_empty.py").write_text("X = 1\n", encoding="utf-8")
    assert missing(tmp_path, "`tests/test_gone.py` `tests/test_empty.py`") == [
        "tests/test_gone.py",
        "tests/test_empty.py",
    ]
