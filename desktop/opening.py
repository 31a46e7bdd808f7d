"""Opening a profile's store on its own thread: its seat first, then the store, then what the unit's recovery key asks.

Leaves the window to `desktop.opened`, what a seat is to `desktop.seating`.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from desktop.errors import KnownError
from desktop.founding import found_unit
from desktop.joining import join
from desktop.model.moment import stamp
from desktop.packs import install_shipped
from desktop.paths import resource
from desktop.seating import Seated, keep_seat, read_seat
from desktop.store.person_settings import PersonSettings
from desktop.store.store import Store
from desktop.tasks import OnChanged
from desktop.ui.models.entrance import Seating, Unlocked

_log = logging.getLogger("causeway.opening")


@dataclass
class Opening:
    """One profile to open, and what was read there for the GUI thread."""

    unlocked: Unlocked
    clock: Callable[[], datetime]
    zone: ZoneInfo
    spool: Path
    seated: Seated | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def open(self, on_changed: OnChanged) -> Store:
        """A profile just made gets its seat first. Errors: those of the profile, of the seat and of the store."""
        database = self.unlocked.profile.open_store(self.unlocked.store_key)
        try:
            if self.unlocked.seating is not None:
                device = self.unlocked.profile.label
                keep_seat(database, _seat_of(self.unlocked.seating, device, self.clock()))
            seated = read_seat(database)
            self.settings = PersonSettings(database).read()
            store = Store.open(
                database,
                seated.identity(),
                self.clock,
                self.zone.key,
                local=self.zone,
                changed=on_changed,
                spool=self.spool,
            )
            self.seated = replace(seated, roster=store.seat.roster)
            install_shipped(store.form_versions, resource("forms"))
            self._follow_recovery(store)
        except BaseException:
            database.close()
            raise
        return store

    def _follow_recovery(self, store: Store) -> None:
        """Slot 3 is for the key that the unit announces now; a use of the printed shares is written for all to see.

        A disk that fails here keeps nobody from work: the next opening tries again.
        """
        try:
            if self.unlocked.recovered is not None:
                store.stewarding.note_recovery(self.unlocked.recovered.private, self.unlocked.recovered.why)
            public = store.stewarding.recovery_public
            if public:
                self.unlocked.profile.seal_to_unit(self.unlocked.store_key, public)
        except KnownError as error:
            _log.warning("recovery slot: %s", error.code)


def _seat_of(seating: Seating, device: str, at: datetime) -> Seated:
    """`device`: what the unit's lead knows this laptop by, the profile's neutral name."""
    if seating.invitation is not None:
        today = at.astimezone(UTC).date().isoformat()
        return join(seating.invitation, name=seating.name, device=device, today=today)
    return found_unit(
        seating.name,
        seating.unit_name,
        seating.agency,
        device=device,
        recovery_public=seating.recovery_public,
        at=stamp(at),
    )
