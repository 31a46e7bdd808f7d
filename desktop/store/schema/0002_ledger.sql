-- Signed changes as they were written, the entries that carried them, and the state folded from them.

-- A space this seat reads: how far it was read, when it was last level, and this seat's own chain in it.
CREATE TABLE space (
    id INTEGER PRIMARY KEY,
    space TEXT NOT NULL UNIQUE,
    epoch TEXT NOT NULL DEFAULT '',
    seq INTEGER NOT NULL DEFAULT 0,
    log_hash TEXT NOT NULL DEFAULT '',
    contact_at TEXT NOT NULL DEFAULT '',
    n INTEGER NOT NULL DEFAULT 0,
    prev TEXT NOT NULL DEFAULT ''
) STRICT;

-- A case file: a tag of a space. `unit_tag` is the unit's own case that a shared file belongs to.
CREATE TABLE tag (
    id INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES space (id),
    tag TEXT NOT NULL,
    unit_tag INTEGER REFERENCES tag (id),
    UNIQUE (tag, space)
) STRICT;
CREATE INDEX tag_by_unit_tag ON tag (unit_tag) WHERE unit_tag IS NOT NULL;

-- Keys of a case: any number per tag, all kept, all open.
CREATE TABLE case_key (
    id INTEGER PRIMARY KEY,
    tag INTEGER NOT NULL REFERENCES tag (id),
    key_id TEXT NOT NULL,
    space_key TEXT NOT NULL,
    secret BLOB NOT NULL,
    raw BLOB NOT NULL,
    UNIQUE (tag, key_id)
) STRICT;

-- A change: its exact signed bytes (zstd). `verdict` is what the control state of the last judging says.
CREATE TABLE change (
    id INTEGER PRIMARY KEY,
    cid TEXT NOT NULL UNIQUE,
    tag INTEGER NOT NULL REFERENCES tag (id),
    seat TEXT NOT NULL,
    n INTEGER NOT NULL,
    at TEXT NOT NULL,
    seen INTEGER NOT NULL,
    what TEXT NOT NULL,
    verdict TEXT NOT NULL,
    receipt INTEGER,
    signature BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX change_by_tag ON change (tag, at);
CREATE INDEX change_not_ok ON change (verdict) WHERE verdict <> 'ok';

-- An entry of a log, by the id of its bytes: what it carried here, if it opened.
CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES space (id),
    eid TEXT NOT NULL,
    seq INTEGER,
    change INTEGER REFERENCES change (id),
    case_key INTEGER REFERENCES case_key (id),
    UNIQUE (space, eid)
) STRICT;

-- A record of a case. `once`: the change that wrote a write-once record, which is its whole content.
CREATE TABLE record (
    id INTEGER PRIMARY KEY,
    tag INTEGER NOT NULL REFERENCES tag (id),
    kind TEXT NOT NULL,
    rid TEXT NOT NULL,
    once INTEGER REFERENCES change (id),
    UNIQUE (tag, kind, rid)
) STRICT;
CREATE INDEX record_by_kind ON record (kind, tag);

-- Every value a field ever had here; `live` ones are what the fold leaves. `content` and `over` are JSON.
CREATE TABLE value (
    id INTEGER PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES record (id),
    field TEXT NOT NULL,
    change INTEGER NOT NULL REFERENCES change (id),
    place INTEGER NOT NULL,
    live INTEGER NOT NULL,
    content BLOB NOT NULL,
    over BLOB
) STRICT;
CREATE INDEX value_by_field ON value (record, field);
CREATE INDEX value_by_change ON value (change);

-- Fields on which people have to decide.
CREATE TABLE contested (
    record INTEGER NOT NULL REFERENCES record (id),
    field TEXT NOT NULL,
    PRIMARY KEY (record, field)
) STRICT, WITHOUT ROWID;

-- Sealed entries on their way. A row goes only when its change was read back from the log.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES space (id),
    tag INTEGER NOT NULL REFERENCES tag (id),
    eid TEXT NOT NULL UNIQUE,
    change INTEGER REFERENCES change (id),
    case_key INTEGER REFERENCES case_key (id),
    sealed_under TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    since TEXT NOT NULL,
    code TEXT NOT NULL DEFAULT '',
    receipt INTEGER,
    size INTEGER NOT NULL,
    raw BLOB NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (space, priority, id) WHERE state IN ('queued', 'sent');
CREATE INDEX outbox_by_change ON outbox (change) WHERE change IS NOT NULL;
CREATE INDEX outbox_by_tag ON outbox (tag);

-- The server's signed word on what it took.
CREATE TABLE receipt (
    id INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES space (id),
    at TEXT NOT NULL,
    items INTEGER NOT NULL,
    raw BLOB NOT NULL
) STRICT;

-- Entries kept aside: no key yet, or a breach of form. Retried when a key arrives.
CREATE TABLE bad_entry (
    id INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES space (id),
    eid TEXT NOT NULL,
    tag TEXT NOT NULL,
    code TEXT NOT NULL,
    since TEXT NOT NULL,
    raw BLOB NOT NULL,
    UNIQUE (space, eid)
) STRICT;
CREATE INDEX bad_entry_by_tag ON bad_entry (tag);
