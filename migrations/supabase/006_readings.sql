-- 006_readings: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- Where the server keeps a message (a folder with its UIDVALIDITY, and the UID): so that of two
-- messages of one second the first is known, and what is gone from a folder.
ALTER TABLE archive_messages ADD COLUMN folder TEXT NOT NULL DEFAULT '';

ALTER TABLE archive_messages ADD COLUMN uid BIGINT NOT NULL DEFAULT 0;

-- Which version of the program's reading the row is of; below 0: how often it could not be read
-- anew.
ALTER TABLE archive_messages ADD COLUMN reading BIGINT NOT NULL DEFAULT 0;

CREATE INDEX idx_archive_spots ON archive_messages(account, folder, uid)
    WHERE folder <> '';

-- With the key, as SQLite has it in every index: the newest of a reading come first.
CREATE INDEX idx_archive_readings ON archive_messages(account, reading, key);

INSERT INTO schema_migrations (version) VALUES ('006_readings') ON CONFLICT (version) DO NOTHING;

COMMIT;
