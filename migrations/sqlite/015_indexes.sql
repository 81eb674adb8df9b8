-- 015_indexes: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- Before each send without a key, an equal one is looked for whose answer was lost. These are few,
-- and only they are in the index, so that most sends do not write to it.
CREATE INDEX idx_sends_lost ON sends(connection_id, fingerprint, created_at) WHERE delivered = FALSE;

-- What is looked for each minute, however many connections there are: tokens that are about to
-- expire, and connections that are being ended.
CREATE INDEX idx_connections_expiring ON connections(token_expires_at)
    WHERE status = 'active' AND kind = 'oauth';

CREATE INDEX idx_connections_ending ON connections(id)
    WHERE status = 'removing' OR erasing <> '' OR (status = 'disconnected' AND
        coalesce(refresh_token_encrypted, access_token_encrypted, app_password_encrypted) IS NOT NULL);

INSERT INTO schema_migrations (version) VALUES ('015_indexes') ON CONFLICT (version) DO NOTHING;

COMMIT;
