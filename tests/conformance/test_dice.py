"""What the runner does not compare because the form throws dice: that, all that follows from it, and nothing else."""

import pytest

from tests.conformance.dice import left_to_dice
from tests.desktop.forms.building import xform

FORM = xform(
    "<drawn/><follows/><seen/><plain/><set/><stirred/><still/><group><inner/></group>",
    """<bind nodeset="/data/drawn" calculate="once(random())"/><bind nodeset="/data/follows" calculate="../drawn + 1"/>
    <bind nodeset="/data/group" relevant="/data/follows &gt; 1"/><bind nodeset="/data/plain" calculate="1 + 1"/>
    <setvalue ref="/data/set" event="odk-instance-first-load" value="uuid()"/>
    <instance id="c"><root><item><name>a</name></item></root></instance>""",
    """<input ref="/data/seen"><label>You drew <output value="/data/drawn"/></label></input>
    <input ref="/data/plain"><label>Plain</label></input>
    <select1 ref="/data/stirred"><itemset nodeset="randomize(instance('c')/root/item)"><value ref="name"/></itemset>
    </select1><select1 ref="/data/still"><itemset nodeset="randomize(instance('c')/root/item, 42)"><value ref="name"/>
    </itemset></select1>""",
)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/data/drawn", {"value"}),
        ("/data/follows", {"value"}),
        ("/data/seen", {"label", "message"}),
        ("/data/set", {"value"}),
        ("/data/stirred", {"choices", "choice_labels"}),
        ("/data/group", {"*"}),
        ("/data/group/inner", {"*"}),
    ],
)
def test_what_follows_from_the_dice_is_left_out(path: str, fields: set[str]) -> None:
    assert left_to_dice(FORM)[FORM.model.nodes[path]] == fields


@pytest.mark.parametrize("path", ["/data/plain", "/data/still"])
def test_all_else_is_compared(path: str) -> None:
    assert FORM.model.nodes[path] not in left_to_dice(FORM)
