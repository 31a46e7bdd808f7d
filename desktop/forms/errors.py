"""The refusals of the form engine. Leaves the person's wording to `desktop.ui.notices`."""

from desktop.errors import KnownError


class FormError(KnownError):
    """A form that cannot be opened, or an act a form does not allow. Carries names from the form, never answers."""


class XPathError(Exception):
    """An expression that cannot be read or evaluated. The message names functions and positions, never values."""


class UnknownFunction(XPathError):  # noqa: N818  the word authors use; an XPathError by its base
    """A function that does not exist, or that does not take so many arguments."""
