"""The gate and the checks go red: a step that fails ends `.ci/run`, and `make check` names what is wrong."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT, hollow


def gate(root: Path, failing: str) -> subprocess.CompletedProcess[str]:
    """Runs a copy of `.ci/run` over commands that only say their name, one of which may fail."""
    (root / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", root / ".ci")
    script = 'echo "ran $1 CI=$CI display=${DISPLAY-none}"; read line && echo typed; test "$1" != ' + failing
    (root / "bin").mkdir()
    (root / "bin" / "make").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (root / "bin" / "make").chmod(0o755)
    environment = os.environ | {"PATH": f"{root / 'bin'}:{os.environ['PATH']}", "DISPLAY": ":7"}
    return subprocess.run(
        [str(root / ".ci" / "run")], env=environment, input="line\n", capture_output=True, text=True, check=False
    )


def test_the_gate_runs_every_step_without_display_or_keyboard(tmp_path: Path) -> None:
    done = gate(tmp_path, "nothing")
    assert done.returncode == 0, done.stderr
    for step in (".venv/.ready", "check", "test", "installer", "bench", "run"):
        assert f"ran {step} CI=true display=none" in done.stdout
    assert "typed" not in done.stdout
    assert "--- test: " in done.stdout


@pytest.mark.parametrize("failing", [".venv/.ready", "check", "test", "installer", "bench", "run"])
def test_a_step_that_fails_ends_the_gate(tmp_path: Path, failing: str) -> None:
    done = gate(tmp_path, failing)
    assert done.returncode == 1
    assert "FAILED" in done.stderr
    assert "everything" not in done.stdout
    assert done.stdout.splitlines()[-1].startswith(f"ran {failing} ")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ('"""Fine."""\n', ""),
        ('"""Unused."""\n\nimport os\n', "ruff found the faults above"),
        ('"""Loose."""\n\nx = {  "a":1}\n', "are not formatted"),
        ('"""Untyped."""\n\nx: int = "a"\n', "mypy found the faults above"),
        ('"""Upwards."""\n\nimport desktop.store\n\nx = desktop.store.__name__\n', "an import contract is broken"),
    ],
)
def test_check_names_what_is_wrong(tmp_path: Path, code: str, sentence: str) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy2(ROOT / name, tmp_path)
    script = Path("installer", "linux", "system-packages.sh")
    (tmp_path / script.parent).mkdir(parents=True)
    shutil.copy2(ROOT / script, tmp_path / script)
    hollow(tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "__init__.py").touch()
    (tmp_path / "desktop" / "model" / "planted.py").write_text(code, encoding="utf-8")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    (tmp_path / ".venv" / ".ready").touch()
    done = subprocess.run(["make", "check"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == (2 if sentence else 0), done.stdout + done.stderr
    assert (sentence or "are in order") in done.stdout + done.stderr
