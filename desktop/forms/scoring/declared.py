"""The profile that a form declares: items and weights from its spreadsheet, the rules of its shape from its pack.

Leaves the reckoning to `shapes`. The spreadsheet computes the result that is shown; the profile is its second
reckoning, by which a pack is proven before it is used.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from desktop.forms.errors import FormError
from desktop.forms.scoring.pack import PackMetadata, ScoringRow
from desktop.forms.scoring.profile import Bonus, Cut, InstrumentProfile, Item, Trigger, exact
from desktop.forms.xform.definition import FormDefinition
from desktop.forms.xform.model import NodeDefinition
from desktop.forms.xpath.syntax import Call, Expression, Literal, Path
from desktop.model.circumstances import Answer
from desktop.model.grade import Grade

NOT_KNOWN = frozenset({Answer.DONT_KNOW.value, Answer.NOT_ASKED.value, Answer.REFUSED.value})


def profile_of(form: FormDefinition, pack: PackMetadata) -> InstrumentProfile:
    """Raises FormError `scoring_invalid` where form and pack do not fit, with the reason."""
    if pack.scoring is None:
        raise _invalid("scoring: the pack declares none")
    items = tuple(_item(form, node, pack.scoring) for node in form.root.walk() if _role(node) == "item")
    cuts = tuple(
        Cut(row.name, Grade(row.grade), None if row.range[0] is None else exact(row.range[0])) for row in pack.bands
    )
    profile = InstrumentProfile(
        shape=pack.scoring.shape,
        items=items,
        cuts=cuts,
        bonuses=tuple(Bonus(row.code, tuple(row.items), row.least, exact(row.points)) for row in pack.scoring.bonuses),
        triggers=tuple(Trigger(row.reason, tuple(row.items), row.least, row.band) for row in pack.scoring.triggers),
        missing=pack.missing_policy,
        most_missing=pack.scoring.most_missing,
    )
    _fits(profile, pack.scoring)
    return profile


def _item(form: FormDefinition, node: NodeDefinition, scoring: ScoringRow) -> Item:
    rows = {row["name"]: row for row in _choices(form, node)}
    weights = {name: exact(row["weight"]) for name, row in rows.items() if row.get("known", "1") == "1"}
    if not weights:
        raise _invalid(f"{node.local}: no answer settles it")
    doubtful = frozenset(name for name, row in rows.items() if row.get("doubtful") == "1")
    if weights.keys() & NOT_KNOWN:
        raise _invalid(f"{node.local}: what is not known counts as an answer")
    if "no" in weights and not doubtful:
        raise _invalid(f"{node.local}: a no that is not said freely counts as certain")
    affirms = (
        frozenset({"yes"})
        if "yes" in weights
        else frozenset(n for n, w in weights.items() if w > min(weights.values()))
    )
    code = node.local
    return Item(code, weights, doubtful, affirms, scoring.parts.get(code, ""), scoring.factors.get(code, code))


def _choices(form: FormDefinition, node: NodeDefinition) -> Iterator[Mapping[str, str]]:
    """The rows of the list that a question chooses from, with all their columns."""
    control = node.control
    itemset = control.itemset if control is not None else None
    named = _list_of(itemset.nodeset) if itemset is not None else ""
    instance = form.instances.get(named)
    for root in instance.elements() if instance is not None else ():
        for item in root.elements():
            row = {column.local: column.string_value() for column in item.elements()}
            yield {key: text for key, text in row.items() if text}


def _list_of(nodeset: Expression) -> str:
    """`instance('answer')/root/item…` reads the list `answer`."""
    start = nodeset.start if isinstance(nodeset, Path) else None
    named = start.arguments[0] if isinstance(start, Call) and start.name == "instance" else None
    return named.value if isinstance(named, Literal) else ""


def _role(node: NodeDefinition) -> str:
    return node.bind.extras.get("role", "")


def _fits(profile: InstrumentProfile, scoring: ScoringRow) -> None:
    """Names lead somewhere, and the numbers of the bands rise."""
    items = {item.code for item in profile.items}
    named = {code for trigger in profile.triggers for code in trigger.items}
    named |= {code for bonus in profile.bonuses for code in bonus.items}
    unknown = sorted((named | {*scoring.parts, *scoring.parts.values(), *scoring.factors}) - items)
    bands = sorted({row.band for row in scoring.triggers} - set(profile.cut_of))
    if unknown or bands:
        raise _invalid(f"scoring: {', '.join(unknown or bands)} is not in the form")
    numbers = [cut.least for cut in profile.graded if cut.least is not None]
    if any(after <= before for before, after in pairwise(numbers)):
        raise _invalid("bands: their first numbers do not rise")


def _invalid(reason: str) -> FormError:
    return FormError("scoring_invalid", "This pack’s scoring does not fit its form.", "Tell its author.", reason=reason)
