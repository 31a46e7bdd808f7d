"""The endpoints of chains, control trees and the mailbox of enrolment: who may ask, and what comes of it.

Leaves every judgement on an entry to the fold. The only word the server has of its own is on a unit that nobody knows
yet: it is founded with a code of the operator's.
"""

from datetime import UTC, datetime

import msgspec

from sync.errors import SyncError
from sync.invitation import may_invite, read_signed
from sync.protocol import (
    MAX_BATCH_ITEMS,
    MAX_PAGE_BYTES,
    MAX_PAGE_ITEMS,
    EnrolBox,
    EnrolDone,
    EnrolItem,
    EnrolPost,
    ItemStatus,
    TreeKind,
    TreePage,
    TreePush,
    TreePushed,
)
from sync.server.belonging import TreeMembers
from sync.server.founding import knows_code, spend_code
from sync.server.intake import MAX_WORD
from sync.server.refusal import Refusal
from sync.server.request import Answer, Request, Route, Server

MAX_SEALED = 8 * 1024
MAX_POST = 256 * 1024
"""Bytes of an invitation with the partnership's CA in it, and the request."""
MOST_WAITING = 50
"""Requests in a unit's mailbox."""
LATER_SECONDS = 3600


class Done(msgspec.Struct, frozen=True):
    """There is nothing more to say."""


def read_chain(server: Server, request: Request) -> Answer:
    """A chain is shown to every enrolled seat."""
    trees, unit = _trees(server, "unit.unknown"), request.place["unit"]
    if unit not in trees.now.chains:
        raise Refusal(404, "unit.unknown")
    return _page(server, trees, TreeKind.UNIT, unit, request)


def push_chain(server: Server, request: Request) -> Answer:
    """From any enrolled seat; from a stranger only what founds a unit, with a code, or what is held already."""
    trees, unit = _trees(server, "unit.unknown"), request.place["unit"]
    if request.seat is not None:
        server.quota.check(request.seat.unit, len(request.body))
        return _add(server, trees, TreeKind.UNIT, unit, request)
    push = _push(request)
    if unit in trees.now.chains:
        _, results, new = trees.now.take(TreeKind.UNIT, unit, push.entries)
        if new or any(each.status is not ItemStatus.DUP for each in results):
            raise Refusal(401, "session.expired")
        return TreePushed(results, trees.now.name(TreeKind.UNIT, unit))
    if not knows_code(server.storage, push.code):
        raise Refusal(403, "unit.code")
    answer = _add(server, trees, TreeKind.UNIT, unit, request)
    if unit in trees.now.chains:  # the code is spent with the unit that it founded, not with an attempt
        spend_code(server.storage, push.code)
    return answer


def read_control(server: Server, request: Request) -> Answer:
    """A control tree is shown to the seats of its units."""
    trees, space = _trees(server, "space.unknown"), request.space
    if space not in trees.now.controls:
        raise Refusal(404, "space.unknown")
    seat = request.known_seat().id
    if not trees.now.may_read_control(seat, space) and space not in trees.now.spaces_of(seat):
        raise Refusal(403, "space.not_member")
    return _page(server, trees, TreeKind.SPACE, space, request)


def push_control(server: Server, request: Request) -> Answer:
    """From any enrolled seat: whether an entry stands is not its carrier's doing."""
    trees = _trees(server, "space.unknown")
    server.quota.check(request.known_seat().unit, len(request.body))
    return _add(server, trees, TreeKind.SPACE, request.space, request)


def post_enrolment(server: Server, request: Request) -> Answer:
    """A request of a new seat, by the word of a lead's invitation. Raises `Refusal` 400, 403, 404, 409, 429."""
    trees, unit = _trees(server, "unit.unknown"), request.place["unit"]
    post = request.message(EnrolPost)
    chain = trees.now.chains.get(unit)
    if chain is None:
        raise Refusal(404, "unit.unknown")
    try:
        invitation = read_signed(post.invitation)
    except SyncError as error:
        raise Refusal(403, "enrolment.refused") from error
    today = datetime.fromtimestamp(server.clock(), UTC).date().isoformat()
    if not may_invite(invitation, chain) or invitation.expires < today or len(post.sealed) > MAX_SEALED:
        raise Refusal(403, "enrolment.refused")
    if server.storage.waiting_enrolments(unit) >= MOST_WAITING:
        raise Refusal(429, "enrolment.full", retry_after=LATER_SECONDS)
    if not server.storage.post_enrolment(unit, EnrolItem(invitation.id, post.invitation, post.sealed)):
        raise Refusal(409, "enrolment.used")
    return Done()


def read_enrolments(server: Server, request: Request) -> Answer:
    return EnrolBox(server.storage.enrolments(_own_unit(server, request)))


def end_enrolments(server: Server, request: Request) -> Answer:
    server.storage.end_enrolments(_own_unit(server, request), request.message(EnrolDone).ids)
    return Done()


def _trees(server: Server, code: str) -> TreeMembers:
    if server.trees is None:
        raise Refusal(404, code)
    return server.trees


def _own_unit(server: Server, request: Request) -> str:
    _trees(server, "unit.unknown")
    unit = request.place["unit"]
    if request.known_seat().unit != unit:
        raise Refusal(403, "unit.not_member")
    return unit


def _push(request: Request) -> TreePush:
    push = request.message(TreePush)
    if len(push.entries) > MAX_BATCH_ITEMS:
        raise Refusal(413, "batch.too_large")
    return push


def _add(server: Server, trees: TreeMembers, kind: TreeKind, tree: str, request: Request) -> TreePushed:
    """Raises `Refusal` 409 tree.moved when the sender has seen another state than ours, which spares a branch."""
    push = _push(request)
    if not tree_id(tree):
        raise Refusal(404, "unit.unknown" if kind is TreeKind.UNIT else "space.unknown")
    name = trees.now.name(kind, tree)
    if push.expected not in {"", name}:
        raise Refusal(409, "tree.moved")
    results = trees.push(kind, tree, push.entries)
    taken = sum(len(raw) for raw, each in zip(push.entries, results, strict=True) if each.status is ItemStatus.OK)
    if taken and request.seat is not None:
        server.storage.brought(tree, request.seat.unit, taken)
    return TreePushed(results, trees.now.name(kind, tree))


def tree_id(text: str) -> bool:
    return len(text) == 32 and not text.strip("0123456789abcdef")


def _page(server: Server, trees: TreeMembers, kind: TreeKind, tree: str, request: Request) -> TreePage:
    after, epoch = request.number("after", 0), request.query.get("epoch", "")
    part = server.storage.read_tree(tree, after, MAX_PAGE_BYTES, MAX_PAGE_ITEMS)
    if part.epoch != epoch and part.first != 1:
        part = server.storage.read_tree(tree, 0, MAX_PAGE_BYTES, MAX_PAGE_ITEMS)
    return TreePage(part.epoch, part.first, part.entries, part.total, trees.now.name(kind, tree))


TREE_ROUTES = (
    Route("GET", "/v1/units/{unit}/chain", read_chain),
    Route("POST", "/v1/units/{unit}/chain", push_chain, rings=True, stranger=True),
    Route("GET", "/v1/spaces/{space}/control", read_control),
    Route("POST", "/v1/spaces/{space}/control", push_control, rings=True),
    Route("GET", "/v1/units/{unit}/enrolment", read_enrolments, limit=MAX_WORD),
    Route("POST", "/v1/units/{unit}/enrolment", post_enrolment, session=False, limit=MAX_POST),
    Route("POST", "/v1/units/{unit}/enrolment/done", end_enrolments, limit=MAX_WORD),
)
