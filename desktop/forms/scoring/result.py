"""What a form says by its scoring roles: score, band, what is missing, what could be reached, flags, the arithmetic.

Everything is computed by the spreadsheet; this module only reads nodes by `bind::dv:role`. The one rule it adds is
that the lowest band is never named while an item is open, or answered by a no that was not said freely: then the
result is ungraded, "at least" that band.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from desktop.forms.engine.evaluation import Evaluator, Option
from desktop.forms.engine.node import InstanceNode
from desktop.forms.xform.definition import FormDefinition
from desktop.forms.xform.model import NodeDefinition

ROLES = frozenset(
    {"item", "score", "band", "could", "answered", "possible", "flag", "grade", "reason", "victim_view"}
    | {"override", "override_reason", "free_to_speak"}
)
UNGRADED = "ungraded"


@dataclass(frozen=True, slots=True)
class Band:
    """A band of the form: `grade` on the common scale; scores from `low` on, below `high` (None: no end)."""

    name: str
    label: str
    grade: str
    low: float | None
    high: float | None
    rank: int = 0


@dataclass(frozen=True, slots=True)
class DoNow:
    """One step of the now card: what, by whom, within what time."""

    act: str
    who: str
    within: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag that has fired, whatever the score."""

    ref: str
    label: str
    do_now: tuple[DoNow, ...]


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One line of the arithmetic: the question, the answer given (empty: none yet), what it counts.

    `most` is what the answer that counts most would add, never below nothing: the reach of an open item. `doubtful`:
    the answer settles it only if the person could speak freely.
    """

    ref: str
    label: str
    answer: str
    weight: float | None
    known: bool
    most: float = 0.0
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """`band` is what is certain; with `at_least` items are open and `could_reach` is the most they could make of it."""

    score: float | None
    band: Band | None
    at_least: bool
    could_reach: Band | None
    answered: int
    possible: int
    missing: tuple[str, ...]
    flags: tuple[Flag, ...]
    lines: tuple[ScoreLine, ...]
    grade: str
    reason: str
    override: str
    victim_view: str
    form_hash: str


def score_of(evaluator: Evaluator, top: InstanceNode) -> ScoreResult | None:
    """None where no node has the role `score`, `band` or `flag`."""
    holding = _holding(evaluator.form)
    if not holding:
        return None
    roles = _by_role(top, holding)
    if not roles.keys() & {"score", "band", "flag"}:
        return None
    read: dict[int, dict[str, str]] = {}
    lines = tuple(_line(evaluator, node, read) for node in roles.get("item", ()))
    bands = _bands(evaluator)
    answered, possible = _count(roles, "answered"), _count(roles, "possible")
    is_open = answered < possible or any(not line.known for line in lines)
    in_doubt = not _spoke_freely(roles) and any(line.doubtful for line in lines)
    band = _guarded(bands, _text(roles, "band"), is_open=is_open or in_doubt)
    return ScoreResult(
        score=_number(_text(roles, "score")),
        band=band,
        at_least=is_open,
        could_reach=bands.get(_text(roles, "could")),
        answered=answered,
        possible=possible,
        missing=tuple(line.ref for line in lines if not line.known),
        flags=tuple(_flag(evaluator, node) for node in roles.get("flag", ()) if _fired(node)),
        lines=lines,
        grade=_text(roles, "grade"),
        reason=_text(roles, "reason") or _text(roles, "override_reason"),
        override=_text(roles, "override"),
        victim_view=_text(roles, "victim_view"),
        form_hash=evaluator.form.hash,
    )


def _holding(form: FormDefinition) -> frozenset[NodeDefinition]:
    """The definitions with a role at or below them, found at the first call."""
    found = form.cache.get("holding roles")
    if not isinstance(found, frozenset):
        kept: set[NodeDefinition] = set()
        _collect(form.root, kept)
        found = form.cache["holding roles"] = frozenset(kept)
    return found


def _collect(definition: NodeDefinition, kept: set[NodeDefinition]) -> bool:
    below = [_collect(child, kept) for child in (*definition.attributes, *definition.children)]
    holds = any(below) or definition.bind.extras.get("role", "") in ROLES
    if holds:
        kept.add(definition)
    return holds


def _by_role(top: InstanceNode, holding: frozenset[NodeDefinition]) -> dict[str, list[InstanceNode]]:
    """In document order; only where a role can be found."""
    found: dict[str, list[InstanceNode]] = {}
    waiting = [top]
    while waiting:
        node = waiting.pop()
        role = node.definition.bind.extras.get("role", "")
        if role in ROLES:
            found.setdefault(role, []).append(node)
        below = [*node.attributes, *node.children]
        waiting += [one for one in reversed(below) if isinstance(one, InstanceNode) and one.definition in holding]
    return found


def _text(roles: Mapping[str, list[InstanceNode]], role: str) -> str:
    return next((node.text for node in roles.get(role, ()) if node.text), "")


def _spoke_freely(roles: Mapping[str, list[InstanceNode]]) -> bool:
    """A form that does not ask leaves nothing to doubt by."""
    return "free_to_speak" not in roles or _text(roles, "free_to_speak") == "yes"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _count(roles: Mapping[str, list[InstanceNode]], role: str) -> int:
    return int(_number(_text(roles, role)) or 0)


def _guarded(bands: Mapping[str, Band], name: str, *, is_open: bool) -> Band | None:
    """The band, or the ungraded one in place of the lowest while an item is open."""
    band = bands.get(name)
    if band is None or not is_open or band.grade == UNGRADED:
        return band
    graded = [item for item in bands.values() if item.grade != UNGRADED]
    lowest = min(graded, key=lambda item: item.rank)
    return next((item for item in bands.values() if item.grade == UNGRADED), None) if band == lowest else band


def _bands(evaluator: Evaluator) -> dict[str, Band]:
    """The rows of the choices list that has a `grade` column, in its order; each ends where the next begins."""
    rows = _graded_rows(evaluator.form)
    starts = [_number(row.get("from", "")) for row in rows]
    found: dict[str, Band] = {}
    for place, row in enumerate(rows):
        higher = [start for start in starts[place + 1 :] if start is not None]
        label = evaluator.itext(row["itextId"]) if "itextId" in row else row.get("label", row["name"])
        end = min(higher, default=None) if starts[place] is not None else None
        rank = int(_number(row.get("rank", "")) or place)
        found[row["name"]] = Band(row["name"], label, row["grade"], starts[place], end, rank)
    return found


def _graded_rows(form: FormDefinition) -> list[dict[str, str]]:
    """Read once: a form may bring long lists."""
    found = form.cache.get("graded rows")
    if not isinstance(found, list):
        found = form.cache["graded rows"] = [row for row in _choice_rows(form) if "grade" in row]
    return found


def _choice_rows(form: FormDefinition) -> Iterator[dict[str, str]]:
    for instance in form.instances.values():
        for root in instance.elements():
            for item in root.elements():
                yield {column.local: column.string_value() for column in item.elements()}


def _line(evaluator: Evaluator, node: InstanceNode, read: dict[int, dict[str, str]]) -> ScoreLine:
    """The weight is read in the chosen row of the choices; a row says by `known` whether it settles the item.

    `read` keeps the rows read so far: items share their choices.
    """
    label = evaluator.text(node.definition.element.label if node.definition.element else None, node) or ""
    options = {option.value: option for option in evaluator.options(node)}
    rows = {value: _columns(option, read) for value, option in options.items()}
    most = max((_number(row.get("weight", "")) or 0.0 for row in rows.values()), default=0.0)
    chosen = options.get(node.text) if node.text else None
    if chosen is None:
        return ScoreLine(node.reference(), label.strip(), "", None, known=not node.relevant, most=max(most, 0.0))
    row = rows[chosen.value]
    return ScoreLine(
        node.reference(),
        label.strip(),
        (evaluator.option_label(chosen) or chosen.value).strip(),
        _number(row.get("weight", "")),
        known=row.get("known", "1") == "1",
        most=max(most, 0.0),
        doubtful=row.get("doubtful") == "1",
    )


def _columns(option: Option, read: dict[int, dict[str, str]]) -> dict[str, str]:
    """The further columns of a choice, by their names."""
    found = read.get(id(option.context))
    if found is None:
        found = read[id(option.context)] = {column.local: column.string_value() for column in option.context.elements()}
    return found


def _fired(node: InstanceNode) -> bool:
    """A note fires when it is relevant, a calculation when it is true."""
    return node.relevant and (node.definition.control is not None or node.text not in ("", "0", "false"))


def _flag(evaluator: Evaluator, node: InstanceNode) -> Flag:
    element = node.definition.element
    label = evaluator.text(element.label, node) if element is not None else None
    hint = evaluator.text(element.hint, node) if element is not None else None
    return Flag(node.reference(), (label or node.definition.name).strip(), tuple(steps_of(hint or "")))


def steps_of(hint: str) -> Iterator[DoNow]:
    """Steps are parted by `;`, their act, who and within by `—`."""
    for written in hint.split(";"):
        act, _, rest = written.strip().partition("—")
        who, _, within = rest.partition("—")
        if act.strip():
            yield DoNow(act.strip(), who.strip(), within.strip())
