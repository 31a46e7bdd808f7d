"""What a test must be: run, never skipped or expected to fail, and able to go red."""

import ast

from tests.house.tree import Function, Module, functions

CLAIMS = ("assert", "raises", "warns", "fail", "expect", "verify", "wait", "state_machine")
EXCUSES = {"skip", "skipif", "xfail", "importorskip"}


def excuses(tests: list[Module]) -> list[str]:
    """Tests that may not run, or that are allowed to fail."""
    return [
        f"{each.path}:{node.lineno} {node.attr}"
        for each in tests
        for node in ast.walk(each.syntax)
        if isinstance(node, ast.Attribute) and node.attr in EXCUSES
        if "pytest" in ast.dump(node.value) or "mark" in ast.dump(node.value)
    ]


def empty_claims(tests: list[Module]) -> list[str]:
    """Test functions in which nothing can fail: no assert, no expected error, no call of a function that has one."""
    bodies = [(each, function) for each in tests for function in functions(each)]
    claiming: set[str] = set()
    while found := {function.name for _, function in bodies if claims(function, claiming)} - claiming:
        claiming |= found
    return [
        f"{each.path}:{function.lineno} {function.name}"
        for each, function in bodies
        if function.name.startswith("test_") and function.name not in claiming
    ]


def claims(function: Function, claiming: set[str]) -> bool:
    """Whether the body asserts, or calls something named for a claim or known to make one.

    A call of what comes out of a table has no name to go by, and is believed.
    """
    for node in ast.walk(function):
        if isinstance(node, ast.Assert | ast.Raise):
            return True
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if isinstance(node.func, ast.Subscript) or name in claiming or any(word in name.lower() for word in CLAIMS):
                return True
    return False
