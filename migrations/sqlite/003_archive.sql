-- 003_archive: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

CREATE TABLE archives (
    account INTEGER PRIMARY KEY AUTOINCREMENT CHECK (account < 1048576),
    connection_id TEXT NOT NULL UNIQUE REFERENCES connections(id) ON DELETE CASCADE,
    cursor TEXT NOT NULL,
    step TEXT NOT NULL,
    walk INTEGER NOT NULL,
    walking TEXT NOT NULL CHECK (walking IN ('no', 'yes', 'over')),
    begun_at TEXT NOT NULL
);

-- A key is made of the account (20 bits), the second (33) and a place within it (10): one
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
);

CREATE INDEX idx_archive_threads ON archive_messages(account, thread_id, key)
    WHERE is_shown = 1;

-- sent_as: the Message-ID header of what was sent, by which a stand-in is found again.
CREATE INDEX idx_archive_sent ON archive_messages(account, sent_as) WHERE sent_as IS NOT NULL;

CREATE INDEX idx_archive_stand_ins ON archive_messages(account, sent_at)
    WHERE is_stand_in = 1;

-- found_*: what was put into the index, where that is not the subject and the plain body.
CREATE TABLE archive_texts (
    key INTEGER PRIMARY KEY,
    body_plain TEXT NOT NULL,
    body_html TEXT,
    found_subject TEXT,
    found_text TEXT
);

CREATE TABLE archive_correspondents (
    account INTEGER NOT NULL,
    email TEXT NOT NULL,
    key INTEGER NOT NULL,
    name TEXT NOT NULL,
    is_shown INTEGER NOT NULL,
    PRIMARY KEY (account, email, key)
) WITHOUT ROWID;

CREATE INDEX idx_archive_correspondents_key ON archive_correspondents(key);

CREATE TABLE archive_contacts (
    account INTEGER NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key INTEGER NOT NULL,
    message_count INTEGER NOT NULL,
    first_key INTEGER NOT NULL,
    last_key INTEGER NOT NULL,
    PRIMARY KEY (account, email)
) WITHOUT ROWID;

CREATE INDEX idx_archive_contacts_last ON archive_contacts(account, last_key);

CREATE TABLE archive_conversations (
    account INTEGER NOT NULL,
    thread_id TEXT NOT NULL,
    message_count INTEGER NOT NULL,
    unread_count INTEGER NOT NULL,
    first_key INTEGER NOT NULL,
    last_key INTEGER NOT NULL,
    PRIMARY KEY (account, thread_id)
) WITHOUT ROWID;

CREATE INDEX idx_archive_conversations_last ON archive_conversations(account, last_key);

-- What is left to do when nobody waits for it.
CREATE TABLE archive_chores (
    chore TEXT PRIMARY KEY
);

CREATE VIRTUAL TABLE archive_index USING fts5(subject, body, content='', columnsize=0,
    prefix='2 3', tokenize='unicode61 remove_diacritics 2');

-- What the index is still to be told: a trigger may not write to it, because the schema of a
-- file is not trusted (SQLITE_DBCONFIG_TRUSTED_SCHEMA). The statements that change messages end by
-- telling it. A command of NULL adds.
CREATE TABLE archive_index_changes (
    id INTEGER PRIMARY KEY,
    command TEXT,
    key INTEGER NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL
);

CREATE TRIGGER archive_message_added AFTER INSERT ON archive_messages
WHEN new.is_shown = 1
BEGIN
    INSERT INTO archive_conversations
        (account, thread_id, message_count, unread_count, first_key, last_key)
    VALUES (new.account, new.thread_id, 1, new.is_unread, new.key, new.key)
    ON CONFLICT (account, thread_id) DO UPDATE SET
        message_count = message_count + 1,
        unread_count = unread_count + excluded.unread_count,
        first_key = min(first_key, excluded.first_key),
        last_key = max(last_key, excluded.last_key);
END;

CREATE TRIGGER archive_message_shown AFTER UPDATE OF is_shown ON archive_messages
WHEN old.is_shown = 0 AND new.is_shown = 1
BEGIN
    INSERT INTO archive_index_changes (command, key, subject, body)
    SELECT NULL, t.key, coalesce(t.found_subject, new.subject), coalesce(t.found_text, t.body_plain)
    FROM archive_texts AS t WHERE t.key = new.key;
    UPDATE archive_correspondents SET is_shown = 1 WHERE key = new.key;
    INSERT INTO archive_conversations
        (account, thread_id, message_count, unread_count, first_key, last_key)
    VALUES (new.account, new.thread_id, 1, new.is_unread, new.key, new.key)
    ON CONFLICT (account, thread_id) DO UPDATE SET
        message_count = message_count + 1,
        unread_count = unread_count + excluded.unread_count,
        first_key = min(first_key, excluded.first_key),
        last_key = max(last_key, excluded.last_key);
