"""A server without a list: who belongs is what the signed chains and control trees say, at once and everywhere."""

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync import keys
from sync.acts import Erase, Freeze, SeatClosed
from sync.client import Errand, TreeRef
from sync.enrolment import seal_request, write_request
from sync.envelope import eid_of, seal_change, seal_key
from sync.identity import Role, Roster
from sync.invitation import read_invitation, write_invitation
from sync.keys import Domain, sign
from sync.protocol import (
    EnrolBox,
    EnrolDone,
    EnrolPost,
    ItemResult,
    LogPage,
    NetCall,
    NetReply,
    Problem,
    PushAnswer,
    PushBatch,
    SessionAnswer,
    SessionAsk,
    SessionChallenge,
    SessionGranted,
    SpaceHeads,
    TreeKind,
    TreePage,
    TreePush,
    TreePushed,
    decode,
    encode,
    tree_path,
)
from sync.records import SpaceKind
from sync.server.app import Doorbell, make_app
from sync.server.backup import back_up, restore
from sync.server.founding import new_code
from sync.server.request import Server
from sync.server.settings import BLOBS_FOLDER, Settings, found_server, open_server, open_storage, read_settings
from sync.tree import entry_id
from tests.contracts.postgres import Cluster, running_cluster
from tests.sync.driver import InProcess, drive
from tests.sync.founded import District, district
from tests.sync.memory_replica import MemoryReplica
from tests.sync.tree_peers import MemoryTrees

postgres = pytest.fixture(scope="module")(running_cluster)

TAG, OTHER_TAG = "71" * 16, "72" * 16


@dataclass
class Place:
    """A district of two units, and one worker of its server in this process."""

    world: District
    folder: Path
    server: Server
    net: InProcess
    now: list[float]

    def ask(
        self, method: str, path: str, token: str | None = None, body: bytes | None = None, **query: str
    ) -> NetReply:
        return self.net.ask(NetCall(method, path, query, body, token))

    def open_session(self, name: str) -> NetReply:
        seat = self.world.seats[name]
        asked = self.ask("POST", "/v1/session", None, encode(SessionAsk(seat.seat_id)))
        challenge = decode(SessionChallenge, asked.body).challenge
        signature = sign(seat.sign_private, Domain.SESSION, challenge)
        return self.ask("POST", "/v1/session/answer", None, encode(SessionAnswer(seat.seat_id, challenge, signature)))

    def token(self, name: str) -> str:
        return decode(SessionGranted, self.open_session(name).body).token

    def push_tree(self, kind: TreeKind, tree: str, token: str | None, *raws: bytes, **more: str) -> NetReply:
        return self.ask("POST", tree_path(kind, tree), token, encode(TreePush(raws, **more)))

    def found(self, unit: str) -> NetReply:
        code = new_code(self.server.storage)
        raws = self.world.raws[self.world.units[unit]]
        return self.push_tree(TreeKind.UNIT, self.world.units[unit], None, *raws, code=code)

    def share(self, by: str = "alder") -> str:
        """A shared space of both units, founded and on the server."""
        space = self.world.space(SpaceKind.SHARED, by, "police", "health")
        results = taken(self.push_tree(TreeKind.SPACE, space, self.token(by), *self.world.raws[space]))
        assert {each.status.value for each in results} == {"ok"}
        return space

    def heads(self, token: str, **query: str) -> SpaceHeads:
        return decode(SpaceHeads, self.ask("GET", "/v1/spaces", token, None, **query).body)

    def page(self, space: str, token: str) -> LogPage:
        return decode(LogPage, self.ask("GET", f"/v1/spaces/{space}/log", token).body)

    def push(self, space: str, token: str, *raws: bytes) -> list[tuple[str, str]]:
        reply = self.ask("POST", f"/v1/spaces/{space}/log", token, encode(PushBatch(raws)))
        return [(each.status.value, each.code) for each in decode(PushAnswer, reply.body).results]


def taken(reply: NetReply) -> tuple[ItemResult, ...]:
    assert reply.status == 200, reply
    return decode(TreePushed, reply.body).results


def codes(reply: NetReply) -> list[str]:
    return [each.code for each in taken(reply)]


