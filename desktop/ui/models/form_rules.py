"""What the form screen reads off a form: which answers are five-way, which question alone decides a flag, what "stop
here" marks, and the steps of the now card.

Pure: sessions and pages in, refs and facts out. Leaves saving to `desktop.ui.models.form`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from desktop.forms.engine.graph import DependencyGraph, graph_of
from desktop.forms.engine.session import FormSession
from desktop.forms.engine.views import ChangeSet, Page, QuestionView
from desktop.forms.scoring.result import Flag, ScoreResult
from desktop.forms.xform.definition import FormDefinition
from desktop.forms.xform.model import NodeDefinition
from desktop.ui.models.form_draft import NOW
from desktop.ui.widgets.now_card import ENDINGS, NowStep

FLAG_ROLES = frozenset({"flag", "now"})
FLAG_PREFIX = "flag_"
NOT_ASKED = "not_asked"
STOPPED = "stopped"
WHY = "_why"
UNASKED = frozenset({"calculate", "hidden", "group", ""})
UNANSWERABLE = UNASKED | {"note"}


@dataclass(frozen=True)
class NowFacts:
    """One fired flag and its steps, as the now card shows them."""

    code: str
    label: str
    steps: tuple[NowStep, ...]


def pages_shown(pages: Sequence[Page]) -> tuple[Page, ...]:
    """The pages without the notes of flags: those stand in the now card, on every page. A page of nothing is none."""
    kept = (replace(page, nodes=tuple(node for node in page.nodes if not _is_flag(node))) for page in pages)
    return tuple(page for page in kept if page.nodes or page.repeats)


def _is_flag(view: QuestionView) -> bool:
    return view.kind == "note" and view.roles.get("role") in FLAG_ROLES


def is_asked(view: QuestionView) -> bool:
    """Whether a person is to answer it."""
    return view.kind not in UNANSWERABLE and not view.readonly


def name_of(ref: str) -> str:
    """The name of a question, without where it stands."""
    return ref.rsplit("/", 1)[-1]


def flag_code(flag: Flag) -> str:
    """The id under which a flag is kept in the case."""
    return name_of(flag.ref).removeprefix(FLAG_PREFIX)


def language_code(language: str) -> str:
    """The code of a form's language: a spreadsheet says "Deutsch (de)", or the code alone."""
    return language.rpartition("(")[2].rstrip(")").strip() or language


# -- the now card


def now_facts(score: ScoreResult | None, own: Mapping[str, str]) -> tuple[NowFacts, ...]:
    """Every flag that fired, each step with how it ended so far (kept among the draft's own values)."""
    return tuple(_facts(flag, own) for flag in score.flags) if score else ()


def _facts(flag: Flag, own: Mapping[str, str]) -> NowFacts:
    code = flag_code(flag)
    keys = [f"{NOW}{code}/{number}" for number in range(len(flag.do_now))]
    steps = (
        NowStep(key, step.act, step.who, step.within, own.get(key, "") if own.get(key) in ENDINGS else "")
        for key, step in zip(keys, flag.do_now, strict=True)
    )
    return NowFacts(code, flag.label, tuple(steps))


# -- flags and the questions that decide them


def deciding(form: FormDefinition) -> frozenset[str]:
    """Paths of the questions that alone decide a flag: an answer to one never moves on, so that a slip is seen."""
    graph = graph_of(form)
    flags = (node for node in form.root.walk() if node.bind.extras.get("role") in FLAG_ROLES)
    read = (_questions_of(graph, flag, set()) for flag in flags)
    return frozenset(path for paths in read if len(paths) == 1 for path in paths)


def _questions_of(graph: DependencyGraph, node: NodeDefinition, seen: set[str]) -> set[str]:
    """The questions that a node's relevance or calculation reads, through calculations in between."""
    found: set[str] = set()
    seen.add(node.path)
    for computation in graph.of.get(node, ()):
        if computation.kind not in {"relevant", "calculate"}:
            continue
        for reference in computation.reads.references:
            target = reference.target
            if target.control is not None:
                found.add(target.path)
            elif target.path not in seen:
                found |= _questions_of(graph, target, seen)
    return found


# -- stop here


def is_five_way(view: QuestionView) -> bool:
    """Whether "not asked" is one of a question's answers."""
    return view.kind == "select_one" and is_asked(view) and any(choice.value == NOT_ASKED for choice in view.choices)


def stop(session: FormSession) -> tuple[ChangeSet, tuple[str, ...]]:
    """Mark every unanswered five-way question as not asked, stopped by the person; the changes and those questions."""
    marked = tuple(view.ref for view in _views(session) if is_five_way(view) and not view.value)
    changes = [session.set_value(ref, NOT_ASKED) for ref in marked]
    asked_why = {f"{ref}{WHY}" for ref in marked}
    reasons = [view.ref for view in _views(session) if view.ref in asked_why and _may_stop(view)]
    changes += [session.set_value(ref, STOPPED) for ref in reasons]
    return merged(changes), marked


def _may_stop(view: QuestionView) -> bool:
    return not view.value and any(choice.value == STOPPED for choice in view.choices)


def still_stopped(session: FormSession, marked: Sequence[str]) -> tuple[str, ...]:
    """Those of the marked questions that nobody has answered since."""
    values = {view.ref: view.value for view in _views(session)}
    left = (ref for ref in marked if values.get(ref) == NOT_ASKED)
    return tuple(ref for ref in left if values.get(f"{ref}{WHY}", STOPPED) == STOPPED)


def unstop(session: FormSession, marked: Sequence[str]) -> ChangeSet:
    """Undo `stop`: what was answered since stays."""
    shown = {view.ref for view in _views(session)}
    changes = []
    for ref in still_stopped(session, marked):
        if f"{ref}{WHY}" in shown:
            changes.append(session.set_value(f"{ref}{WHY}", ""))
        changes.append(session.set_value(ref, ""))
    return merged(changes)


def merged(changes: Sequence[ChangeSet]) -> ChangeSet:
    """Several acts as one; of a node that changed twice the last counts."""
    changed = {change.ref: change for one in changes for change in one.changed}
    added = tuple(ref for one in changes for ref in one.added)
    removed = tuple(ref for one in changes for ref in one.removed)
    return ChangeSet(tuple(changed.values()), added, removed)


def _views(session: FormSession) -> Iterator[QuestionView]:
    return (view for page in session.pages() for view in page.nodes)
