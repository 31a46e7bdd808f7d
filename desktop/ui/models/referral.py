"""The referral screen's view-models: choosing the recipient, the last page before sending, and following afterwards.

Each asks the store and tells its view in signals. Leaves what goes and what stops it to `referral_page`, what may be
done next to `referral_acts`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.model.moment import stamp
from desktop.model.partner import Relay
from desktop.model.record import CaseKey
from desktop.model.referral import ReferralState, ReferralView, SideEvent
from desktop.store.edits import Begun
from desktop.store.referral_rule import differs, standing_rule
from desktop.store.store import Store
from desktop.tasks import Failure, StoreThread
from desktop.ui.models.case_begun import referral_of
from desktop.ui.models.referral_page import (
    Context,
    SendPage,
    begin,
    check_words,
    read_beginning,
    read_page,
    send_page,
)

NUMBER_OPENED = "contact.number_opened"
"""The act in the audit log when a person opens a safe-contact number."""


class ChooseModel(QObject):
    """Choosing the recipient. `shown(Beginning)`, `begun(draft id)`, `failed(Failure)`."""

    shown = Signal(object)
    begun = Signal(str)
    failed = Signal(object)

    def __init__(self, tasks: StoreThread, now: Callable[[], datetime], zone: tzinfo, key: CaseKey, draft: str) -> None:
        super().__init__()
        self._tasks, self._now, self._zone = tasks, now, zone
        self._key, self._draft = key, draft

    def load(self) -> None:
        """Read the directory."""
        key, draft = self._key, self._draft
        self._tasks.query(
            lambda store: read_beginning(store, key, draft), self.shown.emit, owner=self, failed=self.failed.emit
        )

    def begin(self, unit: str) -> None:
        """Begin the form for a unit, or give the draft in hand to it."""
        key, draft, now, zone = self._key, self._draft, self._now, self._zone

        def act(store: Store) -> str:
            if not draft:
                return begin(store, key, unit, now, zone)
            found = store.drafts.load(draft)
            context = Context.read(found.context if found else None)
            store.drafts.put_context(draft, replace(context, to_unit=unit, call=None).kept())
            return draft

        self._tasks.change(act, self.begun.emit, owner=self, failed=self.failed.emit)


class SendModel(QObject):
    """The last page. `shown(SendPage)`, `saved(datetime)`, `sent(CaseKey, referral id)`, `number(str)`,
    `failed(Failure)`.
    """

    shown = Signal(object)
    saved = Signal(object)
    sent = Signal(object, str)
    number = Signal(str)
    failed = Signal(object)

    def __init__(self, tasks: StoreThread, now: Callable[[], datetime], zone: tzinfo, draft: str) -> None:
        super().__init__()
        self._tasks, self._now, self._zone, self._draft = tasks, now, zone, draft
        self._context = Context()
        self._sending = False

    def load(self) -> None:
        """Read draft and case; a draft that is being sent is let be."""
        if self._sending:
            return
        draft, now, zone = self._draft, self._now, self._zone
        self._tasks.query(
            lambda store: read_page(store, draft, now, zone), self._show, owner=self, failed=self.failed.emit
        )

    def tick(self, code: str, *, shared: bool) -> None:
        """Share an item, or let it stay."""
        self._keep(replace(self._context, ticks={**(self._context.ticks or {}), code: shared}))

    def freely(self, word: str) -> None:
        """Whether she could speak freely when she was asked: yes, no or unsure."""
        self._keep(replace(self._context, freely=word))

    def keep_typed(self, said: Mapping[str, Any] | None) -> None:
        """Keep a call note that is half written, or let it go."""
        if said != self._context.typed:
            self._keep(replace(self._context, typed=said))

    def log_call(self, page: SendPage, said: Mapping[str, Any]) -> None:
        """Keep a call made before sending: as a note of the case at once, and with the referral when it leaves."""
        draft, context = self._draft, replace(self._context, call={**said, "at": stamp(self._now())}, typed=None)
        note = {**said, "reference": page.reference, "to_unit": context.to_unit}
        self._context = context

        def act(store: Store) -> SendPage:
            store.cases.add_record(page.key, "call_note", note)
            store.drafts.put_context(draft, context.kept())
            return read_page(store, draft, self._now, self._zone)

        self._tasks.change(act, self._saved, owner=self, failed=self.failed.emit)

    def open_number(self, page: SendPage) -> None:
        """Log that the number is looked at, then give it."""
        number = str(page.rule.get("number") or "")
        self._tasks.change(
            lambda store: store.audit.append(NUMBER_OPENED, page.key.ref),
            lambda _line: self.number.emit(number),
            owner=self,
            failed=self.failed.emit,
        )

    def send(self) -> None:
        """Put it in the outbox, once, however often it is asked for."""
        if self._sending:
            return
        self._sending = True
        draft, now, zone = self._draft, self._now, self._zone
        self._tasks.change(
            lambda store: send_page(store, draft, now, zone),
            lambda gone: self.sent.emit(*gone),
            owner=self,
            failed=self._not_sent,
        )

    def _not_sent(self, failure: Failure) -> None:
        self._sending = False
        self.failed.emit(failure)
        self.load()

    def _keep(self, context: Context) -> None:
        """On disk at once; what is shown afterwards is read from there."""
        if self._sending:
            return
        self._context = context
        draft, now, zone = self._draft, self._now, self._zone

        def act(store: Store) -> SendPage:
            store.drafts.put_context(draft, context.kept())
            return read_page(store, draft, now, zone)

        self._tasks.change(act, self._saved, owner=self, failed=self.failed.emit)

    def _saved(self, page: SendPage) -> None:
        self._show(page)
        self.saved.emit(self._now())

    def _show(self, page: SendPage) -> None:
        self._context = page.context
        self.shown.emit(page)


@dataclass(frozen=True)
class FollowPage:
    """A referral after it was sent, as one side sees it. `other`: the directory's card of the other side."""

    view: ReferralView
    sent_by_us: bool
    other: Relay | None
    case: CaseKey
    rule: Mapping[str, Any]
    """The safe-contact rule that stands now."""
    rule_differs: bool = False
    """Whether it is another than the one that went along."""
    begun: tuple[Begun, ...] = ()
    """What was begun to be said with an act and not written, the newest first."""

    @property
    def by_told(self) -> bool:
        """Whether we enter the recipient's answers as told by them: they do not work with this program."""
        return self.sent_by_us and self.other is not None and not self.other.receives

    @property
    def phone_first(self) -> bool:
        """High risk, sent by us, open, and nobody has spoken by telephone or answered yet."""
        spoken = any(event.state == SideEvent.CALL_LOGGED for event in self.view.events)
        waiting = self.view.state in {ReferralState.SENT, ReferralState.DELIVERED, ReferralState.SEEN}
        return self.sent_by_us and self.view.grade.is_high and waiting and not spoken

    def own_call(self, unit: str) -> bool:
        """Whether the own unit logged a call about it: declining a high risk needs one."""
        return any(event.state == SideEvent.CALL_LOGGED and event.unit == unit for event in self.view.events)


