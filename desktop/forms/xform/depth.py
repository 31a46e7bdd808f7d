"""How deep a document may be nested: whatever walks one does so by recursion, and no form or record needs more."""

from desktop.forms.errors import FormError
from desktop.forms.xpath.nodes import Node

MOST_DEEP = 100


def check_depth(document: Node, *, what: str = "form") -> None:
    """Raises FormError (`too_deep`)."""
    level = [document]
    for _ in range(MOST_DEEP):
        level = [child for node in level for child in node.children if child.children]
        if not level:
            return
    raise FormError(
        "too_deep", "This file is nested deeper than any form.", "Ask its author for another file.", what=what
    )
