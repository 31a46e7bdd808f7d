"""Profiles: made whole or not at all, told apart on the unlock screen, and opened by nobody but their owner."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from keyring.errors import KeyringLocked, NoKeyringError

from desktop.crypto.attempts import FREE
from desktop.crypto.keychain import Backend, Keychain, Reason, Stored, Unavailable
from desktop.crypto.slots import Cost
from desktop.errors import KnownError
from desktop.profiles import NewProfile, Profile, Profiles, State

CHEAP = Cost(memory_kib=64, iterations=1, lanes=1)
PASSPHRASE = "seven quiet herons"

HOLD = """
import sys
from pathlib import Path
from desktop.store.lock import InstanceLock

lock = InstanceLock(Path(sys.argv[1]))
print("held", flush=True)
input()
"""


def clock() -> float:
    return 1_700_000_000.0


class MemoryBackend:
    """Stands for the system's vault where the test is about profiles; the real one is in `crypto/test_keychain`."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.locked = False
        self.unreadable = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked or self.unreadable:
            raise KeyringLocked
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise KeyringLocked
        self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.kept.pop(username, None)


def no_keyring() -> Backend:
    raise NoKeyringError


@pytest.fixture
def backend() -> MemoryBackend:
    return MemoryBackend()


@pytest.fixture
def keychain(backend: MemoryBackend) -> Keychain:
    return Keychain(lambda: backend)


@pytest.fixture
def profiles(tmp_path: Path, keychain: Keychain) -> Profiles:
    return Profiles(keychain, tmp_path)


@pytest.fixture
def made(profiles: Profiles) -> NewProfile:
    return profiles.create("Blue desk", PASSPHRASE, cost=CHEAP)


def code(caught: pytest.ExceptionInfo[KnownError]) -> str:
    return caught.value.code


def test_a_new_profile_opens_with_its_passphrase_and_its_code(made: NewProfile, keychain: Keychain) -> None:
    profile = made.profile
    assert made.keyring == Stored()
    assert profile.uses_keyring
    states = [profile.state]
    assert profile.unlock(PASSPHRASE, keychain, clock) == made.store_key
    assert profile.unlock_with_recovery(made.recovery_code, clock) == made.store_key
    database = profile.open_store(made.store_key)
    states.append(profile.state)
    assert database.verify() == 0
    database.close()
    assert [*states, profile.state] == [State.READY, State.IN_USE, State.READY]


def test_where_there_is_no_keyring_the_passphrase_stands_alone_and_that_is_said(tmp_path: Path) -> None:
    keychain = Keychain(no_keyring)
    made = Profiles(keychain, tmp_path).create("Blue desk", PASSPHRASE, cost=CHEAP)
    assert made.keyring == Unavailable(Reason.NO_KEYRING)
    assert not made.profile.uses_keyring
    assert made.profile.unlock(PASSPHRASE, keychain, clock) == made.store_key


def test_the_list_is_by_label_and_survives_a_restart(profiles: Profiles, keychain: Keychain, tmp_path: Path) -> None:
    assert profiles.list() == []
    green = profiles.create(" green desk ", PASSPHRASE, cost=CHEAP).profile
    blue = profiles.create("Blue desk", "another one", cost=CHEAP).profile
    assert Profiles(keychain, tmp_path).list() == [blue, green]
    assert green.label == "green desk"
    with pytest.raises(KnownError) as caught:
        blue.unlock(PASSPHRASE, keychain, clock)
    assert code(caught) == "vault.wrong_passphrase"


@pytest.mark.parametrize("label", ["", "  ", "x" * 41, "a\nb", "a\u202eb"])
def test_a_label_that_cannot_be_shown_is_refused(profiles: Profiles, label: str) -> None:
    with pytest.raises(KnownError) as caught:
        profiles.create(label, PASSPHRASE, cost=CHEAP)
    assert code(caught) == "profile.label"
    assert profiles.list() == []


def test_a_profile_that_cannot_be_made_leaves_nothing(profiles: Profiles, backend: MemoryBackend) -> None:
    with pytest.raises(KnownError) as caught:
        profiles.create("Blue desk", "", cost=CHEAP)
    assert code(caught) == "vault.passphrase_empty"
    assert [path.name for path in profiles.folder.iterdir()] == [".lock"]
    assert backend.kept == {}


def test_wrong_passphrases_make_the_next_one_wait_but_not_the_code(made: NewProfile, keychain: Keychain) -> None:
    before = made.profile.vault_path.read_bytes(), made.profile.store_path.read_bytes()
    for _ in range(FREE + 1):
        with pytest.raises(KnownError) as caught:
            made.profile.unlock("wrong", keychain, clock)
        assert code(caught) == "vault.wrong_passphrase"
    with pytest.raises(KnownError) as caught:
        made.profile.unlock(PASSPHRASE, keychain, clock)
    assert code(caught) == "vault.wait"
    assert (made.profile.vault_path.read_bytes(), made.profile.store_path.read_bytes()) == before
    assert made.profile.unlock_with_recovery(made.recovery_code, clock) == made.store_key
    assert made.profile.unlock(PASSPHRASE, keychain, clock) == made.store_key


