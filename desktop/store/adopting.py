"""What a closed seat wrote and no list names: kept aside, shown to the leads, taken in again by a lead's word.

Leaves closing seats to `stewarding` and the verdict on a change to `sync.accept`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from desktop.model.moment import stamp
from desktop.model.record import CaseKey
from desktop.store.belonging import Belonging
from desktop.store.database import Database
from desktop.store.packing import read_change
from desktop.store.seat import SeatIdentity
from desktop.store.stewarding import refused_act
from desktop.store.trees import SPACE, Held, Trees
from sync.acts import CID_PREFIX, MAX_CIDS, Adopted, cid_list
from sync.errors import SyncError
from sync.founding import Signer, write_control
from sync.tree import entry_id


@dataclass(frozen=True)
class Aside:
    """One quarantined change: which file, which seat, its number there, its claimed time, what it sets."""

    key: CaseKey
    seat: str
    name: str
    n: int
    at: str
    cid: str
    fields: tuple[tuple[str, str], ...]
    """(kind, field) of each assignment; never the values."""


class Adopting:
    """Reads the quarantined changes of a store, and signs adoptions."""

    def __init__(
        self,
        database: Database,
        seat: SeatIdentity,
        trees: Trees,
        belonging: Belonging,
        follow: Callable[[], object],
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._seat = seat
        self._trees = trees
        self._belonging = belonging
        self._follow = follow
        self._clock = clock

    def quarantined(self) -> tuple[Aside, ...]:
        """Everything that lies aside because its seat is closed, by space, seat and number."""
        rows = self._database.query(
            "SELECT s.space, t.tag, c.seat, c.n, c.at, c.cid, c.body FROM change c JOIN tag t ON t.id = c.tag"
            " JOIN space s ON s.id = t.space WHERE c.verdict = 'quarantined' ORDER BY s.space, c.seat, c.n, c.cid"
        )
        return tuple(
            Aside(
                CaseKey(row[0], row[1]), row[2], self._seat.author(row[2])[0], row[3], row[4], row[5], _fields(row[6])
            )
            for row in rows
        )

    def adopt(self, asides: Iterable[Aside]) -> None:
        """Take these changes in again, for everybody. Raises KnownError `membership.refused` for a seat that may not:
        only leads of the closed seat's unit, and the steward of a restricted space.
        """
        wanted: dict[tuple[str, str], list[str]] = {}
        for aside in asides:
            wanted.setdefault((aside.key.space, aside.seat), []).append(aside.cid)
        for (space, seat), cids in sorted(wanted.items()):
            self._adopt(space, seat, cid_list(cids))

    def hidden(self) -> Mapping[str, tuple[int, int]]:
        """By space: (changes that lie aside, changes held). More than a tenth is worth a banner."""
        rows = self._database.query(
            "SELECT s.space, sum(c.verdict = 'quarantined'), count(*) FROM change c JOIN tag t ON t.id = c.tag"
            " JOIN space s ON s.id = t.space GROUP BY s.space HAVING sum(c.verdict = 'quarantined') > 0"
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def _adopt(self, space: str, seat: str, cids: bytes) -> None:
        step = MAX_CIDS * CID_PREFIX
        for at in range(0, len(cids), step):
            control = self._belonging.controls.get(space)
            if control is None:
                raise refused_act("control.refused")
            signer = Signer.seat(self._seat.seat_keys, self._seat.unit)
            act = Adopted(seat, cids[at : at + step])
            try:
                raw = write_control(signer, control, self._belonging.chains, act, stamp(self._clock()))
            except SyncError as error:
                raise refused_act(error.code) from None
            with self._database.transaction() as transaction:
                self._trees.keep(SPACE, space, [Held(entry_id(raw), raw)], on_server=False)
                transaction.touch("membership", space)
                transaction.touch("outbox")
            self._follow()


def _fields(body: bytes) -> tuple[tuple[str, str], ...]:
    return tuple((assign.kind, assign.field) for assign in read_change(body).set)
