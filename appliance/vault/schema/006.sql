-- The vault, version 6: signed checkpoints of the journal.

-- name             type  lives
-- checkpoint_seed  BLOB  for ever, also under another key: the Ed25519 key that signs; empty at first
INSERT INTO meta (name, value) VALUES ('checkpoint_seed', zeroblob(0));

-- That the journal had so many entries then, and the hash of the last; checkpoints.py says what is
-- signed.
CREATE TABLE checkpoints (
    entries   INTEGER PRIMARY KEY CHECK (entries >= 1),
    head      BLOB NOT NULL CHECK (length(head) = 32),
    at_ms     INTEGER NOT NULL,
    terminal  TEXT NOT NULL,
    signature BLOB NOT NULL CHECK (length(signature) = 64)
) STRICT;
