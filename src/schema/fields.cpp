#include "schema/fields.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

#include "base/json_escape.h"
#include "base/text.h"
#include "crypto/base64.h"
#include "schema/json_text.h"

namespace gmail_mcp::schema {

namespace {

// Of what we have written ourselves: any member may hold a caller's JSON.
constexpr std::size_t most_levels = 256;

std::string quoted_list(const std::vector<std::string_view>& names) {
  std::string out;
  for (const auto& name : names) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

std::string unknown_name(const Description& description) {
  std::vector<std::string_view> names;
  for (const auto& field : description.fields) names.push_back(field.traits.name);
  if (names.empty()) return "is not known; nothing is accepted here";
  return "is not known; known are: " + quoted_list(names);
}

// Names come from callers: show a short printable form.
std::string shown_name(std::string_view name) {
  std::string out = repair_utf8(utf8_prefix(name, 64));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return out.empty() ? "\"\"" : out;
}

Fault inside(std::string_view name, Fault fault) {
  const auto joint = fault.path.empty() || fault.path.front() == '[' ? "" : ".";
  fault.path = std::string{name} + joint + fault.path;
  return fault;
}

std::optional<Fault> check_range(std::int64_t number, const Traits& traits) {
  if (traits.min && traits.max && (number < *traits.min || number > *traits.max)) {
    return Fault{.path = "",
                 .problem = fmt::format("must be between {} and {}", *traits.min, *traits.max)};
  }
  if (traits.min && number < *traits.min) {
    return Fault{.path = "", .problem = fmt::format("must be at least {}", *traits.min)};
  }
  if (traits.max && number > *traits.max) {
    return Fault{.path = "", .problem = fmt::format("must be at most {}", *traits.max)};
  }
  return std::nullopt;
}

}  // namespace

FieldInfo::FieldInfo(std::string_view name, std::string_view help, std::ptrdiff_t offset,
                     const MemberAccess& access)
    : traits{.name = name, .help = help}, type{&access.type()}, offset_{offset}, access_{&access} {
  write_value(key, name);
  key += ':';
}

FieldInfo::FieldInfo(const FieldInfo& other) = default;
FieldInfo::FieldInfo(FieldInfo&& other) noexcept = default;
FieldInfo& FieldInfo::operator=(const FieldInfo& other) = default;
FieldInfo& FieldInfo::operator=(FieldInfo&& other) noexcept = default;
FieldInfo::~FieldInfo() = default;

std::optional<Fault> FieldInfo::decode(void* object, const json::value& value) const {
  return access_->decode(static_cast<std::byte*>(object) + offset_, value, traits);
}

void FieldInfo::write(const void* object, std::string& out) const {
  access_->write(static_cast<const std::byte*>(object) + offset_, out);
}

std::size_t FieldInfo::bytes(const void* object) const {
  return access_->bytes(static_cast<const std::byte*>(object) + offset_);
}

Description::Description(std::vector<FieldInfo> described, const void* blank)
    : fields{std::move(described)} {
  defaults = encode_object(*this, blank);
}

const FieldInfo* Description::find(std::string_view name_or_alias) const {
  for (const auto& field : fields) {
    if (field.traits.name == name_or_alias) return &field;
    for (const auto alias : field.traits.aliases) {
      if (alias == name_or_alias) return &field;
    }
  }
  return nullptr;
}

std::size_t bytes_of(const json::value& value, std::size_t enough) {
  constexpr std::size_t any = 16;
  if (const auto* text = value.if_string()) return any + text->size();
  std::size_t bytes = any;
  if (const auto* list = value.if_array()) {
    for (const auto& one : *list) {
      if (bytes >= enough) break;
      bytes += bytes_of(one, enough - bytes);
    }
  } else if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      if (bytes >= enough) break;
      bytes += member.key().size() + bytes_of(member.value(), enough - bytes);
    }
  }
  return bytes;
}

std::optional<Fault> decode_object(const Description& description, void* object,
                                   const json::value& value) {
  if (const auto* members = value.if_object()) return decode_object(description, object, *members);
  return Fault{.path = "", .problem = "must be an object"};
}

std::optional<Fault> decode_object(const Description& description, void* object,
                                   const json::object& members) {
  std::vector<bool> seen(description.fields.size(), false);
  for (const auto& [name, member] : members) {
    const auto* field = description.find(name);
    if (field == nullptr) {
      return Fault{.path = shown_name(name), .problem = unknown_name(description)};
    }
    const auto index = static_cast<std::size_t>(field - description.fields.data());
    // null means "not given": clients fill optional arguments with it.
    if (member.is_null() && !field->traits.is_required) continue;
    if (seen[index]) {
      return Fault{.path = std::string{field->traits.name}, .problem = "is given twice"};
    }
    seen[index] = true;
    if (auto fault = field->decode(object, member)) {
      return inside(field->traits.name, std::move(*fault));
    }
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto& traits = description.fields[i].traits;
    if (traits.is_required && !seen[i]) {
      return Fault{.path = std::string{traits.name}, .problem = "is required"};
    }
  }
  return std::nullopt;
}

