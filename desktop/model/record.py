"""A record as a screen sees it: every field with what stands, what else was written, by whom, and where it lives.

Leaves folding to `sync.merge` and the choice of what stands to `sync.standing`; both are done by `desktop.store`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from enum import StrEnum
from typing import Any, Literal, TypeVar

from desktop.model.protection import is_protected

ValueId = tuple[str, int]
"""(cid of the change, index within it): names one written value."""

Word = TypeVar("Word", bound=StrEnum)

Where = Literal["unit", "shared"]
"""The caseload of the own unit, or a file shared with named partners."""


@dataclass(frozen=True, slots=True)
class CaseKey:
    """Where a case lives: its space and its tag (32 hex digits each)."""

    space: str
    tag: str

    @property
    def ref(self) -> str:
        """The key as one word, as drafts carry it."""
        return f"{self.space}.{self.tag}"

    @classmethod
    def of(cls, ref: str) -> "CaseKey":
        """The key that `ref` names."""
        space, _, tag = ref.partition(".")
        return cls(space, tag)


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of several values that were written without sight of each other.

    `at` is the claimed time of writing (ISO 8601, UTC); `seen_at` how far its writer had read ("n entries"), as the
    sequence number of the space; `seat` names the writer's device.
    """

    value: Any
    ids: tuple[ValueId, ...]
    author: str
    unit: str
    at: str
    seen_at: int
    seat: str = ""


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field. `value` is what stands (None when nothing may stand); `shown_ids` is the `over` of the next edit.

    `author`, `unit` (its id) and `at` belong to the value that stands, or to the latest written when none does alone.
    """

    value: Any
    contested: bool = False
    alternatives: tuple[Alternative, ...] = ()
    shown_ids: tuple[ValueId, ...] = ()
    author: str = ""
    unit: str = ""
    at: str = ""
    where: Where = "unit"
    partners_hold_older: bool = False
    """The shared file still carries the value from before this one."""
    inside: "FieldView | None" = None
    """The own unit's value, where the one shown is the shared file's."""


@dataclass(frozen=True, slots=True)
class RecordView:
    """One record with its fields; `author`, `unit` and `at` of its first writing."""

    kind: str
    id: str
    key: CaseKey
    fields: Mapping[str, FieldView] = attribute(default_factory=dict)
    author: str = ""
    unit: str = ""
    at: str = ""
    where: Where = "unit"

    def get(self, name: str, default: Any = None) -> Any:
        """What stands in a field, or `default` when it was never written or nothing may stand."""
        view = self.fields.get(name)
        return default if view is None or view.value is None else view.value

    def several(self, name: str) -> tuple[Any, ...]:
        """What stands in a field that holds a list; () for anything else a foreign client may have written there."""
        found = self.get(name)
        return tuple(found) if isinstance(found, list | tuple) else ()

    def text(self, name: str) -> str:
        """What stands, as text; "" when there is nothing."""
        found = self.get(name)
        return "" if found is None else str(found)

    def spoken(self, name: str) -> str:
        """What stands, as text, or while nothing does every value in dispute: a list must still name the thing."""
        view = self.fields.get(name)
        if view is None or view.value is not None:
            return self.text(name)
        return " / ".join(str(side.value) for side in view.alternatives if side.value is not None)

    @property
    def contested(self) -> tuple[str, ...]:
        """The names of the fields on which people have to decide."""
        return tuple(name for name, view in self.fields.items() if view.contested)

    @property
    def is_removed(self) -> bool:
        """Whether people took it out (`present` null); while that is in dispute it stays."""
        view = self.fields.get("present")
        return view is not None and view.value is None and not view.contested

    def plain(self) -> dict[str, Any]:
        """The values that may be shown in lists: without the protected and burnt fields."""
        values = {name: view.value for name, view in self.fields.items()}
        return {name: value for name, value in values.items() if not is_protected(name, values)}


def one_of(words: type[Word], value: object, otherwise: Word) -> Word:
    """The word of a vocabulary that a value says; `otherwise` for any other value, of whatever type."""
    return words(value) if isinstance(value, str) and value in set(words) else otherwise
