-- 004_whose_limit: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- What an account had sent before it was removed here, by the hour: kept for two days, so that to
-- add it again does not begin its day anew. account: a keyed digest of the user and the address.
CREATE TABLE spent_sends (
    account TEXT NOT NULL,
    hour TIMESTAMPTZ NOT NULL,
    sends BIGINT NOT NULL,
    PRIMARY KEY (account, hour)
);

CREATE INDEX idx_spent_sends_hour ON spent_sends(hour);

-- The user whom a caller named that may not act for that one; user_id is the caller's own then.
ALTER TABLE audit ADD COLUMN asked_for TEXT NOT NULL DEFAULT '';

ALTER TABLE spent_sends ENABLE ROW LEVEL SECURITY;

DO $$
DECLARE
    grantee TEXT;
BEGIN
    REVOKE ALL ON spent_sends FROM PUBLIC;
    FOREACH grantee IN ARRAY ARRAY['anon', 'authenticated'] LOOP
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = grantee) THEN
            EXECUTE format('REVOKE ALL ON spent_sends FROM %I', grantee);
        END IF;
    END LOOP;
END
$$;

INSERT INTO schema_migrations (version) VALUES ('004_whose_limit') ON CONFLICT (version) DO NOTHING;

COMMIT;
