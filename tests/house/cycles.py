"""Import cycles, counting imports inside functions and those made for typing only."""

import ast
from collections.abc import Iterator

from tests.house.tree import Module

Graph = dict[str, set[str]]


def cycles(source: list[Module]) -> list[str]:
    """Every group of modules that import one another in a ring, as one line each."""
    graph = imports(source)
    reach = {name: reachable(graph, name) for name in graph}
    rings = {tuple(sorted({other for other in reach[name] if name in reach[other]})) for name in graph}
    return [" ↔ ".join(ring) for ring in sorted(rings) if ring]


def imports(source: list[Module]) -> Graph:
    """Which module of the tree names which other in an import statement, wherever the statement stands."""
    names = {each.name for each in source}
    return {each.name: {found for found in imported(each, names) if found != each.name} for each in source}


def imported(by: Module, names: set[str]) -> Iterator[str]:
    """Modules of the tree that `by` imports: the submodule where one is named, else the module itself."""
    for node in ast.walk(by.syntax):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(by, node)
            for alias in node.names:
                submodule = f"{base}.{alias.name}"
                if submodule in names:
                    yield submodule
                elif base in names:
                    yield base


def absolute(by: Module, node: ast.ImportFrom) -> str:
    """The dotted name after `from`, with leading dots resolved against the importing module."""
    if not node.level:
        return node.module or ""
    package = by.name.split(".") if by.path.endswith("__init__.py") else by.name.split(".")[:-1]
    kept = package[: len(package) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def reachable(graph: Graph, start: str) -> set[str]:
    """Every module that importing `start` leads to; `start` itself only when a ring leads back to it."""
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(graph[name])
    return seen
