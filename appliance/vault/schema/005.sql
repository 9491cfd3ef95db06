-- The vault, version 5: by what an older copy of it is known.

-- name     type     lives
-- anchor   INTEGER  for ever: it only rises; vault.anchor beside the vault follows it (anchorfile.py)
-- counter  INTEGER  for ever: a counter in the TPM follows it (counter.py); 0 before the first
INSERT INTO meta (name, value) VALUES ('anchor', 0), ('counter', 0);
