"""Acts on membership, as this seat signs them: enrolling, closing, sharing spaces, paying the rotations owed.

Each act is kept here at once and sent with the next round; what somebody else wrote meanwhile counts beside it
(sync.md §3). Leaves what an act says to `sync.founding` and `sync.rotation`, its effect to `belonging`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

import msgspec

from desktop.errors import KnownError
from desktop.model.moment import stamp
from desktop.model.unit import MemberLine, Owed, SeatLine
from desktop.store.belonging import Belonging
from desktop.store.database import Database
from desktop.store.seat import SeatIdentity
from desktop.store.trees import SPACE, UNIT, Held, Trees
from sync.acts import Act, MemberLeft, RecoveryAnnounced, RecoveryUsed, RolesChanged, SeatClosed
from sync.chain import ChainState
from sync.control_state import ControlState
from sync.errors import BadEntry, SyncError
from sync.founding import (
    Signer,
    close_here,
    enrol_seat,
    found_space,
    held_space_keys,
    recovery,
    rotate_space,
    rotate_unit,
    write_chain,
    write_control,
)
from sync.identity import Role
from sync.keys import SealSuite, hpke_open, info_unit_key, key_name, seal_public_of
from sync.protocol import TreeKind, TreePush, encode, tree_path
from sync.records import SpaceKind
from sync.rotation import (
    Private,
    open_unit_keys,
    owed_closings,
    owed_shares,
    owed_space_key,
    owed_space_shares,
    owed_unit_key,
    own_keys,
    share_space_key,
    share_unit_key,
    space_receivers,
    unit_receivers,
)
from sync.tree import Standing, entry_id


class Stewarding:
    """The unit's membership as one seat may act on it. `follow` is called after each act: the effect is folded."""

    def __init__(  # noqa: PLR0917  the parts it is built from
        self,
        database: Database,
        seat: SeatIdentity,
        trees: Trees,
        belonging: Belonging,
        follow: Callable[[], object],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._seat = seat
        self._trees = trees
        self._belonging = belonging
        self._follow = follow
        self._clock = clock

    # -- reading

    @property
    def is_lead(self) -> bool:
        """Whether this seat may sign for its unit now."""
        chain = self._belonging.own_chain
        return chain is not None and self._seat.seat_id in chain.leads

    def members(self) -> tuple[MemberLine, ...]:
        """Everybody of the own unit with their seats, by name; none before the unit's chain is here."""
        chain = self._belonging.own_chain
        if chain is None:
            return ()
        latest = {row[0]: row[1] for row in self._database.query("SELECT seat, max(at) FROM change GROUP BY seat")}
        lines = [
            MemberLine(
                member.id,
                member.name,
                frozenset(role.value for role in member.roles),
                member.left,
                tuple(
                    self._seat_line(chain, each, latest)
                    for each in sorted(chain.seats)
                    if _is_of(chain, each, member.id)
                ),
            )
            for member in chain.members.values()
        ]
        return tuple(sorted(lines, key=lambda line: (line.left, line.name.casefold(), line.id)))

    def owed(self) -> Owed:
        """What is owed since somebody left; every client computes it for itself."""
        chain, chains = self._belonging.own_chain, self._belonging.chains
        if chain is None:
            return Owed()
        rotations = {""} if owed_unit_key(chain) else set()
        closings: set[tuple[str, str]] = set()
        for control in self._own_controls(chain):
            if owed_space_key(control, chains):
                rotations.add(control.space)
            closings |= {(control.space, seat) for seat in owed_closings(control, chains) if seat in chain.seats}
        return Owed(frozenset(rotations), frozenset(closings))

    def written_by(self, seat: str) -> Mapping[str, tuple[tuple[int, str, str], ...]]:
        """By space id: (n, claimed time, cid) of every change held from a seat, in the order in which it wrote them."""
        found: dict[str, tuple[tuple[int, str, str], ...]] = {}
        for space, number, at, cid in self._database.query(
            "SELECT s.space, c.n, c.at, c.cid FROM change c JOIN tag t ON t.id = c.tag JOIN space s ON s.id = t.space"
            " WHERE c.seat = ? AND instr(c.cid, ' ') = 0 ORDER BY s.space, c.n",
            (seat,),
        ):
            found[space] = (*found.get(space, ()), (number, at, cid))
        return found

    # -- acts of a lead

    def enrol(self, request: bytes, *, member: str = "", roles: Sequence[Role] = (Role.PRACTITIONER,)) -> None:
        """Approve the request of a new seat; with `member` it is another device of that person.

        Errors: KnownError `membership.refused`.
        """
        chain = self._chain()
        self._act(
            UNIT,
            chain.unit,
            lambda: enrol_seat(
                self._signer(chain),
                chain,
                self._unit_keys(chain),
                request,
                at=self._now(),
                member=member,
                roles=tuple(roles),
            ),
        )

    def change_roles(self, member: str, roles: Collection[Role]) -> None:
        """Errors: KnownError `membership.refused`."""
        self._write_chain(RolesChanged(member, tuple(sorted(roles))))

    def make_lead(self, member: str) -> None:
        """Another lead beside the roles they have: a unit with one lead is lost with that lead's laptop.

        Errors: KnownError `membership.refused`.
        """
        held = self._chain().members[member].roles if member in self._chain().members else frozenset()
        self.change_roles(member, held | {Role.LEAD})

    def close_seat(self, seat: str, trusted: Mapping[str, Iterable[str]] | None = None) -> None:
        """Close a seat of the own unit, everywhere, and change the keys it could open. Works without a network.

        `trusted`: by space id the cids of it that stay accepted (None: all that are held here); what of the seat is
        not among them is kept, shown and not folded. Errors: KnownError `membership.refused`.
        """
        chain = self._chain()
        if not self.is_lead:
            raise refused_act("control.refused")
        named = {space: tuple(cid for _, _, cid in lines) for space, lines in self.written_by(seat).items()}
        kept = named if trusted is None else {space: tuple(cids) for space, cids in trusted.items()}
        # In every space first: cut short, the seat is still open in the chain and can be closed again, with its list.
        for space in [control.space for control in self._own_controls(chain)]:
            self._close_in(self._belonging.controls[space], seat, kept.get(space, ()))
        self._write_chain(SeatClosed(seat))
        self.settle()

    def close_own_seat(self) -> None:
        """This very seat ends, with all that is held here of what it wrote. First in every space, then in the unit's
        chain: who is closed there signs nothing more.
        """
        chain, seat = self._chain(), self._seat.seat_id
        written = self.written_by(seat)
        for space in [control.space for control in self._own_controls(chain)]:
            trusted = [cid for _, _, cid in written.get(space, ())]
            control, chains, signer = self._belonging.controls[space], self._belonging.chains, self._signer(chain)
            self._act(
                SPACE,
                space,
                partial(close_here, signer, control, chains, seat=seat, trusted=trusted, at=self._now()),
            )
        self._write_chain(SeatClosed(seat))

    def close_member(self, member: str) -> None:
        """A person leaves: every seat of theirs is closed, what they wrote stays. Errors: `membership.refused`."""
        chain = self._chain()
        for seat in sorted(chain.active):
            if _is_of(chain, seat, member):
                self.close_seat(seat)
        self._write_chain(MemberLeft(member))

    def connect(self, address: str, authority: bytes, code: str) -> None:
        """Name the server that the unit uses from the next opening on, and ask it to take the unit in.

        `authority`: its CA (PEM), empty for one that the system trusts; `code`: the operator's founding code.
        Errors: KnownError `membership.refused` for a seat that may not sign for the unit.
        """
        chain = self._chain()
        if not self.is_lead:
            raise refused_act("control.refused")
        roster = msgspec.structs.replace(self._seat.roster, units=(), seats=(), spaces=(), authority=authority)
        body = encode(TreePush(chain.raws(), code=code))
        with self._database.transaction() as transaction:
            self._database.executemany(
                "UPDATE meta SET value = ? WHERE key = ?", [(address, "server"), (roster.to_bytes(), "roster")]
            )
            self._database.execute("DELETE FROM errand WHERE errand = 'found'")
            self._database.insert(
                "INSERT INTO errand (errand, path, body) VALUES ('found', ?, ?)",
                (tree_path(TreeKind.UNIT, chain.unit), body),
            )
            transaction.touch("membership")

    @property
    def server(self) -> str:
        """The address of the server that this profile uses; "" for none."""
        return str(self._database.value("SELECT value FROM meta WHERE key = 'server'") or "")

    def share_space(self, name: str, units: Sequence[str], *, kind: SpaceKind = SpaceKind.SHARED) -> str:
        """Found a space with other units whose chains are held; returns its id. Errors: `membership.refused`."""
        chain = self._chain()
        try:
            founded = found_space(
                self._signer(chain),
                self._belonging.chains,
                kind=kind,
                name=name,
                units=(chain.unit, *units),
                at=self._now(),
            )
        except (SyncError, KeyError) as error:
            raise refused_act(getattr(error, "code", "control.unknown_unit")) from None
        self._keep(SPACE, founded.space, founded.raws)
        return founded.space

    @property
    def recovery_public(self) -> bytes:
        """The public half (32 bytes) of the recovery key that the own unit announces; empty for none."""
        chain = self._belonging.own_chain
        announced = chain.recovery if chain else None
        return announced.public if announced and announced.suite is SealSuite.X25519 else b""

    def note_recovery(self, private: bytes, why: str) -> None:
        """Two printed shares were used: say so in the unit's chain, signed by the root key that they open.

        Papers that were renewed count too: whoever used them had them. Errors: KnownError `membership.refused`, also
        for a key that the unit never announced.
        """
        chain = self._chain()
        public = seal_public_of(private)
        ever = [each.act for each in chain.judged.tree.entries if chain.standings[each.id] is Standing.OK]
        announced = [act for act in ever if isinstance(act, RecoveryAnnounced) and act.public == public]
        if not announced:
            raise refused_act("control.refused")
        info = info_unit_key(chain.unit, chain.unit, key_name(public))

        def write() -> list[bytes]:
            root = Signer.root(hpke_open(private, announced[0].root_sealed, info=info))
            return [write_chain(root, chain, RecoveryUsed(why), self._now())]

        self._act(UNIT, chain.unit, write)

    def renew_papers(self, private: bytes, public: bytes) -> None:
        """New recovery papers, after a use or a loss: the key of two old ones opens the root for the new key, and the
        unit's key changes, so that the old papers open nothing that comes. Errors: KnownError `membership.refused`.
        """
        chain = self._chain()
        announced = chain.recovery
        if announced is None or announced.public != seal_public_of(private):
            raise refused_act("control.refused")
        info = info_unit_key(chain.unit, chain.unit, key_name(announced.public))

        def write() -> list[bytes]:
            root = hpke_open(private, announced.root_sealed, info=info)
            act = recovery(chain.unit, public, SealSuite.X25519, root, self._unit_keys(chain))
            return [write_chain(self._signer(chain), chain, act, self._now())]

        self._act(UNIT, chain.unit, write)
        renewed = self._chain()
        self._act(
            UNIT,
            renewed.unit,
            lambda: [rotate_unit(self._signer(renewed), renewed, self._seat.seat_keys, self._now())],
        )
        self.settle()

    def recoveries(self) -> tuple[tuple[str, str], ...]:
        """(claimed time, reason) of every use of the printed shares, for the whole unit to see."""
        chain = self._belonging.own_chain
        if chain is None:
            return ()
        stand = (each for each in chain.judged.tree.entries if chain.standings[each.id] is Standing.OK)
        return tuple((each.link.at, each.act.why) for each in stand if isinstance(each.act, RecoveryUsed))

    def settle(self) -> None:
        """Pay what is owed and can be paid from here: share keys with whom they were not sealed to, change keys that a
        closed seat can open. Does nothing for a seat that may not sign; a branch by another lead does no harm.
        """
        chain = self._belonging.own_chain
        if chain is None or not self.is_lead:
            return
        self._settle_unit(chain)
        for space in [control.space for control in self._own_controls(chain)]:
            self._settle_space(self._belonging.controls[space])

    def _settle_unit(self, chain: ChainState) -> None:
        held = self._unit_keys(chain)
        lacking = owed_shares(chain, held)
        newest = chain.newest_key
        if owed_unit_key(chain):
            self._act(
                UNIT, chain.unit, lambda: [rotate_unit(self._signer(chain), chain, self._seat.seat_keys, self._now())]
            )
        elif lacking and newest is not None and newest.name in held:
            self._write_chain(share_unit_key(chain, held, unit_receivers(chain)))

    def _settle_space(self, control: ControlState) -> None:
        chain, chains = self._chain(), self._belonging.chains
        for seat in sorted(owed_closings(control, chains) & chain.seats.keys()):
            if control.space not in self.written_by(seat):  # nothing of it to judge: a space younger than the closing
                self._close_in(self._belonging.controls[control.space], seat, ())
        control = self._belonging.controls[control.space]
        held = held_space_keys(control, chains, chain.unit, self._seat.seat_keys)
        signer, lacking = self._signer(chain), owed_space_shares(control, chains, held)
        if owed_space_key(control, chains) and (held or not control.keys):
            self._act(
                SPACE, control.space, lambda: [rotate_space(signer, control, chains, self._seat.seat_keys, self._now())]
            )
        elif lacking and control.writing_key is not None and control.writing_key.name in held:
            self._write_control(control, share_space_key(control, held, space_receivers(control, chains)))

    def _close_in(self, control: ControlState, seat: str, trusted: Iterable[str]) -> None:
        chains, signer = self._belonging.chains, self._signer(self._chain())
        self._act(
            SPACE,
            control.space,
            lambda: close_here(signer, control, chains, seat=seat, trusted=trusted, at=self._now()),
        )

    # -- parts

    def _own_controls(self, chain: ChainState) -> tuple[ControlState, ...]:
        """The spaces in which this seat may act: those of its unit, a restricted one only when it is named there."""
        return tuple(
            control
            for control in self._belonging.controls.values()
            if chain.unit in control.units
            and (control.kind is not SpaceKind.RESTRICTED or self._seat.seat_id in control.granted)
        )

    def _chain(self) -> ChainState:
        chain = self._belonging.own_chain
        if chain is None:
            raise refused_act("control.no_chain")
        return chain

    def _signer(self, chain: ChainState) -> Signer:
        return Signer.seat(self._seat.seat_keys, chain.unit)

    def _unit_keys(self, chain: ChainState) -> Mapping[str, Private]:
        return open_unit_keys(chain, own_keys(self._seat.seat_keys))

    def _write_chain(self, act: Act) -> None:
        chain = self._chain()
        self._act(UNIT, chain.unit, lambda: [write_chain(self._signer(chain), chain, act, self._now())])

    def say_in_space(self, control: ControlState, act: Act) -> None:
        """One entry of a space's tree by this seat. Errors: KnownError `membership.refused`."""
        self._write_control(control, act)

    def _write_control(self, control: ControlState, act: Act) -> None:
        signer = self._signer(self._chain())
        self._act(
            SPACE, control.space, lambda: [write_control(signer, control, self._belonging.chains, act, self._now())]
        )

    def _act(self, kind: str, tree: str, write: Callable[[], Sequence[bytes]]) -> None:
        try:
            raws = write()
        except (SyncError, BadEntry) as error:
            raise refused_act(error.code) from None
        self._keep(kind, tree, raws)

    def _keep(self, kind: str, tree: str, raws: Iterable[bytes]) -> None:
        with self._database.transaction() as transaction:
            self._trees.keep(kind, tree, [Held(entry_id(raw), raw) for raw in raws], on_server=False)
            transaction.touch("membership", tree)
            transaction.touch("outbox")
        self._follow()

    def _seat_line(self, chain: ChainState, seat: str, latest: Mapping[str, str]) -> SeatLine:
        return SeatLine(
            seat, chain.devices[seat], seat in chain.closed, seat == self._seat.seat_id, latest.get(seat, "")
        )

    def _now(self) -> str:
        return stamp(self._clock())


def _is_of(chain: ChainState, seat: str, member: str) -> bool:
    return chain.seats[seat].member == member


def refused_act(code: str) -> KnownError:
    """The Known failure of an act that the unit's chain or a space's tree would not let stand."""
    return KnownError(
        "membership.refused",
        "Your role does not allow this act on the unit’s members, or it no longer makes sense.",
        "Nothing was changed. Synchronise and look again, or ask another lead.",
        cause=code,
    )
