"""Carries a change through the form: computations run by rank, and only where something they read has changed.

Holds the index of instances and the queue. Leaves what an expression means to `evaluation`, acts to `session`.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator
from itertools import count

from desktop.forms.engine.casting import cast
from desktop.forms.engine.evaluation import Evaluator, printed
from desktop.forms.engine.graph import Computation, DependencyGraph, Reader
from desktop.forms.engine.node import InstanceNode, is_single
from desktop.forms.engine.tree import MOST_INSTANCES, MOST_NODES, grow, place_for
from desktop.forms.errors import FormError
from desktop.forms.xform.model import NodeDefinition, SetValueAction
from desktop.forms.xpath.compiler import compiled_of
from desktop.forms.xpath.nodes import DOCUMENT, Node
from desktop.forms.xpath.values import Value, to_boolean, to_number, to_string

_MOST_RUNS = 24
_CHOOSING = frozenset({"select", "select1", "rank"})


class Propagation:
    """`touched` collects the nodes whose state or texts changed, `added` and `removed` the repeat instances.

    Without `recalculate` nothing is calculated; with `keep_answers` only what no person has answered.
    """

    def __init__(self, evaluator: Evaluator, graph: DependencyGraph) -> None:
        self._evaluator = evaluator
        self._graph = graph
        self._reference = evaluator.environment.reference
        self._heap: list[tuple[int, int, int, Computation, InstanceNode]] = []
        self._pending: set[tuple[Computation, int]] = set()
        self._running: tuple[Computation, int] | None = None
        self._order = count()
        self._actions: list[tuple[SetValueAction, InstanceNode]] = []
        self.instances: dict[NodeDefinition, list[InstanceNode]] = {}
        self.ranges: dict[tuple[int, NodeDefinition], InstanceNode] = {}
        self._total = 0
        self.recalculate = True
        self.keep_answers = False
        self.touched: dict[InstanceNode, None] = {}
        self.added: list[InstanceNode] = []
        self.removed: list[str] = []

    def enter(self, top: InstanceNode) -> None:
        """Takes a new subtree into the index and queues all its computations."""
        for node in top.walk():
            self._total += 1
            self.instances.setdefault(node.definition, []).append(node)
            self.touched[node] = None
            self._queue_all(node)
            for below in node.definition.children:
                if below.repeat is not None:
                    self._enter_range(node, below)

    def _enter_range(self, parent: InstanceNode, definition: NodeDefinition) -> None:
        """The repeat as such, which may have no instance: the place its count and relevance are evaluated at."""
        marker = InstanceNode(definition, definition.prototype or Node(DOCUMENT))
        marker.parent = parent
        self.ranges[id(parent), definition] = marker
        for computation in self._graph.of.get(definition, ()):
            if computation.kind in ("count", "relevant"):
                self.push(computation, marker)

    def _queue_all(self, node: InstanceNode) -> None:
        for computation in self._graph.of.get(node.definition, ()):
            if computation.kind not in ("count", "text"):
                self.push(computation, node)

    def push(self, computation: Computation, node: InstanceNode) -> None:
        """Queues a computation for a node, once; what is running does not set itself off again.

        The reference engine lets it, and refuses a form whose value never comes to rest.
        """
        key = (computation, id(node))
        if key in self._pending or (key == self._running and not self._reference):
            return
        self._pending.add(key)
        heapq.heappush(
            self._heap, (computation.rank, computation.definition.place, next(self._order), computation, node)
        )

    def push_speaking(self) -> None:
        """Queues all that depends on the language."""
        for computation in self._graph.computations:
            if computation.speaks:
                for node in self.instances.get(computation.definition, ()):
                    self.push(computation, node)

    def run(self) -> None:
        """Works the queue off, then the actions that changes set off, until both are empty."""
        self._evaluator.begin_act()
        self._work_off()
        self._evaluator.end_act()

    def _work_off(self) -> None:
        runs: dict[tuple[Computation, int], int] = {}
        while self._heap or self._actions:
            if not self._heap:
                self.perform(*self._actions.pop(0))
                continue
            *_, computation, node = heapq.heappop(self._heap)
            key = (computation, id(node))
            self._pending.discard(key)
            runs[key] = runs.get(key, 0) + 1
            if not node.attached:
                continue
            if runs[key] > _MOST_RUNS:
                self._circle(computation)
                continue
            self._running = key
            self._evaluate(computation, node)
            self._running = None

    def _circle(self, computation: Computation) -> None:
        """Values that never come to rest: left as they are, with a warning; the reference engine refuses."""
        self._evaluator.warn(f"cycle:{computation.definition.path}")
        if self._reference:
            raise FormError(
                "cycle",
                "Two answers of this form are computed from each other.",
                "Correct the form.",
                path=computation.definition.path,
            )

    def _evaluate(self, computation: Computation, node: InstanceNode) -> None:
        kind = computation.kind
        if computation.compiled is None or kind == "text":
            self.touched[node] = None
            return
        if kind == "choices":
            self.touched[node] = None
            self._offer(node)
        elif kind == "calculate":
            self._calculate(computation, node)
        elif kind == "count":
            self._count(to_number(self._evaluator.safely(computation.compiled, node, ""), self._evaluator.zone), node)
        elif kind == "constraint":
            passed = not node.text or to_boolean(self._evaluator.safely(computation.compiled, node, True))
            self._set_flag(node, "constraint_ok", passed)
        else:
            fallback = kind == "relevant"
            holds = to_boolean(self._evaluator.safely(computation.compiled, node, fallback))
            self._set_state(kind, node, holds)

    def _count(self, wanted: float, marker: InstanceNode) -> None:
        """A count that is no number leaves the entries there are: an emptied field must not erase children."""
        if not math.isnan(wanted):
            self._resize(marker, int(max(0.0, min(wanted, MOST_INSTANCES))))

    def _calculate(self, computation: Computation, node: InstanceNode) -> None:
        """A result that stays the same leaves alone what a person has typed over it."""
        if not node.relevant or computation.compiled is None or not (self.recalculate or _may_be_typed_over(node)):
            return
        value = self._evaluator.safely(computation.compiled, node, "")
        if not self.recalculate:
            node.calculated = to_string(value)
            return
        text = to_string(value)
        if text != node.calculated:
            node.calculated = text
            if not (self.keep_answers and node.value and node.definition.control is not None):
                self.assign(node, value)

    def _set_flag(self, node: InstanceNode, name: str, value: bool) -> None:  # noqa: FBT001  one flag of a node
        if getattr(node, name) != value:
            setattr(node, name, value)
            self.touched[node] = None

    def _set_state(self, kind: str, node: InstanceNode, holds: bool) -> None:  # noqa: FBT001  the result of a bind
        if kind == "required":
            self._set_flag(node, "required", holds)
        elif kind == "readonly":
            node.own_readonly = holds
            self._inherit_readonly(node)
        else:
            node.own_relevant = holds
            self._inherit_relevance(node)

    def _inherit_readonly(self, node: InstanceNode) -> None:
        parent = node.parent
        inherited = isinstance(parent, InstanceNode) and parent.readonly
        effective = node.own_readonly or inherited
        if node.readonly != effective:
            node.readonly = effective
            self.touched[node] = None
            for child in node.instance_children():
                self._inherit_readonly(child)

    def _inherit_relevance(self, node: InstanceNode) -> None:
        parent = node.parent
        inherited = not isinstance(parent, InstanceNode) or parent.relevant
        effective = node.own_relevant and inherited
        if node.relevant == effective:
            return
        node.relevant = effective
        self.touched[node] = None
        if node.attached and self.ranges.get((id(parent), node.definition)) is not node:
            self._relevance_changed(node)
        for child in node.instance_children():
            self._inherit_relevance(child)
        for item in node.attributes:
            if isinstance(item, InstanceNode):
                self._inherit_relevance(item)
        for below in node.definition.children:
            marker = self.ranges.get((id(node), below))
            if marker is not None:
                self._inherit_relevance(marker)

    def _relevance_changed(self, node: InstanceNode) -> None:
        if node.is_leaf:
            self.refresh(node)
        self.notify(node)
        if node.relevant:
            for computation in self._graph.of.get(node.definition, ()):
                if computation.kind == "calculate":
                    node.calculated = None
                    self.push(computation, node)

    def assign(self, node: InstanceNode, value: Value) -> None:
        """Gives a node a computed value, cast to its type; what is no value of the type becomes empty, as does NaN."""
        text = printed(value)
        kind = node.definition.bind.type
        found = cast(kind, text) or ""
        node.value = text if kind == "decimal" and found and not self._reference else found
        self.refresh(node)

    def normalise(self, top: InstanceNode) -> None:
        """Brings the values a form was written with to their types, as the reference engine does when it opens one."""
        for node in top.walk():
            if self._reference and node.is_leaf and node.value:
                node.value = node.text = cast(node.definition.bind.type, node.value) or ""

    def refresh(self, node: InstanceNode) -> None:
        """Brings what expressions read up to date with the value, relevance and choices of the node."""
        text = self._visible(node)
        if text != node.text:
            node.text = text
            self.touched[node] = None
            self.notify(node)
            self._actions.extend(
                (action, node) for action in node.definition.actions if "xforms-value-changed" in action.events
            )

    def _visible(self, node: InstanceNode) -> str:
        if not node.relevant:
            return ""
        if node.offered is None or not self._reference:
            return node.value
        if is_single(node):
            return node.value if node.value in node.offered else ""
        return " ".join(word for word in node.value.split() if word in node.offered)

    def _offer(self, node: InstanceNode) -> None:
        node.offered = frozenset(option.value for option in self._evaluator.options(node))
        self.refresh(node)

    def offer_items(self, top: InstanceNode) -> None:
        """For selects whose choices are written in place: they are on offer from the beginning."""
        for node in top.walk():
            control = node.definition.control
            if control is not None and control.kind in _CHOOSING and control.itemset is None:
                self._offer(node)

    def notify(self, node: InstanceNode, told: set[tuple[int, int]] | None = None) -> None:
        """Queues whatever reads the node, or a group that it is in; `told` keeps who was told of others like it."""
        readers = self._graph.readers
        definition: NodeDefinition | None = node.definition
        while definition is not None:
            for reader in readers.get(definition, ()):
                if definition is not node.definition and reader.structure:
                    continue
                anchor = None if reader.anchor is None else node.up_to(reader.anchor)
                if told is not None:
                    if (id(reader), id(anchor)) in told:
                        continue
                    told.add((id(reader), id(anchor)))
                for target in self._targets(reader, anchor):
                    self.push(reader.computation, target)
            definition = definition.parent

    def _targets(self, reader: Reader, anchor: InstanceNode | None) -> Iterable[InstanceNode]:
        computation = reader.computation
        if reader.anchor is None:
            found: Iterable[InstanceNode] = self.instances.get(computation.definition, ())
            if computation.kind in ("count", "relevant") and computation.definition.repeat is not None:
                markers = [m for (_, d), m in self.ranges.items() if d is computation.definition and m.attached]
                return markers if computation.kind == "count" else [*found, *markers]
            return found
        return () if anchor is None else self._below(anchor, reader)

    def _below(self, anchor: InstanceNode, reader: Reader) -> Iterator[InstanceNode]:
        definition = reader.computation.definition
        level: list[InstanceNode] = [anchor]
        chain = reader.chain
        marked = definition.repeat is not None and reader.computation.kind in ("count", "relevant")
        for place, name in enumerate(chain):
            if marked and place == len(chain) - 1:
                yield from (m for n in level if (m := self.ranges.get((id(n), definition))) is not None)
                if reader.computation.kind == "count":
                    return
            if name.startswith("@"):
                level = [
                    a for n in level for a in n.attributes if isinstance(a, InstanceNode) and a.definition is definition
                ]
            else:
                level = [c for n in level for c in n.named(name) if isinstance(c, InstanceNode)]
        yield from (node for node in level if node.definition is definition)

    def _resize(self, marker: InstanceNode, wanted: int) -> None:
        parent = marker.parent
        if not isinstance(parent, InstanceNode):
            return
        present = [child for child in parent.instance_children() if child.definition is marker.definition]
        for instance in reversed(present[wanted:]):
            self.remove(instance)
        added: list[InstanceNode] = []
        while len(present) + len(added) < wanted:
            if self._total >= MOST_NODES:
                self._evaluator.warn(f"too_many_entries:{marker.definition.path}")
                break
            added.append(self._enter_new(parent, marker.definition))
        self._announce(added)

    def add(self, parent: InstanceNode, definition: NodeDefinition) -> InstanceNode:
        """A new instance after the last one, with its events queued. Raises FormError where there is no room."""
        instance = self._enter_new(parent, definition)
        self._announce([instance])
        return instance

    def _announce(self, instances: Iterable[InstanceNode]) -> None:
        """Queues what reads the new instances, once for all of them, and their events."""
        told: set[tuple[int, int]] = set()
        for node in (node for instance in instances for node in instance.walk()):
            self.notify(node, told)
            for action in node.definition.repeat_actions:
                if "odk-new-repeat" in action.events:
                    self._actions.append((action, node))

    def _enter_new(self, parent: InstanceNode, definition: NodeDefinition) -> InstanceNode:
        siblings = parent.instances_of(definition)
        present = len(siblings)
        source = definition.prototype
        if definition.repeat is not None and definition.repeat.count is not None and present < len(definition.defaults):
            source = definition.defaults[present]
        if source is None or present >= MOST_INSTANCES or self._total >= MOST_NODES:
            raise FormError(
                "repeat_full", "No more entries can be added here.", "Start a second form for the rest.", count=present
            )
        instance = grow(definition, source)
        if siblings:
            parent.insert_after(siblings[-1], instance)
        else:
            parent.insert(place_for(parent, definition), instance)
        self.settle(instance)
        self.added.append(instance)
        return instance

    def settle(self, instance: InstanceNode) -> None:
        """Brings a grown subtree under its parent's state and into the index."""
        parent = instance.parent
        if isinstance(parent, InstanceNode):
            instance.relevant = instance.relevant and parent.relevant
            if not parent.relevant:
                for node in instance.walk():
                    node.relevant, node.text = False, ""
            if parent.readonly:
                for node in instance.walk():
                    node.readonly = True
        self.normalise(instance)
        self.enter(instance)
        self.offer_items(instance)

    def remove(self, instance: InstanceNode) -> None:
        """Takes an instance out; what read it, or counts places, is queued."""
        self.removed.append(instance.reference())
        siblings = instance.repeat_siblings()
        gone = list(instance.walk())
        instance.detach()
        self._total -= len(gone)
        for node in gone:
            self.instances[node.definition].remove(node)
            self.touched.pop(node, None)
            for below in node.definition.children:
                marker = self.ranges.pop((id(node), below), None)
                if marker is not None:
                    marker.attached = False
        for node in (*gone, *siblings):
            self.notify(node)
            if node.attached:
                self.touched[node] = None

    def perform(self, action: SetValueAction, source: InstanceNode) -> None:
        """Sets the action's target nearest to the node that set it off."""
        for target in self._action_targets(action, source):
            if target.relevant:
                self.assign(target, self._evaluator.safely(compiled_of(action.value), target, ""))

    def _action_targets(self, action: SetValueAction, source: InstanceNode) -> list[InstanceNode]:
        shared = next((d for d in (action.target, *action.target.ancestors()) if source.up_to(d) is not None), None)
        anchor = source.up_to(shared) if shared is not None else None
        found = self.instances.get(action.target, ())
        return [node for node in found if anchor is None or node.up_to(anchor.definition) is anchor]


def _may_be_typed_over(node: InstanceNode) -> bool:
    """A question that a person may have answered otherwise than it is calculated: a draft must not forget that."""
    return node.definition.control is not None and "readonly" not in node.definition.bind.expressions
