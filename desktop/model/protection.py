"""Which identifying fields may be shown where: the protected and burnt marks (domain.md §7.2).

Pure rules over the values of a person record. Finding the fields in free text is the leak check's work, not this one's.
"""

from collections.abc import Mapping
from typing import Any

MARKABLE = ("address", "phone", "school", "work", "doctor", "car")
"""Fields that can carry the marks; each has a companion `<field>_protected` and `<field>_burnt`."""

NEVER_LISTED = frozenset({*MARKABLE, "email", "safe_number", "whereabouts"})
"""Never in a list, a search row or a title, whether marked or not: a list does not need them."""


def is_marked(value: Any) -> bool:
    """Whether a mark is set: anything but a plain no or nothing, because a newer mark may carry more than true."""
    return value is not False and value is not None


def base_field(name: str) -> str:
    """The identifying field that a field name belongs to: `address_line` → `address`; "" for any other field."""
    if name.endswith(("_protected", "_burnt")):
        return ""
    return next((field for field in sorted(NEVER_LISTED) if name == field or name.startswith(f"{field}_")), "")


def is_protected(name: str, values: Mapping[str, Any]) -> bool:
    """Whether a field's value needs the extra permission to be seen, given the whole record's standing values."""
    field = base_field(name)
    if not field:
        return False
    return is_marked(values.get(f"{field}_protected")) or is_marked(values.get(f"{field}_burnt"))


def is_burnt(name: str, values: Mapping[str, Any]) -> bool:
    """Whether the other person knows this value, so that it must not be used."""
    field = base_field(name)
    return bool(field) and is_marked(values.get(f"{field}_burnt"))


def may_list(name: str) -> bool:
    """Whether a field may ever appear in rows, search or lists."""
    return not base_field(name) and not name.endswith(("_protected", "_burnt"))


def default_marks(role: str, *, separated: bool) -> tuple[str, ...]:
    """The marks a new address bears from the start: a separated victim's and any child's with her are protected."""
    return ("address_protected",) if separated and role in {"victim", "child"} else ()
