"""A name is found however it was spelled; the forms never fail and never differ for the same word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.model.names import folded, sound, transliterated


@pytest.mark.parametrize(
    ("written", "plain", "abroad"),
    [
        ("Zoë", "zoe", "zoe"),
        ("Müller", "muller", "mueller"),
        ("Łukaszewska", "lukaszewska", "lukaszewska"),
        ("Straße", "strasse", "strasse"),
        ("Søren", "soren", "soeren"),
        ("Ђорђе", "ђорђе", "djordje"),
        ("Жанна", "жанна", "zhanna"),
        ("Γιώργος", "γιωργοσ", "giorgos"),
    ],
)
def test_forms(written: str, plain: str, abroad: str) -> None:
    assert (folded(written), transliterated(written)) == (plain, abroad)


@pytest.mark.parametrize(
    "alike", [("Meier", "Mayr", "Maier"), ("Schmidt", "Schmitt"), ("Müller", "Mueller", "Miller"), ("Filip", "Philip")]
)
def test_what_sounds_alike_has_one_code(alike: tuple[str, ...]) -> None:
    assert len({sound(name) for name in alike}) == 1
    assert sound(alike[0]) != sound("Wren")


@given(st.text(max_size=40))
def test_forms_are_stable_for_any_text(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert sound(text) == sound(text.upper()) or not text.isascii()
    assert transliterated(transliterated(text)) == transliterated(text)


@given(st.lists(st.text(max_size=30), max_size=8))
def test_remembered_codes_change_nothing(texts: list[str]) -> None:
    known: dict[str, str] = {}
    assert [sound(text, known) for text in (*texts, *texts)] == [sound(text) for text in (*texts, *texts)]
