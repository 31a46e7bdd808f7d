"""Reads a form as a careful colleague would: functions, arity, dead paths, cycles, slow patterns, what other programs
read otherwise.

The converter checks none of these. Warnings only: what must be refused is refused by the definition itself. Leaves what
would tell of a person, or leave the form's folder, to `safety`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from desktop.forms.engine.graph import Computation, DefinitionPlaces, graph_of
from desktop.forms.scoring.flag_steps import flags_without_step
from desktop.forms.xform.body import Control, every_element
from desktop.forms.xform.definition import FormDefinition
from desktop.forms.xform.model import NodeDefinition
from desktop.forms.xform.text import Output, Part, TextSource
from desktop.forms.xlsform.outcome import WARNING, Problem
from desktop.forms.xpath import regexes
from desktop.forms.xpath.dependencies import Walk
from desktop.forms.xpath.functions.table import FUNCTIONS
from desktop.forms.xpath.syntax import Binary, Call, Expression, Filter, Literal, NameTest, Negate, Path

NOT_ODK = frozenset({"difference-in-months", "add-date", "cht:difference-in-months", "cht:add-date"})
LAST_SAVED = "__last-saved"
_PROBES = ("a" * 40 + "!", "0" * 40 + "!", "a " * 20 + "!", "aA0-" * 10 + "!", "@." * 20 + "!")


@dataclass(frozen=True, slots=True)
class Written:
    """One expression of the form: the node it stands at and what it is for."""

    node: NodeDefinition
    use: str
    expression: Expression


def lint(form: FormDefinition, rows: Mapping[str, int] | None = None) -> tuple[Problem, ...]:
    """What an author should know, in the order of the form. `rows` leads from paths to rows of the survey sheet."""
    return tuple(_Lint(form, rows or {}).run())


def calls(expression: Expression) -> Iterator[Call]:
    """All function calls in an expression."""
    return (part for part in parts(expression) if isinstance(part, Call))


def parts(expression: Expression) -> Iterator[Expression]:
    """The expression and everything inside it."""
    yield expression
    for inner in _inside(expression):
        yield from parts(inner)


def _inside(expression: Expression) -> tuple[Expression, ...]:
    if isinstance(expression, Binary):
        return expression.left, expression.right
    if isinstance(expression, Negate):
        return (expression.operand,)
    if isinstance(expression, Call):
        return expression.arguments
    if isinstance(expression, Filter):
        return (expression.primary, *expression.predicates)
    if isinstance(expression, Path):
        start = () if expression.start is None else (expression.start,)
        return (*start, *(predicate for step in expression.steps for predicate in step.predicates))
    return ()


def written_in(form: FormDefinition) -> Iterator[Written]:
    """Every expression of the form: binds, counts, choices, actions, and those that texts print."""
    for node in form.root.walk():
        for use, expression in node.bind.expressions.items():
            yield Written(node, use, expression)
        if node.repeat is not None and node.repeat.count is not None:
            yield Written(node, "repeat_count", node.repeat.count)
        if node.control is not None and node.control.itemset is not None:
            yield Written(node, "choices", node.control.itemset.nodeset)
    for action in form.model.load_actions:
        yield Written(action.target, "setvalue", action.value)
    for node, output in outputs_of(form):
        if not output.unreadable:
            yield Written(node, "text", output.expression)


def outputs_of(form: FormDefinition) -> Iterator[tuple[NodeDefinition, Output]]:
    """What labels, hints and choices print, in every language, with the node each stands at."""
    for element in every_element(form.body):
        node = form.model.nodes.get(element.reference, form.root)
        sources = [element.label, element.hint]
        if isinstance(element, Control):
            sources.extend(item.label for item in element.items)
        for source in sources:
            for text in _translations(form, source):
                yield from ((node, part) for part in text if isinstance(part, Output))


def _translations(form: FormDefinition, source: TextSource | None) -> Iterator[tuple[Part, ...]]:
    if source is None:
        return
    yield source.parts
    for language in form.translations.texts.values() if source.itext_id() else ():
        yield from language.get(source.itext_id(), {}).values()


class _Lint:
    def __init__(self, form: FormDefinition, rows: Mapping[str, int]) -> None:
        self._form = form
        self._rows = rows
        self._places = DefinitionPlaces(form.root)
        self._slow: dict[str, str] = {}

    def run(self) -> Iterator[Problem]:
        for written in written_in(self._form):
            yield from self._calls(written)
            yield from self._paths(written)
        for what in self._form.model.warnings:
            yield self._warning("no_node", what)
        yield from self._cycles()
        yield from self._texts()
        for name in self._form.missing_resources:
            yield self._warning("missing_file", f"The file {name} is not there: it reads as empty.")
        yield from self._weights()
        for name in flags_without_step(self._form):
            what = (
                f"{name}: a flag says what to do now in its hint, in every language: act — who — within; next act — …"
            )
            yield self._warning("flag_without_step", what, next(n for n in self._form.root.walk() if n.local == name))

    def _warning(self, code: str, message: str, node: NodeDefinition | None = None) -> Problem:
        below = "" if node is None else node.path.removeprefix(self._form.root.path)
        row = next((self._rows[path] for path in _upwards(below) if path in self._rows), 0)
        return Problem(code, "survey", row, message, WARNING)

    def _calls(self, written: Written) -> Iterator[Problem]:
        where = f"{written.node.name} ({written.use})"
        for call in calls(written.expression):
            function = FUNCTIONS.get(call.name)
            if function is None:
                yield self._warning("function_unknown", f"{where}: there is no function {call.name}().", written.node)
            elif not function.takes(len(call.arguments)):
                message = f"{where}: {call.name}() does not take {len(call.arguments)} arguments."
                yield self._warning("function_arguments", message, written.node)
            else:
                yield from self._call(written, where, call)

    def _call(self, written: Written, where: str, call: Call) -> Iterator[Problem]:
        first = call.arguments[0].value if call.arguments and isinstance(call.arguments[0], Literal) else None
        if call.name in NOT_ODK:
            message = f"{where}: {call.name}() is the Community Health Toolkit's; other programs do not know it."
            yield self._warning("function_foreign", message, written.node)
        elif first == LAST_SAVED:
            message = f"{where}: answers of the last record are not read: nothing is shown for them."
            yield self._warning("last_saved_ignored", message, written.node)
        elif call.name in ("instance", "pulldata") and first is not None and first not in self._form.instances:
            if first != self._form.model.instance.attribute("id"):
                message = f"{where}: there is no list '{first}': it reads as empty."
                yield self._warning("instance_unknown", message, written.node)
        elif call.name == "regex" and isinstance(call.arguments[1], Literal):
            code = self._pattern(call.arguments[1].value)
            if code:
                yield self._warning(code, f"{where}: {_SAID[code]}", written.node)

    def _pattern(self, pattern: str) -> str:
        """A pattern is tried on a few lines that make careless ones run for ever."""
        if pattern not in self._slow:
            self._slow[pattern] = ""
            try:
                for probe in _PROBES:
                    regexes.found(pattern, probe)
            except regexes.PatternInvalid:
                self._slow[pattern] = "pattern_invalid"
            except regexes.PatternTimeout:
                self._slow[pattern] = "pattern_slow"
        return self._slow[pattern]

    def _paths(self, written: Written) -> Iterator[Problem]:
        where = f"{written.node.name} ({written.use})"
        kept = {
            id(part) for call in calls(written.expression) for part in call.arguments if call.name == "indexed-repeat"
        }
        for path in (part for part in parts(written.expression) if isinstance(part, Path) and part.absolute):
            found = Walk(self._places, written.node).places(path)
            name = "/".join(["", *(step.test.local for step in path.steps if isinstance(step.test, NameTest))])
            if path.steps and not found:
                yield self._warning("dead_path", f"{where}: nothing stands at {name}: it reads as empty.", written.node)
            elif id(path) not in kept and self._is_shared(written.node, path, found):
                message = f"{where}: {name} is read in this entry of the repeat; some programs read it in all of them."
                yield self._warning("absolute_in_repeat", message, written.node)

    @staticmethod
    def _is_shared(node: NodeDefinition, path: Path, found: list[NodeDefinition]) -> bool:
        """Whether the path leads through a repeat that the node stands in, without saying which entry."""
        if any(step.predicates for step in path.steps):
            return False
        around = {id(above) for above in (node, *node.ancestors()) if above.repeat is not None}
        return any(id(above) in around for target in found for above in target.ancestors())

    def _cycles(self) -> Iterator[Problem]:
        for cycle in graph_of(self._form).cycles:
            node = cycle[0].definition
            yield self._warning("cycle", f"{node.path} is computed from itself.", node)
        for computation in graph_of(self._form).computations:
            if computation.kind in ("calculate", "relevant") and _reads_itself(computation):
                node = computation.definition
                yield self._warning("cycle", f"{node.path} is computed from itself.", node)

    def _texts(self) -> Iterator[Problem]:
        """Labels and hints with an expression that cannot be read: they are shown with a hole."""
        found = {(node, output.unreadable): None for node, output in outputs_of(self._form) if output.unreadable}
        for node, unreadable in found:
            message = f"{node.name} (text): '{unreadable}' cannot be read: nothing is shown for it."
            yield self._warning("expression_broken", message, node)

    def _weights(self) -> Iterator[Problem]:
        """A scored question must say what "don't know" counts: silence would read as no."""
        asked = (node for node in self._form.root.walk() if node.bind.extras.get("role") == "item")
        if not any(node.control is not None and node.control.itemset is not None for node in asked):
            return
        for name, instance in self._form.instances.items():
            for item in (item for root in instance.elements() for item in root.elements()):
                value, weight = item.first("name"), item.first("weight")
                answer = "" if value is None else value.string_value()
                if answer in ("dont_know", "not_asked", "refused") and (weight is None or not weight.string_value()):
                    yield Problem("weight_missing", "choices", 0, f"{name}: {answer} has no weight.", WARNING)


_SAID: Mapping[str, str] = {
    "pattern_invalid": "the pattern cannot be read.",
    "pattern_slow": "the pattern takes too long on some answers: they count as not matching.",
}


def _upwards(path: str) -> Iterator[str]:
    """The path, then those of the groups around it."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _reads_itself(computation: Computation) -> bool:
    """Whether the value depends on itself: not through once(), and not in another entry of the repeat."""
    expression = computation.definition.bind.expressions[computation.kind]
    if any(call.name in ("once", "position") for call in calls(expression)):
        return False
    return any(
        reference.target is computation.definition and not reference.structure
        for reference in computation.reads.references
    )
