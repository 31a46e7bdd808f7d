"""The examples of `sync/PROTOCOL.md`, byte for byte, and its words against the code."""

import hashlib
import re
from importlib.resources import files

import pytest

from sync import change, envelope, keys
from sync.acts import CHAIN_ACTS, SPACE_ACTS
from sync.belonging import control_name, membership
from sync.chain import fold_chain
from sync.control_state import fold_control
from sync.dictionary import DICTIONARY
from sync.enrolment import read_request
from sync.keys import Domain, SeatKeys
from sync.protocol import LONG_POLL_SECONDS, MARK_HEADER, MAX_HAVE, MAX_PAGE_ITEMS, PROTOCOL, SESSION_SECONDS
from sync.records import CONSENT_STATES, CONTACT_LEVELS, GRADES
from sync.rotation import open_space_keys, open_unit_keys, own_keys
from sync.safety_words import safety_words
from sync.server.routes import ROUTES
from sync.tree import MAX_ENTRIES, MAX_ENTRY, MAX_PREV, Standing, entry_id, parse, sign_entry, space_of

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


def _sources(*parts: str) -> str:
    folder = files("sync")
    names = [name for name in folder.joinpath(*parts).iterdir() if name.name.endswith(".py")]
    return "".join(name.read_text(encoding="utf-8") for name in names)


def test_every_refusal_of_the_server_stands_in_the_table_with_its_status_and_no_other() -> None:
    given = set(re.findall(r'Refusal\((\d{3}), "([a-z._]+)"', _sources("server")))
    assert ("507", "server.full") in given
    told = set(re.findall(r"^\| (\d{3}) \| `([a-z._]+)` \|", TEXT, re.MULTILINE))
    form = {("400", "message.form")}  # the code of `decode`, passed on
    assert told == given | form


def test_every_endpoint_stands_in_the_table_and_no_other() -> None:
    told = set(re.findall(r"^\| `(GET|POST|PUT) (/[a-z0-9/{}]+)` \|", TEXT, re.MULTILINE))
    plain = {("GET", "/v1/info"), ("GET", "/healthz"), ("GET", "/metrics")}
    assert told == {(route.method, route.path) for route in ROUTES} | plain


@pytest.mark.parametrize("module", ["protocol.py", "client.py", "push_round.py", "server/log.py"])
def test_every_code_of_the_round_is_in_the_document(module: str) -> None:
    source = (files("sync") / module).read_text(encoding="utf-8")
    codes = set(re.findall(r'"((?:log|receipt|message|protocol|entry|space)\.[a-z_]+|unknown_key)"', source))
    assert codes
    assert [code for code in sorted(codes) if f"`{code}`" not in TEXT] == []


def test_the_states_and_codes_of_the_store_are_in_the_document() -> None:
    store = {name: (files("desktop.store") / name).read_text(encoding="utf-8") for name in ("intake.py", "replica.py")}
    aside = set(re.findall(r'"(entry\.[a-z_]+|key\.[a-z_]+)"', "".join(store.values())))
    assert {"entry.twin", "entry.erased", "key.missing"} <= aside
    outbox = (files("desktop.store") / "outbox.py").read_text(encoding="utf-8")
    states = set(re.findall(r"state = '([a-z]+)'", outbox))
    assert states == {"queued", "sent", "acked", "refused"}
    assert [code for code in sorted(aside) if f"`{code}`" not in TEXT] == []
    assert [state for state in sorted(states) if f"\n| {state} |" not in TEXT] == []


def test_the_limits_of_the_document_are_those_of_the_code() -> None:
    assert (MAX_PAGE_ITEMS, MAX_HAVE, LONG_POLL_SECONDS, SESSION_SECONDS) == (200, 1000, 50, 15 * 60)
    assert f"`{MARK_HEADER}: {PROTOCOL}`" in TEXT
    assert f"At most {MAX_ENTRIES:,} entries of one tree are taken" in TEXT
    assert (f"at most {MAX_ENTRY // 1024} KiB together" in TEXT, f"at most {MAX_PREV} ids" in TEXT) == (True, True)


def chain_raws() -> list[bytes]:
    return [raw(f"chain_{number}") for number in range(1, 5)]


def control_raws() -> list[bytes]:
    return [raw(f"control_{number}") for number in range(1, 4)]


def test_the_chain_folds_to_the_unit_that_the_document_names() -> None:
    unit = keys.key_name(keys.sign_public_of(raw("root_private")))
    assert unit == text("unit")
    chain = fold_chain(unit, chain_raws()[::-1])
    assert set(chain.standings.values()) == {Standing.OK}
    assert "".join(entry_id(each) for each in chain_raws()) == text("chain_ids")
    assert chain.name == text("chain_name")
    assert chain.leads == frozenset({text("seat_id")})
    assert chain_raws()[0][keys.SIGNATURE_SIZE :] == raw("chain_body")
    asked = read_request(raw("request"))
    assert (asked.unit, asked.seat_id) == (unit, text("seat_id"))
    for language in ("en", "de"):
        assert " ".join(safety_words(raw("request"), language)) == text(f"words_{language}")


def test_the_control_tree_folds_to_the_space_that_the_document_names() -> None:
    chains = {text("unit"): fold_chain(text("unit"), chain_raws())}
    space = space_of(control_raws()[0])
    control = fold_control(space, control_raws()[::-1], chains)
    assert (space, control.name) == (text("space"), text("control_name"))
    assert set(control.standings.values()) == {Standing.OK}
    assert control_raws()[-1][keys.SIGNATURE_SIZE :] == raw("control_body")
    assert control_name(control, chains) == text("control_head") == membership(control, chains).head
    assert membership(control, chains).trusts(text("seat_id"), text("cid"))
    seat = own_keys(SeatKeys.from_bytes(raw("seat_private")))
    opened = open_space_keys(control, open_unit_keys(chains[text("unit")], seat))
    assert opened == {text("space_key_name"): raw("space_key")}


def test_the_entries_of_the_trees_are_signed_to_these_very_bytes() -> None:
    signers = {
        text("unit"): raw("root_private"),
        text("seat_id"): SeatKeys.from_bytes(raw("seat_private")).sign_private,
    }
    for domain, raws in ((Domain.CHAIN, chain_raws()), (Domain.CONTROL, control_raws())):
        for entry in map(parse, raws):
            link, act = entry.link, entry.act
            assert act is not None
            again = sign_entry(
                signers[link.signer],
                domain,
                tree=link.tree,
                prev=link.prev,
                signer=link.signer,
                at=link.at,
                act=act,
                chains=link.chains,
            )
            assert again == entry.raw


def test_every_act_is_named_in_the_document() -> None:
    tags = [str(act.__struct_config__.tag) for act in (*CHAIN_ACTS, *SPACE_ACTS)]
    assert [tag for tag in tags if f"`{tag}`" not in TEXT] == []


@pytest.mark.parametrize("module", ["tree.py", "tree_round.py", "enrolment.py", "invitation.py"])
def test_every_code_of_joining_and_belonging_is_in_the_document(module: str) -> None:
    source = (files("sync") / module).read_text(encoding="utf-8")
    codes = set(re.findall(r'"((?:control|tree|enrol|invitation)\.[a-z_]+)"', source))
    assert codes
    assert [code for code in sorted(codes) if f"`{code}`" not in TEXT] == []
