"""The last page before a referral leaves, put together from its draft and its case: what goes, on which basis, and
everything that still stops it. Runs on the store's thread; writes nothing but by `send_page`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from desktop.errors import KnownError
from desktop.forms.errors import FormError
from desktop.i18n import tr
from desktop.model.case import CaseFile
from desktop.model.consent import ConsentState, sharing
from desktop.model.contact import can_send
from desktop.model.grade import Grade
from desktop.model.partner import Relay
from desktop.model.record import CaseKey
from desktop.store.store import Store
from desktop.ui.models.referral_answers import (
    FORM,
    Filled,
    contact_rule,
    open_session,
    prefill,
    prefilled,
    read_filled,
)
from desktop.ui.models.referral_items import Item, chosen_of, items_of, leaks

CONSENT = {
    "yes": ConsentState.GIVEN,
    "no": ConsentState.REFUSED,
    "not_asked": ConsentState.NOT_ASKED,
    "not_needed": ConsentState.NOT_NEEDED,
}
SAID = ("needs_more", "other_basis", "agreed", "not_tell", "conflict", "removed", "sender", "call_back")
"""Answers in free words that go with every referral."""


@dataclass(frozen=True)
class Context:
    """What is chosen beside the form, kept with the draft: recipient, ticks (item → shared), whether she could speak
    freely, and the call made beforehand.
    """

    to_unit: str = ""
    ticks: Mapping[str, bool] | None = None
    freely: str = ""
    call: Mapping[str, Any] | None = None
    typed: Mapping[str, Any] | None = None
    """A call note begun and not logged when the page was left."""

    @classmethod
    def read(cls, value: object) -> "Context":
        """From a draft's context; what is missing is not chosen yet."""
        parts: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        ticks, call, typed = parts.get("ticks"), parts.get("call"), parts.get("typed")
        return cls(
            str(parts.get("to_unit") or ""),
            {str(code): bool(on) for code, on in ticks.items()} if isinstance(ticks, Mapping) else {},
            str(parts.get("freely") or ""),
            dict(call) if isinstance(call, Mapping) else None,
            dict(typed) if isinstance(typed, Mapping) else None,
        )

    def kept(self) -> dict[str, Any]:
        """As a draft keeps it."""
        return {
            "to_unit": self.to_unit,
            "ticks": dict(self.ticks or {}),
            "freely": self.freely,
            "call": dict(self.call) if self.call else None,
            "typed": dict(self.typed) if self.typed else None,
        }


@dataclass(frozen=True)
class Stop:
    """Something that stops the referral, and what to do about it. `at`: contact, basis, items, form or recipient."""

    at: str
    code: str
    sentence: str
    remedy: str


@dataclass(frozen=True)
class SendPage:
    """Everything the page shows. `content` is what the recipient will hold, word for word."""

    key: CaseKey
    code_name: str
    draft_id: str
    context: Context
    relay: Relay | None
    filled: Filled
    items: tuple[Item, ...]
    rule: Mapping[str, Any]
    case_rule_stands: bool
    grade: Grade
    reference: str
    content: Mapping[str, Any]
    basis: str
    agency: str
    """The agency of the own unit."""
    stops: tuple[Stop, ...]

    @property
    def may_go(self) -> bool:
        """Whether nothing stops it."""
        return not self.stops


@dataclass(frozen=True)
class Beginning:
    """What choosing a recipient needs: the case, every other unit, and referrals of this case already begun."""

    key: CaseKey
    code_name: str
    relays: tuple[Relay, ...]
    reachable: frozenset[str]
    """Units with which the own unit has a shared space."""
    begun: tuple[tuple[str, str], ...] = ()
    """(draft id, unit id) of referrals of this case begun and not sent."""
    to_unit: str = ""


def read_beginning(store: Store, key: CaseKey, draft_id: str) -> Beginning:
    """Whom this case can be referred to. Raises KnownError `case.unknown`."""
    own = store.seat.unit
    relays = tuple(relay for relay in store.directory.relays() if relay.unit != own)
    drafts = [draft for draft in store.drafts.list(key.ref) if draft.form_id == FORM and draft.draft_id != draft_id]
    begun = [(draft.draft_id, _context_of(store, draft.draft_id).to_unit) for draft in drafts]
    return Beginning(
        key,
        store.cases.file(key).header.code_name,
        relays,
        frozenset(relay.unit for relay in relays if store.directory.shared_space_with(relay.unit)),
        tuple(begun),
        _context_of(store, draft_id).to_unit if draft_id else "",
    )


def _context_of(store: Store, draft_id: str) -> Context:
    draft = store.drafts.load(draft_id)
    return Context.read(draft.context if draft else None)


