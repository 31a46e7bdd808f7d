"""Expression text to tokens, with XPath's rule for when `*`, `and`, `or`, `div`, `mod` are operators."""

import re
from dataclasses import dataclass

from desktop.forms.errors import XPathError

_SPACE = re.compile(r"\s*")
_NUMBER = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_LITERAL = re.compile(r"\"[^\"]*\"|'[^']*'")
_NAME = re.compile(r"[^\W\d][\w.\-\u00b7]*(?::(?!:)(?:[^\W\d][\w.\-\u00b7]*|\*))?")
_WORD_OPERATOR = re.compile(r"(?:and|or|div|mod)(?![^\W\d])")
_SYMBOL = re.compile(r"::|!=|<=|>=|//|\.\.|[()\[\]@,./|+\-=<>*]")
_BEFORE_OPERAND = frozenset({"", "@", "::", "(", "[", ",", "operator", "/", "//"})


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is number, literal, name, operator, or the symbol itself; `at` is the offset in the text."""

    kind: str
    text: str
    at: int


def tokenize(text: str) -> list[Token]:
    """All tokens and a final one of kind `end`. Raises XPathError at a character no token begins with."""
    tokens: list[Token] = []
    at = 0
    while True:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        if at >= len(text):
            tokens.append(Token("end", "", at))
            return tokens
        token = _next(text, at, tokens[-1].kind if tokens else "")
        tokens.append(token)
        at += len(token.text)


def _next(text: str, at: int, before: str) -> Token:
    if before not in _BEFORE_OPERAND:
        word = _WORD_OPERATOR.match(text, at)
        if word:
            return Token("operator", word.group(), at)
    for kind, pattern in (("literal", _LITERAL), ("number", _NUMBER), ("name", _NAME)):
        match = pattern.match(text, at)
        if match:
            return Token(kind, match.group(), at)
    symbol = _SYMBOL.match(text, at)
    if symbol is None:
        raise XPathError(f"unexpected character at {at}")
    return Token(_symbol_kind(symbol.group(), before), symbol.group(), at)


def _symbol_kind(symbol: str, before: str) -> str:
    if symbol == "*":
        return "name" if before in _BEFORE_OPERAND else "operator"
    if symbol in {"+", "-", "=", "!=", "<", "<=", ">", ">=", "|"}:
        return "operator"
    return symbol
