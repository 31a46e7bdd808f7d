"""The middle reaches for nothing outside, and nothing is used that is not declared; each reach is seen."""

from pathlib import Path

import pytest

from tests.house.purity import impure, undeclared
from tests.house.tree import ROOT, modules, plant

SOURCE = modules(ROOT)


def test_the_middle_is_pure() -> None:
    assert impure(SOURCE) == []


def test_every_package_in_use_is_declared() -> None:
    assert undeclared(ROOT, SOURCE) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import time\n", ["time"]),
        ("import urllib.request\n", ["urllib.request"]),
        ("from pathlib import Path\n", ["pathlib.Path"]),
        ("from pathlib import PurePosixPath\n", []),
        ("from threading import Thread\n", ["threading.Thread"]),
        ("from threading import local\n", []),
        ("import os\nkey = os.urandom(32)\n", []),
        ("import os\nhome = os.environ['HOME']\n", ["os.environ"]),
        ("import datetime\nx = datetime.datetime.now()\n", ["datetime.now"]),
        ("from datetime import date\nx = date.today()\n", ["date.today"]),
        ("from datetime import date\nx = clock.today()\n", []),
        ("def f():\n    return open('x')\n", ["open("]),
    ],
)
@pytest.mark.parametrize("where", ["sync/merge.py", "desktop/model/case.py", "desktop/forms/engine/session.py"])
def test_a_reach_for_the_world_is_found(tmp_path: Path, where: str, code: str, found: list[str]) -> None:
    planted = plant(tmp_path, {where: code, "desktop/store/ledger.py": code, "desktop/forms/xlsform/child.py": code})
    assert [fault.split(" ", 1)[1] for fault in impure(planted)] == found
    assert all(fault.startswith(where) for fault in impure(planted))


def test_an_undeclared_package_is_found(tmp_path: Path) -> None:
    project = '[project]\ndependencies = ["PySide6-Essentials>=6", "msgspec"]\n'
    (tmp_path / "pyproject.toml").write_text(project, encoding="utf-8")
    code = (
        "import json, msgspec\nfrom PySide6.QtCore import QObject\nfrom . import x\nimport sync.change\nimport yaml\n"
    )
    planted = plant(tmp_path, {"desktop/a.py": code})
    assert undeclared(tmp_path, planted) == ["desktop/a.py:5 yaml"]
