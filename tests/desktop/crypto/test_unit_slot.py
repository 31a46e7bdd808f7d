"""Slot 3: what two printed shares of the unit open, and nothing else does."""

from pathlib import Path

import pytest

from desktop.crypto.shares import join, split
from desktop.crypto.slots import UNIT_SLOT, Slot
from desktop.crypto.vault import Cost, CreatedVault, Vault
from desktop.errors import KnownError
from sync.errors import SyncError
from sync.keys import new_secret, seal_public_of

CHEAP = Cost(memory_kib=64, iterations=1, lanes=1)
PASSPHRASE = "seven quiet herons"
SECRET = bytes(range(32))


@pytest.fixture
def made(tmp_path: Path) -> CreatedVault:
    return Vault.create(tmp_path / "vault.bin", PASSPHRASE, SECRET, cost=CHEAP)


@pytest.fixture
def unit_key() -> bytes:
    return new_secret()


def sealed(made: CreatedVault, unit_key: bytes) -> Vault:
    return made.vault.seal_to_unit(made.store_key, seal_public_of(unit_key))


def test_two_shares_open_a_profile_whose_passphrase_code_and_keyring_are_gone(
    made: CreatedVault, unit_key: bytes
) -> None:
    papers = split(unit_key)
    sealed(made, unit_key)
    assert Vault.open(made.vault.path).unlock_with_unit_key(join([papers[2], papers[0]])) == made.store_key


def test_passphrase_and_code_still_open_and_slot_three_outlives_a_new_passphrase(
    made: CreatedVault, unit_key: bytes
) -> None:
    vault = sealed(made, unit_key)
    assert vault.unlock(PASSPHRASE, SECRET) == made.store_key
    assert vault.unlock_with_recovery(made.recovery_code) == made.store_key
    again = vault.rewrap(made.store_key, "another passphrase", None, cost=CHEAP).vault
    assert again.unlock_with_unit_key(unit_key) == made.store_key


def test_after_a_use_the_profile_is_sealed_to_the_new_key_and_the_old_one_opens_nothing(
    made: CreatedVault, unit_key: bytes
) -> None:
    following = new_secret()
    vault = sealed(made, unit_key)
    assert vault.is_sealed_to(seal_public_of(unit_key))
    assert not vault.is_sealed_to(seal_public_of(following))
    vault = vault.seal_to_unit(made.store_key, seal_public_of(following))
    assert vault.unlock_with_unit_key(following) == made.store_key
    with pytest.raises(KnownError, match=r"vault\.wrong_unit_key"):
        vault.unlock_with_unit_key(unit_key)
    assert [slot.kind for slot in vault.slots].count(UNIT_SLOT) == 1


def test_a_profile_that_was_never_sealed_says_so(made: CreatedVault, unit_key: bytes) -> None:
    assert not made.vault.is_sealed_to(seal_public_of(unit_key))
    with pytest.raises(KnownError, match=r"vault\.no_unit_slot"):
        made.vault.unlock_with_unit_key(unit_key)


def test_the_slot_of_another_profile_does_not_open_this_one(
    made: CreatedVault, tmp_path: Path, unit_key: bytes
) -> None:
    other = Vault.create(tmp_path / "other.bin", PASSPHRASE, None, cost=CHEAP)
    theirs = next(slot for slot in sealed(other, unit_key).slots if slot.kind == UNIT_SLOT)
    mine = Vault._write(made.vault.path, made.vault.vault_id, (*made.vault.slots, theirs), made.store_key)
    with pytest.raises(KnownError, match=r"vault\.wrong_unit_key"):
        mine.unlock_with_unit_key(unit_key)


def test_a_slot_of_a_later_form_is_carried_and_says_that_the_key_does_not_fit(
    made: CreatedVault, unit_key: bytes
) -> None:
    later = Slot(UNIT_SLOT, b"another name of the key", b"", b"another suite")
    vault = Vault._write(made.vault.path, made.vault.vault_id, (*made.vault.slots, later), made.store_key)
    with pytest.raises(KnownError, match=r"vault\.wrong_unit_key"):
        vault.unlock_with_unit_key(unit_key)
    assert vault.unlock(PASSPHRASE, SECRET) == made.store_key


def test_sealing_needs_the_key_of_this_vault_and_a_key_of_a_unit(made: CreatedVault, unit_key: bytes) -> None:
    before = made.vault.path.read_bytes()
    with pytest.raises(KnownError, match=r"vault\.corrupt"):
        made.vault.seal_to_unit(bytes(32), seal_public_of(unit_key))
    with pytest.raises(SyncError, match=r"keys\.form"):
        made.vault.seal_to_unit(made.store_key, b"short")
    assert made.vault.path.read_bytes() == before
