"""A passphrase change that is cut off anywhere leaves the old or the new passphrase valid, never neither."""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from desktop.crypto.slots import Cost
from desktop.crypto.vault import Vault
from desktop.errors import KnownError

CHEAP = Cost(memory_kib=64, iterations=1, lanes=1)

# Stops itself at the k-th time it opens, renames or removes a file. The events come from the interpreter itself.
CUT_OFF = """
import os, signal, sys
from pathlib import Path
from desktop.crypto.slots import Cost
from desktop.crypto.vault import Vault

path, k, key = Path(sys.argv[1]), int(sys.argv[2]), bytes.fromhex(sys.argv[3])
vault = Vault.open(path)
seen = 0

def watch(event, args):
    global seen
    if event in {"open", "os.rename", "os.remove"}:
        seen += 1
        if seen == k:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
vault.rewrap(key, "new", None, cost=Cost(64, 1, 1))
"""

READ_ONLY = """
import os, sys
from pathlib import Path
from desktop.crypto.slots import Cost
from desktop.crypto.vault import Vault
from desktop.errors import KnownError

vault = Vault.open(Path(sys.argv[1]))
if os.geteuid() == 0:  # no folder is read-only for root
    os.setgid(65534), os.setuid(65534)
assert Vault.open(vault.path) == vault
try:
    vault.rewrap(bytes.fromhex(sys.argv[2]), "new", None, cost=Cost(64, 1, 1))
except KnownError as error:
    print(error.code)
"""

FULL = """
import resource, sys
from pathlib import Path
from desktop.crypto.slots import Cost
from desktop.crypto.vault import Vault
from desktop.errors import KnownError

vault = Vault.open(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    vault.rewrap(bytes.fromhex(sys.argv[2]), "new", None, cost=Cost(64, 1, 1))
except KnownError as error:
    print(error.code)
"""


def run(script: str, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *args], capture_output=True, text=True, check=False, timeout=60
    )


def opens(path: Path, passphrase: str) -> bool:
    try:
        Vault.open(path).unlock(passphrase, None)
    except KnownError as error:
        assert error.code == "vault.wrong_passphrase"  # noqa: PT017  the vault itself must always be whole
        return False
    return True


def test_cut_off_at_every_step_of_a_passphrase_change(tmp_path: Path) -> None:
    path = tmp_path / "vault.bin"
    made = Vault.create(path, "old", None, cost=CHEAP)
    whole = path.read_bytes()
    outcomes = []
    for k in range(1, 30):
        path.write_bytes(whole)
        ended = run(CUT_OFF, str(path), str(k), made.store_key.hex())
        outcomes.append((opens(path, "old"), opens(path, "new")))
        assert Vault.open(path).unlock_with_recovery(made.recovery_code) == made.store_key
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert set(outcomes) == {(True, False), (False, True)}
    assert len(outcomes) > 3


def test_a_folder_that_cannot_be_written_to_keeps_the_old_vault() -> None:
    with tempfile.TemporaryDirectory(prefix="cw-") as name:  # pytest's own folder may not be looked into by others
        folder = Path(name)
        made = Vault.create(folder / "vault.bin", "old", None, cost=CHEAP)
        made.vault.path.chmod(0o644)
        before = made.vault.path.read_bytes()
        folder.chmod(0o555)
        ended = run(READ_ONLY, str(made.vault.path), made.store_key.hex())
        folder.chmod(0o755)
        assert made.vault.path.read_bytes() == before
    assert (ended.stdout.strip(), ended.stderr) == ("vault.read_only", "")


def test_no_room_keeps_the_old_vault_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    made = Vault.create(tmp_path / "vault.bin", "old", None, cost=CHEAP)
    before = made.vault.path.read_bytes()
    ended = run(FULL, str(made.vault.path), made.store_key.hex())
    assert (ended.stdout.strip(), ended.stderr) == ("vault.disk_full", "")
    assert made.vault.path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["vault.bin"]
