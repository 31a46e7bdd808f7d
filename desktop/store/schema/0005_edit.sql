-- An edit begun in a case or over a conflict and not yet written: what is typed, and the value ids shown when it began.
-- Local: never signed, never sent. `editor` says which editor of the case it is.
CREATE TABLE edit (
    id INTEGER PRIMARY KEY,
    case_ref TEXT NOT NULL,
    editor TEXT NOT NULL,
    body BLOB NOT NULL,
    changed_at INTEGER NOT NULL,     -- milliseconds, UTC
    UNIQUE (case_ref, editor)
) STRICT;
