"""Eleven unsound rules, each planted into the real code: `python -m tests.machines.mutants [name …]`, `make mutants`.

Each fault runs in a process of its own; the searches that guard the real code must go red. Prints a table, ends with 1
when a fault stays green, or when the sound rules do not pass the same searches.
"""

import itertools
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from desktop.model.record import CaseKey
from desktop.store import folding, replica
from desktop.store.case_keys import CaseKeys
from desktop.store.outbox import Outbox
from desktop.store.replica import StoreReplica
from sync import accept, client, merge, protocol
from sync.accept import Verdict
from sync.change import Change
from sync.client import PageTaken
from sync.envelope import eid_of
from sync.identity import Membership
from sync.protocol import Cursor, ItemResult, ItemStatus, LogPage, PageEntry, PushAnswer, PushBatch
from sync.server import log as server_log
from sync.server.storage.contract import Appended, NewEntry
from sync.server.storage.database import Database
from tests.machines import partnership, place, properties, stores
from tests.machines.rounds import Fault

ROOT = Path(__file__).resolve().parents[2]
SEEDS = range(6)
SOUND = "sound rules"

_real_live, _real_fold, _real_accept = merge.live_values, merge.fold, accept.accept


def _batch_abort() -> None:
    """One bad item refuses the whole batch."""
    real = server_log.Logs.push

    def push(self: server_log.Logs, space: str, seat: str, batch: PushBatch) -> PushAnswer:
        items = [server_log._judge(raw, space) for raw in batch.entries]
        guilty = next((item.code for item in items if item.code), "")
        if not guilty:
            return real(self, space, seat, batch)
        results = tuple(ItemResult(item.entry.eid, ItemStatus.REJECTED, guilty) for item in items)
        return PushAnswer(results, self._receipt(space, seat, "", results))

    _put(server_log.Logs, "push", push)


def _cursor_before_data() -> None:
    """The cursor is saved in a transaction of its own, before the page's entries."""
    real = StoreReplica.take_page

    def take_page(self: StoreReplica, space: str, page: LogPage) -> PageTaken:
        before = self.cursor(space)
        _, after = protocol.check_page(before, page)
        with self._database.joining():
            sql = "UPDATE space SET epoch = ?, seq = ?, log_hash = ? WHERE id = ?"
            self._database.execute(sql, (after.epoch, after.seq, after.log_hash, self._files.space(space)))
        vars(self)["cursor"] = lambda _: before
        try:
            return real(self, space, page)
        finally:
            del vars(self)["cursor"]

    _put(StoreReplica, "take_page", take_page)


def _last_write_wins() -> None:
    """Of several values the one with the highest id stands, and nobody is asked."""
    for module in (merge, folding):
        _put(module, "live_values", lambda values: _real_live(values)[-1:])


def _ack_is_final() -> None:
    """The server's receipt counts as delivery."""
    real = StoreReplica.take_results

    def take_results(self: StoreReplica, space: str, results: tuple[ItemResult, ...], receipt: bytes) -> None:
        real(self, space, results, receipt)
        with self._database.joining():
            self._database.execute("DELETE FROM outbox WHERE state = 'acked'")

    _put(StoreReplica, "take_results", take_results)
    _put(StoreReplica, "held_eids", lambda *_: ())  # what was delivered need not be offered again


def _id_by_counter() -> None:
    """The server knows what it holds by its number in the batch, not by its content."""
    real = Database.append

    def append(self: Database, space: str, entries: Sequence[NewEntry]) -> Appended:
        numbered = [msgspec.structs.replace(entry, eid=f"{number:064x}") for number, entry in enumerate(entries)]
        return real(self, space, numbered)

    _put(Database, "append", append)


def _sequence_gap() -> None:
    """Numbers come from a sequence that a failed transaction does not give back."""
    real = Database.append

    def append(self: Database, space: str, entries: Sequence[NewEntry]) -> Appended:
        appended = real(self, space, entries)
        if any(new for _, new in appended.items):
            with self._writing() as connection:
                sql = f"UPDATE space SET seq = seq + 1 WHERE hex(space) = '{space.upper()}'"  # noqa: S608  our own id
                connection.exec_driver_sql(sql)
        return appended

    _put(Database, "append", append)


def _no_epoch() -> None:
    """A client keeps a number and nothing else; a restored server says nothing."""

    def check_page(cursor: Cursor, page: LogPage) -> tuple[tuple[PageEntry, ...], Cursor]:
        entries = tuple(PageEntry(seq, eid_of(raw or b""), raw) for seq, raw in enumerate(page.entries, page.first_seq))
        return entries, Cursor(page.epoch, page.first_seq - 1 + len(entries), page.log_hash)

    for module in (client, replica):
        _put(module, "check_page", check_page)
    _put(place, "after_restore", lambda _: None)


def _over_across_fields() -> None:
    """What a change names leaves wherever it stands, also in another field."""

    def fold(changes: Iterable[tuple[Change, str, Verdict]]) -> dict[merge.FieldKey, tuple[merge.Value, ...]]:
        judged = list(changes)
        named = {over for change, _, verdict in judged if verdict is Verdict.OK for a in change.set for over in a.over}
        kept = {key: tuple(v for v in values if v.id not in named) for key, values in _real_fold(judged).items()}
        return {key: values for key, values in kept.items() if values}

    _put(merge, "fold", fold)


