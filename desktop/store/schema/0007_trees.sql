-- Who belongs where: unit chains and control trees, entry by entry, as the signed bytes they came as.

-- A tree, and how far the server's copy of it was read.
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
CREATE INDEX tree_entry_due ON tree_entry (tree, id) WHERE on_server = 0;

-- What is posted before there is a session: the founding of a unit, the request to be enrolled.
CREATE TABLE errand (
    id INTEGER PRIMARY KEY,
    errand TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL,
    body BLOB NOT NULL,
    code TEXT NOT NULL DEFAULT ''    -- why the server would not take it
) STRICT;

-- Requests of new seats that wait for a lead's word, from the unit's mailbox.
CREATE TABLE enrolment (
    id INTEGER PRIMARY KEY,
    invitation TEXT NOT NULL UNIQUE, -- the invitation's id
    signed BLOB NOT NULL,            -- the invitation as its inviter signed it, without the code
    sealed BLOB NOT NULL,
    decided TEXT NOT NULL DEFAULT '' -- enrolled, declined
) STRICT;
