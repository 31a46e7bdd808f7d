"""Founding a unit on its first laptop: its chain, its space, and its first lead. Values; no disk, no network.

Leaves the recovery key and its papers to the entrance, keeping what is founded to `desktop.seating`.
"""

from desktop.seating import Grown, Seated
from desktop.store.trees import SPACE, UNIT
from sync.chain import fold_chain
from sync.founding import Signer, found_space
from sync.founding import found_unit as found_chain
from sync.keys import SeatKeys
from sync.records import SpaceKind


def found_unit(name: str, unit_name: str, agency: str, *, device: str, recovery_public: bytes, at: str) -> Seated:
    """A new unit with `name` as its first lead on this seat, without a server yet.

    `recovery_public`: 32 bytes; its private half is on the unit's three printed shares and nowhere else, and the unit's
    root key is sealed to it and forgotten here. `at`: ISO 8601 in UTC.
    """
    keys = SeatKeys.generate()
    chain = found_chain(
        keys, name=unit_name, agency=agency, member_name=name, device=device, at=at, recovery_public=recovery_public
    )
    chains = {chain.unit: fold_chain(chain.unit, chain.raws)}
    signer = Signer.seat(keys, chain.unit)
    space = found_space(signer, chains, kind=SpaceKind.UNIT, name=unit_name, units=(chain.unit,), at=at)
    return Seated(keys, trees=(Grown(UNIT, chain.unit, chain.raws), Grown(SPACE, space.space, space.raws)))
