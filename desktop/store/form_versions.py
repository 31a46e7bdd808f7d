"""The form versions on this laptop: immutable, by hash, so that a draft opens for ever with the version it began with.

Leaves converting workbooks to `desktop.forms.xlsform` and what a form means to the engine.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from desktop.errors import KnownError
from desktop.store.bodies import compress_body, decompress_body
from desktop.store.database import Database, Row

KIND = "form_version"


@dataclass(frozen=True)
class FormHead:
    """What a list of forms shows."""

    form_hash: str
    form_id: str
    version: str
    title: str


@dataclass(frozen=True)
class FormVersion:
    """One version: the XForm as text, its secondary files by name (as text), and the pack's metadata."""

    head: FormHead
    xform: str
    resources: Mapping[str, str]
    pack: Mapping[str, Any]


class FormVersions:
    """The forms of one store. `now` gives milliseconds UTC."""

    def __init__(self, database: Database, now: Callable[[], int]) -> None:
        self._database = database
        self._now = now

    def install(self, head: FormHead, xform: str, resources: Mapping[str, str], pack: Mapping[str, Any]) -> None:
        """Keep a version; one that is here already is left as it is, because versions never change."""
        body = compress_body({"xform": xform, "resources": dict(resources), "pack": dict(pack)})
        with self._database.transaction() as transaction:
            self._database.execute(
                "INSERT INTO form_version (form_hash, form_id, version, title, installed_at, body)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (form_hash) DO NOTHING",
                (head.form_hash, head.form_id, head.version, head.title, self._now(), body),
            )
            transaction.touch(KIND, head.form_hash)

    def heads(self) -> tuple[FormHead, ...]:
        """The newest version of every form, in order of title."""
        rows = self._database.query(
            "SELECT form_hash, form_id, version, title FROM form_version"
            " WHERE id IN (SELECT max(id) FROM form_version GROUP BY form_id) ORDER BY title"
        )
        return tuple(_head(row) for row in rows)

    def has(self, form_hash: str) -> bool:
        """Whether this very version is here."""
        return self._database.one("SELECT 1 FROM form_version WHERE form_hash = ?", (form_hash,)) is not None

    def newest(self, form_id: str) -> FormVersion:
        """The version that a new draft begins with. Raises KnownError `form.not_installed`."""
        return self._read(
            "SELECT form_hash, form_id, version, title, body FROM form_version WHERE form_id = ?"
            " ORDER BY id DESC LIMIT 1",
            form_id,
        )

    def by_hash(self, form_hash: str) -> FormVersion:
        """The very version a draft or a record was made with. Raises KnownError `form.not_installed`."""
        return self._read(
            "SELECT form_hash, form_id, version, title, body FROM form_version WHERE form_hash = ?", form_hash
        )

    def _read(self, sql: str, name: str) -> FormVersion:
        row = self._database.one(sql, (name,))
        if row is None:
            raise KnownError(
                "form.not_installed",
                "This form is not on this laptop.",
                "Ask your unit lead to install it. What was typed into it is kept.",
            )
        body = decompress_body(row["body"])
        return FormVersion(_head(row), body["xform"], body["resources"], body["pack"])


def _head(row: Row) -> FormHead:
    return FormHead(row["form_hash"], row["form_id"], row["version"], row["title"])
