"""Tokens to syntax: XPath 1.0's grammar by precedence climbing. Knows nothing of functions or of documents."""

from collections.abc import Callable
from functools import lru_cache

from desktop.forms.errors import XPathError
from desktop.forms.xpath.lexer import Token, tokenize
from desktop.forms.xpath.syntax import (
    Binary,
    Call,
    Expression,
    Filter,
    KindTest,
    Literal,
    NameTest,
    Negate,
    Number,
    Path,
    Step,
)

_BINDS: dict[str, int] = {
    operator: strength
    for strength, operators in enumerate(("or", "and", "= !=", "< <= > >=", "+ -", "* div mod"), start=1)
    for operator in operators.split()
}
_KINDS = frozenset({"node", "text", "comment", "processing-instruction"})
_AXES = frozenset(
    {"ancestor", "ancestor-or-self", "attribute", "child", "descendant", "descendant-or-self", "following"}
    | {"following-sibling", "namespace", "parent", "preceding", "preceding-sibling", "self"}
)
_ANYWHERE = Step("descendant-or-self", KindTest("node"))
_MAX_DEPTH = 100
_MAX_CHAIN = 400  # members of one sum: more would not fit on the stack of whatever reads it


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """The syntax of one expression. Raises XPathError with the offset of the first token that does not fit."""
    return _Parser(tokenize(text)).whole()


def _balanced(chain: Expression) -> Expression:
    """A long chain of one `and` or `or` as a tree that is not deep; the order of its members stays."""
    if not isinstance(chain, Binary) or chain.operator not in ("and", "or"):
        return chain
    members: list[Expression] = []
    left: Expression = chain
    while isinstance(left, Binary) and left.operator == chain.operator:
        members.append(left.right)
        left = left.left
    level = [left, *reversed(members)]
    while len(level) > 1:
        pairs = [Binary(chain.operator, *level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
        level = [*pairs, *level[len(pairs) * 2 :]]
    return level[0]


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _peek(self, ahead: int = 1) -> Token:
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def _take(self, kind: str) -> Token:
        token = self._token
        if token.kind != kind:
            raise XPathError(f"expected {kind} at {token.at}")
        self._at += 1
        return token

    def _skip(self, kind: str) -> bool:
        if self._token.kind == kind:
            self._at += 1
            return True
        return False

    def whole(self) -> Expression:
        expression = self._binary(0)
        self._take("end")
        return expression

    def _binary(self, least: int) -> Expression:
        """Precedence climbing: one call per nesting, so that the long nested ifs of real forms fit on the stack."""
        left = self._unary()
        length = 0
        while self._token.kind == "operator" and _BINDS.get(self._token.text, -1) >= least:
            operator = self._take("operator").text
            left = Binary(operator, left, self._binary(_BINDS[operator] + 1))
            length += 1
            if length > _MAX_CHAIN:
                raise XPathError("too long")
        return _balanced(left) if length > _MAX_DEPTH else left

    def _unary(self) -> Expression:
        if self._token.kind == "operator" and self._token.text == "-":
            self._take("operator")
            return Negate(self._shallow(self._unary))
        left = self._path()
        while self._token.kind == "operator" and self._token.text == "|":
            self._take("operator")
            left = Binary("|", left, self._path())
        return left

    def _path(self) -> Expression:
        if self._token.kind in ("/", "//"):
            return self._absolute()
        if not self._starts_primary():
            return Path(absolute=False, steps=tuple(self._steps()))
        primary = self._primary()
        predicates = self._predicates()
        start = Filter(primary, predicates) if predicates else primary
        if self._token.kind not in ("/", "//"):
            return start
        return Path(absolute=False, steps=tuple(self._more_steps()), start=start)

    def _absolute(self) -> Path:
        if self._token.kind == "//":
            return Path(absolute=True, steps=tuple(self._more_steps()))
        self._take("/")
        if self._starts_step():
            return Path(absolute=True, steps=tuple(self._steps()))
        return Path(absolute=True, steps=())

    def _starts_primary(self) -> bool:
        kind = self._token.kind
        if kind == "name":
            return self._peek().kind == "(" and self._token.text not in _KINDS
        return kind in ("number", "literal", "(")

    def _starts_step(self) -> bool:
        return self._token.kind in ("name", "@", ".", "..")

    def _primary(self) -> Expression:
        token = self._token
        self._at += 1
        if token.kind == "number":
            return Number(float(token.text))
        if token.kind == "literal":
            return Literal(token.text[1:-1])
        if token.kind == "(":
            inner = self._nested()
            self._take(")")
            return inner
        self._take("(")
        arguments: list[Expression] = []
        if self._token.kind != ")":
            arguments.append(self._nested())
            while self._skip(","):
                arguments.append(self._nested())
        self._take(")")
        return Call(token.text, tuple(arguments))

    def _nested(self) -> Expression:
        return self._shallow(lambda: self._binary(0))

    def _shallow(self, read: Callable[[], Expression]) -> Expression:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise XPathError("nested too deeply")
        expression = read()
        self._depth -= 1
        return expression

    def _steps(self) -> list[Step]:
        return [self._step(), *self._more_steps()]

    def _more_steps(self) -> list[Step]:
        steps: list[Step] = []
        while self._token.kind in ("/", "//"):
            if self._token.kind == "//":
                steps.append(_ANYWHERE)
            self._at += 1
            steps.append(self._step())
        return steps

    def _step(self) -> Step:
        if self._skip("."):
            return Step("self", KindTest("node"), self._predicates())
        if self._skip(".."):
            return Step("parent", KindTest("node"), self._predicates())
        axis = "child"
        if self._skip("@"):
            axis = "attribute"
        elif self._token.kind == "name" and self._peek().kind == "::":
            axis = self._take("name").text
            if axis not in _AXES:
                raise XPathError(f"no axis at {self._token.at}")
            self._take("::")
        return Step(axis, self._test(), self._predicates())

    def _test(self) -> NameTest | KindTest:
        token = self._take("name")
        if token.text in _KINDS and self._token.kind == "(":
            self._take("(")
            target = self._take("literal").text[1:-1] if self._token.kind == "literal" else ""
            self._take(")")
            return KindTest(token.text, target)
        prefix, colon, local = token.text.rpartition(":")
        return NameTest(prefix if colon else "", local)

    def _predicates(self) -> tuple[Expression, ...]:
        found: list[Expression] = []
        while self._skip("["):
            found.append(self._nested())
            self._take("]")
        return tuple(found)
