"""Printed shares: any two give the key back, one tells nothing, a wrong paper is named and never taken for right."""

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.crypto import shares
from desktop.crypto.printed_code import ALPHABET
from desktop.crypto.shares import Share, interpolate, join, set_name_of, split
from desktop.errors import KnownError
from sync.keys import seal_public_of

privates = st.binary(min_size=32, max_size=32)

# Blockchain Commons' published vectors for the layout of SLIP-0039 (crate bc-shamir): 2 of 7 and 3 of 5, with a random
# generator that counts in steps of 17.
TWO_OF_SEVEN = (
    "204188bfa6b440a1bdfd6753ff55a8241e07af5c5be943db917e3efabc184b1a",
    (
        "2dcd14c2252dc8489af3985030e74d5a48e8eff1478ab86e65b43869bf39d556",
        "a1dfdd798388aada635b9974472b4fc59a32ae520c42c9f6a0af70149b882487",
        "2ee99daf727c0c7773b89a18de64497ff7476dacd1015a45f482a893f7402cef",
        "a2fb5414d4d96ee58a109b3ca9a84be0259d2c0f9ac92bdd3199e0eed3f1dd3e",
        "2b851d188b8f5b3653659cc0f7fa45102dadf04b708767385cd803862fcb3c3f",
    ),
)
THREE_OF_FIVE = (
    "0ff784df000c4380a5ed683f7e6e3dcf",
    (
        "00112233445566778899aabbccddeeff",
        "d43099fe444807c46921a4f33a2a798b",
        "d9ad4e3bec2e1a7485698823abf05d36",
        "0d8cf5f6ec337bc764d1866b5d07ca42",
        "1aa7fe3199bc5092ef3816b074cabdf2",
    ),
)


@pytest.mark.parametrize(("vector", "threshold"), [(TWO_OF_SEVEN, 2), (THREE_OF_FIVE, 3)])
def test_the_published_vectors(vector: tuple[str, tuple[str, ...]], threshold: int) -> None:
    secret, published = vector
    points = [(place, bytes.fromhex(value)) for place, value in enumerate(published)]
    for chosen in combinations(points, threshold):
        assert interpolate(chosen, 255).hex() == secret
        for place, value in points:
            assert interpolate(chosen, place) == value


def test_splitting_gives_the_published_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.urandom", lambda size: bytes(17 * index % 256 for index in range(size)))
    made = split(bytes.fromhex(TWO_OF_SEVEN[0]))
    assert [share.value.hex() for share in made] == list(TWO_OF_SEVEN[1][:3])


@given(privates)
def test_any_two_and_all_three_give_the_key_back_in_any_order(private: bytes) -> None:
    made = split(private)
    for chosen in [*permutations(made, 2), *permutations(made, 3)]:
        assert join(chosen) == private


@given(privates)
def test_each_splitting_is_another(private: bytes) -> None:
    assert {share.value for share in split(private)}.isdisjoint(share.value for share in split(private))


@given(privates, st.integers(0, 2))
def test_what_is_printed_is_read_back(private: bytes, which: int) -> None:
    share = split(private)[which]
    assert Share.from_text(share.to_text().lower().replace("-", " ")) == share
    assert len(share.to_text().split("-")) == shares.GROUPS


@given(privates, st.integers(0, 71), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found_and_its_group_named(private: bytes, place: int, other: str) -> None:
    typed = list(split(private)[0].to_text().replace("-", ""))
    if typed[place] == other:
        return
    typed[place] = other
    with pytest.raises(KnownError) as caught:
        Share.from_text("".join(typed))
    assert (caught.value.code, caught.value.details) == ("share.mistyped", {"group": place // 6 + 1})


def test_a_share_that_is_not_complete_says_so() -> None:
    with pytest.raises(KnownError) as caught:
        Share.from_text("ABC")
    assert (caught.value.code, caught.value.details) == ("share.length", {"typed": 3})


def test_a_paper_with_a_number_that_no_paper_has_is_refused() -> None:
    share = split(bytes(32))[0]
    for number in (0, 4, 255):
        with pytest.raises(KnownError, match=r"share\.mistyped"):
            Share.from_text(Share(number, share.set_name, share.value).to_text())


@given(privates, privates)
def test_papers_of_two_sets_are_told_apart(private: bytes, other: bytes) -> None:
    mine, theirs = split(private), split(other)
    if mine[0].set_name == theirs[0].set_name:
        return
    with pytest.raises(KnownError, match=r"share\.other_set"):
        join([mine[0], theirs[1]])


@given(privates)
def test_papers_of_one_key_printed_twice_do_not_fit_together_and_say_so(private: bytes) -> None:
    with pytest.raises(KnownError, match=r"share\.wrong"):
        join([split(private)[0], split(private)[1]])


@given(privates, st.integers(0, 31), st.integers(1, 255), st.integers(0, 2))
def test_a_changed_paper_never_gives_a_key(private: bytes, place: int, flip: int, which: int) -> None:
    made = list(split(private))
    value = bytearray(made[which].value)
    value[place] ^= flip
    made[which] = Share(made[which].number, made[which].set_name, bytes(value))
    partner = made[(which + 1) % 3]
    for chosen in ([made[which], partner], made):
        with pytest.raises(KnownError, match=r"share\.wrong"):
            join(chosen)


def test_one_paper_is_not_enough_even_twice() -> None:
    share = split(bytes(range(32)))[0]
    with pytest.raises(KnownError) as caught:
        join([share, share])
    assert (caught.value.code, caught.value.details) == ("share.too_few", {"given": 1, "needed": 2})


def test_the_set_is_named_by_the_public_key_alone() -> None:
    private = bytes(range(32))
    assert split(private)[0].set_name == set_name_of(seal_public_of(private))


def test_nothing_of_a_share_is_in_its_repr() -> None:
    share = split(bytes(range(32)))[0]
    assert share.value.hex() not in repr(share)
    assert repr(share.value) not in repr(share)
