"""The sync screen as a view-model: what is on its way item by item, what was refused and why, and the whole.

Asks the store and tells the view in signals. Leaves driving the round to `desktop.syncing`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.files import replace_file
from desktop.i18n import tr
from desktop.model.queue import QueueItem, QueueStage, SyncState
from desktop.model.record import CaseKey
from desktop.store.rollbacks import Line
from desktop.store.store import Store
from desktop.tasks import Failure, StoreThread
from desktop.ui.models import erasing
from desktop.ui.models.words import kind_word

_REASONS = {
    "unknown_key": "The server does not have the key of this case yet.",
    "form": "The server could not read it.",
    "space.not_member": "Your unit is no longer a member of this shared file.",
    "space.unknown": "The server does not know this shared file.",
    "too_large": "It is larger than the server takes.",
    "http.413": "It is larger than the server takes.",
    "quota": "The server has no room left for your unit.",
    "erased": "The case was erased before this arrived.",
    "entry.erased": "The server says that this was erased. It is kept here; ask your unit lead.",
}
_THERE = (QueueStage.SERVER, QueueStage.OPENED)


@dataclass(frozen=True)
class Load:
    """What of one case stands at one stop: in words, since when, and how many bytes.

    On its way the time is that of what waits longest; at the server that of what came last.
    """

    code_name: str
    state: QueueStage
    words: str
    since: str
    size: int
    receipts: tuple[int, ...] = ()
    """The numbers of the server's receipts for them on this laptop."""


@dataclass(frozen=True)
class SyncPage:
    """Everything the screen shows: on its way and lately arrived, both case by case; refused items; the whole; logs
    that went back.
    """

    going: tuple[Load, ...]
    arrived: tuple[Load, ...]
    refused: tuple[QueueItem, ...]
    state: SyncState
    rollbacks: tuple[Line, ...] = ()
    space_names: Mapping[str, str] = field(default_factory=dict)
    erasures: tuple[erasing.Line, ...] = ()


class SyncModel(QObject):
    """`shown(SyncPage)` after each reading, `failed(Failure)` when it or an act did not work."""

    shown = Signal(object)
    failed = Signal(object)

    def __init__(self, tasks: StoreThread) -> None:
        super().__init__()
        self._tasks = tasks

    def load(self) -> None:
        """Read the queue."""
        self._tasks.query(
            _read,
            self._show,
            owner=self,
            failed=self._failed,
        )

    def retry(self, item: QueueItem) -> None:
        """Queue a refused item again."""
        self._tasks.change(
            lambda store: store.queue.retry(item.id), lambda _done: self.load(), owner=self, failed=self._failed
        )

    def hand_to_leads(self, item: QueueItem) -> None:
        """Tell the unit's leads what a refused item says."""
        self._tasks.change(
            lambda store: store.queue.hand_to_leads(item.id), lambda _done: self.load(), owner=self, failed=self._failed
        )

    def put_away(self, key: str) -> None:
        """A rollback was read."""
        self._tasks.change(
            lambda store: store.rollbacks.put_away(key), lambda _done: self.load(), owner=self, failed=self._failed
        )

    def settle_erasure(self, line: erasing.Line) -> None:
        """What was said about an erasure was read, or a lead takes a wish back."""
        self._tasks.change(
            lambda store: erasing.settle(store, line), lambda _done: self.load(), owner=self, failed=self._failed
        )

    def prove(self, key: str, file: Path) -> None:
        """Keep in a file what this laptop can show of a rollback."""
        self._tasks.query(
            lambda store: replace_file(file, store.rollbacks.proof(key)),
            lambda _done: None,
            owner=self,
            failed=self._failed,
        )

    def _show(self, read: "_Read") -> None:
        items, state = read.items, read.state
        refused = tuple(item for item in items if item.state is QueueStage.REFUSED)
        together = loads(item for item in items if item.state is not QueueStage.REFUSED)
        going = tuple(load for load in together if load.state not in _THERE)
        arrived = sorted((load for load in together if load.state in _THERE), key=lambda load: load.since, reverse=True)
        self.shown.emit(
            SyncPage(going, tuple(arrived), refused, state, read.rollbacks, read.space_names, read.erasures)
        )

    def _failed(self, failure: Failure) -> None:
        self.failed.emit(failure)


