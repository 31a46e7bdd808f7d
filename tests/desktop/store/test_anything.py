"""Whatever a partner's client writes into a field, the page is taken and every screen's question is answered."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.model.case import CaseloadQuery
from desktop.model.record import CaseKey
from desktop.store.store import Store
from sync.change import Assign, Change, Seen, encode
from sync.errors import BadEntry
from sync.records import RECORDS, SpaceKind, Writing
from tests.desktop.store.laptops import PRACTICE, Log, discard, laptop, writer

TAG = "c3" * 16
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

HOMES = {"shared": (SpaceKind.SHARED, "h1"), "police": (SpaceKind.UNIT, "p2")}
"""Where a page may come from: a partner, or a colleague of the own unit."""
KINDS = sorted(kind for kind, rule in RECORDS.items() if rule.homes & {SpaceKind.SHARED, SpaceKind.UNIT})
FIELDS = (
    "code_name", "lead_worker", "status", "review_on", "name", "aliases", "role", "present", "address",
    "address_protected", "rule", "raised", "do_now", "step_0", "label", "grade", "considered", "dissent", "tool_result",
    "tool", "circumstances", "lines", "answers", "flags", "reason", "victim_view", "on", "title", "state", "due",
    "owner", "unit", "starts", "ends", "renew_by", "order_kind", "recipient", "basis", "from_unit", "to_unit",
    "urgency", "spoken_reference", "referral", "after", "call_logged", "values", "kept", "of_kind", "of_field",
    "source", "copies", "items", "safe_contact", "shared", "",
)  # fmt: skip
DATES = ("0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31", "9999-12-31T23:59:59-14:00", "2026-W48-1", "20261123")
WORDS = st.sampled_from(["", "yes", "high", "withdrawn", "accepted", "\x00", "é", "2026-11-23T10:00:00Z", *DATES])
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | WORDS | st.text()
PARTS = st.sampled_from(
    ["grade", "score", "answer", "weight", "code", "freely", "by_phone", "act", "level", "number", "days", "from", "to",
     "expires", "verified", "undecided", "voicemail", "space", "tag", "record", "value", "author", "unit", "at"]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PARTS, inner, max_size=4), max_leaves=6
)
RECORD = st.sampled_from(["w", "case", "agreed", "\x00", ""])
WRITES = st.lists(st.tuples(st.sampled_from(KINDS), RECORD, st.sampled_from(FIELDS), VALUES), min_size=1, max_size=4)
TIMES = st.sampled_from(["2026-11-23T08:00:00+00:00", "", "soon", "\x00", *DATES])


def _assigns(writes: list[tuple[str, str, str, Any]]) -> tuple[Assign, ...]:
    once = {kind for kind in KINDS if RECORDS[kind].writing is Writing.WRITE_ONCE}
    found = (Assign(kind, None if kind in once else rid, name, value) for kind, rid, name, value in writes)
    return tuple({(item.kind, item.record, item.field): item for item in found}.values())


def ask_everything(store: Store, key: CaseKey) -> None:
    """What the screens ask."""
    store.cases.caseload(CaseloadQuery(statuses=frozenset()))
    if store.cases.records(key):
        store.cases.file(key)
    store.today.items(NOW)
    store.referrals.list()
    store.conflicts.open()
    store.conflicts.decided()
    store.queue.items()
    store.search.find("high")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(HOMES)), st.lists(st.tuples(WRITES, TIMES), min_size=1, max_size=3))
def test_no_value_of_a_partner_stops_the_page_or_a_screen(home: str, changes: list[tuple[list[Any], str]]) -> None:
    one = laptop("p1")
    space = PRACTICE.spaces[home]
    try:
        hand = writer(HOMES[home][1], home)
        raw_key, key_id, secret = hand.key_entry(TAG)
        log = Log()
        log.push(raw_key)
        for writes, at in changes:
            sets = tuple(item for item in _assigns(writes) if HOMES[home][0] in RECORDS[item.kind].homes)
            body = _body(space, hand.keys.seat_id, sets, at)
            if body is not None:
                log.push(hand.entry(TAG, key_id, secret, body))
        one.store.replica.take_page(space, log.page(one.store.replica.cursor(space)))
        assert one.store.replica.cursor(space).seq == len(log.entries)
        ask_everything(one.store, CaseKey(space, TAG))
    finally:
        discard(one)


def _body(space: str, seat: str, sets: tuple[Assign, ...], at: str) -> bytes | None:
    """A body as a foreign client may make it; None for one that the rules of form refuse already."""
    change = Change(space, TAG, seat, 1, "", Seen("", 0, "", ""), at, "UTC", "00" * 16, sets)
    try:
        return encode(change)
    except BadEntry:
        return None