def _a_4xx_deletes_the_row() -> None:
    """What the server refuses is dropped."""

    def refused(self: Outbox, refusals: Sequence[tuple[str, str]]) -> None:
        self._database.executemany("DELETE FROM outbox WHERE eid = ?", [(eid,) for eid, _ in refusals])

    _put(Outbox, "refused", refused)


def _second_case_key_replaces_the_first() -> None:
    """A file has one key: the last that came."""
    real = CaseKeys._keep

    def keep(self: CaseKeys, tag: int, *parts: Any) -> int:
        row = real(self, tag, *parts)
        last = self._database.value("SELECT secret FROM case_key WHERE id = ?", (row,))
        self._database.execute("UPDATE case_key SET secret = ? WHERE tag = ?", (last, tag))
        return row

    _put(CaseKeys, "_keep", keep)


def _late_entry_of_a_closed_seat_accepted() -> None:
    """A closing is no limit."""

    def judge(change: Change, cid: str, membership: Membership) -> Verdict:
        verdict = _real_accept(change, cid, membership)
        return Verdict.OK if verdict is Verdict.QUARANTINED else verdict

    _put(accept, "accept", judge)


def _put(target: object, name: str, faulty: Any) -> None:
    """This process is the fault's own and ends with it."""
    getattr(target, name)  # a fault planted beside the code would prove nothing
    setattr(target, name, faulty)


PLANTS: dict[str, tuple[Callable[[], None], str]] = {
    "batch abort": (_batch_abort, "busy"),
    "cursor before data": (_cursor_before_data, "killed_in_page"),
    "last-write-wins": (_last_write_wins, "rules"),
    "ack is final": (_ack_is_final, "rolled_back"),
    "id by counter": (_id_by_counter, "busy"),
    "sequence gap": (_sequence_gap, "busy"),
    "no epoch": (_no_epoch, "restored"),
    "`over` across fields": (_over_across_fields, "rules"),
    "a 4xx deletes the row": (_a_4xx_deletes_the_row, "busy"),
    "second case key replaces the first": (_second_case_key_replaces_the_first, "busy"),
    "a closed seat's late entry accepted": (_late_entry_of_a_closed_seat_accepted, "rules"),
}
"""As sync.md §8 names them, each with the search that is made first."""
KINDS = ("busy", "killed_in_page", "rolled_back", "restored")


def _searches(first: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """The kind named first, then all: rules, histories with one fault at one call, walks of real files."""
    kinds = [first] if first in KINDS else []
    if first == "rules":
        yield from ((f"rules, walk {seed}", partial(_rules, seed)) for seed in range(40))
    for kind in [*kinds, *(kind for kind in KINDS if kind not in kinds)]:
        for at, seed in itertools.product(range(5, 11), range(5 if kind == "killed_in_page" else 1)):
            yield f"{kind} at call {at}, seed {seed}", partial(_one_fault, kind, at, seed)
    yield from ((f"files, walk {seed}", partial(stores.walk, seed)) for seed in SEEDS)


def _rules(seed: int) -> None:
    world = partnership.walk(partnership.dice(seed))
    properties.fold_depends_only_on_the_set(world)
    properties.values_leave_only_when_named(world)
    properties.replaced_values_stay_replaced(world)
    properties.verdicts_are_of_the_control_state(world)


def _one_fault(kind: str, at: int, seed: int) -> None:
    """Work on all laptops, a backup in its middle, one fault at one call of one of them, and verification.

    The one whose power fails over a page has only read: a receipt would make it read the page once more.
    """
    reads = kind == "killed_in_page"
    with stores.StoreWorld(seed) as world:
        for laptop in world.laptops.values():
            if laptop.seat != "alder" or not reads:
                for space in laptop.store.replica.spaces():
                    world.do_note(laptop, CaseKey(space, stores.TAGS[0]))
                world.hear(laptop)
        world.sync(world.laptops["linden"])
        world.place.backup()
        world.do_poison(world.laptops["linden"], CaseKey(world.stranger.space, stores.TAGS[0]))
        for name, laptop in world.laptops.items():
            if name != "alder" or not reads:
                world.do_edit(laptop, CaseKey(world.stranger.space, stores.TAGS[1]))
                world.hear(laptop)
            world.sync(laptop, Fault(kind, at) if name == "alder" else None)
        world.settle()
        world.verify()


def reddest(first: str) -> str:
    """The first search that fails, and how; "" when none does."""
    for name, search in _searches(first):
        try:
            search()
        except Exception as fault:  # noqa: BLE001  whatever it is, the fault was seen
            return f"{name}: {type(fault).__name__} {str(fault).splitlines()[0][:90] if str(fault) else ''}"
    return ""


def _in_a_process_of_its_own(name: str) -> str:
    command = [sys.executable, "-m", "tests.machines.mutants", "--plant", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name}: the search itself broke\n{done.stderr}")
    return done.stdout.strip()


def main(arguments: Sequence[str]) -> int:
    """0 when every fault was seen and the sound rules pass."""
    if arguments[:1] == ["--plant"]:
        plant, first = PLANTS.get(arguments[1], (lambda: None, "rules"))
        plant()
        print(reddest(first))
        return 0
    missed = 0
    for name in arguments or [*PLANTS, SOUND]:
        began = time.monotonic()
        red = _in_a_process_of_its_own(name)
        fine = bool(red) is (name != SOUND)
        missed += not fine
        word = "red  " if red else "green"
        print(f"{'ok ' if fine else 'NOT'} {word} {name:38} {time.monotonic() - began:6.1f} s  {red}", flush=True)
    print(f"{missed} not as they must be" if missed else "every planted fault was seen")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
