-- 013_sign_in: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- What a person has allowed a program: one sign-in, from its code over each refresh to its end.
-- client: the digest of the program's client_id. address, hosted_domain: as Google named them when
-- the person signed in. generation: of the newest refresh token; 0 until the code is redeemed.
CREATE TABLE client_grants (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    hosted_domain TEXT NOT NULL,
    client TEXT NOT NULL,
    client_name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    audience TEXT NOT NULL,
    generation INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    used_at TEXT NOT NULL,
    rotated_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT
);

CREATE INDEX idx_client_grants_user ON client_grants(user_id);

CREATE INDEX idx_client_grants_expires ON client_grants(expires_at);

-- People who were sent to Google to sign in, for some minutes. request: sealed.
CREATE TABLE sign_in_requests (
    state_hash TEXT PRIMARY KEY,
    browser_hash TEXT NOT NULL,
    request TEXT NOT NULL,
    expires_at TEXT NOT NULL
);

CREATE INDEX idx_sign_in_requests_expires ON sign_in_requests(expires_at);

INSERT INTO schema_migrations (version) VALUES ('013_sign_in') ON CONFLICT (version) DO NOTHING;

COMMIT;
