-- Files that leads erased for ever, and acts of leads that wait for the server.

CREATE TABLE erased (
    id INTEGER PRIMARY KEY,
    space TEXT NOT NULL,
    tag TEXT NOT NULL,
    at TEXT NOT NULL,                -- when this laptop carried it out
    changes INTEGER NOT NULL,        -- dropped here
    unsent INTEGER NOT NULL,         -- of these, written here and not yet in the log
    UNIQUE (tag, space)
) STRICT;

CREATE TABLE intent (
    id INTEGER PRIMARY KEY,
    body BLOB NOT NULL,              -- sync.intents
    code TEXT NOT NULL DEFAULT ''    -- why it cannot be done any more
) STRICT;
