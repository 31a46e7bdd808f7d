"""Evaluates expressions, texts and choices for the nodes of one form being answered. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from desktop.forms.engine.environment import Environment
from desktop.forms.engine.node import InstanceNode
from desktop.forms.errors import FormError, UnknownFunction, XPathError
from desktop.forms.xform.body import absolute
from desktop.forms.xform.definition import FormDefinition
from desktop.forms.xform.text import Part, TextSource
from desktop.forms.xpath.compiler import compiled_of
from desktop.forms.xpath.context import Compiled, Context
from desktop.forms.xpath.nodes import DOCUMENT, Node
from desktop.forms.xpath.syntax import Expression
from desktop.forms.xpath.values import Value, to_string

MOST_NODES = 1_000_000  # of one act: a second or two of walking; a form of 1,000 questions looks at some thousands


@dataclass(frozen=True, slots=True)
class Option:
    """A choice on offer: its value, where its label comes from, and the node that label is read in."""

    value: str
    label: TextSource | None
    context: Node


class Evaluator:
    """The host of all expressions of one session. `language` may be changed at any time."""

    def __init__(self, form: FormDefinition, environment: Environment, top: InstanceNode) -> None:
        self.form = form
        self.environment = environment
        self.root = Node(DOCUMENT)
        self.root.append(top)
        self.top = top
        self.language = form.default_language
        self.warnings: dict[str, None] = {}
        self._spent = 0
        self._acting = False

    @property
    def zone(self) -> tzinfo:
        return self.environment.zone

    @property
    def namespaces(self) -> Mapping[str, str]:
        return self.form.namespaces

    def now(self) -> datetime:
        return self.environment.now()

    def uuid(self) -> str:
        return self.environment.uuid()

    def random(self) -> float:
        return self.environment.random()

    def lineage(self, node: Node) -> Sequence[Node]:
        """Empty for the reference engine, which reads absolute paths as XPath does, and outside of repeats."""
        if self.environment.reference or not isinstance(node, InstanceNode) or not node.definition.is_repeated:
            return ()
        return [item for item in _upwards(node) if isinstance(item, InstanceNode)][::-1]

    def instance(self, name: str) -> Node | None:
        """An instance that the form does not declare reads as empty, with one warning."""
        found = self.form.instances.get(name)
        if found is None:
            if name == self.form.model.instance.attribute("id"):
                return self.root
            self.warn(f"instance_undeclared:{name}")
        return found

    def itext(self, name: str) -> str:
        parts = self.form.translations.find(self.language, name)
        return "" if parts is None else self._joined(parts, self.top)

    def warn(self, code: str) -> None:
        self.warnings.setdefault(code)

    def spend(self, nodes: int) -> None:
        """A form must answer at once: what one expression, and one act, may look at has an end."""
        self._spent += nodes
        if self._spent > MOST_NODES:
            raise XPathError("looks at too many nodes")

    def begin_act(self) -> None:
        """The expressions of one act share what they may look at."""
        self._spent = 0
        self._acting = True

    def end_act(self) -> None:
        self._acting = False

    def value(self, compiled: Compiled, node: Node) -> Value:
        """Raises XPathError where the expression cannot be evaluated."""
        if not self._acting:
            self._spent = 0
        return compiled(Context(node, self, node))

    def safely(self, compiled: Compiled, node: Node, fallback: Value) -> Value:
        """The value, or the fallback and a warning where the expression fails."""
        try:
            return self.value(compiled, node)
        except (XPathError, RecursionError) as failed:
            self.warn(f"expression_failed:{failed}")
            if self.environment.reference and isinstance(failed, UnknownFunction):
                raise FormError(
                    "function_unknown", "This form uses a function that does not exist.", "Correct the form."
                ) from failed
            return fallback

    def _expression(self, expression: Expression, node: Node) -> str:
        return printed(self.safely(compiled_of(expression), node, ""))

    def text(self, source: TextSource | None, node: Node, form: str = "") -> str | None:
        """A text in the language in use; None where the form has none. `form` is an itext form such as `guidance`."""
        if source is None:
            return None
        if source.reference is None:
            return self._joined(source.parts, node) if form == "" else None
        if not source.is_itext:
            return self._expression(source.reference, node) if form == "" else None
        parts = self.form.translations.find(self.language, self._expression(source.reference, node), form)
        return None if parts is None else self._joined(parts, node)

    def _joined(self, parts: tuple[Part, ...], node: Node) -> str:
        return "".join(part if isinstance(part, str) else self._expression(part.expression, node) for part in parts)

    def options(self, node: InstanceNode) -> Iterator[Option]:
        """The choices on offer for a select, rank or table, in order; items without a value are left out."""
        control = node.definition.control
        if control is None:
            return
        for item in control.items:
            yield Option(item.value, item.label, node)
        if control.itemset is None:
            return
        nodes = self.safely(compiled_of(control.itemset.nodeset), node, [])
        value = compiled_of(control.itemset.value)
        for item_node in nodes if isinstance(nodes, list) else ():
            found = to_string(self.safely(value, item_node, ""))
            if found or self.environment.reference:
                yield Option(found, control.itemset.label, item_node)

    def option_label(self, option: Option, form: str = "") -> str | None:
        return self.text(option.label, option.context, form)

    def choice_label(self, value: str, reference: str, context: Node) -> str:
        """The label of a choice; empty, with a warning, where the reference is no question with choices."""
        if not value:
            return ""
        select = self._select(reference, context)
        if select is None or select.definition.control is None or not _has_choices(select):
            return self._refuse_choice_name(reference)
        for option in self.options(select):
            if option.value == value:
                return self.option_label(option) or ""
        return ""

    def _refuse_choice_name(self, reference: str) -> str:
        """The reference engine does not open a form that asks for the choice's name of a question without choices."""
        self.warn("choice_name_without_choices")
        if self.environment.reference and self.form.model.nodes.get(reference.strip()) is not None:
            raise FormError(
                "choice_name",
                "This form asks for a choice's name where there are no choices.",
                "Correct the form.",
                path=reference,
            )
        return ""

    def _select(self, reference: str, context: Node) -> InstanceNode | None:
        """The nearest instance of the question: in the same repeat instance as the context where there is one."""
        base = context.definition.path if isinstance(context, InstanceNode) else ""
        definition = self.form.model.nodes.get(absolute(reference, base))
        if definition is None:
            return None
        node: Node = self.top
        above = {id(item): item for item in _upwards(context)}
        for step in reversed([definition, *definition.ancestors()][:-1]):
            candidates = [n for n in node.children if isinstance(n, InstanceNode) and n.definition is step]
            if not candidates:
                return None
            node = next((n for n in candidates if id(n) in above), candidates[0])
        return node if isinstance(node, InstanceNode) else None


def printed(value: Value) -> str:
    """A value as an answer or a part of a text: what is not a number is nothing."""
    text = to_string(value)
    return "" if text == "NaN" else text


def _has_choices(node: InstanceNode) -> bool:
    control = node.definition.control
    return control is not None and (bool(control.items) or control.itemset is not None)


def _upwards(node: Node | None) -> Iterator[Node]:
    while node is not None:
        yield node
        node = node.parent
