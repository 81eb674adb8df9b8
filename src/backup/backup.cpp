#include "backup/backup.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "backup/sealed_lines.h"
#include "base/error.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace gmail_mcp::backup {

namespace json = boost::json;

namespace {

constexpr std::int64_t format = 1;
constexpr std::string_view format_member = "gmail_mcp_backup";
constexpr char key_label[] = "backup";
constexpr std::size_t longest_head = 4096;
// How much is put into the database at a time.
constexpr std::size_t rows_at_once = 500;
constexpr std::size_t bytes_at_once = std::size_t{4} << 20;

// --------------------------------------------------------------------------------------- rows

struct ToJson {
  json::value operator()(sql::Null) const { return nullptr; }
  json::value operator()(std::int64_t number) const { return number; }
  json::value operator()(double number) const { return number; }
  json::value operator()(const std::string& text) const {
    if (is_valid_utf8(text)) return json::value(text);
    return json::value(repair_utf8(text));
  }
};

std::string line_of(const sql::Row& row) {
  json::array values;
  values.reserve(row.size());
  for (const auto& value : row) values.push_back(std::visit(ToJson{}, value.variant()));
  return json::serialize(values);
}

std::string line_of(const store::DumpedTable& table) {
  json::array columns;
  for (const auto column : table.columns) columns.emplace_back(column);
  return json::serialize(json::object{{"table", table.name}, {"columns", std::move(columns)}});
}

std::string line_of(const store::DumpCounts& counts) {
  json::object numbers;
  for (const auto& [name, rows] : counts) numbers[name] = rows;
  return json::serialize(json::object{{"rows", std::move(numbers)}});
}

sql::Value value_from(json::value&& value) {
  if (value.is_null()) return {};
  if (value.is_int64()) return value.get_int64();
  if (value.is_double()) return value.get_double();
  if (value.is_string()) return std::string_view{value.get_string()};
  throw Error{Errc::invalid_argument, "The backup holds a value of no kind that databases have."};
}

// ------------------------------------------------------------------------------------- making

// Which rows are in the backup already, by their first column: for engines that cannot show one
// moment.
class Written {
 public:
  explicit Written(std::size_t tables) : ids_(tables) {}

  void add(std::size_t table, const sql::Row& row) { ids_[table].insert(name_of(row[0])); }
  bool has_all(const store::DumpedTable& table, const sql::Row& row) const {
    return std::all_of(table.references.begin(), table.references.end(), [&](const auto& one) {
      const auto& value = row[one.column];
      return value.is_null() || ids_[one.table].contains(name_of(value));
    });
  }

 private:
  static std::string name_of(const sql::Value& value) {
    const auto* number = std::get_if<std::int64_t>(&value.variant());
    return number != nullptr ? std::to_string(*number) : value.text();
  }

  std::vector<std::unordered_set<std::string>> ids_;
};

std::string head_of(const crypto::KeyRing& keys, Timestamp now) {
  return json::serialize(json::object{
      {format_member, format}, {"made_at", to_iso8601(now)}, {"key", keys.fingerprints().front()}});
}

// ------------------------------------------------------------------------------------ reading

Error not_a_backup(const std::string& path) {
  return Error{Errc::invalid_argument, "This is not a backup of gmail-mcp.",
               "It is the file " + path + "."};
}

Error changed(const std::string& path) {
  return Error{Errc::invalid_argument, "The backup is damaged, or was changed after it was made.",
               "It is the file " + path + "."};
}

Error other_version(const std::string& path) {
  return Error{Errc::misconfigured, "The backup was made by another version of this program.",
               "Restore " + path + " with that version, then upgrade the database."};
}

struct Head {
  std::string made_at;
  std::string key;
};

// Nothing else of a file is read before its tag was found to be right.
Head head_from(const std::string& line, const std::string& path) {
  boost::system::error_code failed;
  const auto value = line.size() > longest_head ? json::value{} : json::parse(line, failed);
  const auto* head = failed ? nullptr : value.if_object();
  const auto* version = head != nullptr ? head->if_contains(format_member) : nullptr;
  if (version == nullptr || !version->is_int64()) throw not_a_backup(path);
  if (version->get_int64() != format) throw other_version(path);
  const auto text = [&](std::string_view name) {
    const auto* member = head->if_contains(name);
    if (member == nullptr || !member->is_string()) throw not_a_backup(path);
    return std::string{member->get_string()};
  };
  return {.made_at = text("made_at"), .key = text("key")};
}

Secret key_named(const crypto::KeyRing& keys, const std::string& name, const std::string& path) {
  const auto names = keys.fingerprints();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw Error{Errc::misconfigured,
                "The backup was made with an encryption key that is not configured.",
                "Set the key whose fingerprint is " + name.substr(0, 16) +
                    " in GMAIL_MCP_ENCRYPTION_KEY or GMAIL_MCP_PREVIOUS_ENCRYPTION_KEYS, and "
                    "restore " +
                    path + " again."};
  }
  return keys.derive_all(key_label)[static_cast<std::size_t>(found - names.begin())];
}

// The tables of a backup as this program knows them, and rows whose columns it puts in order.
class TableReader {
 public:
  explicit TableReader(const std::string& path) : path_{path} {}

