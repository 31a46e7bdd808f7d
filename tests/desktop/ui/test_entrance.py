"""Getting in: the passphrase, the delay, the printed code, first run and an invitation; by keyboard."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.app import Causeway, Outfit
from desktop.crypto.keychain import Keychain
from desktop.crypto.shares import PaperSet
from desktop.demo.partnership import found
from desktop.errors import KnownError
from desktop.joining import join, write_practice_invitation
from desktop.profiles import Profiles
from desktop.seating import Seated
from desktop.ui.views.first_run import FirstRunView
from desktop.ui.views.today import TodayScreen
from desktop.ui.views.unlock import UnlockView
from sync.errors import Unreachable
from sync.protocol import NetCall, NetReply
from tests.desktop.ui.opened import (
    CHEAP,
    NOW,
    PASSPHRASE,
    House,
    fill,
    make_house,
    no_keyring,
    no_server,
    opened,
    start,
)


def unlock_view(causeway: Causeway, qtbot: QtBot) -> UnlockView:
    view = causeway.window.main()
    assert isinstance(view, UnlockView)
    qtbot.waitUntil(view.ready)
    return view


def type_into(widget: QWidget, text: str) -> None:
    QTest.keyClicks(widget, text)
    QTest.keyClick(widget, Qt.Key.Key_Return)


def test_the_passphrase_and_enter_open_today(qtbot: QtBot, house: House) -> None:
    causeway = start(qtbot, house)
    view = unlock_view(causeway, qtbot)
    with qtbot.waitSignal(causeway.opened, timeout=10_000):
        type_into(view.passphrase_page.field.line, PASSPHRASE)
    assert causeway.session is not None
    assert causeway.session.frame is not None
    assert isinstance(causeway.session.frame.in_sight(), TodayScreen)


def test_a_wrong_passphrase_is_said_at_the_field_and_opens_nothing(qtbot: QtBot, house: House) -> None:
    causeway = start(qtbot, house)
    page = unlock_view(causeway, qtbot).passphrase_page
    type_into(page.field.line, "not the one")
    qtbot.waitUntil(lambda: "not right" in page.field.line.accessibleDescription())
    assert page.field.text() == ""
    assert causeway.session is None


def test_after_several_wrong_ones_the_next_has_to_wait_and_says_how_long(qtbot: QtBot, house: House) -> None:
    moment = [1_000_000.0]
    causeway = start(qtbot, house, wall=lambda: moment[0])
    page = unlock_view(causeway, qtbot).passphrase_page
    for _ in range(4):
        page.field.set_error("")
        page.field.line.setText("not the one")
        page.act.click()
        qtbot.waitUntil(lambda: bool(page.field.line.accessibleDescription()))
    qtbot.waitUntil(lambda: "Next try in 2 seconds" in page.field.line.accessibleDescription())
    assert not page.act.isEnabled()
    moment[0] += 3
    qtbot.waitUntil(page.act.isEnabled, timeout=5000)
    with qtbot.waitSignal(causeway.opened, timeout=10_000):
        type_into(page.field.line, PASSPHRASE)


def test_caps_lock_is_hinted_at_from_the_letters_that_arrive(qtbot: QtBot, house: House) -> None:
    causeway = start(qtbot, house)
    page = unlock_view(causeway, qtbot).passphrase_page
    QTest.keyClicks(page.field.line, "A")
    assert page._caps.isVisible()
    QTest.keyClicks(page.field.line, "a")
    assert not page._caps.isVisible()


def test_the_printed_code_opens_with_a_new_passphrase_and_the_old_one_ends(qtbot: QtBot, tmp_path: Path) -> None:
    keychain = Keychain(no_keyring)
    made = Profiles(keychain, tmp_path).create("Desk one", PASSPHRASE, cost=CHEAP)
    house = House(tmp_path, made.profile, made.store_key, keychain)
    causeway = start(qtbot, house)
    view = unlock_view(causeway, qtbot)
    page = view.recovery_page
    view.passphrase_page.lost.emit()
    mistyped = made.recovery_code[:-1] + ("A" if made.recovery_code[-1] != "A" else "B")
    page.code.setText(mistyped)
    page.fresh.first.line.setText("granite willow otter beacon")
    page.fresh.again.line.setText("granite willow otter beacon")
    page.act.click()
    qtbot.waitUntil(lambda: "group 6" in page.code.accessibleDescription())
    page.code.setText(made.recovery_code.lower().replace("-", " "))
    page.act.click()
    qtbot.waitUntil(lambda: not page.act.isEnabled())
    qtbot.waitUntil(page.act.isEnabled, timeout=10_000)
    assert made.profile.unlock("granite willow otter beacon", keychain, lambda: 0.0) == made.store_key
    with pytest.raises(KnownError) as refused:
        made.profile.unlock(PASSPHRASE, keychain, lambda: 0.0)
    assert refused.value.code == "vault.wrong_passphrase"


def first_run(qtbot: QtBot, folder: Path, invitation: str = "") -> tuple[Causeway, FirstRunView]:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    outfit = Outfit(
        folder, no_server, Keychain(no_keyring), clock=lambda: NOW, zone="Europe/London", cost=CHEAP,
        ask=lambda _over: invitation,
    )  # fmt: skip
    causeway = Causeway(app, outfit)
    qtbot.addWidget(causeway.window, before_close_func=lambda _window: causeway.close())
    causeway.start()
    view = causeway.window.main()
    assert isinstance(view, FirstRunView)
    return causeway, view


def keep_code(qtbot: QtBot, causeway: Causeway, view: FirstRunView) -> None:
    """Type the wrong groups first, then those of the paper."""
    qtbot.waitUntil(view.code.isVisible, timeout=10_000)
    groups = view.code._groups
    for line in view.code.lines:
        type_into(line, "AAAAAA")
    assert causeway.session is None
    for number, line in zip(view.code.asked(), view.code.lines, strict=True):
        line.clear()
        QTest.keyClicks(line, groups[number].lower())
    with qtbot.waitSignal(causeway.opened, timeout=10_000):
        QTest.keyClick(view.code.lines[-1], Qt.Key.Key_Return)


def keep_papers(view: FirstRunView) -> list[str]:
    """Copy three papers and type the two back that are asked for; returns what they say."""
    papers = view.papers.papers
    assert papers is not None
    written = [share.to_text() for share in papers.shares]
    for number in (1, 2, 3):
        assert view.papers.paper._shown.accessibleName() == written[number - 1].replace("-", " ")
        QTest.keyClick(view.papers.paper._on, Qt.Key.Key_Space)
    for number, line in zip(view.papers.back.asked(), view.papers.back.lines, strict=True):
        type_into(line, written[number - 1].lower())
    return written


def choose_passphrase(view: FirstRunView) -> None:
    type_into(view.secret.fresh.first.line, PASSPHRASE)
    type_into(view.secret.fresh.again.line, PASSPHRASE)


def test_founding_a_unit_by_keyboard_alone_ends_at_an_empty_today(qtbot: QtBot, tmp_path: Path) -> None:
    causeway, view = first_run(qtbot, tmp_path)
    view.way.found.emit()
    type_into(view.seat.name, "R. Alder")
    type_into(view.seat.unit, "Rural West")
    written = keep_papers(view)
    choose_passphrase(view)
    keep_code(qtbot, causeway, view)
    session = causeway.session
    assert session is not None
    assert session.frame is not None
    assert (session.frame.desk.name, session.frame.desk.unit_name) == ("R. Alder", "Rural West")
    assert session.driver is None
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    secrets = [b"Alder", b"Rural West", *(paper[:13].encode() for paper in written)]
    assert not any(secret in content for content in kept for secret in secrets)


def test_a_weak_passphrase_is_not_taken_and_nothing_is_made(qtbot: QtBot, tmp_path: Path) -> None:
    _causeway, view = first_run(qtbot, tmp_path)
    view.way.found.emit()
    type_into(view.seat.name, "R. Alder")
    type_into(view.seat.unit, "Rural West")
    keep_papers(view)
    view.secret.fresh.first.line.setText("password1")
    view.secret.fresh.again.line.setText("password1")
    view.secret.act.click()
    assert "Too easy" in view.secret.fresh.first.line.accessibleDescription()
    assert not (tmp_path / "profiles").exists()


def test_joining_by_an_invitation_sits_in_the_seat_that_it_names(qtbot: QtBot, tmp_path: Path) -> None:
    founded = found()
    path = tmp_path / "health.invitation"
    path.write_bytes(write_practice_invitation(Seated(founded.seats["linden"], founded.roster)))
    causeway, view = first_run(qtbot, tmp_path / "data", str(path))
    view.way.join.emit()
    qtbot.waitUntil(view.secret.isVisible)
    choose_passphrase(view)
    keep_code(qtbot, causeway, view)
    assert causeway.session is not None
    assert causeway.session.frame is not None
    assert causeway.session.frame.desk.seat == founded.seats["linden"].seat_id


def test_a_file_that_is_no_invitation_is_refused_before_anything_is_made(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "holiday.invitation"
    path.write_bytes(b"not an invitation")
    _causeway, view = first_run(qtbot, tmp_path / "data", str(path))
    view.way.join.emit()
    qtbot.waitUntil(lambda: "not an invitation" in view.way._notice.accessibleName())
    assert not (tmp_path / "data" / "profiles").exists()


def test_an_invitation_whose_list_lacks_the_seat_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stranger.invitation"
    path.write_bytes(write_practice_invitation(Seated(found().seats["alder"], found().roster)))
    with pytest.raises(KnownError) as refused:
        join(path, name="", device="Desk", today="2026-11-22")
    assert refused.value.code == "invitation.no_seat"


def test_a_unit_is_not_founded_before_its_papers_were_typed_back_right(qtbot: QtBot, tmp_path: Path) -> None:
    _causeway, view = first_run(qtbot, tmp_path)
    view.way.found.emit()
    type_into(view.seat.name, "R. Alder")
    type_into(view.seat.unit, "Rural West")
    papers = view.papers.papers
    assert papers is not None
    for _ in papers.shares:
        view.papers.paper._on.click()
    back = view.papers.back
    asked = [papers.shares[number - 1].to_text() for number in back.asked()]
    back.lines[0].setText(asked[0][:-1] + ("A" if asked[0][-1] != "A" else "B"))
    back.lines[1].setText(asked[1])
    type_into(back.lines[1], "")
    assert "Group 12" in back.lines[0].accessibleDescription()
    back.lines[0].setText(asked[1])
    type_into(back.lines[1], "")
    assert f"paper {back.asked()[0]} is asked for" in back.lines[0].accessibleDescription()
    others = PaperSet.new().shares
    for number, line in zip(back.asked(), back.lines, strict=True):
        line.setText(others[number - 1].to_text())
    type_into(back.lines[1], "")
    assert "not the papers shown here" in back.lines[1].accessibleDescription()
    assert not view.secret.isVisible()
    assert not (tmp_path / "profiles").exists()


def test_two_papers_of_the_unit_open_a_profile_and_the_unit_reads_why(qtbot: QtBot, tmp_path: Path) -> None:
    causeway, first = first_run(qtbot, tmp_path)
    first.way.found.emit()
    type_into(first.seat.name, "R. Alder")
    type_into(first.seat.unit, "Rural West")
    written = keep_papers(first)
    choose_passphrase(first)
    keep_code(qtbot, causeway, first)
    causeway.lock()
    view = unlock_view(causeway, qtbot)
    view.passphrase_page.lost.emit()
    view.recovery_page.lost.emit()
    page = view.unit_page
    page.lines[0].setText(written[2])
    page.lines[1].setText(written[2])
    page.fresh.first.line.setText("granite willow otter beacon")
    page.fresh.again.line.setText("granite willow otter beacon")
    page.act.click()
    assert "Please say why" in page.why.accessibleDescription()
    page.why.setText("Passphrase and code lost")
    page.act.click()
    qtbot.waitUntil(lambda: "Two different shares" in page._notice.accessibleName(), timeout=10_000)
    page.lines[1].setText(written[0])
    with qtbot.waitSignal(causeway.opened, timeout=10_000):
        page.act.click()
    assert causeway.session is not None
    recorded = causeway.session.tasks.step(lambda store: store.stewarding.recoveries()).result()
    assert [why for _, why in recorded] == ["Passphrase and code lost"]
    (profile,) = Profiles(Keychain(no_keyring), tmp_path).list()
    assert profile.unlock("granite willow otter beacon", Keychain(no_keyring), lambda: 0.0)


class NoLine:
    """A way to the server on a day without one."""

    def perform(self, _call: NetCall) -> NetReply:
        raise Unreachable("net.dns")


def test_what_was_not_sent_is_told_as_a_number_at_the_next_unlock(qtbot: QtBot, tmp_path: Path) -> None:
    house = make_house(tmp_path, server="https://causeway.invalid")
    house.with_store(lambda store: fill(store, 2))
    causeway, _frame = opened(qtbot, house, connect=lambda _address, _roster: NoLine())
    assert causeway.session is not None
    qtbot.waitUntil(lambda: causeway.session is not None and causeway.session.network.truth.pending > 0)
    pending = causeway.session.network.truth.pending
    causeway.lock()
    page = unlock_view(causeway, qtbot).passphrase_page
    assert f"{pending} items not yet sent" in page._who.text()
    assert "Harbour" not in page._who.text()


def test_a_profile_open_elsewhere_is_listed_but_not_offered(qtbot: QtBot, tmp_path: Path) -> None:
    house = make_house(tmp_path)
    database = house.profile.open_store(house.store_key)
    try:
        causeway = start(qtbot, house)
        view = causeway.window.main()
        assert isinstance(view, UnlockView)
        qtbot.waitUntil(lambda: "No profile can be opened" in view.passphrase_page.field.line.accessibleDescription())
        assert not view.ready()
    finally:
        database.close()
