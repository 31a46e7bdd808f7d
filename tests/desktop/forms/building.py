"""Forms written as tables or as XML, and sessions on them with a fixed clock, ids and dice."""

import random
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from desktop.forms.drafts import Draft
from desktop.forms.engine.environment import Environment
from desktop.forms.engine.session import FormSession
from desktop.forms.xform.definition import FormDefinition, parse_xform
from desktop.forms.xlsform.importer import import_workbook

COMMON = Path(__file__).resolve().parents[3] / "resources" / "forms" / "common"
NOW = datetime(2026, 3, 15, 10, 0, tzinfo=UTC)


def environment(*, reference: bool = False) -> Environment:
    dice = random.Random(1)  # noqa: S311  the same dice in every run
    return Environment(
        lambda: NOW, UTC, lambda: "00000000-0000-4000-8000-000000000001", dice.random, reference=reference
    )


def workbook(text: str) -> FormDefinition:
    """A form from a markdown workbook, which must import without errors."""
    result = import_workbook(text.encode(), "form.md", isolated=False)
    assert result.xform is not None, result.problems
    return parse_xform(result.xform, resources=result.itemsets)


@lru_cache
def shipped(name: str) -> FormDefinition:
    return workbook((COMMON / f"{name}.md").read_text(encoding="utf-8"))


def xform(instance: str, binds: str = "", body: str = "", model: str = "") -> FormDefinition:
    """A form from its parts, in the XForms namespaces."""
    return parse_xform(
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        'xmlns:jr="http://openrosa.org/javarosa" xmlns:odk="http://www.opendatakit.org/xforms">'
        f'<h:head><h:title>t</h:title><model><instance><data id="f" version="1">'
        f"{instance}</data></instance>{model}{binds}"
        f"</model></h:head><h:body>{body}</h:body></h:html>"
    )


def session(form: FormDefinition, draft: Draft | None = None, *, reference: bool = False) -> FormSession:
    return FormSession(form, environment(reference=reference), draft=draft)


def values(of: FormSession) -> dict[str, str]:
    """What expressions read, by reference, of all leaves."""
    return {node.reference(): node.text for node in of.node("/data").walk() if node.is_leaf}
