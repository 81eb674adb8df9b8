#include "sql/testing/rest_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/error.h"
#include "base/text.h"

namespace gmail_mcp::sql::testing {

namespace json = boost::json;

namespace {

using Answered = postgres::ResultHandle;

// Each function of public with one row for each parameter, or one row with NULLs.
constexpr char list_functions[] =
    "SELECT p.oid, p.proname, p.proretset, t.typname = 'void', t.typtype = 'c' OR EXISTS "
    "(SELECT 1 FROM unnest(p.proargmodes) AS m WHERE m IN ('o', 'b', 't')), a.place IS NOT NULL, "
    "p.proargnames[a.place], format_type(a.type, NULL), a.place > p.pronargs - p.pronargdefaults "
    "FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace "
    "JOIN pg_type AS t ON t.oid = p.prorettype "
    "LEFT JOIN LATERAL unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a(type, place) ON true "
    "WHERE n.nspname = 'public' AND p.prokind = 'f' ORDER BY p.oid, a.place";

Answered ask(PGconn* connection, const std::string& sql,
             const std::vector<std::optional<std::string>>& parameters = {}) {
  std::vector<const char*> values;
  for (const auto& one : parameters) values.push_back(one ? one->c_str() : nullptr);
  return Answered{PQexecParams(connection, sql.c_str(), static_cast<int>(values.size()), nullptr,
                               values.data(), nullptr, nullptr, 0)};
}

bool went_well(const Answered& answered) {
  const auto status = PQresultStatus(answered.get());
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

std::string text_of(const Answered& answered, int row, int column) {
  return {PQgetvalue(answered.get(), row, column),
          static_cast<std::size_t>(PQgetlength(answered.get(), row, column))};
}

bool is_true(const Answered& answered, int row, int column) {
  return text_of(answered, row, column) == "t";
}

std::string field(const Answered& answered, int code) {
  const char* text = PQresultErrorField(answered.get(), code);
  return text == nullptr ? std::string{} : std::string{text};
}

// docs/references/errors.rst, "Errors from PostgreSQL".
int status_of(std::string_view code, std::string_view message, bool is_logged_in) {
  const auto begins = [&](std::string_view with) { return code.starts_with(with); };
  if (code == "23503" || code == "23505") return 409;
  if (code == "25006") return 405;
  if (code == "22023") {
    return message.starts_with("role") && message.ends_with("does not exist") ? 401 : 400;
  }
  if (code == "21000") return message.ends_with("requires a WHERE clause") ? 400 : 500;
  if (code == "53400" || begins("54") || begins("55")) return 500;
  if (code == "57P01" || begins("08") || begins("53")) return 503;
  if (code == "P0001") return 400;
  if (code == "42883" || code == "42P01") return 404;
  if (code == "42P17") return 500;
  if (code == "42501") return is_logged_in ? 403 : 401;
  if (begins("0L") || begins("0P") || begins("28")) return 403;
  if (begins("PT")) {
    int status = 0;
    for (const char c : code.substr(2))
      status = c >= '0' && c <= '9' ? status * 10 + c - '0' : 1000;
    return status >= 100 && status < 1000 ? status : 500;
  }
  for (const auto* one :
       {"09", "25", "2D", "38", "39", "3B", "40", "57", "58", "F0", "HV", "P0", "XX"}) {
    if (begins(one)) return 500;
  }
  return 400;
}

RestAnswer failure_of(PGconn* connection, const Answered& answered, bool is_logged_in) {
  const auto code = field(answered, PG_DIAG_SQLSTATE);
  if (code.empty()) {
    return rest_error(503, "PGRST001", "Database client error. Retrying the connection.",
                      PQerrorMessage(connection));
  }
  const auto message = field(answered, PG_DIAG_MESSAGE_PRIMARY);
  const int status = status_of(code, message, is_logged_in);
  auto answer = rest_error(status, code, message, field(answered, PG_DIAG_MESSAGE_DETAIL),
                           field(answered, PG_DIAG_MESSAGE_HINT));
  if (status == 401) answer.headers.emplace_back("WWW-Authenticate", "Bearer");
  return answer;
}

std::string identifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

json::value null_if_none(std::string_view text) {
  return text.empty() ? json::value{} : json::value(text);
}

RestAnswer no_such_function(const RestFunctions::Call& call, const std::vector<std::string>& keys) {
  const auto names = join(keys, ", ");
  const auto given = keys.empty() ? " without parameters" : "(" + names + ")";
  std::string sought = " without parameters";
  if (!keys.empty()) sought = (keys.size() > 1 ? " with parameters " : " with parameter ") + names;
  if (!call.reads_only) sought += " or with a single unnamed json/jsonb parameter";
  return rest_error(
      404, "PGRST202",
      fmt::format("Could not find the function public.{}{} in the schema cache", call.name, given),
      fmt::format("Searched for the function public.{}{}, but no matches were found in the schema "
                  "cache.",
                  call.name, sought));
}

}  // namespace

RestAnswer rest_error(int status, std::string_view code, std::string_view message,
                      std::string_view details, std::string_view hint) {
  const json::object body{{"code", code},
                          {"details", null_if_none(details)},
                          {"hint", null_if_none(hint)},
                          {"message", message}};
  RestAnswer answer{.status = status, .body = json::serialize(body), .headers = {}};
  answer.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
  answer.headers.emplace_back("Proxy-Status", fmt::format("PostgREST; error={}", code));
  return answer;
}

RestFunctions::RestFunctions(std::string connection) : words_{std::move(connection)} {}

RestFunctions::~RestFunctions() = default;

RestFunctions::Connection RestFunctions::connect() const {
  Connection connection{PQconnectdb(words_.c_str())};
  if (PQstatus(connection.get()) != CONNECTION_OK) return nullptr;
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  return connection;
}

RestFunctions::Connection RestFunctions::take() {
  {
    const std::lock_guard lock{mutex_};
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  return connect();
}

void RestFunctions::give_back(Connection connection) {
  if (PQstatus(connection.get()) != CONNECTION_OK) return;
  const std::lock_guard lock{mutex_};
  idle_.push_back(std::move(connection));
}

// The cache is made once, and again when somebody has notified pgrst. With the mutex held.
void RestFunctions::look_again() {
  bool is_stale = false;
  if (listener_ == nullptr || PQstatus(listener_.get()) != CONNECTION_OK) {
    listener_ = connect();
    if (listener_ == nullptr) return;
    ask(listener_.get(), "LISTEN pgrst");
    is_stale = true;
  }
  ask(listener_.get(), "SELECT 1");  // brings what was notified before
  while (PGnotify* note = PQnotifies(listener_.get())) {
    is_stale = true;
    PQfreemem(note);
  }
  if (!is_stale) return;
  const auto rows = ask(listener_.get(), list_functions);
  known_.clear();
  std::string last;
  for (int row = 0; row < PQntuples(rows.get()); ++row) {
    const auto id = text_of(rows, row, 0);
    if (id != last) {
      known_.push_back({.name = text_of(rows, row, 1),
                        .parameters = {},
                        .is_void = is_true(rows, row, 3),
                        .is_set = is_true(rows, row, 2),
                        .is_composite = is_true(rows, row, 4)});
      last = id;
    }
    if (!is_true(rows, row, 5)) continue;
    known_.back().parameters.push_back({.name = text_of(rows, row, 6),
                                        .type = text_of(rows, row, 7),
                                        .is_required = !is_true(rows, row, 8)});
  }
}

std::optional<RestFunctions::Function> RestFunctions::find(const Call& call,
                                                           const std::vector<std::string>& keys,
                                                           bool& takes_body) {
  const std::lock_guard lock{mutex_};
  look_again();
  takes_body = false;
  for (const auto& one : known_) {
    if (one.name != call.name) continue;
    const auto is_given = [&](const Parameter& parameter) {
      return std::find(keys.begin(), keys.end(), parameter.name) != keys.end();
    };
    const bool has_all = std::all_of(
        one.parameters.begin(), one.parameters.end(),
        [&](const Parameter& parameter) { return !parameter.is_required || is_given(parameter); });
    const auto used = std::count_if(one.parameters.begin(), one.parameters.end(), is_given);
    if (has_all && used == static_cast<std::ptrdiff_t>(keys.size())) return one;
  }
  for (const auto& one : known_) {
    const bool is_it = !call.reads_only && one.name == call.name && one.parameters.size() == 1 &&
                       one.parameters[0].name.empty() &&
                       (one.parameters[0].type == "json" || one.parameters[0].type == "jsonb");
    if (is_it) {
      takes_body = true;
      return one;
    }
  }
  return std::nullopt;
}

RestAnswer RestFunctions::call(const Call& call) {
  std::vector<std::string> keys;
  Call with_body = call;
  if (call.reads_only) {
    for (const auto& [name, value] : call.arguments) keys.push_back(name);
  } else if (!call.body.empty()) {
    boost::system::error_code failure;
    const auto given = json::parse(call.body, failure);
    if (failure) return rest_error(400, "PGRST102", "Empty or invalid json");
    // Of a list only the first object counts.
    const auto* first = &given;
    if (given.is_array()) first = given.get_array().empty() ? nullptr : &given.get_array().front();
    if (first != nullptr && first->is_object()) {
      for (const auto& one : first->get_object()) keys.emplace_back(one.key());
      if (given.is_array()) with_body.body = json::serialize(*first);
    } else {
      with_body.body = "{}";
    }
  } else {
    with_body.body = "{}";
  }
  std::sort(keys.begin(), keys.end());
  bool takes_body = false;
  const auto function = find(call, keys, takes_body);
  if (!function) return no_such_function(call, keys);
  auto connection = take();
  if (connection == nullptr) return rest_error(503, "PGRST000", "Database connection error.");
  auto answer = run(connection.get(), with_body, *function, takes_body, keys);
  give_back(std::move(connection));
  return answer;
}

RestAnswer RestFunctions::run(PGconn* connection, const Call& call, const Function& function,
                              bool takes_body, const std::vector<std::string>& keys) {
  std::vector<std::optional<std::string>> parameters;
  std::string source;  // what the arguments are taken from
  std::string arguments;
  const auto add = [&](const std::string& text) {
    arguments += (arguments.empty() ? "" : ", ") + text;
  };
  if (takes_body) {
    parameters.emplace_back(call.body);
    add("$1::" + function.parameters[0].type);
  } else if (!keys.empty() && call.reads_only) {
    for (const auto& [name, value] : call.arguments) {
      const auto is_it = [&name = name](const Parameter& one) { return one.name == name; };
      const auto parameter =
          std::find_if(function.parameters.begin(), function.parameters.end(), is_it);
      parameters.emplace_back(value);
      add(fmt::format("{} := ${}::{}", identifier(name), parameters.size(), parameter->type));
    }
  } else if (!keys.empty()) {
    std::string columns;
    for (const auto& parameter : function.parameters) {
      if (std::find(keys.begin(), keys.end(), parameter.name) == keys.end()) continue;
      columns += (columns.empty() ? "" : ", ") + identifier(parameter.name) + " " + parameter.type;
      add(identifier(parameter.name) + " := given." + identifier(parameter.name));
    }
    parameters.emplace_back(call.body);
    source = fmt::format("json_to_record($1::json) AS given({}), LATERAL ", columns);
  }
  const auto called = fmt::format("public.{}({})", identifier(function.name), arguments);
  std::string sql;
  if (function.is_composite) {
    sql = fmt::format(
        "SELECT {}, count(one) FROM (SELECT it.* FROM {}{} AS it) AS one",
        function.is_set ? "coalesce(json_agg(one), '[]')" : "coalesce(json_agg(one)->0, 'null')",
        source, called);
  } else {
    sql = fmt::format(
        "SELECT {}, count(*) FROM (SELECT it.scalar FROM {}(SELECT {} AS scalar) AS it) AS one",
        function.is_set ? "coalesce(json_agg(one.scalar), '[]')"
                        : "coalesce(json_agg(one.scalar)->0, 'null')",
        source, called);
    if (function.is_void) {
      sql = fmt::format("SELECT '', count(it.scalar::text) FROM {}(SELECT {} AS scalar) AS it",
                        source, called);
    }
  }
  auto claims = call.claims;
  claims["role"] = call.role;
  const std::vector<std::optional<std::string>> settings{
      call.role, json::serialize(claims), call.reads_only ? "GET" : "POST", "/rpc/" + call.name};
  auto last = ask(connection, call.reads_only ? "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"
                                              : "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
  if (went_well(last)) {
    last = ask(connection,
               "SELECT set_config('search_path', '\"public\", \"extensions\"', true), "
               "set_config('role', $1, true), set_config('request.jwt.claims', $2, true), "
               "set_config('request.method', $3, true), set_config('request.path', $4, true)",
               settings);
  }
  RestAnswer answer;
  if (went_well(last)) {
    last = ask(connection, sql, parameters);
    if (went_well(last)) {
      const auto count = std::stoll(text_of(last, 0, 1));
      answer.headers.emplace_back("Content-Range",
                                  count == 0 ? "*/*" : fmt::format("0-{}/*", count - 1));
      if (function.is_void) {
        answer.status = 204;
      } else {
        answer.body = text_of(last, 0, 0);
        answer.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
      }
      last = ask(connection, "COMMIT");
    }
  }
  if (went_well(last)) return answer;
  answer = failure_of(connection, last, call.is_logged_in);
  ask(connection, "ROLLBACK");
  return answer;
}

}  // namespace gmail_mcp::sql::testing
