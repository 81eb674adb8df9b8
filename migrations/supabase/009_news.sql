-- 009_news: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- What one process has changed and the others have to hear, kept for some minutes. what: 'mail' or
-- 'connection'. people: whose history changed, as a JSON array; NULL: too many to name. No foreign
-- key, because the end of a connection is news, too.
-- turn: the transaction that wrote it. Numbers of rows are given before a commit, so a reader who
-- asked for larger ones would miss rows that are committed later; it asks for the transactions that
-- were not over when it read before.
CREATE TABLE news (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    origin TEXT NOT NULL,
    what TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    people TEXT,
    turn BIGINT NOT NULL DEFAULT (pg_current_xact_id()::TEXT::BIGINT)
);

CREATE INDEX idx_news_connection ON news(connection_id);

CREATE INDEX idx_news_turn ON news(turn);

CREATE INDEX idx_leases_holder ON leases(holder, name);

CREATE FUNCTION tell_of_connection() RETURNS TRIGGER LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.status IN ('disconnected', 'removing') THEN
        DELETE FROM news WHERE connection_id = OLD.id::TEXT;
    END IF;
    INSERT INTO news (origin, what, connection_id) VALUES ('', 'connection', OLD.id::TEXT);
    RETURN NULL;
END
$$;

CREATE TRIGGER connection_changed AFTER UPDATE OF status ON connections
FOR EACH ROW WHEN (NEW.status IS DISTINCT FROM OLD.status) EXECUTE FUNCTION tell_of_connection();

CREATE TRIGGER connection_gone AFTER DELETE ON connections
FOR EACH ROW EXECUTE FUNCTION tell_of_connection();

-- Of an erased archive nobody is named any more.
CREATE FUNCTION forget_people_in_news() RETURNS TRIGGER LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE news SET people = NULL
    WHERE connection_id = OLD.connection_id::TEXT AND people IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER archive_gone AFTER DELETE ON archives
FOR EACH ROW EXECUTE FUNCTION forget_people_in_news();

ALTER TABLE news ENABLE ROW LEVEL SECURITY;

DO $$
DECLARE
    grantee TEXT;
BEGIN
    REVOKE ALL ON news FROM PUBLIC;
    REVOKE ALL ON SEQUENCE news_id_seq FROM PUBLIC;
    REVOKE ALL ON FUNCTION tell_of_connection(), forget_people_in_news() FROM PUBLIC;
    FOREACH grantee IN ARRAY ARRAY['anon', 'authenticated'] LOOP
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = grantee) THEN
            EXECUTE format('REVOKE ALL ON news FROM %I', grantee);
            EXECUTE format('REVOKE ALL ON SEQUENCE news_id_seq FROM %I', grantee);
            EXECUTE format('REVOKE ALL ON FUNCTION tell_of_connection(), '
                           'forget_people_in_news() FROM %I', grantee);
        END IF;
    END LOOP;
END
$$;

INSERT INTO schema_migrations (version) VALUES ('009_news') ON CONFLICT (version) DO NOTHING;

COMMIT;