namespace {

bool is_empty_text(std::string_view value) {
  return value == "null" || value == "\"\"" || value == "[]" || value == "{}";
}

}  // namespace

void write_object(const Description& description, const void* object, std::string& out,
                  const FieldInfo* left_out) {
  out += '{';
  const auto first = out.size();
  for (const auto& field : description.fields) {
    if (&field == left_out) continue;
    const auto before = out.size();
    if (before != first) out += ',';
    out += field.key;
    const auto value = out.size();
    field.write(object, out);
    if (field.traits.omit_when_empty && is_empty_text(std::string_view{out}.substr(value))) {
      out.resize(before);
    }
  }
  out += '}';
}

std::size_t bytes_of(const Description& description, const void* object) {
  std::size_t sum = 2;
  for (const auto& field : description.fields) sum += field.key.size() + 1 + field.bytes(object);
  return sum;
}

std::size_t text_bytes(const json::object& value) {
  std::size_t sum = 2;
  for (const auto& member : value) sum += member.key().size() + text_bytes(member.value());
  return sum;
}

json::object encode_object(const Description& description, const void* object) {
  std::string text;
  write_object(description, object, text);
  json::parse_options options;
  options.max_depth = most_levels;
  return std::move(json::parse(text, {}, options).as_object());
}

std::optional<Fault> decode_value(bool& out, const json::value& value, const Traits& traits) {
  static_cast<void>(traits);
  if (const auto* flag = value.if_bool()) {
    out = *flag;
    return std::nullopt;
  }
  if (const auto* text = value.if_string()) {
    const auto word = to_lower_ascii(trim(*text));
    if (word == "true" || word == "1" || word == "yes" || word == "on") {
      out = true;
      return std::nullopt;
    }
    if (word == "false" || word == "0" || word == "no" || word == "off") {
      out = false;
      return std::nullopt;
    }
  }
  return Fault{.path = "", .problem = "must be true or false"};
}

std::optional<Fault> decode_value(std::int64_t& out, const json::value& value,
                                  const Traits& traits) {
  const Fault bad{.path = "", .problem = "must be a whole number"};
  if (const auto* number = value.if_int64()) {
    out = *number;
  } else if (value.is_uint64()) {
    return check_range(std::numeric_limits<std::int64_t>::max(), traits).value_or(bad);
  } else if (const auto* real = value.if_double()) {
    if (std::floor(*real) != *real || std::abs(*real) > 9e15) return bad;
    out = static_cast<std::int64_t>(*real);
  } else if (const auto* text = value.if_string()) {
    const auto digits = trim(*text);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (error != std::errc{} || end != digits.data() + digits.size()) return bad;
  } else {
    return bad;
  }
  return check_range(out, traits);
}

std::optional<Fault> decode_value(double& out, const json::value& value, const Traits& traits) {
  const Fault bad{.path = "", .problem = "must be a number"};
  if (value.is_number()) {
    out = value.to_number<double>();
  } else if (const auto* text = value.if_string()) {
    const auto digits = trim(*text);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (error != std::errc{} || end != digits.data() + digits.size()) return bad;
  } else {
    return bad;
  }
  return check_range(static_cast<std::int64_t>(out), traits);
}

std::optional<Fault> decode_value(std::string& out, const json::value& value,
                                  const Traits& traits) {
  // Some clients make a number of whatever looks like one.
  if (value.is_int64() || value.is_uint64()) {
    return decode_value(out, json::value(json::serialize(value)), traits);
  }
  const auto* text = value.if_string();
  if (text == nullptr) return Fault{.path = "", .problem = "must be a string"};
  if (auto fault = check_length(text->size(), traits, "bytes")) return fault;
  if (!traits.choices.empty()) {
    std::size_t index = 0;
    if (auto fault = decode_choice(index, value, traits.choices)) return fault;
  }
  out.assign(text->data(), text->size());
  return std::nullopt;
}

std::optional<Fault> decode_value(Secret& out, const json::value& value, const Traits& traits) {
  std::string text;
  if (auto fault = decode_value(text, value, traits)) return fault;
  out = Secret{std::move(text)};
  return std::nullopt;
}

std::optional<Fault> decode_value(Timestamp& out, const json::value& value, const Traits& traits) {
  std::string text;
  if (auto fault = decode_value(text, value, traits)) return fault;
  const auto time = parse_iso8601(text);
  if (!time) return Fault{.path = "", .problem = "must be a time such as 2026-01-02T03:04:05Z"};
  out = *time;
  return std::nullopt;
}

