"""Acts in a space made without a line: kept as what was meant, and signed when the server is reached.

Signed then, an act is built on what others did meanwhile, so that no needless branch grows. A closing is never
dropped as done: its list may name what the other closing does not. Rotations are no intents: what is owed is computed.
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from sync.acts import (
    Act,
    Erase,
    Freeze,
    StewardNamed,
    Unfreeze,
    UnitAdmitted,
    UnitRemoved,
    decode_act,
    encode_act,
)
from sync.chain import ChainState
from sync.change import Id
from sync.control_state import ControlState
from sync.errors import SyncError
from sync.founding import Signer, write_control


class Intent(msgspec.Struct, frozen=True):
    """What somebody meant to do in a space (`tree`), and when (`at`, ISO 8601, UTC)."""

    tree: Id
    at: Annotated[str, msgspec.Meta(max_length=40)]
    act: msgspec.Raw

    @classmethod
    def of(cls, tree: str, act: Act, at: str) -> "Intent":
        return cls(tree, at, encode_act(act))


def encode_intent(intent: Intent) -> bytes:
    """For the encrypted file."""
    return msgspec.json.encode(intent)


def decode_intent(data: bytes) -> Intent:
    """Read `encode_intent`; raises `SyncError("intent.form")`."""
    try:
        return msgspec.json.decode(data, type=Intent)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise SyncError("intent.form") from error


def settle_in_space(
    intent: Intent, signer: Signer, control: ControlState, chains: Mapping[str, ChainState]
) -> bytes | None:
    """The entry that carries it out, or None when the tree already says so. Of an erasure or a freeze only the tags
    that still need it are named. Raises `SyncError("control.refused")`: the signer may no longer do this; it is shown
    to him, and dropped by him.
    """
    act = _still_meant(decode_act(intent.act), control)
    return None if act is None else write_control(signer, control, chains, act, intent.at)


def _still_meant(act: Act | None, control: ControlState) -> Act | None:
    match act:
        case Erase() | Freeze() | Unfreeze():
            done = {Erase: control.erased, Freeze: control.frozen | control.erased, Unfreeze: control.erased}[type(act)]
            tags = tuple(tag for tag in act.tags if tag not in done)
            return type(act)(tags) if tags else None
        case UnitAdmitted() if act.unit.id in control.units:
            return None
        case UnitRemoved() if act.unit in control.removed and not act.cids:
            return None
        case StewardNamed() if act.seat in control.stewards:
            return None
        case _:
            return act
