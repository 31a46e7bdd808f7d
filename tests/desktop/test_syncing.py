"""The driver of the round: real stores on real threads, a real server process, and days without a line."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from desktop.app import server_of
from desktop.crypto.keychain import Keychain
from desktop.demo.partnership import POLICE, Founded, found
from desktop.demo.server import PracticeServer
from desktop.profiles import Profile, Profiles
from desktop.seating import Seated
from desktop.store.outbox import CHANGES, URGENT
from desktop.store.seat import SeatIdentity
from desktop.store.store import Store
from desktop.syncing import Carrier, SyncDriver
from desktop.tasks import OnChanged, StoreThread
from desktop.ui.models.network import Line, Network, Truth, line_words
from sync.errors import SyncError, Unreachable
from sync.protocol import NetCall, NetReply
from tests.desktop.ui.opened import CHEAP, PASSPHRASE, ZONE, no_keyring


def now() -> datetime:
    return datetime.now(UTC)


class Laptop:
    """One member's store on its own thread, and a driver on it."""

    def __init__(self, folder: Path, founded: Founded, member: str) -> None:
        made = Profiles(Keychain(no_keyring), folder).create("Desk", PASSPHRASE, cost=CHEAP)
        self.seated = Seated(founded.seats[member], founded.roster)
        self._profile: Profile = made.profile
        self._key = made.store_key
        self.tasks = StoreThread(self._open)
        self.network = Network()
        self.owner = QObject()

    def _open(self, changed: OnChanged) -> Store:
        identity = SeatIdentity.of(self.seated.keys, self.seated.roster)
        return Store.open(self._profile.open_store(self._key), identity, now, ZONE, changed=changed)

    def drive(self, connect: Callable[[], Carrier]) -> SyncDriver:
        return SyncDriver(self.tasks, connect, self.network, clock=now, rng=random.SystemRandom())

    def write(self, code_name: str) -> None:
        self.tasks.change(lambda store: store.cases.new(code_name), lambda _key: None, owner=self.owner)

    def names(self, qtbot: QtBot) -> list[str]:
        heard: list[list[str]] = []
        self.tasks.query(
            lambda store: sorted(row.code_name for row in store.cases.caseload()), heard.append, owner=self.owner
        )
        qtbot.waitUntil(lambda: bool(heard))
        return heard[0]


@contextmanager
def driven(laptop: Laptop, connect: Callable[[], Carrier], qtbot: QtBot) -> Iterator[SyncDriver]:
    driver = laptop.drive(connect)
    driver.start()
    try:
        yield driver
    finally:
        driver.stop()


@pytest.fixture(scope="module")
def founded() -> Founded:
    return found()


@pytest.fixture
def server(tmp_path: Path, founded: Founded) -> Iterator[tuple[PracticeServer, str]]:
    """One for each test: what another test wrote under the same seat would look like a copied profile."""
    made = PracticeServer(tmp_path / "shared-server" / "data", founded.roster)
    address = made.start()
    yield made, address
    made.stop()


@pytest.fixture
def alder(tmp_path: Path, founded: Founded, qtbot: QtBot) -> Iterator[Laptop]:
    yield from opened(Laptop(tmp_path / "alder", founded, "alder"), qtbot)


@pytest.fixture
def rowan(tmp_path: Path, founded: Founded, qtbot: QtBot) -> Iterator[Laptop]:
    yield from opened(Laptop(tmp_path / "rowan", founded, "rowan"), qtbot)


def opened(laptop: Laptop, qtbot: QtBot) -> Iterator[Laptop]:
    ready: list[bool] = []
    laptop.tasks.start(lambda: ready.append(True))
    qtbot.waitUntil(lambda: bool(ready))
    yield laptop
    laptop.tasks.stop()


def to(address: str, founded: Founded) -> Callable[[], Carrier]:
    return lambda: server_of(address, founded.roster)


def test_what_was_written_offline_and_what_is_written_now_reach_the_colleague(
    qtbot: QtBot, alder: Laptop, rowan: Laptop, server: tuple[PracticeServer, str], founded: Founded
) -> None:
    assert founded.roster.unit(founded.unit_id(POLICE)) is not None
    alder.write("Harbour 214")
    connect = to(server[1], founded)
    with driven(alder, connect, qtbot), driven(rowan, connect, qtbot):
        qtbot.waitUntil(lambda: alder.network.truth.line is Line.LEVEL, timeout=20_000)
        qtbot.waitUntil(lambda: "Harbour 214" in rowan.names(qtbot), timeout=20_000)
        alder.write("Willow 290")  # a new row cuts the pause short here, news from the server cuts it short there
        qtbot.waitUntil(lambda: "Willow 290" in rowan.names(qtbot), timeout=20_000)
        qtbot.waitUntil(lambda: alder.network.truth.pending == 0, timeout=20_000)
        assert alder.network.truth.last_contact is not None


