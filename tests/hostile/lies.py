"""Every lie of the threat list, and what the laptop has to say to it: `LIES`, by name.

A lie is made for a place, whose honest log it bends. It is told to one laptop after an honest beginning.
"""

import gzip
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from sync.envelope import eid_of
from sync.keys import Domain, new_secret, sign
from sync.protocol import (
    EMPTY_LOG_HASH,
    MARK_HEADER,
    MEDIA_TYPE,
    PROTOCOL,
    ItemResult,
    ItemStatus,
    LogPage,
    NetReply,
    Problem,
    PushAnswer,
    PushBatch,
    Receipt,
    SessionChallenge,
    SignedReceipt,
    SpaceHeads,
    decode,
    encode,
    next_hash,
)
from tests.hostile.liar import Asked, Lie, Said, ours, wire
from tests.machines.place import Place

GENUINE = {MARK_HEADER: PROTOCOL, "content-type": MEDIA_TYPE}
INVENTED = "ee" * 16
"""The epoch of a log that never was."""
ORACLE = b'{"space":"00","set":[["case","case","aim","signed by mistake"]]}'
"""What a server would like to have signed."""


@dataclass(frozen=True)
class Told:
    """What the person hears. `code`: of the round or of a space ("": none); else what the screen shows of it."""

    code: str = ""
    tray: str = ""
    """The code of a refused item."""
    aside: bool = False
    """Entries kept aside are counted on the screen."""
    restarted: bool = False
    """The log is said to have gone back."""
    nothing: bool = False
    """The lie is without any effect on the laptop."""


Bend = Callable[[Place, Asked, LogPage], LogPage]


def _pages(bend: Bend) -> Callable[[Place], Lie]:
    """A lie about pages of the log."""

    def made(place: Place) -> Lie:
        def lie(asked: Asked) -> Said:
            reply = asked.honest()
            if not asked.is_page or reply.status != 200:
                return reply
            return ours(encode(bend(place, asked, decode(LogPage, reply.body))))

        return lie

    return made


def _pushes(bend: Callable[[Place, Asked, PushAnswer], PushAnswer]) -> Callable[[Place], Lie]:
    """A lie about what was taken."""

    def made(place: Place) -> Lie:
        def lie(asked: Asked) -> Said:
            reply = asked.honest()
            if not asked.is_push or reply.status != 200:
                return reply
            return ours(encode(bend(place, asked, decode(PushAnswer, reply.body))))

        return lie

    return made


def _always(said: Callable[[], Said]) -> Callable[[Place], Lie]:
    return lambda _: lambda _: said()


def _hash_before(place: Place, asked: Asked, seq: int) -> str:
    log_hash = EMPTY_LOG_HASH
    for entry in place.entries(asked.space)[: seq - 1]:
        log_hash = next_hash(log_hash, entry.eid)
    return log_hash


def _consistent(place: Place, asked: Asked, page: LogPage, entries: tuple[bytes | None, ...], head: int) -> LogPage:
    """A page with other entries whose running hash comes out nevertheless."""
    log_hash = _hash_before(place, asked, page.first_seq)
    for raw in entries:
        log_hash = next_hash(log_hash, eid_of(raw or b""))
    return msgspec.structs.replace(page, entries=entries, log_hash=log_hash, head=head)


def _withholds(place: Place, asked: Asked, page: LogPage) -> LogPage:
    return _consistent(place, asked, page, (), page.first_seq - 1)


def _says_erased(_place: Place, _asked: Asked, page: LogPage) -> LogPage:
    eids = tuple(eid_of(raw) for raw in page.entries if raw is not None)
    return msgspec.structs.replace(page, entries=(None,) * len(page.entries), erased=eids)


def _replays_from_elsewhere(place: Place, asked: Asked, page: LogPage) -> LogPage:
    foreign = [space for space in place.server.members.spaces() if space != asked.space]
    replayed = tuple(entry.raw for space in foreign for entry in place.entries(space))[:5]
    entries = (*page.entries, *replayed) if page.entries else page.entries
    return _consistent(place, asked, page, entries, page.first_seq - 1 + len(entries))


def _reorders(_place: Place, _asked: Asked, page: LogPage) -> LogPage:
    return msgspec.structs.replace(page, entries=tuple(reversed(page.entries)))


