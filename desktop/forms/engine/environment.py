"""What a session is given from outside: clock, zone, ids, dice, and how strict it is to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo


@dataclass(frozen=True)
class Environment:
    """The injected world of a session; nothing in the engine asks the machine.

    `reference` behaves as ODK's reference engine does towards answers: what does not fit a type or is no longer
    offered reads as empty at once. Without it such answers stay, are marked, and stop the form from being finished.
    `properties` answer jr:preload="property"; the desktop gives none, for a form must not learn who filled it where.
    """

    now: Callable[[], datetime]
    zone: tzinfo
    uuid: Callable[[], str]
    random: Callable[[], float]
    reference: bool = False
    properties: Mapping[str, str] = field(default_factory=dict)