class NoLine:
    """A day without a line; counts how often it was tried."""

    def __init__(self) -> None:
        self.calls = 0

    def perform(self, _call: NetCall) -> NetReply:
        self.calls += 1
        raise Unreachable("net.dns")


def test_without_a_line_it_says_since_when_and_tries_again_more_and_more_rarely(qtbot: QtBot, alder: Laptop) -> None:
    line = NoLine()
    alder.write("Harbour 214")
    with driven(alder, lambda: line, qtbot):
        qtbot.waitUntil(lambda: alder.network.truth.line is Line.OFFLINE, timeout=10_000)
        since = alder.network.truth.since
        qtbot.waitUntil(lambda: line.calls >= 3, timeout=20_000)
        qtbot.waitUntil(lambda: alder.network.truth.line is Line.OFFLINE)
        assert alder.network.truth.since == since
        assert alder.network.truth.code == "net.dns"
        assert alder.network.truth.pending > 0
        assert alder.network.truth.last_contact is None


def test_a_person_cuts_the_pause_short(qtbot: QtBot, alder: Laptop) -> None:
    line = NoLine()
    driver = alder.drive(lambda: line)
    driver._rng = Slow()
    driver.start()
    try:
        qtbot.waitUntil(lambda: alder.network.truth.line is Line.OFFLINE, timeout=10_000)
        tried = line.calls
        for _ in range(6):  # the pause has grown to half a minute
            alder.network.wanted.emit()
            qtbot.waitUntil(lambda before=tried: line.calls > before, timeout=3000)  # type: ignore[misc]  # bound now
            qtbot.waitUntil(lambda: alder.network.truth.line is Line.OFFLINE)
            tried = line.calls
        assert tried >= 7
    finally:
        driver.stop()


class Slow(random.Random):
    """Always draws the longest pause."""

    def random(self) -> float:
        return 0.999


def test_a_server_that_went_away_in_between_is_found_again(
    qtbot: QtBot, alder: Laptop, tmp_path: Path, founded: Founded
) -> None:
    server = PracticeServer(tmp_path / "server", founded.roster)
    connect = to(server.start(), founded)
    try:
        with driven(alder, connect, qtbot):
            qtbot.waitUntil(lambda: alder.network.truth.line is Line.LEVEL, timeout=20_000)
            server.kill()
            alder.write("Harbour 214")
            qtbot.waitUntil(lambda: alder.network.truth.line is Line.OFFLINE, timeout=20_000)
            assert alder.network.truth.last_contact is not None
            server.start()
            alder.network.wanted.emit()
            qtbot.waitUntil(
                lambda: alder.network.truth.line is Line.LEVEL and alder.network.truth.pending == 0, timeout=30_000
            )
    finally:
        server.stop()


