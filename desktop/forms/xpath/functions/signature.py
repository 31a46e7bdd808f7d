"""What a function is: its name, arity, purity, and how its arguments are read."""

from collections.abc import Callable
from dataclasses import dataclass

from desktop.forms.errors import XPathError
from desktop.forms.xpath.context import Compiled, Context
from desktop.forms.xpath.nodes import Node
from desktop.forms.xpath.values import Value, to_boolean, to_number, to_string

MOST_TEXT = 1_000_000
Arguments = tuple[Compiled, ...]
Implementation = Callable[[Context, Arguments], Value]


@dataclass(frozen=True, slots=True)
class Function:
    """`most` is None for any number of arguments. Not pure: asks the clock, the dice or the place in the set."""

    name: str
    least: int
    most: int | None
    implement: Implementation
    pure: bool = True
    step: int = 1

    def takes(self, count: int) -> bool:
        fits = count >= self.least and (self.most is None or count <= self.most)
        return fits and (count - self.least) % self.step == 0


def text(context: Context, arguments: Arguments, index: int = 0) -> str:
    return to_string(arguments[index](context))


def number(context: Context, arguments: Arguments, index: int = 0) -> float:
    return to_number(arguments[index](context), context.host.zone)


def boolean(context: Context, arguments: Arguments, index: int = 0) -> bool:
    return to_boolean(arguments[index](context))


def nodes(context: Context, arguments: Arguments, index: int = 0) -> list[Node]:
    """Raises XPathError where the argument is no node-set."""
    value = arguments[index](context)
    if not isinstance(value, list):
        raise XPathError("a node-set is needed here")
    return value


def strings(context: Context, arguments: Arguments, first: int = 0) -> list[str]:
    """The string values of all arguments from `first` on; a node-set gives one per node."""
    found: list[str] = []
    for argument in arguments[first:]:
        value = argument(context)
        if isinstance(value, list):
            found.extend(node.string_value() for node in value)
        else:
            found.append(to_string(value))
    return found


def bounded(written: str) -> str:
    """A text that may have grown. Raises XPathError where it is longer than any record could hold."""
    if len(written) > MOST_TEXT:
        raise XPathError("text too long")
    return written


def numbers(context: Context, arguments: Arguments, first: int = 0) -> list[float]:
    zone = context.host.zone
    found: list[float] = []
    for argument in arguments[first:]:
        value = argument(context)
        if isinstance(value, list):
            found.extend(to_number(node.string_value(), zone) for node in value)
        else:
            found.append(to_number(value, zone))
    return found
