-- The vault, version 5: by what an older copy of it is known.

-- name    type     lives
-- anchor  INTEGER  for ever: it only rises; vault.anchor beside the vault follows it (anchor.py)
INSERT INTO meta (name, value) VALUES ('anchor', 0);