END;

CREATE TRIGGER archive_message_hidden AFTER UPDATE OF is_shown ON archive_messages
WHEN old.is_shown = 1 AND new.is_shown = 0
BEGIN
    INSERT INTO archive_index_changes (command, key, subject, body)
    SELECT 'delete', t.key, coalesce(t.found_subject, old.subject),
        coalesce(t.found_text, t.body_plain)
    FROM archive_texts AS t WHERE t.key = old.key AND old.is_shown = 1;
    UPDATE archive_correspondents SET is_shown = 0 WHERE key = old.key;
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
    WHERE account = old.account AND thread_id = old.thread_id AND message_count = 0;
END;

CREATE TRIGGER archive_message_removed AFTER DELETE ON archive_messages
BEGIN
    INSERT INTO archive_index_changes (command, key, subject, body)
    SELECT 'delete', t.key, coalesce(t.found_subject, old.subject),
        coalesce(t.found_text, t.body_plain)
    FROM archive_texts AS t WHERE t.key = old.key AND old.is_shown = 1;
    DELETE FROM archive_texts WHERE key = old.key;
    DELETE FROM archive_correspondents WHERE key = old.key;
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
    WHERE account = old.account AND thread_id = old.thread_id AND message_count = 0;
END;

CREATE TRIGGER archive_message_read AFTER UPDATE OF is_unread ON archive_messages
WHEN old.is_shown = 1 AND new.is_shown = 1 AND old.is_unread <> new.is_unread
BEGIN
    UPDATE archive_conversations SET unread_count = unread_count + new.is_unread - old.is_unread
    WHERE account = new.account AND thread_id = new.thread_id;
END;

CREATE TRIGGER archive_correspondent_added AFTER INSERT ON archive_correspondents
WHEN new.is_shown = 1
BEGIN
    INSERT INTO archive_contacts
        (account, email, name, name_key, message_count, first_key, last_key)
    VALUES (new.account, new.email, new.name, CASE WHEN new.name = '' THEN 0 ELSE new.key END, 1,
        new.key, new.key)
    ON CONFLICT (account, email) DO UPDATE SET
        name = CASE WHEN excluded.name_key > name_key THEN excluded.name ELSE name END,
        name_key = max(name_key, excluded.name_key),
        message_count = message_count + 1,
        first_key = min(first_key, excluded.first_key),
        last_key = max(last_key, excluded.last_key);
END;

CREATE TRIGGER archive_correspondent_shown AFTER UPDATE OF is_shown
ON archive_correspondents WHEN old.is_shown = 0 AND new.is_shown = 1
BEGIN
    INSERT INTO archive_contacts
        (account, email, name, name_key, message_count, first_key, last_key)
    VALUES (new.account, new.email, new.name, CASE WHEN new.name = '' THEN 0 ELSE new.key END, 1,
        new.key, new.key)
    ON CONFLICT (account, email) DO UPDATE SET
        name = CASE WHEN excluded.name_key > name_key THEN excluded.name ELSE name END,
        name_key = max(name_key, excluded.name_key),
        message_count = message_count + 1,
        first_key = min(first_key, excluded.first_key),
        last_key = max(last_key, excluded.last_key);
END;

CREATE TRIGGER archive_correspondent_hidden AFTER UPDATE OF is_shown
ON archive_correspondents WHEN old.is_shown = 1 AND new.is_shown = 0
BEGIN
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
    WHERE account = old.account AND email = old.email AND message_count = 0;
END;

CREATE TRIGGER archive_correspondent_removed AFTER DELETE ON archive_correspondents
WHEN old.is_shown = 1
BEGIN
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
    WHERE account = old.account AND email = old.email AND message_count = 0;
END;

-- The index only marks what was deleted; its pages are to be rewritten without it.
CREATE TRIGGER archive_removed AFTER DELETE ON archives
BEGIN
    INSERT INTO archive_chores (chore) VALUES ('scrub') ON CONFLICT DO NOTHING;
END;

INSERT INTO schema_migrations (version) VALUES ('003_archive') ON CONFLICT (version) DO NOTHING;

COMMIT;
