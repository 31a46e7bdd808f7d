"""The logs as a service: verify first, then one short transaction, then a signed receipt.

Leaves tables to `sync.server.storage`, rights to the routes, HTTP to `sync.server.app`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sync.envelope import EntryKind, eid_of, key_id_of, parse
from sync.errors import BadEntry
from sync.keys import Domain, sign
from sync.protocol import (
    MAX_BATCH_BYTES,
    MAX_BATCH_ITEMS,
    MAX_PAGE_BYTES,
    MAX_PAGE_ITEMS,
    ItemResult,
    ItemStatus,
    LogPage,
    PushAnswer,
    PushBatch,
    ReadBack,
    Receipt,
    SignedReceipt,
    encode,
    short_page,
)
from sync.server.refusal import Refusal
from sync.server.storage.contract import NewEntry, Storage

UNKNOWN_KEY = "unknown_key"
ERASED = "erased"
"""The entry belongs to a tag that is closed for ever."""


class Logs:
    """`receipt_key` is the server's Ed25519 private key; `clock` gives seconds since 1970; `unit_of` a seat's unit."""

    def __init__(
        self, storage: Storage, receipt_key: bytes, clock: Callable[[], float], unit_of: Callable[[str], str]
    ) -> None:
        self._storage = storage
        self._unit_of = unit_of
        self._receipt_key = receipt_key
        self._clock = clock

    def push(self, space: str, seat: str, batch: PushBatch) -> PushAnswer:
        """Store what is well formed and openable for members; answer each entry by itself.

        Raises `Refusal` 413 batch.too_large, 404 space.unknown. An entry refused: its form's code, entry.space (it
        belongs elsewhere), unknown_key (its key entry is neither held nor in this batch). The seat's unit answers for
        the bytes.
        """
        sizes = [len(raw) for raw in batch.entries]
        if len(sizes) > MAX_BATCH_ITEMS or (sum(sizes) > MAX_BATCH_BYTES and len(sizes) > 1):
            raise Refusal(413, "batch.too_large")
        unit = self._unit_of(seat)
        items = self._without_key(space, [_judge(raw, space, unit) for raw in batch.entries])
        # Keys first, whatever the order they came in, so that no prefix of the log holds an entry without its key.
        good = sorted((item for item in items if not item.code), key=lambda item: item.entry.kind != EntryKind.KEY)
        try:
            appended = self._storage.append(space, [item.entry for item in good])
        except KeyError as error:
            raise Refusal(404, "space.unknown") from error
        numbers = {id(item): number for item, number in zip(good, appended.items, strict=True)}
        results = tuple(_result(item, numbers.get(id(item))) for item in items)
        return PushAnswer(results, self._receipt(space, seat, appended.epoch, results))

    def page(self, space: str, after: int, epoch: str, max_bytes: int) -> LogPage:
        """Entries beyond `after` of this epoch; of another epoch ("" = any), or beyond the head: from the start.

        Raises `Refusal` 404 space.unknown.
        """
        limit = min(max(max_bytes, 1), MAX_PAGE_BYTES)
        try:
            page = self._storage.read(space, after, limit, MAX_PAGE_ITEMS)
            if epoch not in {"", page.epoch} and page.first_seq != 1:
                page = self._storage.read(space, 0, limit, MAX_PAGE_ITEMS)
        except KeyError as error:
            raise Refusal(404, "space.unknown") from error
        return page

    def read_back(self, space: str, batch: PushBatch, after: int, max_bytes: int) -> ReadBack:
        """The page beyond `after`, for the sender of a batch that was stored a moment ago. Raises as `page` does."""
        return short_page(self.page(space, after, "", max_bytes), batch.entries)

    def missing(self, space: str, eids: Sequence[str]) -> tuple[str, ...]:
        """Those that the log does not hold."""
        return self._storage.missing(space, eids)

    def _without_key(self, space: str, items: list["_Item"]) -> list["_Item"]:
        """The items, those refused whose case key is neither held nor comes with them. Keys are never taken away, so
        what is held now is held when the transaction runs.
        """
        asked = {item.needs[1] for item in items if item.needs}
        held = self._storage.case_keys(space, sorted(asked)) if asked else frozenset()
        here = {(item.entry.tag, item.entry.case_key) for item in items if not item.code}
        known = held | here
        return [replace(item, code=UNKNOWN_KEY) if item.needs and item.needs not in known else item for item in items]

    def _receipt(self, space: str, seat: str, epoch: str, results: tuple[ItemResult, ...]) -> bytes:
        held = tuple((item.eid, item.seq) for item in results if item.status is not ItemStatus.REJECTED)
        at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="seconds")
        body = encode(Receipt(space, epoch, seat, at, held))
        return encode(SignedReceipt(body, sign(self._receipt_key, Domain.RECEIPT, body)))


@dataclass(frozen=True)
class _Item:
    """One entry of a batch as judged: `code` says why it is refused; `needs` is the (tag, case key id) it stands on."""

    entry: NewEntry
    code: str = ""
    needs: tuple[str, str] | None = None


def _judge(raw: bytes, space: str, carrier: str = "") -> _Item:
    eid = eid_of(raw)
    try:
        envelope = parse(raw)
    except BadEntry as error:
        return _Item(NewEntry(eid, "", 0, "", raw), error.code)
    is_key = envelope.kind is EntryKind.KEY
    entry = NewEntry(eid, envelope.tag, int(envelope.kind), key_id_of(raw) if is_key else "", raw, carrier)
    if envelope.space != space:
        return _Item(entry, "entry.space")
    return _Item(entry, needs=None if is_key else (envelope.tag, envelope.key_id))


def _result(item: _Item, number: tuple[int, bool] | None) -> ItemResult:
    if number is None:
        return ItemResult(item.entry.eid, ItemStatus.REJECTED, item.code)
    seq, new = number
    if not seq:
        return ItemResult(item.entry.eid, ItemStatus.REJECTED, ERASED)
    return ItemResult(item.entry.eid, ItemStatus.OK if new else ItemStatus.DUP, seq=seq)
