#include "sql/supabase/script.h"

#include <fmt/format.h>

#include "sql/supabase/kept_statement.h"

namespace gmail_mcp::sql {

namespace {

// No other role than service_role comes near either; the roles of browsers get privileges on
// everything new by Supabase's defaults, so they are taken away by name.
constexpr std::string_view table_of_statements = R"(
CREATE TABLE IF NOT EXISTS gmail_mcp_statements (
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    pieces TEXT[] NOT NULL,
    slots INTEGER[] NOT NULL,
    has_rows BOOLEAN NOT NULL,
    added_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (name, digest)
);

ALTER TABLE gmail_mcp_statements ENABLE ROW LEVEL SECURITY;
)";

constexpr std::string_view function = R"(
CREATE OR REPLACE FUNCTION gmail_mcp_run(calls JSON, careful BOOLEAN DEFAULT false) RETURNS JSON
LANGUAGE plpgsql VOLATILE SECURITY INVOKER
SET search_path = public, pg_temp
SET timezone = 'UTC'
AS $gmail_mcp$
DECLARE
    call RECORD;
    known gmail_mcp_statements%ROWTYPE;
    given TEXT[];
    script TEXT;
    answer JSON;
    answers JSON[] := '{}';
BEGIN
    FOR call IN SELECT * FROM json_to_recordset(calls) AS c(name TEXT, digest TEXT, parameters JSON)
    LOOP
        SELECT * INTO known FROM gmail_mcp_statements AS s
        WHERE s.name = call.name AND s.digest = call.digest;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING
                ERRCODE = 'GM001',
                MESSAGE = 'gmail_mcp_run has no such statement of this version.',
                DETAIL = coalesce(call.name, '') || ' ' || coalesce(call.digest, ''),
                HINT = 'Run the SQL of this version in the SQL editor: gmail-mcp migrate --print.';
        END IF;
        given := ARRAY(SELECT json_array_elements_text(call.parameters));
        SELECT string_agg(
            piece || CASE WHEN slot IS NULL THEN '' ELSE quote_nullable(given[slot]) END, ''
            ORDER BY place) INTO script
        FROM unnest(known.pieces, known.slots) WITH ORDINALITY AS p(piece, slot, place);
        answer := '[]';
        -- Without this handler the server would write the statement with all that it stores, mail
        -- among it, into its log: as the context of the error.
        BEGIN
            IF known.has_rows THEN
                EXECUTE script INTO answer;
            ELSE
                EXECUTE script;
            END IF;
        EXCEPTION
            WHEN invalid_text_representation THEN
                IF NOT careful THEN
                    RAISE EXCEPTION USING ERRCODE = SQLSTATE,
                        MESSAGE = 'gmail_mcp_run was given a text that is no value of its type.';
                END IF;
                answer := '[]';
            WHEN query_canceled OR OTHERS THEN
                RAISE EXCEPTION USING ERRCODE = SQLSTATE,
                    MESSAGE = 'gmail_mcp_run could not run ' || known.name || '.';
        END;
        answers := array_append(answers, answer);
    END LOOP;
    RETURN array_to_json(answers);
END
$gmail_mcp$;
)";

constexpr std::string_view rights = R"(
REVOKE ALL ON gmail_mcp_statements FROM PUBLIC;

REVOKE ALL ON FUNCTION gmail_mcp_run(JSON, BOOLEAN) FROM PUBLIC;

DO $gmail_mcp$
DECLARE
    grantee TEXT;
BEGIN
    FOREACH grantee IN ARRAY ARRAY['anon', 'authenticated', 'service_role'] LOOP
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = grantee) THEN
            EXECUTE format('REVOKE ALL ON gmail_mcp_statements FROM %I', grantee);
            EXECUTE format('REVOKE ALL ON FUNCTION gmail_mcp_run(JSON, BOOLEAN) FROM %I', grantee);
        END IF;
    END LOOP;
END
$gmail_mcp$;

GRANT USAGE ON SCHEMA public TO service_role;

GRANT SELECT ON gmail_mcp_statements TO service_role;

GRANT EXECUTE ON FUNCTION gmail_mcp_run(JSON, BOOLEAN) TO service_role;
)";

// A restore brings rows with their numbers, and lets the next ones follow them.
constexpr std::string_view rights_to_number = R"(
DO $gmail_mcp$
DECLARE
    numbers TEXT;
BEGIN
    FOR numbers IN SELECT pg_get_serial_sequence(quote_ident(c.table_name), c.column_name)
        FROM information_schema.columns AS c
        WHERE c.table_schema = current_schema() AND c.is_identity = 'YES'
        AND c.table_name = ANY (ARRAY[{}]) LOOP
        EXECUTE format('GRANT SELECT, UPDATE ON SEQUENCE %s TO service_role', numbers);
    END LOOP;
END
$gmail_mcp$;
)";

// standard_conforming_strings is on.
std::string sql_literal(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    if (c == '\'') literal += '\'';
    literal += c;
  }
  return literal + "'";
}

std::string row_of(const Sql& statement) {
  const auto kept = kept_statement(statement.text());
  std::string pieces, slots;
  for (const auto& piece : kept.pieces) {
    pieces += (pieces.empty() ? "" : ", ") + sql_literal(piece);
  }
  for (const int slot : kept.slots) slots += (slots.empty() ? "" : ", ") + std::to_string(slot);
  return fmt::format("({}, '{:016x}',\n    ARRAY[{}],\n    ARRAY[{}]::INTEGER[], {})",
                     sql_literal(statement.name()), statement.digest(), pieces, slots,
                     kept.has_rows);
}

}  // namespace

std::string supabase_script(std::span<const Sql> statements, std::span<const std::string> tables) {
  std::string script =
      "-- What gmail-mcp asks of this project, and the function that it calls. To be run in the\n"
      "-- SQL editor after the steps of the schema, and again after each upgrade.\n\nBEGIN;\n";
  script += table_of_statements;
  script += function;
  script += rights;
  std::string names;
  for (const auto& table : tables) {
    script += fmt::format("\nGRANT SELECT, INSERT, UPDATE, DELETE ON {} TO service_role;\n", table);
    names += (names.empty() ? "" : ", ") + sql_literal(table);
  }
  if (!names.empty()) script += fmt::format(rights_to_number, names);
  script += "\nINSERT INTO gmail_mcp_statements (name, digest, pieces, slots, has_rows) VALUES\n";
  bool is_first = true;
  for (const auto& statement : statements) {
    if (!std::exchange(is_first, false)) script += ",\n";
    script += row_of(statement);
  }
  script +=
      "\nON CONFLICT (name, digest) DO UPDATE\n"
      "SET pieces = excluded.pieces, slots = excluded.slots, has_rows = excluded.has_rows;\n"
      "\nNOTIFY pgrst, 'reload schema';\n\nCOMMIT;\n";
  return script;
}

}  // namespace gmail_mcp::sql
