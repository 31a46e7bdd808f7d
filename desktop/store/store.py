"""One person's store: built once from an open database and a seat, used from the one thread that owns the file.

Only puts the parts together. Leaves opening the file to `migrate.open_store`, keys to `desktop.crypto`.
"""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from desktop.model.record import CaseKey
from desktop.store.adopting import Adopting
from desktop.store.agenda import Agenda
from desktop.store.audit import Audit
from desktop.store.belonging import Belonging
from desktop.store.case_file import CaseFiles
from desktop.store.case_keys import CaseKeys
from desktop.store.caseload import Caseload
from desktop.store.cases import Cases
from desktop.store.conflict_reading import ConflictReading
from desktop.store.conflicts import Conflicts
from desktop.store.copying import Copying
from desktop.store.courier import Courier
from desktop.store.database import Database
from desktop.store.directory import Directory
from desktop.store.drafts import Drafts
from desktop.store.edits import Edits
from desktop.store.enrolling import Enrolling
from desktop.store.erasing import Erasing
from desktop.store.events import Changed
from desktop.store.files import Files
from desktop.store.finishing import Forms
from desktop.store.form_versions import FormVersions
from desktop.store.ledger import Ledger
from desktop.store.outbox import Outbox
from desktop.store.partnering import Partnering
from desktop.store.queue import Queue
from desktop.store.reading import Reading
from desktop.store.referrals import Referrals
from desktop.store.replica import StoreReplica
from desktop.store.rollbacks import Rollbacks
from desktop.store.search import Search
from desktop.store.seat import SeatIdentity
from desktop.store.spooling import Spooling, spool_of
from desktop.store.stewarding import Stewarding
from desktop.store.succession import Succession
from desktop.store.tree_rounds import TreeRounds
from desktop.store.trees import Trees


