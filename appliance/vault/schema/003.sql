-- The vault, version 3: at which times a right counts, groups that have rights, the clock's doubt.

-- name           type     lives
-- clock_doubted  INTEGER  until the clock is believed again: a restart must not forget a jump
INSERT INTO meta (name, value) VALUES ('clock_doubted', 0);

CREATE TABLE schedules (
    name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- days: a bit for each day it begins on, 1 for Monday to 64 for Sunday, 128 for holidays.
-- Minutes since midnight; an end that is not after the beginning lies on the next day.
CREATE TABLE windows (
    schedule  TEXT NOT NULL REFERENCES schedules (name) ON DELETE CASCADE,
    days      INTEGER NOT NULL CHECK (days BETWEEN 1 AND 255),
    begin_min INTEGER NOT NULL CHECK (begin_min BETWEEN 0 AND 1439),
    end_min   INTEGER NOT NULL CHECK (end_min BETWEEN 1 AND 1440),
    PRIMARY KEY (schedule, days, begin_min, end_min)
) STRICT, WITHOUT ROWID;

CREATE TABLE holidays (
    date TEXT PRIMARY KEY CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    holder_id  TEXT NOT NULL REFERENCES holders (id) ON DELETE CASCADE,
    group_name TEXT NOT NULL REFERENCES groups (name) ON DELETE CASCADE,
    PRIMARY KEY (holder_id, group_name)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_of ON members (group_name);

-- schedule: NULL is always, here and in rules.
CREATE TABLE group_rights (
    group_name TEXT NOT NULL REFERENCES groups (name) ON DELETE CASCADE,
    portal     TEXT NOT NULL,
    schedule   TEXT REFERENCES schedules (name),
    PRIMARY KEY (group_name, portal)
) STRICT, WITHOUT ROWID;

ALTER TABLE rules ADD COLUMN schedule TEXT REFERENCES schedules (name);
