"""Location paths to closures. Leaves expressions inside predicates to `compiler`, axes to `axes`."""

from collections.abc import Callable

from desktop.forms.errors import XPathError
from desktop.forms.xpath.axes import AXES, REVERSE, node_test
from desktop.forms.xpath.context import Compiled, Context
from desktop.forms.xpath.nodes import ELEMENT, Node, in_document_order
from desktop.forms.xpath.syntax import Expression, KindTest, NameTest, Path, Step
from desktop.forms.xpath.values import to_boolean

StepFunction = Callable[[Context, list[Node]], list[Node]]
CompileExpression = Callable[[Expression], Compiled]
_KEEPS_ORDER = frozenset({"child", "self", "attribute"})


def compile_path(path: Path, start: Compiled | None, compile_expression: CompileExpression) -> Compiled:
    """A function from a context to the nodes of the path, distinct and in document order."""
    steps = _compile_steps(path.steps, compile_expression)
    if path.absolute:
        return _absolute(steps, _names(path.steps))
    if start is not None:

        def from_start(context: Context) -> list[Node]:
            nodes = node_set(start(context))
            for step in steps:
                nodes = step(context, nodes)
            return nodes

        return from_start

    def relative(context: Context) -> list[Node]:
        nodes = [context.node]
        for step in steps:
            nodes = step(context, nodes)
        return nodes

    return relative


def _absolute(steps: list[StepFunction], names: tuple[str, ...]) -> Compiled:
    """From the root; inside a repeat, through the instances that the expression stands in.

    ODK XForms' deviation from XPath: /data/child/age means this child's age where it is read inside /data/child.
    The last step is left alone, so that count(/data/child) still counts all of them.
    """

    def absolute(context: Context) -> list[Node]:
        nodes, begin = [context.host.root], 0
        if names:
            for own, name in zip(context.host.lineage(context.origin), names, strict=False):
                if own.local != name or own.prefix:
                    break
                nodes, begin = [own], begin + 1
        for step in steps[begin:]:
            nodes = step(context, nodes)
        return nodes

    return absolute


def _names(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """The leading plain steps of a path, without its last."""
    found: list[str] = []
    for step in steps[:-1]:
        test = step.test
        if (
            step.axis != "child"
            or step.predicates
            or not isinstance(test, NameTest)
            or test.prefix
            or test.local == "*"
        ):
            break
        found.append(test.local)
    return tuple(found)


def node_set(value: object) -> list[Node]:
    """The value if it is a node-set; a path cannot begin at anything else. Raises XPathError."""
    if isinstance(value, list):
        return value
    raise XPathError("a node-set is needed here")


def _compile_steps(steps: tuple[Step, ...], compile_expression: CompileExpression) -> list[StepFunction]:
    compiled: list[StepFunction] = []
    ordered = True
    waiting = list(_without_detours(steps))
    for step in waiting:
        keeps = step.axis in _KEEPS_ORDER
        compiled.append(_compile_step(step, compile_expression, sort=not (keeps and ordered)))
        ordered = ordered and (keeps or step.axis == "parent")
    return compiled


def _without_detours(steps: tuple[Step, ...]) -> list[Step]:
    """`//x` without predicates is descendant::x: the same nodes, found in one walk."""
    found: list[Step] = []
    for step in steps:
        if (
            found
            and found[-1] == Step("descendant-or-self", KindTest("node"))
            and step.axis == "child"
            and not step.predicates
        ):
            found[-1] = Step("descendant", step.test)
        else:
            found.append(step)
    return found


def _compile_step(step: Step, compile_expression: CompileExpression, *, sort: bool) -> StepFunction:
    predicates = [compile_expression(predicate) for predicate in step.predicates]
    if (
        step.axis == "child"
        and isinstance(step.test, NameTest)
        and step.test.local != "*"
        and not step.test.prefix
        and not sort
    ):
        return _child_step(step.test.local, predicates)
    if step.axis == "self" and step.test == KindTest("node") and not predicates:
        return lambda _context, nodes: nodes
    axis = AXES[step.axis]
    reverse = step.axis in REVERSE

    def walk_step(context: Context, nodes: list[Node]) -> list[Node]:
        test = node_test(step.axis, step.test, context.host.namespaces)
        found: list[Node] = []
        for node in nodes:
            matching = [candidate for candidate in axis(node) if test(candidate)]
            context.host.spend(len(matching) + 1)
            for predicate in predicates:
                matching = keep(context, matching, predicate)
            found.extend(matching)
        return in_document_order(found) if sort and (reverse or len(nodes) > 1) else found

    return walk_step


def _child_step(local: str, predicates: list[Compiled]) -> StepFunction:
    def child_step(context: Context, nodes: list[Node]) -> list[Node]:
        found: list[Node] = []
        for node in nodes:
            matching = [c for c in node.named(local) if c.kind == ELEMENT and not c.prefix]
            for predicate in predicates:
                matching = keep(context, matching, predicate)
            found.extend(matching)
        return found

    return child_step


def keep(context: Context, nodes: list[Node], predicate: Compiled) -> list[Node]:
    """The nodes for which the predicate holds: a number means that position, anything else its boolean value."""
    context.host.spend(len(nodes))
    kept: list[Node] = []
    inner = Context(context.node, context.host, context.origin, 1, len(nodes))
    for position, node in enumerate(nodes, start=1):
        inner.node = node
        inner.position = position
        value = predicate(inner)
        holds = value == position if isinstance(value, float) else to_boolean(value)
        if holds:
            kept.append(node)
    return kept
