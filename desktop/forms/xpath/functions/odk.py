"""The functions that ODK XForms adds (https://getodk.github.io/xforms-spec/#xpath-functions), save dates and places."""

import base64
import binascii
import hashlib
import math
import re
from collections.abc import Callable

from desktop.forms.errors import XPathError
from desktop.forms.xpath import regexes
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
from desktop.forms.xpath.nodes import Node
from desktop.forms.xpath.shuffle import shuffled
from desktop.forms.xpath.values import Value, to_boolean, to_number, to_string

_DIGESTS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_TINY = re.compile(r"-?\d(?:\.\d+)?[eE]-\d+")
_MOST_LETTERS = 10_000
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _if(context: Context, arguments: Arguments) -> Value:
    return arguments[1](context) if boolean(context, arguments) else arguments[2](context)


def _coalesce(context: Context, arguments: Arguments) -> Value:
    for argument in arguments:
        value = to_string(argument(context))
        if value not in ("", "NaN"):
            return value
    return ""


def _once(context: Context, arguments: Arguments) -> Value:
    held = context.origin.string_value() if context.origin is context.node else context.node.string_value()
    return held or text(context, arguments)


def _selected(context: Context, arguments: Arguments) -> Value:
    return text(context, arguments, 1).strip() in text(context, arguments).split()


def _selected_at(context: Context, arguments: Arguments) -> Value:
    chosen = text(context, arguments).split()
    place = number(context, arguments, 1)
    if math.isnan(place) or not 0 <= int(place) < len(chosen):
        return ""
    return chosen[int(place)]


def _boolean_from_string(context: Context, arguments: Arguments) -> Value:
    value = arguments[0](context)
    return value == 1 if isinstance(value, float) else to_string(value) in ("1", "true")


def _substr(context: Context, arguments: Arguments) -> Value:
    source = text(context, arguments)
    start = number(context, arguments, 1)
    end = number(context, arguments, 2) if len(arguments) > 2 else float(len(source))
    return source[_index(start, len(source)) : _index(end, len(source))]


def _index(value: float, length: int) -> int:
    if math.isnan(value):
        return 0
    bounded = int(max(-length, min(length, value)))
    return bounded + length if bounded < 0 else bounded


def _join(context: Context, arguments: Arguments) -> Value:
    return bounded(text(context, arguments).join(strings(context, arguments, 1)))


def _checklist(context: Context, arguments: Arguments) -> Value:
    score = sum(_truths(context, arguments[2:]))
    return _within(context, arguments, float(score))


def _truths(context: Context, arguments: Arguments) -> list[bool]:
    found: list[bool] = []
    for argument in arguments:
        value = argument(context)
        found.extend(
            [to_boolean(node.string_value()) for node in value] if isinstance(value, list) else [to_boolean(value)]
        )
    return found


def _weighted_checklist(context: Context, arguments: Arguments) -> Value:
    score = 0.0
    for index in range(2, len(arguments) - 1, 2):
        held, weights = arguments[index](context), numbers(context, arguments[index + 1 : index + 2])
        truths = [to_boolean(node.string_value()) for node in held] if isinstance(held, list) else [to_boolean(held)]
        score += sum(weight for truth, weight in zip(truths, weights, strict=False) if truth)
    return _within(context, arguments, score)


def _within(context: Context, arguments: Arguments, score: float) -> bool:
    least, most = number(context, arguments), number(context, arguments, 1)
    return (least < 0 or score >= least) and (most < 0 or score <= most)