def test_a_lost_keyring_secret_opens_by_the_code_which_writes_a_new_one(
    made: NewProfile, keychain: Keychain, backend: MemoryBackend
) -> None:
    backend.kept.clear()
    with pytest.raises(KnownError) as caught:
        made.profile.unlock(PASSPHRASE, keychain, clock)
    assert code(caught) == "vault.keyring_missing"
    key = made.profile.unlock_with_recovery(made.recovery_code, clock)
    again = made.profile.change_passphrase(key, "nine loud geese", keychain, cost=CHEAP, renew_recovery=True)
    assert again.vault.uses_keyring
    assert made.profile.unlock("nine loud geese", keychain, clock) == made.store_key
    assert made.profile.unlock_with_recovery(str(again.recovery_code), clock) == made.store_key


@pytest.mark.parametrize("how", ["locked", "unreadable"])
def test_a_keyring_that_cannot_be_read_now_keeps_its_secret(
    made: NewProfile, keychain: Keychain, backend: MemoryBackend, how: str
) -> None:
    kept = dict(backend.kept)
    setattr(backend, how, True)
    again = made.profile.change_passphrase(made.store_key, "nine loud geese", keychain, cost=CHEAP)
    assert not again.vault.uses_keyring
    assert made.profile.unlock("nine loud geese", keychain, clock) == made.store_key
    assert backend.kept == kept


@pytest.mark.parametrize("name", ["vault.bin", "store.db", "profile.json"])
@pytest.mark.parametrize("how", ["gone", "spoilt"])
def test_a_damaged_profile_is_listed_and_named(made: NewProfile, profiles: Profiles, name: str, how: str) -> None:
    path = made.profile.folder / name
    path.unlink() if how == "gone" else path.write_bytes(b"\xff")
    (listed,) = profiles.list()
    assert listed.profile_id == made.profile.profile_id
    if (name, how) != ("store.db", "spoilt"):  # only its key can tell; then opening says so
        assert listed.state is State.DAMAGED
    else:
        with pytest.raises(KnownError) as caught:
            listed.open_store(made.store_key)
        assert code(caught) == "store.truncated"


def test_secrets_are_not_shown_by_repr(made: NewProfile) -> None:
    assert made.recovery_code not in repr(made)
    assert repr(made.store_key)[2:-1] not in repr(made)


def test_two_windows_cannot_make_profiles_at_once(profiles: Profiles, made: NewProfile) -> None:
    begun = profiles.folder / ".new-0123456789abcdef"
    begun.mkdir()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            HOLD,
            str(profiles.folder / ".lock"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(KnownError) as caught:
            profiles.create("Green desk", PASSPHRASE, cost=CHEAP)
        assert code(caught) == "store.locked_by_other"
        assert begun.exists()
        holder.kill()


# Stops itself at the k-th time it makes, opens or renames something.
CUT_OFF = """
import os, signal, sys
from pathlib import Path
from keyring.errors import NoKeyringError
from desktop.crypto.keychain import Keychain
from desktop.crypto.slots import Cost
from desktop.profiles import Profiles

def none():
    raise NoKeyringError

seen = 0

def watch(event, args):
    global seen
    if event in {"open", "os.mkdir", "os.rename", "os.remove", "fcntl.flock"}:
        seen += 1
        if seen == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

profiles = Profiles(Keychain(none), Path(sys.argv[1]))
sys.addaudithook(watch)
made = profiles.create("Blue desk", "seven quiet herons", cost=Cost(64, 1, 1))
"""


def test_a_first_run_cut_off_anywhere_leaves_nothing_or_a_usable_profile(tmp_path: Path) -> None:
    keychain = Keychain(no_keyring)
    found: list[list[Profile]] = []
    for k in range(1, 100):
        root = tmp_path / str(k)
        ended = subprocess.run(
            [sys.executable, "-c", CUT_OFF, str(root), str(k)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ended.returncode in {0, -signal.SIGKILL}, ended.stderr
        profiles = Profiles(keychain, root)
        found.append(profiles.list())
        for profile in found[-1]:
            assert profile.state is State.READY
            profile.open_store(profile.unlock(PASSPHRASE, keychain, clock)).close()
        profiles.create("Green desk", PASSPHRASE, cost=CHEAP)
        assert not list(profiles.folder.glob(".new-*"))
        if ended.returncode == 0:
            break
    assert ended.returncode == 0
    assert [len(one) for one in found] == sorted(len(one) for one in found)
    assert {len(one) for one in found} == {0, 1}
    assert len(found) > 8
