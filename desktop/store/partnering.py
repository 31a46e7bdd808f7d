"""Partners: units of other agencies, the partnership founded with them, the spaces shared with them.

A unit hands its card to another outside the network; its id is the hash of its root key, so that whatever the server
then shows of it must fit. Leaves signing to `stewarding`, the words that people compare to `enrolling`.
"""

from collections.abc import Callable

import msgspec

from desktop.errors import KnownError
from desktop.model.unit import PartnerLine
from desktop.store.belonging import Belonging
from desktop.store.database import Database
from desktop.store.seat import SeatIdentity
from desktop.store.stewarding import Stewarding, refused_act
from desktop.store.trees import UNIT, Trees
from sync.acts import Confirmed, SpaceUnit
from sync.control_state import ControlState
from sync.records import SpaceKind
from sync.safety_words import safety_words

LARGEST_CARD = 4096
_MARK = b"causeway-unit/1\n"


class Partnering:
    """The partners of one seat's unit."""

    def __init__(  # noqa: PLR0917  the parts it is built from
        self,
        database: Database,
        seat: SeatIdentity,
        trees: Trees,
        belonging: Belonging,
        stewarding: Stewarding,
        follow: Callable[[], object],
    ) -> None:
        self._database = database
        self._seat = seat
        self._trees = trees
        self._belonging = belonging
        self._stewarding = stewarding
        self._follow = follow
        self._spoken: dict[tuple[str, str], tuple[str, ...]] = {}

    def own_card(self) -> bytes:
        """The content of the own unit's card file. Errors: KnownError `membership.refused` before it is founded."""
        chain = self._belonging.own_chain
        if chain is None or not chain.founded:
            raise refused_act("control.no_chain")
        return _MARK + msgspec.json.encode(SpaceUnit(chain.unit, chain.label, chain.agency))

    def own_words(self, language: str) -> tuple[str, ...]:
        """The safety words of the own unit, for the other lead to compare; () before it is known."""
        return self._words(self._seat.unit, language) if self._seat.unit else ()

    def add(self, card: bytes) -> None:
        """Follow the unit of a card: its chain is read with the next round. Raises KnownError `membership.card`."""
        try:
            read = msgspec.json.decode(card.removeprefix(_MARK), type=SpaceUnit)
        except (msgspec.DecodeError, ValueError):
            read = None
        if read is None or not card.startswith(_MARK) or len(card) > LARGEST_CARD or read.id == self._seat.unit:
            raise KnownError(
                "membership.card",
                "This file is not the card of another unit, or it is damaged.",
                "Ask the other unit’s lead for its card. Nothing was changed.",
            )
        with self._database.transaction() as transaction:
            self._trees.keep(UNIT, read.id, (), on_server=True)
            self._database.execute(
                "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (f"card {read.id}", msgspec.json.encode(read))
            )
            transaction.touch("membership", read.id)
        self._follow()

    def lines(self, language: str) -> tuple[PartnerLine, ...]:
        """Every other unit that is known here, by name."""
        cards = {card.id: card for card in self._cards()}
        for control in self._belonging.controls.values():
            cards |= {unit: card for unit, card in control.units.items() if unit not in cards}
        cards |= {
            unit: SpaceUnit(unit, chain.label, chain.agency)
            for unit, chain in self._belonging.chains.items()
            if chain.founded
        }
        cards.pop(self._seat.unit, None)
        lines = [self._line(card, language) for card in cards.values()]
        return tuple(sorted(lines, key=lambda line: (line.name.casefold(), line.unit)))

    def found_partnership(self, name: str, unit: str) -> str:
        """Found the partnership with a unit of another agency, which has to confirm it; returns the space's id.

        Errors: KnownError `membership.refused`.
        """
        return self._stewarding.share_space(name, [unit], kind=SpaceKind.PARTNERSHIP)

    def confirm(self, unit: str) -> None:
        """Confirm the partnership that a unit has founded with the own one. Errors: KnownError `membership.refused`."""
        waiting = [each for each in self._partnerships() if self._stage(each, unit) == "waits_for_us"]
        if not waiting:
            raise refused_act("control.refused")
        self._stewarding.say_in_space(waiting[0], Confirmed())

    def _line(self, card: SpaceUnit, language: str) -> PartnerLine:
        chain = self._belonging.chains.get(card.id)
        shared = tuple(
            each.label
            for each in self._belonging.controls.values()
            if each.kind is SpaceKind.SHARED and {card.id, self._seat.unit} <= each.units.keys()
        )
        return PartnerLine(
            unit=card.id,
            name=card.name,
            agency=card.agency,
            words=self._words(card.id, language),
            read=chain is not None and chain.founded,
            partnership=self._partnership_with(card.id),
            shared=shared,
        )

    def _partnership_with(self, unit: str) -> str:
        """Of several with that unit (both founded one at the same time) the one that is furthest."""
        stages = [self._stage(each, unit) for each in self._partnerships() if unit in each.units]
        return next((stage for stage in ("together", "waits_for_us", "waits_for_them") if stage in stages), "none")

    def _stage(self, control: ControlState, unit: str) -> str:
        """Only what the unit itself has founded waits for our word: a third one could name both of us."""
        if control.confirmed:
            return "together"
        founder = control.judged.own_unit(0)[0]
        own = "waits_for_them" if founder == self._seat.unit else "none"
        return "waits_for_us" if founder == unit else own

    def _partnerships(self) -> list[ControlState]:
        return [
            each
            for each in self._belonging.controls.values()
            if each.kind is SpaceKind.PARTNERSHIP and self._seat.unit in each.units
        ]

    def _cards(self) -> list[SpaceUnit]:
        rows = self._database.query("SELECT value FROM meta WHERE substr(key, 1, 5) = 'card '")
        return [msgspec.json.decode(row[0], type=SpaceUnit) for row in rows]

    def _words(self, unit: str, language: str) -> tuple[str, ...]:
        known = self._spoken.get((unit, language))
        if known is None:
            known = self._spoken[unit, language] = safety_words(bytes.fromhex(unit), language)
        return known
