"""How long a passphrase would hold against someone who copied the disk: a cautious count, and plain words for it.

It counts words, variety and repetition only. It cannot know a quotation, a name or a birthday, and says so; nothing
typed leaves this function.
"""

import itertools
import math
import re
from dataclasses import dataclass

from desktop.i18n import tr

TRIES_PER_SECOND = 10_000
"""A rented machine against Argon2id as this program sets it, with room to be wrong by a hundred."""
WORD_BITS = 11.0
"""A word that people think of: one of about two thousand."""
LETTER_BITS = 2.2
"""A letter inside a word-like text."""
SIGN_BITS = 4.0
DAY, YEAR = 86_400.0, 31_557_600.0
_WORD = re.compile(r"[^\W\d_]{3,}")
_WORN_OUT = ("password", "passphrase", "passwort", "causeway", "qwerty", "qwertz", "azerty", "letmein", "welcome")


@dataclass(frozen=True)
class Strength:
    """`step` 0 (nothing typed) to 4, `words` for the person, `enough` when it may be used."""

    step: int
    words: str
    enough: bool


def strength(passphrase: str) -> Strength:
    """The judgement on what is typed so far."""
    if not passphrase:
        text = tr("Four or five words that do not belong together are easy to keep and hard to guess.")
        return Strength(0, text, enough=False)
    seconds = 2.0 ** bits(passphrase) / 2 / TRIES_PER_SECOND
    if seconds < DAY:
        text = tr("Too easy: whoever copied the disk would need less than a day. Add a word or two.")
        return Strength(1, text, enough=False)
    if seconds < YEAR:
        text = tr("Would hold for days or months, not years. Another word makes it years.")
        return Strength(2, text, enough=True)
    if seconds < 1000 * YEAR:
        text = tr("Would hold for years, unless it is a saying, a name or a date that belongs to you.")
        return Strength(3, text, enough=True)
    return Strength(4, tr("Would hold longer than the secrets it guards, unless it is a quotation."), enough=True)


def bits(passphrase: str) -> float:
    """A cautious number of bits: each different word counts once, whatever its length; other signs by variety."""
    text = passphrase.casefold()
    for worn in _WORN_OUT:
        text = text.replace(worn, " ")
    words = _WORD.findall(text)
    counted = sum(min(WORD_BITS, LETTER_BITS * len(set(word)) + 2) for word in set(words))
    rest = _WORD.sub("", text)
    signs = [sign for sign in rest if not sign.isspace()]
    varied = len(set(signs)) - _in_a_row(signs)
    mixed = 1.0 if passphrase != passphrase.casefold() else 0.0
    return counted + SIGN_BITS * max(varied, 0) + mixed * math.log2(max(len(passphrase), 2)) / 2


def _in_a_row(signs: list[str]) -> int:
    """How many signs only go on counting (123, abc): they add nothing."""
    return sum(1 for one, other in itertools.pairwise(signs) if ord(other) - ord(one) in (1, -1))
