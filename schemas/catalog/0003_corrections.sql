-- What people say against or beside what steps found. Rows are added and taken back, never changed.

-- Keyed to content, place and contradicted value rather than to rows that a repeated step replaces;
-- no reference to `assets`, so that a correction also outlives its asset and waits for its return.
-- Without `old_value` something is added, without `value` something is wrong.
CREATE TABLE corrections (
    key          INTEGER PRIMARY KEY AUTOINCREMENT,
    asset_id     BLOB NOT NULL CHECK (length(asset_id) = 32),
    channel      TEXT NOT NULL,
    ordinal      INTEGER NOT NULL,
    start_millis INTEGER NOT NULL,
    end_millis   INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    old_value    TEXT,
    value        TEXT,
    language     TEXT,
    author       TEXT NOT NULL,
    -- RFC 3339.
    made         TEXT NOT NULL,
    CHECK (old_value IS NOT NULL OR value IS NOT NULL)
) STRICT;
CREATE INDEX corrections_by_asset ON corrections (asset_id);
