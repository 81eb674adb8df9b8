-- 002_kinds_and_sends: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- The token columns become nullable. SQLite cannot change a constraint, and rebuilding the
-- table would delete, by cascade, what other tables hang on it; a column can change places.
ALTER TABLE connections RENAME COLUMN access_token_encrypted TO access_token_001;

ALTER TABLE connections RENAME COLUMN refresh_token_encrypted TO refresh_token_001;

ALTER TABLE connections RENAME COLUMN token_expires_at TO token_expires_at_001;

ALTER TABLE connections ADD COLUMN access_token_encrypted TEXT;

ALTER TABLE connections ADD COLUMN refresh_token_encrypted TEXT;

ALTER TABLE connections ADD COLUMN token_expires_at TEXT;

-- Who has disconnected leaves no token behind.
UPDATE connections SET
    access_token_encrypted = access_token_001,
    refresh_token_encrypted = refresh_token_001,
    token_expires_at = token_expires_at_001
WHERE is_active = 1;

ALTER TABLE connections DROP COLUMN access_token_001;

ALTER TABLE connections DROP COLUMN refresh_token_001;

ALTER TABLE connections DROP COLUMN token_expires_at_001;

ALTER TABLE connections ADD COLUMN kind TEXT NOT NULL DEFAULT 'oauth';

-- is_active mirrors it: true for 'active' alone.
ALTER TABLE connections ADD COLUMN status TEXT NOT NULL DEFAULT 'active';

ALTER TABLE connections ADD COLUMN google_sub TEXT NOT NULL DEFAULT '';

ALTER TABLE connections ADD COLUMN app_password_encrypted TEXT;

ALTER TABLE connections ADD COLUMN display_name TEXT NOT NULL DEFAULT '';

ALTER TABLE connections ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

ALTER TABLE connections ADD COLUMN refresh_lease_until TEXT;

UPDATE connections SET is_active = 0, status = 'disconnected' WHERE is_active IS NOT 1;

CREATE INDEX idx_connections_created ON connections(created_at);

CREATE INDEX idx_users_created ON users(created_at);

-- From here on `state` holds the SHA-256 of the state, and code_verifier is encrypted.
DELETE FROM oauth_states;

ALTER TABLE oauth_states ADD COLUMN return_url TEXT NOT NULL DEFAULT '';

ALTER TABLE oauth_states ADD COLUMN expected_email TEXT NOT NULL DEFAULT '';

ALTER TABLE oauth_states ADD COLUMN browser_hash TEXT NOT NULL DEFAULT '';

CREATE INDEX idx_oauth_states_user_id ON oauth_states(user_id);

CREATE TABLE sends (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    connection_id TEXT NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    tool TEXT NOT NULL,
    idempotency_key TEXT,
    fingerprint TEXT NOT NULL,
    rfc822_message_id TEXT NOT NULL,
    status TEXT NOT NULL,
    result_json TEXT NOT NULL,
    delivered INTEGER NOT NULL,
    process_id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE(user_id, connection_id, tool, idempotency_key)
);

CREATE INDEX idx_sends_connection ON sends(connection_id, created_at);

CREATE INDEX idx_sends_created ON sends(created_at);

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at TEXT NOT NULL
);

-- Not tied to the other tables: what happened stays known when a user is deleted. No index by
-- user: with many users each row would write a page of it, ten times the cost of the row.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    request_id TEXT NOT NULL,
    caller TEXT NOT NULL,
    user_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL,
    duration_ms INTEGER NOT NULL
);

INSERT INTO schema_migrations (version) VALUES ('002_kinds_and_sends') ON CONFLICT (version) DO NOTHING;

COMMIT;
