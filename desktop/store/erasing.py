"""Erasing and freezing files: a lead's wish waits for the server, an erasure that leads signed is carried out at once.

An erasure is a control entry (`sync.acts.Erase`) and ends a file for ever. Here everything of the file goes: values,
search words, outbox, tray, what lay aside, drafts, keys; the ids of its entries stay, so that nothing of it is taken
again by any way. Leaves the judging of the entry to `sync.control`, the words on a screen to the views.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from desktop.errors import KnownError
from desktop.model.moment import stamp
from desktop.model.record import CaseKey
from desktop.store.belonging import Belonging
from desktop.store.caseload import Caseload
from desktop.store.database import Database
from desktop.store.files import Files
from desktop.store.keysets import among
from desktop.store.seat import SeatIdentity
from desktop.store.stewarding import Stewarding
from desktop.store.trees import SPACE, Held, Trees
from sync.acts import Act, Erase, Freeze, Unfreeze
from sync.errors import SyncError
from sync.founding import Signer
from sync.intents import Intent, decode_intent, encode_intent, settle_in_space
from sync.tree import entry_id


@dataclass(frozen=True)
class Erased:
    """A file that was erased: how many changes went from this laptop, and how many of them no server has seen."""

    key: CaseKey
    at: str
    changes: int
    unsent: int


@dataclass(frozen=True)
class Meant:
    """An act that waits for the server, or (`code`) cannot be done any more: `act` is erase, freeze or unfreeze."""

    row: int
    act: str
    keys: tuple[CaseKey, ...]
    at: str
    code: str


class _Named(msgspec.Struct):
    kind: str = msgspec.field(name="is")
    tags: tuple[str, ...] = ()


class Erasing:
    """The tables `erased` and `intent`. As the round's steward it also pays what `Stewarding` finds owed."""

    def __init__(
        self,
        database: Database,
        seat: SeatIdentity,
        trees: Trees,
        belonging: Belonging,
        stewarding: Stewarding,
        *,
        files: Files,
        caseload: Caseload,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._seat = seat
        self._files = files
        self._caseload = caseload
        self._trees = trees
        self._belonging = belonging
        self._stewarding = stewarding
        self._clock = clock

    # -- a lead's wishes

    def erase(self, key: CaseKey) -> None:
        """Ask for a file to be erased when the server is reached, so that a freeze which it knows is respected.

        Raises KnownError `erase.not_allowed`, `erase.frozen`.
        """
        control = self._belonging.controls.get(key.space)
        if control is not None and key.tag in control.frozen:
            raise KnownError(
                "erase.frozen",
                "This file is frozen, so it cannot be erased.",
                "Ask the lead who froze it to lift the freeze first.",
            )
        self._mean(key, Erase((key.tag,)))

    def freeze(self, key: CaseKey) -> None:
        """Ask for a file to be kept whatever its age. Raises KnownError `erase.not_allowed`."""
        self._mean(key, Freeze((key.tag,)))

    def unfreeze(self, key: CaseKey) -> None:
        """Lift a freeze. Raises KnownError `erase.not_allowed`."""
        self._mean(key, Unfreeze((key.tag,)))

    def meant(self) -> tuple[Meant, ...]:
        """What waits for the server, and what it came too late for."""
        found: list[Meant] = []
        for row, body, code in self._database.query("SELECT id, body, code FROM intent ORDER BY id"):
            intent = decode_intent(body)
            named = msgspec.json.decode(intent.act, type=_Named)
            keys = tuple(CaseKey(intent.tree, tag) for tag in named.tags)
            found.append(Meant(row, named.kind, keys, intent.at, code))
        return tuple(found)

    def withdraw(self, row: int) -> None:
        """Take a wish back, or put one away that cannot be done any more."""
        with self._database.transaction() as transaction:
            self._database.execute("DELETE FROM intent WHERE id = ?", (row,))
            transaction.touch("membership")

    def _mean(self, key: CaseKey, act: Act) -> None:
        if not self.is_lead:
            raise KnownError(
                "erase.not_allowed",
                "Only a lead of your unit may erase or freeze a file.",
                "Ask a lead of your unit.",
            )
        intent = Intent.of(key.space, act, stamp(self._clock()))
        with self._database.transaction() as transaction:
            self._database.insert("INSERT INTO intent (body) VALUES (?)", (encode_intent(intent),))
            transaction.touch("membership", key.tag)

    # -- as the round's steward

    @property
    def is_lead(self) -> bool:
        return self._stewarding.is_lead

    def settle(self) -> None:
        """The server is reached: sign what was meant, on the newest heads. What may not be done keeps its code."""
        self._stewarding.settle()
        for row, body in self._database.query("SELECT id, body FROM intent WHERE code = '' ORDER BY id"):
            self._settle(row, decode_intent(body))

    def _settle(self, row: int, intent: Intent) -> None:
        control = self._belonging.controls.get(intent.tree)
        if control is None:
            return
        signer = Signer.seat(self._seat.seat_keys, self._seat.unit)
        try:
            raw = settle_in_space(intent, signer, control, self._belonging.chains)
        except SyncError as error:
            with self._database.transaction() as transaction:
                self._database.execute("UPDATE intent SET code = ? WHERE id = ?", (error.code, row))
                transaction.touch("membership")
            return
        with self._database.transaction() as transaction:
            if raw is not None:
                self._trees.keep(SPACE, intent.tree, [Held(entry_id(raw), raw)], on_server=False)
            self._database.execute("DELETE FROM intent WHERE id = ?", (row,))
            transaction.touch("membership", intent.tree)
        self._belonging.refresh()
        self.carry_out()

    # -- carrying out

    def carry_out(self) -> tuple[Erased, ...]:
        """Erase here what the control trees say is erased; returns what went now. Called before anything is shown."""
        done = {(row[0], row[1]) for row in self._database.query("SELECT space, tag FROM erased")}
        wanted = {
            space: [tag for tag in sorted(control.erased) if (space, tag) not in done]
            for space, control in self._belonging.controls.items()
        }
        gone = [each for space, tags in wanted.items() if tags for each in self._wipe(space, tags)]
        if gone:
            self._database.checkpoint()  # else the pages of before would lie on in the write-ahead log
        return tuple(gone)

    def erased(self) -> tuple[Erased, ...]:
        """Every file that this laptop erased, the newest last: to be told to who wrote in it."""
        rows = self._database.query("SELECT space, tag, at, changes, unsent FROM erased ORDER BY id")
        return tuple(Erased(CaseKey(row[0], row[1]), row[2], row[3], row[4]) for row in rows)

    def _wipe(self, space: str, tags: Iterable[str]) -> list[Erased]:
        now = stamp(self._clock())
        told: list[Erased] = []
        with self._database.transaction() as transaction:
            for tag in tags:
                key = CaseKey(space, tag)
                row = self._files.known(key)
                counts = (0, 0) if row is None else self._wipe_file(key, row)
                told.append(Erased(key, now, *counts))
                self._database.insert(
                    "INSERT INTO erased (space, tag, at, changes, unsent) VALUES (?, ?, ?, ?, ?)",
                    (space, tag, now, *counts),
                )
                transaction.touch("case", tag)
            transaction.touch("outbox", space)
        return told

    def _wipe_file(self, key: CaseKey, row: int) -> tuple[int, int]:
        """Everything of one file; returns (changes held, changes that no server has)."""
        moved = {row, self._files.case_of(row), *self._files.shared_of((row,)).get(row, ())}
        changes = int(self._database.value("SELECT count(*) FROM change WHERE tag = ?", (row,)))
        unsent = int(
            self._database.value(
                "SELECT count(*) FROM outbox WHERE tag = ? AND change IS NOT NULL AND state <> 'acked'", (row,)
            )
        )
        records = [one[0] for one in self._database.query("SELECT id FROM record WHERE tag = ?", (row,))]
        self._database.executemany("DELETE FROM search WHERE rowid = ?", [(one,) for one in records])
        for statement in _OF_RECORDS:
            self._database.execute(statement, (among(records),))
        for statement, named in _OF_FILE:
            values = {"row": row, "tag": key.tag, "ref": key.ref}
            self._database.execute(statement, {name: values[name] for name in named})
        self._caseload.refresh(moved)
        return changes, unsent


_OF_RECORDS = (
    (
        "DELETE FROM audit_text WHERE n IN (SELECT n FROM audit_line WHERE subject IN (SELECT rid FROM record"
        " WHERE id IN (SELECT value FROM json_each(?))))"
    ),
    "DELETE FROM contested WHERE record IN (SELECT value FROM json_each(?))",
    "DELETE FROM value WHERE record IN (SELECT value FROM json_each(?))",
    "DELETE FROM record WHERE id IN (SELECT value FROM json_each(?))",
)
_OF_FILE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("DELETE FROM outbox WHERE tag = :row", ("row",)),
    (
        "DELETE FROM bad_entry WHERE tag = :tag AND space = (SELECT space FROM tag WHERE id = :row)",
        (
            "row",
            "tag",
        ),
    ),
    ("UPDATE entry SET change = NULL WHERE change IN (SELECT id FROM change WHERE tag = :row)", ("row",)),
    ("UPDATE entry SET case_key = NULL WHERE case_key IN (SELECT id FROM case_key WHERE tag = :row)", ("row",)),
    ("DELETE FROM change WHERE tag = :row", ("row",)),
    ("DELETE FROM case_key WHERE tag = :row", ("row",)),
    ("UPDATE tag SET unit_tag = NULL WHERE unit_tag = :row OR id = :row", ("row",)),
    ("DELETE FROM draft WHERE case_ref = :ref", ("ref",)),
    ("DELETE FROM edit WHERE case_ref = :ref", ("ref",)),
    (
        "DELETE FROM audit_text WHERE n IN (SELECT n FROM audit_line WHERE subject IN (:tag, :ref))",
        (
            "tag",
            "ref",
        ),
    ),
)
"""In this order: what refers before what is referred to."""
