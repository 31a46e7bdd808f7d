"""A form being filled: the session, its pages in sight, and every answer saved in the draft as it is given.

The session is pure and answers at once on the GUI thread; only opening and saving go to the store's thread. Leaves
scoring to the engine, words of the result to `form_result`, what a form means to `form_rules`, drawing to the view.
"""

import random
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.errors import KnownError
from desktop.forms.engine.environment import Environment
from desktop.forms.engine.session import FormSession
from desktop.forms.engine.views import ChangeSet, NodeChange, Page, Violation
from desktop.forms.errors import FormError
from desktop.forms.scoring.result import ScoreResult
from desktop.model.record import CaseKey
from desktop.store.store import Store
from desktop.tasks import Failure, StoreThread
from desktop.ui.models.form_draft import LANGUAGE, PLACE, STOPPED, Opened, begin_draft, open_draft
from desktop.ui.models.form_rules import (
    UNASKED,
    NowFacts,
    deciding,
    is_asked,
    is_five_way,
    now_facts,
    pages_shown,
    still_stopped,
    stop,
    unstop,
)

_Act = Callable[[FormSession], ChangeSet]
_POSITION = re.compile(r"\[\d+\]")

SAVE_AFTER_MS = 120
"""What is typed is on disk this long after its first key; well under the 300 ms that may be lost to a power cut."""
TRY_AGAIN_MS = 2000
AT_CHECK = "@check"
"""The place of a draft that was left on its last page."""


