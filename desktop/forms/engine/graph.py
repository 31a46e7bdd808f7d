"""The dependency graph of a form: which computation reads which nodes, and in which order computations run.

Built once per definition and kept in it. It is semantics, not speed: a question that also has a `calculate` keeps
the answer a person gave until something the calculation reads changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from desktop.forms.engine.ranking import ranks
from desktop.forms.xform.body import Control, absolute
from desktop.forms.xform.definition import FormDefinition
from desktop.forms.xform.model import NodeDefinition
from desktop.forms.xform.text import Output, Part, TextSource, Translations
from desktop.forms.xpath.compiler import compile_expression
from desktop.forms.xpath.context import Compiled
from desktop.forms.xpath.dependencies import Reads, Reference, Walk
from desktop.forms.xpath.nodes import TEXT, walk
from desktop.forms.xpath.syntax import Call, Expression, Filter, Literal, Path

BIND_KINDS = ("relevant", "readonly", "required", "calculate", "constraint")


@dataclass(slots=True, eq=False)
class Computation:
    """One expression of one node definition. `rank` orders them: what is read is computed first."""

    definition: NodeDefinition
    kind: str
    compiled: Compiled | None
    reads: Reads[NodeDefinition]
    rank: int = 0
    speaks: bool = False


@dataclass(slots=True)
class Reader:
    """A computation that reads a definition. `chain` leads from the anchor down to the computation's definition."""

    computation: Computation
    anchor: NodeDefinition | None
    chain: tuple[str, ...]
    structure: bool


@dataclass(eq=False)
class DependencyGraph:
    """`of` gives the computations of a definition, `readers` those that read it."""

    of: dict[NodeDefinition, list[Computation]] = field(default_factory=dict)
    readers: dict[NodeDefinition, list[Reader]] = field(default_factory=dict)
    computations: list[Computation] = field(default_factory=list)
    cycles: list[list[Computation]] = field(default_factory=list)


class DefinitionPlaces:
    """Moves between definitions, for the dependency walk."""

    def __init__(self, root: NodeDefinition) -> None:
        self.root = root

    def parent(self, place: NodeDefinition) -> NodeDefinition | None:
        return place.parent

    def children(self, place: NodeDefinition) -> Iterable[NodeDefinition]:
        return place.children

    def attributes(self, place: NodeDefinition) -> Iterable[NodeDefinition]:
        return place.attributes

    def descendants(self, place: NodeDefinition) -> Iterable[NodeDefinition]:
        return place.walk()


def graph_of(form: FormDefinition) -> DependencyGraph:
    """The graph of a form, built at the first call."""
    found = form.cache.get("graph")
    if not isinstance(found, DependencyGraph):
        found = form.cache["graph"] = _Builder(form).build()
    return found


