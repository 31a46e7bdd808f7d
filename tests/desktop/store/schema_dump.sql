CREATE INDEX bad_entry_by_tag ON bad_entry (tag);

CREATE INDEX change_by_tag ON change (tag, at);

CREATE INDEX change_not_ok ON change (verdict) WHERE verdict <> 'ok';

CREATE INDEX draft_by_case ON draft (case_ref, changed_at);

CREATE INDEX form_version_by_form ON form_version (form_id, id);

CREATE INDEX outbox_by_change ON outbox (change) WHERE change IS NOT NULL;

CREATE INDEX outbox_by_tag ON outbox (tag);

CREATE INDEX outbox_due ON outbox (space, priority, id) WHERE state IN ('queued', 'sent');

CREATE INDEX record_by_kind ON record (kind, tag);

CREATE INDEX record_by_once ON record (once) WHERE once IS NOT NULL;

CREATE INDEX tag_by_unit_tag ON tag (unit_tag) WHERE unit_tag IS NOT NULL;

CREATE INDEX tree_entry_due ON tree_entry (tree, id) WHERE on_server = 0;

CREATE INDEX value_by_change ON value (change);

CREATE INDEX value_by_field ON value (record, field);

CREATE INDEX value_live ON value (record, field) WHERE live = 1;

CREATE TABLE audit_line (
    n INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    commitment BLOB,
    hash BLOB NOT NULL
) STRICT;

CREATE TABLE audit_text (
    n INTEGER PRIMARY KEY REFERENCES audit_line (n),
    salt BLOB NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE awaited (
    cid TEXT PRIMARY KEY NOT NULL
) STRICT, WITHOUT ROWID;

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

CREATE TABLE case_key (
    id INTEGER PRIMARY KEY,
    tag INTEGER NOT NULL REFERENCES tag (id),
    key_id TEXT NOT NULL,
    space_key TEXT NOT NULL,
    secret BLOB NOT NULL,
    raw BLOB NOT NULL,
    UNIQUE (tag, key_id)
) STRICT;

CREATE TABLE case_row (
    tag INTEGER PRIMARY KEY REFERENCES tag (id),
    line TEXT NOT NULL
) STRICT;

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

CREATE TABLE contested (
    record INTEGER NOT NULL REFERENCES record (id),
    field TEXT NOT NULL,
    PRIMARY KEY (record, field)
) STRICT, WITHOUT ROWID;

CREATE TABLE draft (
    id INTEGER PRIMARY KEY,
    draft_id TEXT NOT NULL UNIQUE,
    form_id TEXT NOT NULL,
    form_version TEXT NOT NULL,
    form_hash TEXT NOT NULL,
    case_ref TEXT,
    context BLOB NOT NULL,           -- what the writer was shown when the edit began (body)
    begun_at INTEGER NOT NULL,       -- milliseconds, UTC
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE draft_answer (
    draft INTEGER NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
    ref TEXT NOT NULL,
    value TEXT NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (draft, ref)
) STRICT, WITHOUT ROWID;

CREATE TABLE edit (
    id INTEGER PRIMARY KEY,
    case_ref TEXT NOT NULL,
    editor TEXT NOT NULL,
    body BLOB NOT NULL,
    changed_at INTEGER NOT NULL,     -- milliseconds, UTC
    UNIQUE (case_ref, editor)
) STRICT;

CREATE TABLE enrolment (
    id INTEGER PRIMARY KEY,
    invitation TEXT NOT NULL UNIQUE, -- the invitation's id
    signed BLOB NOT NULL,            -- the invitation as its inviter signed it, without the code
    sealed BLOB NOT NULL,
    decided TEXT NOT NULL DEFAULT '' -- enrolled, declined
) STRICT;

CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES space (id),
    eid TEXT NOT NULL,
    seq INTEGER,
    change INTEGER REFERENCES change (id),
    case_key INTEGER REFERENCES case_key (id), erased INTEGER REFERENCES erased (id),
    UNIQUE (space, eid)
) STRICT;

CREATE TABLE erased (
    id INTEGER PRIMARY KEY,
    space TEXT NOT NULL,
    tag TEXT NOT NULL,
    at TEXT NOT NULL,                -- when this laptop carried it out
    changes INTEGER NOT NULL,        -- dropped here
    unsent INTEGER NOT NULL, late INTEGER NOT NULL DEFAULT 0, seen INTEGER NOT NULL DEFAULT 0,         -- of these, written here and not yet in the log
    UNIQUE (tag, space)
) STRICT;

CREATE TABLE errand (
    id INTEGER PRIMARY KEY,
    errand TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL,
    body BLOB NOT NULL,
    code TEXT NOT NULL DEFAULT ''    -- why the server would not take it
) STRICT;

CREATE TABLE form_version (
    id INTEGER PRIMARY KEY,
    form_hash TEXT NOT NULL UNIQUE,
    form_id TEXT NOT NULL,
    version TEXT NOT NULL,
    title TEXT NOT NULL,
    installed_at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE intent (
    id INTEGER PRIMARY KEY,
    body BLOB NOT NULL,              -- sync.intents
    code TEXT NOT NULL DEFAULT ''    -- why it cannot be done any more
) STRICT;

CREATE TABLE meta (
    key TEXT PRIMARY KEY NOT NULL,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

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

CREATE TABLE person_setting (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL              -- JSON
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt (
    id INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES space (id),
    at TEXT NOT NULL,
    items INTEGER NOT NULL,
    raw BLOB NOT NULL
) STRICT;

CREATE TABLE record (
    id INTEGER PRIMARY KEY,
    tag INTEGER NOT NULL REFERENCES tag (id),
    kind TEXT NOT NULL,
    rid TEXT NOT NULL,
    once INTEGER REFERENCES change (id),
    UNIQUE (tag, kind, rid)
) STRICT;

CREATE VIRTUAL TABLE search USING fts5 (plain, folded, transliterated, sound, tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3');

CREATE TABLE 'search_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'search_content'(id INTEGER PRIMARY KEY, c0, c1, c2, c3);

CREATE TABLE 'search_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'search_docsize'(id INTEGER PRIMARY KEY, sz BLOB);

CREATE TABLE 'search_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

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

CREATE TABLE tag (
    id INTEGER PRIMARY KEY,
    space INTEGER NOT NULL REFERENCES space (id),
    tag TEXT NOT NULL,
    unit_tag INTEGER REFERENCES tag (id),
    UNIQUE (tag, space)
) STRICT;

CREATE TABLE tree (
    id INTEGER PRIMARY KEY,
    tree TEXT NOT NULL UNIQUE,       -- the unit's id or the space's
    kind TEXT NOT NULL,              -- unit, space
    epoch TEXT NOT NULL DEFAULT '',
    count INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE tree_entry (
    id INTEGER PRIMARY KEY,
    tree INTEGER NOT NULL REFERENCES tree (id),
    entry TEXT NOT NULL,             -- SHA-256 of raw
    on_server INTEGER NOT NULL,
    code TEXT NOT NULL DEFAULT '',   -- why the server would not take it
    raw BLOB NOT NULL,
    UNIQUE (tree, entry)
) STRICT;

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

CREATE TRIGGER audit_line_is_kept BEFORE DELETE ON audit_line
BEGIN
    SELECT RAISE(ABORT, 'a line of the log is never deleted');
END;

CREATE TRIGGER audit_line_stays BEFORE UPDATE ON audit_line
BEGIN
    SELECT RAISE(ABORT, 'a line of the log is never changed');
END;

