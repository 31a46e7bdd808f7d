"""No ring of imports, and every import contract of `pyproject.toml` goes red when someone steps over it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.cycles import cycles, imports
from tests.house.tree import ROOT, hollow, modules, plant

SOURCE = modules(ROOT)


def test_no_module_imports_itself_by_a_detour() -> None:
    assert cycles(SOURCE) == []


def test_a_ring_is_found_inside_functions_and_through_relative_imports(tmp_path: Path) -> None:
    planted = plant(
        tmp_path,
        {
            "desktop/__init__.py": "",
            "desktop/a.py": "def late():\n    from . import b\n",
            "desktop/b.py": "import desktop.c\n",
            "desktop/c.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from desktop.a import late\n",
            "desktop/d.py": "from desktop import a, c\n",
        },
    )
    assert cycles(planted) == ["desktop.a ↔ desktop.b ↔ desktop.c"]
    assert imports(planted)["desktop.d"] == {"desktop.a", "desktop.c"}


def test_a_package_that_imports_what_imports_it_is_a_ring(tmp_path: Path) -> None:
    planted = plant(
        tmp_path,
        {
            "sync/__init__.py": "from .merge import fold\n",
            "sync/merge.py": "from sync import version\n",
            "sync/deep/__init__.py": "",
            "sync/deep/x.py": "from .. import merge\nfrom ..merge import fold\n",
        },
    )
    assert cycles(planted) == ["sync ↔ sync.merge"]
    assert imports(planted)["sync.deep.x"] == {"sync.merge"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages and their contracts, without content: every module present, none importing anything."""
    root = tmp_path_factory.mktemp("contracts")
    shutil.copy(ROOT / "pyproject.toml", root)
    hollow(root)
    return root


def broken(root: Path) -> str:
    """What import-linter says about the tree below `root`; empty when every contract is kept."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(linter), "--no-cache", "--no-logo"], cwd=root, capture_output=True, text=True, check=False
    )
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return done.stdout if done.returncode else ""


@pytest.mark.parametrize(
    ("where", "line", "allowed"),
    [
        ("sync/change.py", "import desktop.model", False),
        ("sync/records.py", "import sync.change", False),
        ("sync/merge.py", "import sync.server", False),
        ("sync/change.py", "import sync.records", True),
        ("desktop/store/ledger.py", "import sync.server.storage", False),
        ("desktop/demo/day.py", "import sync.server.storage", True),
        ("desktop/store/database.py", "import sqlcipher3", True),
        ("desktop/store/ledger.py", "import sqlcipher3", False),
        ("sync/change.py", "import sqlcipher3", False),
        ("sync/transport.py", "import requests", True),
        ("desktop/store/outbox.py", "import requests", False),
        ("desktop/syncing.py", "import urllib.request", False),
        ("desktop/forms/xlsform/importer.py", "import pyxform", True),
        ("desktop/forms/definition.py", "import pyxform", False),
        ("desktop/crypto/keychain.py", "import keyring", True),
        ("desktop/crypto/vault.py", "import keyring", False),
        ("desktop/store/search.py", "import PySide6.QtCore", False),
        ("desktop/model/case.py", "import PySide6.QtCore", False),
        ("sync/change.py", "import PySide6.QtCore", False),
        ("desktop/ui/views/today.py", "import PySide6.QtWidgets", True),
        ("desktop/ui/views/today.py", "import desktop.store.ledger", True),
        ("desktop/store/ledger.py", "import desktop.ui.views", False),
        ("desktop/ui/widgets/badge.py", "import desktop.ui.views", False),
        ("desktop/model/case.py", "import desktop.store", False),
        ("desktop/model/case.py", "import sync.records", False),
        ("desktop/ui/views/today.py", "import sync.records", True),
        ("desktop/ui/views/today.py", "import sync.identity", False),
        ("desktop/store/ledger.py", "import sync.identity", True),
        ("desktop/store/ledger.py", "import sync.transport", False),
        ("desktop/syncing.py", "import sync.transport", True),
        ("desktop/app.py", "import sync.transport", False),
        ("sync/server/app.py", "import starlette", True),
        ("sync/client.py", "import starlette", False),
    ],
)
def test_a_step_over_a_contract_is_seen(copy: Path, tmp_path: Path, where: str, line: str, *, allowed: bool) -> None:
    root = tmp_path / "tree"
    shutil.copytree(copy, root)
    target = line.removeprefix("import ").replace(".", "/")
    for path in (where, f"{target}.py"):
        missing = path.startswith(("desktop/", "sync/")) and not (root / path.removesuffix(".py")).is_dir()
        for package in reversed(Path(path).parents[:-1]) if missing else ():
            (root / package).mkdir(exist_ok=True)
            (root / package / "__init__.py").touch()
        if missing:
            (root / path).touch()
    (root / where).write_text(line + "\n", encoding="utf-8")
    said = broken(root)
    assert bool(said) is not allowed, said
