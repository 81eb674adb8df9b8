-- 014_mcp_sessions: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- Sessions of MCP clients of which more is known than their ids say, for as long as an id is valid.
-- owner: the digest of the caller's identity; '' once the person is erased. person: whose credential
-- it is, if one person's. sealed_with: the fingerprint of the key that opens the id. used_at: to the
-- day. Ended ones stay, so that their ids are never opened again.
CREATE TABLE mcp_sessions (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    person TEXT,
    sealed_with TEXT NOT NULL,
    log_level TEXT,
    used_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);

CREATE INDEX idx_mcp_sessions_owner ON mcp_sessions(owner, used_at);

CREATE INDEX idx_mcp_sessions_person ON mcp_sessions(person);

CREATE INDEX idx_mcp_sessions_used ON mcp_sessions(used_at);

-- What they watch.
CREATE TABLE mcp_session_watches (
    session TEXT NOT NULL REFERENCES mcp_sessions(name) ON DELETE CASCADE,
    uri TEXT NOT NULL,
    PRIMARY KEY (session, uri)
);

ALTER TABLE mcp_sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE mcp_session_watches ENABLE ROW LEVEL SECURITY;

DO $$
DECLARE
    grantee TEXT;
BEGIN
    REVOKE ALL ON mcp_sessions, mcp_session_watches FROM PUBLIC;
    FOREACH grantee IN ARRAY ARRAY['anon', 'authenticated'] LOOP
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = grantee) THEN
            EXECUTE format('REVOKE ALL ON mcp_sessions, mcp_session_watches FROM %I', grantee);
        END IF;
    END LOOP;
END
$$;

INSERT INTO schema_migrations (version) VALUES ('014_mcp_sessions') ON CONFLICT (version) DO NOTHING;

COMMIT;
