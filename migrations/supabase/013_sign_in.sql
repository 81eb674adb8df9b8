-- 013_sign_in: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- What a person has allowed a program: one sign-in, from its code over each refresh to its end.
-- client: the digest of the program's client_id. address, hosted_domain: as Google named them when
-- the person signed in. generation: of the newest refresh token; 0 until the code is redeemed.
CREATE TABLE client_grants (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    hosted_domain TEXT NOT NULL,
    client TEXT NOT NULL,
    client_name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    audience TEXT NOT NULL,
    generation BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ NOT NULL,
    rotated_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ
);

CREATE INDEX idx_client_grants_user ON client_grants(user_id);

CREATE INDEX idx_client_grants_expires ON client_grants(expires_at);

-- People who were sent to Google to sign in, for some minutes. request: sealed.
CREATE TABLE sign_in_requests (
    state_hash TEXT PRIMARY KEY,
    browser_hash TEXT NOT NULL,
    request TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX idx_sign_in_requests_expires ON sign_in_requests(expires_at);

ALTER TABLE client_grants ENABLE ROW LEVEL SECURITY;

ALTER TABLE sign_in_requests ENABLE ROW LEVEL SECURITY;

DO $$
DECLARE
    grantee TEXT;
BEGIN
    REVOKE ALL ON client_grants, sign_in_requests FROM PUBLIC;
    FOREACH grantee IN ARRAY ARRAY['anon', 'authenticated'] LOOP
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = grantee) THEN
            EXECUTE format('REVOKE ALL ON client_grants, sign_in_requests FROM %I', grantee);
        END IF;
    END LOOP;
END
$$;

INSERT INTO schema_migrations (version) VALUES ('013_sign_in') ON CONFLICT (version) DO NOTHING;

COMMIT;
