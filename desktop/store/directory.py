"""The directory: every unit's card with relay, deputy, hours and duty number. Only the unit itself changes its own."""

from collections.abc import Mapping
from typing import Any

from desktop.errors import KnownError
from desktop.model.partner import Relay, read_relay
from desktop.model.record import CaseKey, RecordView
from desktop.store.files import Files
from desktop.store.ledger import Ledger
from desktop.store.reading import Reading
from desktop.store.seat import SeatIdentity
from sync.change import Assign

KIND = "relay"


class Directory:
    """The relays of the partnership."""

    def __init__(self, seat: SeatIdentity, files: Files, reading: Reading, ledger: Ledger) -> None:
        self._seat = seat
        self._files = files
        self._reading = reading
        self._ledger = ledger

    def relays(self) -> tuple[Relay, ...]:
        """Every unit's card in the order of the roster; a unit that wrote none has only its name and agency."""
        cards = self._cards()
        return tuple(
            read_relay(
                cards.get(_card_id(unit.id)) or RecordView(KIND, _card_id(unit.id), self._home()),
                unit.id,
                unit.name,
                unit.agency,
            )
            for unit in self._seat.roster.units
        )

    def relay(self, unit: str) -> Relay | None:
        """One unit's card; None for an unknown unit."""
        return next((relay for relay in self.relays() if relay.unit == unit), None)

    def shared_space_with(self, unit: str) -> str:
        """The id of the shared space for a referral to a unit; "" where there is none."""
        return self._seat.shared_with(unit)

    def put_own(self, card: Mapping[str, Any]) -> str:
        """Write the own unit's card: relay, deputy, phone, duty_phone, email, hours [{days, from, to}], languages.

        Returns the cid. Raises KnownError `directory.none` where there is no partnership space.
        """
        home = self._home()
        if not home.space:
            raise KnownError(
                "directory.none", "There is no partnership directory yet.", "Ask your unit lead to found or join one."
            )
        own = self._cards().get(_card_id(self._seat.unit))
        shown = {name: view.shown_ids for name, view in own.fields.items()} if own else {}
        sets = [
            Assign(KIND, _card_id(self._seat.unit), name, value, shown.get(name, ())) for name, value in card.items()
        ]
        return self._ledger.write(home, sets).cid

    def _cards(self) -> dict[str, RecordView]:
        home = self._home()
        row = self._files.known(home)
        if row is None:
            return {}
        return {rid: record for (_, rid), record in self._reading.records({row: home}, (KIND,))[row].items()}

    def _home(self) -> CaseKey:
        """The file of the directory: the tag of a partnership space that carries the space's own id."""
        return CaseKey(self._seat.partnership_space, self._seat.partnership_space)


def _card_id(unit: str) -> str:
    return f"{unit}.relay"
