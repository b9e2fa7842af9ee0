-- What a scan needs to know of a file without reading it or its asset's records.

-- Digest of the subtitle files beside a media file; no row when there are none.
CREATE TABLE companions (
    path   BLOB PRIMARY KEY REFERENCES locations ON DELETE CASCADE,
    digest TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Assets of which every wanted step has an outcome, with the signature of those wishes.
CREATE TABLE settled (
    asset     INTEGER PRIMARY KEY REFERENCES assets ON DELETE CASCADE,
    signature TEXT NOT NULL
) STRICT;

-- Files that were read and are not media; an unchanged one is not read again.
CREATE TABLE not_media (
    path           BLOB PRIMARY KEY,
    size_bytes     INTEGER NOT NULL,
    modified_nanos INTEGER NOT NULL,
    inode          INTEGER NOT NULL,
    device         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
