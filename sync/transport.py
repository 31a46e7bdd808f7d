"""The door to the network: one `NetCall` out, one complete `NetReply` in, or the reason why not.

The only importer of `requests`. Leaves the order of calls to `sync.client` and threads to its caller: a `Transport`
is used by one thread at a time. Nothing of the environment is read (`trust_env=False`): a `REQUESTS_CA_BUNDLE` or a
proxy variable must not decide whom a laptop trusts.
"""

import ssl
import time
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from sync.errors import SyncError, Unreachable
from sync.protocol import (
    LONG_POLL_SECONDS,
    MARK_HEADER,
    MAX_REPLY_BYTES,
    MEDIA_TYPE,
    PROTOCOL,
    NetCall,
    NetReply,
    settle,
)

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
SLOWEST = 100.0
"""Bytes a second: a tenth of a line of 9.6 kbit/s."""
LOOPBACK = frozenset({"127.0.0.1", "::1"})

_CHUNK = 64 * 1024


class Transport:
    """Calls to one server. `close` it when done; it is its own context manager."""

    def __init__(
        self,
        base_url: str,
        ca_file: Path | None = None,
        extra_ca: Path | None = None,
        proxy: str | None = None,
        *,
        insecure_loopback: bool = False,
        read_seconds: float = READ_SECONDS,
        authority: bytes = b"",
    ) -> None:
        """`base_url` is https; plain http only with `insecure_loopback` and only to 127.0.0.1 or ::1.

        `ca_file` or `authority` (its bytes): the partnership's CA in PEM, trusted alone; `extra_ca`: one more by
        machine policy. Without either the system's CAs are trusted. `proxy`: an explicit proxy URL; none is ever found
        out. Raises `SyncError`: net.address, net.plain, net.ca (a CA file that cannot be read).
        """
        self._base = _checked_address(base_url, insecure_loopback=insecure_loopback)
        self._read_seconds = read_seconds
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._prepared: requests.PreparedRequest | None = None
        """The address in the form of the wire: to take it apart once is enough."""
        self._session.mount("https://", _PinnedAdapter(_trust(ca_file, extra_ca, authority)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def perform(self, call: NetCall) -> NetReply:
        """Carry out one call. Blocks for at most the call's time-outs; follows no redirect; retries nothing.

        Raises `Unreachable` (with `after_send` unless the server surely never saw the call): net.refused, net.dns,
        net.timeout, net.cut, net.tls, net.proxy, net.captive (an answer that is not from a server of ours),
        net.gateway, net.too_large. Raises `RetryLater` and `Refused` as `sync.protocol.settle` does.
        """
        try:
            with self._send(call) as response:
                body = _read_body(response, self._read_seconds)
                status, headers = response.status_code, response.headers
        except requests.RequestException as error:
            raise _unreachable(error) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable("net.cut", after_send=True) from error
        names = {name.lower(): value for name, value in headers.items()}
        _check_origin(status, names)
        return settle(NetReply(status, names, body))

    def _send(self, call: NetCall) -> requests.Response:
        """Straight through the adapter: a session's cookies, redirects and environment have no place here, and no
        server needs to know with which library it is spoken to.
        """
        headers = {"accept": MEDIA_TYPE, "accept-encoding": "identity", "user-agent": urllib3.util.SKIP_HEADER}
        if call.body is not None:
            headers |= {"content-type": MEDIA_TYPE, "content-length": str(len(call.body))}
        elif call.method not in {"GET", "HEAD"}:
            headers["content-length"] = "0"
        if call.token:
            headers["authorization"] = f"Bearer {call.token}"
        patience = self._read_seconds + (LONG_POLL_SECONDS if call.timeout_kind == "long" else 0)
        if self._prepared is None:
            self._prepared = requests.Request("GET", self._base).prepare()
        request = self._prepared.copy()
        request.method, request.body = call.method, call.body
        request.url = f"{str(request.url).rstrip('/')}{call.path}{'?' if call.query else ''}{urlencode(call.query)}"
        request.headers.clear()
        request.headers.update(headers)
        return self._session.get_adapter(self._base).send(
            request,
            stream=True,
            timeout=(CONNECT_SECONDS, patience),
            proxies=self._session.proxies,
        )


class _PinnedAdapter(HTTPAdapter):
    """HTTPS through exactly one trust store, straight or through a proxy."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(max_retries=0)

    def init_poolmanager(self, *sizes: Any, **options: Any) -> None:
        super().init_poolmanager(*sizes, **options, ssl_context=self._context)

    def proxy_manager_for(self, proxy: str, **options: Any) -> urllib3.ProxyManager:
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **options, ssl_context=self._context)
        return manager

    def cert_verify(self, *_: Any) -> None:
        """`requests` would add its own bundle of public CAs to the context here."""


def _checked_address(base_url: str, *, insecure_loopback: bool) -> str:
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise SyncError("net.address") from error
    if not host or parts.scheme not in {"http", "https"} or parts.username or parts.query or parts.fragment:
        raise SyncError("net.address")
    if parts.scheme == "http" and not (insecure_loopback and host in LOOPBACK):
        raise SyncError("net.plain")
    return base_url.rstrip("/")


def _trust(ca_file: Path | None, extra_ca: Path | None, authority: bytes) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file, cadata=authority.decode("ascii") or None)
        if extra_ca is not None:
            context.load_verify_locations(cafile=extra_ca)
    except (OSError, ssl.SSLError, UnicodeDecodeError) as error:
        raise SyncError("net.ca") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _read_body(response: requests.Response, patience: float) -> bytes:
    """The whole body, within the limit, at no less than `SLOWEST` once `patience` seconds are over: a server that drips
    would hold a round for ever. urllib3 raises when fewer bytes come than were announced.
    """
    body, began = bytearray(), time.monotonic()
    while chunk := response.raw.read1(_CHUNK, decode_content=False):
        body += chunk
        if len(body) > MAX_REPLY_BYTES:
            raise Unreachable("net.too_large", after_send=True)
        if time.monotonic() - began > patience + len(body) / SLOWEST:
            raise Unreachable("net.timeout", after_send=True)
    return bytes(body)


def _check_origin(status: int, headers: dict[str, str]) -> None:
    """Raises unless a server of ours speaks: portals answer 200 with a page, gateways for a server that is down."""
    ours = headers.get(MARK_HEADER) == PROTOCOL
    measured = "content-length" in headers or headers.get("transfer-encoding") == "chunked"
    if not measured and (ours or "content-type" not in headers):
        # Ours always announce their length: cut within its headers, one would pass for a whole empty answer.
        raise Unreachable("net.cut", after_send=True)
    if ours:
        return
    if status == 407:
        raise Unreachable("net.proxy")
    if status in {502, 503, 504}:
        raise Unreachable("net.gateway", after_send=True, status=status)
    raise Unreachable("net.captive", status=status)


def _unreachable(error: requests.RequestException) -> Unreachable:
    """The code for what happened, told apart by type and never by the text of a message."""
    causes = tuple(_causes(error))
    if isinstance(error, requests.exceptions.ProxyError):
        return Unreachable("net.proxy")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Unreachable("net.tls")
    if any(isinstance(cause, urllib3.exceptions.NameResolutionError) for cause in causes):
        return Unreachable("net.dns")
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Unreachable("net.timeout")
    if isinstance(error, requests.exceptions.Timeout):
        return Unreachable("net.timeout", after_send=True)
    if any(isinstance(cause, urllib3.exceptions.NewConnectionError) for cause in causes):
        return Unreachable("net.refused")
    return Unreachable("net.cut", after_send=True)


def _causes(error: BaseException) -> list[BaseException]:
    """The error, what it was raised from, and what urllib3 and requests hide in `args` and `reason`."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < 32:
        item = waiting.pop()
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            waiting += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
    return found
