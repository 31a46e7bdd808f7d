"""The unit's screen: who belongs, a request approved after the words were compared, a lost laptop closed."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from desktop.crypto.shares import PaperSet
from desktop.errors import KnownError
from desktop.founding import found_unit
from desktop.joining import join
from desktop.model.unit import MemberLine, RequestLine, SeatLine
from desktop.paths import resources_root
from desktop.seating import Grown, Seated
from desktop.store.store import Store
from desktop.ui.frame import Frame
from desktop.ui.models.unit import Closing
from desktop.ui.theme.theme import apply_theme, make_theme
from desktop.ui.views.screen import Place
from desktop.ui.views.unit import UnitScreen
from desktop.ui.views.unit_panels import ClosingPanel, RequestPanel, ServerPanel
from desktop.ui.views.unit_papers import RenewPapersPage
from desktop.ui.widgets.buttons import Button
from desktop.ui.widgets.notice import Notice
from sync.enrolment import write_request
from sync.errors import Unreachable
from sync.keys import SeatKeys, new_secret, seal_public_of
from sync.protocol import EnrolBox, EnrolItem, EnrolPost, NetCall, NetReply, decode
from tests.desktop.ui.opened import House, make_seated_house, opened

SERVER = "https://causeway.invalid"


class NoLine:
    """A way to the server on a day without one."""

    def perform(self, _call: NetCall) -> NetReply:
        raise Unreachable("net.dns")


def founded(server: str = SERVER) -> Seated:
    made = found_unit(
        "R. Alder",
        "Rural West",
        "police",
        device="Desk one",
        recovery_public=seal_public_of(new_secret()),
        at="2026-11-22T10:00:00Z",
    )
    return Seated(made.keys, server=server, trees=made.trees)


def show(qtbot: QtBot, house: House) -> tuple[Frame, UnitScreen]:
    _causeway, frame = opened(qtbot, house, connect=lambda _address, _roster: NoLine())
    frame.open(Place.of("unit"))
    screen = frame.in_sight()
    assert isinstance(screen, UnitScreen)
    return frame, screen


def labels(screen: UnitScreen) -> str:
    """What can be read on the screen."""
    return " | ".join(made.text() for made in screen.findChildren(QLabel) if made.isVisible())


def test_the_founder_sees_themself_and_may_invite(qtbot: QtBot, tmp_path: Path) -> None:
    _frame, screen = show(qtbot, make_seated_house(tmp_path, founded()))
    qtbot.waitUntil(lambda: "R. Alder" in labels(screen))
    assert "Desk one · this laptop" in labels(screen)
    assert screen.invite.isVisible()
    assert not screen.findChildren(ServerPanel)


def test_a_unit_without_a_server_is_asked_for_one_and_plain_http_is_refused(qtbot: QtBot, tmp_path: Path) -> None:
    house = make_seated_house(tmp_path, founded(""))
    _frame, screen = show(qtbot, house)
    qtbot.waitUntil(lambda: bool(screen.findChildren(ServerPanel)))
    assert not screen.invite.isVisible()
    (panel,) = screen.findChildren(ServerPanel)
    panel.address.setText("http://server")
    QTest.keyClick(panel.address, Qt.Key.Key_Return)
    panel._tell()
    assert "https://" in panel.address.accessibleDescription()
    panel.address.setText("https://server.example")
    panel.code.setText("ABC")
    panel._tell()
    qtbot.waitUntil(lambda: "Server: https://server.example" in labels(screen))


def test_a_request_is_approved_only_after_the_words_were_compared(qtbot: QtBot, tmp_path: Path) -> None:
    house = make_seated_house(tmp_path, founded())
    asked = ask(house, tmp_path)
    _frame, screen = show(qtbot, house)
    qtbot.waitUntil(lambda: bool(screen.findChildren(RequestPanel)))
    (panel,) = screen.findChildren(RequestPanel)
    qtbot.waitUntil(lambda: "M. Rowan asks to join from “Desk two”" in labels(screen))
    assert not panel.approve.isEnabled()
    panel.same.click()
    panel.approve.click()
    qtbot.waitUntil(lambda: "Desk two" in labels(screen) and not screen.findChildren(RequestPanel))
    assert asked.keys.seat_id in [seat.id for line in members(screen) for seat in line.seats]


def ask(house: House, folder: Path) -> Seated:
    """A new laptop answers an invitation; its request lies in the lead's mailbox."""
    path = folder / "x.invitation"
    path.write_bytes(house.with_store(lambda store: store.enrolling.invite()))
    asked = join(path, name="M. Rowan", device="Desk two", today="2026-11-22")
    assert asked.application is not None
    posted = decode(EnrolPost, asked.application.body)
    item = EnrolItem(asked.application.errand.removeprefix("enrol "), posted.invitation, posted.sealed)

    def take(store: Store) -> None:
        assert store.replica.trees is not None
        store.replica.trees.take_mailbox(EnrolBox((item,)))

    house.with_store(take)
    return asked


