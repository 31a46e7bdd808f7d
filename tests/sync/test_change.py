"""A body is read whole or not at all, and nothing but `BadEntry` comes out of hostile bytes."""

import json
import math
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.change import MAX_COUNT, MAX_DEPTH, MAX_OVER, Assign, Change, cid_of, decode, encode, record_id
from sync.errors import BadEntry
from tests.machines.partnership import dice
from tests.sync.invented import change as invented_change

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
CIDS = st.binary(min_size=32, max_size=32).map(bytes.hex)
OVERS = st.lists(st.tuples(CIDS, st.integers(0, 9)), max_size=4).map(tuple)


def one(**parts: Any) -> Change:
    return msgspec.structs.replace(invented_change(dice(7)), **parts)


def code_of(body: bytes) -> str:
    with pytest.raises(BadEntry) as caught:
        decode(body)
    return caught.value.code


def edited(**parts: Any) -> bytes:
    return json.dumps(json.loads(encode(one())) | parts).encode()


@given(value=VALUES, over=OVERS, n=st.integers(1, MAX_COUNT))
def test_what_is_written_is_read(value: Any, over: tuple[tuple[str, int], ...], n: int) -> None:
    sets = (Assign("case", "r", "aim", value, over), Assign("note", None, "text", [value], ()))
    change = one(set=sets, n=n, prev="" if n == 1 else "ab" * 32)
    body = encode(change)
    assert decode(body) == change
    assert encode(change) == body
    assert len(cid_of(body)) == 64


@given(seed=st.integers(0, 2**32))
def test_invented_changes_survive(seed: int) -> None:
    change = invented_change(dice(seed))
    assert decode(encode(change)) == change


@given(body=st.binary(max_size=300))
def test_random_bytes_are_only_ever_bad(body: bytes) -> None:
    with pytest.raises(BadEntry):
        decode(body)


@given(seed=st.integers(0, 2**32), place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_a_spoilt_body_is_read_or_bad_and_nothing_else(seed: int, place: float, byte: int) -> None:
    body = bytearray(encode(invented_change(dice(seed))))
    body[int(place * len(body))] = byte
    with suppress(BadEntry):
        change = decode(bytes(body))
        assert decode(encode(change)) == change


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b'{"space":"\xff"}',
        b'{"space":"\\ud800"}',
        b"[" * 100_000,
        b'{"n":' + b"9" * 5_000 + b"}",
    ],
)
def test_no_reader_stumbles_over_hostile_json(body: bytes) -> None:
    assert code_of(body) == "body.form"


@pytest.mark.parametrize(
    "parts",
    [
        {"n": 0},
        {"n": -1},
        {"n": MAX_COUNT + 1},
        {"n": 1},
        {"prev": ""},
        {"prev": "AB" * 32},
        {"tag": "../../etc"},
        {"tag": "ab" * 16 + "\n"},
        {"seat": ""},
        {"set": []},
        {"seen": ["", -1, "", ""]},
        {"minor": "1"},
    ],
)
def test_a_body_of_wrong_form_is_bad(parts: dict[str, Any]) -> None:
    assert code_of(edited(**parts)) == "body.form"


def test_limits_hold_at_their_edge_and_break_beyond() -> None:
    def body(over: int, depth: int) -> bytes:
        value: Any = 0
        for _ in range(depth - 1):
            value = [value] if depth % 2 else {"a": value}
        return edited(set=[["case", "r", "aim", value, [["ab" * 32, place] for place in range(over)]]])

    assert decode(body(MAX_OVER, MAX_DEPTH)).set[0].over[-1] == ("ab" * 32, MAX_OVER - 1)
    assert decode(body(0, MAX_DEPTH - 1)).n > 1
    assert code_of(body(MAX_OVER + 1, 1)) == "body.over"
    assert code_of(body(0, MAX_DEPTH + 1)) == "body.depth"


@pytest.mark.parametrize("other", [2, True, "1", None, 1.0])
def test_a_change_does_not_contradict_itself(other: Any) -> None:
    twice = [["case", "r", "aim", 1], ["case", "r", "status", other], ["case", "r", "aim", other]]
    assert code_of(edited(set=twice)) == "body.twice"


def test_one_value_may_answer_more_ids_than_one_list_holds() -> None:
    ids = [(f"{place:064x}", 0) for place in range(MAX_OVER + 6)]
    parts = tuple(Assign("case", "r", "aim", {"x": 1}, tuple(part)) for part in (ids[:MAX_OVER], ids[MAX_OVER:]))
    assert decode(encode(one(set=parts))).set == parts


def test_parts_of_a_newer_client_do_not_stop_an_older_one() -> None:
    newer = edited(minor=9, mood="new", set=[["kind of tomorrow", "r", "f", {"x": 1}, [], "more", {}]])
    assert decode(newer).set == (Assign("kind of tomorrow", "r", "f", {"x": 1}),)


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, "\ud800", object(), [[math.nan]], {"a": -math.inf}],
    ids=lambda value: type(value).__name__,
)
def test_nothing_is_written_that_would_be_read_as_something_else(value: Any) -> None:
    with pytest.raises(BadEntry) as caught:
        encode(one(set=(Assign("case", "r", "aim", value),)))
    assert caught.value.code == "body.form"


def test_nothing_is_written_that_nobody_could_read() -> None:
    ids = tuple(("ab" * 32, place) for place in range(MAX_OVER + 1))
    with pytest.raises(BadEntry) as caught:
        encode(one(set=(Assign("case", "r", "aim", 1, ids),)))
    assert caught.value.code == "body.over"
    with pytest.raises(BadEntry):
        encode(one(seat="not hex"))


def test_a_tuple_is_written_as_a_list() -> None:
    assert decode(encode(one(set=(Assign("case", "r", "aim", (1, (2,))),)))).set[0].value == [1, [2]]


def test_a_record_without_an_id_is_named_by_its_change() -> None:
    assert record_id(Assign("note", None, "text", "x"), "cid") == "cid"
    assert record_id(Assign("case", "r", "aim", "x"), "cid") == "r"


@pytest.mark.parametrize("part", ["at", "zone", "form", "salt"])
def test_a_text_that_many_databases_would_cut_is_refused(part: str) -> None:
    assert code_of(edited(**{part: "2026\0"})) == "body.form"


@pytest.mark.parametrize("names", [("no\0te", "r", "f"), ("note", "r\0", "f"), ("note", "r", "\0")])
def test_no_kind_record_or_field_hides_behind_another(names: tuple[str, str, str]) -> None:
    assert code_of(edited(set=[[*names, "value"]])) == "body.form"
    with pytest.raises(BadEntry):
        encode(one(set=(Assign(*names, "value"),)))
