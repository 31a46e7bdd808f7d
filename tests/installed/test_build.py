"""The trial of the program folder goes red when the folder is wrong or its self-test is."""

from pathlib import Path

import pytest

from installer import build


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A program folder with everything in its place and a self-test that passes."""
    for name in build.MUST_LIE_THERE:
        (tmp_path / "causeway" / "_internal" / name).mkdir(parents=True)
    program(tmp_path / "causeway", 'test "$1" = selftest && echo "selftest ok"')
    return tmp_path / "causeway"


def program(folder: Path, script: str) -> None:
    """Puts a shell script in the place of the frozen program."""
    (folder / "causeway").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / "causeway").chmod(0o755)


def test_a_folder_in_order_passes(folder: Path) -> None:
    build.look_inside(folder)
    assert build.try_out(folder) < build.SELFTEST_LIMIT


@pytest.mark.parametrize(
    "script",
    [
        "echo nothing to say",
        'echo "selftest ok"; exit 3',
        'echo "not selftest ok at all"',
        "kill -9 $$",
        'test -n "$PYTHONPATH$VIRTUAL_ENV$DISPLAY" && echo "selftest ok"',
    ],
)
def test_a_selftest_that_does_not_pass_is_a_failure(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "DISPLAY"):
        monkeypatch.setenv(name, "leaks in")
    program(folder, script)
    with pytest.raises(build.Failure):
        build.try_out(folder)


def test_a_selftest_that_hangs_is_a_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "SELFTEST_LIMIT", 0.2)
    program(folder, "exec sleep 20")
    with pytest.raises(build.Failure, match="did not end"):
        build.try_out(folder)


def test_missing_and_unwanted_parts_are_failures(folder: Path) -> None:
    (folder / "_internal" / "pytest").mkdir()
    with pytest.raises(build.Failure, match="carries pytest"):
        build.look_inside(folder)
    (folder / "_internal" / "resources" / "fonts").rmdir()
    with pytest.raises(build.Failure, match="lacks resources/fonts"):
        build.look_inside(folder)
