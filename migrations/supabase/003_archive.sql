-- 003_archive: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

CREATE TABLE archives (
    account BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (account < 1048576),
    connection_id UUID NOT NULL UNIQUE REFERENCES connections(id) ON DELETE CASCADE,
    cursor TEXT NOT NULL,
    step TEXT NOT NULL,
    walk BIGINT NOT NULL,
    walking TEXT NOT NULL CHECK (walking IN ('no', 'yes', 'over')),
    begun_at TIMESTAMPTZ NOT NULL
);

-- A key is made of the account (20 bits), the second (33) and a place within it (10): one
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
);

CREATE INDEX idx_archive_threads ON archive_messages(account, thread_id, key)
    WHERE is_shown;

-- sent_as: the Message-ID header of what was sent, by which a stand-in is found again.
CREATE INDEX idx_archive_sent ON archive_messages(account, sent_as) WHERE sent_as IS NOT NULL;

CREATE INDEX idx_archive_stand_ins ON archive_messages(account, sent_at)
    WHERE is_stand_in;

-- found_*: what is searched, where that is not the subject and the plain body.
CREATE TABLE archive_texts (
    key BIGINT PRIMARY KEY REFERENCES archive_messages(key) ON DELETE CASCADE,
    body_plain TEXT NOT NULL,
    body_html TEXT,
    found_subject TEXT,
    found_text TEXT
);

CREATE TABLE archive_correspondents (
    account BIGINT NOT NULL,
    email TEXT NOT NULL,
    key BIGINT NOT NULL REFERENCES archive_messages(key) ON DELETE CASCADE,
    name TEXT NOT NULL,
    is_shown BOOLEAN NOT NULL,
    PRIMARY KEY (account, email, key)
);

CREATE INDEX idx_archive_correspondents_key ON archive_correspondents(key);

CREATE TABLE archive_contacts (
    account BIGINT NOT NULL REFERENCES archives(account) ON DELETE CASCADE,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key BIGINT NOT NULL,
    message_count BIGINT NOT NULL,
    first_key BIGINT NOT NULL,
    last_key BIGINT NOT NULL,
    PRIMARY KEY (account, email)
);

CREATE INDEX idx_archive_contacts_last ON archive_contacts(account, last_key);

CREATE TABLE archive_conversations (
    account BIGINT NOT NULL REFERENCES archives(account) ON DELETE CASCADE,
    thread_id TEXT NOT NULL,
    message_count BIGINT NOT NULL,
    unread_count BIGINT NOT NULL,
    first_key BIGINT NOT NULL,
    last_key BIGINT NOT NULL,
    PRIMARY KEY (account, thread_id)
);

CREATE INDEX idx_archive_conversations_last ON archive_conversations(account, last_key);

-- What is left to do when nobody waits for it.
CREATE TABLE archive_chores (
    chore TEXT PRIMARY KEY
);

ALTER TABLE archives ENABLE ROW LEVEL SECURITY;

ALTER TABLE archive_messages ENABLE ROW LEVEL SECURITY;

ALTER TABLE archive_texts ENABLE ROW LEVEL SECURITY;

ALTER TABLE archive_correspondents ENABLE ROW LEVEL SECURITY;

ALTER TABLE archive_contacts ENABLE ROW LEVEL SECURITY;

ALTER TABLE archive_conversations ENABLE ROW LEVEL SECURITY;

ALTER TABLE archive_chores ENABLE ROW LEVEL SECURITY;

DO $$
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
$$;

INSERT INTO schema_migrations (version) VALUES ('003_archive') ON CONFLICT (version) DO NOTHING;

COMMIT;
