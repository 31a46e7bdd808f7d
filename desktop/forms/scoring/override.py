"""The rule of a practitioner's own grade: up freely; down only with a reason and, by setting, a second person.

The tool's result is never changed by it: four values stand side by side. Leaves asking and signing to the screens.
"""

from dataclasses import dataclass
from enum import StrEnum

from desktop.model.grade import Grade


class Direction(StrEnum):
    """Where the practitioner's grade lies from the tool's result."""

    NONE = "none"
    SAME = "same"
    UP = "up"
    DOWN = "down"


class Need(StrEnum):
    """What is still wanted before the grade may stand."""

    REASON = "reason"
    SECOND_PERSON = "second_person"


@dataclass(frozen=True, slots=True)
class Override:
    """`stands` is the grade that counts: until nothing is wanted, the higher one."""

    direction: Direction
    needs: tuple[Need, ...]
    stands: Grade


def override_of(
    tool: Grade, chosen: Grade, *, reason: str = "", author: str = "", second: str = "", second_needed: bool = True
) -> Override:
    """`second` is the person who agreed, empty for none; the author is no second person. An ungraded choice is none.

    `second_needed` is the unit's setting; it is asked for a grade below the tool's result only.
    """
    if chosen is Grade.UNGRADED:
        return Override(Direction.NONE, (), tool)
    if chosen.rank >= tool.rank:
        return Override(Direction.SAME if chosen is tool else Direction.UP, (), chosen)
    needs = [] if reason.strip() else [Need.REASON]
    if second_needed and (not second or second == author):
        needs.append(Need.SECOND_PERSON)
    return Override(Direction.DOWN, tuple(needs), tool if needs else chosen)
