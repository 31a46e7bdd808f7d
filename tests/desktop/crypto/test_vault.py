"""The vault: only the right secrets give the store key, and whatever else happens the file stays as it was."""

import hashlib
import os
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.crypto.slots import (
    FLOOR_ITERATIONS,
    FLOOR_MEMORY_KIB,
    TARGET_SECONDS,
    UNIT_SLOT,
    Cost,
    Slot,
    _keyring_check,
    calibrate,
    open_passphrase_slot,
)
from desktop.crypto.vault import CreatedVault, Vault
from desktop.errors import Bug, KnownError

CHEAP = Cost(memory_kib=64, iterations=1, lanes=1)
PASSPHRASE = "seven quiet herons"
SECRET = bytes(range(32))


@pytest.fixture
def made(tmp_path: Path) -> CreatedVault:
    return Vault.create(tmp_path / "vault.bin", PASSPHRASE, SECRET, cost=CHEAP)


def code_of(caught: pytest.ExceptionInfo[KnownError]) -> str:
    return caught.value.code


def unlock_either_way(path: Path, secret: str) -> bytes:
    vault = Vault.open(path)
    return vault.unlock(secret, SECRET) if secret == PASSPHRASE else vault.unlock_with_recovery(secret)


def with_digest(data: bytes) -> bytes:
    return data[:-32] + hashlib.sha256(data[:-32]).digest()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(passphrase=st.text(min_size=1), secret=st.none() | st.binary(min_size=32, max_size=32))
def test_the_right_secrets_give_the_key_back(tmp_path: Path, passphrase: str, secret: bytes | None) -> None:
    path = tmp_path / os.urandom(8).hex()
    made = Vault.create(path, passphrase, secret, cost=CHEAP)
    assert len(made.store_key) == 32
    assert Vault.open(path).unlock(passphrase, secret) == made.store_key
    assert Vault.open(path).unlock_with_recovery(made.recovery_code) == made.store_key
    assert Vault.open(path).uses_keyring == (secret is not None)


def test_a_wrong_passphrase_is_said_and_changes_nothing(made: CreatedVault) -> None:
    before = made.vault.path.read_bytes()
    with pytest.raises(KnownError) as caught:
        made.vault.unlock(PASSPHRASE + " ", SECRET)
    assert code_of(caught) == "vault.wrong_passphrase"
    assert made.vault.path.read_bytes() == before
    assert sorted(path.name for path in made.vault.path.parent.iterdir()) == ["vault.bin"]


def test_the_same_letters_from_another_keyboard_open(tmp_path: Path) -> None:
    made = Vault.create(tmp_path / "vault.bin", "H\u00e9l\u00e8ne", None, cost=CHEAP)
    assert made.vault.unlock("He\u0301le\u0300ne", None) == made.store_key


def test_without_the_keyring_secret_the_passphrase_does_not_open_but_the_code_does(made: CreatedVault) -> None:
    with pytest.raises(KnownError) as caught:
        made.vault.unlock(PASSPHRASE, None)
    assert code_of(caught) == "vault.keyring_missing"
    assert "recovery code" in caught.value.explanation.remedy
    assert made.vault.unlock_with_recovery(made.recovery_code) == made.store_key


def test_another_keyring_secret_is_told_from_a_wrong_passphrase(made: CreatedVault) -> None:
    with pytest.raises(KnownError) as caught:
        made.vault.unlock(PASSPHRASE, bytes(32))
    assert code_of(caught) == "vault.keyring_changed"


def test_the_keyring_secret_is_part_of_the_key_and_not_only_checked(made: CreatedVault) -> None:
    """A thief of the file who rewrites the check, or claims that there is none, still needs the secret itself."""
    slot = made.vault.slots[0]
    for check, secret in ((_keyring_check(bytes(32), slot.salt), bytes(32)), (None, None)):
        forged = msgspec.structs.replace(slot, keyring_check=check)
        with pytest.raises(KnownError) as caught:
            open_passphrase_slot(forged, PASSPHRASE, secret, made.vault.vault_id)
        assert code_of(caught) == "vault.wrong_passphrase"


def test_a_vault_without_keyring_ignores_a_secret(tmp_path: Path) -> None:
    made = Vault.create(tmp_path / "vault.bin", PASSPHRASE, None, cost=CHEAP)
    assert made.vault.unlock(PASSPHRASE, SECRET) == made.store_key


def test_a_keyring_secret_of_another_length_is_a_bug(made: CreatedVault) -> None:
    with pytest.raises(Bug):
        made.vault.unlock(PASSPHRASE, b"short")


def test_the_code_of_another_profile_is_refused(made: CreatedVault, tmp_path: Path) -> None:
    other = Vault.create(tmp_path / "other.bin", PASSPHRASE, SECRET, cost=CHEAP)
    with pytest.raises(KnownError) as caught:
        made.vault.unlock_with_recovery(other.recovery_code)
    assert code_of(caught) == "vault.wrong_recovery"


def test_an_empty_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnownError) as caught:
        Vault.create(tmp_path / "vault.bin", "", SECRET, cost=CHEAP)
    assert code_of(caught) == "vault.passphrase_empty"
    assert list(tmp_path.iterdir()) == []


def test_every_flipped_byte_is_found_before_any_slow_work(made: CreatedVault) -> None:
    path = made.vault.path
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        with pytest.raises(KnownError) as caught:
            Vault.open(path)
        assert code_of(caught) == "vault.corrupt"


def test_every_truncation_is_found(made: CreatedVault) -> None:
    path = made.vault.path
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(KnownError) as caught:
            Vault.open(path)
        assert code_of(caught) == "vault.corrupt"


