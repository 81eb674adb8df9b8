#pragma once

#include <boost/json/basic_parser_impl.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "schema/json_text.h"

// A stranger's JSON text read without making a tree of it.
namespace gmail_mcp::schema {

/// A handler for boost::json::basic_parser that ignores every event; derived handlers override
/// some.
struct JsonEvents {
  using error_code = boost::system::error_code;

  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t, error_code&) { return true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_key_part(std::string_view, std::size_t, error_code&) { return true; }
  bool on_key(std::string_view, std::size_t, error_code&) { return true; }
  bool on_string_part(std::string_view, std::size_t, error_code&) { return true; }
  bool on_string(std::string_view, std::size_t, error_code&) { return true; }
  bool on_number_part(std::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, std::string_view, error_code&) { return true; }
  bool on_uint64(std::uint64_t, std::string_view, error_code&) { return true; }
  bool on_double(double, std::string_view, error_code&) { return true; }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }
};

/// A handler that counts values: derived ones call `count` for each.
struct CountedJsonEvents : JsonEvents {
  bool count(error_code& ec) {
    if (++values <= max_values) return true;
    ec = boost::json::error::too_deep;
    too_many = true;
    return false;
  }

  std::size_t max_values = 0;
  std::size_t values = 0;
  bool too_many = false;
};

/// Runs a parser whose handler is a CountedJsonEvents over the whole text.
template <class Handler>
std::optional<JsonFault> parse_json(boost::json::basic_parser<Handler>& parser,
                                    std::string_view text, const JsonRules& rules) {
  using Kind = JsonFault::Kind;
  auto& handler = parser.handler();
  handler.max_values = rules.values;
  boost::system::error_code ec;
  const auto read = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && (read < text.size() || !parser.done())) ec = boost::json::error::extra_data;
  if (handler.too_many) return JsonFault{Kind::too_many_values, {}};
  if (ec == boost::json::error::too_deep) return JsonFault{Kind::too_deep, {}};
  if (ec) return JsonFault{Kind::malformed, {}};
  return std::nullopt;
}

inline boost::json::parse_options parse_options_of(const JsonRules& rules) {
  boost::json::parse_options options;
  options.max_depth = rules.depth;
  options.allow_invalid_utf8 = rules.allow_invalid_utf8;
  return options;
}

/// A value that is no object and no array; monostate: null.
using JsonScalar =
    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string_view>;

/// Tells `Reader` what is in a JSON text, in the order of the text. It has begin_object(),
/// end_object(), begin_array(), end_array(), name(std::string_view) and value(const JsonScalar&);
/// texts are whole and borrowed until the next event. begin_object() returns false to read no
/// further, as if there were too many values.
template <class Reader>
class JsonTeller : public CountedJsonEvents {
 public:
  explicit JsonTeller(Reader& reader) : reader_{reader} {}

  bool on_object_begin(error_code& ec) {
    if (reader_.begin_object()) return true;
    ec = boost::json::error::too_deep;
    too_many = true;
    return false;
  }
  bool on_object_end(std::size_t, error_code& ec) {
    reader_.end_object();
    return count(ec);
  }
  bool on_array_begin(error_code&) {
    reader_.begin_array();
    return true;
  }
  bool on_array_end(std::size_t, error_code& ec) {
    reader_.end_array();
    return count(ec);
  }
  bool on_key_part(std::string_view part, std::size_t, error_code&) {
    parts_ += part;
    return true;
  }
  bool on_key(std::string_view rest, std::size_t, error_code&) {
    reader_.name(whole(rest));
    parts_.clear();
    return true;
  }
  bool on_string_part(std::string_view part, std::size_t, error_code&) {
    parts_ += part;
    return true;
  }
  bool on_string(std::string_view rest, std::size_t, error_code& ec) {
    reader_.value(whole(rest));
    parts_.clear();
    return count(ec);
  }
  bool on_int64(std::int64_t number, std::string_view, error_code& ec) {
    reader_.value(number);
    return count(ec);
  }
  bool on_uint64(std::uint64_t number, std::string_view, error_code& ec) {
    reader_.value(number);
    return count(ec);
  }
  bool on_double(double number, std::string_view, error_code& ec) {
    reader_.value(number);
    return count(ec);
  }
  bool on_bool(bool value, error_code& ec) {
    reader_.value(value);
    return count(ec);
  }
  bool on_null(error_code& ec) {
    reader_.value(std::monostate{});
    return count(ec);
  }

 private:
  // A text with escapes arrives in parts; any other as it stands in the JSON.
  std::string_view whole(std::string_view rest) {
    if (parts_.empty()) return rest;
    return parts_ += rest;
  }

  Reader& reader_;
  std::string parts_;
};

/// Reads one JSON text by telling `reader` what is in it. Repeated names are told as often as they
/// are there (`rules.allow_repeated_names` is not looked at). Linear.
template <class Reader>
std::optional<JsonFault> tell_json(std::string_view text, const JsonRules& rules, Reader& reader) {
  boost::json::basic_parser<JsonTeller<Reader>> parser{parse_options_of(rules), reader};
  return parse_json(parser, text, rules);
}

}  // namespace gmail_mcp::schema
