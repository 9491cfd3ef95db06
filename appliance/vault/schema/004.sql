-- The vault, version 4: what the roster calls a holder, who needs or may be an escort, visitors.

-- key: of the site's roster. visitor: 1 for who is forgotten when their days are over.
ALTER TABLE holders ADD COLUMN key TEXT CHECK (length(key) BETWEEN 1 AND 64);
ALTER TABLE holders ADD COLUMN escort TEXT NOT NULL DEFAULT '' CHECK (escort IN ('', 'needs', 'may'));
ALTER TABLE holders ADD COLUMN visitor INTEGER NOT NULL DEFAULT 0 CHECK (visitor IN (0, 1));

-- passed_ms: when they were let in last, as far as the journal was read for it (meta: passes_read).
ALTER TABLE holders ADD COLUMN passed_ms INTEGER;
INSERT INTO meta (name, value) VALUES ('passes_read', 0);
CREATE INDEX holders_by_name ON holders (name, id);

-- consent: the wording that was agreed to, and when; a later face of the same holder keeps both.
ALTER TABLE templates ADD COLUMN consent_at_ms INTEGER;

CREATE UNIQUE INDEX one_holder_per_key ON holders (key) WHERE key IS NOT NULL;

-- Where a holder went last; area '' is outside all areas. since_ms: UTC. boot, passed_ms: the start
-- of the terminal that saw it, and when by its monotonic clock.
CREATE TABLE whereabouts (
    holder_id TEXT PRIMARY KEY REFERENCES holders (id) ON DELETE CASCADE,
    area      TEXT NOT NULL,
    since_ms  INTEGER NOT NULL,
    boot      TEXT NOT NULL,
    passed_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX who_is_there ON whereabouts (area, since_ms);

-- How often a holder passed at which hour of the local day; other_day: 1 for weekends and holidays.
CREATE TABLE habits (
    holder_id TEXT NOT NULL REFERENCES holders (id) ON DELETE CASCADE,
    other_day INTEGER NOT NULL CHECK (other_day IN (0, 1)),
    hour      INTEGER NOT NULL CHECK (hour BETWEEN 0 AND 23),
    passes    INTEGER NOT NULL,
    PRIMARY KEY (holder_id, other_day, hour)
) STRICT, WITHOUT ROWID;
