"""Code names: neutral, the same from the same bytes, and never one that is taken here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.model.code_name import NUMBERS, WORDS, code_name


@given(st.binary(min_size=8, max_size=16))
def test_a_name_is_one_of_the_words_and_a_number_of_three_digits(data: bytes) -> None:
    word, _, number = code_name(data).partition(" ")
    assert word in WORDS
    assert 100 <= int(number) <= 999
    assert code_name(data) == code_name(data)


@given(st.binary(min_size=8, max_size=8), st.integers(min_value=1, max_value=40))
def test_a_taken_name_is_never_given_again(data: bytes, times: int) -> None:
    taken: list[str] = []
    for _ in range(times):
        taken.append(code_name(data, taken))
    assert len(set(taken)) == times


def test_the_words_are_different_and_the_last_name_is_followed_by_the_first() -> None:
    assert len(set(WORDS)) == len(WORDS)
    last = (len(WORDS) * NUMBERS - 1).to_bytes(8, "big")
    assert code_name(last) == f"{WORDS[-1]} 999"
    assert code_name(last, {f"{WORDS[-1]} 999"}) == f"{WORDS[0]} 100"


def test_too_few_bytes_and_no_name_left_are_refused() -> None:
    with pytest.raises(ValueError, match="eight"):
        code_name(b"1234567")

    class Everything:
        def __contains__(self, _name: object) -> bool:
            return True

    with pytest.raises(ValueError, match="taken"):
        code_name(bytes(8), Everything())