def _forks(place: Place, asked: Asked, page: LogPage) -> LogPage:
    """Another history from here on: every second entry is not shown."""
    entries = page.entries[::2]
    return _consistent(place, asked, page, entries, page.first_seq - 1 + len(entries))


def _floods(place: Place, asked: Asked, page: LogPage) -> LogPage:
    garbage = tuple(page.first_seq.to_bytes(8, "big") + number.to_bytes(8, "big") for number in range(200))
    log_hash = EMPTY_LOG_HASH
    for seq in range(1, page.first_seq):
        start, number = divmod(seq - 1, 200)
        log_hash = next_hash(log_hash, eid_of((start * 200 + 1).to_bytes(8, "big") + number.to_bytes(8, "big")))
    for raw in garbage:
        log_hash = next_hash(log_hash, eid_of(raw))
    return LogPage(INVENTED, page.first_seq, garbage, log_hash, 10**9)


def _floods_without_end(_place: Place) -> Lie:
    """A log of rubbish that never ends, in a history of its own."""

    def lie(asked: Asked) -> Said:
        reply = asked.honest()
        if not asked.is_page or reply.status != 200:
            return reply
        after = int(asked.call.query.get("after", "0")) if asked.call.query.get("epoch") == INVENTED else 0
        page = msgspec.structs.replace(decode(LogPage, reply.body), first_seq=after + 1)
        return ours(encode(_floods(_place, asked, page)))

    return lie


def _fills_a_page(_place: Place, _asked: Asked, page: LogPage) -> LogPage:
    return msgspec.structs.replace(page, entries=(b"",) * 100_000, head=page.first_seq + 99_999)


def _absurd_head(place: Place, asked: Asked, page: LogPage) -> LogPage:
    return _consistent(place, asked, page, (), 2**53 - 1)


def _signed(key: bytes, receipt: Receipt) -> bytes:
    body = encode(receipt)
    return encode(SignedReceipt(body, sign(key, Domain.RECEIPT, body)))


def _receipt_of(answer: PushAnswer) -> Receipt:
    signed = msgspec.msgpack.decode(answer.receipt, type=SignedReceipt)
    return msgspec.msgpack.decode(signed.body, type=Receipt)


def _another_key(_place: Place, _asked: Asked, answer: PushAnswer) -> PushAnswer:
    return PushAnswer(answer.results, _signed(new_secret(), _receipt_of(answer)))


def _another_batch(_place: Place, _asked: Asked, answer: PushAnswer) -> PushAnswer:
    return PushAnswer(answer.results[::-1][1:], answer.receipt)


def _no_receipt(_place: Place, _asked: Asked, answer: PushAnswer) -> PushAnswer:
    return PushAnswer(answer.results, b"received with thanks")


def _receipts_and_drops(place: Place) -> Lie:
    """A true receipt for what it never stored."""

    def lie(asked: Asked) -> Said:
        if not asked.is_push:
            return asked.honest()
        raws = decode(PushBatch, asked.call.body or b"").entries
        head = place.head(asked.space)
        results = tuple(ItemResult(eid_of(raw), ItemStatus.OK, seq=head.seq + 1 + at) for at, raw in enumerate(raws))
        seat = place.server.accounts.seat_of(asked.call.token or "").id
        items = tuple((item.eid, item.seq) for item in results)
        receipt = Receipt(asked.space, head.epoch, seat, "2026-01-01T00:00:00+00:00", items)
        return ours(encode(PushAnswer(results, _signed(place.server.logs._receipt_key, receipt))))

    return lie


def _rolls_back(place: Place) -> Lie:
    place.restore(announced=False)
    return lambda asked: asked.honest()


def _adds_spaces(_place: Place) -> Lie:
    """Spaces and members of its own invention."""

    def lie(asked: Asked) -> Said:
        reply = asked.honest()
        if asked.call.path == "/v1/spaces" and reply.status == 200:
            heads = decode(SpaceHeads, reply.body)
            invented = tuple(
                msgspec.structs.replace(item, space=bytes([number]).hex() * 16)
                for item in heads.spaces
                for number in range(20)
            )
            return ours(encode(msgspec.structs.replace(heads, spaces=(*heads.spaces, *invented))))
        if "/chain" in asked.call.path or "/control" in asked.call.path:
            return ours(msgspec.msgpack.encode({"entries": [b"a member of my own"] * 9}))
        return reply

    return lie


