"""What must hold of the pure core, as plain functions: each returns when it holds and raises AssertionError when not.

They call the core through its modules, so that a planted fault is seen by the same check that guards the real code.
"""

import itertools
from random import Random
from typing import Any

import msgspec

from sync import accept, change, contact, envelope, keys, merge, standing
from sync.accept import Verdict
from sync.errors import BadEntry, CannotOpen
from sync.identity import Membership
from sync.records import CONSENT_STATES, CONTACT_LEVELS, GRADES, Order
from tests.machines import partnership
from tests.sync import invented

Values = dict[merge.FieldKey, dict[change.ValueId, merge.Value]]


def fold_depends_only_on_the_set(world: partnership.Partnership) -> None:
    """Whoever holds the same changes and the same control state sees the same; order and repeats do not count."""
    folds = [laptop.fold() for laptop in world.laptops.values()]
    assert all(state == folds[0] for state in folds)
    judged = next(iter(world.laptops.values())).judged()
    again = judged + world.rng.choices(judged, k=len(judged)) if judged else []
    world.rng.shuffle(again)
    assert merge.fold(again) == folds[0]


def values_leave_only_when_named(world: partnership.Partnership) -> None:
    """An accepted value is gone only if a change of its own field named it, and accepted: itself or through others."""
    for name, values in _values(world).items():
        live = {value.id for value in _state(world).get(name, ())}
        named = _named(values)
        for value in values.values():
            if value.verdict is Verdict.OK and value.id not in live:
                assert value.id in named, "a value vanished that nobody had replaced"
        assert live <= {value.id for value in values.values() if value.verdict is Verdict.OK}


def replaced_values_stay_replaced(world: partnership.Partnership) -> None:
    """What the writer of an accepted value saw replaced never comes back beside it, whoever is quarantined between."""
    for name, values in _values(world).items():
        live = {value.id for value in _state(world).get(name, ())}
        assert not live & _named(values), "a replaced value came back"


def verdicts_are_of_the_control_state(world: partnership.Partnership) -> None:
    """Equal control states, equal verdicts, whatever was thought before; a late seat's changes count in the end."""
    laptops = list(world.laptops.values())
    verdicts = [{cid: verdict for _, cid, verdict in laptop.judged()} for laptop in laptops]
    membership = laptops[0].membership()
    for each in verdicts:
        for cid, verdict in each.items():
            seat = laptops[0].held[cid].seat
            closed = seat in membership.closings
            trusted = cid in membership.closings.get(seat, ()) or cid in membership.adopted
            if seat not in membership.seats:
                assert verdict is Verdict.WAITING, "a change of a seat not yet known must wait"
            else:
                assert verdict is (Verdict.QUARANTINED if closed and not trusted else Verdict.OK)


def _values(world: partnership.Partnership) -> Values:
    fields: Values = {}
    for item, cid, verdict in next(iter(world.laptops.values())).judged():
        for index, assign in enumerate(item.set):
            name = (item.tag, assign.kind, assign.record or cid, assign.field)
            value = merge.Value((cid, index), assign.value, assign.over, verdict)
            fields.setdefault(name, {})[value.id] = value
    return fields


def _state(world: partnership.Partnership) -> dict[merge.FieldKey, tuple[merge.Value, ...]]:
    return next(iter(world.laptops.values())).fold()


def _named(values: dict[change.ValueId, merge.Value]) -> set[change.ValueId]:
    """Ids of one field that some accepted value of the field replaces, through values that are not accepted."""

    def through(value_id: change.ValueId, path: frozenset[change.ValueId]) -> set[change.ValueId]:
        value = values.get(value_id)
        if value is None or value.verdict is Verdict.OK or value_id in path:
            return {value_id}
        return {value_id}.union(*(through(older, path | {value_id}) for older in value.over))

    accepted = [value for value in values.values() if value.verdict is Verdict.OK]
    return set().union(*(through(over, frozenset()) for value in accepted for over in value.over))


def live(*contents: Any) -> list[merge.Value]:
    """Live values of one contested field."""
    return [merge.Value((f"{place:064x}", 0), content, (), Verdict.OK) for place, content in enumerate(contents)]


def the_higher_grade_stands(first: Any, second: Any) -> None:
    """Of two different grades the graver stands; ungraded stands over nothing and lowers nothing."""
    result = standing.standing(Order.GRADE, live(first, second)).value
    known = [grade for grade in (first, second) if grade in GRADES]
    assert all(result not in GRADES or GRADES.index(result) >= GRADES.index(grade) for grade in known)
    assert result in (first, second)
    assert not standing.lowers(Order.GRADE, "ungraded", first) or first in (None, "")


def a_withdrawal_stands(first: Any, second: Any) -> None:
    """Of two consent states the one that stops sharing sooner stands; none stands lower than not asked."""
    result = standing.standing(Order.CONSENT, live(first, second)).value
    places = [CONSENT_STATES.index(state or "not_asked") for state in (first, second)]
    assert CONSENT_STATES.index(result or "not_asked") == max(places)


def a_mark_stands(first: Any, second: Any) -> None:
    """Protected, burnt and flagged stand over their absence, whatever a newer client writes for yes."""
    result = standing.standing(Order.MARK, live(first, second)).value
    assert bool(result) is any(mark not in (False, None) for mark in (first, second))


