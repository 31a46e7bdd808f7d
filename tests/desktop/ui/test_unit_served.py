"""A unit from its founding to the first shared case: two windows, a real server over TLS, nothing told beside them."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.app import Causeway, server_of
from desktop.founding import found_unit
from desktop.joining import join
from desktop.seating import Seated
from desktop.store.store import Store
from desktop.ui.models.network import Line
from desktop.ui.views.screen import Place
from desktop.ui.views.unit import UnitScreen
from desktop.ui.views.unit_panels import RequestPanel, ServerPanel
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.choices import CheckBox
from desktop.ui.widgets.notice import Notice
from sync.keys import new_secret, seal_public_of
from sync.records import SpaceKind
from tests.desktop.ui.opened import House, make_seated_house, opened
from tests.sync.certificates import Authority

PATIENCE = 40_000


class Server:
    """A real server process that knows nobody: an address, a CA file, a founding code."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder, "partnership")
        self.ca = authority.pem
        self._folder = folder
        self.code = _code(_run("init", "--dir", str(folder / "data")))
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "sync.server",
                "run",
                "--dir",
                str(folder / "data"),
                "--port",
                "0",
                *authority.issue(),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().split()[-1]

    def another_code(self) -> str:
        """A founding code for a further unit."""
        return _code(_run("found", "--dir", str(self._folder / "data")))

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()


def _code(said: str) -> str:
    return next(line for line in said.splitlines() if line.startswith("founding code")).split()[2].rstrip(":")