def _wants_a_signature(_place: Place) -> Lie:
    """The session's challenge is a change that the server would like to have signed."""

    def lie(asked: Asked) -> Said:
        if asked.call.path == "/v1/session":
            return ours(encode(SessionChallenge(ORACLE)))
        return asked.honest() if asked.call.path == "/v1/session/answer" else ours(encode(Problem("x")), 401)

    return lie


def _refuses_everything(place: Place) -> Lie:
    def lie(asked: Asked) -> Said:
        closed = asked.is_push or asked.is_page
        return ours(encode(Problem("space.not_member")), 403) if closed else asked.honest()

    return lie


def _endless() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n" + _marks()
    yield from itertools.repeat(b"10000\r\n" + bytes(0x10000) + b"\r\n")


def _drip() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 X\r\ncontent-length: 1000000\r\n" + _marks()
    while True:
        time.sleep(0.02)
        yield b"\0"


def _marks() -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in GENUINE.items()).encode() + b"\r\n"


def _bomb() -> NetReply:
    """Ten megabytes of nothing in ten kilobytes."""
    return NetReply(200, GENUINE | {"content-encoding": "gzip"}, gzip.compress(bytes(10_000_000)))


LIES: dict[str, tuple[Callable[[Place], Lie], Told]] = {
    "withholds what it receipted": (_pages(_withholds), Told("log.withheld")),
    "receipts and drops": (_receipts_and_drops, Told("log.withheld")),
    "says that it was erased": (_pages(_says_erased), Told(tray="entry.erased")),
    "replays entries of another space": (_pages(_replays_from_elsewhere), Told(aside=True)),
    "replays an old page": (
        _pages(lambda _place, _asked, page: msgspec.structs.replace(page, first_seq=max(1, page.first_seq - 1))),
        Told(restarted=True),
    ),
    "reorders": (_pages(_reorders), Told("log.broken")),
    "forks": (_pages(_forks), Told("log.withheld")),
    "rolls back": (_rolls_back, Told(restarted=True)),
    "swaps its receipt key": (_pushes(_another_key), Told("receipt.signature")),
    "receipts another batch": (_pushes(_another_batch), Told("receipt.mismatch")),
    "gives no receipt": (_pushes(_no_receipt), Told("receipt.form")),
    "adds members and spaces": (_adds_spaces, Told(nothing=True)),
    "wants a change signed": (_wants_a_signature, Told("session.refused")),
    "shuts a member out": (_refuses_everything, Told("space.not_member")),
    "floods without end": (_floods_without_end, Told("log.flood")),
    "fills a page": (_pages(_fills_a_page), Told("log.size")),
    "claims an absurd head": (_pages(_absurd_head), Told("log.short")),
    "asks to wait a billion years": (
        _always(lambda: NetReply(503, GENUINE | {"retry-after": "9" * 18}, encode(Problem("server.busy")))),
        Told("server.busy"),
    ),
    "endless body": (_always(_endless), Told("net.too_large")),
    "slow drip": (_always(_drip), Told("net.timeout")),
    "absurd length": (_always(lambda: wire(200, GENUINE, b"short", length=10**18)), Told("net.cut")),
    "huge header": (_always(lambda: wire(200, GENUINE | {"x": "y" * 200_000}, b"")), Told("net.cut")),
    "ten thousand headers": (
        _always(lambda: wire(200, GENUINE | {f"x{number}": "y" for number in range(10_000)}, b"")),
        Told("net.cut"),
    ),
    "ten thousand redirects": (
        _always(lambda: wire(302, GENUINE | {"location": "/v1/info"}, b"")),
        Told("http.302"),
    ),
    "another's page with 200": (
        _always(lambda: wire(200, {"content-type": "text/html"}, b"<p>Welcome")),
        Told("net.captive"),
    ),
    "compressed bomb": (_always(_bomb), Told("message.form")),
    "malformed answer": (_always(lambda: ours(b"\xc1\xff not msgpack")), Told("message.form")),
    "nested without end": (_always(lambda: ours(b"\x91" * 1_000_000)), Told("message.form")),
    "answer to another question": (_always(lambda: ours(encode(Problem("x")))), Told("message.form")),
}
