-- 011_held_sends: the program runs this by itself when it starts.

BEGIN;

CREATE TABLE IF NOT EXISTS schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- Sends that wait for a person's approval; the rest of each is in its row of sends, and goes with
-- that. state: held, approved, refused, draft, expired. sealed: the message, encrypted; empty once
-- it was decided. digest: of exactly what is shown. told: what became of it, where sends does not
-- say it: the draft's id, or why it was not sent.
CREATE TABLE held_sends (
    id TEXT PRIMARY KEY REFERENCES sends(id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    state TEXT NOT NULL,
    digest TEXT NOT NULL,
    sealed TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    told TEXT NOT NULL,
    expires_at TEXT NOT NULL
);

CREATE INDEX idx_held_sends_user ON held_sends(user_id, state);

CREATE INDEX idx_held_sends_expires ON held_sends(state, expires_at);

INSERT INTO schema_migrations (version) VALUES ('011_held_sends') ON CONFLICT (version) DO NOTHING;

COMMIT;
