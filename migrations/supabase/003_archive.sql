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
-- account's messages are one range, and the order of keys is the order of time. Texts are in the
-- order of their bytes, whatever the language of the server; is_*: 0 or 1.
CREATE TABLE archive_messages (
    key BIGINT PRIMARY KEY,
    account BIGINT NOT NULL REFERENCES archives(account) ON DELETE CASCADE,
    message_id TEXT COLLATE "C" NOT NULL,
    thread_id TEXT COLLATE "C" NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL,
    is_sent INTEGER NOT NULL,
    is_shown INTEGER NOT NULL,
    is_unread INTEGER NOT NULL,
    is_stand_in INTEGER NOT NULL,
    walk BIGINT NOT NULL,
    size BIGINT NOT NULL,
    sent_as TEXT COLLATE "C",
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

-- found_text: what is searched, where that is not the plain body.
CREATE TABLE archive_texts (
    key BIGINT PRIMARY KEY REFERENCES archive_messages(key) ON DELETE CASCADE,
    body_plain TEXT NOT NULL,
    body_html TEXT,
    found_subject TEXT,
    found_text TEXT
);

-- The words of each message, made by the program, not by to_tsvector(): '~7', its account;
-- ':offer', a word of the subject; 'offer', a word of the subject or the text; '+', it is too long
-- for phrases. Apart from the texts, because a search reads many of these rows.
CREATE TABLE archive_words (
    key BIGINT PRIMARY KEY REFERENCES archive_messages(key) ON DELETE CASCADE,
    words TSVECTOR NOT NULL
);

-- Without fastupdate: every search would read the whole list of what is still to be added.
CREATE INDEX idx_archive_words ON archive_words USING gin(words) WITH (fastupdate = off);

CREATE TABLE archive_correspondents (
    account BIGINT NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    key BIGINT NOT NULL REFERENCES archive_messages(key) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    is_shown INTEGER NOT NULL,
    PRIMARY KEY (account, email, key)
);

CREATE INDEX idx_archive_correspondents_key ON archive_correspondents(key);

CREATE TABLE archive_contacts (
    account BIGINT NOT NULL REFERENCES archives(account) ON DELETE CASCADE,
    email TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    name_key BIGINT NOT NULL,
    message_count BIGINT NOT NULL,
    first_key BIGINT NOT NULL,
    last_key BIGINT NOT NULL,
    PRIMARY KEY (account, email)
);

CREATE INDEX idx_archive_contacts_last ON archive_contacts(account, last_key);

CREATE TABLE archive_conversations (
    account BIGINT NOT NULL REFERENCES archives(account) ON DELETE CASCADE,
    thread_id TEXT COLLATE "C" NOT NULL,
    message_count BIGINT NOT NULL,
    unread_count BIGINT NOT NULL,
    first_key BIGINT NOT NULL,
    last_key BIGINT NOT NULL,
    PRIMARY KEY (account, thread_id)
);

CREATE INDEX idx_archive_conversations_last ON archive_conversations(account, last_key);

-- What is left to do when nobody waits for it: nothing here, where VACUUM does it.
CREATE TABLE archive_chores (
    chore TEXT PRIMARY KEY
);

-- Contacts and conversations follow from the messages, in the same transaction. The program's
-- changes of one archive begin by locking its row in `archives`, so two of them never meet here.
CREATE FUNCTION gmail_mcp_message_shown() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE archive_correspondents SET is_shown = 1 WHERE key = new.key;
    END IF;
    INSERT INTO archive_conversations AS v
        (account, thread_id, message_count, unread_count, first_key, last_key)
    VALUES (new.account, new.thread_id, 1, new.is_unread, new.key, new.key)
    ON CONFLICT (account, thread_id) DO UPDATE SET
        message_count = v.message_count + 1,
        unread_count = v.unread_count + excluded.unread_count,
        first_key = least(v.first_key, excluded.first_key),
        last_key = greatest(v.last_key, excluded.last_key);
    RETURN NULL;
END
$$;

CREATE FUNCTION gmail_mcp_message_hidden() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE archive_correspondents SET is_shown = 0 WHERE key = old.key;
    END IF;
    UPDATE archive_conversations AS v SET
        message_count = v.message_count - 1,
        unread_count = v.unread_count - old.is_unread,
        first_key = CASE WHEN v.first_key < old.key THEN v.first_key ELSE coalesce(
            (SELECT min(m.key) FROM archive_messages AS m WHERE m.account = old.account
             AND m.thread_id = old.thread_id AND m.is_shown = 1), 0) END,
        last_key = CASE WHEN v.last_key > old.key THEN v.last_key ELSE coalesce(
            (SELECT max(m.key) FROM archive_messages AS m WHERE m.account = old.account
             AND m.thread_id = old.thread_id AND m.is_shown = 1), 0) END
    WHERE v.account = old.account AND v.thread_id = old.thread_id;
    DELETE FROM archive_conversations AS v
    WHERE v.account = old.account AND v.thread_id = old.thread_id AND v.message_count = 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION gmail_mcp_message_read() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE archive_conversations AS v
    SET unread_count = v.unread_count + new.is_unread - old.is_unread
    WHERE v.account = new.account AND v.thread_id = new.thread_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION gmail_mcp_correspondent_shown() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO archive_contacts AS p
        (account, email, name, name_key, message_count, first_key, last_key)
    VALUES (new.account, new.email, new.name, CASE WHEN new.name = '' THEN 0 ELSE new.key END, 1,
        new.key, new.key)
    ON CONFLICT (account, email) DO UPDATE SET
        name = CASE WHEN excluded.name_key > p.name_key THEN excluded.name ELSE p.name END,
        name_key = greatest(p.name_key, excluded.name_key),
        message_count = p.message_count + 1,
        first_key = least(p.first_key, excluded.first_key),
        last_key = greatest(p.last_key, excluded.last_key);
    RETURN NULL;
END
$$;

CREATE FUNCTION gmail_mcp_correspondent_hidden() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE archive_contacts AS p SET
        message_count = p.message_count - 1,
        first_key = CASE WHEN p.first_key < old.key THEN p.first_key ELSE coalesce(
            (SELECT min(o.key) FROM archive_correspondents AS o WHERE o.account = old.account
             AND o.email = old.email AND o.is_shown = 1), 0) END,
        last_key = CASE WHEN p.last_key > old.key THEN p.last_key ELSE coalesce(
            (SELECT max(o.key) FROM archive_correspondents AS o WHERE o.account = old.account
             AND o.email = old.email AND o.is_shown = 1), 0) END
    WHERE p.account = old.account AND p.email = old.email;
    UPDATE archive_contacts AS p SET (name, name_key) = (SELECT coalesce(max(n.name), ''),
        coalesce(max(n.key), 0) FROM (SELECT o.name, o.key FROM archive_correspondents AS o
            WHERE o.account = old.account AND o.email = old.email AND o.is_shown = 1
            AND o.name <> '' ORDER BY o.key DESC LIMIT 1) AS n)
    WHERE p.account = old.account AND p.email = old.email AND p.name_key = old.key;
    DELETE FROM archive_contacts AS p
    WHERE p.account = old.account AND p.email = old.email AND p.message_count = 0;
    RETURN NULL;
END
$$;

CREATE TRIGGER archive_message_added AFTER INSERT ON archive_messages
    FOR EACH ROW WHEN (new.is_shown = 1) EXECUTE FUNCTION gmail_mcp_message_shown();

CREATE TRIGGER archive_message_shown AFTER UPDATE OF is_shown ON archive_messages
    FOR EACH ROW WHEN (old.is_shown = 0 AND new.is_shown = 1)
    EXECUTE FUNCTION gmail_mcp_message_shown();

CREATE TRIGGER archive_message_hidden AFTER UPDATE OF is_shown ON archive_messages
    FOR EACH ROW WHEN (old.is_shown = 1 AND new.is_shown = 0)
    EXECUTE FUNCTION gmail_mcp_message_hidden();

CREATE TRIGGER archive_message_removed AFTER DELETE ON archive_messages
    FOR EACH ROW WHEN (old.is_shown = 1) EXECUTE FUNCTION gmail_mcp_message_hidden();

CREATE TRIGGER archive_message_read AFTER UPDATE OF is_unread ON archive_messages
    FOR EACH ROW WHEN (old.is_shown = 1 AND new.is_shown = 1 AND old.is_unread <> new.is_unread)
    EXECUTE FUNCTION gmail_mcp_message_read();

CREATE TRIGGER archive_correspondent_added AFTER INSERT ON archive_correspondents
    FOR EACH ROW WHEN (new.is_shown = 1) EXECUTE FUNCTION gmail_mcp_correspondent_shown();

CREATE TRIGGER archive_correspondent_shown AFTER UPDATE OF is_shown ON archive_correspondents
    FOR EACH ROW WHEN (old.is_shown = 0 AND new.is_shown = 1)
    EXECUTE FUNCTION gmail_mcp_correspondent_shown();

CREATE TRIGGER archive_correspondent_hidden AFTER UPDATE OF is_shown ON archive_correspondents
    FOR EACH ROW WHEN (old.is_shown = 1 AND new.is_shown = 0)
    EXECUTE FUNCTION gmail_mcp_correspondent_hidden();

CREATE TRIGGER archive_correspondent_removed AFTER DELETE ON archive_correspondents
    FOR EACH ROW WHEN (old.is_shown = 1) EXECUTE FUNCTION gmail_mcp_correspondent_hidden();

-- Whether a message meets the conditions of a search: [kind, is excluded, ...] each. It must not
-- match an excluded one, and must match all others. Patterns ignore the case of ASCII alone.
CREATE FUNCTION gmail_mcp_meets(conditions JSONB, is_sent INTEGER, labels TEXT, details TEXT)
RETURNS BOOLEAN LANGUAGE plpgsql IMMUTABLE SET search_path FROM CURRENT AS $$
DECLARE
    one JSONB;
    holds BOOLEAN;
BEGIN
    FOR one IN SELECT jsonb_array_elements(conditions) LOOP
        IF one->>0 = 'sent' THEN
            holds := is_sent = 1;
        ELSIF one->>0 = 'labelled' THEN
            holds := CAST(labels AS JSONB) @> jsonb_build_array(one->2);
        ELSIF one->>0 = 'attachment' THEN
            holds := EXISTS (SELECT 1
                FROM jsonb_path_query(CAST(details AS JSONB), '$.attachments[*][6]') AS is_file
                WHERE is_file = 'true');
        ELSE
            holds := EXISTS (SELECT 1 FROM jsonb_array_elements_text(one->3) AS field,
                jsonb_path_query(CAST(details AS JSONB), CAST(field || '[*][*]' AS JSONPATH)) AS p,
                jsonb_array_elements_text(one->2) AS pattern
                WHERE lower((p #>> '{}') COLLATE "C") LIKE lower(pattern COLLATE "C"));
        END IF;
        IF holds = CAST(one->>1 AS BOOLEAN) THEN
            RETURN FALSE;
        END IF;
    END LOOP;
    RETURN TRUE;
END
$$;

-- Keys and sizes of the messages that match `wanted`, newest first. First the newest messages are
-- looked at in their order, until enough match or it has taken long: that answers for words in many
-- messages. What is in fewer is then asked of the index of words, and sorted. Each way alone would
-- read every message of the account for some words. wanted: terms with a line and & between them.
-- below, since: positions, which are keys without their account. details_like, labels_like:
-- patterns that must match, or NULL.
CREATE FUNCTION gmail_mcp_search(its_connection UUID, only_user TEXT, wanted TEXT, below BIGINT,
    most BIGINT, conditions TEXT, since BIGINT, details_like TEXT, labels_like TEXT)
RETURNS TABLE (key BIGINT, size BIGINT) LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    query TSQUERY;
    tests JSONB := CAST(conditions AS JSONB);
    has_tests BOOLEAN := conditions <> '[]';
    its_account BIGINT;
    lowest BIGINT;
    highest BIGINT;  -- excluded
    edge BIGINT;
    still BIGINT := most;
    began TIMESTAMPTZ := clock_timestamp();
    parts INTEGER := 0;
    patience INTERVAL := INTERVAL '3 milliseconds';
    sample BIGINT[];
    term TEXT;
    rare TSQUERY;
    hit RECORD;
BEGIN
    SELECT a.account INTO its_account FROM archives AS a
    JOIN connections AS c ON c.id = a.connection_id JOIN users AS u ON u.id = c.user_id
    WHERE a.connection_id = its_connection
    AND u.external_user_id = coalesce(only_user, u.external_user_id);
    IF its_account IS NULL OR wanted = '' THEN
        RETURN;
    END IF;
    query := CAST(wanted AS TSQUERY);
    lowest := its_account * 8796093022208 + since;
    highest := its_account * 8796093022208 + below;
    LOOP
        edge := (SELECT w.key FROM archive_words AS w WHERE w.key >= lowest AND w.key < highest
            ORDER BY w.key DESC OFFSET 249 LIMIT 1);
        -- A function, not its operator, for which the plan might take the index of words.
        FOR hit IN SELECT w.key, m.size FROM archive_words AS w
            CROSS JOIN LATERAL (SELECT n.size, n.is_sent, n.labels, n.details
                FROM archive_messages AS n WHERE n.key = w.key AND n.is_shown = 1 OFFSET 0) AS m
            WHERE w.key >= coalesce(edge, lowest) AND w.key < highest
            AND ts_match_vq(w.words, query)
            AND (details_like IS NULL
                OR lower(m.details COLLATE "C") LIKE lower(details_like COLLATE "C"))
            AND (labels_like IS NULL OR m.labels LIKE labels_like)
            AND (NOT has_tests OR gmail_mcp_meets(tests, m.is_sent, m.labels, m.details))
            ORDER BY w.key DESC LIMIT still LOOP
            key := hit.key;
            size := hit.size;
            still := still - 1;
            RETURN NEXT;
        END LOOP;
        IF edge IS NULL OR still <= 0 THEN
            RETURN;
        END IF;
        highest := edge;
        parts := parts + 1;
        CONTINUE WHEN clock_timestamp() - began < patience AND (parts < 8 OR sample IS NOT NULL);
        -- One word is either in many messages, and found by now, or in few.
        EXIT WHEN sample IS NOT NULL OR NOT (has_tests OR wanted LIKE '% %');
        -- The index reads all that it has of each word it is asked for. So it is asked for those
        -- terms whose words are in less than a twentieth of some messages, and if there are none,
        -- looking at messages goes on for longer.
        sample := ARRAY(SELECT w.key FROM archive_words AS w WHERE w.key >= lowest
            AND w.key < highest ORDER BY w.key DESC LIMIT 100);
        FOREACH term IN ARRAY string_to_array(wanted, E'\n& ') LOOP
            CONTINUE WHEN left(term, 1) = '!';
            IF (SELECT count(*) FROM archive_words AS w WHERE w.key = ANY (sample) AND
                ts_match_vq(w.words, CAST(replace(term, '<->', '&') AS TSQUERY))) < 5 THEN
                rare := coalesce(rare && CAST(term AS TSQUERY), CAST(term AS TSQUERY));
            END IF;
        END LOOP;
        EXIT WHEN rare IS NOT NULL;
        patience := INTERVAL '50 milliseconds';
    END LOOP;
    -- The condition on keys stays outside, so that no other index serves for this.
    RETURN QUERY WITH hits AS MATERIALIZED (SELECT w.key, w.words FROM archive_words AS w
            WHERE w.words @@ (CAST('~' || its_account AS TSQUERY) && coalesce(rare, query)))
        SELECT h.key, m.size FROM (SELECT hits.key FROM hits
            WHERE hits.key >= lowest AND hits.key < highest
            AND (rare IS NULL OR ts_match_vq(hits.words, query))
            ORDER BY hits.key DESC OFFSET 0) AS h
        CROSS JOIN LATERAL (SELECT n.size, n.is_sent, n.labels, n.details
            FROM archive_messages AS n WHERE n.key = h.key AND n.is_shown = 1 OFFSET 0) AS m
        WHERE (details_like IS NULL
            OR lower(m.details COLLATE "C") LIKE lower(details_like COLLATE "C"))
        AND (labels_like IS NULL OR m.labels LIKE labels_like)
        AND (NOT has_tests OR gmail_mcp_meets(tests, m.is_sent, m.labels, m.details))
        ORDER BY h.key DESC LIMIT still;
END
$$;

ALTER TABLE archives ENABLE ROW LEVEL SECURITY;

ALTER TABLE archive_messages ENABLE ROW LEVEL SECURITY;

ALTER TABLE archive_texts ENABLE ROW LEVEL SECURITY;

ALTER TABLE archive_words ENABLE ROW LEVEL SECURITY;

ALTER TABLE archive_correspondents ENABLE ROW LEVEL SECURITY;

ALTER TABLE archive_contacts ENABLE ROW LEVEL SECURITY;

ALTER TABLE archive_conversations ENABLE ROW LEVEL SECURITY;

ALTER TABLE archive_chores ENABLE ROW LEVEL SECURITY;

-- A server makes functions executable by everybody.
DO $$
DECLARE
    of_tables TEXT := 'ON archives, archive_messages, archive_texts, archive_words, '
        'archive_correspondents, archive_contacts, archive_conversations, archive_chores';
    of_functions TEXT := 'ON FUNCTION gmail_mcp_message_shown, gmail_mcp_message_hidden, '
        'gmail_mcp_message_read, gmail_mcp_correspondent_shown, gmail_mcp_correspondent_hidden, '
        'gmail_mcp_meets, gmail_mcp_search';
    grantee TEXT;
BEGIN
    EXECUTE format('REVOKE ALL %s FROM PUBLIC', of_tables);
    EXECUTE format('REVOKE ALL %s FROM PUBLIC', of_functions);
    REVOKE ALL ON SEQUENCE archives_account_seq FROM PUBLIC;
    FOREACH grantee IN ARRAY ARRAY['anon', 'authenticated'] LOOP
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = grantee) THEN
            EXECUTE format('REVOKE ALL %s FROM %I', of_tables, grantee);
            EXECUTE format('REVOKE ALL %s FROM %I', of_functions, grantee);
            EXECUTE format('REVOKE ALL ON SEQUENCE archives_account_seq FROM %I', grantee);
        END IF;
    END LOOP;
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'service_role') THEN
        EXECUTE format('GRANT EXECUTE %s TO service_role', of_functions);
    END IF;
END
$$;

INSERT INTO schema_migrations (version) VALUES ('003_archive') ON CONFLICT (version) DO NOTHING;

COMMIT;
