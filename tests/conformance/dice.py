"""What a form leaves to the dice: the fields of its nodes that two engines cannot agree on, whoever is right.

The cases name most of them as volatile; a label that prints such a value, or a `setvalue` that draws one, they do not.
Read from the form alone, never from what a case expects.
"""

from collections.abc import Iterator

from desktop.forms.engine.graph import Computation, DefinitionPlaces, graph_of
from desktop.forms.xform.definition import FormDefinition
from desktop.forms.xform.model import NodeDefinition
from desktop.forms.xlsform.lint import calls
from desktop.forms.xpath.dependencies import Walk
from desktop.forms.xpath.syntax import Expression

EVERYTHING = "*"
_FIELDS = {
    "calculate": ("value",),
    "text": ("label", "message"),
    "choices": ("choices", "choice_labels"),
    "required": ("required",),
    "readonly": ("readonly",),
    "constraint": ("constraint_ok",),
    "relevant": (EVERYTHING,),
    "count": (EVERYTHING,),
}


def left_to_dice(form: FormDefinition) -> dict[NodeDefinition, frozenset[str]]:
    """Definitions to the names of their fields; `*` stands for all fields of the node and of what is below it."""
    found = form.cache.get("dice")
    if not isinstance(found, dict):
        found = form.cache["dice"] = _Search(form).run()
    return found


def throws(expression: Expression) -> bool:
    """Whether an expression throws dice itself: randomize() does so only without a seed."""
    return any(
        call.name in ("random", "uuid") or (call.name == "randomize" and len(call.arguments) == 1)
        for call in calls(expression)
    )


class _Search:
    """Spreads from the expressions that throw dice to all that read their results, until nothing new is found."""

    def __init__(self, form: FormDefinition) -> None:
        self._form = form
        self._graph = graph_of(form)
        self._fields: dict[NodeDefinition, set[str]] = {}
        self._grown = True

    def run(self) -> dict[NodeDefinition, frozenset[str]]:
        while self._grown:
            self._grown = False
            for computation in self._graph.computations:
                if self._is_open(computation):
                    self._mark(computation.definition, _FIELDS[computation.kind])
            for target, value, reads in self._actions():
                if throws(value) or any(self._reads_dice(read) for read in reads):
                    self._mark(target, ("value",))
        return {definition: frozenset(names) for definition, names in self._fields.items()}

    def _actions(self) -> Iterator[tuple[NodeDefinition, Expression, list[NodeDefinition]]]:
        places = DefinitionPlaces(self._form.root)
        for action in self._form.model.load_actions:
            reads = Walk(places, action.target).read(action.value)
            yield action.target, action.value, [reference.target for reference in reads.references]

    def _is_open(self, computation: Computation) -> bool:
        written = computation.definition.bind.expressions.get(computation.kind)
        if written is not None and throws(written):
            return True
        control = computation.definition.control
        if computation.kind == "choices" and control and control.itemset and throws(control.itemset.nodeset):
            return True
        return any(self._reads_dice(reference.target) for reference in computation.reads.references)

    def _reads_dice(self, target: NodeDefinition) -> bool:
        return any({"value", EVERYTHING} & self._fields.get(node, set()) for node in target.walk())

    def _mark(self, definition: NodeDefinition, names: tuple[str, ...]) -> None:
        for node in definition.walk() if EVERYTHING in names else (definition,):
            held = self._fields.setdefault(node, set())
            self._grown = self._grown or not held.issuperset(names)
            held.update(names)