def members(screen: UnitScreen) -> tuple[MemberLine, ...]:
    return screen.desk.tasks.step(lambda store: store.stewarding.members()).result()


def test_a_lost_laptop_is_closed_with_the_people_it_held_in_sight(qtbot: QtBot, tmp_path: Path) -> None:
    house = make_seated_house(tmp_path, founded())
    keys = SeatKeys.generate()

    def enrol(store: Store) -> None:
        store.cases.new("Harbour 214")
        request = write_request(keys, store.seat.unit, member_name="M. Rowan", device="Desk two", rules=1)
        store.stewarding.enrol(request)

    house.with_store(enrol)
    _frame, screen = show(qtbot, house)
    qtbot.waitUntil(lambda: "Desk two" in labels(screen))
    close = next(made for made in screen.findChildren(Button) if "Close Desk two" in made.accessibleName())
    close.click()
    qtbot.waitUntil(lambda: bool(screen.findChildren(ClosingPanel)))
    qtbot.waitUntil(lambda: "It could read 1 case, the highest risk first: Harbour 214." in labels(screen))
    (panel,) = screen.findChildren(ClosingPanel)
    assert panel.close_seat.isEnabled()  # it wrote nothing: there is nothing to choose
    panel.close_seat.click()
    qtbot.waitUntil(lambda: "Desk two · closed" in labels(screen))
    owed = screen.desk.tasks.step(lambda store: store.stewarding.owed()).result()
    assert not owed


@pytest.fixture
def waiting(tmp_path: Path) -> House:
    """The laptop of somebody who has joined and waits for the lead."""
    lead = make_seated_house(tmp_path / "lead", founded())
    path = tmp_path / "x.invitation"
    path.write_bytes(lead.with_store(lambda store: store.enrolling.invite()))
    return make_seated_house(tmp_path / "new", join(path, name="M. Rowan", device="Desk two", today="2026-11-22"))


def test_who_waits_sees_the_words_to_read_aloud_and_can_work(qtbot: QtBot, waiting: House) -> None:
    _frame, screen = show(qtbot, waiting)
    own = screen.desk.tasks.step(lambda store: store.enrolling.own_words("en")).result()
    qtbot.waitUntil(lambda: "  ".join(own) in labels(screen))
    assert not screen.invite.isVisible()
    assert (screen.desk.name, screen.desk.unit_name) == ("M. Rowan", "Rural West")
    screen.desk.tasks.step(lambda store: store.cases.new("Meadow 062")).result()
    rows = screen.desk.tasks.step(lambda store: store.cases.caseload()).result()
    assert [row.code_name for row in rows] == ["Meadow 062"]


def test_new_papers_end_the_old_ones(qtbot: QtBot, tmp_path: Path) -> None:
    old = PaperSet.new()
    made = found_unit(
        "R. Alder", "Rural West", "police", device="Desk one", recovery_public=old.public, at="2026-11-22T10:00:00Z"
    )
    house = make_seated_house(tmp_path, Seated(made.keys, server=SERVER, trees=made.trees))
    _frame, screen = show(qtbot, house)
    qtbot.waitUntil(lambda: "R. Alder" in labels(screen))
    next(made for made in screen.findChildren(Button) if made.text().startswith("New recovery papers")).click()
    (page,) = screen.findChildren(RenewPapersPage)
    strangers = PaperSet.new().shares
    for line, share in zip(page.lines, strangers, strict=False):
        line.setText(share.to_text())
    page.on.click()
    assert "not the papers shown here" in page.lines[1].accessibleDescription()
    for line, share in zip(page.lines, old.shares, strict=False):
        line.setText(share.to_text())
    page.on.click()
    new = page.papers.papers
    assert new is not None
    for _ in new.shares:
        page.papers.paper._on.click()
    for number, line in zip(page.papers.back.asked(), page.papers.back.lines, strict=True):
        line.setText(new.shares[number - 1].to_text())
    QTest.keyClick(page.papers.back.lines[-1], Qt.Key.Key_Return)
    public = new.public

    def announced(store: Store) -> tuple[bytes, int]:
        chain = store.belonging.own_chain
        assert chain is not None
        return store.stewarding.recovery_public, len(chain.generations)

    qtbot.waitUntil(lambda: screen.desk.tasks.step(announced).result() == (public, 2))
    with pytest.raises(KnownError, match=r"membership\.refused"):
        screen.desk.tasks.step(lambda store: store.stewarding.note_recovery(new_secret(), "never announced")).result()
    screen.desk.tasks.step(lambda store: store.stewarding.note_recovery(old.private, "stolen papers")).result()
    screen.desk.tasks.step(lambda store: store.stewarding.note_recovery(new.private, "drill")).result()
    assert [why for _, why in screen.desk.tasks.step(lambda store: store.stewarding.recoveries()).result()] == [
        "stolen papers",
        "drill",
    ]


