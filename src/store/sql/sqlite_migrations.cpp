#include "store/sql/migrations.h"
#include "store/sql/schema.h"

namespace gmail_mcp::store {

namespace {

constexpr sql::Sql step_001[] = {
    R"(CREATE TABLE users (
    id TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))),
    external_user_id TEXT UNIQUE NOT NULL,
    email TEXT,
    created_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
))",
    R"(CREATE TABLE connections (
    id TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))),
    user_id TEXT REFERENCES users(id) ON DELETE CASCADE,
    gmail_address TEXT NOT NULL,
    access_token_encrypted TEXT NOT NULL,
    refresh_token_encrypted TEXT NOT NULL,
    token_expires_at TEXT NOT NULL,
    scopes TEXT NOT NULL,
    is_active INTEGER DEFAULT 1,
    created_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    last_used_at TEXT,
    UNIQUE(user_id, gmail_address)
))",
    R"(CREATE TABLE oauth_states (
    id TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))),
    state TEXT UNIQUE NOT NULL,
    user_id TEXT REFERENCES users(id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    code_verifier TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    created_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
))",
    "CREATE INDEX idx_connections_user_id ON connections(user_id)",
    "CREATE INDEX idx_connections_gmail ON connections(gmail_address)",
    "CREATE INDEX idx_oauth_states_expires ON oauth_states(expires_at)",
};

constexpr sql::Sql step_002[] = {
    R"(-- The token columns become nullable. SQLite cannot change a constraint, and rebuilding the
-- table would delete, by cascade, what other tables hang on it; a column can change places.
ALTER TABLE connections RENAME COLUMN access_token_encrypted TO access_token_001)",
    "ALTER TABLE connections RENAME COLUMN refresh_token_encrypted TO refresh_token_001",
    "ALTER TABLE connections RENAME COLUMN token_expires_at TO token_expires_at_001",
    "ALTER TABLE connections ADD COLUMN access_token_encrypted TEXT",
    "ALTER TABLE connections ADD COLUMN refresh_token_encrypted TEXT",
    "ALTER TABLE connections ADD COLUMN token_expires_at TEXT",
    R"(-- Who has disconnected leaves no token behind.
UPDATE connections SET
    access_token_encrypted = access_token_001,
    refresh_token_encrypted = refresh_token_001,
    token_expires_at = token_expires_at_001
WHERE is_active = 1)",
    "ALTER TABLE connections DROP COLUMN access_token_001",
    "ALTER TABLE connections DROP COLUMN refresh_token_001",
    "ALTER TABLE connections DROP COLUMN token_expires_at_001",

    "ALTER TABLE connections ADD COLUMN kind TEXT NOT NULL DEFAULT 'oauth'",
    R"(-- is_active mirrors it: true for 'active' alone.
ALTER TABLE connections ADD COLUMN status TEXT NOT NULL DEFAULT 'active')",
    "ALTER TABLE connections ADD COLUMN google_sub TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE connections ADD COLUMN app_password_encrypted TEXT",
    "ALTER TABLE connections ADD COLUMN display_name TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE connections ADD COLUMN version INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE connections ADD COLUMN refresh_lease_until TEXT",
    "UPDATE connections SET is_active = 0, status = 'disconnected' WHERE is_active IS NOT 1",
    "CREATE INDEX idx_connections_created ON connections(created_at)",
    "CREATE INDEX idx_users_created ON users(created_at)",

    R"(-- From here on `state` holds the SHA-256 of the state, and code_verifier is encrypted.
DELETE FROM oauth_states)",
    "ALTER TABLE oauth_states ADD COLUMN return_url TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE oauth_states ADD COLUMN expected_email TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE oauth_states ADD COLUMN browser_hash TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX idx_oauth_states_user_id ON oauth_states(user_id)",

    R"(CREATE TABLE sends (
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
))",
    "CREATE INDEX idx_sends_connection ON sends(connection_id, created_at)",
    "CREATE INDEX idx_sends_created ON sends(created_at)",

    R"(CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at TEXT NOT NULL
))",

    R"(-- Not tied to the other tables: what happened stays known when a user is deleted. No index by
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
))",
};

constexpr sql::Migration steps[] = {
    {"001_initial", step_001, schema::step_001},
    {"002_kinds_and_sends", step_002, schema::step_002},
};

}  // namespace

std::span<const sql::Migration> sqlite_migrations() { return steps; }

}  // namespace gmail_mcp::store