  /// Whether the line begins a table.
  bool begins(const json::object& line) {
    const auto* name = line.if_contains("table");
    if (name == nullptr) return false;
    const auto& all = store::dumped_tables();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) {
      return one.name == std::string_view{name->as_string()};
    });
    if (found == all.end()) throw other_version(path_);
    const auto& columns = line.at("columns").as_array();
    const bool same = std::equal(columns.begin(), columns.end(), found->columns.begin(),
                                 found->columns.end(), [](const auto& is, const auto& wanted) {
                                   return std::string_view{is.as_string()} == wanted;
                                 });
    if (!same) throw other_version(path_);
    table_ = static_cast<std::size_t>(found - all.begin());
    return true;
  }

  sql::Row row(json::array&& values) const {
    const auto& columns = store::dumped_tables()[table_].columns;
    if (values.size() != columns.size()) throw other_version(path_);
    sql::Row row;
    row.reserve(values.size());
    for (auto& value : values) row.push_back(value_from(std::move(value)));
    return row;
  }

  std::size_t table() const { return table_; }

 private:
  const std::string& path_;
  std::size_t table_ = 0;
};

store::DumpCounts counts_from(const json::object& line) {
  store::DumpCounts counts;
  for (const auto& [name, rows] : line.at("rows").as_object()) {
    counts[std::string{name}] = rows.as_int64();
  }
  return counts;
}

bool is_tag_line(std::string_view line) { return line.starts_with("{\"tag\":"); }

std::string differences(const store::DumpCounts& wanted, const store::DumpCounts& found) {
  std::string text;
  for (const auto& [name, rows] : wanted) {
    const auto here = found.find(name);
    const auto count = here == found.end() ? 0 : here->second;
    if (count == rows) continue;
    text += (text.empty() ? "" : ", ") + name + ": " + std::to_string(rows) + " in the backup, " +
            std::to_string(count) + " in the database";
  }
  return text;
}

}  // namespace

Task<Made> make(store::Store& store, const crypto::KeyRing& keys, std::string path, Timestamp now,
                Progress progress) {
  const auto& tables = store::dumped_tables();
  LineWriter file{std::move(path), keys.derive(key_label)};
  const auto reader = co_await store.dump().read();
  Made made;
  made.is_of_one_moment = reader->is_of_one_moment();
  Written written{tables.size()};
  file.add(head_of(keys, now));
  for (std::size_t table = 0; table < tables.size(); ++table) {
    file.add(line_of(tables[table]));
    auto& count = made.counts[std::string{tables[table].name}];
    sql::Row last;
    while (true) {
      const auto rows = co_await reader->after(table, std::move(last));
      if (rows.empty()) break;
      last = rows.back();
      for (const auto& row : rows) {
        if (!made.is_of_one_moment && !written.has_all(tables[table], row)) {
          ++made.left_out;
          continue;
        }
        if (!made.is_of_one_moment && table + 1 < tables.size()) written.add(table, row);
        file.add(line_of(row));
        ++count;
      }
      progress(tables[table].name, count);
    }
  }
  file.add(line_of(made.counts));
  made.bytes = file.finish();
  co_return made;
}

Contents verify(const std::string& path, const crypto::KeyRing& keys) {
  LineReader file{path};
  const auto first = file.next();
  if (!first) throw not_a_backup(path);
  const auto head = head_from(*first, path);
  LineTag tag{key_named(keys, head.key, path)};
  tag.add(*first);
  std::string before;  // the line before the tag has the numbers
  while (auto line = file.next()) {
    if (!is_tag_line(*line)) {
      tag.add(*line);
      before = std::move(*line);
      continue;
    }
    const auto expected = "{\"tag\":\"" + tag.hex() + "\"}";
    if (!crypto::equal_in_constant_time(*line, expected) || file.next()) throw changed(path);
    if (file.ended_early()) break;
    // From here on it is our own writing.
    return {.made_at = head.made_at,
            .key = head.key,
            .counts = counts_from(json::parse(before).as_object()),
            .tag = tag.hex()};
  }
  throw Error{Errc::invalid_argument, "The backup is not whole: it ends too early.",
              "Copy " + path + " again, or take another backup."};
}

Task<Contents> restore(store::Store& store, const crypto::KeyRing& keys, std::string path,
                       Progress progress) {
  auto contents = verify(path, keys);
  auto& dump = store.dump();
  co_await dump.begin_load(contents.tag.substr(0, 32));
  LineReader file{path};
  const auto head = file.next();
  // The file may be another one than it was a moment ago.
  LineTag tag{key_named(keys, contents.key, path)};
  tag.add(head.value_or(std::string{}));
  TableReader reader{path};
  sql::Rows rows;
  std::size_t bytes = 0;
  std::int64_t loaded = 0;
  while (auto line = file.next()) {
    if (is_tag_line(*line)) break;
    tag.add(*line);
    auto value = json::parse(*line);
    const bool is_row = value.is_array();
    if (is_row) {
      rows.push_back(reader.row(std::move(value.get_array())));
      bytes += line->size();
    }
    const bool is_full = rows.size() >= rows_at_once || bytes >= bytes_at_once;
    if (!rows.empty() && (is_full || !is_row)) {
      loaded += static_cast<std::int64_t>(rows.size());
      sql::Rows portion;
      portion.swap(rows);
      co_await dump.load(reader.table(), std::move(portion));
      progress(store::dumped_tables()[reader.table()].name, loaded);
      bytes = 0;
    }
    if (!is_row && reader.begins(value.as_object())) loaded = 0;
  }
  if (tag.hex() != contents.tag) throw changed(path);
  const auto found = co_await dump.counts();
  if (const auto wrong = differences(contents.counts, found); !wrong.empty()) {
    throw Error{Errc::internal, "The database does not hold what the backup holds.", wrong + "."};
  }
  co_await dump.finish_load();
  co_return contents;
}

}  // namespace gmail_mcp::backup