def what_is_present_stands(first: Any, second: Any) -> None:
    """Nothing is taken away while somebody says that it is there."""
    result = standing.standing(Order.PRESENT, live(first, second)).value
    there = [value for value in (first, second) if value not in (False, None)]
    assert result in there if there else result is None


Attempt = tuple[int, int, str, str]
"""(ISO week day, minute of the day, way: call or one of the permissions, number)."""

ATTEMPTS: tuple[Attempt, ...] = tuple(
    itertools.product(
        range(1, 8),
        (0, 1, 359, 360, 539, 540, 599, 600, 719, 720, 899, 900, 1019, 1020, 1319, 1320, 1439),
        ("call", *contact.PERMISSIONS),
        ("1", "2"),
    )
)


def allows(rule: dict[str, Any], attempt: Attempt) -> bool:
    """Whether someone who follows the rule may make this attempt: the meaning of a rule, written down a second time."""
    day, minute, way, number = attempt
    if rule["level"] == "none" or (way != "call" and rule.get(way) != "yes"):
        return False
    if "number" in rule.get("undecided", ()) or (rule.get("number") and rule["number"] != number):
        return False
    days = {int(digit) for digit in rule.get("days") or "1234567"}
    start, end = _minute(rule.get("from") or "00:00"), _minute(rule.get("to") or "24:00")
    if start < end:
        return day in days and start <= minute < end
    yesterday = 7 if day == 1 else day - 1
    return (day in days and minute >= start) or (yesterday in days and minute < end)


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def the_combined_rule_breaks_none(rules: list[dict[str, Any]]) -> None:
    """Whoever follows the rule that stands breaks none of the rules given, and no later date makes it last longer."""
    combined = standing.standing(Order.CONTACT, live(*rules)).value
    for attempt in ATTEMPTS:
        if allows(combined, attempt):
            for rule in rules:
                assert allows(rule, attempt), "the combined rule allows what one of the rules forbids"
    assert CONTACT_LEVELS.index(combined["level"]) >= max(CONTACT_LEVELS.index(rule["level"]) for rule in rules)
    ends = [rule["expires"] for rule in rules if rule.get("expires")]
    if ends and combined["level"] != "none":
        assert combined["expires"] == min(ends)


def only_the_sealed_bytes_open(rng: Random) -> None:
    """Open undoes seal; another header, another key or any other bit is refused, and by no other failure."""
    body = change.encode(invented.change(rng))
    head = change.decode(body)
    space_key = keys.new_secret()
    key_raw, key_id, case_key = envelope.seal_key(head.space, head.tag, space_key)
    raw = envelope.seal_change(head.space, head.tag, key_id, case_key, body, bytes(64))
    assert envelope.open_change(envelope.parse(raw), case_key) == (bytes(64), body)
    held = {keys.space_key_name(space_key): space_key}
    assert envelope.open_key(envelope.parse(key_raw), held) == case_key
    for sealed in (raw, key_raw):
        for forged in _forgeries(envelope.parse(sealed), rng):
            _refused(forged, case_key, held)
        for _ in range(20):
            place = rng.randrange(len(sealed) * 8)
            flipped = bytearray(sealed)
            flipped[place // 8] ^= 1 << place % 8
            _refused(bytes(flipped), case_key, held)


def _forgeries(entry: envelope.Envelope, rng: Random) -> list[bytes]:
    """The same entry under another header: replayed into another space, moved to another case, and so on."""
    swaps: list[dict[str, Any]] = [
        {"space": invented.hex_id(rng)},
        {"tag": invented.hex_id(rng)},
        {"nonce": rng.randbytes(12)},
        {"kind": envelope.EntryKind.CHECKPOINT},
    ]
    if entry.kind is envelope.EntryKind.CHANGE:
        swaps += [{"key_id": invented.hex_id(rng)}, {"blobs": (invented.hex_id(rng, 32),)}]
    return [envelope._to_bytes(msgspec.structs.replace(entry, **swap)) for swap in swaps]


def _refused(raw: bytes, case_key: bytes, held: dict[str, bytes]) -> None:
    try:
        entry = envelope.parse(raw)
        if entry.kind is envelope.EntryKind.KEY:
            envelope.open_key(entry, held)
        else:
            envelope.open_change(entry, case_key)
    except (BadEntry, CannotOpen):
        return
    raise AssertionError("an entry that nobody sealed was opened")


def forged_bodies_are_bad(rng: Random) -> None:
    """A change that its seat did not sign is bad, and stays out of the fold, as soon as the seat is known."""
    world = partnership.Partnership(rng)
    laptop = world.laptops["a1"]
    own = keys.SeatKeys.generate()
    cid = world.write(laptop, partnership.TAGS[0], change.Assign("case", "r1", "aim", "x"))
    body = change.encode(laptop.held[cid])
    seat = msgspec.structs.replace(laptop.seat, sign_key=own.sign_public)
    known = Membership(partnership.SPACE, {seat.id: seat})
    good = keys.sign(own.sign_private, keys.Domain.CHANGE, body)
    other = keys.sign(own.sign_private, keys.Domain.SESSION, body)
    assert accept.accept_signed(laptop.held[cid], body, good, known) is Verdict.OK
    assert accept.accept_signed(laptop.held[cid], body, other, known) is Verdict.BAD
    assert accept.accept_signed(laptop.held[cid], body + b" ", good, known) is Verdict.BAD
    nobody = Membership(partnership.SPACE, {})
    assert accept.accept_signed(laptop.held[cid], body, other, nobody) is Verdict.WAITING
