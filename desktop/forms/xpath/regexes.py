r"""Patterns from forms, which are written for JavaScript and Java, run by the `regex` package with a time limit.

`re` is no choice: it refuses `[\w-\.]` and holds the interpreter for ever on `^(a+)+$`.
"""

from functools import lru_cache

import regex

TIMEOUT = 0.05


class PatternTimeout(Exception):  # noqa: N818  not an error of the form: the answer could not be judged in time
    """The pattern took longer than TIMEOUT seconds."""


class PatternInvalid(ValueError):  # noqa: N818  the author's pattern, told by lint
    """The pattern cannot be read."""


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> regex.Pattern[str]:
    try:
        return regex.compile(_translated(pattern), regex.ASCII | regex.V0)
    except regex.error as refused:
        raise PatternInvalid("pattern") from refused


def found(pattern: str, text: str) -> bool:
    """Whether the pattern matches anywhere in the text. Raises PatternTimeout or PatternInvalid."""
    try:
        return _compiled(pattern).search(text, timeout=TIMEOUT) is not None
    except TimeoutError as late:
        raise PatternTimeout from late


def check(pattern: str) -> None:
    """Raises PatternInvalid where the pattern cannot be read."""
    _compiled(pattern)


def _translated(pattern: str) -> str:
    """`$` is the end of the text outside a class, and a hyphen beside a class escape inside one is a hyphen."""
    out: list[str] = []
    inside = False
    at = 0
    while at < len(pattern):
        char = pattern[at]
        pair = pattern[at : at + 2]
        if char == "\\" and len(pair) == 2:
            out.append(pair)
            at += 2
            if inside and pair[1] in "wdsWDS" and pattern[at : at + 1] == "-" and pattern[at + 1 : at + 2] != "]":
                out.append(r"\-")
                at += 1
            continue
        if inside:
            inside = char != "]"
            out.append(r"\[" if char == "[" else _hyphen(pattern, at))
        else:
            inside = char == "["
            out.append(r"\Z" if char == "$" else char)
        at += 1
    return "".join(out)


def _hyphen(pattern: str, at: int) -> str:
    after = pattern[at + 1 : at + 3]
    return (
        r"\-" if pattern[at] == "-" and len(after) == 2 and after[0] == "\\" and after[1] in "wdsWDS" else pattern[at]
    )