class _Builder:
    def __init__(self, form: FormDefinition) -> None:
        self._form = form
        self._places = DefinitionPlaces(form.root)
        self._graph = DependencyGraph()

    def build(self) -> DependencyGraph:
        for definition in self._form.root.walk():
            for computation in self._computations(definition):
                self._graph.of.setdefault(definition, []).append(computation)
                self._graph.computations.append(computation)
        for computation in self._graph.computations:
            self._read_texts_of_choices(computation)
            for reference in computation.reads.references:
                self._graph.readers.setdefault(reference.target, []).append(
                    _reader(computation, reference.anchor, structure=reference.structure)
                )
        rank(self._graph)
        return self._graph

    def _computations(self, definition: NodeDefinition) -> Iterator[Computation]:
        for kind in BIND_KINDS:
            expression = definition.bind.expressions.get(kind)
            if expression is not None:
                computation = self._computation(definition, kind, expression)
                if kind == "constraint":
                    computation.reads.references[Reference(definition, definition)] = None
                yield computation
        if definition.repeat is not None and definition.repeat.count is not None:
            yield self._computation(definition, "count", definition.repeat.count)
        yield from self._element_computations(definition)

    def _element_computations(self, definition: NodeDefinition) -> Iterator[Computation]:
        control = definition.control
        if control is not None and control.itemset is not None:
            computation = self._computation(definition, "choices", control.itemset.nodeset)
            computation.speaks = True
            yield computation
        texts = [
            item
            for element in (definition.element, definition.repeat)
            if element
            for item in (element.label, element.hint)
        ]
        texts.extend(definition.bind.messages.values())
        if isinstance(control, Control):
            texts.extend(item.label for item in control.items)
        reads: Reads[NodeDefinition] = Reads()
        for text in texts:
            self._read_text(text, definition, reads)
        if reads.references:
            yield Computation(definition, "text", None, reads, speaks=True)

    def _computation(self, definition: NodeDefinition, kind: str, expression: Expression) -> Computation:
        reads = Walk(self._places, definition).read(expression)
        speaks = bool(reads.calls & {"jr:itext", "jr:choice-name"})
        return Computation(definition, kind, compile_expression(expression), reads, speaks=speaks)

    def _read_text(self, text: TextSource | None, definition: NodeDefinition, reads: Reads[NodeDefinition]) -> None:
        if text is None:
            return
        walk = Walk(self._places, definition, reads)
        for part in (*text.parts, *_translated(self._form.translations, text.itext_id())):
            if isinstance(part, Output):
                walk.read(part.expression)
        if text.reference is not None:
            walk.read(text.reference)

    def _read_texts_of_choices(self, computation: Computation) -> None:
        """jr:choice-name reads the select's choices and the outputs in their labels; jr:itext those of its text."""
        for path, origin in computation.reads.choice_paths:
            select = self._form.model.nodes.get(absolute(path, origin.path))
            if select is None or select.control is None:
                continue
            for item in select.control.items:
                self._read_text(item.label, select, computation.reads)
            if select.control.itemset is not None:
                Walk(self._places, select, computation.reads).read(select.control.itemset.nodeset)
                for name in self._label_ids(select.control.itemset.nodeset):
                    self._read_parts(name, select, computation.reads)
        for name in computation.reads.itext_ids:
            self._read_parts(name, computation.definition, computation.reads)

    def _read_parts(self, name: str, definition: NodeDefinition, reads: Reads[NodeDefinition]) -> None:
        for part in _translated(self._form.translations, name):
            if isinstance(part, Output):
                Walk(self._places, definition, reads).read(part.expression)

    def _label_ids(self, nodeset: Expression) -> Iterator[str]:
        """The itext ids that the items of an itemset may name: what stands in the instance it takes them from."""
        start = nodeset.start if isinstance(nodeset, Path) else None
        call = start.primary if isinstance(start, Filter) else start
        if isinstance(call, Call) and call.arguments and isinstance(call.arguments[0], Literal):
            instance = self._form.instances.get(call.arguments[0].value)
            for node in walk(instance) if instance is not None else ():
                if node.kind == TEXT:
                    yield node.text.strip()


def _translated(translations: Translations, name: str) -> Iterator[Part]:
    for texts in translations.texts.values() if name else ():
        for parts in texts.get(name, {}).values():
            yield from parts


def _reader(computation: Computation, anchor: NodeDefinition, *, structure: bool) -> Reader:
    """Without an anchor, all instances are meant: the way down from the root passes every repeat instance anyway."""
    chain: list[str] = []
    node: NodeDefinition | None = computation.definition
    while node is not None and node is not anchor:
        chain.append(node.local if not node.name.startswith("@") else node.name)
        node = node.parent
    within = node is not None and anchor.nearest_repeat() is not None
    return Reader(computation, anchor if within else None, tuple(reversed(chain)), structure)


def rank(graph: DependencyGraph) -> None:
    """Gives every computation its rank: strongly connected ones share theirs (Tarjan, iterative)."""
    order, cycles = ranks(graph.computations, _providers(graph))
    for computation, place in order.items():
        computation.rank = place
    graph.cycles = cycles


def _providers(graph: DependencyGraph) -> dict[Computation, list[Computation]]:
    """For each computation those whose result it may read: what decides the value and relevance of what it reads."""
    moving: dict[NodeDefinition, list[Computation]] = {}
    for definition, computations in graph.of.items():
        moving[definition] = [c for c in computations if c.kind in ("relevant", "calculate", "choices", "count")]
    found: dict[Computation, list[Computation]] = {}
    for computation in graph.computations:
        needed: dict[Computation, None] = {}
        for reference in computation.reads.references:
            target = reference.target
            below = [target] if reference.structure or target.is_leaf else target.walk()
            for definition in below:
                needed.update(dict.fromkeys(moving.get(definition, ())))
            needed.update(_gates(target, moving))
        needed.update(_gates(computation.definition, moving))
        if computation.kind in ("calculate", "constraint", "choices"):
            needed.update(dict.fromkeys(c for c in moving.get(computation.definition, ()) if c.kind == "relevant"))
        found[computation] = [item for item in needed if item is not computation]
    return found


def _gates(definition: NodeDefinition, moving: dict[NodeDefinition, list[Computation]]) -> dict[Computation, None]:
    """Relevance and counts above a node, which decide whether it is there and can be read."""
    return {
        item: None
        for above in definition.ancestors()
        for item in moving.get(above, ())
        if item.kind in ("relevant", "count")
    }
