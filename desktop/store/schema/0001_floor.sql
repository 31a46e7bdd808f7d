-- The floor of every store: facts about the store itself, drafts, the hash-chained log, a person's settings.

CREATE TABLE meta (
    key TEXT PRIMARY KEY NOT NULL,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- A form begun and not yet finished. Local: never signed, never sent.
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
CREATE INDEX draft_by_case ON draft (case_ref, changed_at);

CREATE TABLE draft_answer (
    draft INTEGER NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
    ref TEXT NOT NULL,
    value TEXT NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (draft, ref)
) STRICT, WITHOUT ROWID;

-- The log of views, searches, prints, exports: ids and salted commitments, each line bound to the one before.
CREATE TABLE audit_line (
    n INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    commitment BLOB,
    hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_line_stays BEFORE UPDATE ON audit_line
BEGIN
    SELECT RAISE(ABORT, 'a line of the log is never changed');
END;
CREATE TRIGGER audit_line_is_kept BEFORE DELETE ON audit_line
BEGIN
    SELECT RAISE(ABORT, 'a line of the log is never deleted');
END;

-- What was typed, beside the chain: erasable without breaking it.
CREATE TABLE audit_text (
    n INTEGER PRIMARY KEY REFERENCES audit_line (n),
    salt BLOB NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE person_setting (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL              -- JSON
) STRICT, WITHOUT ROWID;
