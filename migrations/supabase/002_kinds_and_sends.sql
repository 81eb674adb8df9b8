-- 002_kinds_and_sends: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- `status` rules; is_active mirrors it: true for 'active' alone.
ALTER TABLE connections
    ALTER COLUMN access_token_encrypted DROP NOT NULL,
    ALTER COLUMN refresh_token_encrypted DROP NOT NULL,
    ALTER COLUMN token_expires_at DROP NOT NULL,
    ADD COLUMN kind TEXT NOT NULL DEFAULT 'oauth',
    ADD COLUMN status TEXT NOT NULL DEFAULT 'active',
    ADD COLUMN google_sub TEXT NOT NULL DEFAULT '',
    ADD COLUMN app_password_encrypted TEXT,
    ADD COLUMN display_name TEXT NOT NULL DEFAULT '',
    ADD COLUMN version BIGINT NOT NULL DEFAULT 1,
    ADD COLUMN refresh_lease_until TIMESTAMPTZ;

-- Who has disconnected leaves no token behind.
UPDATE connections SET
    is_active = FALSE,
    status = 'disconnected',
    access_token_encrypted = NULL,
    refresh_token_encrypted = NULL,
    token_expires_at = NULL
WHERE is_active IS NOT TRUE;

-- An address may have 320 characters. A view of somebody's own that shows such a column keeps its
-- type as it is.
DO $$
BEGIN
    ALTER TABLE users ALTER COLUMN email TYPE TEXT;
    ALTER TABLE connections ALTER COLUMN gmail_address TYPE TEXT;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END
$$;

CREATE INDEX idx_connections_created ON connections(created_at);

CREATE INDEX idx_users_created ON users(created_at);

-- From here on `state` holds the SHA-256 of the state, and code_verifier is encrypted.
DELETE FROM oauth_states;

ALTER TABLE oauth_states
    ADD COLUMN return_url TEXT NOT NULL DEFAULT '',
    ADD COLUMN expected_email TEXT NOT NULL DEFAULT '',
    ADD COLUMN browser_hash TEXT NOT NULL DEFAULT '';

CREATE INDEX idx_oauth_states_user_id ON oauth_states(user_id);

CREATE TABLE sends (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    connection_id UUID NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    tool TEXT NOT NULL,
    idempotency_key TEXT,
    fingerprint TEXT NOT NULL,
    rfc822_message_id TEXT NOT NULL,
    status TEXT NOT NULL,
    result_json TEXT NOT NULL,
    delivered BOOLEAN NOT NULL,
    process_id TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    UNIQUE(user_id, connection_id, tool, idempotency_key)
);

CREATE INDEX idx_sends_connection ON sends(connection_id, created_at);

CREATE INDEX idx_sends_created ON sends(created_at);

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);

-- Not tied to the other tables: what happened stays known when a user is deleted.
CREATE TABLE audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    request_id TEXT NOT NULL,
    caller TEXT NOT NULL,
    user_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL,
    duration_ms BIGINT NOT NULL
);

CREATE INDEX idx_audit_user ON audit(user_id, id);

-- Supabase shows every table of this schema to the browser's keys: no policy, so no row, and
-- no privilege either. The service key and the owner of the tables pass both.
ALTER TABLE users ENABLE ROW LEVEL SECURITY;

ALTER TABLE connections ENABLE ROW LEVEL SECURITY;

ALTER TABLE oauth_states ENABLE ROW LEVEL SECURITY;

ALTER TABLE sends ENABLE ROW LEVEL SECURITY;

ALTER TABLE leases ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit ENABLE ROW LEVEL SECURITY;

ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY;

DO $$
DECLARE
    grantee TEXT;
BEGIN
    REVOKE ALL ON users, connections, oauth_states, sends, leases, audit, schema_migrations
        FROM PUBLIC;
    REVOKE ALL ON SEQUENCE audit_id_seq FROM PUBLIC;
    FOREACH grantee IN ARRAY ARRAY['anon', 'authenticated'] LOOP
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = grantee) THEN
            EXECUTE format('REVOKE ALL ON users, connections, oauth_states, sends, leases, audit, '
                           'schema_migrations FROM %I', grantee);
            EXECUTE format('REVOKE ALL ON SEQUENCE audit_id_seq FROM %I', grantee);
        END IF;
    END LOOP;
END
$$;

INSERT INTO schema_migrations (version) VALUES ('002_kinds_and_sends') ON CONFLICT (version) DO NOTHING;

COMMIT;
