"""Unit chains and control trees as the round sees them: implements `sync.replica.Trees` on the encrypted file.

Leaves the tables to `trees`, the fold to `belonging`, what is owed to `stewarding`, the order of the steps to
`sync.client`, and the words on a request to the screens.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from desktop.store.belonging import Belonging
from desktop.store.database import Database
from desktop.store.keysets import among
from desktop.store.trees import SPACE, UNIT, Held, Trees
from sync.chain import fold_chain
from sync.client import Errand, TreeCursor, TreeRef
from sync.control_state import fold_control
from sync.protocol import EnrolBox, ItemResult, ItemStatus, TreeKind, TreePage
from sync.tree import MAX_ENTRIES, Standing, entry_id

UNREAD = "unread"
FINAL = ("enrolment.used", "unit.code")
"""The server's words on an errand that no later try changes."""
MOST_WAITING = 500
"""Entries of one tree that may rest on something missing: more of them are made up to leave no room for the others."""


class Steward(Protocol):
    """What the round asks of the acts of a lead (`desktop.store.stewarding.Stewarding`)."""

    @property
    def is_lead(self) -> bool: ...
    def settle(self) -> None: ...


class TreeRounds:
    """`follow` folds what came, judges again and opens what a key came for; it has transactions of its own."""

    def __init__(
        self, database: Database, trees: Trees, belonging: Belonging, steward: Steward, follow: Callable[[], object]
    ) -> None:
        self._database = database
        self._trees = trees
        self._belonging = belonging
        self._steward = steward
        self._follow = follow

    # -- without a session

    def errands(self) -> tuple[Errand, ...]:
        """What is to be posted without a session, in the order in which it was given.

        What the server refused for good is left out; what it may take later (it does not know the unit or its newest
        lead yet) is tried again in each round, and said meanwhile.
        """
        rows = self._database.query(
            "SELECT errand, path, body FROM errand WHERE code NOT IN (SELECT value FROM json_each(?)) ORDER BY id",
            (among(FINAL),),
        )
        return tuple(Errand(row[0], row[1], row[2]) for row in rows)

    def errand_done(self, key: str, code: str) -> None:
        """The server took it (`code` ""), or refused it with a code: then it is kept and shown."""
        with self._database.transaction() as transaction:
            if code:
                self._database.execute("UPDATE errand SET code = ? WHERE errand = ?", (code, key))
            else:
                self._database.execute("DELETE FROM errand WHERE errand = ?", (key,))
            transaction.touch("membership")

    # -- trees

    def refs(self) -> tuple[TreeRef, ...]:
        """All trees held here, chains before control trees."""
        return (
            *(TreeRef(TreeKind.UNIT, tree) for tree in self._trees.of_kind(UNIT)),
            *(TreeRef(TreeKind.SPACE, tree) for tree in self._trees.of_kind(SPACE)),
        )

    def name(self, ref: TreeRef) -> str:
        """The name of what the entries held here come to; "" for none, `UNREAD` for a tree that is so far only named (a
        partner's chain), so that it differs from the server's whatever that has.
        """
        if ref.kind is TreeKind.UNIT:
            chain = self._belonging.chains.get(ref.tree)
            name = chain.name if chain else ""
        else:
            control = self._belonging.controls.get(ref.tree)
            name = control.name if control else ""
        return name or (UNREAD if self._trees.is_named(ref.tree) else "")

    def cursor(self, ref: TreeRef) -> TreeCursor:
        """How far the server's copy was read."""
        return TreeCursor(*self._trees.place(ref.tree))

    def take(self, ref: TreeRef, page: TreePage) -> None:
        """Keep what a page of the server's copy brings, and follow it.

        What is forged or was never allowed is dropped; what rests on something missing is kept. Nothing is taken
        beyond the most entries that a tree may have.
        """
        held = self._trees.raws(ref.tree)
        known = {entry_id(raw) for raw in held}
        read = {entry_id(raw): raw for raw in page.entries}
        room = max(0, MAX_ENTRIES - len(known))
        new = dict([item for item in read.items() if item[0] not in known][:room])
        standings = self._standings(ref, (*held, *new.values())) if new else {}
        waiting = sum(standing is Standing.WAITING for standing in standings.values())
        refused = {Standing.BAD, Standing.WAITING} if waiting > MOST_WAITING else {Standing.BAD}
        sound = [Held(each, raw) for each, raw in new.items() if standings.get(each) not in refused]
        with self._database.transaction() as transaction:
            read_to = page.first - 1 + len(page.entries)
            self._trees.note_place(ref.kind.value, ref.tree, page.epoch, read_to, anew=page.first == 1)
            self._trees.keep(ref.kind.value, ref.tree, sound, on_server=True)
            self._trees.note_on_server(ref.tree, known & read.keys())
            if sound:
                transaction.touch("membership", ref.tree)
        if sound:
            self._follow()

    def due(self, ref: TreeRef, max_bytes: int) -> tuple[bytes, ...]:
        """Entries that the server is not known to have, parents first, at least one if there is any; what is owed is
        paid first, where this seat may.
        """
        self._steward.settle()
        chosen: list[bytes] = []
        total = 0
        for item in self._trees.due(ref.tree):
            total += len(item.raw)
            if chosen and total > max_bytes:
                break
            chosen.append(item.raw)
        return tuple(chosen)

    def sent(self, ref: TreeRef, results: tuple[ItemResult, ...]) -> None:
        """The server's word on each entry: what it has now, and what it would not take."""
        with self._database.transaction() as transaction:
            taken = [item.eid for item in results if item.status is not ItemStatus.REJECTED]
            self._trees.note_on_server(ref.tree, taken)
            refused = [(item.eid, item.code) for item in results if item.status is ItemStatus.REJECTED]
            self._trees.refused(ref.tree, refused)
            transaction.touch("membership", ref.tree)

    def _standings(self, ref: TreeRef, raws: Iterable[bytes]) -> Mapping[str, Standing]:
        if ref.kind is TreeKind.UNIT:
            return fold_chain(ref.tree, raws).standings
        return fold_control(ref.tree, raws, self._belonging.chains).standings

    # -- the unit's mailbox

    def mailbox(self) -> str:
        """The unit whose mailbox this seat empties as a lead; "" for everybody else."""
        chain = self._belonging.own_chain
        return chain.unit if chain is not None and self._steward.is_lead else ""

    def take_mailbox(self, box: EnrolBox) -> tuple[str, ...]:
        """Keep the requests that wait for a lead's word; returns the ids of those that were decided here."""
        ids = [item.id for item in box.items]
        rows = [(item.id, item.invitation, item.sealed) for item in box.items]
        with self._database.transaction() as transaction:
            before = self._database.value("SELECT count(*) FROM enrolment")
            self._database.executemany(
                "INSERT OR IGNORE INTO enrolment (invitation, signed, sealed) VALUES (?, ?, ?)", rows
            )
            if self._database.value("SELECT count(*) FROM enrolment") != before:
                transaction.touch("membership")
        decided = self._database.query(
            "SELECT invitation FROM enrolment WHERE decided <> '' AND invitation IN (SELECT value FROM json_each(?))",
            (among(ids),),
        )
        return tuple(row[0] for row in decided)
