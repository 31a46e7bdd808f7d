"""Small: module median and ceiling, function ninetieth percentile and ceiling, a docstring on every module."""

import ast
from statistics import median

from tests.house.tree import Function, Module, functions

MODULE_CEILING = 450
MODULE_MEDIAN = 150
FUNCTION_CEILING = 60
FUNCTION_P90 = 25


def length(of: Function) -> int:
    """Lines from `def` to the last line of the body."""
    return (of.end_lineno or of.lineno) - of.lineno + 1


def long_modules(source: list[Module]) -> list[str]:
    return [f"{each.path}: {each.lines} lines" for each in source if each.lines > MODULE_CEILING]


def long_functions(source: list[Module]) -> list[str]:
    return [
        f"{each.path}:{function.lineno} {function.name}: {length(function)} lines"
        for each in source
        for function in functions(each)
        if length(function) > FUNCTION_CEILING
    ]


def module_median(source: list[Module]) -> float:
    """Of the modules that hold anything: package markers would flatter it."""
    return median(each.lines for each in source if each.syntax.body)


def function_p90(source: list[Module]) -> int:
    """The length that nine functions of ten do not exceed."""
    lengths = sorted(length(function) for each in source for function in functions(each))
    return lengths[max(0, -(-len(lengths) * 9 // 10) - 1)]


def without_docstring(source: list[Module]) -> list[str]:
    return [each.path for each in source if not (ast.get_docstring(each.syntax) or "").strip()]