def begin(store: Store, key: CaseKey, unit: str, now: Callable[[], datetime], zone: tzinfo) -> str:
    """Begin the form for a recipient, prefilled from the case; returns the draft.

    A file that only a partner's referral brought here gets a case of the own unit first. Raises KnownError
    `form.not_installed`, `case.unknown`.
    """
    version = store.form_versions.newest(FORM)
    own = store.cases.adopt(key) if store.seat.is_shared(store.cases.file(key).header.key.space) else key
    file = store.cases.file(own)
    relay = store.directory.relay(unit) or Relay(unit, "", "")
    mine = store.directory.relay(store.seat.unit)
    seat = store.seat.seat
    sender = ", ".join(part for part in (seat.name if seat else "", mine.name if mine else "") if part)
    call_back = (mine.duty_phone or mine.phone) if mine else ""
    facts = prefilled(file, relay, sender, call_back, store.referrals.new_reference())
    answers = prefill(open_session(version, {}, now, zone), facts)
    head = version.head
    context = Context(to_unit=unit).kept()
    draft_id = store.drafts.begin(head.form_id, head.version, head.form_hash, file.header.key.ref, context=context)
    store.drafts.restate(draft_id, answers)
    return draft_id


def read_page(store: Store, draft_id: str, now: Callable[[], datetime], zone: tzinfo) -> SendPage:
    """The page of a draft. Raises `FormError` when the draft is gone, KnownError `case.unknown`."""
    draft = store.drafts.load(draft_id)
    if draft is None or not draft.head.case_ref:
        raise FormError("draft_gone", "This referral was sent or discarded.", "Open the case to see what was sent.")
    key = CaseKey.of(draft.head.case_ref)
    file = store.cases.file(key)
    context = Context.read(draft.context)
    session = open_session(store.form_versions.by_hash(draft.head.form_hash), draft.answers, now, zone)
    filled = read_filled(session)
    held = file.safe_contact.value if file.safe_contact else {}
    rule, case_rule_stands = contact_rule(filled, held if isinstance(held, Mapping) else {})
    items = items_of(file, filled, store.seat.unit, context.ticks or {})
    relay = store.directory.relay(context.to_unit)
    basis = "consent" if filled.value("consent") == "yes" else filled.word("other_basis")
    page = SendPage(
        key=file.header.key,
        code_name=file.header.code_name,
        draft_id=draft_id,
        context=context,
        relay=relay,
        filled=filled,
        items=items,
        rule=rule,
        case_rule_stands=case_rule_stands,
        grade=file.grades.standing.grade,
        reference=filled.value("reference"),
        content=_content(filled, items, rule),
        basis=basis,
        agency=store.seat.agency(store.seat.unit),
        stops=(),
    )
    open_questions = [session.question(one.ref).label for one in session.validate()]
    return replace(page, stops=tuple(_stops(page, file, open_questions, store)))


def _content(filled: Filled, items: tuple[Item, ...], rule: Mapping[str, Any]) -> dict[str, Any]:
    """What the recipient will hold. Nothing of an item that stays is in it."""
    told = {name: filled.word(name) for name in SAID if filled.word(name)}
    words = {
        "urgency_words": filled.word("urgency"),
        "aim": filled.word("aim"),
        "needs": filled.word("needs"),
        "restrictions": tr("Keep her address secret") if "address" in filled.chosen("restrictions") else "",
        "not_before": filled.value("not_before"),
        "consent": filled.value("consent"),
        "consent_words": filled.word("consent"),
        "to_person": filled.word("recipient_person"),
    }
    return {
        **told,
        **{name: word for name, word in words.items() if word},
        "urgency": filled.value("urgency"),
        "reply_by": filled.value("reply_by"),
        "items": [{"code": item.code, "title": _heading(item), "text": item.text} for item in items if item.shared],
        "safe_contact": dict(rule),
    }


def _heading(item: Item) -> str:
    """What the recipient reads above an item: a child's name stays here, so its title does too."""
    kind = item.code.partition(":")[0]
    words = {
        "name": tr("The person"),
        "grade": tr("Grade"),
        "flags": tr("Flags"),
        "child": tr("Child"),
        "order": tr("Order in force"),
        "other": tr("Another person"),
        "person": tr("Another person"),
        "field": tr("Identifying fact"),
        "answers": tr("Full answers"),
        "accounts": tr("Accounts"),
        "orders": tr("Orders, in the sender’s words"),
    }
    return words.get(kind, item.title)


