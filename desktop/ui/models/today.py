"""Today as a view-model: the list of what needs me, in words; drafts; what changed since the last look.

Asks the store and tells the view in signals. What stands in which group is `desktop.model.today`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from desktop.i18n import tr
from desktop.model.case import CaseloadQuery, CaseRow
from desktop.model.moment import moment
from desktop.model.queue import SyncState
from desktop.model.today import Group, TodayItem
from desktop.tasks import Failure, StoreThread
from desktop.ui.models.case_begun import editor_words
from desktop.ui.models.words import kind_word, time_words

BEGUN = frozenset({"draft", "edit"})
"""Begun on this laptop and not written, forms and edits of a case: they stand aside and are not counted."""
NEWS = 6
"""So many cases that changed since the last look are named."""


@dataclass(frozen=True)
class TodayLine:
    """One line in words: what, why, the act and the signs; the item itself for going there."""

    item: TodayItem
    title: str
    text: str
    why: str
    act: str
    icon: str


@dataclass(frozen=True)
class TodayPage:
    """Everything the screen shows. `news`: cases changed since `since`, the newest first."""

    groups: Mapping[Group, tuple[TodayLine, ...]]
    drafts: tuple[TodayLine, ...]
    news: tuple[CaseRow, ...]
    since: datetime | None
    sync: SyncState

    @property
    def count(self) -> int:
        """How many things need me."""
        return sum(len(lines) for lines in self.groups.values())


class TodayModel(QObject):
    """`shown(TodayPage)` after each reading, `failed(Failure)` when it could not be read."""

    shown = Signal(object)
    failed = Signal(object)

    def __init__(self, tasks: StoreThread, unit_names: Mapping[str, str]) -> None:
        super().__init__()
        self._tasks = tasks
        self._unit_names = unit_names

    def load(self, now: datetime, since: datetime | None) -> None:
        """Read the list as of `now`, and what changed after `since`."""
        query = CaseloadQuery(sort="updated_at", scope="unit")
        self._tasks.query(
            lambda store: (store.today.items(now), store.cases.caseload(query), store.queue.state()),
            lambda read: self._show(read[0], read[1], read[2], now, since),
            owner=self,
            failed=self._failed,
        )

    def _failed(self, failure: Failure) -> None:
        self.failed.emit(failure)

    def _show(
        self,
        items: tuple[TodayItem, ...],
        rows: list[CaseRow],
        sync: SyncState,
        now: datetime,
        since: datetime | None,
    ) -> None:
        lines = [line_of(item, self._unit_names, now) for item in items]
        groups = {
            group: tuple(line for line in lines if line.item.group is group and line.item.kind not in BEGUN)
            for group in Group
        }
        drafts = tuple(line for line in lines if line.item.kind in BEGUN)
        news = tuple(row for row in rows if since is not None and _after(row.updated_at, since))
        self.shown.emit(TodayPage(groups, drafts, news[:NEWS], since, sync))


def group_words(group: Group) -> tuple[str, str]:
    """A group's title and sign."""
    words = {
        Group.NOW: (tr("Now"), "circle-alert"),
        Group.DUE: (tr("Due today"), "clock"),
        Group.WAITING: (tr("Waiting on others"), "hourglass"),
        Group.NEW: (tr("New to you"), "inbox"),
    }
    return words[group]


def line_of(item: TodayItem, unit_names: Mapping[str, str], now: datetime) -> TodayLine:
    """One item in words."""
    text, why = _sentence(item, unit_names, now)
    act, icon = _act(item.act)
    return TodayLine(item, item.code_name or tr("This laptop"), text, why, act, _SIGNS.get(item.kind, icon) or icon)


_SIGNS = {
    "flag": "flag",
    "action": "list-checks",
    "conflict": "split",
    "order": "calendar-clock",
    "draft": "file-pen",
    "edit": "pencil",
    "refused": "circle-x",
}


