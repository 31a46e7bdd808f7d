"""A draft on the store's thread: begun, opened with the very form version it belongs to, discarded and put back.

Beside the answers a draft keeps a few things of its own under names that no form can have (`OWN`): where the person
was, in which language, which questions "stop here" marked, and how each step of the now card ended. Leaves answering
to `desktop.ui.models.form`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.forms.drafts import Draft
from desktop.forms.engine.environment import Environment
from desktop.forms.engine.session import FormSession
from desktop.forms.errors import FormError
from desktop.forms.xform.definition import parse_xform
from desktop.model.record import CaseKey
from desktop.store.store import Store

OWN = "@"
"""References of a form begin with a slash, so these never meet."""
PLACE = "@place"
LANGUAGE = "@language"
STOPPED = "@stopped"
NOW = "@now/"


@dataclass(frozen=True)
class Opened:
    """What the store's thread hands over: the session, where it came from, and what the draft keeps of its own."""

    draft_id: str
    session: FormSession
    title: str
    version: str
    pack: Mapping[str, object]
    case: CaseKey | None
    code_name: str
    begun_at: int
    own: Mapping[str, str]


@dataclass(frozen=True)
class Discarded:
    """A draft that was thrown away, as long as it can be put back."""

    form_id: str
    version: str
    form_hash: str
    case_ref: str | None
    context: Any
    answers: Mapping[str, str]


def begin_draft(store: Store, form_id: str, case: CaseKey | None) -> str:
    """Begin a draft of the newest version of a form, for a case or for nobody yet; returns its id.

    Raises KnownError `form.not_installed`.
    """
    head = store.form_versions.newest(form_id).head
    return store.drafts.begin(head.form_id, head.version, head.form_hash, case.ref if case else None)


def open_draft(store: Store, draft_id: str, environment: Environment) -> Opened:
    """Read a draft and its form version and put the answers back.

    Raises FormError `draft_gone`, KnownError `form.not_installed` (then the draft stays as it is).
    """
    draft = store.drafts.load(draft_id)
    if draft is None:
        raise FormError("draft_gone", "This form was finished or discarded.", "Open the case to see what was written.")
    version = store.form_versions.by_hash(draft.head.form_hash)
    resources = {name: text.encode() for name, text in version.resources.items()}
    definition = parse_xform(version.xform, resources=resources)
    own = {name: value for name, value in draft.answers.items() if name.startswith(OWN)}
    answers = {ref: value for ref, value in draft.answers.items() if not ref.startswith(OWN)}
    kept = Draft(draft.head.form_hash, answers) if answers else None
    session = FormSession(definition, environment, draft=kept)
    if kept is None:
        store.drafts.restate(draft_id, {**session.draft().values, **own})
    if own.get(LANGUAGE) in definition.languages:
        session.set_language(own[LANGUAGE])
    case = CaseKey.of(draft.head.case_ref) if draft.head.case_ref else None
    code_name = _code_name(store, case) if case else ""
    head = version.head
    return Opened(draft_id, session, head.title, head.version, version.pack, case, code_name, draft.head.begun_at, own)


def discard_draft(store: Store, draft_id: str) -> Discarded | None:
    """Throw a draft away and hand back what is needed to undo that; None when it was gone already."""
    draft = store.drafts.load(draft_id)
    if draft is None:
        return None
    store.drafts.discard(draft_id)
    head = draft.head
    return Discarded(head.form_id, head.form_version, head.form_hash, head.case_ref, draft.context, draft.answers)


def put_back(store: Store, gone: Discarded) -> str:
    """Undo a discarding, under a new id."""
    draft_id = store.drafts.begin(gone.form_id, gone.version, gone.form_hash, gone.case_ref, context=gone.context)
    store.drafts.restate(draft_id, gone.answers)
    return draft_id


def _code_name(store: Store, case: CaseKey) -> str:
    header = store.cases.records(case).get(("case", "case"))
    return header.text("code_name") if header else ""
