"""Two people, one laptop: the spool through the real program and a real server; what is left after the lock."""

import gc
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from desktop.app import Causeway, Outfit, server_of
from desktop.carrying import AfterLock
from desktop.crypto.keychain import Keychain
from desktop.demo.partnership import Founded, found
from desktop.demo.server import PracticeServer
from desktop.profiles import Profiles
from desktop.seating import Seated, keep_seat
from desktop.store.lying import unsent
from desktop.store.seat import SeatIdentity
from desktop.store.spool import Spool
from desktop.store.spool_round import SpoolSending, Ticket
from desktop.store.store import Store
from desktop.tasks import StoreThread
from desktop.ui.models.entrance import Unlocked
from desktop.ui.models.network import Line
from desktop.ui.views.unlock import UnlockView
from sync.envelope import eid_of
from sync.errors import Refused, RetryLater, Unreachable
from sync.identity import Roster
from sync.keys import SeatKeys
from sync.protocol import NetCall, NetReply
from tests.desktop.store.laptops import writer
from tests.desktop.ui.opened import CHEAP, PASSPHRASE, ZONE, no_keyring

FAR = 40_000


class TwoDesks:
    """One laptop with a profile for each of two people, and the partnership's server, which may be down."""

    def __init__(self, folder: Path, members: tuple[str, str]) -> None:
        self.founded: Founded = found()
        self.server = PracticeServer(folder / "server", self.founded.roster)
        self.address = self.server.start()
        self.server.kill()
        self.data = folder / "laptop"
        self.desks: dict[str, Unlocked] = {}
        for member in members:
            made = Profiles(Keychain(no_keyring), self.data).create(f"Desk of {member}", PASSPHRASE, cost=CHEAP)
            database = made.profile.open_store(made.store_key)
            keep_seat(database, Seated(self.founded.seats[member], self.founded.roster, self.address))
            database.close()
            self.desks[member] = Unlocked(made.profile, made.store_key)

    def program(self, qtbot: QtBot) -> Causeway:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        outfit = Outfit(
            self.data, server_of, Keychain(no_keyring), clock=lambda: datetime.now(UTC), zone=ZONE, cost=CHEAP
        )
        causeway = Causeway(app, outfit)
        qtbot.addWidget(causeway.window, before_close_func=lambda _window: causeway.close())
        causeway.start()
        return causeway

    def held(self, member: str) -> dict[str, bytes]:
        files = (path for path in self.desks[member].profile.folder.rglob("*") if path.is_file())
        return {path.name: path.read_bytes() for path in files if path.suffix != ".lock"}


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[TwoDesks]:
    made = TwoDesks(tmp_path, ("alder", "rowan"))
    yield made
    made.server.stop()


def come_in(qtbot: QtBot, causeway: Causeway, unlocked: Unlocked) -> StoreThread:
    with qtbot.waitSignal(causeway.opened, timeout=FAR):
        causeway.enter(unlocked)
    assert causeway.session is not None
    return causeway.session.tasks


def names(qtbot: QtBot, tasks: StoreThread) -> list[str]:
    heard: list[list[str]] = []
    tasks.query(lambda store: sorted(row.code_name for row in store.cases.caseload()), heard.append, owner=tasks)
    qtbot.waitUntil(lambda: bool(heard), timeout=FAR)
    return heard[0]


def write(tasks: StoreThread, code_name: str) -> None:
    def act(store: Store) -> None:
        store.cases.new(code_name)

    tasks.change(act, lambda _done: None, owner=tasks)


def lock_words(qtbot: QtBot, causeway: Causeway) -> str:
    view = causeway.window.main()
    assert isinstance(view, UnlockView)
    qtbot.waitUntil(view.ready, timeout=FAR)
    rows = [row.accessibleName() for row in view._rows.values()]
    return " | ".join([*rows, *(label.text() for label in view.passphrase_page.findChildren(QLabel))])


def test_the_second_person_sees_the_firsts_case_and_delivers_it(qtbot: QtBot, desks: TwoDesks) -> None:
    causeway = desks.program(qtbot)
    night = come_in(qtbot, causeway, desks.desks["alder"])
    write(night, "Harbour 214")
    names(qtbot, night)
    causeway.lock()
    words = lock_words(qtbot, causeway)
    assert "Desk of alder, 2 items not yet sent" in words
    assert "Harbour" not in words
    before = desks.held("alder")

    day = come_in(qtbot, causeway, desks.desks["rowan"])
    qtbot.waitUntil(lambda: names(qtbot, day) == ["Harbour 214"], timeout=FAR)
    desks.server.start()
    assert causeway.session is not None
    network = causeway.session.network
    network.wanted.emit()
    qtbot.waitUntil(lambda: not unsent(desks.data / "spool"), timeout=FAR)
    qtbot.waitUntil(lambda: network.truth.line is Line.LEVEL, timeout=FAR)
    assert desks.held("alder") == before, "that profile stays locked"
    causeway.lock()
    assert "not yet sent" not in lock_words(qtbot, causeway)
    assert_colleague_reads(qtbot, desks, "Harbour 214")


