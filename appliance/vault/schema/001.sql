-- The vault, version 1. Times are UTC milliseconds. Every table is STRICT: a wrong type is an error.

-- name             type     lives
-- journal_entries  INTEGER  for ever: how many entries the journal holds
-- journal_head     BLOB     for ever: hash of its last entry
-- outbox_sequence  INTEGER  for ever: the last sequence given to an alert; it never goes back
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (name, value) VALUES
    ('journal_entries', 0),
    ('journal_head', zeroblob(32)),
    ('outbox_sequence', 0);

CREATE TABLE holders (
    id              TEXT PRIMARY KEY,
    name            TEXT NOT NULL,
    status          TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
    valid_from_ms   INTEGER,
    valid_until_ms  INTEGER,
    extended_unlock INTEGER NOT NULL DEFAULT 0 CHECK (extended_unlock IN (0, 1))
) STRICT;

CREATE TABLE credentials (
    id          TEXT PRIMARY KEY,
    holder_id   TEXT NOT NULL REFERENCES holders (id) ON DELETE CASCADE,
    kind        TEXT NOT NULL CHECK (kind IN ('card', 'pin')),
    format      TEXT,
    facility    INTEGER,
    number      INTEGER,
    pin_hash    TEXT,
    duress_hash TEXT,
    status      TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'lost')),
    CHECK (kind <> 'card' OR (format IS NOT NULL AND facility IS NOT NULL AND number IS NOT NULL)),
    CHECK (kind <> 'pin' OR pin_hash IS NOT NULL)
) STRICT;

CREATE UNIQUE INDEX one_owner_per_card ON credentials (format, facility, number) WHERE kind = 'card';
CREATE UNIQUE INDEX one_pin_per_holder ON credentials (holder_id) WHERE kind = 'pin';
CREATE INDEX credentials_of ON credentials (holder_id);

CREATE TABLE templates (
    id             TEXT PRIMARY KEY,
    holder_id      TEXT NOT NULL REFERENCES holders (id) ON DELETE CASCADE,
    bundle         TEXT NOT NULL,
    vector         BLOB NOT NULL CHECK (length(vector) = 512),
    enrolled_at_ms INTEGER NOT NULL,
    consent        TEXT
) STRICT;

CREATE INDEX templates_of ON templates (bundle, holder_id);
CREATE INDEX templates_owned ON templates (holder_id);

CREATE TABLE rules (
    holder_id TEXT NOT NULL REFERENCES holders (id) ON DELETE CASCADE,
    portal    TEXT NOT NULL,
    PRIMARY KEY (holder_id, portal)
) STRICT, WITHOUT ROWID;

-- What a portal was ordered to be; a restart must not end a lockdown.
CREATE TABLE modes (
    portal TEXT PRIMARY KEY,
    mode   TEXT NOT NULL CHECK (mode IN ('normal', 'free', 'lockdown'))
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    seq     INTEGER PRIMARY KEY,
    at_ms   INTEGER NOT NULL,
    boot    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    portal  TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    body    BLOB NOT NULL,
    hash    BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- These stop our own mistakes. Whoever has the key can drop them; the hash chain then tells.
CREATE TRIGGER journal_is_not_edited BEFORE UPDATE ON journal
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;

CREATE TRIGGER journal_is_not_deleted BEFORE DELETE ON journal
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;

CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY,
    topic    TEXT NOT NULL,
    body     BLOB NOT NULL
) STRICT;
