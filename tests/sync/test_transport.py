"""The door to the network: who is trusted, what counts as an answer, and what is said when there is none."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync.errors import Refused, RetryLater, SyncError, Unreachable
from sync.protocol import MARK_HEADER, MAX_REPLY_BYTES, PROTOCOL, NetCall, Problem, encode
from sync.transport import Transport
from tests.sync.certificates import Authority
from tests.sync.practice import found_practice
from tests.sync.served import Served, Stranger

INFO = NetCall("GET", "/v1/info")
OURS = f"{MARK_HEADER}: {PROTOCOL}".encode()

Answering = Callable[[bytes], Stranger]


@pytest.fixture
def answering() -> Iterator[Answering]:
    strangers: list[Stranger] = []

    def start(answer: bytes) -> Stranger:
        strangers.append(Stranger(answer))
        return strangers[-1]

    yield start
    for stranger in strangers:
        stranger.close()


def _answer(status: str, body: bytes, *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 " + status.encode(), b"content-length: " + str(len(body)).encode(), *headers]
    return b"\r\n".join([*lines, b"connection: close", b"", body])


def _said(transport: Transport, call: NetCall = INFO) -> SyncError:
    with transport, pytest.raises(SyncError) as caught:
        transport.perform(call)
    return caught.value


def _loopback(url: str) -> Transport:
    return Transport(url, insecure_loopback=True, read_seconds=0.5)


@pytest.mark.parametrize(
    ("answer", "code", "after_send"),
    [
        (_answer("200 OK", b"<html>Welcome to the hotel</html>", b"content-type: text/html"), "net.captive", False),
        (_answer("302 Found", b"", b"location: http://portal.invalid/"), "net.captive", False),
        (_answer("404 Not Found", b"nothing here"), "net.captive", False),
        (_answer("407 Proxy Authentication Required", b""), "net.proxy", False),
        (_answer("502 Bad Gateway", b"<html>"), "net.gateway", True),
        (_answer("200 OK", b"x" * (MAX_REPLY_BYTES + 1), OURS), "net.too_large", True),
        (_answer("200 OK", b"whole", OURS)[:-2], "net.cut", True),
        (b"HTTP/1.1 200 OK\r\n" + OURS, "net.cut", True),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "net.cut", True),
        (b"", "net.cut", True),
    ],
)
def test_an_answer_that_is_not_a_whole_one_of_ours_is_no_answer(
    answering: Answering, answer: bytes, code: str, after_send: bool
) -> None:
    fault = _said(_loopback(answering(answer).url))
    assert isinstance(fault, Unreachable)
    assert (fault.code, fault.after_send) == (code, after_send)


@pytest.mark.parametrize("status", [401, 403, 409, 413, 422, 507])
def test_a_refusal_brings_the_servers_code_and_status(answering: Answering, status: int) -> None:
    fault = _said(_loopback(answering(_answer(f"{status} No", encode(Problem("some.code")), OURS)).url))
    assert isinstance(fault, Refused)
    assert (fault.code, fault.details["status"]) == ("some.code", status)


def test_a_refusal_without_a_readable_body_has_the_status_for_a_code(answering: Answering) -> None:
    assert _said(_loopback(answering(_answer("418 Teapot", b"\xff", OURS)).url)).code == "http.418"


@pytest.mark.parametrize(
    ("status", "after", "seconds"),
    [
        (429, "7", 7),
        (503, "0", 0),
        (503, "Wed, 21 Oct 2015 07:28:00 GMT", 30),
        (429, "999999999999", 30),
        (503, "9999", 3600),
    ],
)
def test_later_means_after_so_many_seconds(answering: Answering, status: int, after: str, seconds: float) -> None:
    retry = f"retry-after: {after}".encode()
    fault = _said(_loopback(answering(_answer(f"{status} Later", encode(Problem("server.busy")), OURS, retry)).url))
    assert isinstance(fault, RetryLater)
    assert fault.seconds == seconds


def test_a_closed_port_and_an_unknown_name_were_surely_never_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    refused = _said(_loopback(f"http://127.0.0.1:{port}"))
    unknown = _said(Transport("https://nowhere.invalid", read_seconds=2))
    assert isinstance(refused, Unreachable)
    assert isinstance(unknown, Unreachable)
    assert (refused.code, refused.after_send) == ("net.refused", False)
    assert (unknown.code, unknown.after_send) == ("net.dns", False)


def test_silence_is_a_time_out_after_sending() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fault = _said(_loopback(f"http://127.0.0.1:{listener.getsockname()[1]}"))
    assert isinstance(fault, Unreachable)
    assert (fault.code, fault.after_send) == ("net.timeout", True)


def test_the_token_and_the_query_are_sent_and_nothing_of_the_environment(
    answering: Answering, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password secret")
    stranger = answering(_answer("200 OK", b"whole", OURS))
    with _loopback(stranger.url) as transport:
        reply = transport.perform(NetCall("POST", "/v1/x", {"after": "3"}, b"body", "token"))
    assert reply.body == b"whole"
    sent = stranger.requests[0]
    assert sent.startswith(b"POST /v1/x?after=3 HTTP/1.1\r\n")
    assert b"authorization: Bearer token\r\n" in sent.lower().replace(b"bearer", b"Bearer")
    assert b"Basic" not in sent
    assert sent.endswith(b"body")


def test_an_explicit_proxy_is_used(answering: Answering) -> None:
    proxy = answering(_answer("200 OK", b"by proxy", OURS))
    with Transport("http://127.0.0.1:9", proxy=proxy.url, insecure_loopback=True) as transport:
        assert transport.perform(INFO).body == b"by proxy"


def test_a_proxy_that_wants_a_password_is_named(answering: Answering) -> None:
    proxy = answering(_answer("407 Proxy Authentication Required", b""))
    assert _said(Transport("https://server.invalid", proxy=proxy.url)).code == "net.proxy"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://server.invalid", "net.plain"),
        ("http://localhost", "net.plain"),
        ("http://127.0.0.1.invalid", "net.plain"),
        ("ftp://127.0.0.1", "net.address"),
        ("https://", "net.address"),
        ("https://server.invalid:port", "net.address"),
        ("https://me:secret@server.invalid", "net.address"),
        ("https://server.invalid/?a=b", "net.address"),
    ],
)
def test_an_address_that_is_unsafe_or_none_is_refused(url: str, code: str) -> None:
    with pytest.raises(SyncError) as caught:
        Transport(url, insecure_loopback=True)
    assert caught.value.code == code


def test_plain_http_needs_to_be_allowed() -> None:
    with pytest.raises(SyncError) as caught:
        Transport("http://127.0.0.1:80")
    assert caught.value.code == "net.plain"


@pytest.mark.e2e
def test_only_the_partnerships_own_ca_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, other = Authority(tmp_path, "own"), Authority(tmp_path, "other")
    served = Served(tmp_path, found_practice())
    served.start(own.issue())
    try:
        with Transport(served.url, ca_file=own.pem) as transport:
            assert b'"protocol":"sync/1"' in transport.perform(INFO).body
        with Transport(served.url, ca_file=other.pem, extra_ca=own.pem) as transport:
            assert transport.perform(INFO).status == 200
        wrong = _said(Transport(served.url, ca_file=other.pem))
        system = _said(Transport(served.url))
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            monkeypatch.setenv(name, str(own.pem))
        bundle = _said(Transport(served.url, ca_file=other.pem))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other.pem))
        with Transport(served.url, ca_file=own.pem) as transport:
            assert transport.perform(INFO).status == 200
    finally:
        served.close()
    assert isinstance(wrong, Unreachable)
    assert [fault.code for fault in (wrong, system, bundle)] == ["net.tls"] * 3


def test_no_public_ca_joins_the_partnerships_own(tmp_path: Path) -> None:
    transport = Transport("https://127.0.0.1:9", ca_file=Authority(tmp_path, "own").pem)
    assert _said(transport).code == "net.refused"
    adapter = transport._session.get_adapter("https://127.0.0.1:9")
    assert len(adapter._context.get_ca_certs()) == 1  # type: ignore[attr-defined]  # ours, behind requests' own type


def test_a_ca_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_bytes(b"")
    for path in (tmp_path / "empty.pem", tmp_path / "missing.pem"):
        with pytest.raises(SyncError) as caught:
            Transport("https://server.invalid", ca_file=path)
        assert caught.value.code == "net.ca"
