"""The printed code: what is typed back is read if it can be, and a slip is named, never taken for another code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.crypto import recovery_code
from desktop.crypto.printed_code import ALPHABET
from desktop.crypto.recovery_code import BITS, GROUPS, decode, encode
from desktop.errors import KnownError

numbers = st.integers(0, 2**BITS - 1)


@given(numbers)
def test_what_is_printed_is_read_back(number: int) -> None:
    assert decode(encode(number)) == number


@given(numbers)
def test_case_spaces_dashes_and_look_alikes_do_not_matter(number: int) -> None:
    printed = encode(number)
    assert decode(printed.lower().replace("-", "  ")) == number
    assert decode(printed.replace("-", "\u2013\n").replace("0", "o").replace("1", "l")) == number
    assert decode(printed.replace("-", "").replace("0", "O").replace("1", "I")) == number


@given(numbers, st.integers(0, 35), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found_and_its_group_named(number: int, place: int, other: str) -> None:
    typed = list(encode(number).replace("-", ""))
    if typed[place] == other:
        return
    typed[place] = other
    with pytest.raises(KnownError) as caught:
        decode("".join(typed))
    assert caught.value.code == "vault.recovery_mistyped"
    assert caught.value.details == {"group": place // 6 + 1}


@given(numbers, st.integers(0, GROUPS - 1), st.integers(0, 4))
def test_two_neighbours_exchanged_are_always_found(number: int, group: int, place: int) -> None:
    typed = list(encode(number).replace("-", ""))
    at = group * 6 + place
    if typed[at] == typed[at + 1]:
        return
    typed[at], typed[at + 1] = typed[at + 1], typed[at]
    with pytest.raises(KnownError, match=r"vault\.recovery_mistyped"):
        decode("".join(typed))


@given(numbers, st.permutations(range(GROUPS)))
def test_groups_in_another_order_are_always_found(number: int, order: list[int]) -> None:
    groups = encode(number).split("-")
    if order == sorted(order):
        return
    with pytest.raises(KnownError, match=r"vault\.recovery_mistyped"):
        decode("-".join(groups[index] for index in order))


@pytest.mark.parametrize("length", [0, 1, 35, 37, 72])
def test_a_code_of_another_length_says_so(length: int) -> None:
    with pytest.raises(KnownError) as caught:
        decode("7" * length)
    assert caught.value.code == "vault.recovery_length"
    assert caught.value.details == {"typed": length}


@given(st.text())
def test_any_text_is_read_or_refused_by_a_known_error(text: str) -> None:
    try:
        decode(text)
    except KnownError as error:
        assert error.code.startswith("vault.recovery_")  # noqa: PT017  both outcomes are allowed


def test_codes_are_strong_and_differ() -> None:
    assert BITS >= 128
    many = {recovery_code.new_number() for _ in range(200)}
    assert len(many) == 200
    assert max(many).bit_length() > BITS - 8
