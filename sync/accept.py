"""The verdict on a change: a pure function of the change and the control state, taken at every fold, stored nowhere.

Comes before the fold and never looks at other changes, because those may be missing (sync.md §2).
"""

from collections.abc import Mapping
from enum import StrEnum

from sync.access import may_write
from sync.change import Change, cid_of
from sync.identity import Membership, Seat
from sync.keys import Domain, verify
from sync.records import Writing, rule_of


class Verdict(StrEnum):
    """`ok` is folded; `waiting` may become ok; `bad` and `quarantined` are kept, shown to the lead, never folded."""

    OK = "ok"
    WAITING = "waiting"
    BAD = "bad"
    QUARANTINED = "quarantined"


def accept(change: Change, cid: str, membership: Membership) -> Verdict:
    """Judge one change whose signature was already checked against its seat's key (or whose seat is still unknown).

    Equal control states give equal verdicts, by whatever path and in whatever order the change arrived. A seat or a
    right that is not in the control state may still come to it: `waiting`, never `bad`.
    """
    if change.space != membership.space.id:
        return Verdict.BAD
    seat = membership.seats.get(change.seat)
    if seat is None:
        return Verdict.WAITING
    forms = {(assign.kind, assign.record, bool(assign.over)) for assign in change.set}  # a record has many fields
    if not all(_well_formed(*form, seat, membership) for form in forms):
        return Verdict.BAD
    if change.seat in membership.closings and not membership.trusts(change.seat, cid):
        return Verdict.QUARANTINED
    if not all(may_write(seat, kind, membership) for kind in {form[0] for form in forms}):
        return Verdict.WAITING
    return Verdict.OK


def accept_signed(change: Change, body: bytes, signature: bytes, membership: Membership) -> Verdict:
    """As `accept`, with the signature over `body` (the bytes that `change` was read from) checked first."""
    forged = is_proven(change, body, signature, membership.seats) is False
    return Verdict.BAD if forged else accept(change, cid_of(body), membership)


def is_proven(change: Change, body: bytes, signature: bytes, seats: Mapping[str, Seat]) -> bool | None:
    """Whether the seat that `change` names signed `body`, the bytes it was read from; None while the seat is unknown.

    To be asked before `accept`, and again when a seat becomes known: that is the first moment at which it can be told.
    """
    seat = seats.get(change.seat)
    return None if seat is None else verify(seat.sign_key, Domain.CHANGE, body, signature)


def _well_formed(kind: str, record: str | None, over: object, seat: Seat, membership: Membership) -> bool:
    """The rules that need nothing but the assignment itself: home, write-once by form, owner by id."""
    rule = rule_of(kind, membership.rules)
    if membership.space.kind not in rule.homes:
        return False
    if rule.writing is Writing.WRITE_ONCE:
        return record is None and not over
    if rule.writing is Writing.OWNER:
        return record is not None and record.startswith(f"{seat.unit}.")
    return True
