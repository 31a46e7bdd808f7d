"""The program on a laptop, without its window: what a person does to the product's store, and the product's round.

Whatever it wrote is told with every answer, so that whoever watches knows what must not be lost. Leaves processes to
`laptop`.
"""

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.model.record import CaseKey, FieldView
from desktop.store.packing import unpack
from desktop.store.reading import Reading
from desktop.store.seat import SeatIdentity
from desktop.store.sharing import Chosen
from desktop.store.spool_round import SpoolSending, Ticket, deliver
from desktop.store.store import Store
from sync.change import Assign, decode
from sync.client import Carry
from sync.protocol import NetCall
from sync.transport import Transport
from tests.sync.driver import drive


@dataclass
class Crash:
    """Kills this very process just before the statement that it waits for."""

    left: int = 0

    def observe(self, _number: int, _sql: str) -> None:
        if self.left:
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)


class Program:
    """One unlocked profile."""

    def __init__(self, store: Store, seat: SeatIdentity, crash: Crash) -> None:
        self._store = store
        self._seat = seat
        self._crash = crash
        self._carry = Carry()
        self._told = 0

    def obey(self, command: dict[str, Any]) -> Any:
        """Carry out one command. `at_statement` k: the program is killed just before its statement k."""
        self._crash.left = command.pop("at_statement", 0)
        answer = getattr(self, f"do_{command['do']}")(
            **{name: value for name, value in command.items() if name != "do"}
        )
        self._crash.left = 0
        return answer

    def written(self) -> list[Any]:
        """The changes of this seat that were not told yet: cid, space, tag, and what they set."""
        rows = self._store.database.query(
            "SELECT id, cid, body FROM change WHERE seat = ? AND id > ? ORDER BY id", (self._seat.seat_id, self._told)
        )
        told = []
        for row in rows:
            change = decode(unpack(row["body"]))
            sets = [[one.kind, one.record, one.field, one.value, one.over] for one in change.set]
            told.append({"cid": row["cid"], "space": change.space, "tag": change.tag, "sets": sets})
            self._told = row["id"]
        return told

    # -- a person's work

    def do_new(self, code_name: str) -> list[str]:
        key = self._store.cases.new(code_name)
        return [key.space, key.tag]

    def do_share(self, case: list[str], space: str) -> list[str]:
        chosen = [Chosen("case", "case", ("code_name", "aim", "status"))]
        shared = self._store.cases.share(CaseKey(*case), space, chosen, basis="Danger to life")
        return [shared.space, shared.tag]

    def do_edit(self, case: list[str], kind: str, record: str, field: str, value: Any) -> str:
        """As the screen does: `over` is what the field shows now."""
        key = CaseKey(*case)
        shown = self._field(key, kind, record, field)
        return self._store.cases.edit(key, kind, record, field, value, shown.shown_ids if shown else ())

    def do_value(self, case: list[str], kind: str, record: str, field: str) -> Any:
        shown = self._field(CaseKey(*case), kind, record, field)
        return shown.value if shown else None

    def do_add(self, case: list[str], kind: str, fields: Mapping[str, Any]) -> str:
        return self._store.cases.add_record(CaseKey(*case), kind, fields)

    def do_many(self, case: list[str], texts: list[str]) -> int:
        """So many notes at once, in one transaction."""
        with self._store.database.transaction():
            for text in texts:
                self._store.ledger.write_inside(CaseKey(*case), [Assign("note", None, "text", text)])
        return len(texts)

    def do_draft(self, case: list[str], answers: Mapping[str, str]) -> str:
        draft = self._store.drafts.begin("risk", "1", "00", CaseKey(*case).ref)
        self._store.drafts.save_answers(draft, answers)
        return draft

    def do_answers(self, draft: str) -> Mapping[str, str] | None:
        loaded = self._store.drafts.load(draft)
        return loaded.answers if loaded else None

    def do_finish(self, case: list[str], draft: str, fields: Mapping[str, Any], flags: list[dict[str, Any]]) -> str:
        return self._store.forms.finish(CaseKey(*case), draft, fields, form="risk@1", flags=flags)

    def do_resolve(self, field: str, choice: Any, reason: str) -> str:
        (view,) = [view for view in self._store.conflicts.open() if view.field == field]
        return self._store.conflicts.resolve(view, choice, reason)

    # -- what a person sees

    def do_cases(self) -> list[str]:
        return sorted(row.code_name for row in self._store.cases.caseload())

    def do_conflicts(self) -> list[Any]:
        return [
            [view.key.tag, view.kind, view.record, view.field, [side.value for side in view.sides]]
            for view in self._store.conflicts.open()
        ]

    def do_counts(self) -> Mapping[str, int]:
        counts, state = self._store.replica.counts(), self._store.queue.state()
        return {"pending": counts.pending, "refused": counts.refused, "bad": state.bad, "waiting": state.waiting}

    def do_sound(self) -> int:
        """Complaints about the file: 0."""
        return self._store.database.verify()

    # -- the round

    def do_sync(self, address: str, patience: float = 30.0) -> Mapping[str, Any]:
        with Transport(address, insecure_loopback=True, read_seconds=patience) as transport:
            done = drive(self._store.replica, transport.perform, carry=self._carry)
        self._carry = done.carry
        faults = [fault.code for fault in done.faults]
        return {
            "level": done.level,
            "failure": done.failure,
            "faults": faults,
            "pushed": done.pushed,
            "entries": done.entries,
            "conflicts": done.conflicts_new,
            "restarted": len(done.restarted),
        }

    def do_rollbacks(self, address: str) -> list[list[Any]]:
        """What is known of logs that went back, once the server was asked for its operator's notices."""
        rollbacks = self._store.rollbacks
        if rollbacks.asks_for_notices():
            with Transport(address, insecure_loopback=True) as transport:
                rollbacks.take_notices(transport.perform(NetCall("GET", "/v1/restores")).body)
        return [[line.rollback.verdict, line.rollback.put_back] for line in rollbacks.lines()]

    def do_settle(self) -> int:
        """Lay down, read and clear the spool to its end; how many changes were new here."""
        assert self._store.spooling is not None
        changes = 0
        while (step := self._store.spooling.settle()).more:
            changes += step.changes
        return changes + step.changes

    def do_deliver(self, address: str) -> int:
        """What lies in the spool, with the session of the last round; how many entries the server took."""
        server_key = self._store.replica.server_key()
        assert self._store.spooling is not None
        assert server_key is not None
        ticket = Ticket(self._carry.token, self._seat.seat_id, server_key)
        with Transport(address, insecure_loopback=True) as transport:
            done = deliver(SpoolSending(self._store.spooling.spool), ticket, transport.perform)
        return done.entries

    def do_round_trips(self, address: str, case: list[str], record: str, count: int) -> list[float]:
        """Edit, send and read back, again and again over one line; milliseconds of each."""
        spans = []
        with Transport(address, insecure_loopback=True) as transport:
            for number in range(count + 1):
                began = time.perf_counter()
                self.do_edit(case, "action", record, "title", f"round trip {number}")
                self._carry = drive(self._store.replica, transport.perform, carry=self._carry).carry
                spans.append((time.perf_counter() - began) * 1000)
        return spans[1:]

    # -- for whoever watches

    def do_fold(self) -> Mapping[str, Any]:
        """The whole folded state: space → tag → record → what stands, what is in dispute, who said it."""
        rows = self._store.database.query(
            "SELECT t.id, s.space, t.tag FROM tag t JOIN space s ON s.id = t.space ORDER BY s.space, t.tag"
        )
        keys = {row["id"]: CaseKey(row["space"], row["tag"]) for row in rows}
        spaces: dict[str, dict[str, Any]] = {space: {} for space in self._seat.spaces}
        for tag, records in Reading(self._store.database, self._seat).records(keys, founders=True).items():
            if records:
                spaces[keys[tag].space][keys[tag].tag] = {
                    f"{kind} {record}": {name: _plain(field) for name, field in sorted(view.fields.items())}
                    | {"": [view.author, view.unit, view.at]}
                    for (kind, record), view in sorted(records.items())
                }
        return spaces

    def do_hashes(self) -> Mapping[str, str]:
        return {space: self._store.ledger.fold_hash(space) for space in self._seat.spaces}

    def do_close(self) -> None:
        self._store.close()

    def _field(self, key: CaseKey, kind: str, record: str, field: str) -> FieldView | None:
        view = self._store.cases.records(key).get((kind, record))
        return view.fields.get(field) if view else None


def _plain(field: FieldView) -> Mapping[str, Any]:
    return {
        "value": field.value,
        "contested": field.contested,
        "sides": [[side.value, side.ids, side.author, side.at, side.seen_at] for side in field.alternatives],
        "ids": field.shown_ids,
        "author": field.author,
        "at": field.at,
    }
