"""A partnership, its server in this process, and its server as a process."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync.protocol import NetCall, NetReply, SessionAnswer, SessionAsk, SessionChallenge, SessionGranted, decode, encode
from sync.server.app import Doorbell, make_app
from sync.server.routes import Server
from sync.server.settings import Settings, found_server, open_server
from tests.sync.driver import InProcess
from tests.sync.memory_replica import MemoryReplica
from tests.sync.practice import Practice, found_practice
from tests.sync.served import Served


@pytest.fixture(scope="session")
def practice() -> Practice:
    return found_practice()


@pytest.fixture
def served(tmp_path: Path, practice: Practice) -> Iterator[Served]:
    """A server process, not yet started."""
    server = Served(tmp_path, practice)
    yield server
    server.close()


@dataclass
class Bench:
    """The server in this process with a clock of its own."""

    practice: Practice
    server: Server
    net: InProcess
    doorbell: Doorbell
    now: list[float]

    def laptop(self, name: str) -> MemoryReplica:
        return MemoryReplica(self.practice.roster, self.practice.seats[name])

    def token(self, name: str) -> str:
        laptop = self.laptop(name)
        asked = self.net.perform(NetCall("POST", "/v1/session", body=encode(SessionAsk(laptop.seat_id))))
        challenge = decode(SessionChallenge, asked.body).challenge
        answer = SessionAnswer(laptop.seat_id, challenge, laptop.sign_session(challenge))
        granted = self.net.perform(NetCall("POST", "/v1/session/answer", body=encode(answer)))
        return decode(SessionGranted, granted.body).token

    def ask(
        self, method: str, path: str, token: str | None = None, body: bytes | None = None, **query: str
    ) -> NetReply:
        return self.net.ask(NetCall(method, path, query, body, token))


@pytest.fixture
def bench(tmp_path: Path, practice: Practice) -> Iterator[Bench]:
    found_server(tmp_path / "server", practice.roster.to_bytes(), Settings("Invented district"))
    now = [1_000_000.0]
    server = open_server(tmp_path / "server", clock=lambda: now[0])
    doorbell = Doorbell()
    net = InProcess(make_app(server, doorbell))
    yield Bench(practice, server, net, doorbell, now)
    net.close()
    server.storage.close()
