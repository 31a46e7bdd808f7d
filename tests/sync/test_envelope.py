"""What was sealed opens unchanged; anything else is refused as `BadEntry` or `CannotOpen`, before it costs anything."""

import hashlib
import struct
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from sync import change, envelope, keys
from sync.dictionary import DICTIONARY
from sync.envelope import EntryKind, Envelope
from sync.errors import BadEntry, CannotOpen
from tests.machines import properties
from tests.machines.partnership import dice
from tests.sync import invented

SPACE, TAG, SPACE_KEY = "5a" * 16, "7a" * 16, b"s" * 32
KEY_RAW, KEY_ID, CASE_KEY = envelope.seal_key(SPACE, TAG, SPACE_KEY)
HELD = {keys.space_key_name(SPACE_KEY): SPACE_KEY}
SIGNATURE = bytes(range(64))


def body_of(seed: int = 1, **parts: Any) -> bytes:
    written = msgspec.structs.replace(invented.change(dice(seed)), space=SPACE, tag=TAG, **parts)
    return change.encode(written)


def seal(body: bytes, **parts: Any) -> bytes:
    return envelope.seal_change(SPACE, TAG, KEY_ID, CASE_KEY, body, SIGNATURE, **parts)


def sealed_inside(inside: bytes) -> Envelope:
    """An envelope whose inside was made by someone who holds the case key and keeps to no rule."""
    header = envelope.parse(seal(body_of()))
    aad = msgspec.msgpack.encode(envelope._header(header))
    return msgspec.structs.replace(header, ciphertext=AESGCM(CASE_KEY).encrypt(header.nonce, inside, aad))


def framed(frame: bytes, size: int = 512) -> bytes:
    return (struct.pack(">I", len(frame)) + frame).ljust(size, b"\0")


def frame_of(plain: bytes) -> bytes:
    return zstandard.ZstdCompressor(dict_data=zstandard.ZstdCompressionDict(DICTIONARY)).compress(plain)


def bad_code(act: Any, *args: Any) -> str:
    with pytest.raises(BadEntry) as caught:
        act(*args)
    return caught.value.code


@given(seed=st.integers(0, 2**32))
def test_only_the_sealed_bytes_open(seed: int) -> None:
    properties.only_the_sealed_bytes_open(dice(seed))


