"""What a new record begins with by jr:preload: its identifier, dates, times. Nothing about the person or the device."""

from desktop.forms.engine.evaluation import Evaluator
from desktop.forms.engine.node import InstanceNode
from desktop.forms.xpath.compiler import compile_text
from desktop.forms.xpath.values import to_string


def preload(evaluator: Evaluator, top: InstanceNode) -> None:
    """Fills the nodes that ask for it, before anything is computed."""
    for node in top.walk():
        value = _value(evaluator, *node.definition.bind.preload)
        if value:
            node.value = node.text = value


def finish(evaluator: Evaluator, top: InstanceNode) -> list[InstanceNode]:
    """The nodes that hold when the form was finished, filled with the time."""
    ends = [node for node in top.walk() if node.definition.bind.preload == ("timestamp", "end")]
    for node in ends:
        node.value = node.text = _now(evaluator)
    return ends


def _now(evaluator: Evaluator) -> str:
    return to_string(evaluator.value(compile_text("now()"), evaluator.top))


def _value(evaluator: Evaluator, event: str, parameter: str) -> str:
    if event == "uid":
        return f"uuid:{evaluator.uuid()}"
    if event == "date" and parameter == "today":
        return to_string(evaluator.value(compile_text("today()"), evaluator.top))
    if event == "timestamp" and parameter == "start":
        return _now(evaluator)
    if event == "property":
        found = evaluator.environment.properties
        return next((value for name, value in found.items() if name.lower() == parameter.lower()), "")
    return ""
