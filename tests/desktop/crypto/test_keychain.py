"""The door to the keyring, against a real Secret Service in a session of its own, and where there is none."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.crypto.keychain import Absent, Found, Keychain, Reason, Stored, Unavailable, kept_on_this_computer

ROUND = """
from desktop.crypto.keychain import Keychain
door, secret = Keychain(), bytes(range(32))
print(door.get("aa"), door.set("aa", secret), door.get("aa").secret == secret, door.get("bb"))
print(door.delete("aa"), door.delete("aa"), door.get("aa"))
print(door.set("kept", secret))
"""
FIRST = """
from desktop.crypto.keychain import Keychain
print(Keychain().set("aa", bytes(32)))
"""
READ = """
from desktop.crypto.keychain import Keychain
print(Keychain().get("kept"))
"""
PROFILE = """
import sys
from pathlib import Path
from desktop.crypto.keychain import Keychain
from desktop.crypto.slots import Cost
from desktop.errors import KnownError
from desktop.profiles import Profiles

profiles, clock = Profiles(Keychain(), Path(sys.argv[1])), lambda: 1.7e9
made = profiles.create("Blue desk", "seven quiet herons", cost=Cost(64, 1, 1))
profile = made.profile
print(made.keyring, profile.uses_keyring)
print(profile.unlock("seven quiet herons", Keychain(), clock) == made.store_key)
Keychain().delete(profile.profile_id)
try:
    profile.unlock("seven quiet herons", Keychain(), clock)
except KnownError as error:
    print(error.code)
key = profile.unlock_with_recovery(made.recovery_code, clock)
again = profile.change_passphrase(key, "nine geese", Keychain(), cost=Cost(64, 1, 1))
print(key == made.store_key, again.vault.uses_keyring)
print(profile.unlock("nine geese", Keychain(), clock) == made.store_key)
profile.open_store(key).close()
"""
UNLOCKED = "printf test | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null; "
WRONG = "printf wrong | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null 2>&1; "


class Desktop:
    """A home of its own with a message bus of its own; the daemon ends with the bus."""

    def __init__(self, home: Path, runtime: Path) -> None:
        self.home = home
        self._environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"} and not name.startswith("XDG_")
        } | {"HOME": str(home), "XDG_RUNTIME_DIR": str(runtime)}

    def run(self, before: str, script: str, *args: str, **environment: str) -> str:
        command = f'{before}exec "$0" -c "$@"'
        inner = ["bash", "-c", command, sys.executable, script, *args]
        ended = subprocess.run(
            ["dbus-run-session", "--", *inner],
            env=self._environment | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    def run_without_bus(self, script: str) -> str:
        ended = subprocess.run(
            [sys.executable, "-c", script],
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return ended.stdout.strip()


@pytest.fixture
def desktop_session(tmp_path: Path) -> Iterator[Desktop]:
    for program in ("dbus-run-session", "gnome-keyring-daemon", "secret-tool"):
        assert shutil.which(program), f"{program} is needed: install dbus gnome-keyring libsecret-tools"
    with tempfile.TemporaryDirectory(prefix="cw-") as runtime:  # a socket's path must be short
        yield Desktop(tmp_path, Path(runtime))


@pytest.mark.keyring
def test_a_secret_is_kept_read_and_forgotten(desktop_session: Desktop) -> None:
    lines = desktop_session.run(UNLOCKED, ROUND).splitlines()
    assert lines == ["Absent() Stored() True Absent()", "Stored() Stored() Absent()", "Stored()"]


@pytest.mark.keyring
def test_the_service_itself_holds_it_and_only_encrypted_on_disk(desktop_session: Desktop) -> None:
    shown = desktop_session.run(
        UNLOCKED,
        ROUND + "import subprocess\nprint(subprocess.run(['secret-tool', 'lookup', 'service', 'causeway', 'username', "
        "'kept'], capture_output=True, text=True, check=True).stdout)\n",
    )
    text = shown.splitlines()[-1]
    assert text == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    files = [path for path in desktop_session.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".keyring" for path in files)
    assert not any(text.encode() in path.read_bytes() for path in files)


@pytest.mark.keyring
def test_a_keyring_nobody_unlocked_is_an_answer(desktop_session: Desktop) -> None:
    desktop_session.run(UNLOCKED, ROUND)
    assert desktop_session.run(WRONG, READ) == "Unavailable(reason=<Reason.LOCKED: 'locked'>)"
    assert desktop_session.run(UNLOCKED, READ) == "Found()"


@pytest.mark.keyring
def test_no_daemon_and_no_bus_are_an_answer_and_nothing_is_written_in_plain(desktop_session: Desktop) -> None:
    none = "Unavailable(reason=<Reason.NO_KEYRING: 'no_keyring'>)"
    assert desktop_session.run_without_bus(READ) == none

    shown = desktop_session.run(
        "", FIRST, PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring", XDG_DATA_DIRS="/nonexistent"
    )
    assert shown == none
    assert [path for path in desktop_session.home.rglob("*") if path.is_file()] == []


@pytest.mark.keyring
def test_a_profile_with_a_real_keyring_and_after_its_secret_is_lost(desktop_session: Desktop) -> None:
    lines = desktop_session.run(UNLOCKED, PROFILE, str(desktop_session.home / "data")).splitlines()
    assert lines == ["Stored() True", "True", "vault.keyring_missing", "True True", "True"]


class _Backend:
    """Stands for a system's vault: what it is asked, it keeps in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class _Windows(_Backend):
    persist = "enterprise"


class _Forgetful(_Backend):
    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password[:10]


class _Broken(_Backend):
    def get_password(self, service: str, username: str) -> str | None:
        raise OSError("the service went away")


def test_on_windows_the_secret_is_told_to_stay_on_this_computer() -> None:
    backend = _Windows()
    assert getattr(kept_on_this_computer(backend), "persist", "") == "local machine"
    assert not hasattr(kept_on_this_computer(_Backend()), "persist")


def test_the_secret_fits_the_smallest_vault() -> None:
    backend = _Backend()
    assert Keychain(lambda: backend).set("0123456789abcdef", bytes(32)) == Stored()
    assert all(len(text) <= 1280 for text in backend.kept.values())


def test_a_keyring_that_does_not_give_back_what_it_took_is_not_trusted() -> None:
    backend = _Forgetful()
    assert Keychain(lambda: backend).set("aa", bytes(32)) == Unavailable(Reason.FAILED)


@pytest.mark.parametrize("kept", ["not base64!", "AAAA", ""])
def test_what_is_no_secret_counts_as_none(kept: str) -> None:
    backend = _Backend()
    backend.kept["causeway", "aa"] = kept
    assert Keychain(lambda: backend).get("aa") == Absent()


def test_a_back_end_that_breaks_is_an_answer() -> None:
    backend = _Broken()
    assert Keychain(lambda: backend).get("aa") == Unavailable(Reason.FAILED)


def test_a_found_secret_does_not_show_itself() -> None:
    assert repr(Found(bytes(32))) == "Found()"
