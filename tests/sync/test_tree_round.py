"""Chains and control trees level between laptops and a server, whoever wrote where and whatever was restored."""

import pytest

from sync.acts import Freeze, MemberAdded, SeatClosed
from sync.client import Errand, Local, TreeRef
from sync.errors import Refused, SyncError
from sync.identity import Role
from sync.partnership import Partnership
from sync.protocol import (
    EnrolPost,
    NetCall,
    NetReply,
    SpaceHeads,
    TreeHead,
    TreeKind,
    TreePage,
    TreePush,
    encode,
    tree_path,
)
from sync.records import SpaceKind
from sync.replica import Steps
from sync.tree import entry_id
from sync.tree_round import TreeRound
from tests.sync.founded import District, district
from tests.sync.memory_replica import MemoryReplica
from tests.sync.practice import found_practice
from tests.sync.tree_peers import MemoryServer, MemoryTrees

TAG, OTHER_TAG = "7c" * 16, "7d" * 16


@pytest.fixture
def world() -> District:
    return district()


def trees_of(world: District, space: str) -> MemoryTrees:
    trees = MemoryTrees()
    for unit in world.units.values():
        trees.hold(TreeKind.UNIT, unit, world.raws[unit])
    trees.hold(TreeKind.SPACE, space, world.raws[space])
    return trees


def level(
    trees: MemoryTrees | None, server: MemoryServer, seat: str, heads: SpaceHeads | None = None
) -> dict[str, str]:
    """One tree round against the server; the faults that it noted."""
    practice = found_practice()
    replica = MemoryReplica(practice.roster, practice.seats["p1"])
    replica.kept_trees = trees
    faults: dict[str, str] = {}

    def ask(call: NetCall) -> Steps[NetReply]:
        reply: NetReply = yield call
        return reply

    def call(
        method: str, path: str, *, query: dict[str, str] | None = None, body: bytes | None = None
    ) -> Steps[NetReply]:
        return (yield from ask(NetCall(method, path, query or {}, body)))

    levelling = TreeRound(ask, call, faults.__setitem__)

    def whole() -> Steps[None]:
        yield from levelling.errands()
        yield from levelling.level(heads or server.heads(seat))

    steps = whole()
    try:
        step = next(steps)
        while True:
            try:
                outcome = step.run(replica) if isinstance(step, Local) else server.perform(step)
            except SyncError as error:
                step = steps.throw(error)
            else:
                step = steps.send(outcome)
    except StopIteration:
        return faults


