"""A form being filled: the session, its pages in sight, and every answer saved in the draft as it is given.

The session is pure and answers at once on the GUI thread; only opening and saving go to the store's thread. Leaves
scoring to the engine, words of the result to `form_result`, drawing to the view.
"""

import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.forms.drafts import Draft
from desktop.forms.engine.environment import Environment
from desktop.forms.engine.session import FormSession
from desktop.forms.engine.views import ChangeSet, Page, QuestionView, Violation
from desktop.forms.errors import FormError
from desktop.forms.xform.definition import parse_xform
from desktop.model.record import CaseKey
from desktop.store.store import Store
from desktop.tasks import Failure, StoreThread

_Read = Callable[[Store], "Opened"]
_Act = Callable[[FormSession], ChangeSet]

SAVE_AFTER_MS = 120
"""An answer is on disk this long after the last keystroke; well under the 300 ms that may be lost to a power cut."""
UNASKED = frozenset({"calculate", "hidden", "group", ""})
UNANSWERABLE = UNASKED | {"note"}


@dataclass(frozen=True)
class Opened:
    """What the store's thread hands over: the session and where it came from."""

    draft_id: str
    session: FormSession
    title: str
    version: str
    pack: Mapping[str, object]
    case: CaseKey | None
    code_name: str
    begun_at: int


class FormModel(QObject):
    """One draft in hand.

    `opened()` when it can be shown; `page_shown(Page)` when the questions in sight are others than before;
    `question_shown(QuestionView)` for each one in sight that changed; `counted()` when progress or result changed;
    `saved(datetime)` when the answers are on disk; `failed(Failure)`.
    """

    opened = Signal()
    page_shown = Signal(object)
    question_shown = Signal(object)
    counted = Signal()
    saved = Signal(object)
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
        self._asks: dict[str, bool] = {}
        self._pending: dict[str, str | None] = {}
        self._restate = False
        self._timer = QTimer(self, interval=SAVE_AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self.save)

    # -- opening

    def open_draft(self, draft_id: str) -> None:
        """Open a draft with the form version it was begun with."""
        self._ask(lambda store: _open(store, draft_id, self._environment()))

    def begin(self, form_id: str, case: CaseKey | None) -> None:
        """Begin a new draft of the newest version of a form, for a case or for nobody yet."""
        reference = f"{case.space}.{case.tag}" if case else None

        def start(store: Store) -> Opened:
            head = store.form_versions.newest(form_id).head
            draft_id = store.drafts.begin(head.form_id, head.version, head.form_hash, reference)
            return _open(store, draft_id, self._environment())

        self._tasks.change(start, self._take, owner=self, failed=self._failed)

    def _ask(self, read: _Read) -> None:
        self._tasks.query(read, self._take, owner=self, failed=self._failed)

    def _environment(self) -> Environment:
        return Environment(self._now, self._zone, lambda: str(uuid.uuid4()), random.SystemRandom().random)

    def _take(self, opened: Opened) -> None:
        self._opened = opened
        self._read_pages()
        self.opened.emit()
        self.page_shown.emit(self.page())
        self.counted.emit()

    def _failed(self, failure: Failure) -> None:
        self.failed.emit(failure)

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
        """The session, for reading its score and violations."""
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

    def answered(self, page: Page) -> tuple[int, int]:
        """How many of a page's questions are answered, out of how many that can be."""
        asked = [node for node in page.nodes if node.kind not in UNANSWERABLE and not node.readonly]
        return sum(1 for node in asked if self._values.get(node.ref)), len(asked)

    def violations(self) -> tuple[Violation, ...]:
        """Everything that stops the form from being signed."""
        return self.session().validate()

    # -- moving

    def go_to(self, index: int) -> None:
        """Show another page; out of range stops at the ends."""
        self._index = max(0, min(index, len(self._pages)))
        self.page_shown.emit(self.page())
        self.counted.emit()

    def go_to_question(self, ref: str) -> None:
        """Show the page on which a question stands."""
        for index, page in enumerate(self._pages):
            if any(node.ref == ref for node in page.nodes):
                self.go_to(index)
                return

    # -- answering

    def set_value(self, ref: str, text: str) -> None:
        """Give an answer: the session reacts at once, the draft follows within `SAVE_AFTER_MS`."""
        self._pending[ref] = text
        self._react(lambda session: session.set_value(ref, text))

    def add_repeat(self, ref: str) -> None:
        """One more child, incident, member of the household …"""
        self._restate = True
        self._react(lambda session: session.add_repeat(ref))

    def remove_repeat(self, ref: str) -> None:
        """Take one off."""
        self._restate = True
        self._react(lambda session: session.remove_repeat(ref))

    def set_language(self, language: str) -> None:
        """Show the form in another of its languages; answers stay."""
        self._react(lambda session: session.set_language(language), structure=True)

    def _react(self, act: _Act, *, structure: bool = False) -> None:
        try:
            changes = act(self.session())
        except FormError as error:
            self.failed.emit(error)
            return
        self._timer.start()
        known = {node.ref for page in self._pages for node in page.nodes}
        moved = any(
            change.relevant != (change.ref in known) for change in changes.changed if change.ref in self._values
        )
        self._keep(changes)
        if structure or moved or changes.added or changes.removed:
            self._show_pages_again()
        else:
            self._show_changed(changes)
        self.counted.emit()

    def _stands(self, ref: str) -> bool:
        return ref in self._in_pages

    def _asked(self, ref: str) -> bool:
        """Whether a node is something that stands on a page at all; calculated and hidden ones never do."""
        if ref not in self._asks:
            self._asks[ref] = ref in self._in_pages or self.session().question(ref).kind not in UNASKED
        return self._asks[ref]

    def _keep(self, changes: ChangeSet) -> None:
        for change in changes.changed:
            self._values[change.ref] = change.value if change.relevant else ""
            self._pending[change.ref] = change.value

    def _show_changed(self, changes: ChangeSet) -> None:
        page = self.page()
        in_sight = {node.ref for node in page.nodes} if page else set()
        for change in changes.changed:
            if change.ref in in_sight:
                self.question_shown.emit(self.session().question(change.ref))

    def _show_pages_again(self) -> None:
        here = self.page()
        self._read_pages()
        if here is not None:
            same = [index for index, page in enumerate(self._pages) if page.ref == here.ref]
            self._index = same[0] if same else min(self._index, len(self._pages))
        self.page_shown.emit(self.page())

    def _read_pages(self) -> None:
        self._pages = self.session().pages()
        self._values |= {node.ref: node.value for page in self._pages for node in page.nodes}
        self._in_pages = frozenset(node.ref for page in self._pages for node in page.nodes)

    # -- saving

    def save(self) -> None:
        """Put what is pending on disk; called by the timer, and by the view when it is left, covered or locked."""
        self._timer.stop()
        if self._opened is None or not (self._pending or self._restate):
            return
        draft_id, restate = self._opened.draft_id, self._restate
        answers = dict(self._opened.session.draft().values) if restate else {}
        pending, self._pending, self._restate = self._pending, {}, False

        def write(store: Store) -> datetime:
            if restate:
                store.drafts.restate(draft_id, answers)
            else:
                store.drafts.save_answers(draft_id, pending)
            return self._now()

        self._tasks.change(write, self.saved.emit, owner=self, failed=self._failed)


