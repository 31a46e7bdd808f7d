"""The practice partnership on disk: its server, one laptop per member, thirty cases; made once, kept until reset.

    practice/server/            the server's folder          practice/laptops/<member>/   one data folder each

Leaves opening windows to `desktop.demo.__init__`, the driven day to `desktop.demo.day`.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from desktop.demo.cases import demo_cases
from desktop.demo.laptop import Laptop, make_laptop
from desktop.demo.partnership import MEMBERS, Founded, found
from desktop.demo.seeding import Seeded, SteppedClock, level, seed
from desktop.demo.server import PracticeServer
from desktop.store.store import Store
from sync.protocol import NetCall, TreeKind, settle, tree_path
from sync.transport import Transport

DONE = "ready"
CARDS: Mapping[str, Mapping[str, Any]] = {
    "rowan": {
        "relay": "M. Rowan", "deputy": "R. Alder", "phone": "01632 960101", "duty_phone": "01632 960100",
        "hours": [{"days": "1234567", "from": "00:00", "to": "23:59"}], "languages": ["English", "Portuguese"],
    },
    "yew": {
        "relay": "S. Linden", "deputy": "I. Yew", "phone": "01632 960201", "duty_phone": "01632 960200",
        "hours": [{"days": "12345", "from": "08:00", "to": "18:00"}], "languages": ["English", "German"],
    },
    "hazel": {
        "relay": "T. Hazel", "deputy": "", "phone": "01632 960301", "duty_phone": "",
        "hours": [{"days": "12345", "from": "09:00", "to": "16:00"}], "languages": ["English", "Hungarian"],
    },
}  # fmt: skip
"""The directory: who receives for each unit, and when."""


@dataclass(frozen=True)
class Practice:
    """A practice partnership ready to be opened. `address` is where its server listens now."""

    folder: Path
    server: PracticeServer
    address: str

    def data(self, member: str) -> Path:
        """The data folder of a member's laptop."""
        return self.folder / "laptops" / member


@dataclass(frozen=True)
class Made:
    """A practice partnership just made, with what only its maker knows."""

    practice: Practice
    laptops: Mapping[str, Laptop]
    founded: Founded
    seeded: tuple[Seeded, ...]


def open_practice(folder: Path, zone: str) -> Practice:
    """The practice partnership in `folder`, made first where there is none; its server runs when this returns."""
    if not (folder / DONE).exists():
        return make_practice(folder, zone).practice
    server = PracticeServer(folder / "server")
    port = int((folder / DONE).read_text("utf-8"))
    return Practice(folder, server, server.start(port))


def make_practice(folder: Path, zone: str, *, count: int = 30) -> Made:
    """Make it from nothing: found, seat, write the cases, let every laptop agree with the server."""
    shutil.rmtree(folder, ignore_errors=True)
    founded = found()
    server = PracticeServer(folder / "server")
    codes = {unit.id: server.founding_code() for unit in founded.roster.units}
    address = server.start()
    _found_at(address, founded, codes)
    laptops = {
        member: make_laptop(folder / "laptops" / member, member, name, founded.seated(member, address))
        for member, name, *_ in MEMBERS
    }
    seeded = _write_cases(laptops, founded, address, zone, count)
    (folder / DONE).write_text(address.rsplit(":", 1)[1], "utf-8")
    return Made(Practice(folder, server, address), laptops, founded, seeded)


def _found_at(address: str, founded: Founded, codes: Mapping[str, str]) -> None:
    """Each unit with its operator's code; the laptops bring the spaces themselves. Raises `SyncError`."""
    with Transport(address, insecure_loopback=True) as transport:
        for unit, code in codes.items():
            path = tree_path(TreeKind.UNIT, unit)
            settle(transport.perform(NetCall("POST", path, body=founded.founding_push(unit, code))))


def _write_cases(
    laptops: Mapping[str, Laptop], founded: Founded, address: str, zone: str, count: int
) -> tuple[Seeded, ...]:
    now = datetime.now(UTC)
    clock = SteppedClock(now)
    stores = {member: laptop.open(clock, zone) for member, laptop in laptops.items()}
    try:
        seeded = seed(demo_cases(now, count=count), stores, founded, clock, now)
        _write_cards(stores, clock)
        level(stores.values(), address)
    finally:
        for store in stores.values():
            store.close()
    return seeded


def _write_cards(stores: Mapping[str, Store], clock: SteppedClock) -> None:
    """Each unit's card in the directory, written by one of its own."""
    clock.now = datetime.now(UTC)
    for member, card in CARDS.items():
        stores[member].directory.put_own(card)
