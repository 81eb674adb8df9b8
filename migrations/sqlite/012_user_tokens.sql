-- 012_user_tokens: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- Tokens with which a person's programs call. id: the first characters of the token, by which people
-- name it. digest: the SHA-256 of the whole token, which is not stored. limits: JSON.
CREATE TABLE user_tokens (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    digest TEXT UNIQUE NOT NULL,
    limits TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    last_used_at TEXT,
    revoked_at TEXT
);

CREATE INDEX idx_user_tokens_user ON user_tokens(user_id);

INSERT INTO schema_migrations (version) VALUES ('012_user_tokens') ON CONFLICT (version) DO NOTHING;

COMMIT;
