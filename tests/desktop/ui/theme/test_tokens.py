"""Every pair of colours that meets on screen can be read, in every theme; the measure itself is right."""

import re
from pathlib import Path

import pytest

from desktop.ui.theme.contrast import failures, ratio
from desktop.ui.theme.style import stylesheet
from desktop.ui.theme.theme import THEMES
from desktop.ui.theme.tokens import GRADES, LIGHT, TYPE

UI = Path(__file__).parents[4] / "desktop" / "ui"


@pytest.mark.parametrize("name", sorted(THEMES))
def test_every_pair_can_be_read(name: str) -> None:
    assert failures(THEMES[name]) == []


def test_the_measure_agrees_with_the_standard() -> None:
    assert ratio("#000000", "#FFFFFF") == pytest.approx(21)
    assert ratio("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert ratio("#FFFFFF", "#777777") == ratio("#777777", "#FFFFFF")


def test_a_pale_ink_is_found() -> None:
    assert any(line.startswith("muted on surface") for line in failures(LIGHT._replace(muted="#AAAAAA")))
    pale = LIGHT._replace(high=LIGHT.high._replace(ink="#E8A0A0"))
    assert any(line.startswith("high ink") for line in failures(pale))


def test_grades_get_darker_as_risk_rises() -> None:
    grounds = [ratio(getattr(LIGHT, grade).ground, "#000000") for grade in GRADES]
    assert grounds == sorted(grounds, reverse=True)


def test_nothing_is_smaller_than_twelve_but_key_caps() -> None:
    assert {name for name, kind in TYPE.items() if kind.px < 12} == {"key"}


def test_no_colour_is_written_outside_the_theme() -> None:
    literal = re.compile(r"#[0-9A-Fa-f]{6}\b|#[0-9A-Fa-f]{3}\b(?=[\"'])")
    found = [
        str(path.relative_to(UI))
        for path in UI.rglob("*.py")
        if "theme" not in path.parts and literal.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_stylesheet_grows_with_the_text_scale() -> None:
    assert "min-height: 34px" in stylesheet(LIGHT, 1.0)
    assert "min-height: 70px" in stylesheet(LIGHT, 2.0)
