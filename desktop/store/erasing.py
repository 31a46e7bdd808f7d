"""Erasing and freezing files: a lead's wish waits for the server, an erasure that leads signed is carried out at once.

An erasure is a control entry (`sync.acts.Erase`) and ends a file for ever. Here everything of the file goes: values,
search words, outbox, tray, what lay aside, drafts, keys; the ids of its entries stay, so that nothing of it is taken
again by any way. Leaves the judging of the entry to `sync.control`, the words on a screen to the views.
"""

import re
from collections.abc import Callable
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
from desktop.store.migrate import forget_copies, statements
from desktop.store.seat import SeatIdentity
from desktop.store.stewarding import Stewarding
from desktop.store.trees import SPACE, Held, Trees
from sync.acts import Act, Erase, Freeze, Unfreeze
from sync.errors import SyncError
from sync.founding import Signer
from sync.intents import Intent, decode_intent, encode_intent, settle_in_space
from sync.tree import entry_id

KIND = "erased"
"""What `Changed` names when a file went or something came for one that had gone."""


@dataclass(frozen=True)
class Erased:
    """A file that was erased: how many changes went from this laptop, and how many of them no server has seen.

    `late`: entries that came for it afterwards, by whatever way, and were dropped.
    """

    key: CaseKey
    at: str
    changes: int
    unsent: int
    late: int = 0


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
        self._swept = False
        self.gone: Callable[[], object] = lambda: None
        """Called after files went, for what lies outside the store."""

    # -- a lead's wishes

    def erase(self, key: CaseKey) -> None:
        """Ask for a file to be erased when the server is reached, so that a freeze which it knows is respected.

        Raises KnownError `erase.not_allowed`, `erase.frozen`.
        """
        if self.is_frozen(key):
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

    def asked(self) -> tuple[CaseKey, ...]:
        """Files that a lead has asked to erase and for which another lead's word is still needed."""
        controls = self._belonging.controls.items()
        return tuple(CaseKey(space, tag) for space, control in controls for tag in sorted(control.erasing))

    def is_frozen(self, key: CaseKey) -> bool:
        """Whether leads froze a file: it is kept whatever its age, and cannot be erased."""
        control = self._belonging.controls.get(key.space)
        return control is not None and key.tag in control.frozen

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
        """Erase here what the control trees say is erased; returns what went now. Called before anything is shown.

        Each file goes in a transaction of its own. What was stopped between its end and the sweep is swept at the
        next opening.
        """
        done = {(row[0], row[1]) for row in self._database.query("SELECT space, tag FROM erased")}
        gone = tuple(
            self._wipe(CaseKey(space, tag))
            for space, control in self._belonging.controls.items()
            for tag in sorted(control.erased)
            if (space, tag) not in done
        )
        if gone or (done and not self._swept):
            self.gone()
            forget_copies(self._database.path)
            self._database.checkpoint()  # else the pages of before would lie on in the write-ahead log
        self._swept = True
        return gone

    def erased(self) -> tuple[Erased, ...]:
        """Every file that this laptop erased, the newest last."""
        return self._erased("1")

    def untold(self) -> tuple[Erased, ...]:
        """Those of which the person has not read yet how much of them went from here, or came later and was dropped."""
        return self._erased("changes + late > seen")

    def put_away(self, key: CaseKey) -> None:
        """The person has read that a file was erased."""
        with self._database.transaction() as transaction:
            self._database.execute(
                "UPDATE erased SET seen = changes + late WHERE space = ? AND tag = ?", (key.space, key.tag)
            )
            transaction.touch(KIND, key.tag)

    def _erased(self, which: str) -> tuple[Erased, ...]:
        rows = self._database.query(
            f"SELECT space, tag, at, changes, unsent, late FROM erased WHERE {which} ORDER BY id"  # noqa: S608  our own words
        )
        return tuple(Erased(CaseKey(row[0], row[1]), *tuple(row)[2:]) for row in rows)

    def _wipe(self, key: CaseKey) -> Erased:
        now = stamp(self._clock())
        with self._database.transaction() as transaction:
            erased = self._database.insert(
                "INSERT INTO erased (space, tag, at, changes, unsent) VALUES (?, ?, ?, 0, 0)", (key.space, key.tag, now)
            )
            space, row = self._files.space(key.space), self._files.known(key)
            values = {"erased": erased, "space": space, "row": row, "tag": key.tag, "ref": key.ref}
            moved = self._neighbours(row)
            for statement in _STEPS:
                self._database.execute(statement, {name: values[name] for name in _NAMES.findall(statement)})
            self._caseload.refresh(moved)
            counts = self._database.query("SELECT changes, unsent FROM erased WHERE id = ?", (erased,))[0]
            transaction.touch(KIND, key.tag)
            transaction.touch("case", key.tag)
            transaction.touch("draft")
            transaction.touch("outbox", key.space)
        return Erased(key, now, *counts)

    def _neighbours(self, row: int | None) -> set[int]:
        """The files whose lines show something of this one, and itself."""
        if row is None:
            return set()
        return {row, self._files.case_of(row), *self._files.shared_of((row,)).get(row, ())}


_NAMES = re.compile(r":([a-z]+)")
_SQL = """
UPDATE erased SET changes = (SELECT count(*) FROM change WHERE tag = :row),
       unsent = (SELECT count(*) FROM outbox WHERE tag = :row AND change IS NOT NULL AND state <> 'acked')
 WHERE id = :erased;
INSERT INTO entry (space, eid, erased)
    SELECT space, eid, :erased FROM outbox WHERE tag = :row
     UNION SELECT space, eid, :erased FROM bad_entry WHERE space = :space AND tag = :tag
    ON CONFLICT (space, eid) DO UPDATE SET erased = excluded.erased;
UPDATE entry SET change = NULL, case_key = NULL, erased = :erased
 WHERE change IN (SELECT id FROM change WHERE tag = :row)
    OR case_key IN (SELECT id FROM case_key WHERE tag = :row);
DELETE FROM outbox WHERE tag = :row;
DELETE FROM bad_entry WHERE space = :space AND tag = :tag;
DELETE FROM audit_text
 WHERE n IN (SELECT n FROM audit_line
              WHERE subject IN (:tag, :ref) OR subject IN (SELECT rid FROM record WHERE tag = :row));
DELETE FROM search WHERE rowid IN (SELECT id FROM record WHERE tag = :row);
DELETE FROM contested WHERE record IN (SELECT id FROM record WHERE tag = :row);
DELETE FROM value WHERE record IN (SELECT id FROM record WHERE tag = :row);
DELETE FROM record WHERE tag = :row;
CREATE INDEX entry_while_erasing ON entry (change) WHERE change IS NOT NULL;
DELETE FROM change WHERE tag = :row;
DROP INDEX entry_while_erasing;
DELETE FROM case_key WHERE tag = :row;
UPDATE tag SET unit_tag = NULL WHERE unit_tag = :row OR id = :row;
DELETE FROM draft WHERE case_ref = :ref;
DELETE FROM edit WHERE case_ref = :ref;
"""
_STEPS = tuple(statements(_SQL))
"""In this order: what refers before what is referred to. What stays is the ids of the entries, with a mark.

Without the index every deleted change costs a walk over all entries, for the foreign key's sake; kept for good it
would cost every reading of a log more than an erasure saves.
"""
