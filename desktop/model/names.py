"""Finding a name however it was spelled: folded, transliterated and sound-alike forms of a text.

Only forms for search rows and queries are made here; nothing is compared or joined (no automatic matching).
"""

import re
import unicodedata

_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    }
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


def _table(pairs: str) -> dict[int, str]:
    """A translation table from `letter:latin` pairs; a pair without a right side drops the letter."""
    parts = (pair.partition(":") for pair in pairs.split())
    return str.maketrans({letter: latin for letter, _, latin in parts})


_CYRILLIC = _table(
    "а:a б:b в:v г:g д:d е:e ё:yo ж:zh з:z и:i й:y к:k л:l м:m н:n о:o п:p р:r с:s т:t у:u ф:f х:kh ц:ts ч:ch ш:sh "  # noqa: RUF001  the letters are the data
    "щ:shch ъ: ы:y ь: э:e ю:yu я:ya є:ye і:i ї:yi ґ:g ђ:dj ј:j љ:lj њ:nj ћ:c џ:dz"  # noqa: RUF001  the letters are the data
)
_GREEK = _table(
    "α:a β:v γ:g δ:d ε:e ζ:z η:i θ:th ι:i κ:k λ:l μ:m ν:n ξ:x ο:o π:p ρ:r σ:s ς:s τ:t υ:y φ:f χ:ch ψ:ps ω:o"  # noqa: RUF001  the letters are the data
)
_WORD = re.compile(r"\w+", re.UNICODE)
_SOUNDS = (
    (re.compile(r"sch|tsch|tch|sh|ch|cz|zh|kh|gh|[cgkqx]"), "k"),
    (re.compile(r"ph|v|w|f"), "f"),
    (re.compile(r"th|dt|[dt]"), "t"),
    (re.compile(r"[sz]"), "s"),
    (re.compile(r"[bp]"), "p"),
    (re.compile(r"[mn]"), "n"),
    (re.compile(r"[lr]"), "l"),
)
_SILENT = re.compile(r"[aeiouyjh]+")
_DOUBLED = re.compile(r"(.)\1+")


def folded(text: str) -> str:
    """Lower case without diacritics: `Zoë Łukaszewska` → `zoe lukaszewska`."""
    lowered = text.casefold().translate(_LETTERS)
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFKD", lowered).casefold()  # again: a sign may stand for capitals
    return "".join(part for part in parts if not unicodedata.combining(part))


def transliterated(text: str) -> str:
    """In plain letters as a passport might carry it: `Müller` → `mueller`, `Жанна` → `zhanna`."""
    lowered = unicodedata.normalize("NFC", text.casefold())
    if lowered.isascii():
        return lowered
    greek = "".join(part for part in unicodedata.normalize("NFD", lowered) if part != "\N{COMBINING ACUTE ACCENT}")
    return folded(unicodedata.normalize("NFC", greek).translate(_UMLAUTS).translate(_CYRILLIC).translate(_GREEK))


def sound(text: str, known: dict[str, str] | None = None) -> str:
    """One code per word, alike for words that sound alike in the languages of the house: `Meier`, `Mayr` → `n-l`.

    A coarse net for a person to look through, never evidence of identity. `known` remembers the codes of words for a
    caller who asks for many texts; no longer than that caller wants, for they are names.
    """
    known = {} if known is None else known
    words = _WORD.findall(transliterated(text))
    known.update((word, _sound_of(word)) for word in words if word not in known)
    return " ".join(known[word] for word in words if known[word])


def _sound_of(word: str) -> str:
    if word.isdigit():
        return word
    code = word
    for pattern, letter in _SOUNDS:
        code = pattern.sub(letter.upper(), code)
    code = _SILENT.sub("-", code)
    return _DOUBLED.sub(r"\1", code.lower()).rstrip("-")
