#include "backup/person.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "model/caller.h"

namespace gmail_mcp::backup {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 6> columns_in_json = {
    "scopes", "result_json", "labels", "correspondents", "details", "limits"};

// Secrets, and what is only there for the search.
bool is_withheld(std::string_view column) {
  return column.ends_with("_encrypted") || column == "digest" || column.starts_with("found_");
}

json::value shown(std::string_view column, const sql::Value& value) {
  if (value.is_null()) return nullptr;
  if (const auto* number = std::get_if<std::int64_t>(&value.variant())) return *number;
  if (const auto* number = std::get_if<double>(&value.variant())) return *number;
  const auto text = repair_utf8(value.text());
  const bool is_json =
      std::find(columns_in_json.begin(), columns_in_json.end(), column) != columns_in_json.end();
  if (is_json) {
    boost::system::error_code failed;
    auto parsed = json::parse(text, failed);
    if (!failed) return parsed;
  }
  return json::value(text);
}

std::string line_of(const store::DumpedTable& table, const sql::Row& row) {
  json::object object{{"table", table.name}};
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (is_withheld(table.columns[i])) continue;
    object[table.columns[i]] = shown(table.columns[i], row[i]);
  }
  return json::serialize(object);
}

// The places of the tables and columns that an export looks at.
struct Layout {
  std::size_t users = table("users");
  std::size_t connections = table("connections");
  std::size_t user_tokens = table("user_tokens");
  std::size_t sign_ins = table("client_grants");
  std::size_t sessions = table("mcp_sessions");
  std::size_t watches = table("mcp_session_watches");
  std::size_t sends = table("sends");
  std::size_t audit = table("audit");
  std::size_t archives = table("archives");
  std::size_t mails = table("archive_messages");

  static std::size_t table(std::string_view name) {
    const auto& all = store::dumped_tables();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
    return static_cast<std::size_t>(found - all.begin());
  }
  static std::size_t column(std::size_t table, std::string_view name) {
    const auto& all = store::dumped_tables().at(table).columns;
    return static_cast<std::size_t>(std::find(all.begin(), all.end(), name) - all.begin());
  }
};

bool is_text(const sql::Value& value, const std::string& text) {
  return !value.is_null() && value.text() == text;
}

class PersonExport {
 public:
  PersonExport(store::DumpReader& reader, std::function<void(const std::string&)> put)
      : reader_{reader}, put_{std::move(put)} {}

  /// The first columns of the rows of the table that are chosen.
  Task<std::vector<sql::Value>> put_chosen(std::size_t table,
                                           std::function<bool(const sql::Row&)> is_chosen) {
    std::vector<sql::Value> names;
    sql::Row last;
    while (true) {
      const auto rows = co_await reader_.after(table, std::move(last));
      if (rows.empty()) break;
      last = rows.back();
      for (const auto& row : rows) {
        if (!is_chosen(row)) continue;
        put(table, row);
        names.push_back(row[0]);
      }
    }
    co_return names;
  }

  Task<void> put_mails(std::int64_t account) {
    const auto account_column = Layout::column(layout.mails, "account");
    auto last = store::before_mails_of(account);
    while (true) {
      const auto rows = co_await reader_.after(layout.mails, std::move(last));
      for (const auto& row : rows) {
        if (row[account_column].integer() != account) co_return;
        put(layout.mails, row);
      }
      if (rows.empty()) co_return;
      last = rows.back();
    }
  }

  std::int64_t lines() const { return lines_; }

  const Layout layout;

 private:
  void put(std::size_t table, const sql::Row& row) {
    put_(line_of(store::dumped_tables()[table], row));
    ++lines_;
  }

  store::DumpReader& reader_;
  std::function<void(const std::string&)> put_;
  std::int64_t lines_ = 0;
};

}  // namespace

Task<std::int64_t> export_person(store::Store& store, std::string external_user_id,
                                 std::function<void(const std::string& line)> put) {
  const auto reader = co_await store.dump().read();
  PersonExport out{*reader, std::move(put)};
  const auto& layout = out.layout;
  // Chooses rows by the text in one of their columns.
  const auto where = [](std::size_t table, std::string_view column,
                        std::set<std::string> wanted) -> std::function<bool(const sql::Row&)> {
    return
        [place = Layout::column(table, column), wanted = std::move(wanted)](const sql::Row& row) {
          return !row[place].is_null() && wanted.contains(row[place].text());
        };
  };
  const auto texts = [](const std::vector<sql::Value>& values) {
    std::set<std::string> all;
    for (const auto& value : values) all.insert(value.text());
    return all;
  };

  auto of_user = where(layout.users, "external_user_id", {external_user_id});
  const auto users = co_await out.put_chosen(layout.users, std::move(of_user));
  if (users.empty()) throw Error{Errc::not_found, "There is no such user."};
  auto of_id = where(layout.connections, "user_id", texts(users));
  const auto connections = co_await out.put_chosen(layout.connections, std::move(of_id));
  auto of_holder = where(layout.user_tokens, "user_id", texts(users));
  co_await out.put_chosen(layout.user_tokens, std::move(of_holder));
  auto of_signed_in = where(layout.sign_ins, "user_id", texts(users));
  co_await out.put_chosen(layout.sign_ins, std::move(of_signed_in));
  auto of_person = where(layout.sessions, "person", {external_user_id});
  const auto sessions = co_await out.put_chosen(layout.sessions, std::move(of_person));
  auto of_session = where(layout.watches, "session", texts(sessions));
  co_await out.put_chosen(layout.watches, std::move(of_session));
  auto of_sender = where(layout.sends, "user_id", texts(users));
  co_await out.put_chosen(layout.sends, std::move(of_sender));

  std::function<bool(const sql::Row&)> names_user =
      [&, user = Layout::column(layout.audit, "user_id"),
       asked = Layout::column(layout.audit, "asked_for"),
       caller = Layout::column(layout.audit, "caller")](const sql::Row& row) {
        return is_text(row[user], external_user_id) || is_text(row[asked], external_user_id) ||
               model::is_limited_to(row[caller].text(), external_user_id);
      };
  co_await out.put_chosen(layout.audit, std::move(names_user));

  auto of_connection = where(layout.archives, "connection_id", texts(connections));
  const auto archives = co_await out.put_chosen(layout.archives, std::move(of_connection));
  for (const auto& account : archives) co_await out.put_mails(account.integer());
  co_return out.lines();
}

}  // namespace gmail_mcp::backup
