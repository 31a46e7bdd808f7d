"""The server's answers: rights, limits, verdicts per entry, receipts; whatever is asked, a code and no traceback."""

import asyncio
import logging
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync import keys
from sync.envelope import eid_of, seal_change, seal_key
from sync.errors import SyncError
from sync.protocol import (
    MARK_HEADER,
    MAX_HAVE,
    PROTOCOL,
    HaveAsk,
    HaveMissing,
    Info,
    ItemStatus,
    LogPage,
    NetCall,
    NetReply,
    Problem,
    PushAnswer,
    PushBatch,
    SessionAnswer,
    SessionAsk,
    SessionChallenge,
    SpaceHeads,
    check_answer,
    decode,
    encode,
    open_receipt,
)
from sync.server import audit
from sync.server.intake import MAX_BODY
from sync.server.routes import ROUTES, NamedAnswer
from sync.server.storage.contract import SeatSeen, StorageBusy, StorageFull
from tests.sync.driver import drive
from tests.sync.server.conftest import Bench

TAG = "71" * 16


def sealed(space: str, tag: str = TAG) -> tuple[bytes, bytes]:
    """A key entry and a change under it, of no author."""
    raw_key, key_id, case_key = seal_key(space, tag, keys.new_secret())
    body = f'{{"space":"{space}","tag":"{tag}"}}'.encode()
    return raw_key, seal_change(space, tag, key_id, case_key, body, bytes(64))


def push(bench: Bench, token: str, space: str, raws: Sequence[bytes]) -> PushAnswer:
    reply = bench.ask("POST", f"/v1/spaces/{space}/log", token, encode(PushBatch(tuple(raws))))
    assert reply.status == 200
    return decode(PushAnswer, reply.body)


def code(reply: NetReply) -> tuple[int, str]:
    assert reply.headers[MARK_HEADER] == PROTOCOL
    return reply.status, decode(Problem, reply.body).code


def test_info_names_protocol_limits_and_the_receipt_key(bench: Bench) -> None:
    reply = bench.ask("GET", "/v1/info")
    info = msgspec.json.decode(reply.body, type=Info)
    assert (info.protocol, info.name) == (PROTOCOL, "Invented district")
    assert len(bytes.fromhex(info.receipt_key)) == 32
    assert bench.ask("GET", "/healthz").status == 200


def test_health_says_when_the_database_is_away(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_: object) -> None:
        raise StorageBusy

    monkeypatch.setattr(bench.server.storage, "heads", busy)
    assert bench.ask("GET", "/healthz").status == 503


def test_a_seat_sees_only_its_own_spaces(bench: Bench) -> None:
    spaces, token = bench.practice.spaces, bench.token("h1")
    heads = decode(SpaceHeads, bench.ask("GET", "/v1/spaces", token).body)
    assert {item.space for item in heads.spaces} == {spaces["health"], spaces["shared"]}
    for space in (spaces["police"], "00" * 16, "nonsense"):
        assert code(bench.ask("GET", f"/v1/spaces/{space}/log", token)) == (403, "space.not_member")
        asked = encode(HaveAsk(()))
        assert code(bench.ask("POST", f"/v1/spaces/{space}/have", token, asked)) == (403, "space.not_member")


def test_a_seat_may_carry_entries_for_a_space_that_it_cannot_read(bench: Bench) -> None:
    police = bench.practice.spaces["police"]
    answer = push(bench, bench.token("h1"), police, sealed(police))
    assert [item.status for item in answer.results] == [ItemStatus.OK, ItemStatus.OK]
    assert bench.server.storage.heads([police])[police].seq == 2


def test_a_space_that_is_not_of_the_partnership_takes_nothing(bench: Bench) -> None:
    reply = bench.ask("POST", f"/v1/spaces/{'00' * 16}/log", bench.token("h1"), encode(PushBatch(())))
    assert code(reply) == (404, "space.unknown")


@pytest.mark.parametrize("route", [route for route in ROUTES if route.session], ids=lambda route: route.path)
def test_without_a_session_nothing_is_told(bench: Bench, route: msgspec.Struct) -> None:
    method, path = getattr(route, "method"), getattr(route, "path")  # noqa: B009  the parameter is any route
    place = path.replace("{space}", bench.practice.spaces["shared"])
    strangers = [] if getattr(route, "stranger") else [None, ""]  # noqa: B009  as above
    for token in (*strangers, "x", "ü", bench.token("p1")[:-4] + "AAAA"):
        assert code(bench.ask(method, place, token, b"")) == (401, "session.expired")