def test_what_one_laptop_founds_the_other_comes_to_hold(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    founder, other, server = trees_of(world, space), MemoryTrees(), MemoryServer(page_items=2)
    assert not level(founder, server, world.id("alder"))
    pushed = [path for method, path in server.calls if method == "POST"]
    assert [path for path in pushed if "chain" in path] == pushed[:-1]  # chains before control trees
    assert not level(other, server, world.id("linden"))
    for ref in founder.refs():
        assert other.name(ref) == founder.name(ref) == server.partnership.name(ref.kind, ref.tree)
    server.calls.clear()
    assert not level(other, server, world.id("linden"))
    assert not server.calls  # level: nothing to say


def test_two_who_wrote_at_once_both_count(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    server = MemoryServer()
    mine, theirs = trees_of(world, space), trees_of(world, space)
    level(mine, server, world.id("alder"))
    level(theirs, server, world.id("yew"))
    before = world.control(space)
    mine.hold(TreeKind.SPACE, space, [world.say("alder", space, Freeze((TAG,)), built_on=before)])
    theirs.hold(TreeKind.SPACE, space, [world.say("yew", space, Freeze((OTHER_TAG,)), built_on=before)])
    for trees, seat in ((mine, "alder"), (theirs, "yew"), (mine, "alder")):
        assert not level(trees, server, world.id(seat))
    assert mine.partnership.controls[space].frozen == theirs.partnership.controls[space].frozen == {TAG, OTHER_TAG}


def test_a_push_on_an_older_state_is_answered_and_done_again(world: District) -> None:
    """The server moved between the list of heads and the push."""
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    server, mine, theirs = MemoryServer(), trees_of(world, space), trees_of(world, space)
    level(mine, server, world.id("alder"))
    level(theirs, server, world.id("yew"))
    stale = server.heads(world.id("alder"))
    theirs.hold(TreeKind.SPACE, space, [world.say("yew", space, Freeze((OTHER_TAG,)))])
    level(theirs, server, world.id("yew"))
    mine.hold(
        TreeKind.SPACE, space, [world.say("alder", space, Freeze((TAG,)), built_on=mine.partnership.controls[space])]
    )
    assert not level(mine, server, world.id("alder"), stale)
    assert server.partnership.controls[space].frozen == mine.partnership.controls[space].frozen == {TAG, OTHER_TAG}


@pytest.mark.parametrize("kept", [1, 3, 5])
@pytest.mark.parametrize("announced", [True, False])
def test_a_restored_server_is_given_back_what_it_lost(world: District, kept: int, announced: bool) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    world.say("alder", space, SeatClosed(world.id("birch")))
    server, trees = MemoryServer(), trees_of(world, space)
    level(trees, server, world.id("alder"))
    back = server.restored(kept, "e1" * 16 if announced else server.epoch)
    heads = server.heads(world.id("alder"))  # whatever it says it has: another name makes the laptop look
    listed = SpaceHeads("", back.heads(world.id("alder")).spaces, back.heads(world.id("alder")).chains)
    assert not level(trees, back, world.id("alder"), listed)
    assert not level(trees, back, world.id("alder"), listed)
    for head in heads.chains:
        assert back.partnership.name(TreeKind.UNIT, head.tree) == head.name
    assert back.partnership.name(TreeKind.SPACE, space) == trees.name(TreeRef(TreeKind.SPACE, space))


def test_a_fault_of_one_tree_stops_no_other(world: District, monkeypatch: pytest.MonkeyPatch) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    server, trees = MemoryServer(), trees_of(world, space)
    refusing, perform = tree_path(TreeKind.UNIT, world.units["police"]), server.perform

    def refuse_one(call: NetCall) -> NetReply:
        if call.path == refusing:
            raise Refused("server.fault", status=500)
        return perform(call)

    monkeypatch.setattr(server, "perform", refuse_one)
    server.partnership = Partnership.of({world.units["police"]: world.raws[world.units["police"]]}, {})
    assert level(trees, server, world.id("alder")) == {world.units["police"]: "server.fault"}
    assert server.partnership.name(TreeKind.SPACE, space) == trees.name(TreeRef(TreeKind.SPACE, space))


@pytest.mark.parametrize("kind", ["endless", "huge", "gap"])
def test_a_server_that_never_comes_to_an_end_is_given_up(
    world: District, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    server, trees = MemoryServer(), trees_of(world, space)
    heads = SpaceHeads("", (), (TreeHead(world.units["police"], "ff" * 32),))
    count = 0

    def lie(call: NetCall) -> NetReply:
        nonlocal count
        count += 1
        pages = {
            "endless": TreePage(f"{count:032x}", 1, (b"junk",), 4000, "ff" * 32),
            "huge": TreePage("aa" * 16, 1, (b"junk",), 10**9, "ff" * 32),
            "gap": TreePage("aa" * 16, 7, (b"junk",), 7, "ff" * 32),
        }
        return NetReply(200, {}, encode(pages[kind]))

    monkeypatch.setattr(server, "perform", lie)
    before = trees.name(TreeRef(TreeKind.UNIT, world.units["police"]))
    faults = level(trees, server, world.id("alder"), heads)
    assert faults[world.units["police"]] == ("tree.gap" if kind == "gap" else "tree.size")
    assert trees.name(TreeRef(TreeKind.UNIT, world.units["police"])) == before


def test_errands_go_without_a_session_and_a_refused_one_is_told(world: District) -> None:
    server, trees = MemoryServer(), MemoryTrees()
    unit = world.units["police"]
    push = encode(TreePush(tuple(world.raws[unit]), code="code"))
    trees.waiting = [
        Errand("found", tree_path(TreeKind.UNIT, unit), push),
        Errand("bad", f"/v1/units/{unit}/enrolment", encode(EnrolPost(b"i", b"refused"))),
        Errand("ask", f"/v1/units/{unit}/enrolment", encode(EnrolPost(b"i", b"sealed"))),
    ]
    level(trees, server, world.id("alder"))
    assert server.partnership.name(TreeKind.UNIT, unit) == world.chain("police").name
    assert (trees.errands(), trees.refused) == ((), {"bad": "enrolment.refused"})
    lead = trees_of(world, world.space(SpaceKind.UNIT, "alder", "police"))
    lead.box_of, lead.decided = unit, set()
    level(lead, server, world.id("alder"))
    assert [item.sealed for item in lead.requests.values()] == [b"sealed"]
    lead.decided = set(lead.requests)
    level(lead, server, world.id("alder"))
    assert not server.box


def test_a_fixed_list_has_nothing_to_level(world: District) -> None:
    server = MemoryServer()
    assert not level(None, server, world.id("alder"))
    assert not server.calls


# -- what a server asks of its trees


def test_a_server_stores_what_stands_and_answers_the_rest(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    unit = world.units["police"]
    raws = world.raws[unit]
    empty, results, new = Partnership().take(TreeKind.UNIT, unit, raws[1:])
    assert not empty.chains
    assert not new
    assert {item.code for item in results} == {"control.waiting"}
    held, results, new = Partnership().take(TreeKind.UNIT, unit, [*raws, raws[0], b"junk", raws[0][:-3] + b"}}}"])
    assert list(new) == raws
    assert [item.code for item in results if item.code] == ["control.size", "control.form"]
    _, results, _ = held.take(TreeKind.SPACE, space, world.raws[space])
    assert {item.code for item in results} == {"control.waiting"}  # the chain of health is not here
    _, results, _ = held.take(TreeKind.SPACE, "ab" * 16, world.raws[space])
    assert {item.code for item in results} <= {"control.bad", "control.waiting"}


def test_a_server_serves_members_only_and_at_once(world: District) -> None:
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    world.found("support", "hazel")
    held = Partnership.of({unit: world.raws[unit] for unit in world.units.values()}, {space: world.raws[space]})
    assert held.spaces_of(world.id("birch")) == (space,)
    assert held.spaces_of(world.id("hazel")) == ()
    assert not held.may_read_control(world.id("hazel"), space)
    assert held.chains_for(world.id("hazel")) == (world.units["support"],)
    assert set(held.chains_for(world.id("birch"))) == {world.units["police"], world.units["health"]}
    closing = world.say_in_chain("alder", SeatClosed(world.id("birch")))
    now, _, new = held.take(TreeKind.UNIT, world.units["police"], [closing])
    assert [entry_id(raw) for raw in new] == [entry_id(closing)]
    assert now.seat(world.id("birch")) is None
    assert now.spaces_of(world.id("birch")) == ()
    assert held.seat(world.id("birch")) is not None
    added = world.say_in_chain("alder", MemberAdded("aa" * 16, "X", (Role.PRACTITIONER,)))
    again, _, _ = now.take(TreeKind.UNIT, world.units["police"], [added])
    assert again.controls[space].name == now.controls[space].name
