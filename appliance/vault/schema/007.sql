-- The vault, version 7: templates under a key of their holder's own (holderkeys.py, templates.py).

-- wrapped: the holder's 32 random bytes under a key derived from the vault's.
CREATE TABLE holder_keys (
    holder_id TEXT PRIMARY KEY REFERENCES holders (id) ON DELETE CASCADE,
    wrapped   BLOB NOT NULL CHECK (length(wrapped) = 60)
) STRICT, WITHOUT ROWID;

-- Written over where it lies before it is let go: whatever is left of a template is then noise.
CREATE TRIGGER a_key_is_overwritten BEFORE DELETE ON holders
BEGIN UPDATE holder_keys SET wrapped = zeroblob(60) WHERE holder_id = OLD.id; END;

-- The rows of older versions wait here, to be sealed when this vault is opened (templates.py).
ALTER TABLE templates RENAME TO plain_templates;
DROP INDEX templates_of;
DROP INDEX templates_owned;

-- sealed: what templates.py makes of 512 components.
CREATE TABLE templates (
    id             TEXT PRIMARY KEY,
    holder_id      TEXT NOT NULL REFERENCES holders (id) ON DELETE CASCADE,
    bundle         TEXT NOT NULL,
    sealed         BLOB NOT NULL CHECK (length(sealed) = 541),
    enrolled_at_ms INTEGER NOT NULL,
    consent        TEXT,
    consent_at_ms  INTEGER
) STRICT;

CREATE INDEX templates_of ON templates (bundle, holder_id);
CREATE INDEX templates_owned ON templates (holder_id);