def test_a_session_ends_by_the_servers_clock_alone(bench: Bench) -> None:
    token = bench.token("p1")
    bench.now[0] += 15 * 60 - 1
    assert bench.ask("GET", "/v1/spaces", token).status == 200
    bench.now[0] += 2
    assert code(bench.ask("GET", "/v1/spaces", token)) == (401, "session.expired")


def test_only_the_seats_own_key_answers_a_fresh_challenge_of_its_own(bench: Bench) -> None:
    mine, other = bench.laptop("p1"), bench.laptop("p2")

    def challenge(seat: str) -> bytes:
        asked = bench.ask("POST", "/v1/session", None, encode(SessionAsk(seat)))
        return decode(SessionChallenge, asked.body).challenge

    def answer(seat: str, matter: bytes, signature: bytes) -> tuple[int, str]:
        body = encode(SessionAnswer(seat, matter, signature))
        return code(bench.ask("POST", "/v1/session/answer", None, body))

    refused = (401, "session.refused")
    fresh = challenge(mine.seat_id)
    assert answer(mine.seat_id, fresh, other.sign_session(fresh)) == refused
    assert answer(mine.seat_id, fresh, bytes(64)) == refused
    foreign = challenge(other.seat_id)
    assert answer(mine.seat_id, foreign, mine.sign_session(foreign)) == refused
    own = bytes(len(fresh))
    assert answer(mine.seat_id, own, mine.sign_session(own)) == refused
    nobody = challenge("00" * 16)
    assert answer("00" * 16, nobody, mine.sign_session(nobody)) == refused
    bench.now[0] += 121
    assert answer(mine.seat_id, fresh, mine.sign_session(fresh)) == refused


@pytest.mark.parametrize(
    ("program", "kept"), [("1.2.3", "1.2.3"), ("2026", "2026"), ("Nora's laptop", ""), ("1.2.3 ", ""), ("9" * 99, "")]
)
def test_a_seats_program_is_a_version_or_nothing(bench: Bench, program: str, kept: str) -> None:
    laptop = bench.laptop("p1")
    asked = bench.ask("POST", "/v1/session", None, encode(SessionAsk(laptop.seat_id)))
    challenge = decode(SessionChallenge, asked.body).challenge
    answer = NamedAnswer(laptop.seat_id, challenge, laptop.sign_session(challenge), program)
    assert bench.ask("POST", "/v1/session/answer", None, encode(answer)).status == 200
    assert bench.server.storage.seen() == (SeatSeen(laptop.seat_id, 1_000_000, kept),)


def test_each_entry_is_answered_by_itself(bench: Bench) -> None:
    spaces, token = bench.practice.spaces, bench.token("p1")
    shared = spaces["shared"]
    key, change = sealed(shared)
    _, orphan = sealed(shared)
    _, elsewhere = sealed(spaces["police"])
    answer = push(bench, token, shared, [orphan, b"", change, elsewhere, key, change, b"\x00" * (256 * 1024 + 1)])
    told = [(item.status.value, item.code, item.seq) for item in answer.results]
    assert told == [
        ("rejected", "unknown_key", 0),
        ("rejected", "entry.form", 0),
        ("ok", "", 2),
        ("rejected", "entry.space", 0),
        ("ok", "", 1),
        ("dup", "", 2),
        ("rejected", "entry.size", 0),
    ]
    again = push(bench, token, shared, [change, orphan])
    assert [(item.status.value, item.seq) for item in again.results] == [("dup", 2), ("rejected", 0)]


def test_a_key_of_another_case_is_no_key(bench: Bench) -> None:
    shared = bench.practice.spaces["shared"]
    key, key_id, case_key = seal_key(shared, TAG, keys.new_secret())
    body = f'{{"space":"{shared}","tag":"{"72" * 16}"}}'.encode()
    change = seal_change(shared, "72" * 16, key_id, case_key, body, bytes(64))
    answer = push(bench, bench.token("p1"), shared, [key, change])
    assert [item.code for item in answer.results] == ["", "unknown_key"]