std::optional<Fault> decode_value(json::object& out, const json::value& value,
                                  const Traits& traits) {
  static_cast<void>(traits);
  if (const auto* object = value.if_object()) {
    out = *object;
    return std::nullopt;
  }
  if (const auto* text = value.if_string()) {
    auto read = read_json(*text, {});
    auto* parsed = std::get_if<json::value>(&read);
    if (parsed != nullptr && parsed->is_object()) {
      out = std::move(parsed->get_object());
      return std::nullopt;
    }
  }
  return Fault{.path = "", .problem = "must be an object"};
}

std::optional<Fault> decode_value(json::value& out, const json::value& value,
                                  const Traits& traits) {
  static_cast<void>(traits);
  out = value;
  return std::nullopt;
}

std::optional<Fault> decode_value(Base64& out, const json::value& value, const Traits& traits) {
  const auto* text = value.if_string();
  if (text == nullptr) return Fault{.path = "", .problem = "must be a base64 string"};
  auto bytes = crypto::base64_decode(*text);
  if (!bytes) return Fault{.path = "", .problem = "is not valid base64"};
  if (auto fault = check_length(bytes->size(), traits, "bytes")) return fault;
  out.bytes = std::move(*bytes);
  return std::nullopt;
}

std::optional<Fault> decode_choice(std::size_t& index, const json::value& value,
                                   const std::vector<std::string_view>& choices) {
  if (const auto* text = value.if_string()) {
    for (std::size_t i = 0; i < choices.size(); ++i) {
      if (equals_ignoring_case(*text, choices[i])) {
        index = i;
        return std::nullopt;
      }
    }
  }
  return Fault{.path = "", .problem = "must be one of: " + quoted_list(choices)};
}

const json::array* as_list(const json::value& value, const Traits& traits, json::array& made) {
  if (const auto* list = value.if_array()) return list;
  if (const auto* text = value.if_string()) {
    const auto trimmed = trim(*text);
    if (!trimmed.empty() && trimmed.front() == '[') {
      auto read = read_json(trimmed, {});
      auto* parsed = std::get_if<json::value>(&read);
      if (parsed != nullptr && parsed->is_array()) {
        made = std::move(parsed->get_array());
        return &made;
      }
    }
    if (traits.is_one_or_many) {
      if (!trimmed.empty()) made.emplace_back(trimmed);
      return &made;
    }
  } else if (traits.is_one_or_many && !value.is_null()) {
    made.push_back(value);
    return &made;
  }
  return nullptr;
}

std::optional<Fault> check_length(std::size_t length, const Traits& traits, std::string_view unit) {
  const auto count = static_cast<std::int64_t>(length);
  if (traits.min && count < *traits.min) {
    if (*traits.min == 1) return Fault{.path = "", .problem = "must not be empty"};
    return Fault{.path = "", .problem = fmt::format("must have at least {} {}", *traits.min, unit)};
  }
  if (traits.max && count > *traits.max) {
    return Fault{.path = "", .problem = fmt::format("must have at most {} {}", *traits.max, unit)};
  }
  return std::nullopt;
}

void write_value(std::string& out, bool value) { out += value ? "true" : "false"; }

void write_value(std::string& out, std::int64_t value) {
  std::array<char, 24> digits;
  out.append(digits.data(), std::to_chars(digits.begin(), digits.end(), value).ptr);
}

void write_value(std::string& out, double value) { out += json::serialize(json::value(value)); }

// A stranger's bytes that are no text would make the whole answer no JSON.
void write_value(std::string& out, std::string_view value) {
  out += '"';
  unsigned char bits = 0;
  for (const char c : value) bits |= static_cast<unsigned char>(c);
  if (bits < 0x80 || is_valid_utf8(value)) {
    append_json_escaped(out, value);
  } else {
    append_json_escaped(out, repair_utf8(value));
  }
  out += '"';
}

void write_value(std::string& out, const Secret& value) {
  out += value.empty() ? "\"\"" : "\"(set)\"";
}

void write_value(std::string& out, Timestamp value) {
  out += '"';
  out += to_iso8601(value);
  out += '"';
}

void write_value(std::string& out, const Base64& value) {
  out += '"';
  out += crypto::base64_encode(value.bytes);
  out += '"';
}

void write_value(std::string& out, const json::object& value) { out += json::serialize(value); }
void write_value(std::string& out, const json::value& value) { out += json::serialize(value); }

template struct MemberOf<bool>;
template struct MemberOf<int>;
template struct MemberOf<std::int64_t>;
template struct MemberOf<std::string>;
template struct MemberOf<Secret>;
template struct MemberOf<Timestamp>;
template struct MemberOf<std::optional<int>>;
template struct MemberOf<std::optional<std::string>>;
template struct MemberOf<std::vector<std::string>>;

}  // namespace gmail_mcp::schema
