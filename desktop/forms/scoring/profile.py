"""What a form declares about its scoring: items with what each answer counts, bands with their cut-offs, the rules of
its shape. No weight and no cut-off of any tool stands here; they come from the spreadsheet and its pack.

Nine shapes (domain.md §4): A count, B weighted, C ordered trigger, D count or red flags, E Likert, F bins,
G judgement without a number, H external result, I follow-up block. Leaves the reckoning to `shapes`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from desktop.model.grade import Grade


class Shape(StrEnum):
    """How a tool comes to its result; the letters are those of the design."""

    COUNT = "count"
    WEIGHTED = "weighted"
    TRIGGER = "trigger"
    COUNT_OR_RED = "count_or_red"
    LIKERT = "likert"
    BINS = "bins"
    JUDGEMENT = "judgement"
    EXTERNAL = "external"
    FOLLOW_UP = "follow_up"


class Missing(StrEnum):
    """What open items do to a result: `at_least` says it in words, the others are the three policies of shape F."""

    AT_LEAST = "at_least"
    REFUSE = "refuse"
    PRORATE = "prorate"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class Item:
    """One scored question.

    `weights`: what each settled answer counts; any other answer (don't know, not asked, refused, none yet) leaves the
    item open. `doubtful`: answers that settle it only if the person could speak freely. `affirms`: answers that count
    as a yes. `part_of`: counts only while that item is affirmed. `factor`: its word in the neutral vocabulary.
    """

    code: str
    weights: Mapping[str, Fraction]
    doubtful: frozenset[str] = frozenset()
    affirms: frozenset[str] = frozenset({"yes"})
    part_of: str = ""
    factor: str = ""

    @property
    def low(self) -> Fraction:
        """The least that a settled answer counts."""
        return min(self.weights.values())

    @property
    def high(self) -> Fraction:
        """The most that a settled answer counts."""
        return max(self.weights.values())


@dataclass(frozen=True, slots=True)
class Cut:
    """A band of a tool: from `least` on (None: not by number), with its place on the common scale."""

    band: str
    grade: Grade
    least: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Bonus:
    """Points that are added once, when at least `least` of the items are affirmed."""

    code: str
    items: tuple[str, ...]
    least: int
    points: Fraction


@dataclass(frozen=True, slots=True)
class Trigger:
    """A way to a band: at least `least` of the items affirmed. `reason` is the code that is recorded with it."""

    reason: str
    items: tuple[str, ...]
    least: int
    band: str


@dataclass(frozen=True, slots=True)
class InstrumentProfile:
    """Everything that the nine shapes need. `cuts` rise; a cut graded ungraded is the word for "not graded yet".

    `triggers`: in their order for shape C; the red flags of shape D are one trigger beside the count.
    `most_missing`: how many items may be open when a sum is prorated.
    """

    shape: Shape
    items: tuple[Item, ...] = ()
    cuts: tuple[Cut, ...] = ()
    bonuses: tuple[Bonus, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    missing: Missing = Missing.AT_LEAST
    most_missing: int = 0
    cut_of: Mapping[str, Cut] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "cut_of", MappingProxyType({cut.band: cut for cut in self.cuts}))

    @property
    def graded(self) -> tuple[Cut, ...]:
        """The bands that say something of the risk, rising."""
        return tuple(cut for cut in self.cuts if cut.grade is not Grade.UNGRADED)

    @property
    def ungraded(self) -> Cut:
        """The band for a result that cannot be named yet."""
        return next((cut for cut in self.cuts if cut.grade is Grade.UNGRADED), Cut("", Grade.UNGRADED))

    def rank(self, cut: Cut) -> int:
        """Its place in the order of the bands; the ungraded one is below all."""
        return self.graded.index(cut) if cut in self.graded else -1

    def at(self, value: Fraction) -> Cut:
        """The band of a number; ungraded where it is below all of them."""
        reached = [cut for cut in self.graded if cut.least is not None and value >= cut.least]
        return reached[-1] if reached else self.ungraded


def exact(written: object) -> Fraction:
    """A weight or cut-off as it was written: 0.7 + 0.1 is 0.8, which floats would miss by a hair."""
    return Fraction(str(written))


def five_way(code: str, weight: object = 1, *, part_of: str = "", factor: str = "") -> Item:
    """An item with the five answers. What is said under pressure never lowers: for a negative weight the yes is the
    answer in doubt, otherwise the no.
    """
    counted = exact(weight)
    doubtful = frozenset({"yes" if counted < 0 else "no"})
    return Item(code, {"yes": counted, "no": Fraction(0)}, doubtful, part_of=part_of, factor=factor)


def rated(code: str, values: Mapping[str, object], *, factor: str = "") -> Item:
    """An item with a number for each answer; the answer that counts least is the "no" of that scale."""
    weights = {name: exact(value) for name, value in values.items()}
    least = min(weights.values())
    doubtful = frozenset(name for name, value in weights.items() if value == least)
    affirms = frozenset(name for name, value in weights.items() if value > least)
    return Item(code, weights, doubtful, affirms, factor=factor)