def _indexed_repeat(context: Context, arguments: Arguments) -> Value:
    """The target nodes inside the repeat instances at the given places; pairs may come in any order."""
    generic = Context(context.node, context.host, context.host.root)  # no instance of its own: all are meant
    pairs: list[tuple[list[Node], float]] = []
    for index in range(1, len(arguments) - 1, 2):
        place = number(context, arguments, index + 1)
        repeats = nodes(generic, arguments, index)
        if math.isnan(place) or not repeats:
            return []
        pairs.append((repeats, place))
    pairs.sort(key=lambda pair: _depth(pair[0][0]))
    within: Node | None = None
    for repeats, place in pairs:
        inside = [node for node in repeats if within is None or _is_inside(node, within)]
        if place != int(place) or not 1 <= place <= len(inside):
            return []
        within = inside[int(place) - 1]
    return [node for node in nodes(generic, arguments) if within is not None and _is_inside(node, within)]


def _depth(node: Node) -> int:
    depth = 0
    while node.parent is not None:
        node, depth = node.parent, depth + 1
    return depth


def _is_inside(node: Node, outer: Node) -> bool:
    parent = node.parent
    while parent is not None and parent is not outer:
        parent = parent.parent
    return parent is outer


def _instance(context: Context, arguments: Arguments) -> Value:
    found = context.host.instance(text(context, arguments))
    return [] if found is None else [found]


def _pulldata(context: Context, arguments: Arguments) -> Value:
    table, wanted, column, key = (text(context, arguments, index) for index in range(4))
    found = context.host.instance(table)
    root = next(found.elements(), None) if found is not None else None
    for item in root.elements() if root is not None else ():
        if _column(item, column) == key:
            return _column(item, wanted) or ""
    return ""


def _column(item: Node, name: str) -> str | None:
    """A child's text, or an attribute's for `@name`; None where the item has no such column."""
    if name.startswith("@"):
        return next((found.text for found in item.attributes if found.local == name[1:]), None)
    child = item.first(name)
    return None if child is None else child.string_value()


def _regex(context: Context, arguments: Arguments) -> Value:
    """An answer that cannot be judged in time, or a pattern that cannot be read, is no match, with a warning."""
    try:
        return regexes.found(text(context, arguments, 1), text(context, arguments))
    except regexes.PatternTimeout:
        context.host.warn("pattern_too_slow")
    except regexes.PatternInvalid:
        context.host.warn("pattern_invalid")
    return False


def _digest(context: Context, arguments: Arguments) -> Value:
    name = _DIGESTS.get(text(context, arguments, 1).upper())
    encoding = text(context, arguments, 2) if len(arguments) > 2 else "base64"
    if name is None or encoding not in ("hex", "base64"):
        raise XPathError("unknown digest")
    hashed = hashlib.new(name, text(context, arguments).encode(), usedforsecurity=False)
    return hashed.hexdigest() if encoding == "hex" else base64.b64encode(hashed.digest()).decode()


