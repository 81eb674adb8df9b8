-- 009_news: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- What one process has changed and the others have to hear, kept for some minutes. what: 'mail' or
-- 'connection'. people: whose history changed, as a JSON array; NULL: too many to name. No foreign
-- key, because the end of a connection is news, too.
CREATE TABLE news (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    origin TEXT NOT NULL,
    what TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    people TEXT
);

CREATE INDEX idx_news_connection ON news(connection_id);

CREATE INDEX idx_leases_holder ON leases(holder, name);

CREATE TRIGGER connection_changed AFTER UPDATE OF status ON connections
WHEN NEW.status <> OLD.status
BEGIN
    DELETE FROM news WHERE connection_id = OLD.id AND NEW.status IN ('disconnected', 'removing');
    INSERT INTO news (origin, what, connection_id) VALUES ('', 'connection', NEW.id);
END;

CREATE TRIGGER connection_gone AFTER DELETE ON connections
BEGIN
    DELETE FROM news WHERE connection_id = OLD.id;
    INSERT INTO news (origin, what, connection_id) VALUES ('', 'connection', OLD.id);
END;

-- What is removed from the pages of the search index must not be left here.
CREATE TRIGGER scrubbing_begun AFTER DELETE ON archive_chores
WHEN OLD.chore = 'scrub'
BEGIN
    UPDATE news SET people = NULL WHERE people IS NOT NULL;
END;

INSERT INTO schema_migrations (version) VALUES ('009_news') ON CONFLICT (version) DO NOTHING;

COMMIT;
