"""Which files of a collected program folder are shipped: Qt plugins in use, and only the libraries that these need.

Pure: takes PyInstaller's entries (destination, source, kind) and returns the ones to keep. Reading what a binary is
linked to, and collecting, is left to `desktop.spec`.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

Entry = tuple[str, str, str]

LANGUAGES = ("en", "de", "fr", "pt", "hu", "sl", "fi")

# Paths below Qt's plugin folder that no desktop of ours uses: embedded displays, remote displays, GTK's theme (it pulls
# in all of GTK), Wayland variants of single boards, picture formats that nobody attaches to a case.
UNUSED_PLUGINS = re.compile(
    r"plugins/("
    r"egldeviceintegrations/|generic/|networkinformation/|qmltooling/|sqldrivers/|platforminputcontexts/lib.*virtual|"
    r"platforms/(lib)?q(eglfs|linuxfb|minimalegl|minimal|vkkhrdisplay|vnc|direct2d)\b|"
    r"platformthemes/libqgtk3|"
    r"wayland-graphics-integration-client/lib(dmabuf|drm|vulkan|shm)|"
    r"wayland-shell-integration/lib(fullscreen|ivi|wl-shell|qt-shell)|"
    r"imageformats/(lib)?q(icns|tga|tiff|wbmp|webp|pdf|gif)\b"
    r")"
)
SHARED_LIBRARY = re.compile(
    r"^(PySide6/(Qt/lib/)?|shiboken6/)?(lib[^/]+\.so[.\d]*|[^/]+\.dll|[^/]+\.dylib)$", re.IGNORECASE
)
ALWAYS = re.compile(r"^(libpython|python3|vcruntime|msvcp|ucrtbase|api-ms-|lib(ssl|crypto|ffi))", re.IGNORECASE)


def posix(destination: str) -> str:
    return destination.replace("\\", "/")


def name_of(destination: str) -> str:
    """The file name, as the loader looks for it."""
    return PurePosixPath(posix(destination)).name


def plugins_in_use(entries: Iterable[Entry]) -> list[Entry]:
    """Without the plugins that no desktop of ours uses."""
    return [entry for entry in entries if not UNUSED_PLUGINS.search(posix(entry[0]))]


def libraries_in_need(entries: list[Entry], needs: Callable[[str], set[str]]) -> list[Entry]:
    """Everything that is loaded by name, and of the shared libraries only those that something kept asks for.

    `needs` gives the file names of the libraries that the binary at a source path is linked to.
    """
    libraries: dict[str, list[Entry]] = {}
    kept: list[Entry] = []
    for entry in entries:
        if SHARED_LIBRARY.match(posix(entry[0])) and not ALWAYS.match(name_of(entry[0])):
            libraries.setdefault(name_of(entry[0]), []).append(entry)
        else:
            kept.append(entry)
    waiting = list(kept)
    while waiting:
        _, source, _ = waiting.pop()
        for name in needs(source):
            found = libraries.pop(name, [])
            kept += found
            waiting += found
    return kept


def links_in_use(entries: Iterable[Entry], kept: Iterable[Entry]) -> list[Entry]:
    """Without the symbolic links whose target is not among `kept`; a link's source is the destination it points to."""
    there = {posix(destination) for destination, _, _ in kept}
    return [entry for entry in entries if entry[2] != "SYMLINK" or posix(entry[1]) in there]


def translations_in_use(entries: Iterable[Entry]) -> list[Entry]:
    """Of Qt's own translations, those of the languages that Causeway speaks."""
    spoken = re.compile(rf"/translations/qtbase_({'|'.join(LANGUAGES)})(_[A-Z]+)?\.qm$")
    return [entry for entry in entries if "/translations/qt" not in posix(entry[0]) or spoken.search(posix(entry[0]))]
