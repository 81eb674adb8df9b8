#include "store/sql/migrations.h"
#include "store/sql/schema.h"

namespace gmail_mcp::store {

namespace {

constexpr sql::Sql postgres_step_001[] = {
    R"(-- Enable UUID extension
CREATE EXTENSION IF NOT EXISTS "uuid-ossp")",
    R"(-- Users table
CREATE TABLE users (
    id UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    external_user_id VARCHAR(255) UNIQUE NOT NULL,
    email VARCHAR(255),
    created_at TIMESTAMPTZ DEFAULT NOW(),
    updated_at TIMESTAMPTZ DEFAULT NOW()
))",
    R"(-- Connections table
CREATE TABLE connections (
    id UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    user_id UUID REFERENCES users(id) ON DELETE CASCADE,
    gmail_address VARCHAR(255) NOT NULL,
    access_token_encrypted TEXT NOT NULL,
    refresh_token_encrypted TEXT NOT NULL,
    token_expires_at TIMESTAMPTZ NOT NULL,
    scopes TEXT NOT NULL,
    is_active BOOLEAN DEFAULT true,
    created_at TIMESTAMPTZ DEFAULT NOW(),
    updated_at TIMESTAMPTZ DEFAULT NOW(),
    last_used_at TIMESTAMPTZ,
    UNIQUE(user_id, gmail_address)
))",
    R"(-- OAuth states table
CREATE TABLE oauth_states (
    id UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    state VARCHAR(255) UNIQUE NOT NULL,
    user_id UUID REFERENCES users(id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    code_verifier TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ DEFAULT NOW()
))",
    R"(-- Indexes
CREATE INDEX idx_connections_user_id ON connections(user_id))",
    "CREATE INDEX idx_connections_gmail ON connections(gmail_address)",
    "CREATE INDEX idx_oauth_states_expires ON oauth_states(expires_at)",
};

constexpr sql::Sql postgres_step_002[] = {
    R"(-- `status` rules; is_active mirrors it: true for 'active' alone.
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
    ADD COLUMN refresh_lease_until TIMESTAMPTZ)",
    R"(-- Who has disconnected leaves no token behind.
UPDATE connections SET
    is_active = FALSE,
    status = 'disconnected',
    access_token_encrypted = NULL,
    refresh_token_encrypted = NULL,
    token_expires_at = NULL
WHERE is_active IS NOT TRUE)",
    "CREATE INDEX idx_connections_created ON connections(created_at)",
    "CREATE INDEX idx_users_created ON users(created_at)",

    R"(-- From here on `state` holds the SHA-256 of the state, and code_verifier is encrypted.
DELETE FROM oauth_states)",
    R"(ALTER TABLE oauth_states
    ADD COLUMN return_url TEXT NOT NULL DEFAULT '',
    ADD COLUMN expected_email TEXT NOT NULL DEFAULT '',
    ADD COLUMN browser_hash TEXT NOT NULL DEFAULT '')",
    "CREATE INDEX idx_oauth_states_user_id ON oauth_states(user_id)",

    R"(CREATE TABLE sends (
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
))",
    "CREATE INDEX idx_sends_connection ON sends(connection_id, created_at)",
    "CREATE INDEX idx_sends_created ON sends(created_at)",

    R"(CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
))",

    R"(-- Not tied to the other tables: what happened stays known when a user is deleted.
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
))",
    "CREATE INDEX idx_audit_user ON audit(user_id, id)",

    R"(-- Supabase shows every table of this schema to the browser's keys: no policy, so no row, and
-- no privilege either. The service key and the owner of the tables pass both.
ALTER TABLE users ENABLE ROW LEVEL SECURITY)",
    "ALTER TABLE connections ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE oauth_states ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE sends ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE leases ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE audit ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY",
    R"(DO $$
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
$$)",
};

constexpr sql::Sql postgres_step_003[] = {
    R"(CREATE TABLE archives (
    account BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (account < 1048576),
    connection_id UUID NOT NULL UNIQUE REFERENCES connections(id) ON DELETE CASCADE,
    cursor TEXT NOT NULL,
    step TEXT NOT NULL,
    walk BIGINT NOT NULL,
    walking TEXT NOT NULL CHECK (walking IN ('no', 'yes', 'over')),
    begun_at TIMESTAMPTZ NOT NULL
))",

    R"(-- A key is made of the account (20 bits), the second (33) and a place within it (10): one
