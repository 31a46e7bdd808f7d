"""Who belongs to a space: the `Membership` that changes are judged against, and whom a server serves.

Joins a space's control state with the chains of its units. The app and the server ask here; neither decides.
"""

import hashlib
from collections.abc import Iterable, Mapping

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sync.chain import ChainState
from sync.control_state import ControlState
from sync.identity import Membership, Roster, Seat, Space, Unit
from sync.keys import SealSuite
from sync.records import SpaceKind

Chains = Mapping[str, ChainState]


def control_name(control: ControlState, chains: Chains) -> str:
    """One name for all that verdicts in a space rest on: its tree and the chains of every unit ever in it.

    Equal names mean equal verdicts. 64 hex digits.
    """
    parts = [control.name, *(f"{unit}{chains[unit].name}" for unit in _units(control) if unit in chains)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def membership(control: ControlState, chains: Chains) -> Membership:
    """The control state as `sync.accept` reads it. Closed seats stay in it, so that their trusted work counts.

    A seat that has bound itself to two units belongs to neither.
    """
    space = Space(control.space, control.kind, control.label, tuple(sorted(control.units)))
    seats = _seats(control, chains) if control.confirmed else {}
    closings = {seat: control.closings.get(seat, frozenset()) for seat in seats if seat in control.closings}
    for seat in seats.values():
        if seat.unit in control.removed:
            closings[seat.id] = closings.get(seat.id, frozenset()) | control.removed[seat.unit]
    return Membership(space, seats, closings, frozenset(), control.rules, control_name(control, chains))


def readers(control: ControlState, chains: Chains) -> dict[str, Seat]:
    """The seats that a server serves the space to: enrolled, closed neither here nor in their chain, unit not removed.

    Before a second agency has confirmed a partnership, its founders' units read the entries to confirm.
    """
    return {
        seat.id: seat
        for seat in _seats(control, chains).values()
        if seat.unit in control.units and seat.id not in control.closings and seat.id not in chains[seat.unit].closed
    }


def roster_of(name: str, controls: Mapping[str, ControlState], chains: Chains, *, practice: bool = False) -> Roster:
    """Everything as one list, for screens that name people and units. Without keys; spaces that stand only."""
    units = tuple(
        Unit(chain.unit, chain.label, chain.agency, _seal_key(chain))
        for chain in sorted(chains.values(), key=lambda each: each.unit)
        if chain.founded
    )
    spaces = tuple(
        Space(each.space, each.kind, each.label, tuple(sorted(each.units)))
        for each in sorted(controls.values(), key=lambda each: each.space)
        if each.confirmed
    )
    seats = {seat.id: seat for chain in chains.values() for seat in chain.seats.values()}
    return Roster(name, units, tuple(seats[each] for each in sorted(seats)), spaces, practice=practice)


def authorities(pinned: bytes, controls: Iterable[ControlState]) -> bytes:
    """The CAs (PEM) that may vouch for the server: the pinned one of the invitation, and those that the partnership
    announced. Nothing is pinned where the system's own are trusted (b""): then nothing is added.

    What is no certificate is left out: one bad entry must not cut everybody off.
    """
    if not pinned:
        return pinned
    found = [pinned.rstrip(b"\n") + b"\n"]
    for control in controls:
        if control.kind is SpaceKind.PARTNERSHIP and control.confirmed:
            found += [pem for each in control.authorities if (pem := _pem(each.certificate))]
    return b"".join(dict.fromkeys(found))


def _pem(certificate: bytes) -> bytes:
    try:
        return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
    except ValueError:
        return b""


def _seal_key(chain: ChainState) -> bytes:
    newest = chain.newest_key
    return newest.public if newest and newest.suite is SealSuite.X25519 else b""


def _units(control: ControlState) -> list[str]:
    """Every unit that is or was in the space."""
    return sorted(control.units.keys() | control.removed.keys())


def _seats(control: ControlState, chains: Chains) -> dict[str, Seat]:
    found: dict[str, Seat] = {}
    twice: set[str] = set()
    for unit in _units(control):
        chain = chains.get(unit)
        for seat in chain.seats.values() if chain else ():
            if control.kind is SpaceKind.RESTRICTED and seat.id not in control.granted:
                continue
            if seat.id in found:
                twice.add(seat.id)
            found[seat.id] = seat
    return {seat: found[seat] for seat in found if seat not in twice}
