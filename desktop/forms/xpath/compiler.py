"""Syntax to closures. An unknown function or a wrong count of arguments fails only where it is evaluated.

That laziness is the field's: `true() or explode()` is true. `desktop.forms.xlsform.lint` finds both beforehand.
"""

import math
import operator
from collections.abc import Callable
from functools import lru_cache

from desktop.forms.errors import UnknownFunction
from desktop.forms.xpath.context import Compiled, Context
from desktop.forms.xpath.functions.table import FUNCTIONS
from desktop.forms.xpath.nodes import Node, in_document_order
from desktop.forms.xpath.parser import parse
from desktop.forms.xpath.paths import compile_path, keep, node_set
from desktop.forms.xpath.syntax import Binary, Call, Expression, Filter, Literal, Negate, Number, Path
from desktop.forms.xpath.values import Value, differs, equal, ordered, to_boolean, to_number

_ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@lru_cache(maxsize=4096)
def compile_text(text: str) -> Compiled:
    """A function from a context to the value of the expression. Raises XPathError where the text is no expression."""
    return compile_expression(parse(text))


@lru_cache(maxsize=16384)
def compiled_of(expression: Expression) -> Compiled:
    """The closure of a parsed expression, made once: equal expressions share theirs."""
    return compile_expression(expression)


def compile_expression(expression: Expression) -> Compiled:
    """The closure of a parsed expression; nothing of it depends on a document."""
    if isinstance(expression, Number | Literal):
        value: Value = expression.value
        return lambda _context: value
    if isinstance(expression, Binary):
        return _binary(expression)
    if isinstance(expression, Negate):
        operand = compile_expression(expression.operand)
        return lambda context: -to_number(operand(context), context.host.zone)
    if isinstance(expression, Path):
        start = None if expression.start is None else compile_expression(expression.start)
        return compile_path(expression, start, compile_expression)
    if isinstance(expression, Filter):
        return _filter(expression)
    return _call(expression)


def _filter(expression: Filter) -> Compiled:
    primary = compile_expression(expression.primary)
    predicates = [compile_expression(predicate) for predicate in expression.predicates]

    def evaluate(context: Context) -> list[Node]:
        nodes = node_set(primary(context))
        for predicate in predicates:
            nodes = keep(context, nodes, predicate)
        return nodes

    return evaluate


def _call(call: Call) -> Compiled:
    function = FUNCTIONS.get(call.name)
    if function is None:
        return _failing(f"unknown function {call.name}")
    if not function.takes(len(call.arguments)):
        return _failing(f"wrong number of arguments for {call.name}")
    arguments = tuple(compile_expression(argument) for argument in call.arguments)
    implement = function.implement
    return lambda context: implement(context, arguments)


def _failing(message: str) -> Compiled:
    def fail(_context: Context) -> Value:
        raise UnknownFunction(message)

    return fail


def _binary(expression: Binary) -> Compiled:
    """The left side of a chain is compiled first and without recursion: sums of hundreds of members are written."""
    waiting = [expression]
    while isinstance(waiting[-1].left, Binary):
        waiting.append(waiting[-1].left)
    compiled = compile_expression(waiting[-1].left)
    for part in reversed(waiting):
        compiled = _joined(part.operator, compiled, compile_expression(part.right))
    return compiled


def _joined(name: str, left: Compiled, right: Compiled) -> Compiled:
    if name == "or":
        return lambda context: to_boolean(left(context)) or to_boolean(right(context))
    if name == "and":
        return lambda context: to_boolean(left(context)) and to_boolean(right(context))
    if name == "=":
        return lambda context: equal(left(context), right(context), context.host.zone)
    if name == "!=":
        return lambda context: differs(left(context), right(context), context.host.zone)
    if name in _ORDER:
        holds = _ORDER[name]
        return lambda context: ordered(left(context), right(context), context.host.zone, holds)
    if name == "|":
        return lambda context: in_document_order([*node_set(left(context)), *node_set(right(context))])
    return _arithmetic(_ARITHMETIC[name], left, right)


def _arithmetic(apply: Callable[[float, float], float], left: Compiled, right: Compiled) -> Compiled:
    def evaluate(context: Context) -> float:
        zone = context.host.zone
        return apply(to_number(left(context), zone), to_number(right(context), zone))

    return evaluate


def _divide(left: float, right: float) -> float:
    if right == 0:
        if left == 0 or math.isnan(left):
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1.0, right)
    return left / right


def _modulo(left: float, right: float) -> float:
    if right == 0 or math.isinf(left):
        return math.nan
    return math.fmod(left, right)


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "div": _divide,
    "mod": _modulo,
}