class FormModel(QObject):
    """One draft in hand.

    `begun(draft id)` when a new draft exists; `opened()` when it can be shown; `page_shown(Page, bool)` when the
    questions in sight are others than before, the flag says whether it is another page; `question_shown(QuestionView)`
    for each one in sight that changed; `counted()` when progress or result changed; `saved(datetime)` when the answers
    are on disk; `unsaved()` when they could not be written and are tried again; `failed(Failure)`.
    """

    begun = Signal(str)
    opened = Signal()
    page_shown = Signal(object, bool)
    question_shown = Signal(object)
    counted = Signal()
    saved = Signal(object)
    unsaved = Signal()
    failed = Signal(object)

    def __init__(self, tasks: StoreThread, now: Callable[[], datetime], zone: tzinfo) -> None:
        super().__init__()
        self._tasks = tasks
        self._now = now
        self._zone = zone
        self._opened: Opened | None = None
        self._pages: tuple[Page, ...] = ()
        self._index = 0
        self._values: dict[str, str] = {}
        self._in_pages: frozenset[str] = frozenset()
        self._asked_on: dict[str, int] = {}
        self._counts: list[tuple[int, int]] = []
        self._can_stop = False
        self._own: dict[str, str] = {}
        self._deciding: frozenset[str] = frozenset()
        self._pending: dict[str, str | None] = {}
        self._restate = False
        self._score: ScoreResult | None = None
        self._stale = True
        self._flags_moved = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.save)

    # -- opening

    def begin(self, form_id: str, case: CaseKey | None) -> None:
        """Begin a new draft of the newest version of a form, for a case or for nobody yet."""
        self._tasks.change(
            lambda store: begin_draft(store, form_id, case), self.begun.emit, owner=self, failed=self._failed
        )

    def open_draft(self, draft_id: str) -> None:
        """Open a draft with the form version it was begun with, where it was left."""
        environment = Environment(self._now, self._zone, lambda: str(uuid.uuid4()), random.SystemRandom().random)
        self._tasks.change(
            lambda store: open_draft(store, draft_id, environment), self._take, owner=self, failed=self._failed
        )

    def _take(self, opened: Opened) -> None:
        self._opened = opened
        self._own = dict(opened.own)
        self._deciding = deciding(opened.session.definition)
        self._read_pages()
        place = self._own.get(PLACE, "")
        self._index = len(self._pages) if place == AT_CHECK else self._page_of(place) or 0
        self.opened.emit()
        self.page_shown.emit(self.page(), True)
        self.counted.emit()

    def _failed(self, failure: Failure) -> None:
        self.failed.emit(failure)

    def close(self) -> None:
        """The draft is finished or discarded: nothing more is saved into it."""
        self._timer.stop()
        self._pending, self._restate, self._opened = {}, False, None

    # -- what is shown

    @property
    def is_open(self) -> bool:
        """Whether there is a session yet."""
        return self._opened is not None

    def about(self) -> Opened:
        """The draft's title, version and case. Only once `opened` was emitted."""
        if self._opened is None:
            raise FormError("not_open", "The form is not open yet.", "Wait a moment.")
        return self._opened

    def session(self) -> FormSession:
        """The session, for reading its questions and answers."""
        return self.about().session

    def pages(self) -> tuple[Page, ...]:
        """All pages with at least one relevant question, in order."""
        return self._pages

    def page(self) -> Page | None:
        """The page in sight; None on the last one, where the form is checked and signed."""
        return self._pages[self._index] if self._index < len(self._pages) else None

    @property
    def index(self) -> int:
        """The page in sight; `len(pages())` is the page that checks and signs."""
        return self._index

    def answered(self) -> tuple[tuple[int, int], ...]:
        """Of each page: how many of its questions are answered, out of how many that can be."""
        return tuple(self._counts)

    def violations(self) -> tuple[Violation, ...]:
        """Everything that stops the form from being signed."""
        return self.session().validate()

    def score(self) -> ScoreResult | None:
        """The result as it stands, computed once for each answer."""
        if self._stale:
            self._score, self._stale = self.session().score(), False
        return self._score

    def now_facts(self) -> tuple[NowFacts, ...]:
        """The flags that fired, with what was done about each."""
        return now_facts(self.score(), self._own)

    def is_flag_question(self, ref: str) -> bool:
        """Whether this question alone decides a flag."""
        return _POSITION.sub("", ref) in self._deciding

    def stays(self, ref: str) -> bool:
        """Whether an answer by key leaves its question in hand: one that decides a flag, or that just moved one."""
        return self._flags_moved or self.is_flag_question(ref)

    def own(self, name: str) -> str:
        """What the draft keeps of its own under a name of `form_draft`."""
        return self._own.get(name, "")

    # -- moving

    def go_to(self, index: int) -> None:
        """Show another page; out of range stops at the ends."""
        self._index = max(0, min(index, len(self._pages)))
        if self.page() is None:
            self.remember(PLACE, AT_CHECK)
        self.page_shown.emit(self.page(), True)
        self.counted.emit()

    def go_to_question(self, ref: str) -> None:
        """Show the page on which a question stands."""
        index = self._page_of(ref)
        if index is not None:
            self.go_to(index)

    def _page_of(self, ref: str) -> int | None:
        found = (index for index, page in enumerate(self._pages) if any(node.ref == ref for node in page.nodes))
        return next(found, None)

    # -- answering

    def set_value(self, ref: str, text: str) -> None:
        """Give an answer: the session reacts at once, the draft follows within `SAVE_AFTER_MS`."""
        self._react(lambda session: session.set_value(ref, text), given={ref: text})

    def add_repeat(self, ref: str) -> None:
        """One more child, incident, member of the household …"""
        self._react(lambda session: session.add_repeat(ref), restates=True)

    def remove_repeat(self, ref: str) -> None:
        """Take one off."""
        self._react(lambda session: session.remove_repeat(ref), restates=True)

    def set_language(self, language: str) -> None:
        """Show the form in another of its languages; answers stay."""
        if self._react(lambda session: session.set_language(language), structure=True):
            self.remember(LANGUAGE, language)

    def end_step(self, key: str, ending: str) -> None:
        """Say how a step of the now card ended; "" takes that back."""
        self.remember(key, ending)
        self.counted.emit()

    def remember(self, name: str, value: str) -> None:
        """Keep something of the draft's own; "" forgets it."""
        if self._opened is None or self._own.get(name, "") == value:
            return
        self._own[name] = value
        self._pending[name] = value or None
        self._save_soon()

    # -- stop here

    def can_stop(self) -> bool:
        """Whether the form has questions that can be left as not asked."""
        return self._can_stop

    def stop_here(self) -> None:
        """She stopped: the rest is not asked, for that reason. `take_back_stop` undoes it."""
        marked: tuple[str, ...] = ()

        def act(session: FormSession) -> ChangeSet:
            nonlocal marked
            changes, marked = stop(session)
            return changes

        if self._react(act, structure=True):
            self.remember(STOPPED, " ".join([*self.stopped(), *marked]))
        self.go_to(len(self._pages))

    def take_back_stop(self) -> None:
        """What "stop here" marked, and nobody answered since, is open again."""
        marked = self.stopped()
        if self._react(lambda session: unstop(session, marked), structure=True):
            self.remember(STOPPED, "")
            self.counted.emit()

    def stopped(self) -> tuple[str, ...]:
        """The questions that "stop here" left as not asked."""
        return still_stopped(self.session(), self.own(STOPPED).split())

    # -- reacting

    def _react(
        self, act: _Act, *, structure: bool = False, given: Mapping[str, str] | None = None, restates: bool = False
    ) -> bool:
        """Let the session react, have that saved, show what changed; False when it refused.

        What is to be saved is noted before anything is shown: whatever a view does then finds it there.
        """
        before = self._flags()
        try:
            changes = act(self.session())
        except FormError as error:
            self.failed.emit(error)
            return False
        self._stale = True
        self._flags_moved = before != self._flags()
        moved = structure or changes.added or changes.removed or any(map(self._changes_pages, changes.changed))
        self._keep(changes)
        self._pending |= given or {}
        self._restate = self._restate or restates
        self._save_soon()
        if moved:
            self._show_pages_again()
        else:
            self._show_changed(changes)
        self.counted.emit()
        return True

    def _flags(self) -> frozenset[str]:
        score = self.score()
        return frozenset(flag.ref for flag in score.flags) if score else frozenset()

    def _changes_pages(self, change: NodeChange) -> bool:
        """Whether a question now stands on a page where it did not, or no longer where it did."""
        if change.relevant == (change.ref in self._in_pages):
            return False
        try:
            kind = self.session().kind(change.ref)
        except FormError:
            return True
        if kind != "group":
            return kind not in UNASKED
        return change.relevant != any(ref.startswith(f"{change.ref}/") for ref in self._in_pages)

    def _keep(self, changes: ChangeSet) -> None:
        for change in changes.changed:
            before = self._values.get(change.ref, "")
            now = self._values[change.ref] = change.value if change.relevant else ""
            self._pending[change.ref] = change.value
            place = self._asked_on.get(change.ref)
            if place is not None and bool(before) != bool(now):
                done, asked = self._counts[place]
                self._counts[place] = (done + (1 if now else -1), asked)

    def _show_changed(self, changes: ChangeSet) -> None:
        page = self.page()
        in_sight = {node.ref for node in page.nodes} if page else set()
        for change in changes.changed:
            if change.ref in in_sight:
                self.question_shown.emit(self.session().question(change.ref))

    def _show_pages_again(self) -> None:
        here = self.page()
        self._read_pages()
        if here is None:
            self._index = len(self._pages)
        else:
            same = [index for index, page in enumerate(self._pages) if page.ref == here.ref]
            self._index = same[0] if same else min(self._index, len(self._pages) - 1)
        self.page_shown.emit(self.page(), False)

    def _read_pages(self) -> None:
        self._pages = pages_shown(self.session().pages())
        self._can_stop = any(is_five_way(view) for page in self._pages for view in page.nodes)
        self._in_pages = frozenset(node.ref for page in self._pages for node in page.nodes)
        self._values = {node.ref: node.value for page in self._pages for node in page.nodes}
        asked = [[node.ref for node in page.nodes if is_asked(node)] for page in self._pages]
        self._asked_on = {ref: place for place, refs in enumerate(asked) for ref in refs}
        self._counts = [(sum(1 for ref in refs if self._values[ref]), len(refs)) for refs in asked]

    # -- saving

    def _save_soon(self) -> None:
        """Not put off by further keys: who types without a pause is saved all the while."""
        if not self._timer.isActive():
            self._timer.start(SAVE_AFTER_MS)

    def save(self) -> None:
        """Put what is pending on disk; called by the timer, and by the view when it is left, covered or locked."""
        self._timer.stop()
        if self._opened is None or not (self._pending or self._restate):
            return
        draft_id, restate = self._opened.draft_id, self._restate
        answers = self._all_answers() if restate else {}
        pending, self._pending, self._restate = self._pending, {}, False

        def write(store: Store) -> datetime:
            if restate:
                store.drafts.restate(draft_id, answers)
            else:
                store.drafts.save_answers(draft_id, pending)
            return self._now()

        def not_saved(failure: Failure) -> None:
            self._not_saved(failure, pending, restate=restate)

        self._tasks.change(write, self.saved.emit, owner=self, failed=not_saved)

    def _all_answers(self) -> dict[str, str]:
        """Everything the draft holds, also what has no place in this form: nothing entered may vanish."""
        kept = self.session().draft()
        own = {name: value for name, value in self._own.items() if value}
        return {**kept.unplaced, **kept.values, **own}

    def _not_saved(self, failure: Failure, pending: dict[str, str | None], *, restate: bool) -> None:
        """What could not be written waits with what came after it, and is tried again while there is a draft."""
        if self._opened is None:
            return
        self._pending = pending | self._pending
        self._restate = self._restate or restate
        self.unsaved.emit()
        self.failed.emit(failure)
        if isinstance(failure, KnownError) and failure.code != "draft.gone":
            self._timer.start(TRY_AGAIN_MS)