def test_the_receipt_signs_what_is_held_and_nothing_else(bench: Bench) -> None:
    shared, laptop = bench.practice.spaces["shared"], bench.laptop("p1")
    raws = sealed(shared)
    answer = push(bench, bench.token("p1"), shared, [*raws, b"bad"])
    eids = tuple(eid_of(raw) for raw in (*raws, b"bad"))
    server_key = bytes.fromhex(bench.server.info.receipt_key)
    receipt = check_answer(answer, eids, shared, laptop.seat_id, server_key)
    assert receipt.items == ((eids[0], 1), (eids[1], 2))
    assert receipt.at == "1970-01-12T13:46:40+00:00"
    for place in range(0, len(answer.receipt), 7):
        tampered = bytearray(answer.receipt)
        tampered[place] ^= 1
        with pytest.raises(SyncError):
            open_receipt(bytes(tampered), server_key)
    with pytest.raises(SyncError) as caught:
        open_receipt(answer.receipt, keys.sign_public_of(keys.new_secret()))
    assert caught.value.code == "receipt.signature"
    promised = msgspec.structs.replace(answer.results[2], status=ItemStatus.OK, seq=3)
    more = msgspec.structs.replace(answer, results=(*answer.results[:2], promised))
    with pytest.raises(SyncError) as caught:
        check_answer(more, eids, shared, laptop.seat_id, server_key)
    assert caught.value.code == "receipt.mismatch"


def test_have_names_what_the_log_lacks(bench: Bench) -> None:
    shared, token = bench.practice.spaces["shared"], bench.token("p1")
    key, change = sealed(shared)
    push(bench, token, shared, [key])
    asked = encode(HaveAsk((eid_of(change), eid_of(key))))
    reply = bench.ask("POST", f"/v1/spaces/{shared}/have", token, asked)
    assert decode(HaveMissing, reply.body).eids == (eid_of(change),)
    many = encode(HaveAsk(("00" * 32,) * (MAX_HAVE + 1)))
    assert code(bench.ask("POST", f"/v1/spaces/{shared}/have", token, many)) == (413, "have.too_many")


def test_a_cursor_of_another_epoch_or_beyond_the_end_starts_over(bench: Bench) -> None:
    shared, token = bench.practice.spaces["shared"], bench.token("p1")
    push(bench, token, shared, sealed(shared))
    epoch = bench.server.storage.heads([shared])[shared].epoch

    def first(after: str, epoch: str = "") -> int:
        reply = bench.ask("GET", f"/v1/spaces/{shared}/log", token, after=after, epoch=epoch)
        return decode(LogPage, reply.body).first_seq

    assert first(after="1", epoch=epoch) == 2
    assert first(after="1") == 2
    assert first(after="1", epoch="00" * 16) == 1
    assert [first(after=text) for text in ("3", "-1", "x", "", "9" * 40, "²")] == [1] * 6


@pytest.mark.parametrize(
    ("fault", "status", "told"), [(StorageBusy, 503, "server.busy"), (StorageFull, 507, "server.full")]
)
def test_a_database_that_cannot_is_said_and_loses_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, fault: type[Exception], status: int, told: str
) -> None:
    shared, laptop = bench.practice.spaces["shared"], bench.laptop("p1")
    laptop.edit(shared, TAG, "aim", 1)

    def away(*_: object) -> None:
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(bench.server.storage, "append", away)
        reply = bench.ask("POST", f"/v1/spaces/{shared}/log", bench.token("p1"), encode(PushBatch(sealed(shared))))
        assert code(reply) == (status, told)
        assert (reply.headers.get("retry-after") == "5") == (status == 503)
        assert not drive(laptop, bench.net.perform).level
        assert laptop.counts().pending == 2
    assert drive(laptop, bench.net.perform).level
    assert laptop.counts().pending == 0


