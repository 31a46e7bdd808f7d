"""Each unsound rule that was ever tempting, put back: the check that guards against it must fail."""

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any

import msgspec
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync import accept, contact, envelope, merge, standing
from sync.accept import Verdict
from sync.change import Change, ValueId
from sync.errors import CannotOpen
from sync.identity import Membership
from sync.merge import FieldKey, Value
from tests.machines import properties
from tests.machines.partnership import dice, walk

SEEDS = range(200)


def _over_seeds(check: Callable[[Any], None], matter: Callable[[Random], Any]) -> Callable[[], None]:
    def run() -> None:
        for seed in SEEDS:
            check(matter(dice(seed)))

    return run


def _over_pairs(check: Callable[[Any, Any], None], words: Sequence[Any]) -> Callable[[], None]:
    def run() -> None:
        for first in words:
            for second in words:
                if first is not second:
                    check(first, second)

    return run


def _rules(rng: Random) -> list[dict[str, Any]]:
    def one() -> dict[str, Any]:
        return {
            "level": rng.choice(("free", "restricted")),
            "number": "1",
            "days": rng.choice(("12345", "67", "135", "")),
            "from": rng.choice(("09:00", "10:00", "")),
            "to": rng.choice(("12:00", "17:00", "")),
            "sms": rng.choice(("yes", "no")),
            "expires": rng.choice(("2026-05-01", "2026-06-01", "")),
        }

    return [one(), one() | {"voicemail": "no"}]


GRADES = (None, "ungraded", "standard", "raised", "high", "extreme")
CONSENT = (None, "given", "not_needed", "not_asked", "refused", "withdrawn")
PRESENCE = (None, False, True, "visiting")

CHECKS: dict[str, Callable[[], None]] = {
    "set": _over_seeds(properties.fold_depends_only_on_the_set, walk),
    "named": _over_seeds(properties.values_leave_only_when_named, walk),
    "replaced": _over_seeds(properties.replaced_values_stay_replaced, walk),
    "verdict": _over_seeds(properties.verdicts_are_of_the_control_state, walk),
    "grade": _over_pairs(properties.the_higher_grade_stands, GRADES),
    "consent": _over_pairs(properties.a_withdrawal_stands, CONSENT),
    "mark": _over_pairs(properties.a_mark_stands, PRESENCE),
    "present": _over_pairs(properties.what_is_present_stands, PRESENCE),
    "contact": _over_seeds(properties.the_combined_rule_breaks_none, _rules),
    "sealed": _over_seeds(properties.only_the_sealed_bytes_open, lambda rng: rng),
    "signed": _over_seeds(properties.forged_bodies_are_bad, lambda rng: rng),
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_real_rules_pass_the_checks(name: str) -> None:
    CHECKS[name]()


_real_live, _real_fold, _real_accept = merge.live_values, merge.fold, accept.accept
_real_rank, _real_strictest = standing._rank, contact.strictest_contact


def _last_write_wins(values: Iterable[Value]) -> tuple[Value, ...]:
    return _real_live(values)[-1:]


def _arrival_order_wins(values: Iterable[Value]) -> tuple[Value, ...]:
    return tuple(value for value in list(values)[-1:] if value.verdict is Verdict.OK)


def _over_across_fields(changes: Iterable[tuple[Change, str, Verdict]]) -> dict[FieldKey, tuple[Value, ...]]:
    judged = list(changes)
    named = {over for change, _, verdict in judged if verdict is Verdict.OK for a in change.set for over in a.over}
    kept = {key: tuple(v for v in values if v.id not in named) for key, values in _real_fold(judged).items()}
    return {key: values for key, values in kept.items() if values}


def _unknown_seat_is_bad_for_good() -> Callable[[Change, str, Membership], Verdict]:
    bad: set[str] = set()

    def faulty(change: Change, cid: str, membership: Membership) -> Verdict:
        if change.seat not in membership.seats:
            bad.add(cid)
        return Verdict.BAD if cid in bad else _real_accept(change, cid, membership)

    return faulty


def _closed_seat_still_counts(change: Change, cid: str, membership: Membership) -> Verdict:
    verdict = _real_accept(change, cid, membership)
    return Verdict.OK if verdict is Verdict.QUARANTINED else verdict


def _quarantined_chain_dropped(values: Iterable[Value]) -> tuple[Value, ...]:
    known = list({value.id: value for value in values}.values())
    named: set[ValueId] = {over for value in known if value.verdict is Verdict.OK for over in value.over}
    return tuple(sorted((v for v in known if v.verdict is Verdict.OK and v.id not in named), key=lambda v: v.id))


def _quarantined_values_count(values: Iterable[Value]) -> tuple[Value, ...]:
    return _real_live(Value(v.id, v.value, v.over, Verdict.OK) for v in values)


def _ungraded_wins(ladder: Sequence[str], value: Any) -> int:
    return 99 if value == "ungraded" else _real_rank(ladder, value)


def _first_value_stands(order: Any, values: list[Any]) -> Any:
    return values[0]


def _widest_contact(rules: Sequence[Any]) -> dict[str, Any]:
    return dict(rules[0])


def _one_yes_is_enough(rules: Sequence[Any]) -> dict[str, Any]:
    return _real_strictest(rules) | {"sms": "yes" if any(rule.get("sms") == "yes" for rule in rules) else "no"}


def _hours_ignored(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    result["days"] = result["from"] = result["to"] = None


def _header_not_bound(entry: envelope.Envelope, key: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(entry.nonce, entry.ciphertext, None)
    except InvalidTag as error:
        raise CannotOpen("entry.sealed") from error


def _seal_without_header(header: envelope.Envelope, key: bytes, inside: bytes) -> bytes:
    sealed = AESGCM(key).encrypt(header.nonce, inside, None)
    return envelope._to_bytes(msgspec.structs.replace(header, ciphertext=sealed))


FAULTS: dict[str, tuple[str, list[tuple[object, str, Any]]]] = {
    "last write wins": ("named", [(merge, "live_values", _last_write_wins)]),
    "the last to arrive wins": ("set", [(merge, "live_values", _arrival_order_wins)]),
    "over across fields": ("named", [(merge, "fold", _over_across_fields)]),
    "unknown seat is bad for good": ("verdict", [(accept, "accept", _unknown_seat_is_bad_for_good())]),
    "closed seat still counts": ("verdict", [(accept, "accept", _closed_seat_still_counts)]),
    "quarantined chain dropped": ("replaced", [(merge, "live_values", _quarantined_chain_dropped)]),
    "quarantined values count": ("named", [(merge, "live_values", _quarantined_values_count)]),
    "ungraded wins": ("grade", [(standing, "_rank", _ungraded_wins)]),
    "withdrawal lost": ("consent", [(standing, "_safest", _first_value_stands)]),
    "mark lost": ("mark", [(standing, "_safest", _first_value_stands)]),
    "child lost": ("present", [(standing, "_safest", _first_value_stands)]),
    "contact rule of the first": ("contact", [(standing, "strictest_contact", _widest_contact)]),
    "contact hours ignored": ("contact", [(contact, "_narrow_times", _hours_ignored)]),
    "one yes is enough": ("contact", [(standing, "strictest_contact", _one_yes_is_enough)]),
    "header not authenticated": (
        "sealed",
        [(envelope, "_open", _header_not_bound), (envelope, "_seal", _seal_without_header)],
    ),
    "signature not checked": ("signed", [(accept, "verify", lambda *_: True)]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check, plants = FAULTS[fault]
    for module, name, faulty in plants:
        monkeypatch.setattr(module, name, faulty)
    with pytest.raises(AssertionError):
        CHECKS[check]()
