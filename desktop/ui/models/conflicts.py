"""Conflicts as a view-model: what is to decide, what was decided, and carrying a decision out as one change.

Opening a hidden value is logged before it is shown. Leaves words to `conflict_words`, the rule of what stands to the
store.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.model.conflict import ConflictView
from desktop.model.partner import Relay
from desktop.store.edits import Begun
from desktop.store.store import Store
from desktop.tasks import Failure, StoreThread
from desktop.ui.models.case import NUMBER_OPENED, PROTECTED_OPENED
from desktop.ui.models.case_begun import decision_of, is_decision
from desktop.ui.models.conflict_words import is_rule


@dataclass(frozen=True)
class ConflictsPage:
    """Both lists. `relays`: whom to ask, by unit id."""

    open: tuple[ConflictView, ...]
    decided: tuple[ConflictView, ...]
    relays: dict[str, Relay]
    begun: dict[str, Begun]
    """Decisions begun earlier and not recorded, by their editor."""

    def late(self, begun: Mapping[str, Begun | None]) -> tuple[tuple[Begun, ConflictView | None], ...]:
        """Decisions among `begun` whose conflict somebody else decided meanwhile, with what is known of it."""
        open_ones = {decision_of(view) for view in self.open}
        decided = {decision_of(view): view for view in reversed(self.decided)}
        found = (one for name, one in begun.items() if is_decision(name) and name not in open_ones)
        return tuple((one, decided.get(one.editor)) for one in found if one is not None)

    def find(self, name: str) -> ConflictView | None:
        """The conflict of that name or id, among the open ones first."""
        both = (*self.open, *self.decided)
        return next((view for view in both if name in (name_of(view), view.id)), None)


def name_of(view: ConflictView) -> str:
    """What tells a conflict from an earlier one of the same field, which was decided."""
    return f"{view.id} {view.decided_at}" if view.decided else view.id


class ConflictsModel(QObject):
    """`shown(ConflictsPage)` after each reading; `failed(Failure)` when it could not be read."""

    shown = Signal(object)
    failed = Signal(object)
    opened = Signal(str)
    """The conflict whose hidden values may be shown now: the opening was just logged."""

    def __init__(self, tasks: StoreThread) -> None:
        super().__init__()
        self._tasks = tasks

    def load(self) -> None:
        """Read both lists."""
        self._tasks.query(
            lambda store: ConflictsPage(
                store.conflicts.open(),
                store.conflicts.decided(),
                {relay.unit: relay for relay in store.directory.relays()},
                {begun.editor: begun for begun in store.edits.list()},
            ),
            self.shown.emit,
            owner=self,
            failed=self._failed,
        )

    def open_hidden(self, view: ConflictView) -> None:
        """Log that the hidden values of a conflict are opened, then say so by `opened`."""
        act = NUMBER_OPENED if is_rule(view) else PROTECTED_OPENED
        subject = view.key.ref if is_rule(view) else view.record
        self._tasks.change(
            lambda store: store.audit.append(act, subject),
            lambda _line: self.opened.emit(view.id),
            owner=self,
            failed=self._failed,
        )

    def decide(
        self,
        view: ConflictView,
        choice: Any,
        reason: str,
        wrote: Callable[[], None],
        failed: Callable[[Failure], None],
    ) -> None:
        """Let `choice` stand and say why: one change that names every value shown in `view`."""

        def act(store: Store) -> None:
            with store.database.transaction():
                store.conflicts.resolve(view, choice, reason)
                store.edits.finish((view.key.ref,), decision_of(view))

        self._tasks.change(act, lambda _done: wrote(), owner=self, failed=failed)

    def keep(self, view: ConflictView, begun: Begun | None) -> None:
        """Keep a decision in hand, or let it go."""
        refs, editor = (view.key.ref,), decision_of(view)

        def act(store: Store) -> None:
            if begun is None:
                store.edits.drop(refs, editor)
            else:
                store.edits.keep(refs, begun)

        self._tasks.change(act, _nothing, owner=self, failed=self._failed)

    def let_go(self, begun: Begun) -> None:
        """Nothing is kept any more of a decision whose conflict is decided."""
        self._tasks.change(
            lambda store: store.edits.drop((begun.case_ref,), begun.editor), _nothing, owner=self, failed=self._failed
        )

    def _failed(self, failure: Failure) -> None:
        self.failed.emit(failure)


def _nothing(_done: object) -> None:
    """What is kept shows when the conflict is opened again."""
