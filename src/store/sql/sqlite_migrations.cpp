#include "sql/compose.h"
#include "store/sql/migrations.h"
#include "store/sql/schema.h"

namespace gmail_mcp::store {

namespace {

using sql::compose;

constexpr sql::Sql sqlite_step_001[] = {
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

constexpr sql::Sql sqlite_step_002[] = {
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

// Contacts and conversations follow from the messages that are shown: by triggers, so that they are
// right whichever statement, or cascade, changes the messages.
constexpr char into_conversation[] = R"(
    INSERT INTO archive_conversations
        (account, thread_id, message_count, unread_count, first_key, last_key)
    VALUES (new.account, new.thread_id, 1, new.is_unread, new.key, new.key)
    ON CONFLICT (account, thread_id) DO UPDATE SET
        message_count = message_count + 1,
        unread_count = unread_count + excluded.unread_count,
        first_key = min(first_key, excluded.first_key),
        last_key = max(last_key, excluded.last_key);)";
constexpr char out_of_conversation[] = R"(
    UPDATE archive_conversations SET
        message_count = message_count - 1,
        unread_count = unread_count - old.is_unread,
        first_key = CASE WHEN first_key < old.key THEN first_key ELSE coalesce((SELECT min(m.key)
            FROM archive_messages AS m WHERE m.account = old.account
            AND m.thread_id = old.thread_id AND m.is_shown = 1), 0) END,
        last_key = CASE WHEN last_key > old.key THEN last_key ELSE coalesce((SELECT max(m.key)
            FROM archive_messages AS m WHERE m.account = old.account
            AND m.thread_id = old.thread_id AND m.is_shown = 1), 0) END
    WHERE old.is_shown = 1 AND account = old.account AND thread_id = old.thread_id;
    DELETE FROM archive_conversations
    WHERE account = old.account AND thread_id = old.thread_id AND message_count = 0;)";
constexpr char out_of_index[] = R"(
    INSERT INTO archive_index_changes (command, key, subject, body)
    SELECT 'delete', t.key, coalesce(t.found_subject, old.subject),
        coalesce(t.found_text, t.body_plain)
    FROM archive_texts AS t WHERE t.key = old.key AND old.is_shown = 1;)";
constexpr auto message_added = compose(
    "CREATE TRIGGER archive_message_added AFTER INSERT ON archive_messages\n"
    "WHEN new.is_shown = 1\nBEGIN",
    into_conversation, "\nEND");
constexpr auto message_shown = compose(
    "CREATE TRIGGER archive_message_shown AFTER UPDATE OF is_shown ON archive_messages\n"
    "WHEN old.is_shown = 0 AND new.is_shown = 1\nBEGIN",
    R"(
    INSERT INTO archive_index_changes (command, key, subject, body)
    SELECT NULL, t.key, coalesce(t.found_subject, new.subject), coalesce(t.found_text, t.body_plain)
    FROM archive_texts AS t WHERE t.key = new.key;
    UPDATE archive_correspondents SET is_shown = 1 WHERE key = new.key;)",
    into_conversation, "\nEND");
constexpr auto message_hidden = compose(
    "CREATE TRIGGER archive_message_hidden AFTER UPDATE OF is_shown ON archive_messages\n"
    "WHEN old.is_shown = 1 AND new.is_shown = 0\nBEGIN",
    out_of_index, R"(
    UPDATE archive_correspondents SET is_shown = 0 WHERE key = old.key;)",
    out_of_conversation, "\nEND");
constexpr auto message_removed =
    compose("CREATE TRIGGER archive_message_removed AFTER DELETE ON archive_messages\nBEGIN",
            out_of_index, R"(
    DELETE FROM archive_texts WHERE key = old.key;
    DELETE FROM archive_correspondents WHERE key = old.key;)",
            out_of_conversation, "\nEND");

