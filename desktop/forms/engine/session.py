"""A form being answered: the one thing that screens, drafts and finished records are made from.

Pure and synchronous; `set_value` is the only way an answer gets in. Leaves scoring to `desktop.forms.scoring`,
submission XML to `desktop.forms.submission`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from desktop.forms.drafts import Draft, answers_of, put_back
from desktop.forms.engine.casting import cast
from desktop.forms.engine.environment import Environment
from desktop.forms.engine.evaluation import Evaluator
from desktop.forms.engine.graph import graph_of
from desktop.forms.engine.node import InstanceNode
from desktop.forms.engine.paging import pages_of, progress_of
from desktop.forms.engine.preload import finish, preload
from desktop.forms.engine.presenting import change_of, kind_of, question_view, violation_of
from desktop.forms.engine.propagation import Propagation
from desktop.forms.engine.records import record_of
from desktop.forms.engine.tree import grow
from desktop.forms.engine.views import ChangeSet, Page, Progress, QuestionView, Violation
from desktop.forms.errors import FormError
from desktop.forms.scoring.result import ScoreResult, score_of
from desktop.forms.submission import submission_text
from desktop.forms.xform.definition import FormDefinition

_PART = re.compile(r"/(?:[^/:\[\]]+:)?([^/\[\]]+)(?:\[(\d+)\])?")


class FormSession:
    """One record of one form. `editing` opens a finished record again: identifiers and calculations are renewed.

    `migrated` opens a draft brought from another version: what is calculated is calculated anew, answers stay.
    """

    def __init__(
        self,
        definition: FormDefinition,
        environment: Environment,
        *,
        draft: Draft | None = None,
        editing: bool = False,
        migrated: bool = False,
    ) -> None:
        self.definition = definition
        self._top = grow(definition.root, definition.model.instance)
        self._evaluator = Evaluator(definition, environment, self._top)
        self._propagation = Propagation(self._evaluator, graph_of(definition))
        self.unplaced: Mapping[str, str] = {}
        self._open(draft, editing=editing, migrated=migrated)

    def _open(self, draft: Draft | None, *, editing: bool, migrated: bool) -> None:
        if draft is not None:
            self.unplaced = put_back(self._top, draft)
        if draft is None or editing:
            preload(self._evaluator, self._top, editing=editing)
        propagation = self._propagation
        propagation.keep_answers = migrated
        propagation.recalculate = draft is None or editing or migrated or self._evaluator.environment.reference
        if draft is None:
            propagation.normalise(self._top)
        propagation.enter(self._top)
        propagation.offer_items(self._top)
        propagation.run()
        propagation.recalculate, propagation.keep_answers = True, False
        events = {"odk-instance-load"} if draft is not None else {"odk-instance-load", "odk-instance-first-load"}
        for action in self.definition.model.load_actions:
            if action.events & events:
                for target in propagation.instances.get(action.target, ()):
                    propagation.perform(action, target)
                    propagation.run()
        self._changes()

    @property
    def language(self) -> str:
        return self._evaluator.language

    @property
    def warnings(self) -> tuple[str, ...]:
        """Codes of what the form's author should know: functions that failed, patterns too slow, cycles."""
        return tuple(self._evaluator.warnings)

    def set_language(self, language: str) -> ChangeSet:
        """Raises FormError where the form does not speak it."""
        if language not in self.definition.languages:
            raise FormError(
                "language_unknown", "This form is not written in that language.", "Choose another language."
            )
        self._evaluator.language = language
        self._propagation.push_speaking()
        self._propagation.run()
        return self._changes()

    def set_value(self, ref: str, text: str) -> ChangeSet:
        """Gives a question its answer. Raises FormError where there is no such question or it may not be changed."""
        node = self.node(ref)
        if not node.is_leaf:
            raise FormError(
                "not_a_question", "This part of the form takes no answer.", "Answer one of its questions.", ref=ref
            )
        if node.readonly:
            raise FormError("readonly", "This answer cannot be changed here.", "Change what it is made from.", ref=ref)
        kind = node.definition.bind.type if kind_of(node) not in ("select_one", "select_multiple", "rank") else "string"
        node.value = (cast(kind, text) or "") if self._evaluator.environment.reference else text
        self._propagation.touched[node] = None
        self._propagation.refresh(node)
        self._propagation.run()
        return self._changes()

    def add_repeat(self, ref: str) -> ChangeSet:
        """Adds an instance at the end of the repeat. Raises FormError where the form fixes their number."""
        path, _, name = re.sub(r"\[\d+\]$", "", ref).rpartition("/")
        parent = self.node(path)
        definition = next((d for d in parent.definition.children if name.rpartition(":")[2] == d.local), None)
        if definition is None or definition.repeat is None:
            raise FormError("not_a_repeat", "Nothing can be added here.", "Choose a list of entries.", ref=ref)
        if definition.repeat.fixed or definition.repeat.count is not None:
            raise FormError(
                "repeat_fixed",
                "The number of entries here is fixed by the form.",
                "Change what it depends on.",
                ref=ref,
            )
        self._propagation.add(parent, definition)
        self._propagation.run()
        return self._changes()

    def remove_repeat(self, ref: str) -> ChangeSet:
        """Takes out one instance, `ref` ending in its position. Raises FormError where there is none or it is fixed."""
        node = self.node(ref)
        repeat = node.definition.repeat
        if repeat is None:
            raise FormError("not_a_repeat", "This cannot be removed.", "Choose an entry of a list.", ref=ref)
        if repeat.fixed or repeat.count is not None:
            raise FormError(
                "repeat_fixed",
                "The number of entries here is fixed by the form.",
                "Change what it depends on.",
                ref=ref,
            )
        self._propagation.remove(node)
        self._propagation.run()
        return self._changes()

    def kind(self, ref: str) -> str:
        """The kind of a question, as its view says it. Raises FormError where there is none."""
        return kind_of(self.node(ref))

    def question(self, ref: str) -> QuestionView:
        return question_view(self._evaluator, self.node(ref))

    def pages(self) -> tuple[Page, ...]:
        """Relevant questions by page: field-list groups first, otherwise one page per top-level group."""
        return pages_of(self._evaluator, self.definition.body, self._top)

    def progress(self) -> Progress:
        return progress_of(self.pages())

    def validate(self) -> tuple[Violation, ...]:
        """Everything that stops the form from being finished, in document order."""
        found = (violation_of(self._evaluator, node) for node in self._top.walk())
        return tuple(violation for violation in found if violation is not None)

    def score(self) -> ScoreResult | None:
        """None where the form has no scoring roles."""
        return score_of(self._evaluator, self._top)

    def settle_unplaced(self, ref: str) -> str:
        """Takes an unplaced answer off the list: a person has dealt with it. Raises FormError where it is none."""
        if ref not in self.unplaced:
            raise FormError("no_such_answer", "This answer is not on the list.", "Open the form again.", ref=ref)
        left = dict(self.unplaced)
        text = left.pop(ref)
        self.unplaced = left
        return text

    def draft(self) -> Draft:
        return Draft(self.definition.hash, answers_of(self._top), dict(self.unplaced))

    def answers(self) -> Mapping[str, Any]:
        """The record: relevant groups as objects, repeats as lists, answers as JSON values by their type."""
        return record_of(self._top)

    def submission_xml(self) -> str:
        """The finished instance: relevant nodes only. Notes the time of finishing where the form asks for it."""
        for node in finish(self._evaluator, self._top):
            self._propagation.notify(node)
        self._propagation.run()
        return submission_text(self._top)

    def node(self, ref: str) -> InstanceNode:
        """The node at a reference; a repeat without a position means its first instance. Raises FormError."""
        parts = _PART.findall(ref)
        node: InstanceNode | None = self._top if parts and parts[0][0] == self._top.local else None
        for name, position in parts[1:]:
            node = None if node is None else _step(node, name, int(position or 1))
        if node is None:
            raise FormError("no_such_question", "This form has no such question.", "Open the form again.", ref=ref)
        return node

    def _changes(self) -> ChangeSet:
        """What has changed since the last call, in document order within each definition."""
        propagation = self._propagation
        changed = tuple(change_of(self._evaluator, node) for node in propagation.touched if node.attached)
        found = ChangeSet(
            changed, tuple(node.reference() for node in propagation.added if node.attached), tuple(propagation.removed)
        )
        propagation.touched = {}
        propagation.added = []
        propagation.removed = []
        return found


def _step(node: InstanceNode, name: str, position: int) -> InstanceNode | None:
    if name.startswith("@"):
        items = [a for a in node.attributes if isinstance(a, InstanceNode) and a.local == name[1:].rpartition(":")[2]]
        return items[0] if items else None
    found = [child for child in node.named(name) if isinstance(child, InstanceNode)]
    return found[position - 1] if 1 <= position <= len(found) else None
