"""Each unsound rule of queue, round and server that was ever tempting, put back: the walks must go red."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import msgspec
import pytest

from sync import client, protocol
from sync.envelope import eid_of
from sync.errors import SyncError
from sync.protocol import Cursor, ItemResult, ItemStatus, LogPage, PageEntry, PushAnswer, PushBatch
from sync.server import log as server_log
from sync.server import settings as server_settings
from sync.server.storage.contract import Appended, NewEntry
from sync.server.storage.database import Database
from tests.machines import rounds
from tests.machines.rounds import sweep, walk
from tests.sync import memory_replica
from tests.sync.memory_replica import MemoryReplica, PowerCut

SEEDS = range(40)


class AckIsFinal(MemoryReplica):
    """The server's receipt counts as delivery."""

    def take_results(self, space: str, results: tuple[ItemResult, ...], receipt: bytes) -> None:
        super().take_results(space, results, receipt)
        outbox = self.copies[space].outbox
        for item in results:
            if item.status is not ItemStatus.REJECTED:
                outbox.pop(item.eid, None)

    def held_eids(self, space: str, after: str, limit: int) -> tuple[str, ...]:
        return ()  # what was delivered need not be offered again


class CursorBeforeData(MemoryReplica):
    """The cursor is saved in a transaction of its own, before the page's entries."""

    def take_page(self, space: str, page: LogPage) -> client.PageTaken:
        copy = self.copies[space]
        before = copy.cursor
        _, copy.cursor = protocol.check_page(before, page)
        self.commit_point()
        copy.cursor = before
        return super().take_page(space, page)


class RefusalDeletes(MemoryReplica):
    """A 4xx takes the row out of the outbox, and with it what it carried."""

    def take_results(self, space: str, results: tuple[ItemResult, ...], receipt: bytes) -> None:
        super().take_results(space, results, receipt)
        for item in results:
            if item.status is ItemStatus.REJECTED:
                self.copies[space].outbox.pop(item.eid, None)


class SentIsDelivered(MemoryReplica):
    """A time-out after sending is read as success."""

    def outgoing(self, space: str, max_bytes: int) -> tuple[client.Outgoing, ...]:
        outbox = self.copies[space].outbox
        return tuple(row for row in super().outgoing(space, max_bytes) if outbox[row.eid].state == "queued")


class PromiseIsKept(MemoryReplica):
    """A row that was acked and is not in the log stays acked."""

    def note_contact(self, space: str, head: Cursor) -> None:
        self.copies[space].level_at = head


def _batch_abort(patch: pytest.MonkeyPatch) -> None:
    real = server_log.Logs.push

    def push(self: server_log.Logs, space: str, seat: str, batch: PushBatch) -> PushAnswer:
        items = [server_log._judge(raw, space) for raw in batch.entries]
        guilty = next((item.code for item in items if item.code), "")
        if not guilty:
            return real(self, space, seat, batch)
        results = tuple(ItemResult(item.entry.eid, ItemStatus.REJECTED, guilty) for item in items)
        return PushAnswer(results, self._receipt(space, seat, "", results))

    patch.setattr(server_log.Logs, "push", push)


def _sequence_gap(patch: pytest.MonkeyPatch) -> None:
    """Numbers come from a sequence that a failed transaction does not give back."""
    real = Database.append

    def append(self: Database, space: str, entries: Sequence[NewEntry]) -> Appended:
        appended = real(self, space, entries)
        if any(new for _, new in appended.items):
            with self._writing() as connection:
                space_id = bytes.fromhex(space)
                connection.exec_driver_sql("UPDATE space SET seq = seq + 1 WHERE space = ?", (space_id,))
        return appended

    patch.setattr(Database, "append", append)


def _no_epoch(patch: pytest.MonkeyPatch) -> None:
    """A client keeps a number and nothing else; a restored server says nothing."""

    def check_page(cursor: Cursor, page: LogPage) -> tuple[tuple[PageEntry, ...], Cursor]:
        start = Cursor(page.epoch, page.first_seq - 1)
        entries = tuple(PageEntry(seq, eid_of(raw or b""), raw) for seq, raw in enumerate(page.entries, page.first_seq))
        return entries, Cursor(page.epoch, start.seq + len(entries), page.log_hash)

    patch.setattr(client, "check_page", check_page)
    patch.setattr(memory_replica, "check_page", check_page)
    patch.setattr(server_settings, "after_restore", lambda storage: None)
    patch.setattr(rounds, "after_restore", lambda storage: None)


def _follow_before_heal(patch: pytest.MonkeyPatch) -> None:
    """The cursor follows the new epoch first; a round that is cut before the healing never heals."""

    def restart(self: Any, space: str, epoch: str) -> Iterator[Any]:
        self.restarted.append(space)
        yield client.Local(lambda replica: replica.restart_space(space, epoch))
        yield from self._heal(space)

    patch.setattr(client._Round, "_restart", restart)


def _key_after_change(patch: pytest.MonkeyPatch) -> None:
    """The server takes a change without asking for its key."""
    patch.setattr(server_log.Logs, "_without_key", lambda self, space, items: items)


def _id_by_counter(patch: pytest.MonkeyPatch) -> None:
    """The server knows what it holds by its number in the batch, not by its content."""
    real = Database.append

    def append(self: Database, space: str, entries: Sequence[NewEntry]) -> Appended:
        fresh = [msgspec.structs.replace(entry, eid=f"{number:064x}") for number, entry in enumerate(entries)]
        return real(self, space, fresh)

    patch.setattr(Database, "append", append)


Plant = Callable[[pytest.MonkeyPatch], None]

LAPTOPS: dict[type[MemoryReplica], str] = {
    AckIsFinal: "rolled_back",
    CursorBeforeData: "killed_in_page",
    RefusalDeletes: "refused_413",
    SentIsDelivered: "lost_request",
    PromiseIsKept: "rolled_back",
}
"""Each with the fault under which it must show; the walks come on top."""
RULES: dict[Plant, str] = {
    _batch_abort: "twice",
    _sequence_gap: "twice",
    _no_epoch: "restored",
    _follow_before_heal: "killed",
    _key_after_change: "twice",
    _id_by_counter: "twice",
}


def _reddest(kind: str, laptop: type[MemoryReplica] = MemoryReplica) -> str:
    """What the first search that fails says; "" when none does."""
    searches: list[Callable[[], object]] = [partial(walk, seed, laptop=laptop) for seed in SEEDS]
    searches.insert(2, partial(sweep, kind, laptop))
    for search in searches:
        try:
            search()
        except (AssertionError, KeyError, SyncError, PowerCut) as fault:
            return f"{search}: {type(fault).__name__} {fault}"
    return ""


@pytest.mark.parametrize("laptop", LAPTOPS, ids=lambda laptop: laptop.__name__)
def test_a_laptop_with_an_unsound_rule_is_found_out(laptop: type[MemoryReplica]) -> None:
    assert _reddest(LAPTOPS[laptop], laptop)


@pytest.mark.parametrize("plant", RULES, ids=lambda plant: plant.__name__.strip("_"))
def test_an_unsound_rule_of_round_or_server_is_found_out(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert _reddest(RULES[plant])


def test_the_sound_rules_pass_the_same_searches() -> None:
    """The sweeps with sound rules are tests of their own in `test_sync_machine`."""
    assert all(walk(seed) is not None for seed in range(8))
