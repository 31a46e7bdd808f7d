-- Form versions as they were converted: immutable, found by the SHA-256 of the XForm. A draft opens with its own.
CREATE TABLE form_version (
    id INTEGER PRIMARY KEY,
    form_hash TEXT NOT NULL UNIQUE,
    form_id TEXT NOT NULL,
    version TEXT NOT NULL,
    title TEXT NOT NULL,
    installed_at INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX form_version_by_form ON form_version (form_id, id);