def test_whoever_also_mends_the_digest_still_gets_no_key(made: CreatedVault) -> None:
    """Each byte before the digest flipped by someone who knows the format: refused on both paths, or on none usable."""
    path = made.vault.path
    whole = path.read_bytes()
    for place in range(len(whole) - 32):
        path.write_bytes(with_digest(whole[:place] + bytes([whole[place] ^ 0x01]) + whole[place + 1 :]))
        for secret in (PASSPHRASE, made.recovery_code):
            with pytest.raises(KnownError) as caught:
                unlock_either_way(path, secret)
            assert code_of(caught) in {
                "vault.corrupt",
                "vault.newer",
                "vault.wrong_passphrase",
                "vault.wrong_recovery",
                "vault.keyring_changed",
            }


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), framed=st.booleans())
def test_any_bytes_are_refused_by_a_known_error(tmp_path: Path, data: bytes, framed: bool) -> None:
    path = tmp_path / "vault.bin"
    path.write_bytes(with_digest(b"CWVAULT\0\1" + data + bytes(64)) if framed else data)
    with pytest.raises(KnownError) as caught:
        Vault.open(path).unlock(PASSPHRASE, SECRET)
    assert code_of(caught) == "vault.corrupt"


def test_a_newer_vault_is_named_as_such(made: CreatedVault) -> None:
    whole = made.vault.path.read_bytes()
    made.vault.path.write_bytes(with_digest(whole[:8] + b"\2" + whole[9:]))
    with pytest.raises(KnownError) as caught:
        Vault.open(made.vault.path)
    assert code_of(caught) == "vault.newer"


def test_a_missing_vault_and_one_that_is_there_already(made: CreatedVault, tmp_path: Path) -> None:
    with pytest.raises(KnownError) as caught:
        Vault.open(tmp_path / "nothing.bin")
    assert code_of(caught) == "vault.missing"
    before = made.vault.path.read_bytes()
    with pytest.raises(KnownError) as caught:
        Vault.create(made.vault.path, "other", None, cost=CHEAP)
    assert code_of(caught) == "vault.exists"
    assert made.vault.path.read_bytes() == before


def test_a_damaged_cost_never_eats_the_machine(made: CreatedVault) -> None:
    path = made.vault.path
    whole = path.read_bytes()
    body = msgspec.msgpack.decode(whole[9:-64])
    body[1][0][4] = [2**31, 2**31, 4]
    path.write_bytes(with_digest(whole[:9] + msgspec.msgpack.encode(body) + bytes(64)))
    begun = time.monotonic()
    with pytest.raises(KnownError) as caught:
        Vault.open(path).unlock(PASSPHRASE, SECRET)
    assert code_of(caught) == "vault.corrupt"
    assert time.monotonic() - begun < 1


def test_a_new_passphrase_replaces_the_old_and_keeps_key_and_code(made: CreatedVault) -> None:
    again = made.vault.rewrap(made.store_key, "nine loud geese", None, cost=CHEAP)
    assert again.recovery_code is None
    assert not again.vault.uses_keyring
    assert Vault.open(made.vault.path).unlock("nine loud geese", None) == made.store_key
    assert Vault.open(made.vault.path).unlock_with_recovery(made.recovery_code) == made.store_key
    with pytest.raises(KnownError) as caught:
        Vault.open(made.vault.path).unlock(PASSPHRASE, SECRET)
    assert code_of(caught) == "vault.wrong_passphrase"


def test_a_new_code_ends_the_old_one(made: CreatedVault) -> None:
    again = made.vault.rewrap(made.store_key, PASSPHRASE, SECRET, cost=CHEAP, renew_recovery=True)
    assert again.recovery_code is not None
    assert again.vault.unlock_with_recovery(again.recovery_code) == made.store_key
    with pytest.raises(KnownError) as caught:
        again.vault.unlock_with_recovery(made.recovery_code)
    assert code_of(caught) == "vault.wrong_recovery"


def test_rewrapping_needs_the_key_of_this_vault(made: CreatedVault) -> None:
    before = made.vault.path.read_bytes()
    with pytest.raises(KnownError) as caught:
        made.vault.rewrap(bytes(32), "x", None, cost=CHEAP)
    assert code_of(caught) == "vault.corrupt"
    assert made.vault.path.read_bytes() == before


def test_a_slot_of_a_kind_that_is_not_read_here_is_carried_over(made: CreatedVault) -> None:
    unit = Slot(UNIT_SLOT, b"", b"", b"sealed to the unit's recovery key")
    slots = (*made.vault.slots, unit)
    widened = Vault._write(made.vault.path, made.vault.vault_id, slots, made.store_key)
    again = widened.rewrap(made.store_key, "nine loud geese", None, cost=CHEAP)
    assert again.vault.slots[2] == unit
    assert again.vault.unlock("nine loud geese", None) == made.store_key


def test_nothing_secret_is_shown_by_repr(made: CreatedVault) -> None:
    again = made.vault.rewrap(made.store_key, PASSPHRASE, SECRET, cost=CHEAP, renew_recovery=True)
    shown = repr(made) + repr(again)
    assert repr(made.store_key)[2:-1] not in shown
    assert made.recovery_code not in shown
    assert str(again.recovery_code) not in shown


def test_calibration_takes_at_least_half_a_second_and_keeps_the_floor(tmp_path: Path) -> None:
    cost = calibrate()
    assert cost.memory_kib >= FLOOR_MEMORY_KIB
    assert cost.iterations >= FLOOR_ITERATIONS
    begun = time.perf_counter()
    Vault.create(tmp_path / "vault.bin", "p", None, cost=cost)
    assert time.perf_counter() - begun >= TARGET_SECONDS * 0.6  # the machine may be quicker than while it was measured