constexpr char into_contact[] = R"(
    INSERT INTO archive_contacts
        (account, email, name, name_key, message_count, first_key, last_key)
    VALUES (new.account, new.email, new.name, CASE WHEN new.name = '' THEN 0 ELSE new.key END, 1,
        new.key, new.key)
    ON CONFLICT (account, email) DO UPDATE SET
        name = CASE WHEN excluded.name_key > name_key THEN excluded.name ELSE name END,
        name_key = max(name_key, excluded.name_key),
        message_count = message_count + 1,
        first_key = min(first_key, excluded.first_key),
        last_key = max(last_key, excluded.last_key);)";
constexpr char out_of_contact[] = R"(
    UPDATE archive_contacts SET
        message_count = message_count - 1,
        first_key = CASE WHEN first_key < old.key THEN first_key ELSE coalesce((SELECT min(p.key)
            FROM archive_correspondents AS p
            WHERE p.account = old.account AND p.email = old.email AND p.is_shown = 1), 0) END,
        last_key = CASE WHEN last_key > old.key THEN last_key ELSE coalesce((SELECT max(p.key)
            FROM archive_correspondents AS p
            WHERE p.account = old.account AND p.email = old.email AND p.is_shown = 1), 0) END
    WHERE account = old.account AND email = old.email;
    UPDATE archive_contacts SET (name, name_key) = (SELECT coalesce(max(n.name), ''),
        coalesce(max(n.key), 0) FROM (SELECT p.name, p.key FROM archive_correspondents AS p
            WHERE p.account = old.account AND p.email = old.email AND p.is_shown = 1
            AND p.name <> '' ORDER BY p.key DESC LIMIT 1) AS n)
    WHERE account = old.account AND email = old.email AND name_key = old.key;
    DELETE FROM archive_contacts
    WHERE account = old.account AND email = old.email AND message_count = 0;)";
constexpr auto correspondent_added = compose(
    "CREATE TRIGGER archive_correspondent_added AFTER INSERT ON archive_correspondents\n"
    "WHEN new.is_shown = 1\nBEGIN",
    into_contact, "\nEND");
constexpr auto correspondent_shown = compose(
    "CREATE TRIGGER archive_correspondent_shown AFTER UPDATE OF is_shown\n"
    "ON archive_correspondents WHEN old.is_shown = 0 AND new.is_shown = 1\nBEGIN",
    into_contact, "\nEND");
constexpr auto correspondent_hidden = compose(
    "CREATE TRIGGER archive_correspondent_hidden AFTER UPDATE OF is_shown\n"
    "ON archive_correspondents WHEN old.is_shown = 1 AND new.is_shown = 0\nBEGIN",
    out_of_contact, "\nEND");
constexpr auto correspondent_removed = compose(
    "CREATE TRIGGER archive_correspondent_removed AFTER DELETE ON archive_correspondents\n"
    "WHEN old.is_shown = 1\nBEGIN",
    out_of_contact, "\nEND");

template <std::size_t N>
consteval sql::Sql as_sql(const std::array<char, N>& text) {
  return sql::Sql{text.data()};
}

constexpr sql::Sql sqlite_step_003[] = {
    R"(CREATE TABLE archives (
    account INTEGER PRIMARY KEY AUTOINCREMENT CHECK (account < 1048576),
    connection_id TEXT NOT NULL UNIQUE REFERENCES connections(id) ON DELETE CASCADE,
    cursor TEXT NOT NULL,
    step TEXT NOT NULL,
    walk INTEGER NOT NULL,
    walking TEXT NOT NULL CHECK (walking IN ('no', 'yes', 'over')),
    begun_at TEXT NOT NULL
))",

    R"(-- A key is made of the account (20 bits), the second (33) and a place within it (10): one
