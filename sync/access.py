"""May a seat read or write a kind of record in a space: the access labels of `sync.records`, by role.

Pure. Roles are in the control state, so `sync.accept` holds the labels on writing for everybody. Who is on a case's
team (or broke the glass) is known only inside the unit: the caller says it, and inside a unit the program holds it,
not cryptography (sync.md §3).
"""

from sync.identity import WRITERS, Membership, Role, Seat
from sync.records import Access, rule_of

_OVERSEERS = frozenset({Role.LEAD, Role.AUDITOR})


def may_read(seat: Seat, kind: str, membership: Membership, *, on_case_team: bool) -> bool:
    """Whether this seat is shown records of a kind. Leads and auditors see every case of their spaces.

    An unknown kind is held like the records of a case: closed to whoever is not on its team.
    """
    if seat.id not in membership.seats:
        return False
    match rule_of(kind, membership.rules).access:
        case Access.SPACE:
            return True
        case Access.CASE_TEAM:
            return on_case_team or seat.role in _OVERSEERS
    return seat.role in _OVERSEERS  # a lead's own records


def may_write(seat: Seat, kind: str, membership: Membership) -> bool:
    """Whether the seat's role lets it write records of a kind here, whatever the case: nobody on duty is kept from it.

    Home, write-once and ownership are rules of form and judged by `sync.accept`.
    """
    if seat.id not in membership.seats or seat.role not in WRITERS:
        return False
    return rule_of(kind, membership.rules).access is not Access.LEAD or seat.role is Role.LEAD