def _act(act: str) -> tuple[str, str]:
    """What Enter does, and the sign of it."""
    acts = {
        "open_case": (tr("Open"), "folder-open"),
        "open_action": (tr("Open"), "list-checks"),
        "open_referral": (tr("Open"), "inbox"),
        "call": (tr("Call and log"), "phone-call"),
        "remind": (tr("Remind"), "hourglass"),
        "send_on": (tr("Send on"), "route"),
        "answer": (tr("Answer"), "corner-up-left"),
        "decide": (tr("Decide"), "split"),
        "continue": (tr("Continue"), "file-pen"),
        "open_sync": (tr("Look"), "refresh-cw"),
    }
    return acts.get(act, (tr("Open"), "circle"))


def _sentence(item: TodayItem, unit_names: Mapping[str, str], now: datetime) -> tuple[str, str]:
    """What the item is about, and why it stands here."""
    facts = dict(item.params)
    facts["recipient"] = unit_names.get(facts.get("recipient", ""), tr("The recipient"))
    facts["sender"] = unit_names.get(facts.get("sender", ""), tr("another unit"))
    if item.kind == "referral":
        return _referral(item.title_code, facts)
    sentences = {
        "today.flag": (tr("{label}: a step is open", **facts), tr("Each step is done, refused or not possible")),
        "today.action_over": ("{title}", tr("Action of {owner}", **facts) if facts.get("owner") else tr("Action")),
        "today.action_due": ("{title}", tr("Action of {owner}", **facts) if facts.get("owner") else tr("Action")),
        "today.order_ends": (tr("An order ends"), _order_word(facts.get("order", ""))),
        "today.conflict": (
            tr("Two values: {what}", what=kind_word(facts.get("kind", ""))),
            tr("The safer one stands until someone decides"),
        ),
        "today.draft": ("{title}", tr("Last touched {time}", time=_touched(facts.get("updated_at", ""), now))),
        "today.edit": (
            tr("Begun and not written: {what}", what=editor_words(facts.get("editor", ""))),
            tr("Last touched {time}", time=_touched(facts.get("updated_at", ""), now)),
        ),
        "today.refused": (
            tr("Something was refused by the server"),
            tr("Your copy is whole; the reason stands in Sync"),
        ),
    }
    text, why = sentences.get(item.title_code, (item.title_code, ""))
    return (facts.get("title", "") if text == "{title}" else text), why


def _referral(code: str, facts: Mapping[str, str]) -> tuple[str, str]:
    reference = tr("Referral {reference}", **facts)
    sentences = {
        "today.referral_contested": (tr("Two answers to one referral"), tr("The safer one stands; you hold the risk")),
        "today.referral_declined": (tr("{recipient} declined", **facts), tr("You hold the risk again; send it on")),
        "today.referral_asked": (tr("{recipient} asks for more", **facts), reference),
        "today.silent_ack": (
            tr("{recipient} has not acknowledged", **facts),
            tr("{reference}; don’t wait for sync", reference=reference),
        ),
        "today.silent_decide": (tr("{recipient} has not answered", **facts), reference),
        "today.silent_first_contact": (tr("{recipient} has not reported a first contact", **facts), reference),
        "today.silent_outcome": (tr("{recipient} has not reported an outcome", **facts), reference),
        "today.phone_now": (tr("Phone {recipient} now", **facts), tr("High risk never relies on sync alone")),
        "today.waiting_ack": (tr("{recipient} has it to acknowledge", **facts), reference),
        "today.waiting_decide": (tr("{recipient} is deciding", **facts), reference),
        "today.waiting_first_contact": (tr("{recipient} is making contact", **facts), reference),
        "today.waiting_outcome": (tr("{recipient} is working on it", **facts), reference),
        "today.owed_ack": (tr("Acknowledge to {sender}", **facts), reference),
        "today.owed_decide": (tr("Accept or decline"), reference),
        "today.owed_first_contact": (tr("Make the first safe contact"), reference),
        "today.owed_outcome": (tr("Report the outcome to {sender}", **facts), reference),
        "today.waiting_info": (tr("Waiting for more from {sender}", **facts), reference),
        "today.referral_received": (tr("Referral received from {sender}", **facts), reference),
    }
    return sentences.get(code, (reference, ""))


def _order_word(kind: str) -> str:
    return kind.replace("_", " ").capitalize() if kind else tr("Protective order")


def _touched(text: str, now: datetime) -> str:
    return time_words(moment(text), now)


def _after(text: str, since: datetime) -> bool:
    at = moment(text)
    return at is not None and at > since
