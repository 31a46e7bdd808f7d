"""The command line as a person or a gate runs it: a process of its own, exit status and words."""

import os
import subprocess
import sys
from pathlib import Path

from desktop.crypto.keychain import Keychain
from desktop.paths import resource
from desktop.profiles import Profiles
from tests.desktop.ui.opened import CHEAP, PASSPHRASE, no_keyring


def causeway(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CAUSEWAY_DATA": str(data), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, "-m", "desktop", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=120,
    )


def test_the_self_test_runs_through_and_touches_no_data(tmp_path: Path) -> None:
    done = causeway(tmp_path / "data", "selftest")
    assert (done.returncode, done.stdout) == (0, "selftest ok\n"), done.stderr
    assert not (tmp_path / "data").exists()


def test_the_gallery_is_saved_in_every_theme_and_size_and_says_where_it_cannot(tmp_path: Path) -> None:
    pictures = {}
    for theme, scale in (("light", "100"), ("dark", "100"), ("contrast", "200")):
        path = tmp_path / f"{theme}.png"
        done = causeway(tmp_path / "data", "gallery", "--theme", theme, "--scale", scale, "--picture", str(path))
        assert done.returncode == 0, done.stderr
        pictures[theme] = path.read_bytes()
    assert len(set(pictures.values())) == 3
    assert all(picture.startswith(b"\x89PNG") for picture in pictures.values())
    refused = causeway(tmp_path / "data", "gallery", "--picture", str(tmp_path / "nowhere" / "x.png"))
    assert (refused.returncode, "gallery.picture" in refused.stderr) == (1, True)


def test_doctor_says_how_profiles_stand_without_their_names(tmp_path: Path) -> None:
    made = Profiles(Keychain(no_keyring), tmp_path).create("Desk one", PASSPHRASE, cost=CHEAP)
    done = causeway(tmp_path, "doctor")
    assert done.returncode == 0, done.stderr
    assert f"profile   {made.profile.profile_id} ready" in done.stdout
    assert "Desk one" not in done.stdout


def test_doctor_finds_a_damaged_profile(tmp_path: Path) -> None:
    made = Profiles(Keychain(no_keyring), tmp_path).create("Desk one", PASSPHRASE, cost=CHEAP)
    made.profile.vault_path.write_bytes(b"not a vault")
    done = causeway(tmp_path, "doctor")
    assert done.returncode == 1
    assert "damaged" in done.stdout


def test_doctor_on_a_fresh_computer_changes_nothing(tmp_path: Path) -> None:
    done = causeway(tmp_path / "data", "doctor")
    assert done.returncode == 0
    assert "none yet" in done.stdout
    assert not (tmp_path / "data").exists()


def test_a_shipped_form_is_usable_and_a_broken_one_says_where(tmp_path: Path) -> None:
    shipped = causeway(tmp_path, "check-form", str(resource("forms", "common", "risk-record.md")))
    assert (shipped.returncode, shipped.stdout.splitlines()[-1]) == (0, "usable"), shipped.stdout
    broken = tmp_path / "broken.md"
    broken.write_text("| survey |\n| | type | name | label |\n| | select_one nowhere | a | A |\n", encoding="utf-8")
    refused = causeway(tmp_path, "check-form", str(broken))
    assert (refused.returncode, refused.stdout.splitlines()[-1]) == (1, "refused")
    assert "error" in refused.stdout


def test_a_workbook_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    done = causeway(tmp_path, "check-form", str(tmp_path / "nowhere.xlsx"))
    assert done.returncode == 1
    assert "cannot be read" in done.stderr


def test_an_unknown_command_is_refused(tmp_path: Path) -> None:
    assert causeway(tmp_path, "frobnicate").returncode == 2
