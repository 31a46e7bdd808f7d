"""What a push and a page ask of the database, built once: to build a statement costs more than to run it.

Leaves everything that is asked seldom to where it is asked.
"""

from sqlalchemy import BindParameter, bindparam, insert, select, update

from sync.server.storage.tables import ENTRY, ERASED_TAG, SPACE

_SPACE: BindParameter[bytes] = bindparam("of")

HEADS = select(SPACE).where(SPACE.c.space.in_(bindparam("spaces", expanding=True)))
HEAD = select(SPACE).where(SPACE.c.space == _SPACE)
LOCKED_HEAD = HEAD.with_for_update()
"""The lock on the head row is the sequence: whoever holds it numbers, the next waits for the commit."""

HELD = select(ENTRY.c.eid, ENTRY.c.seq).where(
    ENTRY.c.space == _SPACE, ENTRY.c.eid.in_(bindparam("eids", expanding=True))
)
ERASED = select(ERASED_TAG.c.tag).where(
    ERASED_TAG.c.space == _SPACE, ERASED_TAG.c.tag.in_(bindparam("tags", expanding=True))
)
CASE_KEYS = select(ENTRY.c.tag, ENTRY.c.case_key).where(
    ENTRY.c.space == _SPACE, ENTRY.c.case_key.in_(bindparam("case_keys", expanding=True))
)

APPEND = insert(ENTRY)
MOVE_HEAD = (
    update(SPACE)
    .where(SPACE.c.space == _SPACE)
    .values(seq=bindparam("last"), log_hash=bindparam("end"))
)  # fmt: skip

BEYOND = (
    select(ENTRY.c.seq, ENTRY.c.eid, ENTRY.c.raw, ENTRY.c.log_hash)
    .where(ENTRY.c.space == _SPACE, ENTRY.c.seq > bindparam("start"), ENTRY.c.seq <= bindparam("head"))
    .order_by(ENTRY.c.seq)
    .limit(bindparam("most"))
    .execution_options(stream_results=True)
)
"""Read row by row, until the page is full: PostgreSQL shall not send what does not fit."""
