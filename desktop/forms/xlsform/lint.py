"""Reads a form as a careful colleague would: function names and arity, cycles, patterns, what leaves the form's folder.

The converter checks none of these. Warnings only: what must be refused is refused by the definition itself.
"""

from collections.abc import Iterator

from desktop.forms.engine.graph import graph_of
from desktop.forms.xform.definition import FormDefinition
from desktop.forms.xform.model import NodeDefinition
from desktop.forms.xlsform.outcome import WARNING, Problem
from desktop.forms.xpath import regexes
from desktop.forms.xpath.functions.table import FUNCTIONS
from desktop.forms.xpath.syntax import Binary, Call, Expression, Filter, Literal, Negate, Path


def lint(form: FormDefinition) -> tuple[Problem, ...]:
    """What an author should know, in the order of the form."""
    found: list[Problem] = []
    for node in form.root.walk():
        for kind, expression in node.bind.expressions.items():
            found.extend(_problems(node, kind, expression))
    found.extend(_warning("no_node", what) for what in form.model.warnings)
    found.extend(
        _warning("cycle", f"{cycle[0].definition.path} is computed from itself.") for cycle in graph_of(form).cycles
    )
    found.extend(
        _warning("missing_file", f"The file {name} is not there: it reads as empty.") for name in form.missing_resources
    )
    found.extend(_weights(form))
    return tuple(found)


def _warning(code: str, message: str) -> Problem:
    return Problem(code, "survey", 0, message, WARNING)


def calls(expression: Expression) -> Iterator[Call]:
    """All function calls in an expression."""
    if isinstance(expression, Binary):
        yield from calls(expression.left)
        yield from calls(expression.right)
    elif isinstance(expression, Negate):
        yield from calls(expression.operand)
    elif isinstance(expression, Call):
        yield expression
        for argument in expression.arguments:
            yield from calls(argument)
    elif isinstance(expression, Filter):
        for inner in (expression.primary, *expression.predicates):
            yield from calls(inner)
    elif isinstance(expression, Path):
        inner_parts = [predicate for step in expression.steps for predicate in step.predicates]
        for inner in (*((expression.start,) if expression.start is not None else ()), *inner_parts):
            yield from calls(inner)


def _problems(node: NodeDefinition, kind: str, expression: Expression) -> Iterator[Problem]:
    for call in calls(expression):
        function = FUNCTIONS.get(call.name)
        where = f"{node.name} ({kind})"
        if function is None:
            yield _warning("function_unknown", f"{where}: there is no function {call.name}().")
        elif not function.takes(len(call.arguments)):
            yield _warning(
                "function_arguments", f"{where}: {call.name}() does not take {len(call.arguments)} arguments."
            )
        elif call.name == "regex" and isinstance(call.arguments[1], Literal):
            yield from _pattern(where, call.arguments[1].value)


def _pattern(where: str, pattern: str) -> Iterator[Problem]:
    try:
        regexes.check(pattern)
    except regexes.PatternInvalid:
        yield _warning("pattern_invalid", f"{where}: the pattern cannot be read.")


def _weights(form: FormDefinition) -> Iterator[Problem]:
    """A scored question must say what "don't know" counts: silence would read as no."""
    for node in form.root.walk():
        if node.bind.extras.get("role") != "item" or node.control is None or node.control.itemset is None:
            continue
        for name, instance in form.instances.items():
            for root in instance.elements():
                for item in root.elements():
                    asked = item.first("name")
                    weight = item.first("weight")
                    unknown = asked is not None and asked.string_value() in ("dont_know", "not_asked", "refused")
                    if unknown and (weight is None or not weight.string_value()):
                        yield _warning(
                            "weight_missing", f"{name}: {asked.string_value() if asked else ''} has no weight."
                        )