def _stops(page: SendPage, file: CaseFile, open_questions: Sequence[str], store: Store) -> list[Stop]:
    found: list[Stop] = []
    unit = page.context.to_unit
    if page.relay is None or not store.directory.shared_space_with(unit):
        found.append(
            Stop(
                "recipient",
                "referral.no_shared_file",
                tr("Your unit and the recipient have no shared space yet."),
                tr("Choose another recipient, or phone them and ask your unit lead to found the shared space."),
            )
        )
    if not can_send(page.rule):
        found.append(
            Stop(
                "contact",
                "referral.no_safe_contact",
                tr("A referral cannot be sent without saying how she can be reached safely."),
                tr("Fill in the safe-contact block, or say that there is no safe way and by whom she is reached."),
            )
        )
    word = sharing(file.consents, unit)
    if word.reason_code == "consent.withdrawn":
        found.append(
            Stop(
                "basis",
                "share.stopped",
                tr("Consent to share with this partner was withdrawn."),
                tr("Speak with her first; danger to life is decided by your lead."),
            )
        )
    elif word.reason_code in {"consent.refused", "consent.contested"} and page.basis == "consent":
        found.append(
            Stop(
                "basis",
                "share.no_basis",
                tr("The case says that she refused, or two answers about her consent stand against each other."),
                tr("Settle it in the case first, or name another basis in the form."),
            )
        )
    elif not page.basis:
        found.append(
            Stop(
                "basis",
                "share.no_basis",
                tr("Neither her consent nor another basis is named."),
                tr("Answer the questions on consent in the form."),
            )
        )
    found.extend(_leak_stops(page, file))
    if open_questions:
        found.append(
            Stop(
                "form",
                "form.open",
                tr("The form still asks: {question}", question=open_questions[0]),
                tr("Go back to the form and answer it."),
            )
        )
    return found


def _leak_stops(page: SendPage, file: CaseFile) -> list[Stop]:
    rule = {name: part for name, part in page.rule.items() if name != "number"}
    texts = {name: page.filled.word(name) for name in SAID} | {tr("Safe contact"): " ".join(map(str, rule.values()))}
    texts |= {name: page.filled.word(name) for name in ("not_before", "recipient_person", "restrictions")}
    texts |= {tr("The call note"): " ".join(map(str, (page.context.call or {}).values()))}
    return [
        Stop(
            "items",
            "referral.leak",
            tr("“{where}” holds something protected: {what}.", where=_question(leak.where), what=leak.what),
            tr("Take it out in the form, or leave this item here."),
        )
        for leak in leaks(file, page.items, texts)
    ]


def _question(name: str) -> str:
    """A question of the form, where an answer in it would leak."""
    words = {
        "needs_more": tr("In your own words"),
        "other_basis": tr("The other basis"),
        "agreed": tr("What was agreed"),
        "not_tell": tr("Who must not be told"),
        "conflict": tr("Whose ties are a conflict"),
        "removed": tr("What was left out"),
        "sender": tr("Sender"),
        "call_back": tr("Number for calling back"),
        "recipient_person": tr("Named contact"),
    }
    return words.get(name, name)


def check_words(file: CaseFile, words: Mapping[str, object]) -> None:
    """Raise KnownError `referral.leak` when free words for a partner hold something protected of this case."""
    found = leaks(file, (), {name: str(word) for name, word in words.items()})
    if found:
        raise KnownError(
            "referral.leak",
            tr("What you wrote holds something protected: {what}.", what=found[0].what),
            tr("Take it out; nothing was sent."),
        )


def send_page(store: Store, draft_id: str, now: Callable[[], datetime], zone: tzinfo) -> tuple[CaseKey, str]:
    """Read the page once more, so that what is sent is what stands now, and send it; (file, referral id).

    Raises KnownError with the code of the first thing that stops it, and those of `Referrals.send`.
    """
    page = read_page(store, draft_id, now, zone)
    if page.stops:
        stop = page.stops[0]
        raise KnownError(stop.code, stop.sentence, stop.remedy)
    referral = store.referrals.send(
        page.key,
        page.context.to_unit,
        page.content,
        share=chosen_of(page.items),
        basis=page.basis,
        reference=page.reference,
        draft_id=draft_id,
        form=FORM,
        consent=_consent(page),
        call=page.context.call,
    )
    view = next(view for view in store.referrals.list() if view.id == referral)
    return view.key, referral


def _consent(page: SendPage) -> dict[str, Any]:
    """What she said, as the case keeps it. Nothing was said of the circumstances: then it counts as unsure."""
    state = CONSENT.get(page.filled.value("consent"), ConsentState.NOT_ASKED)
    return {
        "state": state.value,
        "basis": page.filled.word("other_basis"),
        "scope": page.filled.word("agreed") or page.filled.word("not_asked_why"),
        "circumstances": {"freely": page.context.freely or "unsure"},
    }