@dataclass(frozen=True)
class _Read:
    """What was read in one turn on the store's thread."""

    items: tuple[QueueItem, ...]
    state: SyncState
    rollbacks: tuple[Line, ...]
    space_names: Mapping[str, str]
    erasures: tuple[erasing.Line, ...]


def _read(store: Store) -> _Read:
    names = {space.id: space.name for space in store.seat.spaces.values()}
    return _Read(tuple(store.queue.items()), store.queue.state(), store.rollbacks.lines(), names, erasing.read(store))


def loads(items: Iterable[QueueItem]) -> tuple[Load, ...]:
    """Items of one case at one stop taken together, in the order in which the first of them goes."""
    together: dict[tuple[CaseKey, QueueStage], list[QueueItem]] = {}
    for item in items:
        together.setdefault((item.case, item.state), []).append(item)
    return tuple(
        Load(
            code_name=group[0].code_name,
            state=state,
            words=_kinds(group),
            since=(max if state in _THERE else min)(item.since for item in group),
            size=sum(item.size for item in group),
            receipts=tuple(sorted({item.receipt for item in group if item.receipt})),
        )
        for (_case, state), group in together.items()
    )


def _kinds(items: Sequence[QueueItem]) -> str:
    """Kinds with their numbers; the key that travels with a case is named only when it travels alone."""
    counts = Counter(item.what for item in items)
    if len(counts) > 1:
        counts.pop("key", None)
    return ", ".join(
        tr("{kind} × {count}", kind=kind_word(kind), count=count) if count > 1 else kind_word(kind)
        for kind, count in counts.items()
    )


def reason_words(code: str) -> str:
    """Why the server refused an item; an unknown code is shown as it is."""
    known = _REASONS.get(code)
    return tr(known) if known else tr("The server refused it ({code}).", code=code or "?")


def line_reason(code: str) -> str:
    """Why there is no contact, or no agreement, in words; an unknown code is shown as it is."""
    words = {
        "net.refused": tr("The server does not answer at its address."),
        "net.dns": tr("The server’s name is not found on this network."),
        "net.timeout": tr("The line is too slow or was cut."),
        "net.cut": tr("The line was cut."),
        "net.captive": tr("This network asks for a log-in page first: open a browser, then try again."),
        "net.tls": tr("What answers is not your partnership’s server. Nothing was sent."),
        "net.proxy": tr("The proxy of this network refuses the connection. Ask IT."),
        "net.gateway": tr("The network answers in the server’s place: the server itself is down."),
        "net.too_large": tr("The server answers with more than it may. Nothing of it was taken."),
        "message.form": tr("The server’s answer cannot be read. Nothing of it was taken."),
        "protocol.unknown": tr("The server speaks another language than this program. Ask IT whether to update."),
        "server.busy": tr("The server is busy and asks to wait."),
        "server.full": tr("The server has no room left. Everything stays here until it has."),
        "session.refused": tr("The server does not let this laptop in. Ask your unit lead."),
        "session.expired": tr("The server does not let this laptop in. Ask your unit lead."),
        "space.not_member": tr("The server says that your unit is not a member of one of your files. Nothing is lost."),
        "log.broken": tr(
            "The server’s list does not fit what it said before. Tell IT: it may be damaged or tampered with."
        ),
        "log.short": tr("The server keeps something back that it says it has. Tell IT."),
        "log.withheld": tr("The server says it has your entries, but does not show them. They stay here. Tell IT."),
        "log.flood": tr("The server sends very many entries that nobody can read. Tell IT."),
        "log.size": tr("The server answers with more than it may. Nothing of it was taken."),
        "receipt.form": tr("The server’s receipt is not a true one. What you wrote stays here until one is. Tell IT."),
        "receipt.signature": tr(
            "The server’s receipt is not a true one. What you wrote stays here until one is. Tell IT."
        ),
        "receipt.mismatch": tr(
            "The server’s receipt is not a true one. What you wrote stays here until one is. Tell IT."
        ),
        "round.bug": tr("Something went wrong in the program. It tries again by itself."),
    }
    if code.startswith("http."):
        return tr("The server refuses with status {status}. Ask IT.", status=code.removeprefix("http."))
    return words.get(code, tr("The reason is “{code}”. It tries again by itself.", code=code) if code else "")
