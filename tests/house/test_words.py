"""No drawer names, stray colours, prints, unexplained silencing or unfinished work; each rule sees a planted case."""

from pathlib import Path

import pytest

from tests.house import words
from tests.house.tree import ROOT, modules, plant

SOURCE = modules(ROOT)
EVERYTHING = modules(ROOT, ("desktop", "sync", "tests", "installer"))


def test_no_module_is_a_drawer() -> None:
    assert words.drawers(EVERYTHING) == []


def test_colours_live_in_the_theme() -> None:
    assert words.colours(SOURCE) == []


def test_only_commands_print() -> None:
    assert words.prints(SOURCE) == []


def test_every_silenced_checker_has_a_code_and_a_reason() -> None:
    assert words.unexplained(EVERYTHING) == []


def test_nothing_is_left_unfinished() -> None:
    assert words.unfinished(SOURCE) == []


def test_a_drawer_is_found(tmp_path: Path) -> None:
    names = ["desktop/utils.py", "sync/http_helpers.py", "desktop/misc/x.py", "desktop/managers.py"]
    fine = ["desktop/uncommon.py", "desktop/demo/people.py", "sync/tooltips.py"]
    planted = plant(tmp_path, dict.fromkeys(names + fine, ""))
    assert sorted(words.drawers(planted)) == sorted(names)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('css = "color: #1a2b3c;"', ["#1a2b3c"]),
        ('css = f"border: 1px solid #ABC; {1}"', ["#ABC"]),
        ('css = "background: rgba(0, 0, 0, 10%)"', ["rgba("]),
        ('x = QtGui.QColor("red")', ["QColor"]),
        ("x = QColor(10, 20, 30)", ["QColor"]),
        ("x = Qt.GlobalColor.red", ["GlobalColor.red"]),
        ("x = Qt.GlobalColor.transparent", []),
        ("x = QColor(token.value)", []),
        ('path = "/data/#children"', []),
        ('entity = "&#123;"', []),
        ('"""Says #abc in words."""', []),
    ],
)
def test_a_colour_outside_the_theme_is_found(tmp_path: Path, code: str, found: list[str]) -> None:
    planted = plant(tmp_path, {"desktop/ui/widgets/badge.py": code, "desktop/ui/theme/tokens.py": code})
    assert words.colours(planted) == [f"desktop/ui/widgets/badge.py:1 {what}" for what in found]


def test_a_print_or_an_evaluated_text_is_found(tmp_path: Path) -> None:
    files = {"desktop/store/a.py": "print(1)", "desktop/cli.py": "print(1)", "desktop/demo/x.py": "print(1)"}
    planted = plant(tmp_path, files | {"sync/b.py": "x = eval('1')", "desktop/cli_more.py": "breakpoint()"})
    assert words.prints(planted) == [
        "desktop/cli_more.py:1 breakpoint(",
        "desktop/store/a.py:1 print(",
        "sync/b.py:1 eval(",
    ]


@pytest.mark.parametrize(
    ("comment", "explained"),
    [
        ("# type: ignore", False),
        ("# type: ignore[attr-defined]", False),
        ("# type: ignore[attr-defined]  Qt's stub lacks the signal", True),
        ("# noqa", False),
        ("# noqa: S608", False),
        ("# noqa: S608, S603  table names are our own constants", True),
        ("# noqa: some reason without a code", False),
        ("# pragma: no cover", False),
        ("# an ordinary remark about noqa", True),
    ],
)
def test_a_silenced_checker_needs_a_code_and_a_reason(tmp_path: Path, comment: str, *, explained: bool) -> None:
    planted = plant(tmp_path, {"desktop/a.py": f"x = 1  {comment}\n"})
    assert (words.unexplained(planted) == []) is explained


@pytest.mark.parametrize("code", ["x = 1  # TODO: later", "# FIXME", "def f():\n    raise NotImplementedError"])
def test_unfinished_work_is_found(tmp_path: Path, code: str) -> None:
    assert len(words.unfinished(plant(tmp_path, {"desktop/a.py": code, "sync/b.py": "x = 'TODO'"}))) == 1
