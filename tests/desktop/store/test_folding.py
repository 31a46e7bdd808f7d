"""The fold on disk is `sync.merge.fold`, whatever the order, the batches, the doubles and the way the changes came."""

import itertools
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.store.packing import unpack
from desktop.store.store import Store
from sync.accept import Verdict, accept
from sync.change import Assign, Change, ValueId, decode
from sync.merge import fold
from tests.desktop.store.laptops import EPOCH, PRACTICE, Laptop, Log, Writer, discard, laptop, writer

TAGS = ("a1" * 16, "b2" * 16)
EDITABLE = (("case", "case"), ("person", "p"), ("newer_kind", "x"))
FIELDS = ("aim", "name")

Edit = tuple[str, str, list[tuple[tuple[str, str | None], str, int, set[int]]]]
State = dict[tuple[str, str, str, str], list[ValueId]]

_edits = st.lists(
    st.tuples(
        st.sampled_from(("p1", "p2", "closed")),
        st.sampled_from(TAGS),
        st.lists(
            st.tuples(
                st.sampled_from((*EDITABLE, ("note", None), ("person", None), ("referral", None))),
                st.sampled_from(FIELDS),
                st.integers(0, 2),
                st.sets(st.integers(0, 11), max_size=4),
            ),
            min_size=1,
            max_size=3,
            unique_by=lambda item: (item[0], item[1]),
        ),
    ),
    min_size=1,
    max_size=12,
)


def written(edits: Sequence[Edit]) -> list[tuple[str, bytes, bytes]]:
    """(cid, entry, key entry) of each edit; `over` names earlier values by number, also of other fields."""
    police = {name: writer(name, "police") for name in ("p1", "p2")}
    foreign = Writer(type(police["p1"].keys).generate(), police["p1"].space, police["p1"].space_key)
    keys = {tag: police["p1"].key_entry(tag) for tag in TAGS}
    values: list[ValueId] = []
    made = []
    for seat, tag, sets in edits:
        hand = police.get(seat, foreign)
        assigns = [
            Assign(kind, record, name, content, tuple(values[at] for at in sorted(over) if at < len(values)))
            for (kind, record), name, content, over in sets
        ]
        cid, body = hand.change(tag, *assigns)
        values.extend((cid, place) for place in range(len(assigns)))
        raw_key, key_id, secret = keys[tag]
        made.append((cid, hand.entry(tag, key_id, secret, body), raw_key))
    return made


def state_of(store: Store) -> State:
    """Every field of the unit space with its live values, straight from the tables."""
    rows = store.database.query(
        "SELECT t.tag, r.kind, r.rid, v.field, c.cid, v.place FROM value v JOIN record r ON r.id = v.record"
        " JOIN tag t ON t.id = r.tag JOIN change c ON c.id = v.change WHERE v.live = 1"
    )
    found: State = {}
    for tag, kind, rid, name, cid, place in rows:
        found.setdefault((tag, kind, rid, name), []).append((cid, place))
    once = store.database.query(
        "SELECT t.tag, r.kind, r.rid, c.cid, c.body FROM record r JOIN tag t ON t.id = r.tag"
        " JOIN change c ON c.id = r.once WHERE c.verdict = 'ok'"
    )
    for tag, kind, rid, cid, body in once:
        if kind in {"note", "referral"}:
            found.setdefault((tag, kind, rid, ""), []).append((rid, -1))
            continue
        for place, assign in enumerate(decode(unpack(body)).set):
            if (assign.kind, assign.record or cid) == (kind, rid):
                found.setdefault((tag, kind, rid, assign.field), []).append((cid, place))
    return {key: sorted(ids) for key, ids in found.items()}


def expected(changes: Sequence[tuple[Change, str, Verdict]]) -> State:
    found: State = {}
    for (tag, kind, record, name), live in fold(changes).items():
        if kind in {"note", "referral"}:
            found[tag, kind, record, ""] = [(record, -1)]
        else:
            found[tag, kind, record, name] = [value.id for value in live]
    return found


def take(store: Store, raws: Sequence[bytes], sizes: Sequence[int]) -> None:
    """Let a laptop read these entries in pages of these sizes."""
    log = Log(EPOCH)
    log.push(*raws)
    space = PRACTICE.spaces["police"]
    for size in itertools.cycle(sizes):
        cursor = store.replica.cursor(space)
        if cursor.seq == len(log.entries):
            return
        store.replica.take_page(space, log.page(cursor, size))


def judged(cids: Sequence[str], one: Laptop) -> list[tuple[Change, str, Verdict]]:
    membership = PRACTICE.roster.membership(PRACTICE.spaces["police"])
    bodies = {row[0]: row[1] for row in one.store.database.query("SELECT cid, body FROM change")}
    changes = [(decode(unpack(bodies[cid])), cid) for cid in cids]
    return [(change, cid, accept(change, cid, membership)) for change, cid in changes]


@settings(max_examples=40)
@given(_edits, st.lists(st.integers(1, 5), min_size=1, max_size=3), st.data())
def test_the_state_is_the_fold_of_the_set(edits: list[Edit], sizes: list[int], data: st.DataObject) -> None:
    made = written(edits)
    entries = [item[1] for item in made] + sorted({item[2] for item in made})
    doubled = entries + data.draw(st.lists(st.sampled_from(entries), max_size=3))
    orders = [data.draw(st.permutations(doubled)) for _ in range(2)]
    one, two = laptop("p1"), laptop("p2")
    try:
        take(one.store, orders[0], sizes)
        take(two.store, orders[1], [3])
        cids = [item[0] for item in made]
        assert state_of(one.store) == expected(judged(cids, one))
        assert state_of(one.store) == state_of(two.store)
        space = PRACTICE.spaces["police"]
        assert one.store.ledger.fold_hash(space) == two.store.ledger.fold_hash(space)
        assert one.store.cases.caseload() == two.store.cases.caseload()
        rebuilt = {(view.home, view.id) for view in one.store.conflicts.open()}
        assert rebuilt == {(view.home, view.id) for view in two.store.conflicts.open()}
    finally:
        discard(one, two)
