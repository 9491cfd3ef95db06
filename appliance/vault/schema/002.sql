-- The vault, version 2: which model bundles were taken, and the golden set that judges new ones.

-- One line for each bundle ever taken; the highest version is what a roll-back is measured by.
CREATE TABLE bundles (
    identity       TEXT PRIMARY KEY,
    version        INTEGER NOT NULL UNIQUE CHECK (version >= 1),
    accepted_at_ms INTEGER NOT NULL,
    trusted        INTEGER NOT NULL CHECK (trusted IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Pictures of consenting people, and what the bundle that was taken last makes of them.
CREATE TABLE golden (
    number           INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 24),
    picture          BLOB NOT NULL CHECK (length(picture) BETWEEN 1 AND 8388608),
    consent          TEXT NOT NULL CHECK (length(consent) BETWEEN 1 AND 500),
    taken_at_ms      INTEGER NOT NULL,
    bundle           TEXT NOT NULL,
    networks         TEXT NOT NULL,
    spoof            TEXT NOT NULL,
    match_e4         INTEGER NOT NULL,
    refusal          TEXT NOT NULL,
    template         BLOB NOT NULL CHECK (length(template) IN (0, 512)),
    live_log_odds_e2 INTEGER NOT NULL
) STRICT;
