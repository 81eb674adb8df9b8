#include "sql/supabase/wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/json_escape.h"
#include "base/text.h"
#include "http/retry.h"
#include "sql/supabase/script.h"

namespace gmail_mcp::sql::supabase {

namespace json = boost::json;

namespace {

constexpr char run_the_script[] =
    "Run the SQL that `gmail-mcp migrate --print` prints in the project's SQL editor.";

void append_text(std::string& out, std::string_view text) {
  out += '"';
  if (text.find('\0') == text.npos && is_valid_utf8(text)) {
    append_json_escaped(out, text);
  } else {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    std::string clean;
    for (const char c : repair_utf8(text)) {
      clean += c == '\0' ? replacement : std::string_view{&c, 1};
    }
    append_json_escaped(out, clean);
  }
  out += '"';
}

struct AppendValue {
  std::string& out;

  void operator()(Null) const { out += "null"; }
  void operator()(std::int64_t value) const {
    fmt::format_to(std::back_inserter(out), "\"{}\"", value);
  }
  void operator()(double value) const { fmt::format_to(std::back_inserter(out), "\"{}\"", value); }
  void operator()(const std::string& value) const { append_text(out, value); }
};

Value value_from(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return {};
    case json::kind::bool_: return Value{value.get_bool()};
    case json::kind::int64: return Value{value.get_int64()};
    case json::kind::uint64: return Value{static_cast<double>(value.get_uint64())};
    case json::kind::double_: return Value{value.get_double()};
    case json::kind::string: {
      const auto& text = value.get_string();
      return Value{std::string_view{text.data(), text.size()}};
    }
    default: return Value{json::serialize(value)};
  }
}

// {"f1": …, "f2": …}, in the order of the columns.
Row row_from(const json::object& columns) {
  Row row;
  row.reserve(columns.size());
  for (const auto& column : columns) row.push_back(value_from(column.value()));
  return row;
}

Error not_its_answer() {
  return {Errc::unavailable, "The Supabase project's answer cannot be read.",
          "If it goes on, check that GMAIL_MCP_STORAGE_SUPABASE_URL is the project's address and "
          "that the "
          "function gmail_mcp_run is the one that `gmail-mcp migrate --print` prints."};
}

// The `code` of PostgREST's error, or "".
std::string code_in(std::string_view body) {
  boost::system::error_code failure;
  const auto value = json::parse(body, failure);
  if (failure || !value.is_object()) return {};
  const auto* code = value.get_object().if_contains("code");
  if (code == nullptr || !code->is_string()) return {};
  std::string text{code->get_string()};
  // SQLSTATEs and PGRST000 only: anything else is not PostgREST's.
  const bool is_code = text.size() <= 8 && std::all_of(text.begin(), text.end(), [](char c) {
                         return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
                       });
  return is_code ? text : std::string{};
}

Error lacks_the_schema() {
  return {Errc::misconfigured, "The Supabase project does not have this program's tables yet.",
          run_the_script};
}

Error lacks_the_function() {
  return {Errc::misconfigured,
          "The Supabase project does not have the function gmail_mcp_run, or has not noticed it "
          "yet.",
          std::string{run_the_script} +
              " It ends with what makes the project look again, which takes a few seconds."};
}

Error bad_key() {
  return {Errc::misconfigured, "The Supabase project does not accept the key.",
          "Set GMAIL_MCP_STORAGE_SUPABASE_KEY to the secret key of this project (sb_secret_...) or "
          "to its "
          "service_role key: Project Settings, API Keys."};
}

Error lesser_key() {
  return {Errc::misconfigured, "The key for the Supabase project may not call gmail_mcp_run.",
          "Set GMAIL_MCP_STORAGE_SUPABASE_KEY to the secret key (sb_secret_...) or the "
          "service_role key, "
          "not to a publishable or anon key; and if it is, run what `gmail-mcp migrate --print` "
          "prints again."};
}

Error gone_for_now(std::string hint) {
  return Error{Errc::unavailable, "The Supabase project cannot answer now.", std::move(hint)}
      .with_retry_after(std::chrono::seconds{1});
}

bool begins(std::string_view code, std::string_view with) { return code.starts_with(with); }

Refusal of_code(std::string_view code) {
  using Next = Refusal::Next;
  const auto fail = [](Error error) { return Refusal{Next::fail, std::move(error)}; };
  if (code == unknown_statement_code) {
    return fail({Errc::misconfigured,
                 "The Supabase project does not have the statements of this version.",
                 run_the_script});
  }
  if (code == "PGRST202") return fail(lacks_the_function());
  if (code == "42P01" || code == "42703") return fail(lacks_the_schema());
  if (code == "42501") return fail(lesser_key());
  if (begins(code, "PGRST30")) return fail(bad_key());
  if (code == "PGRST106" || code == "PGRST125") {
    return fail({Errc::misconfigured, "The Supabase project does not show the schema public.",
                 "Add public to the exposed schemas: Project Settings, Data API."});
  }
  if (code == "23505") {
    return fail({Errc::conflict, "Such an entry exists already.", "Read it again."});
  }
  if (code == "23503") {
    return fail({Errc::conflict, "What the entry belongs to has been removed meanwhile.",
                 "Read it again."});
  }
  if (code == "22P02") {
    return {Next::with_care, {Errc::internal, "The database refused a statement."}};
  }
  if (code == "40001" || code == "40P01") {
    return {Next::repeat,
            gone_for_now("Too many changes are made to the same rows at once. Try again in a "
                         "moment.")};
  }
  if (code == "57014") {
    return fail(
        gone_for_now("It took longer than the project lets a request take. Try again, and "
                     "look at the project's load if it goes on."));
  }
  if (code == "25006") {
    return fail({Errc::misconfigured, "The Supabase project is read-only.",
                 "Its disk is full, or somebody has made it so: look at the project's dashboard."});
  }
  if (begins(code, "54")) {
    return fail({Errc::too_large, "The Supabase project cannot hold that much at once."});
  }
  if (begins(code, "08") || begins(code, "53") || begins(code, "57P") || begins(code, "PGRST0")) {
    return {Next::wait, gone_for_now("Try again in a moment.")};
  }
  return fail({Errc::internal, "The database refused a statement."});
}

Refusal of_status(int status) {
  using Next = Refusal::Next;
  if (status == 401 || status == 403) return {Next::fail, bad_key()};
  if (status == 404) {
    return {Next::fail,
            {Errc::misconfigured, "There is no Supabase project at GMAIL_MCP_STORAGE_SUPABASE_URL.",
             "Set it to the project's address, such as https://abcdefgh.supabase.co, with nothing "
             "behind it."}};
  }
  if (status == 413) {
    return {Next::fail, {Errc::too_large, "The Supabase project does not take that much at once."}};
  }
  if (status == 540) {
    return {Next::fail, gone_for_now("The project is paused: restore it in Supabase's dashboard.")};
  }
  if (status == 503 || status == 520) return {Next::wait, gone_for_now("Try again in a moment.")};
  if (status == 429 || status >= 500) return {Next::fail, gone_for_now("Try again in a moment.")};
  return {Next::fail, not_its_answer()};
}

}  // namespace