class FollowModel(QObject):
    """Following a referral, sent or received. `shown(FollowPage)`, `number(str)`, `done()`, `failed(Failure)`."""

    shown = Signal(object)
    number = Signal(str)
    done = Signal()
    failed = Signal(object)

    def __init__(self, tasks: StoreThread, unit: str, key: CaseKey, referral: str) -> None:
        super().__init__()
        self._tasks, self._unit, self._key, self._id = tasks, unit, key, referral

    def open(self) -> None:
        """A person looks at it: the sender is told once, then it is read."""
        key, referral = self._key, self._id

        def look(store: Store) -> FollowPage:
            store.referrals.opened(key, referral)
            return self._read(store)

        self._tasks.change(look, self.shown.emit, owner=self, failed=self.failed.emit)

    def load(self) -> None:
        """Read it again."""
        self._tasks.query(self._read, self.shown.emit, owner=self, failed=self.failed.emit)

    def keep(self, page: FollowPage, begun: Begun, failed: Callable[[Failure], None]) -> None:
        """Keep what is typed into an act."""
        refs = _refs(page)
        self._tasks.change(lambda store: store.edits.keep(refs, begun), _nothing, owner=self, failed=failed)

    def drop(self, page: FollowPage, editor: str) -> None:
        """Let go of what was typed into an act."""
        refs = _refs(page)
        self._tasks.change(lambda store: store.edits.drop(refs, editor), _nothing, owner=self, failed=self.failed.emit)

    def act(self, page: FollowPage, editor: str, state: str, details: Mapping[str, Any]) -> None:
        """Write what happened. Who accepts gets a case of their own for it; a withdrawn consent also stops sharing.

        What was kept of `editor` goes in the same transaction.
        """
        key, referral, unit, refs = self._key, self._id, self._unit, _refs(page)

        def write(store: Store) -> FollowPage:
            check_words(store.cases.file(key), details)
            with store.database.transaction():
                store.referrals.event(key, referral, state, **details)
                store.edits.finish(refs, editor)
            page = self._read(store)
            if state == ReferralState.ACCEPTED and page.view.recipient == unit:
                store.cases.adopt(page.view.key)
                page = self._read(store)
            if state == SideEvent.CONSENT_WITHDRAWN and page.view.sender == unit:
                withdrawn = {"state": "withdrawn", "recipient": page.view.recipient}
                store.cases.add_record(page.case, "consent", withdrawn)
            return page

        self._tasks.change(write, self._written, owner=self, failed=self.failed.emit)

    def open_number(self, page: FollowPage) -> None:
        """Log that the number is looked at, then give it."""
        number = str(page.rule.get("number") or "")
        self._tasks.change(
            lambda store: store.audit.append(NUMBER_OPENED, page.view.key.ref),
            lambda _line: self.number.emit(number),
            owner=self,
            failed=self.failed.emit,
        )

    def _written(self, page: FollowPage) -> None:
        self.done.emit()
        self.shown.emit(page)

    def _read(self, store: Store) -> FollowPage:
        view = store.referrals.one(self._key, self._id)
        ours = view.sender == self._unit
        other = store.directory.relay(view.recipient if ours else view.sender)
        file, sent = store.cases.file(view.key), view.content.get("safe_contact")
        rule = standing_rule(sent, file.safe_contact, view.sent_at)
        refs = (view.key.ref, file.header.key.ref)
        begun = tuple(one for one in store.edits.list(refs) if referral_of(one.editor) == self._id)
        return FollowPage(view, ours, other, file.header.key, rule, differs(sent, rule), begun)


def _refs(page: FollowPage) -> tuple[str, str]:
    return page.view.key.ref, page.case.ref


def _nothing(_done: object) -> None:
    """What is kept shows when the referral is opened again."""
