"""What every laptop must hold and show, kept without the product's fold: an account of all changes ever finished.

It reads signed bytes out of the laptops' files and draws its own conclusions: which values nobody has replaced.
"""

from collections import defaultdict
from collections.abc import Iterable
from random import Random

from desktop.store.packing import unpack
from desktop.store.store import Store
from sync import merge
from sync.accept import Verdict, accept
from sync.change import Change, ValueId, cid_of, decode
from sync.identity import Membership

Shown = dict[merge.FieldKey, set[ValueId]]


def held(store: Store, space: str) -> dict[str, tuple[bytes, str]]:
    """By cid: the signed bytes and the verdict of every change that a laptop keeps of a space."""
    rows = store.database.query(
        "SELECT c.cid, c.body, c.verdict FROM change c JOIN tag t ON t.id = c.tag JOIN space s ON s.id = t.space"
        " WHERE s.space = ?",
        (space,),
    )
    return {row[0]: (unpack(row[1]), row[2]) for row in rows}


def shown(store: Store, space: str) -> Shown:
    """The live values of a space as the file has them; a write-once record's are those of its change."""
    found: Shown = defaultdict(set)
    for tag, kind, record, field, cid, place in store.database.query(
        "SELECT t.tag, r.kind, r.rid, v.field, c.cid, v.place FROM value v JOIN record r ON r.id = v.record"
        " JOIN tag t ON t.id = r.tag JOIN space s ON s.id = t.space JOIN change c ON c.id = v.change"
        " WHERE v.live = 1 AND s.space = ?",
        (space,),
    ):
        found[tag, kind, record, field].add((cid, place))
    for tag, kind, record, cid, body in store.database.query(
        "SELECT t.tag, r.kind, r.rid, c.cid, c.body FROM record r JOIN tag t ON t.id = r.tag"
        " JOIN space s ON s.id = t.space JOIN change c ON c.id = r.once WHERE c.verdict = 'ok' AND s.space = ?",
        (space,),
    ):
        for place, assign in enumerate(decode(unpack(body)).set):
            if (assign.kind, assign.record or cid) == (kind, record):
                found[tag, kind, record, assign.field].add((cid, place))
    return dict(found)


def expected(changes: Iterable[tuple[str, Change]]) -> Shown:
    """The values that no accepted change of their own field names; all given changes are accepted ones."""
    values: Shown = defaultdict(set)
    named: Shown = defaultdict(set)
    for cid, change in changes:
        for place, assign in enumerate(change.set):
            field = (change.tag, assign.kind, assign.record or cid, assign.field)
            values[field].add((cid, place))
            named[field] |= set(assign.over)
    left = {field: ids - named[field] for field, ids in values.items()}
    return {field: ids for field, ids in left.items() if ids}


class Account:
    """Hears of every change of every laptop. `may_miss`: lost with a disk before anybody else had them."""

    def __init__(self) -> None:
        self.written: dict[str, set[str]] = defaultdict(set)
        self.may_miss: set[str] = set()

    def hear(self, store: Store, space: str, seat: str) -> None:
        rows = store.database.query(
            "SELECT c.cid FROM change c JOIN tag t ON t.id = c.tag JOIN space s ON s.id = t.space"
            " WHERE s.space = ? AND c.seat = ?",
            (space, seat),
        )
        self.written[space] |= {row[0] for row in rows}

    def verify(self, stores: list[Store], membership: Membership, bad: set[str], rng: Random) -> int:
        """Everything of a space against everything else; returns how many changes there are."""
        space = membership.space.id
        copies = [held(store, space) for store in stores]
        assert all(copy == copies[0] for copy in copies), "two laptops keep different changes or verdicts"
        assert self.written[space] - self.may_miss <= copies[0].keys(), "a finished change is not on every member"
        changes: list[tuple[Change, str, Verdict]] = []
        for cid, (body, verdict) in copies[0].items():
            assert cid_of(body) == cid, "the signed bytes are not those that were signed"
            change = decode(body)
            assert accept(change, cid, membership).value == verdict, "a kept verdict is not the verdict of today"
            assert (verdict == Verdict.OK) is (cid not in bad), "a foreign change was judged otherwise than it is"
            changes.append((change, cid, Verdict(verdict)))
        wanted = expected((cid, change) for change, cid, verdict in changes if verdict is Verdict.OK)
        for _ in range(2):
            rng.shuffle(changes)
            folded = merge.fold(changes + changes[: len(changes) // 3])
            ids = {field: {value.id for value in values} for field, values in folded.items()}
            assert ids == wanted, "the fold of the same set in another order is another"
        for store in stores:
            assert shown(store, space) == wanted, "a laptop does not show what follows from what it holds"
        assert len({store.ledger.fold_hash(space) for store in stores}) == 1, "two laptops show different things"
        return len(changes)
