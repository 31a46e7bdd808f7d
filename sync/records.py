"""Kinds of record: where each lives, who may change it, and how two values of a field rank until a person decides.

Data only (sync.md §2). Which values stand meanwhile is computed by `sync.standing`; whether a change may be folded
by `sync.accept`. The rule version travels in a space's control state, so that every client judges alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

RULES_VERSION = 1

GRADES = ("ungraded", "standard", "raised", "high", "extreme")
CONTACT_LEVELS = ("free", "restricted", "via", "none")
"""From the freest rule to 'do not contact'."""
CONSENT_STATES = ("given", "not_needed", "not_asked", "refused", "withdrawn")
"""Sharing stops the sooner the further right; a withdrawal always stands."""

MARK_ENDINGS = ("_protected", "_burnt")


class SpaceKind(StrEnum):
    """Who shares a log (sync.md §1)."""

    UNIT = "unit"
    SHARED = "shared"
    RESTRICTED = "restricted"
    """Named seats only: a conflict of interest, a protected place."""
    CONFERENCE = "conference"
    PARTNERSHIP = "partnership"


class Order(StrEnum):
    """How the values of a contested field rank; `NONE` shows all and prefers none."""

    NONE = "none"
    GRADE = "grade"
    CONTACT = "contact"
    CONSENT = "consent"
    MARK = "mark"
    """true (protected, burnt, flagged) stands over false."""
    PRESENT = "present"
    """something stands over a removal (null): the added child, the added flag."""


class Writing(StrEnum):
    """What may happen to a record after it was first written."""

    EDITABLE = "editable"
    WRITE_ONCE = "write_once"
    """Its id is the cid of the change that wrote it; nothing in it can be replaced."""
    OWNER = "owner"
    """Its id starts with its unit's id and a dot; only that unit's seats change it."""


class Access(StrEnum):
    """The label that the access rules read; `SPACE` is every member of the space."""

    SPACE = "space"
    CASE_TEAM = "case_team"
    LEAD = "lead"


@dataclass(frozen=True)
class KindRule:
    """One kind of record: the spaces it may live in, its writing rule, its access label and its ordered fields.

    A field that is not named in `orders` has `Order.NONE`, save that `…_protected` and `…_burnt` are marks whatever
    they mark (address, phone, school, work, doctor, car): a mark must never lose to its absence. Unknown fields are
    kept and shown, never dropped.
    """

    kind: str
    homes: frozenset[SpaceKind]
    writing: Writing = Writing.EDITABLE
    access: Access = Access.CASE_TEAM
    orders: Mapping[str, Order] = field(default_factory=dict)

    def order(self, name: str) -> Order:
        """How contested values of the field `name` rank."""
        return self.orders.get(name, Order.MARK if name.endswith(MARK_ENDINGS) else Order.NONE)


_UNIT = frozenset({SpaceKind.UNIT, SpaceKind.RESTRICTED})
"""What one agency keeps to itself: in its unit space, or in a restricted one."""
_SHARED = frozenset({SpaceKind.SHARED})
_CASE = _UNIT | _SHARED
_PARTNERSHIP = frozenset({SpaceKind.PARTNERSHIP})

_RULES = (
    # The case itself: code name, aim, outcome wanted, lead worker, status, opened and closed dates.
    KindRule("case", _CASE, orders={"restricted": Order.MARK, "frozen": Order.MARK}),
    # A case of the unit space and the shared file it belongs to: {space, tag}.
    KindRule("link", _UNIT),
    # A person and the marks on their identifying fields.
    KindRule("person", _CASE),
    # A person's role in this case. `present` null takes the person out; against an edit the person stays until a
    # person decides, for which every edit of a party writes `present` again.
    KindRule("party", _CASE, orders={"present": Order.PRESENT}),
    # One register, because its parts make sense only together (channel, hours, who may answer, what is safe).
    KindRule("safe_contact", _CASE, orders={"rule": Order.CONTACT}),
    KindRule("incident", _CASE, orders={"present": Order.PRESENT}),
    KindRule("flag", _CASE, orders={"raised": Order.MARK}),
    KindRule("note", _CASE, Writing.WRITE_ONCE),
    KindRule("assessment", _CASE, Writing.WRITE_ONCE),
    # The agreed working grade: grade, by, on, considered (assessment ids), dissent. It answers agencies' grades
    # and merges none of them.
    KindRule("agreed_grade", _SHARED, orders={"grade": Order.GRADE}),
    KindRule("action", _CASE),
    KindRule("order", _CASE),
    KindRule("consent", _CASE, orders={"state": Order.CONSENT}),
    KindRule("referral", _SHARED, Writing.WRITE_ONCE),
    KindRule("referral_event", _SHARED, Writing.WRITE_ONCE),
    KindRule("call_note", _CASE, Writing.WRITE_ONCE),
    KindRule("disclosure", _CASE, Writing.WRITE_ONCE),
    # Why a conflict was resolved as it was: field, kept, reason, second person.
    KindRule("resolution", _CASE, Writing.WRITE_ONCE),
    # A change that the server refused, told to the unit's leads: its entry, the reason, and what it said.
    KindRule("refused_entry", _UNIT, Writing.WRITE_ONCE),
    # A store that was copied asks to be a seat of its own: the request that its new keys signed, the seat it replaces.
    KindRule("seat_request", _UNIT, Writing.WRITE_ONCE),
    KindRule("review", _UNIT, Writing.WRITE_ONCE, Access.LEAD),
    # The directory: a unit's card with its relay, deputy, hours and duty number; only the unit itself changes it.
    KindRule("relay", _PARTNERSHIP, Writing.OWNER, Access.SPACE),
)

RECORDS: Mapping[str, KindRule] = MappingProxyType({rule.kind: rule for rule in _RULES})

_BY_VERSION: Mapping[int, Mapping[str, KindRule]] = MappingProxyType({RULES_VERSION: RECORDS})


def rule_of(kind: str, rules: int = RULES_VERSION) -> KindRule:
    """The rule of a kind under a rule version; a version of which this program does not know yet reads as its newest.

    An unknown kind (a newer client's) is editable, has no order but its marks, and survives untouched.
    """
    table = _BY_VERSION.get(rules, RECORDS)
    return table.get(kind) or KindRule(kind, frozenset(SpaceKind))