-- account's messages are one range, and the order of keys is the order of time. That is the order
-- the index below gives without sorting.
CREATE TABLE archive_messages (
    key INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES archives(account) ON DELETE CASCADE,
    message_id TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    is_sent INTEGER NOT NULL,
    is_shown INTEGER NOT NULL,
    is_unread INTEGER NOT NULL,
    is_stand_in INTEGER NOT NULL,
    walk INTEGER NOT NULL,
    size INTEGER NOT NULL,
    sent_as TEXT,
    subject TEXT NOT NULL,
    snippet TEXT NOT NULL,
    labels TEXT NOT NULL,
    correspondents TEXT NOT NULL,
    details TEXT NOT NULL,
    UNIQUE(account, message_id)
))",
    R"(CREATE INDEX idx_archive_threads ON archive_messages(account, thread_id, key)
    WHERE is_shown = 1)",
    R"(-- sent_as: the Message-ID header of what was sent, by which a stand-in is found again.
CREATE INDEX idx_archive_sent ON archive_messages(account, sent_as) WHERE sent_as IS NOT NULL)",
    R"(CREATE INDEX idx_archive_stand_ins ON archive_messages(account, sent_at)
    WHERE is_stand_in = 1)",

    R"(-- found_*: what was put into the index, where that is not the subject and the plain body.
CREATE TABLE archive_texts (
    key INTEGER PRIMARY KEY,
    body_plain TEXT NOT NULL,
    body_html TEXT,
    found_subject TEXT,
    found_text TEXT
))",
    R"(CREATE TABLE archive_correspondents (
    account INTEGER NOT NULL,
    email TEXT NOT NULL,
    key INTEGER NOT NULL,
    name TEXT NOT NULL,
    is_shown INTEGER NOT NULL,
    PRIMARY KEY (account, email, key)
) WITHOUT ROWID)",
    "CREATE INDEX idx_archive_correspondents_key ON archive_correspondents(key)",
    R"(CREATE TABLE archive_contacts (
    account INTEGER NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key INTEGER NOT NULL,
    message_count INTEGER NOT NULL,
    first_key INTEGER NOT NULL,
    last_key INTEGER NOT NULL,
    PRIMARY KEY (account, email)
) WITHOUT ROWID)",
    "CREATE INDEX idx_archive_contacts_last ON archive_contacts(account, last_key)",
    R"(CREATE TABLE archive_conversations (
    account INTEGER NOT NULL,
    thread_id TEXT NOT NULL,
    message_count INTEGER NOT NULL,
    unread_count INTEGER NOT NULL,
    first_key INTEGER NOT NULL,
    last_key INTEGER NOT NULL,
    PRIMARY KEY (account, thread_id)
) WITHOUT ROWID)",
    "CREATE INDEX idx_archive_conversations_last ON archive_conversations(account, last_key)",
    R"(-- What is left to do when nobody waits for it.
CREATE TABLE archive_chores (
    chore TEXT PRIMARY KEY
))",

    R"(CREATE VIRTUAL TABLE archive_index USING fts5(subject, body, content='', columnsize=0,
    prefix='2 3', tokenize='unicode61 remove_diacritics 2'))",

    R"(-- What the index is still to be told: a trigger may not write to it, because the schema of a
-- file is not trusted (SQLITE_DBCONFIG_TRUSTED_SCHEMA). The statements that change messages end by
-- telling it. A command of NULL adds.
CREATE TABLE archive_index_changes (
    id INTEGER PRIMARY KEY,
    command TEXT,
    key INTEGER NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL
))",

    as_sql(message_added),
    as_sql(message_shown),
    as_sql(message_hidden),
    as_sql(message_removed),
    R"(CREATE TRIGGER archive_message_read AFTER UPDATE OF is_unread ON archive_messages
WHEN old.is_shown = 1 AND new.is_shown = 1 AND old.is_unread <> new.is_unread
BEGIN
    UPDATE archive_conversations SET unread_count = unread_count + new.is_unread - old.is_unread
    WHERE account = new.account AND thread_id = new.thread_id;
END)",
    as_sql(correspondent_added),
    as_sql(correspondent_shown),
    as_sql(correspondent_hidden),
    as_sql(correspondent_removed),
    R"(-- The index only marks what was deleted; its pages are to be rewritten without it.
