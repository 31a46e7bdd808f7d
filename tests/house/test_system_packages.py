"""The set-up of system libraries: silent when all is there, one line to run for a person, an installation for root."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.house.tree import ROOT

SCRIPT = ROOT / "installer" / "linux" / "system-packages.sh"
NEEDED = subprocess.run(
    [
        "bash",
        "-c",
        "source <(sed -n '/^packages=(/,/^)/p' \"$1\"); printf '%s\\n' \"${packages[@]}\"",
        "-",
        str(SCRIPT),
    ],
    capture_output=True,
    text=True,
    check=True,
).stdout.split()


class Machine:
    """A Debian machine with these packages, `(name, what else it provides)`, and this user id."""

    def __init__(self, root: Path, packages: dict[str, str], user: int) -> None:
        self.bin = root / "bin"
        self.bin.mkdir()
        self.asked = root / "apt-get.txt"
        listed = "".join(f"installed|{name}, {provides}\n" for name, provides in packages.items())
        (root / "packages.txt").write_text(listed + "config-files|xvfb, \n", encoding="utf-8")
        self.command("dpkg-query", f"cat {root / 'packages.txt'}")
        self.command("id", f"echo {user}")
        self.command("apt-get", f'echo "$@" >> {self.asked}')

    def command(self, name: str, script: str) -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (self.bin / name).chmod(0o755)

    def set_up(self) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.bin}:{os.environ['PATH']}", "TMPDIR": str(self.bin.parent)}
        return subprocess.run([str(SCRIPT)], env=environment, capture_output=True, text=True, check=False)


def test_a_machine_with_everything_is_left_alone(tmp_path: Path) -> None:
    machine = Machine(tmp_path, dict.fromkeys(NEEDED, ""), user=1000)
    done = machine.set_up()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not machine.asked.exists()


def test_a_name_provided_by_another_package_counts(tmp_path: Path) -> None:
    packages = dict.fromkeys(NEEDED, "") | {"libglib2.0-0t64": "gir-glib, libglib2.0-0 (= 2.84.4)"}
    del packages["libglib2.0-0"]
    assert Machine(tmp_path, packages, user=1000).set_up().returncode == 0


def test_a_person_is_told_the_one_line_to_run(tmp_path: Path) -> None:
    packages = {name: "" for name in NEEDED if name not in {"libegl1", "xvfb"}}
    machine = Machine(tmp_path, packages, user=1000)
    done = machine.set_up()
    assert done.returncode == 1
    assert "sudo apt-get update && sudo apt-get install -y --no-install-recommends libegl1 xvfb\n" in done.stderr
    assert not machine.asked.exists()


def test_root_installs_what_is_missing(tmp_path: Path) -> None:
    machine = Machine(tmp_path, {name: "" for name in NEEDED if name != "libegl1"}, user=0)
    assert machine.set_up().returncode == 0
    assert machine.asked.read_text(encoding="utf-8").splitlines() == [
        "update",
        "install -y --no-install-recommends libegl1",
    ]


@pytest.mark.parametrize("failing", ["update", "install"])
def test_a_failed_installation_says_so(tmp_path: Path, failing: str) -> None:
    machine = Machine(tmp_path, {}, user=0)
    machine.command("apt-get", f'echo "E: no route" >&2; test "$1" != {failing}')
    done = machine.set_up()
    assert done.returncode == 1
    assert "E: no route" in done.stderr
    assert "apt-get failed" in done.stderr
