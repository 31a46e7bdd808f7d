"""A small partnership in memory that writes, exchanges, closes, adopts and enrols at random: matter for the rules.

Two units and five seats in one shared space. Each laptop holds its own set of changes and its own knowledge of the
control state; verdict and fold are the real ones, taken at every step as a laptop would.
"""

from dataclasses import dataclass, field
from random import Random

from sync import accept, merge
from sync.change import Assign, Change, Seen, cid_of, encode
from sync.identity import Membership, Role, Seat, Space
from sync.records import SpaceKind

SPACE = Space("5a" * 16, SpaceKind.SHARED, "shared", ("0a" * 16, "0b" * 16))
TAGS = ("71" * 16, "72" * 16)
FIELDS = (
    (TAGS[0], "case", "r1", "aim"),
    (TAGS[0], "case", "r1", "status"),
    (TAGS[0], "case", "r2", "aim"),
    (TAGS[1], "consent", "r1", "state"),
)
"""Few, so that laptops meet in them: (tag, kind, record, field)."""
LATE_SEAT = "a3"
LEADS = ("a1", "b1")


def _seat(name: str) -> Seat:
    role = Role.LEAD if name in LEADS else Role.PRACTITIONER
    return Seat(name * 16, name, name, f"0{name[0]}" * 16, role, name.encode(), name.encode())


SEATS = {name: _seat(name) for name in ("a1", "a2", LATE_SEAT, "b1", "b2")}

Judged = tuple[Change, str, accept.Verdict]


@dataclass
class Laptop:
    """One seat's copy: the changes that it holds and what it knows of the control state."""

    seat: Seat
    held: dict[str, Change] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    enrolled: set[str] = field(default_factory=set)
    closings: dict[str, set[str]] = field(default_factory=dict)
    adopted: set[str] = field(default_factory=set)

    def membership(self) -> Membership:
        seats = {seat.id: seat for name, seat in SEATS.items() if name != LATE_SEAT or seat.id in self.enrolled}
        closings = {seat: frozenset(cids) for seat, cids in self.closings.items()}
        return Membership(SPACE, seats, closings, frozenset(self.adopted))

    def judged(self) -> list[Judged]:
        membership = self.membership()
        return [(change, cid, accept.accept(change, cid, membership)) for cid, change in self.held.items()]

    def fold(self) -> dict[merge.FieldKey, tuple[merge.Value, ...]]:
        return merge.fold(self.judged())

    def learn(self, other: "Laptop") -> None:
        self.enrolled |= other.enrolled
        self.adopted |= other.adopted
        for seat, cids in other.closings.items():
            self.closings.setdefault(seat, set()).update(cids)


def dice(seed: int) -> Random:
    return Random(seed)  # noqa: S311  walks are repeated by their seed


class Partnership:
    """A walk: `step` does one random thing; `settle` lets everybody hear everything."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.laptops = {name: Laptop(seat) for name, seat in SEATS.items()}

    def step(self) -> None:
        acts = (self.edit, self.exchange, self.hear, self.close, self.adopt, self.enrol)
        self.rng.choices(acts, weights=(12, 10, 3, 1, 1, 1))[0]()

    def edit(self) -> None:
        laptop = self._any()
        tag, kind, record, name = self.rng.choice(FIELDS)
        state = laptop.fold()
        over = [value.id for value in state.get((tag, kind, record, name), ())]
        if self.rng.random() < 0.2:  # a hostile or broken client names values of other fields too
            over += [value.id for values in state.values() for value in values if value.id not in over]
        self.write(laptop, tag, Assign(kind, record, name, self.rng.choice(("x", "y", None)), tuple(over)[:60]))

    def write(self, laptop: Laptop, tag: str, *sets: Assign) -> str:
        change = Change(
            space=SPACE.id,
            tag=tag,
            seat=laptop.seat.id,
            n=len(laptop.written) + 1,
            prev=laptop.written[-1] if laptop.written else "",
            seen=Seen("", 0, "", ""),
            at="2026-01-01T00:00:00Z",
            zone="Europe/Vienna",
            salt=self.rng.randbytes(16).hex(),
            set=sets,
        )
        cid = cid_of(encode(change))
        laptop.held[cid] = change
        laptop.written.append(cid)
        return cid

    def exchange(self) -> None:
        """Some of one laptop's changes reach another, by whatever path and in whatever order."""
        giver, taker = self._any(), self._any()
        cids = self.rng.sample(sorted(giver.held), self.rng.randint(0, len(giver.held)))
        taker.held.update({cid: giver.held[cid] for cid in cids})

    def hear(self) -> None:
        self._any().learn(self._any())

    def close(self) -> None:
        """A lead closes a practitioner's seat and trusts what it wrote up to some entry that this lead holds."""
        lead, lost = self.laptops[self.rng.choice(LEADS)], SEATS[self.rng.choice(("a2", "b2"))]
        seen = sorted(cid for cid, change in lead.held.items() if change.seat == lost.id)
        lead.closings.setdefault(lost.id, set()).update(seen[: self.rng.randint(0, len(seen))])

    def adopt(self) -> None:
        lead = self.laptops[self.rng.choice(LEADS)]
        aside = sorted(cid for _, cid, verdict in lead.judged() if verdict is accept.Verdict.QUARANTINED)
        lead.adopted.update(aside[:1])

    def enrol(self) -> None:
        self.laptops[self.rng.choice(LEADS)].enrolled.add(SEATS[LATE_SEAT].id)

    def settle(self) -> None:
        for giver in self.laptops.values():
            for taker in self.laptops.values():
                taker.held.update(giver.held)
                taker.learn(giver)
        for giver in self.laptops.values():
            for taker in self.laptops.values():
                taker.held.update(giver.held)
                taker.learn(giver)

    def _any(self) -> Laptop:
        return self.laptops[self.rng.choice(sorted(self.laptops))]


def walk(rng: Random, steps: int = 60) -> Partnership:
    """`steps` random acts, then everybody has heard everything."""
    partnership = Partnership(rng)
    for _ in range(steps):
        partnership.step()
    partnership.settle()
    return partnership
