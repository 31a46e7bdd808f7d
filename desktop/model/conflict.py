"""A conflict as people decide it: both sides, what each had seen, what stands meanwhile and why."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from desktop.model.record import CaseKey, ValueId, Where


@dataclass(frozen=True, slots=True)
class Side:
    """One of the values. `had_seen` is how far its writer had read the space (entries), `mine`: written by own unit."""

    value: Any
    ids: tuple[ValueId, ...]
    author: str
    unit: str
    agency: str
    at: str
    had_seen: int
    mine: bool
    stands: bool


@dataclass(frozen=True, slots=True)
class ConflictView:
    """Values written without sight of each other, or such a case as it was decided.

    `why` is a code: stands.grade, stands.contact, stands.consent, stands.mark, stands.present, stands.none.
    `lowers(choice)`: whether choosing it resolves downwards, which needs a reason. The last four are set when decided.
    """

    key: CaseKey
    """The case on screen."""
    home: CaseKey
    """The file the field lives in; the decision is written there."""
    code_name: str
    kind: str
    record: str
    field: str
    sides: tuple[Side, ...]
    stands: Any
    why: str
    shown_ids: tuple[ValueId, ...]
    where: Where
    lowers: Callable[[Any], bool]
    decided: bool = False
    kept: Any = None
    reason: str = ""
    decided_by: str = ""
    decided_at: str = ""

    @property
    def id(self) -> str:
        """Names the conflict on screen; the same while its values are the same."""
        return f"{self.home.tag}.{self.kind}.{self.record}.{self.field}"

    @property
    def nothing_stands(self) -> bool:
        """Whether no value may be used until someone decides."""
        return self.stands is None


def differing_parts(sides: tuple[Side, ...]) -> tuple[str, ...]:
    """The parts of a register (safe contact) on which the sides differ, in order of name; () for plain values."""
    rules = [side.value for side in sides]
    if not all(isinstance(rule, dict) for rule in rules):
        return ()
    names = sorted({name for rule in rules for name in rule})
    return tuple(name for name in names if any(rule.get(name) != rules[0].get(name) for rule in rules[1:]))
