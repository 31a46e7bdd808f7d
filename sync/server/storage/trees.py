"""Chains and control trees as rows, and the mailboxes of enrolment. What they mean is for `sync.server.belonging`."""

import secrets
from collections.abc import Sequence

from sqlalchemy import func, insert, select, text, update

from sync.protocol import EnrolItem, TreeKind
from sync.server.storage.connected import Connected
from sync.server.storage.contract import StoredTree, TreePart
from sync.server.storage.tables import ENROLMENT, TREE, TREE_ENTRY

_BEGIN = text(
    "INSERT INTO tree (tree, kind, epoch, entries) VALUES (:tree, :kind, :epoch, 0) ON CONFLICT (tree) DO NOTHING"
)
_POST = text(
    "INSERT INTO enrolment (unit, id, invitation, sealed) VALUES (:unit, :id, :invitation, :sealed) "
    "ON CONFLICT (unit, id) DO NOTHING"
)


class TreeTables(Connected):
    """Part of `sync.server.storage.contract.Storage`."""

    def trees(self) -> tuple[StoredTree, ...]:
        with self._reading() as connection:
            rows = connection.execute(select(TREE).order_by(TREE.c.tree)).all()
        return tuple(StoredTree(TreeKind(row.kind), row.tree.hex(), row.entries) for row in rows)

    def read_tree(self, tree: str, after: int, max_bytes: int, max_items: int) -> TreePart:
        key = bytes.fromhex(tree)
        with self._reading() as connection:
            head = connection.execute(select(TREE).where(TREE.c.tree == key)).one_or_none()
            if head is None:
                raise KeyError(tree)
            start = after if 0 <= after <= head.entries else 0
            beyond = (TREE_ENTRY.c.tree == key) & (TREE_ENTRY.c.n > start) & (TREE_ENTRY.c.n <= head.entries)
            query = select(TREE_ENTRY.c.raw).where(beyond).order_by(TREE_ENTRY.c.n).limit(max_items)
            raws, size = list[bytes](), 0
            for (raw,) in connection.execute(query):
                size += len(raw)
                if raws and size > max_bytes:
                    break
                raws.append(raw)
        return TreePart(head.epoch.hex(), start + 1, tuple(raws), head.entries)

    def add_to_tree(self, kind: TreeKind, tree: str, held: int, raws: Sequence[bytes]) -> bool:
        key = bytes.fromhex(tree)
        with self._writing() as connection:
            connection.execute(_BEGIN, {"tree": key, "kind": kind.value, "epoch": secrets.token_bytes(16)})
            head = connection.execute(select(TREE).where(TREE.c.tree == key).with_for_update()).one()
            if head.entries != held:
                return False
            rows = [{"tree": key, "n": number, "raw": raw} for number, raw in enumerate(raws, start=held + 1)]
            connection.execute(insert(TREE_ENTRY), rows)
            connection.execute(update(TREE).where(TREE.c.tree == key).values(entries=held + len(raws)))
            self._announce(connection)
        return True

    def post_enrolment(self, unit: str, item: EnrolItem) -> bool:
        row = {"unit": bytes.fromhex(unit), "id": bytes.fromhex(item.id)}
        with self._writing() as connection:
            new = connection.execute(_POST, {**row, "invitation": item.invitation, "sealed": item.sealed})
            return bool(new.rowcount)

    def enrolments(self, unit: str) -> tuple[EnrolItem, ...]:
        waiting = (ENROLMENT.c.unit == bytes.fromhex(unit)) & ENROLMENT.c.sealed.is_not(None)
        with self._reading() as connection:
            rows = connection.execute(select(ENROLMENT).where(waiting).order_by(ENROLMENT.c.id)).all()
        return tuple(EnrolItem(row.id.hex(), row.invitation, row.sealed) for row in rows)

    def waiting_enrolments(self, unit: str) -> int:
        waiting = (ENROLMENT.c.unit == bytes.fromhex(unit)) & ENROLMENT.c.sealed.is_not(None)
        with self._reading() as connection:
            return int(connection.execute(select(func.count()).where(waiting)).scalar_one())

    def end_enrolments(self, unit: str, ids: Sequence[str]) -> None:
        done = (ENROLMENT.c.unit == bytes.fromhex(unit)) & ENROLMENT.c.id.in_([bytes.fromhex(each) for each in ids])
        with self._writing() as connection:
            connection.execute(update(ENROLMENT).where(done).values(sealed=None, invitation=b""))
