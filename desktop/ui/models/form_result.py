"""The result of a form so far, in words: its sum, what the open answers could do, and the flags that outrank it.

Reads the engine's `ScoreResult`; computes no score. A pack that shows its score never, or only after, says so here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from desktop.forms.scoring.result import ScoreLine, ScoreResult
from desktop.i18n import tr, trn
from desktop.ui.models.form_rules import language_code
from desktop.ui.widgets.score import Scale, SumLine


@dataclass(frozen=True)
class ShownResult:
    """What the panel shows. `grade` is a word of the common ladder; a tool without a number has neither `scale` nor
    `lines`, so that none can be made of it.
    """

    grade: str
    band: str
    count: str
    scale: Scale | None
    lines: tuple[SumLine, ...]
    could: str
    flags: tuple[str, ...]


def shown_result(score: ScoreResult, pack: Mapping[str, object], language: str, *, signing: bool) -> ShownResult | None:
    """The result as this pack lets it be seen (`show_score`: never, after, always); None when not yet."""
    policy = str(pack.get("show_score") or "always")
    flags = tuple(flag.label for flag in score.flags)
    if policy == "never" or (policy == "after" and not signing):
        return ShownResult("", "", "", None, (), "", flags) if flags else None
    band = score.band
    words = "" if band is None else band.label
    if is_open(score) and band is not None and band.grade != "ungraded":
        words = tr("At least {band}", band=band.label)
    return ShownResult(
        grade=band.grade if band else "ungraded",
        band=words,
        count=_count(score),
        scale=_scale(score, pack, language),
        lines=_sum_lines(score) if score.score is not None else (),
        could=_could(score),
        flags=flags,
    )


def _count(score: ScoreResult) -> str:
    """How much is settled; nothing where no item is asked, as for the result of another tool."""
    if not score.possible:
        return ""
    return tr("{answered} of {possible} settled", answered=score.answered, possible=score.possible)


def is_open(score: ScoreResult) -> bool:
    """Whether the result is a least only: items are open, or a no that was not said freely is in doubt."""
    reach, band = score.could_reach, score.band
    return score.at_least or (reach is not None and band is not None and reach.rank > band.rank)


def _could(score: ScoreResult) -> str:
    """What the open answers could make of it, said whenever it is more than what is certain."""
    reach, band = score.could_reach, score.band
    if reach is None or (band is not None and reach.rank <= band.rank):
        return ""
    return tr("If every open answer were a yes, this could reach {band}.", band=reach.label)


def _scale(score: ScoreResult, pack: Mapping[str, object], language: str) -> Scale | None:
    if score.score is None:
        return None
    bands = _pack_bands(pack, language)
    top = max(sum(line.most for line in score.lines), score.score, *(first for first, _words in bands), 1.0)
    open_weight = sum(line.most for line in score.lines if not line.known)
    return Scale(score.score, min(top, score.score + open_weight), top, bands, settled=not is_open(score))


def _pack_bands(pack: Mapping[str, object], language: str) -> tuple[tuple[float, str], ...]:
    """The bands that have a first value, rising; the pack's own words in the form's language."""
    bands = pack.get("bands")
    rows = bands if isinstance(bands, Sequence) and not isinstance(bands, str) else ()
    found = [
        (float(row["range"][0]), _in_language(row["label"], language))
        for row in rows
        if isinstance(row, Mapping) and isinstance(row.get("range"), Sequence) and row["range"]
        and isinstance(row["range"][0], int | float)
    ]  # fmt: skip
    return tuple(sorted(found))


def _in_language(label: object, language: str) -> str:
    """A pack names things by language code."""
    if not isinstance(label, Mapping):
        return str(label)
    code = language_code(language)
    return str(label.get(code) or label.get("en") or next(iter(label.values()), ""))


def _sum_lines(score: ScoreResult) -> tuple[SumLine, ...]:
    """The sum by kind of answer: every item stands in exactly one line, so that anyone can add it up."""
    counted = [line for line in score.lines if line.known and line.weight]
    open_items = [line for line in score.lines if not line.known and line.answer]
    unasked = [line for line in score.lines if not line.answer and not line.known]
    nothing = len(score.lines) - len(counted) - len(open_items) - len(unasked)
    total = sum(line.weight or 0.0 for line in counted)
    lines = [SumLine(_weights(counted), _number(total), strong=True)]
    if open_items:
        lines.append(SumLine(trn("%n open answer, not counted|%n open answers, not counted", len(open_items)), "0"))
    if unasked:
        lines.append(SumLine(trn("%n still to ask|%n still to ask", len(unasked)), "0"))
    if nothing:
        lines.append(SumLine(trn("%n counts nothing|%n count nothing", nothing), "0"))
    return tuple(lines)


def _weights(counted: Sequence[ScoreLine]) -> str:
    """The items that count, by weight: "9 × 1" or "2 × 3 + 4 × 1"."""
    by_weight: dict[float, int] = {}
    for line in counted:
        by_weight[line.weight or 0.0] = by_weight.get(line.weight or 0.0, 0) + 1
    terms = [f"{count} × {_number(weight)}" for weight, count in sorted(by_weight.items(), reverse=True)]
    return tr("Counted: {terms}", terms=" + ".join(terms) or "0")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:g}"
