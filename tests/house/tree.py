"""The source tree as the house rules see it: modules with their text and syntax, and planted trees for the companions.

Leaves the rules to `sizes`, `cycles`, `words` and `documents`: each is a function from modules to faults as sentences.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ("desktop", "sync")


@dataclass(frozen=True)
class Module:
    """A Python file: `path` relative to the root with forward slashes, `name` dotted as it is imported."""

    path: str
    name: str
    text: str
    syntax: ast.Module

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())


Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(root: Path, folders: tuple[str, ...] = SOURCE) -> list[Module]:
    """Every Python file below these folders of `root`, in order of path."""
    return [module(root, path) for folder in folders for path in sorted((root / folder).rglob("*.py"))]


def module(root: Path, path: Path) -> Module:
    """The file at `path`, named as it is imported from `root`."""
    relative = path.relative_to(root)
    parts = relative.with_suffix("").parts
    dotted = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    text = path.read_text(encoding="utf-8")
    return Module(relative.as_posix(), dotted, text, ast.parse(text))


def functions(of: Module) -> Iterator[Function]:
    """Every function and method, also those inside functions."""
    return (node for node in ast.walk(of.syntax) if isinstance(node, Function))


def plant(root: Path, files: dict[str, str]) -> list[Module]:
    """Writes `files` (path to text) below `root` and reads them back as the source tree."""
    for name, text in files.items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return modules(root, tuple(sorted({name.split("/", 1)[0] for name in files})))


def hollow(root: Path) -> None:
    """Writes the project's packages below `root` with every module in its place and nothing in it."""
    for each in modules(ROOT):
        (root / each.path).parent.mkdir(parents=True, exist_ok=True)
        (root / each.path).touch()
