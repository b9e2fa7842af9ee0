-- The truth of a library: what lies where, what each step said of it, and how far the indexes have come.

-- Small facts about the library itself, by name.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: the number of the last change that the indexes have to follow.
CREATE TABLE sequence (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    last INTEGER NOT NULL
) STRICT;
INSERT INTO sequence VALUES (1, 0);

-- Every change up to this number is durable in the index.
CREATE TABLE indexes (
    name             TEXT PRIMARY KEY,
    flushed_sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE collections (
    key  INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- AUTOINCREMENT: the indexes may still hold points of a removed asset, so its number never comes back.
CREATE TABLE assets (
    key             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
    size_bytes      INTEGER NOT NULL,
    added_millis    INTEGER NOT NULL,
    -- Number of the last change; 0 until the first commit.
    sequence        INTEGER NOT NULL DEFAULT 0,
    -- The next three repeat parts of `media` for filters.
    kind            TEXT,
    duration_millis INTEGER,
    created_day     TEXT,
    media           TEXT
) STRICT;
CREATE INDEX assets_by_sequence ON assets (sequence);
CREATE INDEX assets_by_day ON assets (created_day) WHERE created_day IS NOT NULL;

-- Paths are bytes as the system gives them. Clustered by path, so that a folder is one range.
CREATE TABLE locations (
    path           BLOB PRIMARY KEY,
    asset          INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    size_bytes     INTEGER NOT NULL,
    modified_nanos INTEGER NOT NULL,
    -- Inode and device are unsigned 64 bit numbers stored by their bits.
    inode          INTEGER NOT NULL,
    device         INTEGER NOT NULL,
    collection     INTEGER NOT NULL REFERENCES collections,
    missing        INTEGER NOT NULL CHECK (missing IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX locations_by_asset ON locations (asset);
CREATE INDEX locations_by_collection ON locations (collection);

-- Files that could not be read or hashed, so that no asset stands for them.
CREATE TABLE unidentified (
    path        BLOB PRIMARY KEY,
    reason      TEXT NOT NULL,
    hint        TEXT,
    seen_millis INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE steps (
    asset       INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    step        TEXT NOT NULL,
    outcome     TEXT NOT NULL CHECK (outcome IN ('done', 'failed', 'skipped')),
    reason      TEXT,
    hint        TEXT,
    version     TEXT NOT NULL,
    took_millis INTEGER NOT NULL,
    PRIMARY KEY (asset, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX steps_by_outcome ON steps (step, outcome);

-- A segment's public id is derived from asset, channel, span and ordinal, so it is not stored.
-- `steps` has one bit for each step that made the segment (1 << position of the step): the segment
-- lives while one of them says so.
CREATE TABLE segments (
    key          INTEGER PRIMARY KEY,
    asset        INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    channel      TEXT NOT NULL,
    ordinal      INTEGER NOT NULL,
    start_millis INTEGER NOT NULL,
    end_millis   INTEGER NOT NULL,
    steps        INTEGER NOT NULL,
    opening      TEXT,
    UNIQUE (asset, channel, ordinal, start_millis, end_millis)
) STRICT;

CREATE TABLE keyframes (
    segment   INTEGER NOT NULL REFERENCES segments ON DELETE CASCADE,
    ordinal   INTEGER NOT NULL,
    at_millis INTEGER NOT NULL,
    thumbnail TEXT,
    label     TEXT,
    PRIMARY KEY (segment, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE provenances (
    key      INTEGER PRIMARY KEY,
    maker    TEXT NOT NULL,
    version  TEXT NOT NULL,
    settings TEXT NOT NULL,
    UNIQUE (maker, version, settings)
) STRICT;

CREATE TABLE assertions (
    key        INTEGER PRIMARY KEY,
    segment    INTEGER NOT NULL REFERENCES segments ON DELETE CASCADE,
    step       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    value      TEXT NOT NULL,
    language   TEXT,
    confidence REAL,
    -- Times of single words: a format byte, then postcard. NULL without word times.
    words      BLOB,
    provenance INTEGER NOT NULL REFERENCES provenances
) STRICT;
CREATE INDEX assertions_by_segment ON assertions (segment);

-- What filters ask of an asset, kept beside the assertions it is drawn from.
CREATE TABLE asset_languages (
    language TEXT NOT NULL,
    asset    INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    PRIMARY KEY (language, asset)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_languages_by_asset ON asset_languages (asset);

-- Folded to lower case; `name=value` also as `name`.
CREATE TABLE asset_tags (
    tag   TEXT NOT NULL,
    asset INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    PRIMARY KEY (tag, asset)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_tags_by_asset ON asset_tags (asset);

CREATE TABLE spaces (
    key        INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL CHECK (kind IN ('picture', 'passage')),
    model      TEXT NOT NULL,
    dimensions INTEGER NOT NULL,
    UNIQUE (kind, model, dimensions)
) STRICT;

-- Unit vectors, IEEE 754 half precision, little endian. A rowid table: its pages hold several
-- vectors where an index's pages would spill each of them.
CREATE TABLE embeddings (
    key       INTEGER PRIMARY KEY,
    space     INTEGER NOT NULL REFERENCES spaces,
    asset     INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    segment   INTEGER NOT NULL REFERENCES segments ON DELETE CASCADE,
    at_millis INTEGER NOT NULL,
    vector    BLOB NOT NULL,
    UNIQUE (segment, space, at_millis)
) STRICT;
CREATE INDEX embeddings_by_asset ON embeddings (asset, space);
CREATE INDEX embeddings_by_space ON embeddings (space);

-- Removed assets that an index may still hold.
CREATE TABLE tombstones (
    asset    INTEGER PRIMARY KEY,
    sequence INTEGER NOT NULL
) STRICT;
CREATE INDEX tombstones_by_sequence ON tombstones (sequence);