def _run(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "sync.server", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "server"
    folder.mkdir()
    made = Server(folder)
    yield made
    made.stop()


def seen(screen: UnitScreen) -> str:
    return " | ".join(made.text() for made in screen.findChildren(QLabel) if made.isVisible())


def unit_screen(causeway: Causeway) -> UnitScreen:
    assert causeway.session is not None
    assert causeway.session.frame is not None
    causeway.session.frame.open(Place.of("unit"))
    screen = causeway.session.frame.in_sight()
    assert isinstance(screen, UnitScreen)
    return screen


def is_level(causeway: Causeway) -> bool:
    return causeway.session is not None and causeway.session.network.truth.line is Line.LEVEL


def sync(causeway: Causeway) -> None:
    assert causeway.session is not None
    causeway.session.network.wanted.emit()


def names(causeway: Causeway) -> list[str]:
    assert causeway.session is not None
    rows = causeway.session.tasks.step(lambda store: store.cases.caseload()).result()
    return [row.code_name for row in rows]


def has_asked(causeway: Causeway) -> bool:
    """Whether nothing waits to be posted without a session."""
    assert causeway.session is not None

    def waiting(store: Store) -> bool:
        return store.replica.trees is not None and bool(store.replica.trees.errands())

    return not causeway.session.tasks.step(waiting).result()


def founded(folder: Path, name: str = "R. Alder", unit: str = "Rural West", agency: str = "police") -> House:
    made = found_unit(
        name,
        unit,
        agency,
        device="Desk one",
        recovery_public=seal_public_of(new_secret()),
        at="2026-11-22T10:00:00Z",
    )
    return make_seated_house(folder, Seated(made.keys, trees=made.trees))


def name_server(qtbot: QtBot, screen: UnitScreen, server: Server, code: str) -> None:
    """Fill in the panel and tell it."""
    qtbot.waitUntil(lambda: bool(screen.findChildren(ServerPanel)))
    panel = screen.findChildren(ServerPanel)[-1]
    panel.address.setText(server.address)
    panel.code.setText(code)
    panel._choose(str(server.ca))
    panel._tell()
    qtbot.waitUntil(lambda: f"Server: {server.address}" in seen(screen))


def connected(qtbot: QtBot, house: House, server: Server, code: str = "") -> Causeway:
    """The lead names the server, locks, and comes in again."""
    causeway, _frame = opened(qtbot, house, connect=server_of)
    name_server(qtbot, unit_screen(causeway), server, code or server.code)
    causeway.close()
    again, _frame = opened(qtbot, house, connect=server_of)
    qtbot.waitUntil(lambda: is_level(again), timeout=PATIENCE)
    return again


def test_a_unit_is_founded_joined_and_works_over_a_server_that_nobody_has_to_trust(
    qtbot: QtBot, tmp_path: Path, server: Server
) -> None:
    lead = connected(qtbot, founded(tmp_path / "lead"), server)
    screen = unit_screen(lead)
    qtbot.waitUntil(screen.invite.isVisible)
    file = tmp_path / "one.invitation"
    screen._model.invite(file)
    qtbot.waitUntil(lambda: file.exists() and bool(file.read_bytes()))

    joined = make_seated_house(tmp_path / "new", join(file, name="M. Rowan", device="Desk two", today="2026-11-22"))
    rowan, _frame = opened(qtbot, joined, connect=server_of)
    assert rowan.session is not None
    rowan.session.tasks.step(lambda store: store.cases.new("Meadow 062")).result()
    own = rowan.session.tasks.step(lambda store: store.enrolling.own_words("en")).result()
    qtbot.waitUntil(lambda: has_asked(rowan), timeout=PATIENCE)

    sync(lead)
    qtbot.waitUntil(lambda: bool(screen.findChildren(RequestPanel)), timeout=PATIENCE)
    (request,) = screen.findChildren(RequestPanel)
    qtbot.waitUntil(lambda: "  ".join(own) in seen(screen))
    request.same.click()
    request.approve.click()
    qtbot.waitUntil(lambda: "Desk two" in seen(screen), timeout=PATIENCE)
    sync(lead)

    def joined_in() -> bool:
        sync(rowan)
        sync(lead)
        return names(lead) == ["Meadow 062"]

    qtbot.waitUntil(joined_in, timeout=PATIENCE)
    assert rowan.session.tasks.step(lambda store: store.enrolling.own_words("en")).result() == ()
    for causeway in (lead, rowan):
        causeway.close()


def act_of(screen: UnitScreen, words: str) -> Button | None:
    return next((made for made in screen.findChildren(Button) if made.text() == words and made.isVisible()), None)


def click(qtbot: QtBot, screen: UnitScreen, words: str, causeway: Causeway) -> None:
    """Wait for an act to be offered (synchronising), compare the words, do it."""

    def offered() -> bool:
        sync(causeway)
        return act_of(screen, words) is not None

    qtbot.waitUntil(offered, timeout=PATIENCE)
    for box in screen.findChildren(CheckBox):
        box.setChecked(True)
    act = act_of(screen, words)
    assert act is not None
    assert act.isEnabled()
    act.click()


def test_a_wrong_founding_code_is_said_and_may_be_typed_again(qtbot: QtBot, tmp_path: Path, server: Server) -> None:
    house = founded(tmp_path / "lead")
    causeway, _frame = opened(qtbot, house, connect=server_of)
    name_server(qtbot, unit_screen(causeway), server, "not the code")
    causeway.close()
    again, _frame = opened(qtbot, house, connect=server_of)
    screen = unit_screen(again)
    qtbot.waitUntil(lambda: "The founding code is not right" in said(screen), timeout=PATIENCE)
    name_server(qtbot, screen, server, server.code)
    again.close()
    right, _frame = opened(qtbot, house, connect=server_of)
    qtbot.waitUntil(lambda: is_level(right), timeout=PATIENCE)
    right.close()


def said(screen: UnitScreen) -> str:
    return " | ".join(made.accessibleName() for made in screen.findChildren(Notice) if made.isVisible())


def test_two_agencies_found_a_partnership_and_share_a_case(qtbot: QtBot, tmp_path: Path, server: Server) -> None:
    police = connected(qtbot, founded(tmp_path / "police"), server)
    hospital = founded(tmp_path / "health", "I. Yew", "Northmere", "health")
    health = connected(qtbot, hospital, server, server.another_code())
    screens = {causeway: unit_screen(causeway) for causeway in (police, health)}
    cards = {police: tmp_path / "police.unit", health: tmp_path / "health.unit"}
    for causeway, screen in screens.items():
        screen._model.save_card(cards[causeway])
        qtbot.waitUntil(lambda path=cards[causeway]: path.exists())  # type: ignore[misc]  # bound now
    screens[police]._model.add_partner(cards[health])
    screens[health]._model.add_partner(cards[police])

    click(qtbot, screens[police], "Found the partnership together", police)
    click(qtbot, screens[health], "Confirm the partnership", health)
    click(qtbot, screens[police], "Open a shared space", police)
    assert police.session is not None
    assert health.session is not None

    def share(store: Store) -> None:
        space = next(each.id for each in store.seat.spaces.values() if each.kind is SpaceKind.SHARED)
        store.cases.share(store.cases.new("Harbour 214"), space, [], basis="danger to life")

    qtbot.waitUntil(lambda: "shared: Northmere" in seen(screens[police]), timeout=PATIENCE)
    police.session.tasks.step(share).result()

    def arrived() -> bool:
        sync(police)
        sync(health)
        return names(health) == ["Harbour 214"]

    qtbot.waitUntil(arrived, timeout=PATIENCE)
    for causeway in (police, health):
        causeway.close()
