-- What lists and search read: one row per case, and the words by which people and cases are found.

-- A line of the caseload as JSON; `tag` is the unit's case, or a shared file that no unit case here links.
CREATE TABLE case_row (
    tag INTEGER PRIMARY KEY REFERENCES tag (id),
    line TEXT NOT NULL
) STRICT;

-- rowid is the record's id. Words of protected and burnt fields never enter.
CREATE VIRTUAL TABLE search USING fts5 (plain, folded, transliterated, sound, tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3');
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
