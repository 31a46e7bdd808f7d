"""One open store and the spool of its computer: what waits here lies there too, what lies there is read, and what was
read back from the log is cleared away.

So the day shift sees what the night shift wrote, and delivers it while that profile stays locked (sync.md §5). Leaves
the files to `desktop.store.spool`, and sending them to `desktop.store.spool_round`.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from desktop.store.database import Database, Row
from desktop.store.keysets import among
from desktop.store.outbox import UNWRAPPED, Outbox
from desktop.store.replica import StoreReplica
from desktop.store.seat import SeatIdentity
from desktop.store.spool import Spool
from sync.records import SpaceKind

AT_ONCE = 25
"""Entries laid down or read in one step, so that a person never waits for it."""


@dataclass(frozen=True)
class Settled:
    """What one step did: entries laid down, changes read that were new here, entries cleared; whether there is more."""

    laid: int = 0
    changes: int = 0
    cleared: int = 0
    more: bool = False


def spool_of(root: Path, seat: SeatIdentity) -> Spool | None:
    """The folder of a seat's partnership, so that nothing is ever sent to the server of another one; None while it is
    not known which partnership that is.
    """
    common = seat.partnership_space or seat.unit_space
    if not common:
        return None
    return Spool(root / hashlib.sha256(b"causeway/1/spool\0" + common.encode()).hexdigest()[:32])


class Spooling:
    """The spool as one store uses it. Every call is a step on the store's thread."""

    def __init__(
        self, database: Database, seat: SeatIdentity, outbox: Outbox, replica: StoreReplica, spool: Spool
    ) -> None:
        self._database = database
        self._seat = seat
        self._outbox = outbox
        self._replica = replica
        self.spool = spool
        self._passed: set[str] = set()
        """Entries of spaces that this seat does not read: not looked at twice."""

    def settle(self) -> Settled:
        """One step: clear, lay down, read. Call again while there is more."""
        lying = self.spool.lying()
        cleared = self._clear(lying)
        lying = {eid: sent for eid, sent in lying.items() if eid not in cleared}
        laid, more_to_lay = self._lay(lying)
        changes, more_to_read = self._read(lying)
        return Settled(laid, changes, len(cleared), more_to_lay or more_to_read)

    def clear(self) -> None:
        """Remove what is done with, and what belonged to a file that was erased."""
        self._clear(self.spool.lying())

    def lay_all(self) -> None:
        """Lay down everything that waits: the profile is being locked."""
        more = True
        while more:
            laid, more = self._lay(self.spool.lying())
            more = more and laid > 0

    def unsent(self) -> tuple[frozenset[str], int]:
        """For the lock screen: the eids that wait and lie in the spool, and how many items beside them are not at the
        server (of restricted spaces, refused, or without room in the spool).
        """
        lying = self.spool.lying()
        rows = self._database.query("SELECT eid FROM outbox WHERE state <> 'acked'")
        there = frozenset(row[0] for row in rows if row[0] in lying)
        return there, len(rows) - len(there)

    def _may_lie(self, space: str) -> bool:
        """Entries of a space of named seats never enter: its members are not whoever sits here."""
        found = self._seat.spaces.get(space)
        return found is not None and found.kind is not SpaceKind.RESTRICTED

    def _lay(self, lying: dict[str, bool]) -> tuple[int, bool]:
        rows = self._database.query(
            "SELECT o.id, o.eid, o.state, o.sealed_under, s.space FROM outbox o JOIN space s ON s.id = o.space"
            " ORDER BY o.priority, o.id"
        )
        lacking = [
            row["id"]
            for row in rows
            if row["eid"] not in lying
            and row["state"] in ("queued", "sent")
            and row["sealed_under"] != UNWRAPPED
            and self._may_lie(row["space"])
        ]
        found = self._database.query(
            "SELECT eid, raw FROM outbox WHERE id IN (SELECT value FROM json_each(?))", (among(lacking[:AT_ONCE]),)
        )
        laid = self.spool.put(((row["eid"], row["raw"]) for row in found), len(lying)) if found else 0
        self.spool.mark_sent(row["eid"] for row in rows if row["state"] == "acked" and lying.get(row["eid"]) is False)
        self.spool.drop(row["eid"] for row in rows if row["state"] == "refused" and row["eid"] in lying)
        return laid, len(lacking) > AT_ONCE

    def _clear(self, lying: Collection[str]) -> frozenset[str]:
        """What its author or a reader has read back goes; so does what waits sealed anew, under another name, and
        what belonged to a file that was erased.
        """
        rows = self._known(lying)
        done = {row["eid"] for row in rows if row["seq"] is not None or row["erased"] is not None}
        loose = {row["change"]: row["eid"] for row in rows if row["seq"] is None and row["change"] is not None}
        gone = self._outbox.logged(list(loose)) | self._outbox.waiting_otherwise(loose)
        done.update(loose[change] for change in gone)
        self.spool.drop(done)
        return frozenset(done)

    def _known(self, lying: Collection[str]) -> list[Row]:
        return self._database.query(
            "SELECT e.eid, e.seq, e.change, e.erased FROM space s CROSS JOIN json_each(?) x"
            " CROSS JOIN entry e ON e.space = s.id AND e.eid = x.value",
            (among(list(lying)),),
        )

    def _read(self, lying: Collection[str]) -> tuple[int, bool]:
        """Read what is new here and may be read; what breaks a rule is removed."""
        new = sorted(set(lying) - self._passed - self._held(lying))
        by_space: dict[str, list[bytes]] = {}
        for eid in new[:AT_ONCE]:
            found = self.spool.read(eid)
            if found is not None and self._may_lie(found[0].space):
                by_space.setdefault(found[0].space, []).append(found[1])
            else:
                self._passed.add(eid)
        changes = 0
        for space, raws in by_space.items():
            taken = self._replica.take_loose(space, raws, queue=False)
            changes += taken.changes
            self.spool.drop(eid for eid, _code in taken.faulty)
        return changes, len(new) > AT_ONCE

    def _held(self, lying: Collection[str]) -> set[str]:
        """Those that this store has read, sent or kept aside before."""
        rows = self._database.query(
            "SELECT e.eid FROM space s CROSS JOIN json_each(:eids) x CROSS JOIN entry e"
            " ON e.space = s.id AND e.eid = x.value"
            " UNION SELECT o.eid FROM outbox o WHERE o.eid IN (SELECT value FROM json_each(:eids))"
            " UNION SELECT b.eid FROM space s CROSS JOIN json_each(:eids) x CROSS JOIN bad_entry b"
            " ON b.space = s.id AND b.eid = x.value",
            {"eids": among(list(lying))},
        )
        return {row[0] for row in rows}
