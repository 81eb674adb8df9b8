#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/task.h"

namespace gmail_mcp::sql {

/// A statement known at compile time. Strings built at run time do not convert: SQL injection is a
/// compile error. Parameters are written ?1, ?2 … (the PostgreSQL backend reads them as $1, $2 …).
/// Statements use the common subset of SQLite and PostgreSQL.
///
/// What a store asks has a name, "connections.find_sharer": its part and its constant. An engine
/// that cannot send SQL sends the name and the digest of the text, and its server keeps the texts
/// (store/sql/statements.h has all of them). Steps of the schema and tests need no name.
class Sql {
 public:
  consteval Sql(const char* text) : text_{text} {}
  consteval Sql(const char* name, const char* text) : name_{name}, text_{text} {}
  /// Empty for a statement without one.
  constexpr const char* name() const { return name_; }
  constexpr const char* text() const { return text_; }
  /// Of the text: 64 bits, FNV-1a. Tells the versions of a statement apart.
  constexpr std::uint64_t digest() const {
    std::uint64_t digest = 0xcbf29ce484222325U;
    for (const char* at = text_; *at != '\0'; ++at) {
      digest = (digest ^ static_cast<unsigned char>(*at)) * 0x100000001b3U;
    }
    return digest;
  }

 private:
  template <std::size_t Size>
  friend class Composed;
  template <std::size_t Size>
  constexpr Sql(const char* name, const std::array<char, Size>& composed)
      : name_{name}, text_{composed.data()} {}

  const char* name_ = "";
  const char* text_;
};

using Null = std::monostate;

/// A parameter or a column. Times are stored as ISO 8601 text, booleans as 0 and 1.
class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool value) : value_{std::int64_t{value ? 1 : 0}} {}
  template <class Integer>
    requires(std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>)
  Value(Integer value) : value_{static_cast<std::int64_t>(value)} {}
  Value(double value) : value_{value} {}
  Value(std::string text) : value_{std::move(text)} {}
  Value(std::string_view text) : value_{std::string{text}} {}
  Value(const char* text) : value_{std::string{text}} {}
  Value(Timestamp time) : value_{to_iso8601_millis(time)} {}
  template <class Tag>
  Value(const Id<Tag>& id) : value_{id.str()} {}
  template <class T>
  Value(const std::optional<T>& value) {
    if (value) *this = Value{*value};
  }

  bool is_null() const { return std::holds_alternative<Null>(value_); }
  /// Each throws Errc::internal when the column holds another type.
  std::int64_t integer() const;
  double real() const;
  const std::string& text() const&;
  std::string text() &&;
  bool boolean() const { return integer() != 0; }
  Timestamp time() const;
  std::optional<std::string> optional_text() const;
  std::optional<Timestamp> optional_time() const;

  const std::variant<Null, std::int64_t, double, std::string>& variant() const { return value_; }

 private:
  /// Always with milliseconds, so that the order of texts is the order of times.
  static std::string to_iso8601_millis(Timestamp time);

  std::variant<Null, std::int64_t, double, std::string> value_;
};

/// Columns in the order of the SELECT or RETURNING list.
using Row = std::vector<Value>;
using Rows = std::vector<Row>;

/// One statement with its parameters.
struct Statement {
  template <class... P>
  explicit Statement(Sql sql, P&&... values) : sql{sql} {
    // Not an initializer list, which would copy every text.
    parameters.reserve(sizeof...(P));
    (parameters.emplace_back(std::forward<P>(values)), ...);
  }

  Sql sql;
  std::vector<Value> parameters;
};

/// Names of tables with the names of their columns.
using Tables = std::map<std::string, std::set<std::string>, std::less<>>;

/// When both wait for the writer, interactive work goes before bulk work.
enum class Urgency { interactive, bulk };

/// An open database. Thread-safe: any loop may call it; the work is done on the database's own
/// threads, and the caller resumes on its own. Failures throw Error: `conflict` for a broken UNIQUE
/// constraint, `unavailable` for a busy or lost database, `misconfigured` for a read-only or
/// foreign one, `internal` for bad SQL.
///
/// There are no transactions to hold open: a statement is atomic by itself, and `atomically` runs
/// several as one. Logic between statements belongs into the statements (conditional UPDATE, ON
/// CONFLICT, RETURNING), so that each verb is one hop and one lock (docs/decisions).
class Database {
 public:
  virtual ~Database() = default;

  /// A SELECT, on a reader.
  virtual Task<Rows> read(Statement statement) = 0;
  template <class... P>
  Task<Rows> read(Sql sql, P&&... values) {
    return read(Statement{sql, std::forward<P>(values)...});
  }

  /// One changing statement, in its own transaction. Its RETURNING rows, if any.
  virtual Task<Rows> write(Statement statement) = 0;
  template <class... P>
  Task<Rows> write(Sql sql, P&&... values) {
    return write(Statement{sql, std::forward<P>(values)...});
  }

  /// Runs all or none of them, in order. Returns the rows of each.
  virtual Task<std::vector<Rows>> atomically(std::vector<Statement> statements,
                                             Urgency urgency = Urgency::interactive) = 0;

  /// The tables and views of the database and their columns, at one moment: for migrations, which
  /// must know whether the tables they change are ours.
  virtual Task<Tables> tables() = 0;

  /// Rewrites the database from its rows if it is no larger than `most_bytes` (nullopt: of any
  /// size). Erased rows are always overwritten at once, but copies of them that stayed behind when
  /// they moved from page to page are not; this removes those. No other change is possible during
  /// that. False when it was larger. A database that does not need this returns true.
  virtual Task<bool> compact(std::optional<std::int64_t> most_bytes) {
    static_cast<void>(most_bytes);
    co_return true;
  }

  /// Throws `unavailable` when the file was deleted or replaced while it was open, so that what is
  /// written now would not be found later. Writes nothing.
  virtual void check_place() const {}
};

}  // namespace gmail_mcp::sql