def test_what_a_closed_laptop_wrote_is_kept_aside_and_taken_in_by_a_lead(qtbot: QtBot, tmp_path: Path) -> None:
    lead = make_seated_house(tmp_path / "lead", founded())
    keys = SeatKeys.generate()

    def enrol(store: Store) -> list[tuple[str, str, list[bytes]]]:
        request = write_request(keys, store.seat.unit, member_name="M. Rowan", device="Desk two", rules=1)
        store.stewarding.enrol(request)
        rows = store.database.query("SELECT id, kind, tree FROM tree ORDER BY id")
        return [(row[1], row[2], list(store.stewarding._trees.raws(row[2]))) for row in rows]

    trees = tuple(Grown(kind, tree, tuple(raws)) for kind, tree, raws in lead.with_store(enrol))
    rowan = make_seated_house(tmp_path / "rowan", Seated(keys, server=SERVER, trees=trees))

    def write(store: Store) -> tuple[str, list[bytes]]:
        key = store.cases.new("Thief 002")
        return key.space, [item.raw for item in store.replica.outgoing(key.space, 1 << 20)]

    space, raws = rowan.with_store(write)

    def lose(store: Store) -> None:
        store.stewarding.close_seat(keys.seat_id, {})
        store.replica.take_loose(space, raws, queue=False)

    lead.with_store(lose)
    _frame, screen = show(qtbot, lead)
    qtbot.waitUntil(lambda: "Kept aside from closed laptops" in labels(screen))
    assert screen.desk.tasks.step(lambda store: store.cases.caseload()).result() == []
    takes = [made for made in screen.findChildren(Button) if made.text() == "Take in"]
    assert takes
    while takes:
        before = len(takes)
        takes[0].click()
        qtbot.waitUntil(lambda most=before: count_takes(screen) < most)  # type: ignore[misc]  # bound now
        takes = [made for made in screen.findChildren(Button) if made.text() == "Take in" and made.isVisible()]
    rows = screen.desk.tasks.step(lambda store: store.cases.caseload()).result()
    assert [row.code_name for row in rows] == ["Thief 002"]


def count_takes(screen: UnitScreen) -> int:
    return sum(made.text() == "Take in" and made.isVisible() for made in screen.findChildren(Button))


def test_a_copied_profile_asks_with_the_words_and_a_warning_when_its_old_seat_is_closed(
    qtbot: QtBot, qapp: QApplication
) -> None:
    apply_theme(qapp, make_theme("light", resources_root(), 1.0))
    line = RequestLine(
        "", "R. Alder", "Desk one", b"request", "", ("acorn", "actor", "album", "amber", "anchor", "angle")
    )
    panel = RequestPanel(line, "“Desk one” was copied", "Ask first whether this laptop was lost.")
    qtbot.addWidget(panel)
    warned = [made.accessibleName() for made in panel.findChildren(Notice)]
    assert warned == ["Ask first whether this laptop was lost."]
    assert not panel.approve.isEnabled()
    with qtbot.waitSignal(panel.approved):
        panel.same.click()
        panel.approve.click()


def test_a_thief_who_sets_the_clock_back_gains_nothing_by_it() -> None:
    honest, later, forged = (1, "2026-11-20T10:00", "aa"), (2, "2026-11-20T11:00", "bb"), (3, "2026-11-19T09:00", "cc")
    elsewhere = ((1, "2026-11-20T10:30", "dd"), (2, "", "ee"), (3, "2026-11-20T10:31", "ff"))
    member = MemberLine("m", "M. Rowan", frozenset({"practitioner"}), False, ())
    closing = Closing(
        member, SeatLine("s", "Desk", False, False, ""), (), {"one": (honest, later, forged), "two": elsewhere}
    )
    assert closing.trusted(("one", 2, later[1])) == {"one": ["aa", "bb"], "two": ["dd"]}
    assert closing.trusted(None) == {"one": ["aa", "bb", "cc"], "two": ["dd", "ee", "ff"]}
    assert closing.last_ones()[0] == ("one", 2, "2026-11-20T11:00")


def test_a_second_lead_is_made_and_can_close_the_first(qtbot: QtBot, tmp_path: Path) -> None:
    house = make_seated_house(tmp_path, founded())
    keys = SeatKeys.generate()
    house.with_store(
        lambda store: store.stewarding.enrol(
            write_request(keys, store.seat.unit, member_name="M. Rowan", device="Desk two", rules=1)
        )
    )
    _frame, screen = show(qtbot, house)
    qtbot.waitUntil(lambda: "M. Rowan" in labels(screen))
    next(made for made in screen.findChildren(Button) if made.accessibleName() == "Make M. Rowan a lead").click()
    qtbot.waitUntil(lambda: "Lead, Practitioner" in labels(screen) and labels(screen).count("Lead") == 2)
    leads = screen.desk.tasks.step(lambda store: store.belonging.own_chain).result()
    assert leads is not None
    assert keys.seat_id in leads.leads