class Flickering:
    """A line that lets so many calls through and is then down again."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self.lets_through = 0
        self.calls = 0

    def perform(self, call: NetCall) -> NetReply:
        self.calls += 1
        if not self.lets_through:
            raise Unreachable("net.refused")
        self.lets_through -= 1
        return self._carrier.perform(call)


def test_a_line_that_comes_back_for_a_moment_is_tried_again_soon_and_not_called_up(
    qtbot: QtBot, alder: Laptop, server: tuple[PracticeServer, str], founded: Founded
) -> None:
    line = Flickering(server_of(server[1], founded.roster))
    alder.write("Harbour 214")
    driver = alder.drive(lambda: line)
    driver._rng = Slow()
    driver.start()
    try:
        for _ in range(6):  # the pause has grown to half a minute
            tried = line.calls
            alder.network.wanted.emit()
            qtbot.waitUntil(lambda before=tried: line.calls > before, timeout=5000)  # type: ignore[misc]  # bound now
            qtbot.waitUntil(lambda: alder.network.truth.line is Line.OFFLINE)
        line.lets_through = 2
        tried = line.calls
        alder.network.wanted.emit()
        qtbot.waitUntil(lambda: line.calls >= tried + 3, timeout=10_000)  # two answers, then down
        qtbot.waitUntil(lambda: alder.network.truth.line is Line.OFFLINE)
        assert alder.network.truth.last_contact is not None
        assert alder.network.truth.code == "net.refused"
        qtbot.waitUntil(lambda: line.calls >= tried + 4, timeout=15_000)  # nobody pressed anything
    finally:
        driver.stop()


def test_an_address_that_can_never_work_is_said_and_not_tried_again(qtbot: QtBot, alder: Laptop) -> None:
    tried: list[bool] = []

    def connect() -> Carrier:
        tried.append(True)
        raise SyncError("net.plain")

    with driven(alder, connect, qtbot):
        qtbot.waitUntil(lambda: alder.network.truth.code == "net.plain", timeout=5000)
        alder.network.wanted.emit()
        qtbot.wait(300)
    assert tried == [True]


@pytest.mark.logs(r"causeway\.tasks ERROR: perform:\d+: ValueError")
def test_a_fault_of_the_program_is_told_without_content_and_ends_nothing(qtbot: QtBot, alder: Laptop) -> None:
    class Faulty:
        def __init__(self) -> None:
            self.calls = 0

        def perform(self, _call: NetCall) -> NetReply:
            self.calls += 1
            if self.calls == 1:
                raise ValueError("12 Quarry Lane")
            raise Unreachable("net.dns")

    line = Faulty()
    driver = alder.drive(lambda: line)
    with qtbot.waitSignal(driver.failed, timeout=10_000) as told:
        driver.start()
    qtbot.waitUntil(lambda: line.calls > 1, timeout=10_000)
    driver.stop()
    assert told.args is not None
    assert "Quarry" not in str(told.args[0])


def test_stopping_in_the_middle_of_a_call_keeps_nobody_waiting(qtbot: QtBot, alder: Laptop) -> None:
    gate = threading.Event()

    class Hanging:
        def perform(self, _call: NetCall) -> NetReply:
            gate.wait(10)
            raise Unreachable("net.timeout")

    driver = alder.drive(Hanging)
    driver.start()
    qtbot.waitUntil(lambda: alder.network.truth.line is Line.SYNCING)
    driver.stop()
    alder.tasks.stop()
    gate.set()
    driver._threads[0].join(5)
    assert not driver._threads[0].is_alive()


@pytest.mark.parametrize(
    ("truth", "words"),
    [
        (Truth(), "On this laptop only"),
        (Truth(Line.WAITING), "Not in contact yet"),
        (
            Truth(Line.OFFLINE, datetime(2026, 11, 23, 8, 12, tzinfo=UTC), pending=4),
            "Offline since 08:12 · 4 in outbox",
        ),
        (Truth(Line.SYNCING, sent=3, ahead=2), "Syncing · 3 done, 2 to come"),
        (Truth(Line.SYNCING), "Syncing"),
        (
            Truth(Line.TROUBLE, datetime(2026, 11, 23, 8, 12, tzinfo=UTC), refused=1),
            "Server answers, but not everything went through · 1 refused",
        ),
    ],
)
def test_the_top_bar_says_what_is_true(truth: Truth, words: str) -> None:
    assert line_words(truth, datetime(2026, 11, 23, 9, 42, tzinfo=UTC)) == words


def test_over_a_metered_line_only_what_is_urgent_goes_until_a_person_asks_for_all(
    qtbot: QtBot, alder: Laptop, rowan: Laptop, server: tuple[PracticeServer, str], founded: Founded
) -> None:
    connect = to(server[1], founded)
    metered = [True]
    driver = SyncDriver(
        alder.tasks, connect, alder.network, clock=now, rng=random.SystemRandom(), paused=lambda: metered[0]
    )
    driver.start()
    try:
        qtbot.waitUntil(lambda: alder.network.truth.paused, timeout=10_000)
        alder.write("Heron 512")
        qtbot.waitUntil(lambda: alder.network.truth.pending > 0, timeout=10_000)
        qtbot.wait(500)
        assert alder.network.truth.last_contact is None, "nothing goes by itself"
        assert "paused on a metered line" in line_words(alder.network.truth, now())

        def withdraw(store: Store) -> None:
            key = store.cases.new("Heron 613")
            store.cases.add_record(key, "consent", {"state": "withdrawn"})

        alder.tasks.change(withdraw, lambda _done: None, owner=alder.owner)
        qtbot.waitUntil(lambda: alder.network.truth.last_contact is not None, timeout=20_000)
        qtbot.waitUntil(lambda: 0 < alder.network.truth.pending < 5, timeout=20_000)
        held = urgencies(qtbot, alder)
        assert held.count(CHANGES) == 2, "the two new cases wait"
        assert URGENT not in held
        alder.network.wanted.emit()
        qtbot.waitUntil(
            lambda: alder.network.truth.pending == 0 and alder.network.truth.line is Line.LEVEL, timeout=20_000
        )
        qtbot.wait(300)  # so that what is written next is no part of this round
        alder.write("Heron 714")
        qtbot.waitUntil(lambda: alder.network.truth.pending > 0, timeout=10_000)
        metered[0] = False
        driver.look_again()
        qtbot.waitUntil(lambda: alder.network.truth.pending == 0, timeout=20_000)
        assert not alder.network.truth.paused
    finally:
        driver.stop()
    with driven(rowan, connect, qtbot):
        qtbot.waitUntil(lambda: {"Heron 512", "Heron 714"} <= set(rowan.names(qtbot)), timeout=20_000)


def urgencies(qtbot: QtBot, laptop: Laptop) -> list[int]:
    """The priorities of what is in the outbox."""
    heard: list[list[int]] = []
    laptop.tasks.query(
        lambda store: [row[0] for row in store.database.query("SELECT priority FROM outbox")],
        heard.append,
        owner=laptop.owner,
    )
    qtbot.waitUntil(lambda: bool(heard))
    return heard[0]