-- account's messages are one range, and the order of keys is the order of time.
CREATE TABLE archive_messages (
    key BIGINT PRIMARY KEY,
    account BIGINT NOT NULL REFERENCES archives(account) ON DELETE CASCADE,
    message_id TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL,
    is_sent BOOLEAN NOT NULL,
    is_shown BOOLEAN NOT NULL,
    is_unread BOOLEAN NOT NULL,
    is_stand_in BOOLEAN NOT NULL,
    walk BIGINT NOT NULL,
    size BIGINT NOT NULL,
    sent_as TEXT,
    subject TEXT NOT NULL,
    snippet TEXT NOT NULL,
    labels TEXT NOT NULL,
    correspondents TEXT NOT NULL,
    details TEXT NOT NULL,
    UNIQUE(account, message_id)
))",
    R"(CREATE INDEX idx_archive_threads ON archive_messages(account, thread_id, key)
    WHERE is_shown)",
    R"(-- sent_as: the Message-ID header of what was sent, by which a stand-in is found again.
CREATE INDEX idx_archive_sent ON archive_messages(account, sent_as) WHERE sent_as IS NOT NULL)",
    R"(CREATE INDEX idx_archive_stand_ins ON archive_messages(account, sent_at)
    WHERE is_stand_in)",

    R"(-- found_*: what is searched, where that is not the subject and the plain body.
CREATE TABLE archive_texts (
    key BIGINT PRIMARY KEY REFERENCES archive_messages(key) ON DELETE CASCADE,
    body_plain TEXT NOT NULL,
    body_html TEXT,
    found_subject TEXT,
    found_text TEXT
))",
    R"(CREATE TABLE archive_correspondents (
    account BIGINT NOT NULL,
    email TEXT NOT NULL,
    key BIGINT NOT NULL REFERENCES archive_messages(key) ON DELETE CASCADE,
    name TEXT NOT NULL,
    is_shown BOOLEAN NOT NULL,
    PRIMARY KEY (account, email, key)
))",
    "CREATE INDEX idx_archive_correspondents_key ON archive_correspondents(key)",
    R"(CREATE TABLE archive_contacts (
    account BIGINT NOT NULL REFERENCES archives(account) ON DELETE CASCADE,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key BIGINT NOT NULL,
    message_count BIGINT NOT NULL,
    first_key BIGINT NOT NULL,
    last_key BIGINT NOT NULL,
    PRIMARY KEY (account, email)
))",
    "CREATE INDEX idx_archive_contacts_last ON archive_contacts(account, last_key)",
    R"(CREATE TABLE archive_conversations (
    account BIGINT NOT NULL REFERENCES archives(account) ON DELETE CASCADE,
    thread_id TEXT NOT NULL,
    message_count BIGINT NOT NULL,
    unread_count BIGINT NOT NULL,
    first_key BIGINT NOT NULL,
    last_key BIGINT NOT NULL,
    PRIMARY KEY (account, thread_id)
))",
    "CREATE INDEX idx_archive_conversations_last ON archive_conversations(account, last_key)",
    R"(-- What is left to do when nobody waits for it.
CREATE TABLE archive_chores (
    chore TEXT PRIMARY KEY
))",

    "ALTER TABLE archives ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE archive_messages ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE archive_texts ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE archive_correspondents ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE archive_contacts ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE archive_conversations ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE archive_chores ENABLE ROW LEVEL SECURITY",
    R"(DO $$
DECLARE
    grantee TEXT;