std::string request_of(std::span<const Statement> statements, Care care) {
  std::size_t size = 64;
  for (const auto& statement : statements) {
    size += 128;
    for (const auto& parameter : statement.parameters) {
      const auto* text = std::get_if<std::string>(&parameter.variant());
      size += text == nullptr ? 24 : text->size() + text->size() / 8 + 8;
    }
  }
  std::string body;
  body.reserve(size);
  body += "{\"calls\":[";
  for (const auto& statement : statements) {
    if (body.back() == '}') body += ',';
    fmt::format_to(std::back_inserter(body),
                   "{{\"name\":\"{}\",\"digest\":\"{:016x}\",\"parameters\":[",
                   statement.sql.name(), statement.sql.digest());
    bool is_first = true;
    for (const auto& parameter : statement.parameters) {
      if (!std::exchange(is_first, false)) body += ',';
      std::visit(AppendValue{body}, parameter.variant());
    }
    body += "]}";
  }
  body += care == Care::none ? "]}" : "],\"careful\":true}";
  return body;
}

Result<std::vector<Rows>> answers_in(std::string_view body, std::size_t count) {
  json::monotonic_resource memory;
  boost::system::error_code failure;
  const auto value = json::parse(body, failure, &memory);
  if (failure || !value.is_array() || value.get_array().size() != count) return not_its_answer();
  std::vector<Rows> answers;
  answers.reserve(count);
  for (const auto& list : value.get_array()) {
    if (!list.is_array()) return not_its_answer();
    auto& rows = answers.emplace_back();
    rows.reserve(list.get_array().size());
    for (const auto& row : list.get_array()) {
      if (!row.is_object()) return not_its_answer();
      rows.push_back(row_from(row.get_object()));
    }
  }
  return answers;
}

Refusal refusal_of(int status, const http::Headers& headers, std::string_view body) {
  const auto code = code_in(body);
  auto refusal = code.empty() ? of_status(status) : of_code(code);
  // What PostgREST says of itself (503) and of a statement may both be worth another try.
  if (refusal.next == Refusal::Next::fail && status == 503) refusal.next = Refusal::Next::wait;
  if (const auto wait = http::retry_after(headers); wait && refusal.error.retry_after) {
    refusal.error.retry_after = std::max(*wait, *refusal.error.retry_after);
  }
  refusal.may_be_done = status >= 500 && (code.empty() || code == "PGRST001");
  refusal.error.detail = fmt::format("HTTP {} {}", status, code);
  return refusal;
}

}  // namespace gmail_mcp::sql::supabase
