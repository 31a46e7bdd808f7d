"""The examples of `sync/PROTOCOL.md`, byte for byte, and its words against the code."""

import hashlib
import re
from importlib.resources import files

import pytest

from sync import change, envelope, keys
from sync.dictionary import DICTIONARY
from sync.keys import Domain, SeatKeys
from sync.records import CONSENT_STATES, CONTACT_LEVELS, GRADES

TEXT = (files("sync") / "PROTOCOL.md").read_text(encoding="utf-8")
BLOCKS = {
    name: (kind, "".join(content.splitlines()))
    for kind, name, content in re.findall(r"```(hex|text) (\w+)\n(.*?)```", TEXT, re.DOTALL)
}
SPACE, TAG = "5a" * 16, "7c" * 16


def raw(name: str) -> bytes:
    kind, content = BLOCKS[name]
    return bytes.fromhex(content) if kind == "hex" else content.encode()


def text(name: str) -> str:
    return BLOCKS[name][1]


def test_the_seat_is_named_by_its_key() -> None:
    seat = SeatKeys.from_bytes(raw("seat_private"))
    assert (seat.sign_public, seat.seat_id) == (raw("sign_public"), text("seat_id"))
    assert keys.space_key_name(raw("space_key")) == text("space_key_name")


def test_the_body_is_what_this_program_writes_and_signs() -> None:
    body = raw("body")
    written = change.decode(body)
    assert change.encode(written) == body
    assert (written.space, written.tag, written.seat) == (SPACE, TAG, text("seat_id"))
    assert change.cid_of(body) == text("cid")
    seat = SeatKeys.from_bytes(raw("seat_private"))
    assert keys.sign(seat.sign_private, Domain.CHANGE, body) == raw("signature")
    assert keys.verify(seat.sign_public, Domain.CHANGE, body, raw("signature"))


def test_the_key_entry_carries_the_case_key() -> None:
    entry = envelope.parse(raw("key"))
    held = {text("space_key_name"): raw("space_key")}
    assert envelope.open_key(entry, held) == raw("case_key")
    assert (entry.space, entry.tag, envelope.key_id_of(raw("key"))) == (SPACE, TAG, text("key_id"))


def test_the_envelope_opens_to_the_body_and_its_signature() -> None:
    entry = envelope.parse(raw("entry"))
    assert envelope.open_change(entry, raw("case_key")) == (raw("signature"), raw("body"))
    assert (entry.key_id, envelope.eid_of(raw("entry"))) == (text("key_id"), text("eid"))


def test_the_entries_are_sealed_to_these_very_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    nonces = [envelope.parse(raw(name)).nonce for name in ("key", "entry")]
    monkeypatch.setattr(envelope, "_new_nonce", lambda: nonces.pop(0))
    monkeypatch.setattr(envelope, "new_secret", lambda: raw("case_key"))
    sealed = envelope.seal_key(SPACE, TAG, raw("space_key"))
    assert sealed == (raw("key"), text("key_id"), raw("case_key"))
    assert len(raw("entry")) == len(
        envelope.seal_change(SPACE, TAG, text("key_id"), raw("case_key"), raw("body"), raw("signature"))
    )  # another release of zstd may choose other bytes for the same frame


def test_the_words_of_the_document_are_those_of_the_code() -> None:
    assert hashlib.sha256(DICTIONARY).hexdigest() in TEXT
    for ladder in (GRADES, CONSENT_STATES, CONTACT_LEVELS):
        assert " < ".join(ladder) in TEXT
    for domain in Domain:
        assert f"`{domain.value}`" in TEXT


@pytest.mark.parametrize("module", ["change.py", "envelope.py"])
def test_every_code_that_a_reader_gives_is_in_the_document(module: str) -> None:
    source = (files("sync") / module).read_text(encoding="utf-8")
    codes = set(re.findall(r'(?:BadEntry|CannotOpen)\("([a-z_.]+)"', source))
    assert len(codes) >= 4
    assert [code for code in sorted(codes) if f"`{code}`" not in TEXT] == []
