"""A request by value, what it may need of the server, and what a route says of itself.

Leaves what each endpoint does to `sync.server.routes`, and HTTP to `sync.server.app`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from sync.errors import SyncError
from sync.identity import Seat
from sync.protocol import Info, T, decode
from sync.restored import Restores
from sync.server.accounts import Accounts
from sync.server.belonging import TreeMembers
from sync.server.blobs import Blobs
from sync.server.intake import MAX_BODY
from sync.server.log import Logs
from sync.server.membership import Members
from sync.server.pace import Allowance, UnitQuota
from sync.server.refusal import Refusal
from sync.server.storage.contract import Storage


@dataclass(frozen=True)
class Server:
    """Everything that a request may need, put together once by `sync.server.cli` or a test."""

    storage: Storage
    members: Members
    accounts: Accounts
    logs: Logs
    info: Info
    restores: Restores
    blobs: Blobs
    trees: TreeMembers | None
    """None where the members are a fixed list."""
    allowance: Allowance
    quota: UnitQuota
    clock: Callable[[], float]
    """Seconds since 1970."""
    gauges: Callable[[], dict[str, float]] = dict
    """What `/metrics` tells beside the counters."""


@dataclass(frozen=True)
class Request:
    """One request by value. `seat` is None on the routes that need no session; `space` is "" on those without one."""

    seat: Seat | None
    space: str
    query: Mapping[str, str]
    body: bytes
    place: Mapping[str, str] = field(default_factory=dict)
    """The parts of the path that its template leaves open."""

    def known_seat(self) -> Seat:
        """Raises `Refusal` 401 session.expired."""
        if self.seat is None:
            raise Refusal(401, "session.expired")
        return self.seat

    def message(self, kind: type[T]) -> T:
        """Raises `Refusal` 400 message.form."""
        try:
            return decode(kind, self.body)
        except SyncError as error:
            raise Refusal(400, error.code) from error

    def number(self, name: str, default: int) -> int:
        """A whole number of the query; anything else counts as the default, so that no cursor is ever invalid."""
        text = self.query.get(name, "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else default


Answer = msgspec.Struct | bytes
"""A message, or a part of a blob as it is."""

Handler = Callable[[Server, Request], Answer]


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    handler: Handler
    session: bool = True
    stranger: bool = False
    """Whether it may also be asked without a session."""
    rings: bool = False
    """Whether a head may have moved after it."""
    limit: int = MAX_BODY
    """Bytes of the largest body."""
    waits: bool = False
    """Whether an answer without news is held back for `wait` seconds."""