@pytest.mark.parametrize("raw", [seal(body_of()), KEY_RAW], ids=["change", "key"])
def test_every_single_flipped_bit_is_refused(raw: bytes) -> None:
    for place in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[place // 8] ^= 1 << place % 8
        properties._refused(bytes(flipped), CASE_KEY, HELD)


@given(raw=st.binary(max_size=400))
def test_random_bytes_are_only_ever_bad(raw: bytes) -> None:
    assert bad_code(envelope.parse, raw).startswith("entry.")


@given(
    parts=st.lists(
        st.integers(-(2**63), 2**64 - 1)
        | st.binary(max_size=40)
        | st.text(max_size=5)
        | st.lists(st.binary(max_size=40)),
        max_size=10,
    )
)
def test_random_arrays_are_only_ever_bad(parts: list[Any]) -> None:
    assert bad_code(envelope.parse, msgspec.msgpack.encode(parts)).startswith("entry.")


@given(inside=st.binary(max_size=600))
def test_any_inside_under_the_right_key_is_opened_or_bad(inside: bytes) -> None:
    for made in (inside, framed(inside, 1024), framed(frame_of(SIGNATURE + inside), 1024)):
        assert bad_code(envelope.open_change, sealed_inside(made), CASE_KEY)


def test_a_small_edit_weighs_at_most_seven_hundred_bytes() -> None:
    rng = dice(11)
    sizes = []
    for _ in range(300):
        edit = msgspec.structs.replace(invented.small_edit(rng), space=SPACE, tag=TAG)
        raw = envelope.seal_change(SPACE, TAG, KEY_ID, CASE_KEY, change.encode(edit), rng.randbytes(64))
        sizes.append(len(raw))
    assert max(sizes) <= 700
    assert len(KEY_RAW) <= 130


def test_lengths_tell_only_the_bucket() -> None:
    lengths = {len(seal(body_of(seed))) for seed in range(60)}
    assert len(lengths) <= 2
    inside = {len(envelope.parse(seal(body_of(seed))).ciphertext) - 16 for seed in range(60)}
    assert inside <= {256, 512, 1024}


def test_sealing_twice_gives_two_entries_of_one_change() -> None:
    first, second = seal(body_of()), seal(body_of())
    assert envelope.eid_of(first) != envelope.eid_of(second)
    opened = {envelope.open_change(envelope.parse(raw), CASE_KEY) for raw in (first, second)}
    assert opened == {(SIGNATURE, body_of())}


def test_a_key_entry_is_named_by_its_own_bytes() -> None:
    assert KEY_ID == hashlib.sha256(KEY_RAW).hexdigest()[:32] == envelope.key_id_of(KEY_RAW)
    entry = envelope.parse(KEY_RAW)
    assert (entry.kind, entry.space, entry.tag) == (EntryKind.KEY, SPACE, TAG)
    assert entry.key_id == keys.space_key_name(SPACE_KEY)
    assert envelope.seal_key(SPACE, TAG, SPACE_KEY)[2] != CASE_KEY


def test_a_space_key_that_is_not_held_may_still_come() -> None:
    with pytest.raises(CannotOpen) as caught:
        envelope.open_key(envelope.parse(KEY_RAW), {})
    assert caught.value.code == "key.missing"
    with pytest.raises(CannotOpen) as caught:
        envelope.open_key(envelope.parse(KEY_RAW), {keys.space_key_name(SPACE_KEY): b"x" * 32})
    assert caught.value.code == "entry.sealed"


def test_one_kind_is_not_opened_as_another() -> None:
    assert bad_code(envelope.open_change, envelope.parse(KEY_RAW), CASE_KEY) == "entry.kind"
    assert bad_code(envelope.open_key, envelope.parse(seal(body_of())), HELD) == "entry.kind"


def test_a_body_of_another_case_or_space_is_not_sealed_and_not_opened() -> None:
    other = change.encode(msgspec.structs.replace(change.decode(body_of()), tag="7b" * 16))
    assert bad_code(seal, other) == "body.home"
    inside = framed(frame_of(SIGNATURE + other), 1024)
    assert bad_code(envelope.open_change, sealed_inside(inside), CASE_KEY) == "body.home"
    assert bad_code(envelope.seal_change, "5b" * 16, TAG, KEY_ID, CASE_KEY, body_of(), SIGNATURE) == "body.home"


@pytest.mark.parametrize("text", [b"", b"no json", b'{"space":"\xff"}', b"[" * 100_000])
def test_a_body_that_is_no_body_is_not_opened(text: bytes) -> None:
    inside = framed(frame_of(SIGNATURE + text), 1024)
    expected = "body.form" if text else "entry.plain_size"
    assert bad_code(envelope.open_change, sealed_inside(inside), CASE_KEY) == expected


def test_the_declared_size_is_read_before_anything_is_decompressed() -> None:
    bomb = frame_of(bytes(envelope.MAX_PLAINTEXT + 1))
    assert len(bomb) < 500
    assert bad_code(envelope.open_change, sealed_inside(framed(bomb)), CASE_KEY) == "entry.plain_size"
    silent = zstandard.ZstdCompressor(write_content_size=False).compress(bytes(5_000_000))
    assert bad_code(envelope.open_change, sealed_inside(framed(silent)), CASE_KEY) == "entry.plain_size"
    liar = (
        zstandard.ZstdCompressor()
        .compress(bytes(4_000_000))
        .replace(struct.pack("<I", 4_000_000), struct.pack("<I", 100_000))
    )
    assert bad_code(envelope.open_change, sealed_inside(framed(liar)), CASE_KEY) == "entry.plain"


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        (framed(frame_of(SIGNATURE + body_of()), 1024)[:-1] + b"x", "entry.padding"),
        (framed(frame_of(SIGNATURE + body_of())[:-9], 1024), "entry.plain"),
        (struct.pack(">I", 9999) + bytes(508), "entry.padding"),
        (struct.pack(">I", 2**32 - 1) + bytes(508), "entry.padding"),
        (b"", "entry.plain"),
        (framed(frame_of(SIGNATURE + body_of()) + b"more", 1024), "entry.plain"),
        (framed(b"\x50\x2a\x4d\x18\x04\0\0\0skip", 512), "entry.plain_size"),
    ],
    ids=["padding not zero", "frame cut", "length too large", "length huge", "nothing", "data behind", "skippable"],
)
def test_an_inside_of_wrong_form_is_bad(inside: bytes, code: str) -> None:
    assert bad_code(envelope.open_change, sealed_inside(inside), CASE_KEY) == code