def assert_colleague_reads(qtbot: QtBot, desks: TwoDesks, code_name: str) -> None:
    """On a laptop of its own: what it reads came through the server."""
    other = TwoDesks.__new__(TwoDesks)
    other.founded, other.address, other.data = desks.founded, desks.address, desks.data.with_name("other laptop")
    made = Profiles(Keychain(no_keyring), other.data).create("Another", PASSPHRASE, cost=CHEAP)
    database = made.profile.open_store(made.store_key)
    keep_seat(database, Seated(desks.founded.seats["rowan"], desks.founded.roster, desks.address))
    database.close()
    causeway = other.program(qtbot)
    tasks = come_in(qtbot, causeway, Unlocked(made.profile, made.store_key))
    qtbot.waitUntil(lambda: code_name in names(qtbot, tasks), timeout=FAR)


def test_what_was_written_just_before_the_lock_is_delivered_after_it(qtbot: QtBot, desks: TwoDesks) -> None:
    desks.server.start()
    causeway = desks.program(qtbot)
    tasks = come_in(qtbot, causeway, desks.desks["alder"])
    assert causeway.session is not None
    network = causeway.session.network
    qtbot.waitUntil(lambda: network.truth.line is Line.LEVEL, timeout=FAR)
    qtbot.waitUntil(lambda: causeway.session._spooler._ticket is not None, timeout=FAR)  # type: ignore[union-attr]  # open
    desks.server.kill()
    write(tasks, "Harbour 214")
    names(qtbot, tasks)
    causeway.lock()
    assert "2 items not yet sent" in lock_words(qtbot, causeway)
    left = causeway._after_lock
    assert left is not None
    assert secrets_of(left, desks.founded.seats["alder"], desks.desks["alder"]) == []
    desks.server.start()
    qtbot.waitUntil(lambda: "not yet sent" not in lock_words(qtbot, causeway), timeout=60_000)
    qtbot.waitUntil(left.is_done, timeout=FAR)
    assert_colleague_reads(qtbot, desks, "Harbour 214")


def secrets_of(left: AfterLock, keys: SeatKeys, unlocked: Unlocked) -> list[str]:
    """Keys of the profile that can be reached from what is left of it."""
    secret = {keys.sign_private, keys.seal_private, keys.to_bytes(), unlocked.store_key}
    seen: set[int] = set()
    queue: list[object] = [left]
    found: list[str] = []
    while queue:
        one = queue.pop()
        if id(one) in seen or isinstance(one, type) or type(one).__name__ in {"module", "function", "Thread"}:
            continue
        seen.add(id(one))
        if isinstance(one, SeatKeys | SeatIdentity | Store) or (isinstance(one, bytes) and one in secret):
            found.append(type(one).__name__)
        if not isinstance(one, Roster):
            queue.extend(gc.get_referents(one))
    return found


class Answers:
    """A line that gives each of these in turn, then silence for ever."""

    def __init__(self, *outcomes: Exception) -> None:
        self._outcomes = list(outcomes)
        self.calls = 0

    def perform(self, _call: NetCall) -> NetReply:
        self.calls += 1
        raise self._outcomes.pop(0) if self._outcomes else Unreachable("net.dns")


def with_one_entry(folder: Path) -> Spool:
    """A spool with an entry of nobody's, well formed."""
    raw, _, _ = writer("p1", "police").key_entry("c3" * 16)
    spool = Spool(folder)
    spool.put([(eid_of(raw), raw)], 0)
    return spool


class Soon(random.Random):
    def random(self) -> float:
        return 0.0


def after_lock(folder: Path, line: Answers) -> AfterLock:
    ticket = Ticket("token", "ab" * 16, b"k" * 32)
    return AfterLock(SpoolSending(with_one_entry(folder)), ticket, lambda: line, Soon())


def test_a_session_that_is_over_ends_the_delivering(qtbot: QtBot, tmp_path: Path) -> None:
    line = Answers(Unreachable("net.dns"), RetryLater("server.busy", 0.0), Refused("session.expired", status=401))
    left = after_lock(tmp_path / "spools" / "one", line)
    left.start()
    qtbot.waitUntil(left.is_done, timeout=5000)
    assert line.calls == 3
    assert len(unsent(tmp_path / "spools")) == 1


def test_a_quarter_of_an_hour_ends_it_too(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.carrying.AFTER_LOCK_SECONDS", 0.35)
    line = Answers()
    left = after_lock(tmp_path, line)
    left.start()
    qtbot.waitUntil(left.is_done, timeout=5000)
    assert 2 <= line.calls <= 5


def test_it_ends_when_it_is_told_to(qtbot: QtBot, tmp_path: Path) -> None:
    line = Answers()
    left = after_lock(tmp_path, line)
    left.start()
    qtbot.waitUntil(lambda: line.calls > 0)
    left.stop()
    qtbot.waitUntil(left.is_done, timeout=5000)
