"""A person's settings in the encrypted store: the home `person` of `desktop.settings`. Values are JSON."""

from typing import Any

import msgspec

from desktop.store.database import Database

KIND = "setting"


class PersonSettings:
    """Reads and writes the `person_setting` table; which names exist is not its affair."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> dict[str, Any]:
        """All values, names this version does not know included."""
        rows = self._database.query("SELECT name, value FROM person_setting")
        return {name: msgspec.json.decode(value) for name, value in rows}

    def write(self, name: str, value: Any) -> None:
        """Keep one value, in a transaction of its own."""
        with self._database.transaction() as transaction:
            self._database.execute(
                "INSERT INTO person_setting (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, msgspec.json.encode(value).decode()),
            )
            transaction.touch(KIND, name)