def _open(store: Store, draft_id: str, environment: Environment) -> Opened:
    """Read a draft and its form version and put the answers back. Runs on the store's thread."""
    draft = store.drafts.load(draft_id)
    if draft is None:
        raise FormError("draft_gone", "This form was finished or discarded.", "Open the case to see what was written.")
    version = store.form_versions.by_hash(draft.head.form_hash)
    resources = {name: text.encode() for name, text in version.resources.items()}
    definition = parse_xform(version.xform, resources=resources)
    kept = Draft(draft.head.form_hash, draft.answers) if draft.answers else None
    session = FormSession(definition, environment, draft=kept)
    if kept is None:
        store.drafts.restate(draft_id, session.draft().values)
    case = _case_of(draft.head.case_ref)
    code_name = _code_name(store, case) if case else ""
    head = version.head
    return Opened(draft_id, session, head.title, head.version, version.pack, case, code_name, draft.head.begun_at)


def _code_name(store: Store, case: CaseKey) -> str:
    header = store.cases.records(case).get(("case", "case"))
    return header.text("code_name") if header else ""


def _case_of(reference: str | None) -> CaseKey | None:
    if not reference:
        return None
    space, _, tag = reference.partition(".")
    return CaseKey(space, tag)


def in_sight(page: Page | None) -> tuple[QuestionView, ...]:
    """The questions of a page, none on the page that checks and signs."""
    return page.nodes if page else ()