def wire(**parts: Any) -> bytes:
    values: dict[str, Any] = {
        "version": 1,
        "kind": 2,
        "space": bytes(16),
        "tag": bytes(16),
        "key_id": bytes(16),
        "nonce": bytes(12),
        "ciphertext": bytes(256 + 16),
        "blobs": [],
    }
    return msgspec.msgpack.encode(list((values | parts).values()))


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"version": 2}, "entry.version"),
        ({"version": 0}, "entry.version"),
        ({"kind": 9}, "entry.kind"),
        ({"space": bytes(15)}, "entry.form"),
        ({"tag": bytes(17)}, "entry.form"),
        ({"key_id": "0" * 16}, "entry.form"),
        ({"nonce": b""}, "entry.form"),
        ({"blobs": [bytes(31)]}, "entry.form"),
        ({"blobs": [bytes(32)] * 65}, "entry.form"),
        ({"ninth": 1}, "entry.form"),
        ({"ciphertext": bytes(256)}, "entry.padding"),
        ({"ciphertext": bytes(300 + 16)}, "entry.padding"),
        ({"kind": 1}, "entry.padding"),
        ({"kind": 1, "ciphertext": bytes(48), "blobs": [bytes(32)]}, "entry.form"),
    ],
)
def test_an_envelope_of_wrong_form_is_bad(parts: dict[str, Any], code: str) -> None:
    assert bad_code(envelope.parse, wire(**parts)) == code


def test_the_largest_form_is_read() -> None:
    entry = envelope.parse(wire(blobs=[bytes(32)] * 64, kind=3, ciphertext=bytes((128 << 10) + 16)))
    assert (entry.kind, len(entry.blobs)) == (EntryKind.CHECKPOINT, 64)


def test_an_entry_has_one_encoding_and_so_one_id() -> None:
    longer = b"\xdc\x00\x08" + wire()[1:]  # the same array with a longer head
    assert msgspec.msgpack.decode(longer) == msgspec.msgpack.decode(wire())
    assert bad_code(envelope.parse, longer) == "entry.form"
    assert bad_code(envelope.parse, wire() + b"\0") == "entry.form"


def test_size_is_checked_before_form() -> None:
    assert bad_code(envelope.parse, bytes(envelope.MAX_ENVELOPE + 1)) == "entry.size"
    assert bad_code(envelope.parse, bytes(envelope.MAX_ENVELOPE)) == "entry.form"


def test_what_a_reader_would_refuse_is_not_sealed() -> None:
    def noted(text: str) -> bytes:
        return body_of(set=(change.Assign("note", None, "text", text),))

    assert bad_code(seal, noted("x" * envelope.MAX_PLAINTEXT)) == "entry.plain_size"
    assert bad_code(seal, noted(dice(3).randbytes(120_000).hex())) == "entry.size"
    assert bad_code(lambda: seal(body_of(), blobs=("ab" * 32,) * 65)) == "entry.form"
    assert bad_code(envelope.seal_change, SPACE, TAG, KEY_ID, CASE_KEY, body_of(), b"short") == "entry.form"
    assert bad_code(seal, b"no body") == "body.form"
    long = noted("her own words " * 60_000)
    assert envelope.open_change(envelope.parse(seal(long)), CASE_KEY) == (SIGNATURE, long)


def test_attachments_are_named_and_bound() -> None:
    entry = envelope.parse(seal(body_of(), blobs=("ab" * 32, "cd" * 32)))
    assert entry.blobs == ("ab" * 32, "cd" * 32)
    swapped = msgspec.structs.replace(entry, blobs=entry.blobs[::-1])
    with pytest.raises(CannotOpen):
        envelope.open_change(swapped, CASE_KEY)


def test_the_dictionary_of_version_one_never_changes() -> None:
    assert hashlib.sha256(DICTIONARY).hexdigest() == "a546cbb65c38c7a6fda78266bf94ab71f9b18f1639ea71143b7d9a5214804e00"


def test_threads_do_not_mix_what_they_seal_and_a_spoilt_frame_spoils_no_other() -> None:
    raw, key_id, key = envelope.seal_key(SPACE, TAG, SPACE_KEY)
    assert envelope.key_id_of(raw) == key_id

    def rounds(number: int) -> bool:
        body = f'{{"space":"{SPACE}","tag":"{TAG}","text":"{"word" * number}"}}'.encode()
        entry = envelope.parse(envelope.seal_change(SPACE, TAG, key_id, key, body, b"s" * 64))
        with pytest.raises(CannotOpen):
            envelope.open_change(entry, b"k" * 32)
        with pytest.raises(BadEntry):
            envelope._unpack(b"\0\0\0\4junk" + b"\0" * 248)
        return envelope.open_change(entry, key) == (b"s" * 64, body)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(rounds, range(200)))