class Store:
    """Everything a screen or the round may ask. Each member says what it does and what it raises."""

    ledger: Ledger
    cases: Cases
    drafts: Drafts
    edits: Edits
    forms: Forms
    form_versions: FormVersions
    referrals: Referrals
    conflicts: Conflicts
    today: Agenda
    queue: Queue
    directory: Directory
    search: Search
    audit: Audit
    replica: StoreReplica
    belonging: Belonging
    stewarding: Stewarding
    enrolling: Enrolling
    partnering: Partnering
    adopting: Adopting
    erasing: Erasing
    rollbacks: Rollbacks
    succession: Succession
    courier: Courier
    spooling: Spooling | None

    def __init__(
        self,
        database: Database,
        seat: SeatIdentity,
        clock: Callable[[], datetime],
        zone: str,
        *,
        local: tzinfo | None,
        spool: Path | None,
    ) -> None:
        self.database = database
        self.seat = seat
        trees = Trees(database)
        self.belonging = Belonging(database, seat, trees)
        self.belonging.refresh()
        files = Files(database)
        reading = Reading(database, seat)
        outbox = Outbox(database)
        keys = CaseKeys(database, seat, outbox)
        self.search = Search(database, reading)
        caseload = Caseload(database, seat, files, reading, self.search)
        self.ledger = Ledger(database, seat, files, keys, outbox, caseload, self.search, clock, zone)
        self.drafts = Drafts(database, lambda: _milliseconds(clock()))
        self.edits = Edits(database, lambda: _milliseconds(clock()))
        self.audit = Audit(database, lambda: _milliseconds(clock()))
        conflicts = ConflictReading(database, seat, files, reading, caseload)
        case_files = CaseFiles(
            database, seat, files, reading, conflicts, self.drafts, self.audit, clock, self._is_frozen
        )
        copying = Copying(database, seat.unit, files, reading, self.ledger)
        self.cases = Cases(database, seat, files, reading, caseload, self.ledger, case_files, copying, clock)
        self.forms = Forms(database, self.drafts, self.ledger, self.cases)
        self.form_versions = FormVersions(database, lambda: _milliseconds(clock()))
        self.referrals = Referrals(
            database, seat, files, reading, caseload, self.cases, self.drafts, self.ledger, clock
        )
        self.conflicts = Conflicts(database, conflicts, copying, self.ledger)
        self.today = Agenda(
            database,
            seat,
            files,
            reading,
            caseload,
            self.referrals,
            self.conflicts,
            self.drafts,
            self.edits,
            outbox,
            lambda: local or clock().tzinfo or UTC,
        )
        self.queue = Queue(database, seat, files, outbox, caseload, self.ledger)
        self.directory = Directory(seat, files, reading, self.ledger)
        self.replica = StoreReplica(
            database, seat, files, keys, outbox, self.ledger, clock, self.referrals.note_delivered
        )
        self.rollbacks = Rollbacks(database)
        self._belong(trees, files, caseload, clock)
        self._carry(outbox, trees, clock, spool)

    def _belong(self, trees: Trees, files: Files, caseload: Caseload, clock: Callable[[], datetime]) -> None:
        """Acts on membership, and what the round does with trees."""
        database, belonging = self.database, self.belonging
        self.stewarding = Stewarding(database, self.seat, trees, belonging, self.follow_trees, clock)
        self.enrolling = Enrolling(database, self.seat, belonging, self.stewarding, clock)
        self.partnering = Partnering(database, self.seat, trees, belonging, self.stewarding, self.follow_trees)
        self.succession = Succession(database, self.seat, belonging, self.stewarding, self.ledger, self.follow_trees)
        self.replica.settled = self.succession.settle
        self.adopting = Adopting(database, self.seat, trees, belonging, self.follow_trees, clock=clock)
        self.erasing = Erasing(
            database, self.seat, trees, belonging, self.stewarding, files=files, caseload=caseload, clock=clock
        )
        if belonging.stands:
            self.replica.trees = TreeRounds(database, trees, belonging, self.erasing, self.follow_trees)

    def _carry(self, outbox: Outbox, trees: Trees, clock: Callable[[], datetime], spool: Path | None) -> None:
        """The ways beside the line: the courier, and the spool where there is one."""
        self.courier = Courier(
            self.database, self.seat, trees, self.belonging, self.replica, follow=self.follow_trees, clock=clock
        )
        found = spool_of(spool, self.seat) if spool else None
        self.spooling = Spooling(self.database, self.seat, outbox, self.replica, found) if found else None
        if self.spooling is not None:
            self.erasing.gone = self.spooling.clear

    @classmethod
    def open(
        cls,
        database: Database,
        seat: SeatIdentity,
        clock: Callable[[], datetime],
        zone: str,
        *,
        local: tzinfo | None = None,
        changed: Callable[[Changed], None] | None = None,
        spool: Path | None = None,
    ) -> "Store":
        """Build the store of `seat` on an open database whose schema is up to date.

        `clock` gives an aware time; `zone` is the IANA name written into changes; `local` the zone of the person's
        day (else the clock's own). `changed` is told after each commit. `spool` is the folder of this computer's spool,
        None for none. What waited for a membership or a key is
        judged and tried again here. Errors: those of the database.
        """
        if changed is not None:
            database.on_changed = changed
        store = cls(database, seat, clock, zone, local=local, spool=spool)
        store.erasing.carry_out()
        store.succession.settle()
        store.ledger.rejudge()
        for space in seat.spaces:
            store.replica.retry_aside(space)
        return store

    def _is_frozen(self, key: CaseKey) -> bool:
        return self.erasing.is_frozen(key)

    def follow_trees(self) -> None:
        """Signed entries came: fold them, judge again what they touch, open what a key came for."""
        moved = self.belonging.refresh()
        self.erasing.carry_out()
        if moved.judged:
            self.ledger.rejudge()
        for space in sorted(moved.keyed):
            self.replica.retry_aside(space)
        self.succession.settle()

    def close(self) -> None:
        """Lay what waits into the spool and close the file."""
        try:
            if self.spooling is not None:
                self.spooling.lay_all()
        finally:
            self.database.close()


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
