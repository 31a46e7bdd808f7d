"""The tree is small, and each measure goes red on one line too many."""

from pathlib import Path

from tests.house import sizes
from tests.house.tree import ROOT, modules, plant

SOURCE = modules(ROOT)


def body(lines: int, name: str = "f") -> str:
    """A function of exactly this many lines."""
    return f"def {name}():\n" + "    x = 1\n" * (lines - 1)


def test_no_module_is_too_long() -> None:
    assert sizes.long_modules(SOURCE) == []


def test_no_function_is_too_long() -> None:
    assert sizes.long_functions(SOURCE) == []


def test_most_modules_and_functions_are_short() -> None:
    assert sizes.module_median(SOURCE) <= sizes.MODULE_MEDIAN
    assert sizes.function_p90(SOURCE) <= sizes.FUNCTION_P90


def test_every_module_says_what_it_is() -> None:
    assert sizes.without_docstring(SOURCE) == []


def test_a_line_too_many_is_found(tmp_path: Path) -> None:
    planted = plant(tmp_path, {"desktop/fits.py": "x = 1\n" * 450, "desktop/long.py": "x = 1\n" * 451})
    assert sizes.long_modules(planted) == ["desktop/long.py: 451 lines"]


def test_a_long_function_is_found_also_inside_a_class_and_async(tmp_path: Path) -> None:
    method = "class A:\n" + "".join("    " + line + "\n" for line in ("async " + body(61, "g")).splitlines())
    planted = plant(tmp_path, {"desktop/fits.py": body(60), "sync/long.py": method})
    assert sizes.long_functions(planted) == ["sync/long.py:2 g: 61 lines"]


def test_the_median_and_the_ninetieth_percentile_are_what_they_say(tmp_path: Path) -> None:
    files = {f"desktop/m{n}.py": body(n, f"f{n}") for n in range(2, 12)}  # ten functions of 2 … 11 lines
    planted = plant(tmp_path, files | {"desktop/__init__.py": ""})
    assert sizes.function_p90(planted) == 10
    assert sizes.module_median(planted) == 6.5


def test_a_module_without_a_docstring_is_found(tmp_path: Path) -> None:
    planted = plant(
        tmp_path, {"desktop/a.py": '"""What it is."""\n', "desktop/b.py": "x = 1\n", "sync/c.py": '""" """'}
    )
    assert sizes.without_docstring(planted) == ["desktop/b.py", "sync/c.py"]
