"""The metadata of a pack, checked: what a form is, whose words it holds, who may fill it in, how it comes to a result.

`resources/forms/pack.schema.json` is this module's schema for authors. Leaves reading files to `desktop.packs`, the
form itself to the spreadsheet beside it.
"""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from desktop.forms.errors import FormError
from desktop.forms.scoring.profile import Missing, Shape

Words = Annotated[dict[str, str], msgspec.Meta(min_length=1, description="words by language code")]
Name = Annotated[str, msgspec.Meta(min_length=1)]
GradeName = Literal["ungraded", "standard", "raised", "high", "extreme"]
PLACEHOLDER = "wording not included: import the wording your partnership is licensed to use"


class Licence(msgspec.Struct, forbid_unknown_fields=True):
    """`closed` and `ask` wording is never shipped."""

    kind: Literal["open", "ask", "closed"]
    text: Name


class BandRow(msgspec.Struct, forbid_unknown_fields=True):
    """One band: first and last number (null: no end, or not by number); an icon, so that colour never stands alone."""

    name: Name
    label: Words
    grade: GradeName
    range: Annotated[list[float | None], msgspec.Meta(min_length=2, max_length=2)]
    icon: Name
    actions: list[str]
    review_after_days: Annotated[int, msgspec.Meta(ge=1)]
    conference: Literal["no", "suggest"]


class FlagRow(msgspec.Struct, forbid_unknown_fields=True):
    """The node of a flag; its words and its steps stand in the spreadsheet, in every language."""

    node: Name
    always_asked: bool


class TriggerRow(msgspec.Struct, forbid_unknown_fields=True):
    """A trigger of shape C, or the red flags of shape D."""

    reason: Name
    items: Annotated[list[str], msgspec.Meta(min_length=1)]
    least: Annotated[int, msgspec.Meta(ge=1)]
    band: Name


class BonusRow(msgspec.Struct, forbid_unknown_fields=True):
    """Points added once when `least` of the items are affirmed; `code` names the line."""

    code: Name
    items: Annotated[list[str], msgspec.Meta(min_length=1)]
    least: Annotated[int, msgspec.Meta(ge=1)]
    points: float


class ConferenceRule(msgspec.Struct, forbid_unknown_fields=True):
    """From which number on a conference is suggested: settings of the partnership."""

    with_consent: float
    without_consent: float


class ScoringRow(msgspec.Struct, forbid_unknown_fields=True):
    """What the spreadsheet cannot say of its own scoring. `factors`: item to its word in the neutral vocabulary."""

    shape: Shape
    triggers: list[TriggerRow] = []
    bonuses: list[BonusRow] = []
    parts: dict[str, str] = {}
    most_missing: Annotated[int, msgspec.Meta(ge=0)] = 0
    factors: dict[str, str] = {}
    conference: ConferenceRule | None = None
    levels: dict[str, dict[str, GradeName]] = {}


class PackMetadata(msgspec.Struct, forbid_unknown_fields=True):
    """Every field of a pack; `triggered_by` names the factors that call for a follow-up block."""

    id: Name
    version: Name
    form: Name
    title: Words
    languages: Annotated[list[str], msgspec.Meta(min_length=1)]
    country: Name
    owner: Name
    licence: Licence
    wording_included: bool
    training_required: bool
    subject: Literal["victim", "perpetrator", "child", "case"]
    filled_by: Name
    missing_policy: Missing
    show_score: Literal["never", "after", "always"]
    bands: list[BandRow]
    flags: list[FlagRow]
    factors: list[str]
    valid_from: date
    valid_to: date | None
    supersedes: str | None
    source: Name
    checksum: Annotated[str, msgspec.Meta(pattern="^sha256:[0-9a-f]{64}$")]
    scoring: ScoringRow | None = None
    triggered_by: list[str] = []
    placeholder: Words | None = None


def read_pack(data: object) -> PackMetadata:
    """Metadata as JSON gives it. Raises FormError `pack_invalid` with the place and the reason, never with a traceback.

    Checked beyond the schema: a title in each language; wording that is not open is not included; a form without its
    wording says so; an end of validity is no earlier than its begin; a review where there are bands.
    """
    try:
        pack = msgspec.convert(data, PackMetadata, strict=True)
    except msgspec.ValidationError as wrong:
        raise _invalid(str(wrong)) from None
    for reason, is_so in (
        ("title: one language is missing", set(pack.title) != set(pack.languages)),
        ("licence: only open wording may be included", pack.wording_included and pack.licence.kind != "open"),
        ("placeholder: say that the wording is not included", not (pack.wording_included or pack.placeholder)),
        ("placeholder: one language is missing", set(pack.placeholder or pack.title) != set(pack.languages)),
        ("valid_to: earlier than valid_from", pack.valid_to is not None and pack.valid_to < pack.valid_from),
        ("bands: one is named twice", len({row.name for row in pack.bands}) != len(pack.bands)),
        ("bands: one language is missing", any(set(row.label) != set(pack.languages) for row in pack.bands)),
    ):
        if is_so:
            raise _invalid(reason)
    return pack


def pack_schema() -> dict[str, Any]:
    """The JSON schema of the metadata, as it is kept for authors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(PackMetadata)}


def _invalid(reason: str) -> FormError:
    return FormError("pack_invalid", "This pack's description is not right.", "Tell its author.", reason=reason)
