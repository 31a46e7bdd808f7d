"""A form and a record as plain trees, for what leaves to other programs: no engine is needed to read them.

`desktop.exchange` reads these by their shape and knows nothing of this package. Leaves formats to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from desktop.forms.engine.graph import DefinitionPlaces
from desktop.forms.engine.node import InstanceNode
from desktop.forms.engine.session import FormSession
from desktop.forms.xform.body import Control, RangeControl
from desktop.forms.xform.choices import rows_of
from desktop.forms.xform.definition import FormDefinition
from desktop.forms.xform.model import NodeDefinition
from desktop.forms.xform.text import TextSource
from desktop.forms.xpath.dependencies import Walk
from desktop.forms.xpath.nodes import Node
from desktop.forms.xpath.syntax import Binary, Call, Expression, Literal, Number, Path

Texts = Mapping[str, str]  # language to text; the form's one language is "" where it has no translations


@dataclass(frozen=True, slots=True)
class Condition:
    """`path` compared with a literal `value`: `operator` is one of = != < <= > >= selected."""

    path: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Relevance:
    """`conditions` joined by `all` or `any`; none, with `expressible` false, for a rule that is no such list."""

    conditions: tuple[Condition, ...] = ()
    joined: str = "all"
    expressible: bool = True


@dataclass(frozen=True, slots=True)
class OutlineItem:
    """A question, group or hidden value. `rules` name what else the form computes for it: calculate, constraint, …"""

    path: str
    name: str
    kind: str
    labels: Texts
    hints: Texts
    is_repeat: bool
    is_required: bool
    is_readonly: bool
    is_hidden: bool
    choices: tuple[tuple[str, Texts], ...] = ()
    relevance: Relevance = field(default_factory=Relevance)
    rules: tuple[str, ...] = ()
    children: tuple[OutlineItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """A form: its identity, languages, and its top-level items."""

    form_id: str
    version: str
    title: str
    form_hash: str
    languages: tuple[str, ...]
    default_language: str
    items: tuple[OutlineItem, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """A node of a record. `text` is None for groups; `attributes` are those that the record itself carries."""

    path: str
    name: str
    kind: str
    text: str | None
    attributes: Mapping[str, str]
    children: tuple[Filled, ...] = ()


def outline_of(form: FormDefinition) -> Outline:
    """The form as it is written: no answer, no filter and no expression is evaluated."""
    builder = _Builder(form)
    return Outline(
        form.form_id,
        form.version,
        form.title,
        form.hash,
        form.languages,
        form.default_language,
        tuple(builder.item(child) for child in form.root.children),
    )


def filled_of(session: FormSession) -> Filled:
    """The record as far as it is relevant: the same nodes that its submission XML has."""
    return _filled(session.definition, session.node(f"/{session.definition.root.local}"))


def _filled(form: FormDefinition, node: InstanceNode) -> Filled:
    return Filled(
        node.definition.path,
        node.local,
        _kind(form, node.definition),
        node.text if node.is_leaf else None,
        {item.qualified_name(): item.text for item in node.attributes},
        tuple(_filled(form, child) for child in node.instance_children() if child.relevant),
    )


_INPUTS: Mapping[str, str] = {
    "int": "integer",
    "decimal": "decimal",
    "date": "date",
    "time": "time",
    "dateTime": "datetime",
    "geopoint": "geopoint",
    "geotrace": "geotrace",
    "geoshape": "geoshape",
}
_CONTROLS: Mapping[str, str] = {
    "select": "select_multiple",
    "select1": "select_one",
    "rank": "rank",
    "trigger": "acknowledge",
}


class _Builder:
    def __init__(self, form: FormDefinition) -> None:
        self._form = form
        self._places = DefinitionPlaces(form.root)

    def item(self, node: NodeDefinition) -> OutlineItem:
        element = node.element
        control = node.control
        expressions = node.bind.expressions
        rules: list[str] = [name for name in ("calculate", "constraint") if name in expressions]
        rules += [name for name in ("required", "readonly") if name in expressions and not _is_fixed(expressions[name])]
        return OutlineItem(
            path=node.path,
            name=node.local,
            kind=_kind(self._form, node),
            labels=self._texts(element.label if element is not None else None),
            hints=self._texts(element.hint if element is not None else None),
            is_repeat=node.repeat is not None,
            is_required=_is_true(expressions.get("required")),
            is_readonly=_is_true(expressions.get("readonly")),
            is_hidden=node.is_leaf and control is None,
            choices=self._choices(control) if control is not None else (),
            relevance=self._relevance(node),
            rules=tuple(rules),
            children=tuple(self.item(child) for child in node.children),
        )

    def _texts(self, source: TextSource | None) -> Texts:
        """What is printed from answers stands as `…`."""
        if source is None:
            return {}
        if not source.is_itext:
            text = _joined(source.parts)
            return {self._form.default_language: text} if text else {}
        return {
            language: text
            for language in self._form.languages
            if (text := _joined(self._form.translations.find(language, source.itext_id()) or ()))
        }

    def _choices(self, control: Control) -> tuple[tuple[str, Texts], ...]:
        found: dict[str, Texts] = {}
        for item in control.items:
            found.setdefault(item.value, self._texts(item.label))
        if control.itemset is not None:
            value = _column(control.itemset.value)
            for row in rows_of(self._form, control.itemset.nodeset) or ():
                code = row.first(value)
                if code is not None:
                    found.setdefault(code.string_value(), self._row_texts(row, control.itemset.label))
        return tuple(found.items())

    def _row_texts(self, row: Node, label: TextSource | None) -> Texts:
        column = row.first(_column(label.reference)) if label is not None and label.reference is not None else None
        text = "" if column is None else column.string_value()
        if label is None or not label.is_itext:
            return {self._form.default_language: text} if text else {}
        return {
            language: spoken
            for language in self._form.languages
            if (spoken := _joined(self._form.translations.find(language, text) or ()))
        }

    def _relevance(self, node: NodeDefinition) -> Relevance:
        expression = node.bind.expressions.get("relevant")
        if expression is None or _is_true(expression):
            return Relevance()
        joined = "any" if isinstance(expression, Binary) and expression.operator == "or" else "all"
        found = [self._condition(part, node) for part in _split(expression, "or" if joined == "any" else "and")]
        conditions = tuple(condition for condition in found if condition is not None)
        return Relevance(conditions, joined) if len(conditions) == len(found) else Relevance(expressible=False)

    def _condition(self, expression: Expression, node: NodeDefinition) -> Condition | None:
        """`path = literal`, or `selected(path, literal)`; nothing else is a list of conditions elsewhere."""
        if isinstance(expression, Call) and expression.name == "selected" and len(expression.arguments) == 2:
            operator, (left, right) = "selected", expression.arguments
        elif isinstance(expression, Binary) and expression.operator in ("=", "!=", "<", "<=", ">", ">="):
            operator, left, right = expression.operator, expression.left, expression.right
        else:
            return None
        if not isinstance(left, Path) or not isinstance(right, Literal | Number) or left.start is not None:
            return None
        target = Walk(self._places, node).places(left)
        value = right.value if isinstance(right, Literal) else f"{right.value:g}"
        return Condition(target[0].path, operator, value) if len(target) == 1 and target[0].is_leaf else None


def _kind(form: FormDefinition, node: NodeDefinition) -> str:
    control = node.control
    if control is None:
        return "group" if not node.is_leaf else "calculate" if "calculate" in node.bind.expressions else "hidden"
    if control.kind == "upload":
        medium = control.parameters.get("mediatype", "").partition("/")[0]
        return medium if medium in ("image", "audio", "video") else "file"
    if isinstance(control, RangeControl):
        return "integer" if node.bind.type == "int" else "decimal"
    if control.kind in _CONTROLS:
        return _CONTROLS[control.kind]
    kind = _INPUTS.get(node.bind.type, "text")
    is_read_only = _is_true(node.bind.expressions.get("readonly")) and "calculate" not in node.bind.expressions
    return "note" if kind == "text" and is_read_only and not _written(form, node) else kind


def _written(form: FormDefinition, node: NodeDefinition) -> str:
    """The text that the form itself holds for a node."""
    found: list[Node] = [form.model.instance]
    for name in node.path.split("/")[2:]:
        found = [child for item in found for child in item.elements() if child.qualified_name() == name]
    return "".join(item.string_value().strip() for item in found)


def _joined(parts: tuple[object, ...]) -> str:
    return "".join(part if isinstance(part, str) else "…" for part in parts).strip()


def _split(expression: Expression, operator: str) -> Iterator[Expression]:
    if isinstance(expression, Binary) and expression.operator == operator:
        yield from _split(expression.left, operator)
        yield from _split(expression.right, operator)
    else:
        yield expression


def _is_true(expression: Expression | None) -> bool:
    return isinstance(expression, Call) and expression.name == "true"


def _is_fixed(expression: Expression) -> bool:
    return isinstance(expression, Call) and expression.name in ("true", "false")


def _column(expression: Expression) -> str:
    """The name a one-step path reads; empty where it is no such path."""
    if not isinstance(expression, Path) or len(expression.steps) != 1:
        return ""
    return str(getattr(expression.steps[0].test, "local", ""))
