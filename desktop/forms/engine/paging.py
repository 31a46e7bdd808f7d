"""Pages and progress: which relevant questions stand together. Leaves drawing to the screens."""

from collections.abc import Iterator, Sequence

from desktop.forms.engine.evaluation import Evaluator
from desktop.forms.engine.node import InstanceNode
from desktop.forms.engine.presenting import question_view
from desktop.forms.engine.views import Page, PageProgress, Progress, QuestionView, RepeatView
from desktop.forms.xform.body import BodyElement, Control, GroupElement, RepeatElement
from desktop.forms.xform.text import TextSource

_NO_ANSWER = frozenset({"note", "calculate", "hidden", "group"})


def pages_of(evaluator: Evaluator, body: Sequence[BodyElement], top: InstanceNode) -> tuple[Page, ...]:
    """One page per field-list group where the form has any inside the group, else one per top-level element.

    Questions at the top level between groups share a page.
    """
    builder = _Builder(evaluator)
    builder.visit(body, top)
    builder.flush()
    return tuple(builder.pages)


def progress_of(pages: Sequence[Page]) -> Progress:
    counted = tuple(_page_progress(page) for page in pages)
    return Progress(sum(p.answered for p in counted), sum(p.possible for p in counted), counted)


def _page_progress(page: Page) -> PageProgress:
    asked = [node for node in page.nodes if node.kind not in _NO_ANSWER and not node.readonly]
    return PageProgress(page.ref, sum(1 for node in asked if node.value), len(asked))


class _Builder:
    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self.pages: list[Page] = []
        self._loose: list[QuestionView] = []

    def flush(self) -> None:
        """Ends the page of questions that stand in no group."""
        if self._loose:
            self.pages.append(Page(self._loose[0].ref, "", tuple(self._loose)))
            self._loose = []

    def visit(self, elements: Sequence[BodyElement], within: InstanceNode) -> None:
        for element in elements:
            if isinstance(element, Control):
                self._loose.extend(question_view(self._evaluator, node) for node in _instances(element, within))
                continue
            self.flush()
            if not isinstance(element, GroupElement):
                self._page(element, within)
                continue
            for node in _places(element, within):
                if "field-list" not in element.appearance and _has_field_list(element.children):
                    self.visit(element.children, node)
                    self.flush()
                else:
                    self._page(element, node)

    def _page(self, element: BodyElement, node: InstanceNode) -> None:
        """A page of all questions below; a repeat offers its instances on the page it stands on."""
        questions: list[QuestionView] = []
        repeats: list[RepeatView] = []
        self._collect([element], node, questions, repeats)
        if questions or repeats:
            label = (self._evaluator.text(element.label, node) or "").strip()
            self.pages.append(Page(node.reference(), label, tuple(questions), tuple(repeats)))

    def _collect(
        self,
        elements: Sequence[BodyElement],
        within: InstanceNode,
        questions: list[QuestionView],
        repeats: list[RepeatView],
    ) -> None:
        for element in elements:
            if isinstance(element, RepeatElement):
                repeats.extend(self._repeat(element, within))
            if isinstance(element, Control):
                questions.extend(question_view(self._evaluator, node) for node in _instances(element, within))
                continue
            for node in _places(element, within):
                self._collect(element.children, node, questions, repeats)

    def _repeat(self, element: RepeatElement, within: InstanceNode) -> Iterator[RepeatView]:
        path = element.reference.removeprefix(within.definition.path).strip("/").split("/")
        parents = [within]
        for name in path[:-1]:
            parents = [c for p in parents for c in p.named(name) if isinstance(c, InstanceNode)]
        for parent in parents:
            known = any(child.local == path[-1] and child.repeat is not None for child in parent.definition.children)
            if not parent.relevant or not known:
                continue
            instances = tuple(
                c.reference() for c in parent.named(path[-1]) if isinstance(c, InstanceNode) and c.relevant
            )
            free = not element.fixed and element.count is None
            label = (
                self._evaluator.text(element.label or self._wrapping_label(parent, path[-1]), parent) or ""
            ).strip()
            yield RepeatView(f"{parent.reference()}/{path[-1]}", label, instances, free, free)

    @staticmethod
    def _wrapping_label(parent: InstanceNode, name: str) -> TextSource | None:
        """The label of the group around a repeat, where the converter puts it."""
        definition = next((child for child in parent.definition.children if child.local == name), None)
        return definition.element.label if definition is not None and definition.element is not None else None


def _has_field_list(elements: Sequence[BodyElement]) -> bool:
    return any("field-list" in element.appearance or _has_field_list(element.children) for element in elements)


def _places(element: BodyElement, within: InstanceNode) -> list[InstanceNode]:
    """Where a group's children are read: in its own nodes; around a repeat, where the group stands."""
    wraps = any(isinstance(child, RepeatElement) and child.reference == element.reference for child in element.children)
    if not element.reference or (wraps and not isinstance(element, RepeatElement)):
        return [within]
    return _instances(element, within)


def _instances(element: BodyElement, within: InstanceNode) -> list[InstanceNode]:
    """The relevant nodes of an element at or below a node."""
    if within.definition.path == element.reference:
        return [within] if within.relevant else []
    below = element.reference.removeprefix(within.definition.path)
    level = [within] if below != element.reference else []
    for name in below.strip("/").split("/"):
        local = name.rpartition(":")[2]
        level = [child for node in level for child in node.named(local) if isinstance(child, InstanceNode)]
    return [node for node in level if node.relevant]
