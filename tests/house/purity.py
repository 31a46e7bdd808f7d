"""The middle takes values and returns values: no clock, dice, disk, network, threads or processes; and what is imported
is declared. Qt and the doors are held by the import contracts.
"""

import ast
import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from tests.house.tree import Module

PURE = ("desktop/forms/", "desktop/model/", "sync/")
AT_THE_EDGE = (
    "desktop/forms/xlsform/",  # a workbook is converted in a process of its own, with limits
    *("sync/server/", "sync/transport.py", "sync/bundle.py", "sync/blobs.py"),
)
OUTWARD = {
    *("socket", "ssl", "http", "urllib.request", "sqlite3", "asyncio", "threading", "multiprocessing", "subprocess"),
    *("time", "random", "shutil", "tempfile", "glob", "io.open", "pathlib.Path", "os.path", "logging"),
}
HARMLESS = {"threading.local"}  # a place of each thread's own starts no thread and waits for none
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("Path", "cwd")}
IMPORT_NAMES = {"pyside6_essentials": {"PySide6", "shiboken6"}}  # where the package is not called as it is imported


def impure(source: list[Module]) -> list[str]:
    """Imports and calls in the pure modules that reach for the world."""
    pure = [each for each in source if each.path.startswith(PURE) and not each.path.startswith(AT_THE_EDGE)]
    return [f"{each.path}:{line} {what}" for each in pure for line, what in reaches(each.syntax)]


def reaches(syntax: ast.Module) -> list[tuple[int, str]]:
    """Where the code reaches for the world, and by which name."""
    found = [
        (line, name)
        for line, name in imported_names(syntax)
        if name not in HARMLESS and any(inside(name, each) for each in OUTWARD)
    ]
    for node in ast.walk(syntax):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
            found.append((node.lineno, "open("))
        elif isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if (owner, node.attr) in CLOCKS or (owner == "os" and node.attr != "urandom"):
                found.append((node.lineno, f"{owner}.{node.attr}"))
    return sorted(found)


def imported_names(syntax: ast.Module) -> list[tuple[int, str]]:
    """Everything imported by absolute name; `from a import b` counts as `a.b`."""
    names: list[tuple[int, str]] = []
    for node in ast.walk(syntax):
        if isinstance(node, ast.Import):
            names += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names += [(node.lineno, f"{node.module}.{alias.name}") for alias in node.names]
    return names


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def undeclared(root: Path, source: list[Module]) -> list[str]:
    """Imports of packages that `pyproject.toml` does not name as needed to run."""
    with (root / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    wanted = project["dependencies"] + project.get("optional-dependencies", {}).get("server", [])
    packages = [re.sub(r"[-.]", "_", Requirement(text).name).lower() for text in wanted]
    known = sys.stdlib_module_names | {"desktop", "sync"}
    known = known.union(*(IMPORT_NAMES.get(package, {package}) for package in packages))
    return [
        f"{each.path}:{line} {name}"
        for each in source
        for line, name in imported_names(each.syntax)
        if name.split(".")[0] not in known
    ]
