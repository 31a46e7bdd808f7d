"""Flags and the now card: what a flag says to do now, step by step, each done, offered and refused, or not possible."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.model.protection import is_marked
from desktop.model.record import CaseKey, RecordView, Where

STEP_STATES = ("", "done", "refused", "not_possible")
"""Not yet; done; offered and refused; not possible."""


@dataclass(frozen=True, slots=True)
class NowStep:
    """One thing to do now: the act, who does it, within how long, and how it ended."""

    act: str
    who: str
    within: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """A raised flag, independent of any score."""

    code: str
    key: CaseKey
    label: str
    raised: bool
    steps: tuple[NowStep, ...]
    author: str
    unit: str
    at: str
    contested: bool = False
    where: Where = "unit"

    @property
    def is_waiting(self) -> bool:
        """Whether a step of the now card has no answer yet."""
        return self.raised and any(not step.state for step in self.steps)


def read_flag(record: RecordView) -> Flag:
    """The flag in a record whose id is its code; its steps' states are the fields `step_<n>`."""
    steps = _do_now(record)
    return Flag(
        code=record.id,
        key=record.key,
        label=record.text("label") or record.id,
        raised=is_marked(record.get("raised")),
        steps=tuple(_step(part, record, at) for at, part in enumerate(steps) if isinstance(part, Mapping)),
        author=record.author,
        unit=record.unit,
        at=record.at,
        contested=bool(record.contested),
        where=record.where,
    )


def _do_now(record: RecordView) -> Sequence[Any]:
    """The steps; while two packs' lists are in dispute the longer one, because a now card never waits."""
    view = record.fields.get("do_now")
    lists = [side.value for side in view.alternatives] if view and view.contested else [record.get("do_now")]
    return max((found for found in lists if isinstance(found, list | tuple)), key=len, default=())


def _step(part: Mapping[str, object], record: RecordView, at: int) -> NowStep:
    state = record.text(f"step_{at}")
    return NowStep(
        act=str(part.get("act") or ""),
        who=str(part.get("who") or ""),
        within=str(part.get("within") or ""),
        state=state if state in STEP_STATES else "",
    )
