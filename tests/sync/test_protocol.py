"""The protocol's values: pages that continue a cursor, hashes that chain, bodies that are what they say."""

import hashlib
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.envelope import eid_of
from sync.errors import SyncError
from sync.protocol import (
    EMPTY_LOG_HASH,
    Cursor,
    HaveAsk,
    LogPage,
    PushAnswer,
    SessionAsk,
    SpaceHeads,
    check_page,
    decode,
    encode,
    next_hash,
)

EPOCH = "e0" * 16
RAWS = st.lists(st.binary(min_size=1, max_size=20), max_size=12)


def page_of(raws: list[bytes], start: int, stop: int, epoch: str = EPOCH) -> LogPage:
    """The entries after `start` up to `stop` of a log, as an honest server gives them."""
    log_hash = EMPTY_LOG_HASH
    for raw in raws[:stop]:
        log_hash = next_hash(log_hash, eid_of(raw))
    return LogPage(epoch, start + 1, tuple(raws[start:stop]), log_hash, len(raws))


def test_the_running_hash_is_sha256_over_hash_and_eid() -> None:
    eid = "ab" * 32
    assert next_hash(EMPTY_LOG_HASH, eid) == hashlib.sha256(bytes(32) + bytes.fromhex(eid)).hexdigest()


@given(raws=RAWS, cuts=st.lists(st.integers(0, 12), max_size=4))
def test_however_a_log_is_cut_into_pages_the_same_end_comes_out(raws: list[bytes], cuts: list[int]) -> None:
    cursor, read = Cursor(), list[bytes | None]()
    for stop in sorted({min(cut, len(raws)) for cut in cuts} | {len(raws)}):
        entries, cursor = check_page(cursor, page_of(raws, cursor.seq, stop))
        read += [entry.raw for entry in entries]
    assert read == raws
    assert cursor == Cursor(EPOCH, len(raws), page_of(raws, 0, len(raws)).log_hash)


LIES: dict[str, tuple[str, Callable[[LogPage], LogPage]]] = {
    "entry dropped": ("log.hash", lambda page: msgspec.structs.replace(page, entries=page.entries[1:])),
    "entry changed": ("log.hash", lambda page: msgspec.structs.replace(page, entries=(b"z", *page.entries[1:]))),
    "entries swapped": ("log.hash", lambda page: msgspec.structs.replace(page, entries=page.entries[::-1])),
    "body withheld": ("log.hash", lambda page: msgspec.structs.replace(page, entries=(None, *page.entries[1:]))),
    "another hash": ("log.hash", lambda page: msgspec.structs.replace(page, log_hash="ab" * 32)),
    "a gap": ("log.gap", lambda page: msgspec.structs.replace(page, first_seq=page.first_seq + 1)),
    "from the start": ("log.gap", lambda page: msgspec.structs.replace(page, first_seq=1)),
    "beyond the head": ("log.gap", lambda page: msgspec.structs.replace(page, head=2)),
    "another epoch": ("log.epoch", lambda page: msgspec.structs.replace(page, epoch="e1" * 16)),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_page_that_does_not_continue_the_cursor_is_refused(lie: str) -> None:
    raws = [b"one", b"two", b"three", b"four"]
    _, cursor = check_page(Cursor(), page_of(raws, 0, 1))
    code, tell = LIES[lie]
    with pytest.raises(SyncError) as caught:
        check_page(cursor, tell(page_of(raws, 1, 4)))
    assert caught.value.code == code


def test_an_erased_entry_keeps_its_place_in_the_chain() -> None:
    raws = [b"one", b"two", b"three"]
    page = msgspec.structs.replace(page_of(raws, 0, 3), entries=(b"one", None, b"three"), erased=(eid_of(b"two"),))
    entries, cursor = check_page(Cursor(), page)
    assert [(entry.seq, entry.eid, entry.raw) for entry in entries][1] == (2, eid_of(b"two"), None)
    assert cursor.log_hash == page_of(raws, 0, 3).log_hash


@given(
    body=st.binary(max_size=80),
    kind=st.sampled_from((SessionAsk, SpaceHeads, LogPage, PushAnswer, HaveAsk)),
)
def test_bytes_that_are_no_message_are_refused_and_never_half_read(body: bytes, kind: type[msgspec.Struct]) -> None:
    try:
        message = decode(kind, body)
    except SyncError as error:
        assert error.code == "message.form"  # noqa: PT017  either outcome is allowed, and both are checked
    else:
        assert decode(kind, encode(message)) == message


@pytest.mark.parametrize("eid", ["", "AB" * 32, "ab" * 31, "ab" * 32 + "\n", "zz" * 32])
def test_an_id_is_lower_case_hex_of_its_length(eid: str) -> None:
    with pytest.raises(SyncError):
        decode(HaveAsk, encode(HaveAsk((eid,))))


def test_what_a_newer_end_says_besides_is_passed_over() -> None:
    body = msgspec.msgpack.encode({"seat": "ab" * 16, "mood": "calm"})
    assert decode(SessionAsk, body) == SessionAsk("ab" * 16)
