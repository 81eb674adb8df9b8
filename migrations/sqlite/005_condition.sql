-- 005_condition: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- How the mailbox itself did since it was connected: a server that cannot be reached costs no
-- credential, and whoever looks after the accounts wants to see it.
ALTER TABLE connections ADD COLUMN last_ok_at TEXT;

ALTER TABLE connections ADD COLUMN last_error_at TEXT;

ALTER TABLE connections ADD COLUMN last_error TEXT NOT NULL DEFAULT '';

INSERT INTO schema_migrations (version) VALUES ('005_condition') ON CONFLICT (version) DO NOTHING;

COMMIT;
