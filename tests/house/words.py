"""Words that do not belong: drawer names, colours outside the theme, prints, unexplained silencing, unfinished work."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.house.tree import Module

DRAWERS = re.compile(r"(^|_)(utils?|helpers?|managers?|commons?|misc|stuff|tools?)$")
COLOUR = re.compile(r"(?<![\w&])#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b|\b(?:rgb|hsl|hsv)a?\(", re.IGNORECASE)
NAMED_COLOUR = re.compile(r"^(QColor|QRgba64|qRgb|qRgba)$")
MAY_PRINT = ("desktop/cli.py", "desktop/demo/", "sync/server/cli.py")
SILENCING = re.compile(r"#\s*(type:\s*ignore|noqa|pragma:\s*no)\b")
EXPLAINED = re.compile(
    r"#\s*(type:\s*ignore\[[\w, -]+\]|noqa:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*|pragma:\s*no (cover|branch))\W+\S+ \S+"
)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def drawers(source: list[Module]) -> list[str]:
    """Modules and packages whose name says nothing about what lies in them."""
    return [each.path for each in source if any(DRAWERS.search(part) for part in each.name.split("."))]


def colours(source: list[Module]) -> list[str]:
    """Colour literals outside the theme: hash notation and CSS functions in strings, QColor made from literals."""
    outside = [each for each in source if not each.path.startswith("desktop/ui/theme/")]
    return [f"{each.path}:{line} {what}" for each in outside for line, what in colour_literals(each.syntax)]


def colour_literals(syntax: ast.Module) -> Iterator[tuple[int, str]]:
    spoken = {id(node.value) for node in ast.walk(syntax) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(syntax):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken:
            if found := COLOUR.search(node.value):
                yield node.lineno, found.group()
        elif isinstance(node, ast.Call) and NAMED_COLOUR.match(called(node)):
            if any(isinstance(argument, ast.Constant) for argument in node.args):
                yield node.lineno, called(node)
        elif isinstance(node, ast.Attribute) and "GlobalColor" in ast.dump(node.value) and node.attr != "transparent":
            yield node.lineno, f"GlobalColor.{node.attr}"


def called(node: ast.Call) -> str:
    """The last name of what is called: `QColor` for `QtGui.QColor(…)`."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def prints(source: list[Module]) -> list[str]:
    """Calls that write to the terminal where no command runs, or run text as code."""
    return [
        f"{each.path}:{node.lineno} {node.func.id}("
        for each in source
        for node in ast.walk(each.syntax)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id in {"eval", "exec", "breakpoint"}
        or (node.func.id == "print" and not each.path.startswith(MAY_PRINT))
    ]


def comments(of: Module) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(of.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def unexplained(source: list[Module]) -> list[str]:
    """Silenced checkers without a code and a reason behind it."""
    return [
        f"{each.path}:{line} {text}"
        for each in source
        for line, text in comments(each)
        if SILENCING.search(text) and not EXPLAINED.search(text)
    ]


def unfinished(source: list[Module]) -> list[str]:
    """Work put off in the code, and functions that only say that they are missing."""
    notes = [
        f"{each.path}:{line} {text}" for each in source for line, text in comments(each) if UNFINISHED.search(text)
    ]
    stubs = [
        f"{each.path}:{node.lineno} NotImplementedError"
        for each in source
        for node in ast.walk(each.syntax)
        if isinstance(node, ast.Name) and node.id == "NotImplementedError"
    ]
    return notes + stubs
