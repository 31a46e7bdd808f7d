"""Unused plugins go, libraries stay when something that stays is linked to them, links never dangle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.pruning import Entry, libraries_in_need, links_in_use, plugins_in_use, translations_in_use


def binary(destination: str) -> Entry:
    return destination, f"/src/{destination}", "BINARY"


@pytest.mark.parametrize(
    ("plugin", "stays"),
    [
        ("platforms/libqxcb.so", True),
        ("platforms/libqoffscreen.so", True),
        ("platforms/libqwayland.so", True),
        ("platforms/libqminimal.so", False),
        ("platforms/libqeglfs.so", False),
        ("platforms/qwindows.dll", True),
        ("platforms/qdirect2d.dll", False),
        ("platformthemes/libqgtk3.so", False),
        ("platformthemes/libqxdgdesktopportal.so", True),
        ("imageformats/libqjpeg.so", True),
        ("imageformats/libqsvg.so", True),
        ("imageformats/libqpdf.so", False),
        ("imageformats/qtiff.dll", False),
        ("sqldrivers/libqsqlite.so", False),
        ("printsupport/libcupsprintersupport.so", True),
    ],
)
@pytest.mark.parametrize("slash", ["/", "\\"])
def test_only_plugins_in_use_stay(plugin: str, slash: str, *, stays: bool) -> None:
    entry = binary(f"PySide6/Qt/plugins/{plugin}".replace("/", slash))
    assert (plugins_in_use([entry]) == [entry]) is stays


def test_a_library_stays_when_something_that_stays_needs_it_however_deep() -> None:
    module, gui, core, quick = map(
        binary,
        (
            "PySide6/QtGui.abi3.so",
            "PySide6/Qt/lib/libQt6Gui.so.6",
            "PySide6/Qt/lib/libQt6Core.so.6",
            "PySide6/Qt/lib/libQt6Quick.so.6",
        ),
    )
    links = {module[1]: {"libQt6Gui.so.6", "libc.so.6"}, gui[1]: {"libQt6Core.so.6"}, quick[1]: {"libQt6Gui.so.6"}}
    kept = libraries_in_need([quick, core, gui, module], lambda source: links.get(source, set()))
    assert set(kept) == {module, gui, core}


def test_python_itself_and_the_runtime_always_stay() -> None:
    entries = [binary(name) for name in ("libpython3.11.so.1.0", "python311.dll", "VCRUNTIME140.dll", "libcrypto.so.3")]
    assert libraries_in_need(entries, lambda _: set()) == entries


@given(st.dictionaries(st.integers(0, 12), st.sets(st.integers(0, 12)), max_size=13))
def test_nothing_that_stays_misses_a_library_that_was_there(links: dict[int, set[int]]) -> None:
    entries = [binary(f"lib{n}.so.1") for n in links] + [binary("module.abi3.so")]
    needs = {f"/src/lib{n}.so.1": {f"lib{to}.so.1" for to in linked} for n, linked in links.items()}
    needs["/src/module.abi3.so"] = {"lib0.so.1", "lib1.so.1"}
    kept = libraries_in_need(entries, lambda source: needs.get(source, set()))
    there = {destination for destination, _, _ in entries}
    stay = {destination for destination, _, _ in kept}
    wanted = {name for _, source, _ in kept for name in needs.get(source, set())}
    assert wanted & there <= stay
    assert stay <= wanted | {"module.abi3.so"}
    assert len(kept) == len(stay)


def test_a_link_goes_with_its_library() -> None:
    library = binary("PySide6/Qt/lib/libQt6Core.so.6")
    good: Entry = ("libQt6Core.so.6", "PySide6/Qt/lib/libQt6Core.so.6", "SYMLINK")
    dangling: Entry = ("libQt6Quick.so.6", "PySide6/Qt/lib/libQt6Quick.so.6", "SYMLINK")
    data: Entry = ("resources/a.svg", "/src/a.svg", "DATA")
    assert links_in_use([good, dangling, data], [library]) == [good, data]


def test_translations_of_our_languages_stay() -> None:
    names = ["qtbase_de.qm", "qtbase_pt_BR.qm", "qtbase_zh_CN.qm", "qt_de.qm", "qtbase_da.qm"]
    entries: list[Entry] = [(f"PySide6/Qt/translations/{name}", name, "DATA") for name in names]
    own: Entry = ("resources/i18n/sl.qm", "sl.qm", "DATA")
    assert [source for _, source, _ in translations_in_use([*entries, own])] == [
        "qtbase_de.qm",
        "qtbase_pt_BR.qm",
        "sl.qm",
    ]