def _base64_decode(context: Context, arguments: Arguments) -> Value:
    source = text(context, arguments)
    try:
        return base64.b64decode(source, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _uuid(context: Context, arguments: Arguments) -> Value:
    if not arguments:
        return context.host.uuid()
    length = number(context, arguments)
    if not length <= _MOST_LETTERS:
        raise XPathError("too many letters")
    return "".join(_ALPHABET[int(context.host.random() * len(_ALPHABET))] for _ in range(int(length)))


def _random(context: Context, arguments: Arguments) -> Value:  # noqa: ARG001  takes none
    return context.host.random()


def _randomize(context: Context, arguments: Arguments) -> Value:
    found = nodes(context, arguments)
    if len(arguments) < 2:
        return shuffled(found, context.host.random)
    seed = number(context, arguments, 1)
    return shuffled(found, seed if not math.isnan(seed) else text(context, arguments, 1))


def _min(context: Context, arguments: Arguments) -> Value:
    return _extreme(min, context, arguments)


def _max(context: Context, arguments: Arguments) -> Value:
    return _extreme(max, context, arguments)


def _extreme(choose: Callable[[list[float]], float], context: Context, arguments: Arguments) -> float:
    found = numbers(context, arguments)
    return math.nan if not found or any(math.isnan(value) for value in found) else choose(found)


def _int(context: Context, arguments: Arguments) -> Value:
    given = arguments[0](context)
    value = to_number(given, context.host.zone)
    if isinstance(given, str) and math.isnan(value):
        value = _with_exponent(given)
    return math.nan if math.isnan(value) or math.isinf(value) else float(math.trunc(value))


def _with_exponent(written: str) -> float:
    """Tiny results print with an exponent in ODK's engines, which int() alone reads back: it comes to nought."""
    return 0.0 if _TINY.fullmatch(written.strip()) else math.nan


def _count_non_empty(context: Context, arguments: Arguments) -> Value:
    return float(sum(1 for node in nodes(context, arguments) if node.string_value() != ""))


def _choice_name(context: Context, arguments: Arguments) -> Value:
    return context.host.choice_label(text(context, arguments), text(context, arguments, 1).strip(), context.node)


def _current(context: Context, arguments: Arguments) -> Value:  # noqa: ARG001  takes none
    return [context.origin]


def _pow(context: Context, arguments: Arguments) -> Value:
    return _real(lambda: number(context, arguments) ** number(context, arguments, 1))


def _real(compute: Callable[[], complex | float]) -> float:
    try:
        value = compute()
    except (ValueError, ZeroDivisionError):
        return math.nan
    except OverflowError:
        return math.inf
    return math.nan if isinstance(value, complex) else float(value)


def _logarithm(base: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: -math.inf if value == 0 else base(value)


def _unary(name: str, compute: Callable[[float], float]) -> Function:
    return Function(name, 1, 1, lambda c, a: _real(lambda: compute(number(c, a))))


FUNCTIONS = (
    Function("if", 3, 3, _if),
    Function("coalesce", 1, None, _coalesce),
    Function("once", 1, 1, _once),
    Function("selected", 2, 2, _selected),
    Function("selected-at", 2, 2, _selected_at),
    Function("count-selected", 1, 1, lambda c, a: float(len(text(c, a).split()))),
    Function("boolean-from-string", 1, 1, _boolean_from_string),
    Function("substr", 2, 3, _substr),
    Function("ends-with", 2, 2, lambda c, a: text(c, a).endswith(text(c, a, 1))),
    Function("join", 1, None, _join),
    Function("checklist", 3, None, _checklist),
    Function("weighted-checklist", 4, None, _weighted_checklist, step=2),
    Function("indexed-repeat", 3, None, _indexed_repeat, step=2),
    Function("instance", 1, 1, _instance),
    Function("pulldata", 4, 4, _pulldata),
    Function("regex", 2, 2, _regex),
    Function("digest", 2, 3, _digest),
    Function("base64-decode", 1, 1, _base64_decode),
    Function("uuid", 0, 1, _uuid, pure=False),
    Function("random", 0, 0, _random, pure=False),
    Function("randomize", 1, 2, _randomize, pure=False),
    Function("min", 1, None, _min),
    Function("max", 1, None, _max),
    Function("int", 1, 1, _int),
    Function("count-non-empty", 1, 1, _count_non_empty),
    Function("jr:choice-name", 2, 2, _choice_name),
    Function("jr:itext", 1, 1, lambda c, a: c.host.itext(text(c, a))),
    Function("current", 0, 0, _current),
    Function("pow", 2, 2, _pow),
    Function("pi", 0, 0, lambda _c, _a: math.pi),
    Function("atan2", 2, 2, lambda c, a: _real(lambda: math.atan2(number(c, a), number(c, a, 1)))),
    _unary("abs", abs),
    _unary("sqrt", math.sqrt),
    _unary("exp", math.exp),
    _unary("exp10", lambda value: 10.0**value),
    _unary("log", _logarithm(math.log)),
    _unary("log10", _logarithm(math.log10)),
    _unary("sin", math.sin),
    _unary("cos", math.cos),
    _unary("tan", math.tan),
    _unary("asin", math.asin),
    _unary("acos", math.acos),
    _unary("atan", math.atan),
)