BEGIN
    REVOKE ALL ON archives, archive_messages, archive_texts, archive_correspondents,
        archive_contacts, archive_conversations, archive_chores FROM PUBLIC;
    REVOKE ALL ON SEQUENCE archives_account_seq FROM PUBLIC;
    FOREACH grantee IN ARRAY ARRAY['anon', 'authenticated'] LOOP
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = grantee) THEN
            EXECUTE format('REVOKE ALL ON archives, archive_messages, archive_texts, '
                           'archive_correspondents, archive_contacts, archive_conversations, '
                           'archive_chores FROM %I', grantee);
            EXECUTE format('REVOKE ALL ON SEQUENCE archives_account_seq FROM %I', grantee);
        END IF;
    END LOOP;
END
$$)",
};

constexpr sql::Sql postgres_step_004[] = {
    R"(-- What an account had sent before it was removed here, by the hour: kept for two days, so that to
-- add it again does not begin its day anew. account: a keyed digest of the user and the address.
CREATE TABLE spent_sends (
    account TEXT NOT NULL,
    hour TIMESTAMPTZ NOT NULL,
    sends BIGINT NOT NULL,
    PRIMARY KEY (account, hour)
))",
    "CREATE INDEX idx_spent_sends_hour ON spent_sends(hour)",
    R"(-- The user whom a caller named that may not act for that one; user_id is the caller's own then.
ALTER TABLE audit ADD COLUMN asked_for TEXT NOT NULL DEFAULT '')",
    "ALTER TABLE spent_sends ENABLE ROW LEVEL SECURITY",
    R"(DO $$
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
$$)",
};

constexpr sql::Sql postgres_step_005[] = {
    R"(-- How the mailbox itself did since it was connected: a server that cannot be reached costs no
-- credential, and whoever looks after the accounts wants to see it.
ALTER TABLE connections ADD COLUMN last_ok_at TIMESTAMPTZ)",
    "ALTER TABLE connections ADD COLUMN last_error_at TIMESTAMPTZ",
    "ALTER TABLE connections ADD COLUMN last_error TEXT NOT NULL DEFAULT ''",
};

constexpr sql::Sql postgres_step_006[] = {
    R"(-- Where the server keeps a message (a folder with its UIDVALIDITY, and the UID): so that of two
-- messages of one second the first is known, and what is gone from a folder.
ALTER TABLE archive_messages ADD COLUMN folder TEXT NOT NULL DEFAULT '')",
    "ALTER TABLE archive_messages ADD COLUMN uid BIGINT NOT NULL DEFAULT 0",
    R"(-- Which version of the program's reading the row is of; below 0: how often it could not be read
-- anew.
ALTER TABLE archive_messages ADD COLUMN reading BIGINT NOT NULL DEFAULT 0)",
    R"(CREATE INDEX idx_archive_spots ON archive_messages(account, folder, uid)
    WHERE folder <> '')",
    "CREATE INDEX idx_archive_readings ON archive_messages(account, reading)",
};

constexpr sql::Sql postgres_step_007[] = {
    R"(-- Since when Google no longer accepts the credential: what is kept of the mailbox is erased some
-- days later, unless the person connects again. From the upgrade on for those of earlier versions.
ALTER TABLE connections ADD COLUMN lost_at TIMESTAMPTZ)",
    R"(-- What of it is still to be erased: 'sends', 'everything', or nothing.
ALTER TABLE connections ADD COLUMN erasing TEXT NOT NULL DEFAULT '')",
    R"(UPDATE connections SET lost_at = now()
WHERE status = 'reconnect_required'
AND (kind = 'app_password' OR refresh_token_encrypted IS NOT NULL))",
    R"(-- Earlier versions kept for ever what was archived of accounts that were disconnected.
UPDATE connections SET erasing = 'everything' WHERE status = 'disconnected')",
};

constexpr sql::Migration postgres_steps[] = {
    {"001_initial", postgres_step_001, schema::step_001},
    {"002_kinds_and_sends", postgres_step_002, schema::step_002},
    {"003_archive", postgres_step_003, schema::step_003},
    {"004_whose_limit", postgres_step_004, schema::step_004},
    {"005_condition", postgres_step_005, schema::step_005},
    {"006_readings", postgres_step_006, schema::step_006},
    {"007_erasure", postgres_step_007, schema::step_007},
};

}  // namespace

std::span<const sql::Migration> postgres_migrations() { return postgres_steps; }

}  // namespace gmail_mcp::store
