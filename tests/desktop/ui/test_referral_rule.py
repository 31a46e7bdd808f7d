"""A referral shows the safe-contact rule that stands now, on both sides, and what was sent where that was another."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.paths import resources_root
from desktop.store.store import Store
from desktop.ui.theme.theme import apply_theme, make_theme
from desktop.ui.views.referral_follow import FollowReferral
from tests.desktop.ui.referral_desks import NUMBER, RULE, Two, labels_of, two_desks
from tests.desktop.ui.test_referral import LONG, following, sent, the_one

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
NEW_NUMBER = "01632 960777"


@pytest.fixture
def two(qapp: QApplication, tmp_path: Path) -> Iterator[Two]:
    apply_theme(qapp, make_theme("light", resources_root(), 1.0))
    yield from two_desks(tmp_path)


def shows(part: FollowReferral, words: str) -> bool:
    return words in labels_of(part.sheet)


@pytest.mark.parametrize("by_police", [True, False])
def test_a_rule_tightened_after_sending_is_the_one_that_is_shown(qtbot: QtBot, two: Two, *, by_police: bool) -> None:
    view = sent(qtbot, two)
    two.sync()
    at_health = following(qtbot, two.health, the_one(two.health))
    at_police = following(qtbot, two.police, view)
    assert "As sent" not in labels_of(at_health)
    assert "As sent" not in labels_of(at_police)
    two.police.clock.now += timedelta(hours=1)
    table = two.police if by_police else two.health
    key = the_one(table).key
    rule = {**RULE, "to": "10:00", "number": NEW_NUMBER}

    def tighten(store: Store) -> None:
        """The sender's rule stayed in the unit until now; the recipient writes the first one of the shared file, and
        the sender then has two that differ: no number stands for them until they decide.
        """
        file = store.cases.file(key)
        person = next(party.person for party in file.parties if party.role.value == "victim")
        if file.safe_contact is None:
            store.cases.add_record(key, "safe_contact", {"rule": rule, "person": person}, person)
        else:
            store.cases.edit(key, "safe_contact", person, "rule", rule, file.safe_contact.shown_ids)

    table.do(tighten)
    two.sync()
    for part in (at_health, at_police):
        part.model.load()
        qtbot.waitUntil(partial(shows, part, "10:00"), timeout=LONG)
        assert "As sent" in labels_of(part)
        assert "must not be used any more" in labels_of(part)
        assert NUMBER not in labels_of(part)
    numbers = [NEW_NUMBER, NEW_NUMBER if by_police else ""]
    for part, number in zip((at_health, at_police), numbers, strict=True):
        with qtbot.waitSignal(part.model.number, timeout=LONG) as opened:
            part.sheet.number_wanted.emit()
        assert opened.args == [number]
    assert by_police or "The numbers differ" in labels_of(at_police)
