"""Expressions nobody would write: any text, any function, any arguments. Only the engine's own refusals, and soon."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.forms.errors import XPathError
from desktop.forms.xform.reader import read_xml
from desktop.forms.xpath.compiler import compile_text
from desktop.forms.xpath.context import Context, PlainHost
from desktop.forms.xpath.functions.table import FUNCTIONS
from desktop.forms.xpath.values import to_boolean, to_number, to_string

SECONDS = 2.0
DOCUMENT = read_xml("<data a='1'><b>x 1</b><b>2026-01-02T03:04:05Z</b><c><d/>-1e400</c><e>1 2;3 4;5 6;1 2</e></data>")
HOST = PlainHost(DOCUMENT, UTC, lambda: datetime(2026, 3, 15, tzinfo=UTC))
ROOT = next(DOCUMENT.elements())

WORDS = [
    "''", "'x'", "' '", "'-'", "'%Y%3%q'", "'(a|aa)+$'", "'[['", "'md5'", "'SHA-256'", "'2026-02-30'", "'99999-01-01'",
    "'25:61'", "1", "0", "-1", "0.5", "1e400", "99999999999999999999", "-99999999999999999999", "1 div 0", "-1 div 0",
    "0 div 0", "/data/b", "//*", "/data/missing", ".", "..", "@a", "/", "true()", "false()", "now()",
    "date('2026-01-02')",
]  # fmt: skip
OPERATORS = ["+", "-", "*", "div", "mod", "=", "!=", "<", ">=", "and", "or", "|"]


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Any function with any arguments, any operator between anything, any predicate."""
    call = st.builds(
        lambda name, arguments: f"{name}({', '.join(arguments)})",
        st.sampled_from(sorted(FUNCTIONS)),
        st.lists(inner, max_size=5),
    )
    operation = st.builds("{0} {1} {2}".format, inner, st.sampled_from(OPERATORS), inner)
    return call | operation | st.builds("{0}[{1}]".format, st.sampled_from(["/data/*", "//*", ".", "(//b)"]), inner)


CALLS = st.recursive(st.sampled_from(WORDS), larger, max_leaves=12)
PIECES = [
    "/", "//", ".", "..", "@", "*", "::", "[", "]", "(", ")", ",", "'", '"', "1", ".5", "a", "b:c", "and", "-", "child",
    "self", "|", "$", "=", "\x00", "é", " ",
]  # fmt: skip
TOKENS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def judged(text: str) -> str:
    """What became of an expression: `value`, or `refused` for the engine's own refusal."""
    begin = time.process_time()
    try:
        value = compile_text(text)(Context(ROOT, HOST, ROOT))
        to_string(value), to_number(value, UTC), to_boolean(value)
        said = "value"
    except XPathError:
        said = "refused"
    assert time.process_time() - begin < SECONDS
    return said


@settings(max_examples=200, deadline=None)
@given(CALLS)
def test_any_call_has_a_value_or_is_refused(text: str) -> None:
    assert judged(text) in ("value", "refused")


@settings(max_examples=200, deadline=None)
@given(TOKENS | st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert judged(text) in ("value", "refused")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000 + "1" + ")" * 5_000,
        "-" * 5_000 + "1",
        "not(" * 5_000 + "1" + ")" * 5_000,
        "1" + "+1" * 20_000,
        "a" + "[a" * 5_000 + "]" * 5_000,
        "/" + "a/" * 20_000 + "a",
        "'" + "x" * 200_000 + "'",
        "concat(" + ",".join(["'x'"] * 20_000) + ")",
        "uuid(1e9)",
        "string-length(uuid(99999999999))",
        "round(1, 1e9)",
        "pow(9, 99999)",
        "join(//*, //*, //*)",
        "substr('abc', -1e300, 1e300)",
        "selected-at('a b', 1e300)",
        "regex('" + "a" * 5_000 + "!', '(a|aa)+$')",
        "regex('x', '(((a{1,1000}){1,1000}){1,1000}){1,1000}')",
        "format-date(1e300, '%Y')",
        "add-date(today(), 1e300, 1e300, 1e300, 1e300, 1e300)",
        "difference-in-months('0001-01-01', '9999-12-31')",
        "indexed-repeat(//b, //b, 1e300)",
        "number('" + "9" * 100_000 + "')",
        "int('" + "9" * 100_000 + "')",
        "digest('x', 'MD5', 'sideways')",
        "base64-decode('%%%%')",
        "area('" + "0 0;" * 20_000 + "')",
        "randomize(//*, 1e300)",
        "checklist(1e300, -1e300, //*)",
    ],
)
def test_a_monstrous_expression_ends_soon(text: str) -> None:
    assert judged(text) in ("value", "refused")