@pytest.mark.logs("POST /v1/spaces/{space}/log failed: ZeroDivisionError")
def test_a_fault_of_ours_is_a_code_and_tells_no_values(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("Nora Feldt")

    token = bench.token("p1")
    monkeypatch.setattr(bench.server.storage, "append", broken)
    shared = bench.practice.spaces["shared"]
    reply = bench.ask("POST", f"/v1/spaces/{shared}/log", token, encode(PushBatch(())))
    assert code(reply) == (500, "server.fault")
    assert "Nora" not in caplog.text


def test_what_does_not_exist_is_said_in_our_words(bench: Bench) -> None:
    assert code(bench.ask("GET", "/v1/nothing")) == (404, "http.404")
    assert code(bench.ask("DELETE", "/v1/spaces")) == (405, "http.405")


def test_a_body_beyond_the_limit_is_refused_and_not_kept(bench: Bench) -> None:
    shared, token = bench.practice.spaces["shared"], bench.token("p1")
    assert code(bench.ask("POST", f"/v1/spaces/{shared}/log", token, bytes(MAX_BODY + 1))) == (413, "batch.too_large")
    many = encode(PushBatch((b"x",) * 201))
    assert code(bench.ask("POST", f"/v1/spaces/{shared}/log", token, many)) == (413, "batch.too_large")


@given(
    body=st.binary(max_size=200),
    route=st.sampled_from(ROUTES),
    query=st.dictionaries(st.sampled_from(("after", "epoch", "bytes", "since")), st.text(max_size=20)),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_the_answer_is_a_code(bench: Bench, body: bytes, route: object, query: dict[str, str]) -> None:
    method, path = getattr(route, "method"), getattr(route, "path")  # noqa: B009  as above
    space = bench.practice.spaces["shared"]
    reply = bench.net.ask(NetCall(method, path.replace("{space}", space), query, body, bench.token("p1")))
    assert reply.headers[MARK_HEADER] == PROTOCOL
    assert reply.status in {200, 400, 404, 413, 422}


def test_the_heads_token_brings_only_spaces_that_moved(bench: Bench) -> None:
    spaces, token = bench.practice.spaces, bench.token("p1")
    first = decode(SpaceHeads, bench.ask("GET", "/v1/spaces", token).body)
    assert len(first.spaces) == 2
    push(bench, token, spaces["police"], sealed(spaces["police"]))
    push(bench, token, spaces["health"], sealed(spaces["health"]))
    second = decode(SpaceHeads, bench.ask("GET", "/v1/spaces", token, since=first.since).body)
    assert [item.space for item in second.spaces] == [spaces["police"]]
    assert decode(SpaceHeads, bench.ask("GET", "/v1/spaces", token, since=second.since).body).spaces == ()
    bench.server.storage.renew_epochs()
    assert len(decode(SpaceHeads, bench.ask("GET", "/v1/spaces", token, since=second.since).body).spaces) == 2


def test_a_long_poll_wakes_when_a_head_moves_and_when_the_server_stops(bench: Bench) -> None:
    shared, token = bench.practice.spaces["shared"], bench.token("p1")
    pusher = bench.token("h1")
    since = decode(SpaceHeads, bench.ask("GET", "/v1/spaces", token).body).since
    waiting = NetCall("GET", "/v1/spaces", {"since": since, "wait": "30"}, None, token)
    moving = NetCall("POST", f"/v1/spaces/{shared}/log", {}, encode(PushBatch(sealed(shared))), pusher)

    async def both() -> tuple[float, NetReply, NetReply]:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        poll = asyncio.create_task(bench.net.ask_async(waiting))
        await asyncio.sleep(0.1)
        assert not poll.done()
        await bench.net.ask_async(moving)
        woken = await poll
        still = decode(SpaceHeads, woken.body).since
        last = asyncio.create_task(
            bench.net.ask_async(msgspec.structs.replace(waiting, query={"since": still, "wait": "30"}))
        )
        await asyncio.sleep(0.1)
        assert not last.done()
        bench.doorbell.close()
        return loop.time() - begun, woken, await last

    seconds, woken, last = bench.net.run(both())
    assert [item.space for item in decode(SpaceHeads, woken.body).spaces] == [shared]
    assert decode(SpaceHeads, last.body).spaces == ()
    assert seconds < 5


def test_the_access_log_has_ids_only(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    shared, laptop = bench.practice.spaces["shared"], bench.laptop("p1")
    with caplog.at_level(logging.INFO, logger=audit.__name__.replace("sync.server.audit", "causeway.server.access")):
        token = bench.token("p1")
        bench.ask("GET", f"/v1/spaces/{shared}/log", token, epoch="Nora Feldt")
        bench.ask("GET", "/v1/spaces/Nora/log", token)
    lines = [record.getMessage() for record in caplog.records]
    assert f"GET /v1/spaces/{{space}}/log seat={laptop.seat_id} space={shared} status=200 code=-" in lines[-2]
    assert f"seat={laptop.seat_id} space=- status=403 code=space.not_member" in lines[-1]
    assert not any("Nora" in line or token in line for line in lines)
