"""The courier's file: any truncation, flipped bit or reordering leaves a proven prefix and a word on what happened."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import courier
from sync.courier import CHUNK, MAGIC, Holders, Kind, PackReader, PackWriter, Receiver, Record, new_pack
from sync.errors import BadEntry, CannotOpen
from sync.keys import SealSuite, SeatKeys, key_name, new_seal_private, seal_public_of

ALDER = SeatKeys.generate()
UNIT = new_seal_private(SealSuite.MLKEM768_X25519)
UNIT_PUBLIC = seal_public_of(UNIT, SealSuite.MLKEM768_X25519)
OURS: Holders = {
    key_name(UNIT_PUBLIC): (SealSuite.MLKEM768_X25519, UNIT),
    key_name(ALDER.seal_public): (SealSuite.X25519, ALDER.seal_private),
}
RECEIVERS = [Receiver(UNIT_PUBLIC, SealSuite.MLKEM768_X25519), Receiver(ALDER.seal_public)]
SPACE = "5a" * 16
AT = "2026-11-23T10:00:00+00:00"

_records = st.lists(st.tuples(st.sampled_from(list(Kind)[:-1]), st.binary(max_size=300)), max_size=12).map(
    lambda found: [Record(kind, SPACE, data) for kind, data in sorted(found)]
)


def packed(records: Sequence[Record], receivers: Sequence[Receiver] = RECEIVERS) -> bytes:
    writer = PackWriter(receivers, pack=new_pack(), part=1)
    body = writer.begin() + b"".join(writer.add(record) for record in records)
    whole = body + writer.finish(ALDER.sign_private, ALDER.seat_id, AT)
    assert len(whole) <= writer.size
    return whole


def read(data: bytes, holders: Holders = OURS, step: int = 1 << 20) -> tuple[list[Record], PackReader]:
    reader = PackReader(holders)
    records = [record for at in range(0, len(data), step) for record in reader.feed(data[at : at + step])]
    return records, reader


BIG = [Record(Kind.KEY, SPACE, b"k" * 100), *(Record(Kind.ENTRY, SPACE, bytes([n]) * 40_000) for n in range(9))]
PACKED = packed(BIG)


@settings(deadline=None)
@given(_records, st.integers(1, 4000))
def test_what_was_written_is_read_however_it_arrives(records: list[Record], step: int) -> None:
    for name in OURS:
        found, reader = read(packed(records), {name: OURS[name]}, step)
        assert (found, reader.ending) == (records, "")
        assert reader.trailer is not None
        assert (reader.trailer.seat, reader.trailer.at) == (ALDER.seat_id, AT)
        assert reader.is_signed(ALDER.sign_public)
        assert not reader.is_signed(SeatKeys.generate().sign_public)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(PACKED) - 1))
def test_any_truncation_leaves_the_prefix_and_says_so(size: int) -> None:
    found, reader = read(PACKED[:size])
    assert found == BIG[: len(found)]
    assert reader.ending == "courier.cut"
    assert not reader.is_signed(ALDER.sign_public)
    assert len(found) >= max(0, (size - 4000) // CHUNK * CHUNK // 40_100), "what is whole is given"


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(PACKED) * 8 - 1))
def test_any_flipped_bit_is_found_and_nothing_after_it_is_read(bit: int) -> None:
    flipped = bytearray(PACKED)
    flipped[bit // 8] ^= 1 << bit % 8
    try:
        found, reader = read(bytes(flipped))
    except CannotOpen:
        return  # the names of the receivers lie at its beginning
    assert found == BIG[: len(found)]
    assert reader.ending in {"courier.damaged", "courier.form", "courier.size", "courier.cut"}
    assert not reader.is_signed(ALDER.sign_public)


def chunks(data: bytes) -> tuple[bytes, list[bytes]]:
    """The head, and each chunk with its length."""
    at = len(MAGIC) + 4 + int.from_bytes(data[len(MAGIC) : len(MAGIC) + 4], "big")
    head, found = data[:at], []
    while at < len(data):
        size = 4 + int.from_bytes(data[at : at + 4], "big")
        found.append(data[at : at + size])
        at += size
    return head, found


@settings(deadline=None)
@given(st.permutations(range(len(chunks(PACKED)[1]))), st.integers(0, 6))
def test_any_reordering_repetition_or_omission_of_chunks_is_found(order: list[int], kept: int) -> None:
    head, whole = chunks(PACKED)
    shuffled = [whole[number] for number in order[:kept]]
    found, reader = read(head + b"".join(shuffled))
    assert found == BIG[: len(found)]
    assert reader.ending == ("" if shuffled == whole else reader.ending)
    assert bool(reader.ending) == (shuffled != whole)


def test_chunks_of_another_part_do_not_pass_for_ours() -> None:
    head, whole = chunks(PACKED)
    _, other = chunks(packed(BIG))
    found, reader = read(head + whole[0] + other[1])
    assert found == BIG[: len(found)]
    assert reader.ending == "courier.damaged"


def test_nothing_may_stand_behind_the_end() -> None:
    found, reader = read(PACKED + b"\0" * 30)
    assert (found, reader.ending) == (BIG, "courier.damaged")


def test_for_others_it_stays_shut() -> None:
    stranger = SeatKeys.generate()
    with pytest.raises(CannotOpen) as caught:
        read(PACKED, {key_name(stranger.seal_public): (SealSuite.X25519, stranger.seal_private)})
    assert caught.value.code == "courier.not_for_us"


@pytest.mark.parametrize("data", [b"%PDF-1.7", b"causeway-syncpack/2\n", MAGIC + b"\xff\xff\xff\xff", b"\0" * 4000])
def test_other_files_are_no_packs(data: bytes) -> None:
    found, reader = read(data)
    assert (found, reader.ending) == ([], reader.ending)
    assert reader.ending in {"courier.form", "courier.size"}


def test_records_stand_in_their_order_and_within_their_size() -> None:
    writer = PackWriter(RECEIVERS, pack=new_pack(), part=1)
    writer.add(Record(Kind.ENTRY, SPACE, b"x"))
    with pytest.raises(BadEntry) as caught:
        writer.add(Record(Kind.KEY, SPACE, b"x"))
    assert caught.value.code == "courier.order"
    with pytest.raises(BadEntry) as caught:
        writer.add(Record(Kind.BLOB, SPACE, b"x" * courier.MAX_RECORD))
    assert caught.value.code == "courier.size"


def forged(raws: Sequence[bytes]) -> bytes:
    """A file as a faulty or hostile member may write it: any bytes as records."""
    writer = PackWriter(RECEIVERS, pack=new_pack(), part=1)
    for raw in raws:
        writer._inside += len(raw).to_bytes(4, "big") + raw
    return writer.begin() + writer._chunk(bytes(writer._inside), last=True)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "C:\\x", "5A" * 16, "5a" * 16 + "\n", "..", "5a" * 15])
def test_a_name_that_could_be_a_path_is_refused(name: str) -> None:
    good = msgspec.msgpack.encode([Kind.KEY, SPACE, b"k"])
    found, reader = read(forged([good, msgspec.msgpack.encode([Kind.BLOB, name, b"x"]), good]))
    assert found == [Record(Kind.KEY, SPACE, b"k")]
    assert reader.ending == "courier.form"


def test_a_faulty_writer_is_read_as_far_as_it_keeps_the_rules() -> None:
    entry = msgspec.msgpack.encode([Kind.ENTRY, SPACE, b"e"])
    key = msgspec.msgpack.encode([Kind.KEY, SPACE, b"k"])
    found, reader = read(forged([entry, key]))
    assert ([record.kind for record in found], reader.ending) == ([Kind.ENTRY], "courier.order")
    found, reader = read(forged([entry, b"\xc1"]))
    assert reader.ending == "courier.form"
    found, reader = read(forged([entry]))
    assert (len(found), reader.ending) == (1, "courier.cut"), "no trailer: nobody stands for it"
