"""Signatures count in their own domain only; a sealed secret opens for its receiver and its context only."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import keys
from sync.errors import CannotOpen, SyncError
from sync.identity import KeyWrap, Role, Roster, Seat, Space, Unit
from sync.keys import Domain, SeatKeys
from sync.records import SpaceKind

SEAT = SeatKeys(bytes(range(32)), bytes(range(32, 64)))


def test_seat_keys_survive_storing_and_name_their_seat() -> None:
    made = SeatKeys.generate()
    assert SeatKeys.from_bytes(made.to_bytes()) == made
    assert len(made.to_bytes()) == 64
    assert made.seat_id == keys.key_name(made.sign_public)
    assert SeatKeys.generate() != made


def test_private_keys_are_not_printed() -> None:
    assert SEAT.sign_private.hex() not in repr(SEAT)
    assert repr(SEAT) == "SeatKeys()"


@pytest.mark.parametrize("size", [0, 32, 63, 65])
def test_keys_of_the_wrong_size_are_refused(size: int) -> None:
    with pytest.raises(SyncError) as caught:
        SeatKeys.from_bytes(bytes(size))
    assert caught.value.code == "keys.form"


@given(message=st.binary(max_size=200), domain=st.sampled_from(Domain), other=st.sampled_from(Domain))
def test_a_signature_counts_in_its_own_domain_only(message: bytes, domain: Domain, other: Domain) -> None:
    signature = keys.sign(SEAT.sign_private, domain, message)
    assert len(signature) == keys.SIGNATURE_SIZE
    assert keys.verify(SEAT.sign_public, other, message, signature) is (domain is other)
    assert not keys.verify(SEAT.sign_public, domain, message + b"\0", signature)


@given(public=st.binary(max_size=31), signature=st.binary(max_size=80))
def test_hostile_signatures_are_false_and_never_an_error(public: bytes, signature: bytes) -> None:
    assert keys.verify(public, Domain.CHANGE, b"x", signature) is False
    assert keys.verify(SEAT.sign_public, Domain.CHANGE, b"x", signature) is False


@given(plain=st.binary(max_size=100), info=st.binary(max_size=30))
def test_a_sealed_secret_opens_for_its_receiver_in_its_context(plain: bytes, info: bytes) -> None:
    sealed = keys.hpke_seal(SEAT.seal_public, plain, info=info)
    assert keys.hpke_open(SEAT.seal_private, sealed, info=info) == plain
    for private, sent, context in (
        (SEAT.sign_private, sealed, info),
        (SEAT.seal_private, sealed, info + b"x"),
        (SEAT.seal_private, sealed[:-1], info),
        (SEAT.seal_private, b"", info),
        (b"short", sealed, info),
    ):
        with pytest.raises(CannotOpen):
            keys.hpke_open(private, sent, info=context)


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(32)], ids=["none", "short", "low order"])
def test_nothing_is_sealed_to_a_key_that_is_none(public: bytes) -> None:
    with pytest.raises(SyncError) as caught:
        keys.hpke_seal(public, b"secret", info=b"")
    assert caught.value.code == "keys.form"


def test_contexts_and_names_never_meet() -> None:
    unit, space = "0a" * 16, "0a" * 16
    secret = keys.new_secret()
    assert keys.info_unit(unit) != keys.info_space(space)
    assert keys.space_key_name(secret) != keys.key_name(secret)
    assert len(keys.space_key_name(secret)) == 32


UNIT_PRIVATE, SPACE_KEY = b"u" * 32, b"s" * 32
UNIT, SPACE = "0a" * 16, "5a" * 16


def wrap(private_of: bytes, receiver: str, secret: bytes, info: bytes, name: str) -> KeyWrap:
    return KeyWrap(receiver, name, keys.hpke_seal(keys.seal_public_of(private_of), secret, info=info))


def unit_wrap(secret: bytes = UNIT_PRIVATE, info: bytes = keys.info_unit(UNIT)) -> KeyWrap:
    return wrap(SEAT.seal_private, SEAT.seat_id, secret, info, "")


def space_wrap(secret: bytes = SPACE_KEY, name: str = keys.space_key_name(SPACE_KEY), space: str = SPACE) -> KeyWrap:
    return wrap(UNIT_PRIVATE, UNIT, secret, keys.info_space(space), name)


def roster(unit_wraps: tuple[KeyWrap, ...], space_wraps: tuple[KeyWrap, ...]) -> Roster:
    return Roster(
        "practice",
        (Unit(UNIT, "Unit", "health", keys.seal_public_of(UNIT_PRIVATE)),),
        (Seat(SEAT.seat_id, "m", "M", UNIT, Role.LEAD, SEAT.sign_public, SEAT.seal_public),),
        (Space(SPACE, SpaceKind.UNIT, "space", (UNIT,)),),
        unit_wraps,
        {SPACE: space_wraps},
    )


def test_a_seat_walks_from_its_own_key_to_the_space_keys() -> None:
    opened = keys.open_space_keys(roster((unit_wrap(),), (space_wrap(),)), SEAT)
    assert opened == {SPACE: {keys.space_key_name(SPACE_KEY): SPACE_KEY}}


def test_one_bad_wrap_takes_nothing_else_with_it() -> None:
    bad_unit = (
        unit_wrap(b"x" * 32),
        unit_wrap(info=keys.info_space(UNIT)),
        msgspec.structs.replace(unit_wrap(), receiver="ff" * 16),
    )
    short = b"short"
    bad_space = (
        space_wrap(b"y" * 32),
        space_wrap(short, keys.space_key_name(short)),
        space_wrap(space="5b" * 16),
        KeyWrap(UNIT, keys.space_key_name(SPACE_KEY), b"no wrap"),
    )
    for space_wraps in ((*bad_space, space_wrap()), (space_wrap(), *bad_space)):
        opened = keys.open_space_keys(roster((*bad_unit, unit_wrap()), space_wraps), SEAT)
        assert opened == {SPACE: {keys.space_key_name(SPACE_KEY): SPACE_KEY}}


def test_a_stranger_or_a_seat_without_the_unit_key_holds_nothing() -> None:
    whole = roster((unit_wrap(),), (space_wrap(),))
    assert keys.open_space_keys(whole, SeatKeys.generate()) == {}
    assert keys.open_space_keys(roster((unit_wrap(b"x" * 32),), (space_wrap(),)), SEAT) == {}
    assert keys.open_space_keys(msgspec.structs.replace(whole, units=()), SEAT) == {}
