"""Many keys as one parameter of a statement: `… IN (SELECT value FROM json_each(?))`.

So a statement's text never depends on how many keys there are, and the engine keeps it prepared.
"""

from collections.abc import Collection
from typing import Any

import msgspec


def among(keys: Collection[Any]) -> str:
    """The keys (integers, texts, or tuples of them) as JSON for `json_each`; an empty collection matches nothing."""
    return msgspec.json.encode(list(keys)).decode()
