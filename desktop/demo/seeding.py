"""Writing the invented cases: each record by the member who wrote it, at the time it was written, then agreed.

Every record is an ordinary signed change through the ordinary ledger; nothing here reaches into tables.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from desktop.demo.cases import DemoCase, Writing
from desktop.demo.partnership import Founded
from desktop.model.record import CaseKey
from desktop.store.sharing import Chosen
from desktop.store.store import Store
from sync.change import Assign
from sync.client import NetCall, sync_round
from sync.errors import SyncError
from sync.records import SpaceKind
from sync.transport import Transport

LEVEL_ROUNDS = 4
"""So many rounds in turn are enough for every laptop to hold what every other wrote."""


@dataclass
class SteppedClock:
    """A clock that stands where it is put: history is written with the times at which it happened."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Seeded:
    """Where a case came to lie: the police unit's own file and, when shared, the shared one."""

    code_name: str
    key: CaseKey
    shared: CaseKey | None


def seed(
    cases: Iterable[DemoCase], stores: Mapping[str, Store], founded: Founded, clock: SteppedClock, now: datetime
) -> tuple[Seeded, ...]:
    """Write every case into the stores of its writers. `clock` is the one the stores were opened with."""
    return tuple(_seed_case(case, stores, founded, clock, now) for case in cases)


def _seed_case(
    case: DemoCase, stores: Mapping[str, Store], founded: Founded, clock: SteppedClock, now: datetime
) -> Seeded:
    clock.now = now - timedelta(hours=case.opened_hours_ago)
    key = stores["alder"].cases.new(case.code_name, **case.fields)
    ordered = sorted(case.writings, key=lambda writing: -writing.hours_ago)
    for writing in ordered:
        if not writing.shared:
            _write(stores[writing.member], key, writing, clock, now)
    shared = None
    if case.shared_with:
        shared = _share(case, key, stores["alder"], founded)
        for writing in ordered:
            if writing.shared:
                _write(stores[writing.member], shared, writing, clock, now)
    clock.now = now
    return Seeded(case.code_name, key, shared)


def _share(case: DemoCase, key: CaseKey, store: Store, founded: Founded) -> CaseKey:
    """The shared file, with the people and their roles in it, on a named basis."""
    space = founded.space(SpaceKind.SHARED, *case.shared_with)
    people = [writing.record for writing in case.writings if writing.kind == "person" and writing.record]
    chosen = [
        *(Chosen("person", person, ("name", "born", "language")) for person in people),
        *(Chosen("party", person) for person in people),
        Chosen("case", "case", ("code_name", "aim", "status", "opened_on")),
    ]
    return store.cases.share(key, space.id, chosen, basis="Practice: danger to life")


def _write(store: Store, key: CaseKey, writing: Writing, clock: SteppedClock, now: datetime) -> None:
    clock.now = now - timedelta(hours=writing.hours_ago)
    sets = [Assign(writing.kind, writing.record, name, value) for name, value in writing.fields.items()]
    store.ledger.write(key, sets, form=str(writing.fields.get("form", "")))


def level(stores: Iterable[Store], address: str) -> None:
    """Let every store agree with the server, in turn, until all hold all. Raises `SyncError` when a round fails."""
    held = list(stores)
    with Transport(address, insecure_loopback=True) as transport:
        for _ in range(LEVEL_ROUNDS):
            for store in held:
                one_round(store, transport)


def one_round(store: Store, transport: Transport) -> None:
    """One whole round on the calling thread. Raises `SyncError` with the code of what failed."""
    steps = sync_round(store.replica.spaces(), store.replica.seat_id, progress=lambda _progress: None)
    try:
        step = next(steps)
        while True:
            try:
                answer = transport.perform(step) if isinstance(step, NetCall) else step.run(store.replica)
            except SyncError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        if not end.value.level:
            fault = end.value.failure or end.value.faults[0].code
            raise SyncError(fault) from None
