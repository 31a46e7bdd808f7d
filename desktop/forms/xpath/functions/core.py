"""XPath 1.0's own functions (https://www.w3.org/TR/1999/REC-xpath-19991116/#corelib), with ODK's wider arities."""

import math
import re
from decimal import ROUND_HALF_UP, Decimal

from desktop.forms.xpath.context import Context
from desktop.forms.xpath.functions.signature import (
    Arguments,
    Function,
    boolean,
    bounded,
    nodes,
    number,
    numbers,
    strings,
    text,
)
from desktop.forms.xpath.nodes import ELEMENT, Node, walk
from desktop.forms.xpath.values import Value

_BLANK = " \t\r\n"
_SPACES = re.compile("[ \t\r\n]+")


def _text_or_context(context: Context, arguments: Arguments) -> str:
    return text(context, arguments) if arguments else context.node.string_value()


def _node_or_context(context: Context, arguments: Arguments) -> Node | None:
    if not arguments:
        return context.node
    found = nodes(context, arguments)
    return found[0] if found else None


def _position(context: Context, arguments: Arguments) -> Value:
    """Without an argument the place in the set; with one (ODK) the place among neighbours of the same name."""
    if not arguments:
        return float(context.position)
    found = nodes(context, arguments)
    if not found or found[0].parent is None:
        return math.nan
    place = 0
    for sibling in found[0].parent.children:
        if sibling.local == found[0].local and sibling.kind == ELEMENT:
            place += 1
        if sibling is found[0]:
            break
    return float(place)


def _substring(context: Context, arguments: Arguments) -> Value:
    source = text(context, arguments)
    start = _half_up(number(context, arguments, 1))
    end = math.inf if len(arguments) < 3 else start + _half_up(number(context, arguments, 2))
    return "".join(char for place, char in enumerate(source, start=1) if start <= place < end)


def _half_up(value: float) -> float:
    return value if math.isnan(value) or math.isinf(value) else math.floor(value + 0.5)


def _before(context: Context, arguments: Arguments) -> Value:
    head, found, _tail = _partition(context, arguments)
    return head if found else ""


def _after(context: Context, arguments: Arguments) -> Value:
    return _partition(context, arguments)[2]


def _partition(context: Context, arguments: Arguments) -> tuple[str, bool, str]:
    source, mark = text(context, arguments), text(context, arguments, 1)
    if not mark:
        return "", True, source
    head, found, tail = source.partition(mark)
    return head, bool(found), tail


def _translate(context: Context, arguments: Arguments) -> Value:
    source, old, new = (text(context, arguments, index) for index in range(3))
    table: dict[int, str] = {}
    for place, char in enumerate(old):
        table.setdefault(ord(char), new[place : place + 1])
    return source.translate(table)


def _id(context: Context, arguments: Arguments) -> Value:
    wanted = {word for value in strings(context, arguments) for word in value.split()}
    top = context.node.root()
    return [node for node in walk(top) if node.kind == ELEMENT and node.attribute("id") in wanted]


def _lang(context: Context, arguments: Arguments) -> Value:
    wanted = text(context, arguments).lower()
    node: Node | None = context.node
    while node is not None:
        spoken = next((item.text.lower() for item in node.attributes if item.qualified_name() == "xml:lang"), None)
        if spoken is not None:
            return spoken == wanted or spoken.startswith(f"{wanted}-")
        node = node.parent
    return False


def _name(part: str) -> Function:
    def implement(context: Context, arguments: Arguments) -> Value:
        node = _node_or_context(context, arguments)
        if node is None:
            return ""
        if part == "name":
            return node.qualified_name()
        return node.local if part == "local-name" else node.namespace

    return Function(part, 0, 1, implement)


def _round(context: Context, arguments: Arguments) -> Value:
    """ODK's round: half away from zero, an optional count of decimal places, negative ones to the left."""
    value = number(context, arguments)
    places = number(context, arguments, 1) if len(arguments) > 1 else 0.0
    if math.isnan(value) or math.isinf(value) or math.isnan(places) or abs(places) > 30:
        return value if not math.isnan(places) else math.nan
    quantum = Decimal(1).scaleb(-int(places))
    exact = Decimal(repr(value))
    scaled = (exact / quantum).to_integral_value(ROUND_HALF_UP)
    return float(scaled * quantum)


def _floor(context: Context, arguments: Arguments) -> Value:
    value = number(context, arguments)
    return value if math.isnan(value) or math.isinf(value) else float(math.floor(value))


def _ceiling(context: Context, arguments: Arguments) -> Value:
    value = number(context, arguments)
    if math.isnan(value) or math.isinf(value):
        return value
    return math.copysign(float(math.ceil(value)), value)


def _count(context: Context, arguments: Arguments) -> Value:
    return float(len(nodes(context, arguments)))


def _sum(context: Context, arguments: Arguments) -> Value:
    """NaN for nothing to add, as in the reference engine: no score is not a score of nought."""
    found = numbers(context, arguments)
    return float(sum(found)) if found else math.nan


def _text_length(context: Context, arguments: Arguments) -> Value:
    return float(len(_text_or_context(context, arguments)))


def _last(context: Context, arguments: Arguments) -> Value:  # noqa: ARG001  takes none
    return float(context.size)


def _no(context: Context, arguments: Arguments) -> Value:  # noqa: ARG001  takes none
    return False


def _yes(context: Context, arguments: Arguments) -> Value:  # noqa: ARG001  takes none
    return True


def _normal(context: Context, arguments: Arguments) -> Value:
    return " ".join(_SPACES.split(_text_or_context(context, arguments).strip(_BLANK)))


def _number(context: Context, arguments: Arguments) -> Value:
    if arguments:
        return number(context, arguments)
    return number(context, (lambda inner: [inner.node],))


FUNCTIONS = (
    Function("boolean", 1, 1, boolean),
    Function("ceiling", 1, 1, _ceiling),
    Function("concat", 0, None, lambda c, a: bounded("".join(strings(c, a)))),
    Function("contains", 2, 2, lambda c, a: text(c, a, 1) in text(c, a)),
    Function("count", 1, 1, _count),
    Function("false", 0, 0, _no),
    Function("floor", 1, 1, _floor),
    Function("id", 1, 1, _id),
    Function("lang", 1, 1, _lang),
    Function("last", 0, 0, _last, pure=False),
    _name("local-name"),
    _name("name"),
    _name("namespace-uri"),
    Function("normalize-space", 0, 1, _normal),
    Function("not", 1, 1, lambda c, a: not boolean(c, a)),
    Function("number", 0, 1, _number),
    Function("position", 0, 1, _position, pure=False),
    Function("round", 1, 2, _round),
    Function("starts-with", 2, 2, lambda c, a: text(c, a).startswith(text(c, a, 1))),
    Function("string", 0, 1, _text_or_context),
    Function("string-length", 0, 1, _text_length),
    Function("substring", 2, 3, _substring),
    Function("substring-after", 2, 2, _after),
    Function("substring-before", 2, 2, _before),
    Function("sum", 1, 1, _sum),
    Function("translate", 3, 3, _translate),
    Function("true", 0, 0, _yes),
)
