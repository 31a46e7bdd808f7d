"""Which safe-contact rule stands for a referral that was sent: the file's of today, not only the one that went along.

Leaves reading the file to `case_file`, what is shown to the screens.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from desktop.model.moment import moment
from desktop.model.record import FieldView
from sync.contact import strictest_contact


def standing_rule(sent: object, now: FieldView | None, sent_at: str) -> dict[str, Any]:
    """The rule to follow now. `sent` went with the referral at `sent_at`; `now` is the file's, None where it has none.

    A rule that was written later is the later word, freer or stricter. One that is older, by clocks that may be wrong,
    is followed together with what was sent: the strictest of both, and what differs in them stands for nobody.
    """
    held = now.value if now is not None else None
    if now is None or held is None:
        return dict(sent) if isinstance(sent, Mapping) else {}
    if not isinstance(sent, Mapping) or _later(moment(now.at), moment(sent_at)):
        return dict(held) if isinstance(held, Mapping) else {"level": "none"}
    return strictest_contact([dict(sent), held]) if _parts(held) != _parts(sent) else dict(sent)


def differs(sent: object, stands: Mapping[str, Any]) -> bool:
    """Whether what stands says anything else than what was sent."""
    return _parts(sent) != _parts(stands)


def _parts(rule: object) -> dict[str, Any]:
    """The parts that say something: one left empty is the same as one left out."""
    return {name: part for name, part in rule.items() if part not in ("", None)} if isinstance(rule, Mapping) else {}


def _later(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one > other
