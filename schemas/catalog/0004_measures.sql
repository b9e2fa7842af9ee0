-- What is measured of an asset in even steps of time: loudness, crowd noise, whistles, pitch, pauses, motion.

-- A rowid table: the bytes of an hour take a page each, which an index would spill.
CREATE TABLE measures (
    asset       INTEGER NOT NULL REFERENCES assets ON DELETE CASCADE,
    kind        TEXT NOT NULL,
    step        TEXT NOT NULL,
    step_millis INTEGER NOT NULL CHECK (step_millis > 0),
    -- A byte for each step of time from 0 on; 255 for none.
    bytes       BLOB NOT NULL,
    UNIQUE (asset, kind)
) STRICT;
