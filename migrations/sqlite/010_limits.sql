-- 010_limits: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- Tries to sign in, so that all processes together allow no more than one would. thing: the digest
-- of what is tried. Each try has a place of a limited number; it is free again when the try is old.
CREATE TABLE tries (
    thing TEXT NOT NULL,
    place INTEGER NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (thing, place)
);

CREATE INDEX idx_tries_at ON tries(at);

-- What each process has spent of limits that hold for all of them together, while they are in use.
-- name: the digest of whose limit it is. recent: what is not free again yet.
CREATE TABLE spending (
    name TEXT NOT NULL,
    process TEXT NOT NULL,
    total INTEGER NOT NULL,
    recent INTEGER NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (name, process)
);

CREATE INDEX idx_spending_at ON spending(at);

INSERT INTO schema_migrations (version) VALUES ('010_limits') ON CONFLICT (version) DO NOTHING;

COMMIT;
