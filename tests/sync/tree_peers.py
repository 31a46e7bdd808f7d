"""The two ends of the tree round in memory: trees of a laptop, and a server that stores, folds and serves."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sync.client import Errand, TreeCursor, TreeRef
from sync.errors import Refused
from sync.partnership import Partnership
from sync.protocol import (
    MAX_PAGE_ITEMS,
    Cursor,
    EnrolBox,
    EnrolDone,
    EnrolItem,
    EnrolPost,
    ItemResult,
    ItemStatus,
    NetCall,
    NetReply,
    SpaceHead,
    SpaceHeads,
    TreeHead,
    TreeKind,
    TreePage,
    TreePush,
    TreePushed,
    decode,
    encode,
)
from sync.tree import entry_id


@dataclass
class MemoryTrees:
    """Implements `sync.replica.Trees`: entries as they came, folded at once."""

    partnership: Partnership = field(default_factory=Partnership)
    on_server: dict[TreeRef, set[str]] = field(default_factory=dict)
    cursors: dict[TreeRef, TreeCursor] = field(default_factory=dict)
    waiting: list[Errand] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    box_of: str = ""
    requests: dict[str, EnrolItem] = field(default_factory=dict)
    decided: set[str] = field(default_factory=set)

    def hold(self, kind: TreeKind, tree: str, raws: Sequence[bytes]) -> None:
        self.partnership = self.partnership.take(kind, tree, raws)[0]

    def errands(self) -> tuple[Errand, ...]:
        return tuple(self.waiting)

    def errand_done(self, key: str, code: str) -> None:
        self.waiting = [errand for errand in self.waiting if errand.key != key]
        if code:
            self.refused[key] = code

    def refs(self) -> tuple[TreeRef, ...]:
        units = [TreeRef(TreeKind.UNIT, unit) for unit in self.partnership.chains]
        return (*units, *(TreeRef(TreeKind.SPACE, space) for space in self.partnership.controls))

    def name(self, ref: TreeRef) -> str:
        return self.partnership.name(ref.kind, ref.tree)

    def cursor(self, ref: TreeRef) -> TreeCursor:
        return self.cursors.get(ref, TreeCursor())

    def take(self, ref: TreeRef, page: TreePage) -> None:
        if page.first == 1:
            self.on_server[ref] = set()
        self.hold(ref.kind, ref.tree, page.entries)
        self.on_server.setdefault(ref, set()).update(map(entry_id, page.entries))
        self.cursors[ref] = TreeCursor(page.epoch, page.first - 1 + len(page.entries))

    def raws(self, ref: TreeRef) -> tuple[bytes, ...]:
        held = (self.partnership.chains if ref.kind is TreeKind.UNIT else self.partnership.controls).get(ref.tree)
        return held.raws() if held else ()

    def due(self, ref: TreeRef, max_bytes: int) -> tuple[bytes, ...]:
        there = self.on_server.get(ref, set())
        return tuple(raw for raw in self.raws(ref) if entry_id(raw) not in there)[:200]

    def sent(self, ref: TreeRef, results: tuple[ItemResult, ...]) -> None:
        self.on_server.setdefault(ref, set()).update(item.eid for item in results)

    def mailbox(self) -> str:
        return self.box_of

    def take_mailbox(self, box: EnrolBox) -> tuple[str, ...]:
        self.requests.update({item.id: item for item in box.items})
        return tuple(item.id for item in box.items if item.id in self.decided)


@dataclass
class MemoryServer:
    """Serves one seat at a time; sessions are not its subject."""

    partnership: Partnership = field(default_factory=Partnership)
    order: dict[str, list[bytes]] = field(default_factory=dict)
    epoch: str = "e0" * 16
    box: dict[str, EnrolItem] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    page_items: int = MAX_PAGE_ITEMS

    def heads(self, seat: str) -> SpaceHeads:
        chains = self.partnership.chains_for(seat)
        return SpaceHeads(
            "",
            tuple(
                SpaceHead(space, Cursor(), control.name)
                for space, control in self.partnership.controls.items()
                if self.partnership.may_read_control(seat, space)
            ),
            tuple(TreeHead(unit, self.partnership.chains[unit].name) for unit in chains),
        )

    def perform(self, call: NetCall) -> NetReply:
        self.calls.append((call.method, call.path))
        _, _, family, tree, what, *rest = call.path.split("/")
        if what == "enrolment":
            return self._enrolment(call, rest)
        kind = TreeKind.UNIT if family == "units" else TreeKind.SPACE
        if call.method == "GET":
            if tree not in self.order:
                raise Refused("unit.unknown", status=404)
            return NetReply(200, {}, encode(self._page(kind, tree, call)))
        push = decode(TreePush, call.body or b"")
        if push.expected not in {"", self.partnership.name(kind, tree)}:
            raise Refused("tree.moved", status=409)
        self.partnership, results, new = self.partnership.take(kind, tree, push.entries)
        self.order.setdefault(tree, []).extend(new)
        assert all(item.status is not ItemStatus.REJECTED for item in results), results
        return NetReply(200, {}, encode(TreePushed(results, self.partnership.name(kind, tree))))

    def restored(self, kept: int, epoch: str) -> "MemoryServer":
        """As from last night's backup: the first entries of each tree, in a new epoch, or as if nothing had been."""
        fresh = MemoryServer(epoch=epoch)
        for kind, trees in ((TreeKind.UNIT, self.partnership.chains), (TreeKind.SPACE, self.partnership.controls)):
            for tree in trees:
                fresh.partnership, _, new = fresh.partnership.take(kind, tree, self.order[tree][:kept])
                if new:
                    fresh.order[tree] = list(new)
        return fresh

    def _page(self, kind: TreeKind, tree: str, call: NetCall) -> TreePage:
        held = self.order.get(tree, [])
        after = int(call.query["after"]) if call.query["epoch"] == self.epoch else 0
        after = after if after <= len(held) else 0
        entries = tuple(held[after:][: self.page_items])
        return TreePage(self.epoch, after + 1, entries, len(held), self.partnership.name(kind, tree))

    def _enrolment(self, call: NetCall, rest: list[str]) -> NetReply:
        if call.method == "GET":
            return NetReply(200, {}, encode(EnrolBox(tuple(self.box.values()))))
        if rest == ["done"]:
            for each in decode(EnrolDone, call.body or b"").ids:
                self.box.pop(each)
        else:
            post = decode(EnrolPost, call.body or b"")
            if post.sealed == b"refused":
                raise Refused("enrolment.refused", status=403)
            self.box["11" * 16] = EnrolItem("11" * 16, post.invitation, post.sealed)
        return NetReply(200, {}, b"")
