-- 007_erasure: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- Since when Google no longer accepts the credential: what is kept of the mailbox is erased some
-- days later, unless the person connects again. From the upgrade on for those of earlier versions.
ALTER TABLE connections ADD COLUMN lost_at TEXT;

-- What of it is still to be erased: 'sends', 'everything', or nothing.
ALTER TABLE connections ADD COLUMN erasing TEXT NOT NULL DEFAULT '';

UPDATE connections SET lost_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
WHERE status = 'reconnect_required'
AND (kind = 'app_password' OR refresh_token_encrypted IS NOT NULL);

-- Earlier versions kept for ever what was archived of accounts that were disconnected.
UPDATE connections SET erasing = 'everything' WHERE status = 'disconnected';

-- The words of single messages stay in the index, too, until its pages are rewritten.
CREATE TRIGGER archive_message_gone AFTER DELETE ON archive_messages
BEGIN
    INSERT INTO archive_chores (chore) VALUES ('removed') ON CONFLICT DO NOTHING;
END;

INSERT INTO schema_migrations (version) VALUES ('007_erasure') ON CONFLICT (version) DO NOTHING;

COMMIT;