CREATE TRIGGER archive_removed AFTER DELETE ON archives
BEGIN
    INSERT INTO archive_chores (chore) VALUES ('scrub') ON CONFLICT DO NOTHING;
END)",
};

constexpr sql::Sql sqlite_step_004[] = {
    R"(-- What an account had sent before it was removed here, by the hour: kept for two days, so that to
-- add it again does not begin its day anew. account: a keyed digest of the user and the address.
CREATE TABLE spent_sends (
    account TEXT NOT NULL,
    hour TEXT NOT NULL,
    sends INTEGER NOT NULL,
    PRIMARY KEY (account, hour)
) WITHOUT ROWID)",
    "CREATE INDEX idx_spent_sends_hour ON spent_sends(hour)",
    R"(-- The user whom a caller named that may not act for that one; user_id is the caller's own then.
ALTER TABLE audit ADD COLUMN asked_for TEXT NOT NULL DEFAULT '')",
};

constexpr sql::Sql sqlite_step_005[] = {
    R"(-- How the mailbox itself did since it was connected: a server that cannot be reached costs no
-- credential, and whoever looks after the accounts wants to see it.
ALTER TABLE connections ADD COLUMN last_ok_at TEXT)",
    "ALTER TABLE connections ADD COLUMN last_error_at TEXT",
    "ALTER TABLE connections ADD COLUMN last_error TEXT NOT NULL DEFAULT ''",
};

constexpr sql::Sql sqlite_step_006[] = {
    R"(-- Where the server keeps a message (a folder with its UIDVALIDITY, and the UID): so that of two
-- messages of one second the first is known, and what is gone from a folder.
ALTER TABLE archive_messages ADD COLUMN folder TEXT NOT NULL DEFAULT '')",
    "ALTER TABLE archive_messages ADD COLUMN uid INTEGER NOT NULL DEFAULT 0",
    R"(-- Which version of the program's reading the row is of; below 0: how often it could not be read
-- anew.
ALTER TABLE archive_messages ADD COLUMN reading INTEGER NOT NULL DEFAULT 0)",
    R"(CREATE INDEX idx_archive_spots ON archive_messages(account, folder, uid)
    WHERE folder <> '')",
    "CREATE INDEX idx_archive_readings ON archive_messages(account, reading)",
};

constexpr sql::Sql sqlite_step_007[] = {
    R"(-- Since when Google no longer accepts the credential: what is kept of the mailbox is erased some
-- days later, unless the person connects again. From the upgrade on for those of earlier versions.
ALTER TABLE connections ADD COLUMN lost_at TEXT)",
    R"(-- What of it is still to be erased: 'sends', 'everything', or nothing.
ALTER TABLE connections ADD COLUMN erasing TEXT NOT NULL DEFAULT '')",
    R"(UPDATE connections SET lost_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE status = 'reconnect_required'
AND (kind = 'app_password' OR refresh_token_encrypted IS NOT NULL))",
    R"(-- Earlier versions kept for ever what was archived of accounts that were disconnected.
UPDATE connections SET erasing = 'everything' WHERE status = 'disconnected')",
    R"(-- The words of single messages stay in the index, too, until its pages are rewritten.
CREATE TRIGGER archive_message_gone AFTER DELETE ON archive_messages
BEGIN
    INSERT INTO archive_chores (chore) VALUES ('removed') ON CONFLICT DO NOTHING;
END)",
};

constexpr sql::Migration sqlite_steps[] = {
    {"001_initial", sqlite_step_001, schema::step_001},
    {"002_kinds_and_sends", sqlite_step_002, schema::step_002},
    {"003_archive", sqlite_step_003, schema::step_003},
    {"004_whose_limit", sqlite_step_004, schema::step_004},
    {"005_condition", sqlite_step_005, schema::step_005},
    {"006_readings", sqlite_step_006, schema::step_006},
    {"007_erasure", sqlite_step_007, schema::step_007},
};

}  // namespace

std::span<const sql::Migration> sqlite_migrations() { return sqlite_steps; }

}  // namespace gmail_mcp::store
