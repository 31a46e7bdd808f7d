"""Expressions of a form: read when the form is opened, so that a broken one is refused with its place."""

from desktop.forms.errors import FormError, XPathError
from desktop.forms.xpath.parser import parse
from desktop.forms.xpath.syntax import Expression


def expression_of(text: str, where: str) -> Expression:
    """The syntax of an expression. Raises FormError (`expression_broken`) naming the place."""
    try:
        return parse(text.strip())
    except XPathError as broken:
        raise FormError(
            "expression_broken",
            "An expression of this form cannot be read.",
            "Correct the expression in the spreadsheet and import it again.",
            where=where,
            reason=str(broken),
        ) from broken