def code(reply: NetReply) -> tuple[int, str]:
    return reply.status, decode(Problem, reply.body).code


def sealed(space: str, tag: str, blob: str = "") -> tuple[bytes, bytes]:
    raw_key, key_id, case_key = seal_key(space, tag, keys.new_secret())
    body = f'{{"space":"{space}","tag":"{tag}"}}'.encode()
    return raw_key, seal_change(space, tag, key_id, case_key, body, bytes(64), blobs=(blob,) if blob else ())


def _worker(world: District, folder: Path) -> Place:
    now = [1_776_200_000.0]  # 2026-04-14
    server = open_server(folder, clock=lambda: now[0])
    return Place(world, folder, server, InProcess(make_app(server, Doorbell())), now)


def _end(place: Place) -> None:
    place.net.close()
    place.server.storage.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A server on either database that knows nobody yet."""
    database = ""
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgres")
        database = cluster.new_database()
    found_server(tmp_path / "server", None, Settings("Invented district", database))
    place = _worker(district(), tmp_path / "server")
    yield place
    _end(place)


@pytest.fixture
def place(bare: Place) -> Place:
    """Both units have founded themselves on it."""
    for unit in ("police", "health"):
        assert {each.status.value for each in taken(bare.found(unit))} == {"ok"}
    return bare


def test_a_unit_is_founded_once_with_a_code_of_the_operators(bare: Place) -> None:
    police, health = (bare.world.units[name] for name in ("police", "health"))
    one, two = bare.world.raws[police], bare.world.raws[health]
    assert code(bare.push_tree(TreeKind.UNIT, police, None, *one)) == (403, "unit.code")
    assert code(bare.push_tree(TreeKind.UNIT, police, None, *one, code="guess")) == (403, "unit.code")
    assert code(bare.open_session("alder")) == (401, "session.refused")
    founding = new_code(bare.server.storage)
    assert codes(bare.push_tree(TreeKind.UNIT, police, None, two[0], code=founding)) == ["control.bad"]
    assert codes(bare.push_tree(TreeKind.UNIT, police, None, *one, code=founding)) == [""] * len(one)
    again = taken(bare.push_tree(TreeKind.UNIT, police, None, *one, code=founding))  # its answer was lost
    assert {each.status.value for each in again} == {"dup"}
    assert code(bare.push_tree(TreeKind.UNIT, health, None, *two, code=founding)) == (403, "unit.code")
    assert bare.open_session("alder").status == 200


def test_a_stranger_adds_nothing_to_a_unit_that_is_known(place: Place) -> None:
    unit = place.world.units["police"]
    place.world.enrol("maple", "alder")
    new = place.world.raws[unit]
    assert code(place.push_tree(TreeKind.UNIT, unit, None, *new, code=new_code(place.server.storage)))[0] == 401
    assert codes(place.push_tree(TreeKind.UNIT, unit, place.token("yew"), *new)) == [""] * len(new)  # a carrier may
    assert place.open_session("maple").status == 200


def test_members_read_and_others_do_not(place: Place) -> None:
    own = place.world.space(SpaceKind.UNIT, "alder", "police")
    assert codes(place.push_tree(TreeKind.SPACE, own, place.token("alder"), *place.world.raws[own])) == [
        "" for _ in place.world.raws[own]
    ]
    birch, linden = place.token("birch"), place.token("linden")
    assert place.push(own, linden, *sealed(own, TAG)) == [("ok", "")] * 2  # carried for another unit
    assert [head.space for head in place.heads(birch).spaces] == [own]
    assert len(place.page(own, birch).entries) == 2
    assert place.heads(linden).spaces == ()
    assert code(place.ask("GET", f"/v1/spaces/{own}/log", linden)) == (403, "space.not_member")
    assert code(place.ask("GET", f"/v1/spaces/{own}/control", linden)) == (403, "space.not_member")
    assert code(place.ask("GET", f"/v1/spaces/{'00' * 16}/control", linden)) == (404, "space.unknown")
    assert code(place.ask("GET", f"/v1/units/{'00' * 16}/chain", linden)) == (404, "unit.unknown")


def test_a_restricted_space_is_served_to_named_seats_only(place: Place) -> None:
    ids = [place.world.seats[name].seat_id for name in ("alder", "rowan")]
    space = place.world.space(SpaceKind.RESTRICTED, "alder", "police", seats=["alder", "rowan"])
    assert set(codes(place.push_tree(TreeKind.SPACE, space, place.token("alder"), *place.world.raws[space]))) == {""}
    place.push(space, place.token("alder"), *sealed(space, TAG))
    assert all(space in place.server.members.spaces_of(seat) for seat in ids)
    birch = place.token("birch")
    assert code(place.ask("GET", f"/v1/spaces/{space}/log", birch)) == (403, "space.not_member")
    (head,) = place.heads(birch).spaces
    assert (head.head.seq, head.head.epoch, bool(head.control)) == (0, "", True)


def test_trees_are_read_by_the_page_and_again_after_a_restore(place: Place) -> None:
    unit, token = place.world.units["police"], place.token("yew")
    raws = place.world.raws[unit]

    def page(**query: str) -> TreePage:
        return decode(TreePage, place.ask("GET", f"/v1/units/{unit}/chain", token, None, **query).body)

    first = page()
    assert (first.first, first.entries, first.total) == (1, tuple(raws), len(raws))
    assert first.name == place.world.chain("police").name
    rest = page(after="2", epoch=first.epoch)
    assert (rest.first, rest.entries) == (3, tuple(raws[2:]))
    assert page(after="2", epoch="00" * 16).first == 1
    assert page(after="999", epoch=first.epoch).first == 1
    place.server.storage.renew_epochs()
    assert page(after="2", epoch=first.epoch).first == 1


def test_what_does_not_stand_is_not_stored(place: Place) -> None:
    space, token = place.share(), place.token("yew")
    early = place.world.say("alder", space, Freeze((TAG,)))
    late = place.world.say("alder", space, Freeze((OTHER_TAG,)))
    assert codes(place.push_tree(TreeKind.SPACE, space, token, late)) == ["control.waiting"]
    forged = bytes(64) + early[64:]
    assert codes(place.push_tree(TreeKind.SPACE, space, token, forged, b"x")) == ["control.bad", "control.size"]
    assert codes(place.push_tree(TreeKind.SPACE, space, token, early, late)) == ["", ""]
    assert place.server.members.controls_for(place.world.id("yew"))[space] == place.world.control(space).name


def test_who_has_not_seen_the_newest_is_told_so(place: Place) -> None:
    space, token = place.share(), place.token("alder")
    seen = place.world.control(space).name
    one = place.world.say("alder", space, Freeze((TAG,)))
    assert codes(place.push_tree(TreeKind.SPACE, space, token, one, expected=seen)) == [""]
    two = place.world.say("alder", space, Freeze((OTHER_TAG,)))
    assert code(place.push_tree(TreeKind.SPACE, space, token, two, expected=seen)) == (409, "tree.moved")
    assert codes(place.push_tree(TreeKind.SPACE, space, token, two)) == [""]


def test_a_closed_seat_is_out_at_once_with_every_worker(place: Place) -> None:
    space = place.share()
    other = _worker(place.world, place.folder)
    birch, alder = place.token("birch"), place.token("alder")
    assert other.ask("GET", "/v1/spaces", birch).status == 200
    since = place.heads(birch).since
    closing = place.world.say_in_chain("alder", SeatClosed(place.world.id("birch"), b""))
    assert codes(place.push_tree(TreeKind.UNIT, place.world.units["police"], alder, closing)) == [""]
    refused = (401, "session.expired")
    assert code(place.ask("GET", "/v1/spaces", birch, since=since, wait="30")) == refused
    assert code(place.ask("GET", f"/v1/spaces/{space}/log", birch)) == refused
    assert code(place.open_session("birch")) == (401, "session.refused")
    other.server.members.refresh()  # as its watch does when it is woken
    assert code(other.ask("GET", "/v1/spaces", birch)) == refused
    assert place.heads(alder, since=since).spaces != ()  # the others learn of it
    _end(other)


def test_a_seat_closed_in_one_space_only_is_not_served_there(place: Place) -> None:
    space = place.share()
    linden = place.token("linden")
    assert [head.space for head in place.heads(linden).spaces] == [space]
    place.world.close("linden", "yew", space)
    place.push_tree(TreeKind.SPACE, space, place.token("yew"), *place.world.raws[space])
    assert code(place.ask("GET", f"/v1/spaces/{space}/log", linden)) == (403, "space.not_member")


def test_an_erased_case_leaves_nothing_and_comes_back_by_no_way(place: Place, tmp_path: Path) -> None:
    space, token = place.share(), place.token("alder")
    blob = secrets.token_bytes(100)
    name = hashlib.sha256(blob).hexdigest()
    gone, kept = sealed(space, TAG, name), sealed(space, OTHER_TAG)
    place.push(space, token, *gone)
    place.push(space, token, *kept)
    put = place.ask("PUT", f"/v1/spaces/{space}/blobs/{name}/0", token, blob, size="100")
    assert put.status == 200
    back_up(place.folder, tmp_path / "before", lambda: place.now[0])
    erasure = place.world.say("alder", space, Erase((TAG,)))
    assert codes(place.push_tree(TreeKind.SPACE, space, token, erasure)) == [""]

    def looks_erased(at: Place, token: str) -> None:
        page = at.page(space, token)
        assert page.entries == (None, None, *kept)
        assert page.erased == tuple(eid_of(raw) for raw in gone)
        assert not (at.folder / BLOBS_FOLDER / space / name).exists()
        assert at.push(space, token, gone[0], kept[0]) == [("rejected", "erased"), ("dup", "")]

    looks_erased(place, token)
    if not read_settings(place.folder).database:
        assert gone[1] not in b"".join(each.read_bytes() for each in place.folder.glob("log.sqlite*"))
    _end(place)
    restore(place.folder, tmp_path / "before", None, lambda: place.now[0])
    back = _worker(place.world, place.folder)
    fresh = back.token("alder")
    assert back.page(space, fresh).entries == (*gone, *kept)  # last night's server knows of no erasure
    assert codes(back.push_tree(TreeKind.SPACE, space, fresh, *back.world.raws[space]))[-1] == ""
    looks_erased(back, fresh)
    _end(back)


def test_a_mailbox_takes_one_request_for_an_invitation(place: Place) -> None:
    world, unit = place.world, place.world.units["police"]
    chain = world.chain("police")
    file = write_invitation(world.seats["alder"], chain, server="https://x", authority=b"ca", expires="2026-04-20")
    read = read_invitation(file, "2026-04-14")
    new = keys.SeatKeys.generate()
    request = write_request(new, unit, member_name="Maple", device="laptop", rules=1, invitation=read.invitation.id)
    newest = chain.newest_key
    assert newest is not None
    box = seal_request(request, read.code, unit=unit, unit_key=newest.public, suite=newest.suite)
    post = encode(EnrolPost(read.signed, box))
    path = f"/v1/units/{unit}/enrolment"
    assert place.ask("POST", path, None, post).status == 200
    assert code(place.ask("POST", path, None, post)) == (409, "enrolment.used")
    elsewhere = f"/v1/units/{world.units['health']}/enrolment"
    assert code(place.ask("POST", elsewhere, None, post)) == (403, "enrolment.refused")
    nowhere = f"/v1/units/{'00' * 16}/enrolment"
    assert code(place.ask("POST", nowhere, None, post)) == (404, "unit.unknown")
    forged = encode(EnrolPost(bytes(64) + read.signed[64:], box))
    assert code(place.ask("POST", path, None, forged)) == (403, "enrolment.refused")
    birch = place.token("birch")
    items = decode(EnrolBox, place.ask("GET", path, birch).body).items
    assert [(item.id, item.sealed) for item in items] == [(read.invitation.id, box)]
    assert code(place.ask("GET", path, place.token("yew"))) == (403, "unit.not_member")
    done = encode(EnrolDone((read.invitation.id,)))
    assert place.ask("POST", f"{path}/done", birch, done).status == 200
    assert decode(EnrolBox, place.ask("GET", path, birch).body).items == ()
    assert code(place.ask("POST", path, None, post)) == (409, "enrolment.used")
    place.now[0] += 30 * 24 * 3600
    other = write_invitation(world.seats["alder"], chain, server="https://x", authority=b"ca", expires="2026-04-21")
    late = encode(EnrolPost(read_invitation(other, "2026-04-14").signed, box))
    assert code(place.ask("POST", path, None, late)) == (403, "enrolment.refused")


def test_two_workers_that_take_the_same_entry_store_it_once(place: Place) -> None:
    space = place.share()
    other = _worker(place.world, place.folder)
    token = place.token("alder")
    one, two = (place.world.say("alder", space, Freeze((tag,))) for tag in (TAG, OTHER_TAG))
    assert codes(place.push_tree(TreeKind.SPACE, space, token, one)) == [""]
    assert [each.status.value for each in taken(other.push_tree(TreeKind.SPACE, space, token, one, two))] == [
        "dup",
        "ok",
    ]
    place.server.members.refresh()
    storage = open_storage(place.folder, read_settings(place.folder))
    stored = storage.read_tree(space, 0, 1 << 20, 100).entries
    storage.close()
    assert [entry_id(raw) for raw in stored] == [entry_id(raw) for raw in place.world.raws[space]]
    assert place.server.members.controls_for(place.world.id("alder")) == other.server.members.controls_for(
        place.world.id("alder")
    )
    _end(other)


def test_a_member_of_an_agency_that_nobody_shares_with_sees_only_its_own(place: Place) -> None:
    place.world.found("shelter", "elder")
    assert set(codes(place.found("shelter"))) == {""}
    space, elder = place.share(), place.token("elder")
    heads = place.heads(elder)
    assert (heads.spaces, [chain.tree for chain in heads.chains]) == ((), [place.world.units["shelter"]])
    assert code(place.ask("GET", f"/v1/spaces/{space}/log", elder)) == (403, "space.not_member")
    assert place.world.chain("shelter").members[next(iter(place.world.chain("shelter").members))].roles >= {Role.LEAD}


def test_real_rounds_bring_laptops_and_server_to_one_state_also_after_a_restore(bare: Place, tmp_path: Path) -> None:
    """Two leads found their units and a shared space while they cannot reach each other; the server only carries."""
    world = bare.world
    laptops = {}
    for name in ("alder", "yew"):
        laptop = MemoryReplica(Roster("", (), (), ()), world.seats[name])
        trees = laptop.kept_trees = MemoryTrees()
        unit = world.units[world.home[name]]
        trees.hold(TreeKind.UNIT, unit, world.raws[unit])
        founding = TreePush(tuple(world.raws[unit]), code=new_code(bare.server.storage))
        trees.waiting.append(Errand("found", tree_path(TreeKind.UNIT, unit), encode(founding)))
        laptops[name] = laptop
        assert drive(laptop, bare.net.perform).failure == ""
        assert trees.refused == {}
    alder, yew = (laptops[name].kept_trees for name in ("alder", "yew"))
    assert isinstance(alder, MemoryTrees)
    assert isinstance(yew, MemoryTrees)
    alder.hold(TreeKind.UNIT, world.units["health"], world.raws[world.units["health"]])
    back_up(bare.folder, tmp_path / "before", lambda: bare.now[0])
    space = world.space(SpaceKind.SHARED, "alder", "police", "health")
    alder.hold(TreeKind.SPACE, space, world.raws[space])
    for name in ("alder", "yew", "alder"):
        assert not drive(laptops[name], bare.net.perform).failure
    ref = TreeRef(TreeKind.SPACE, space)
    assert alder.name(ref) == yew.name(ref) == world.control(space).name
    _end(bare)
    restore(bare.folder, tmp_path / "before", None, lambda: bare.now[0])
    back = _worker(world, bare.folder)
    assert space not in back.server.members.spaces()
    drive(laptops["yew"], back.net.perform)  # not its founder: whoever holds the tree brings it back
    assert space in back.server.members.spaces()
    assert back.server.members.controls_for(world.id("yew"))[space] == world.control(space).name
    _end(back)
