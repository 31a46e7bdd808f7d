"""The part of a round that levels chains and control trees: before any key or change, chains before control trees.

Entries go both ways and nothing decides but the fold at each end: what the server lacks it is given, what it has is
read, also after it was restored. Leaves sessions and logs to `sync.client`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sync.errors import Refused, RetryLater, SyncError, Unreachable
from sync.protocol import (
    MAX_BATCH_BYTES,
    EnrolBox,
    EnrolDone,
    NetCall,
    NetReply,
    SpaceHeads,
    TreeKind,
    TreePage,
    TreePush,
    TreePushed,
    decode,
    encode,
    tree_path,
)
from sync.replica import Call, Local, Replica, Steps, TreeCursor, TreeRef, Trees
from sync.tree import MAX_ENTRIES

TREE_MOVED = "tree.moved"
MAX_TRIES = 3
"""So often is a tree read and pushed in one round before the next round goes on with it."""

MAX_TREES = 1000
"""Of the trees that a server lists, so many are looked at: more is no partnership, but a flood."""
MAX_PAGES = 500
NO_EPOCH = "0" * 32

T = TypeVar("T")


@dataclass
class TreeRound:
    """`ask` speaks without a session, `call` within it; `fault` notes what concerns one tree only.

    `pushed`: the server was given entries, and may list other spaces now.
    """

    ask: Callable[[NetCall], Steps[NetReply]]
    call: Call
    fault: Callable[[str, str], None]
    pushed: bool = False

    def errands(self) -> Steps[None]:
        """Post what needs no session. A refusal concerns its errand only."""
        if not (yield from _has_trees()):
            return
        for errand in (yield from _on_trees(lambda trees: trees.errands())):
            code = ""
            try:
                yield from self.ask(NetCall("POST", errand.path, body=errand.body))
            except Refused as error:
                code = error.code
            yield from _on_trees(_done(errand.key, code))

    def level(self, heads: SpaceHeads) -> Steps[tuple[str, ...]]:
        """Bring every tree level that the server names or that is held here; returns the spaces joined by that."""
        named = {TreeRef(TreeKind.UNIT, head.tree): head.name for head in heads.chains}
        named |= {TreeRef(TreeKind.SPACE, head.space): head.control for head in heads.spaces if head.control}
        if not (yield from _has_trees()):
            return ()
        held = yield from _on_trees(lambda trees: trees.refs())
        before = yield from _spaces()
        for kind in TreeKind:  # chains first: a control tree is judged by them
            for ref in dict.fromkeys((*tuple(named)[:MAX_TREES], *held)):
                if ref.kind is kind:
                    yield from self._tree(ref, named)
        yield from self._mailbox()
        after = yield from _spaces()
        return tuple(space for space in after if space not in before)

    def _tree(self, ref: TreeRef, named: Mapping[TreeRef, str]) -> Steps[None]:
        try:
            yield from self._level_tree(ref, named.get(ref, ""))
        except (Unreachable, RetryLater):
            raise
        except SyncError as error:
            if error.details.get("status") == 401:
                raise
            self.fault(ref.tree, error.code)

    def _level_tree(self, ref: TreeRef, server: str) -> Steps[None]:
        """`server` is the name of the tree there; "" for one that it does not list, perhaps because it was restored to
        before it knew of it.
        """
        for again in range(MAX_TRIES):
            if server != (yield from _on_trees(lambda trees: trees.name(ref))):
                # Read on; if that and a push did not make it level, the server lost what it once had: from the start.
                server = yield from self._pull(ref, TreeCursor() if again else None)
            due = yield from _on_trees(lambda trees: trees.due(ref, MAX_BATCH_BYTES))
            if not due and server == (yield from _on_trees(lambda trees: trees.name(ref))):
                return
            try:
                server = (yield from self._push(ref, due, server)) if due else server
            except Refused as error:
                if error.code != TREE_MOVED:
                    raise
                server = ""

    def _push(self, ref: TreeRef, due: tuple[bytes, ...], expected: str) -> Steps[str]:
        path = tree_path(ref.kind, ref.tree)
        reply = yield from self.call("POST", path, body=encode(TreePush(due, expected)))
        self.pushed = True
        answer = decode(TreePushed, reply.body)
        yield from _on_trees(lambda trees: trees.sent(ref, answer.results))
        return answer.name

    def _pull(self, ref: TreeRef, start: TreeCursor | None) -> Steps[str]:
        """Read what lies beyond `start` or else the own cursor; returns the name that the server's tree has.

        Another epoch, or a server that holds less, is read from the start.
        """
        for _ in range(MAX_PAGES):
            cursor = start or (yield from _on_trees(lambda trees: trees.cursor(ref)))
            start = None
            query = {"after": str(cursor.count), "epoch": cursor.epoch}
            page = yield from self._page(ref, cursor, query)
            if not page.entries and (page.epoch, page.total) == (cursor.epoch, cursor.count):
                return page.name
            if page.total > MAX_ENTRIES:
                raise SyncError("tree.size")
            if page.first != 1 and (page.epoch, page.first) != (cursor.epoch, cursor.count + 1):
                raise SyncError("tree.gap")
            yield from _on_trees(_taken(ref, page))
            if page.first - 1 + len(page.entries) >= page.total or not page.entries:
                return page.name
        raise SyncError("tree.size")

    def _page(self, ref: TreeRef, cursor: TreeCursor, query: dict[str, str]) -> Steps[TreePage]:
        """A tree that the server does not know is an empty one."""
        try:
            reply = yield from self.call("GET", tree_path(ref.kind, ref.tree), query=query)
        except Refused as error:
            if error.details.get("status") != 404:
                raise
            return TreePage(cursor.epoch or NO_EPOCH, 1, (), 0, "")
        return decode(TreePage, reply.body)

    def _mailbox(self) -> Steps[None]:
        unit = yield from _on_trees(lambda trees: trees.mailbox())
        if not unit:
            return
        path = f"/v1/units/{unit}/enrolment"
        try:
            reply = yield from self.call("GET", path)
            box = decode(EnrolBox, reply.body)
            done = yield from _on_trees(lambda trees: trees.take_mailbox(box))
            if done:
                yield from self.call("POST", f"{path}/done", body=encode(EnrolDone(done)))
        except Refused as error:
            if error.details.get("status") == 401:
                raise
            self.fault(unit, error.code)


def _spaces() -> Steps[tuple[str, ...]]:
    spaces: tuple[str, ...] = yield Local(lambda replica: replica.spaces())
    return spaces


def _done(key: str, code: str) -> Callable[[Trees], None]:
    return lambda trees: trees.errand_done(key, code)


def _taken(ref: TreeRef, page: TreePage) -> Callable[[Trees], None]:
    return lambda trees: trees.take(ref, page)


def _has_trees() -> Steps[bool]:
    """Whether there is anything to level: not where the partnership is a fixed list."""
    has: bool = yield Local(lambda replica: replica.trees is not None)
    return has


def _on_trees(run: Callable[[Trees], T]) -> Steps[T]:
    def on(replica: Replica) -> T:
        if replica.trees is None:
            raise SyncError("replica.trees")  # asked before: a replica does not change its kind within a round
        return run(replica.trees)

    result: T = yield Local(on)
    return result
