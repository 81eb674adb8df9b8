#include "schema/json_text.h"

#include <boost/json/value_stack.hpp>
#include <set>
#include <utility>
#include <vector>

#include "base/text.h"
#include "schema/json_events.h"

namespace gmail_mcp::schema {

namespace {

namespace json = boost::json;
using boost::system::error_code;

// json::parser's handler, with counters: it sees every value and every member name go by.
struct TreeBuilder : CountedJsonEvents {
  TreeBuilder(json::storage_ptr storage, unsigned char* buffer, std::size_t size)
      : stack{std::move(storage), buffer, size} {}

  bool on_object_end(std::size_t n, error_code& ec) {
    stack.push_object(n);
    return count(ec);
  }
  bool on_array_end(std::size_t n, error_code& ec) {
    stack.push_array(n);
    return count(ec);
  }
  bool on_key_part(json::string_view s, std::size_t, error_code&) {
    stack.push_chars(s);
    return true;
  }
  bool on_key(json::string_view s, std::size_t, error_code&) {
    stack.push_key(s);
    ++keys;
    return true;
  }
  bool on_string_part(json::string_view s, std::size_t, error_code&) {
    stack.push_chars(s);
    return true;
  }
  bool on_string(json::string_view s, std::size_t, error_code& ec) {
    stack.push_string(s);
    return count(ec);
  }
  bool on_int64(std::int64_t i, json::string_view, error_code& ec) {
    stack.push_int64(i);
    return count(ec);
  }
  bool on_uint64(std::uint64_t u, json::string_view, error_code& ec) {
    stack.push_uint64(u);
    return count(ec);
  }
  bool on_double(double d, json::string_view, error_code& ec) {
    stack.push_double(d);
    return count(ec);
  }
  bool on_bool(bool b, error_code& ec) {
    stack.push_bool(b);
    return count(ec);
  }
  bool on_null(error_code& ec) {
    stack.push_null();
    return count(ec);
  }

  json::value_stack stack;
  std::size_t keys = 0;
};

// Finds the first name that is repeated in its object: used only when there is one.
struct RepeatFinder : JsonEvents {
  bool on_object_begin(error_code&) {
    names.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    names.pop_back();
    return true;
  }
  bool on_key_part(json::string_view s, std::size_t, error_code&) {
    name.append(s.data(), s.size());
    return true;
  }
  bool on_key(json::string_view s, std::size_t, error_code& ec) {
    name.append(s.data(), s.size());
    if (!names.back().insert(name).second) {
      ec = json::error::extra_data;
      return false;
    }
    name.clear();
    return true;
  }

  std::vector<std::set<std::string>> names;  // of the open objects
  std::string name;
};

std::string repeated_name(std::string_view text, const JsonRules& rules) {
  constexpr std::size_t shown = 60;
  json::basic_parser<RepeatFinder> parser{parse_options_of(rules)};
  error_code ec;
  parser.write_some(false, text.data(), text.size(), ec);
  auto& name = parser.handler().name;
  if (name.size() <= shown) return std::move(name);
  return repair_utf8(name.substr(0, shown)) + "…";
}

// Not deeper than the parser allowed.
std::size_t count_members(const json::value& value) {
  std::size_t members = 0;
  if (const auto* object = value.if_object()) {
    members = object->size();
    for (const auto& member : *object) members += count_members(member.value());
  } else if (const auto* array = value.if_array()) {
    for (const auto& element : *array) members += count_members(element);
  }
  return members;
}

}  // namespace

std::variant<json::value, JsonFault> read_json(std::string_view text, const JsonRules& rules,
                                               json::storage_ptr storage) {
  using Kind = JsonFault::Kind;
  unsigned char buffer[4096];
  json::basic_parser<TreeBuilder> parser{parse_options_of(rules), json::storage_ptr{}, buffer,
                                         sizeof buffer};
  auto& builder = parser.handler();
  builder.stack.reset(std::move(storage));
  auto fault = parse_json(parser, text, rules);
  if (fault) return *std::move(fault);
  auto tree = builder.stack.release();
  if (!rules.allow_repeated_names && count_members(tree) != builder.keys) {
    return JsonFault{Kind::repeated_name, repeated_name(text, rules)};
  }
  return tree;
}

void drop_slash_escapes(std::string& text) {
  auto from = text.find("\\/");
  if (from == std::string::npos) return;
  // From the first backslash, because the slash may follow an escaped backslash: "\\/" keeps both.
  from = text.find('\\');
  auto to = from;
  while (from < text.size()) {
    const bool is_pair = text[from] == '\\' && from + 1 < text.size();
    if (is_pair && text[from + 1] != '/') text[to++] = text[from];
    if (is_pair) ++from;
    text[to++] = text[from++];
  }
  text.resize(to);
}

}  // namespace gmail_mcp::schema
