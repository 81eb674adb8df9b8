#include <fmt/format.h>

#include <array>
#include <bit>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/json_escape.h"
#include "base/text.h"
#include "crypto/base64.h"
#include "schema/fields.h"
#include "schema/json_text.h"

namespace gmail_mcp::schema {

namespace {

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
  // Some clients turn everything that looks like a number into one.
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

std::optional<Fault> decode_choice(std::size_t& index, const json::value& value, Words choices) {
  if (const auto* text = value.if_string()) {
    for (std::size_t i = 0; i < choices.size(); ++i) {
      if (equals_ignoring_case(*text, choices[i])) {
        index = i;
        return std::nullopt;
      }
    }
  }
  const std::vector<std::string> all(choices.begin(), choices.end());
  return Fault{.path = "", .problem = "must be one of: " + join(all, ", ")};
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

void write_value(std::string& out, std::string_view value) { append_json_string(out, value); }

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

// ---------------------------------------------------------------- functions in the tables

template <class T>
std::optional<Fault> Plain<T>::decode(const TypeInfo& /*type*/, void* out, const json::value& value,
                                      const Traits& traits) {
  return decode_value(*static_cast<T*>(out), value, traits);
}

template <class T>
void Plain<T>::write(const TypeInfo& /*type*/, const void* value, std::string& out) {
  write_value(out, *static_cast<const T*>(value));
}

template struct Plain<bool>;
template struct Plain<double>;
template struct Plain<std::string>;
template struct Plain<Secret>;
template struct Plain<Timestamp>;
template struct Plain<Base64>;
template struct Plain<json::object>;
template struct Plain<json::value>;

namespace {

constexpr bool low_bytes_first = std::endian::native == std::endian::little;
static_assert(low_bytes_first, "whole numbers are copied by their low bytes");

void store_number(const TypeInfo& type, void* out, std::int64_t number) {
  std::memcpy(out, &number, type.size);
}

std::int64_t load_number(const TypeInfo& type, const void* value) {
  std::int64_t number = 0;
  std::memcpy(&number, value, type.size);
  const auto unused = 64 - 8 * static_cast<int>(type.size);
  if (!type.is_signed || unused == 0) return number;
  // The sign is in the highest of the bytes that were copied.
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(number) << unused) >> unused;
}

std::string place_of(std::size_t index, const std::string& path) {
  const auto joint = path.empty() || path.front() == '[' ? "" : ".";
  return "[" + std::to_string(index) + "]" + joint + path;
}

}  // namespace

std::optional<Fault> decode_integer(const TypeInfo& type, void* out, const json::value& value,
                                    const Traits& traits) {
  const auto bits = 8 * static_cast<int>(type.size) - (type.is_signed ? 1 : 0);
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  Traits bounds;
  bounds.max = traits.max.value_or(bits >= 63 ? most : (std::int64_t{1} << bits) - 1);
  bounds.min = traits.min.value_or(
      !type.is_signed ? 0 : (bits >= 63 ? -most - 1 : -(std::int64_t{1} << bits)));
  std::int64_t number = 0;
  if (auto fault = decode_value(number, value, bounds)) return fault;
  store_number(type, out, number);
  return std::nullopt;
}

void write_integer(const TypeInfo& type, const void* value, std::string& out) {
  write_value(out, load_number(type, value));
}

std::optional<Fault> decode_enum(const TypeInfo& type, void* out, const json::value& value,
                                 const Traits& /*traits*/) {
  std::size_t index = 0;
  if (auto fault = decode_choice(index, value, type.choices())) return fault;
  store_number(type, out, static_cast<std::int64_t>(index));
  return std::nullopt;
}

void write_enum(const TypeInfo& type, const void* value, std::string& out) {
  write_value(out, type.choices()[static_cast<std::size_t>(load_number(type, value))]);
}

std::optional<Fault> decode_described(const TypeInfo& type, void* out, const json::value& value,
                                      const Traits& /*traits*/) {
  return decode_object(type.nested(), out, value);
}

void write_described(const TypeInfo& type, const void* value, std::string& out) {
  write_object(type.nested(), value, out);
}

std::optional<Fault> decode_optional(const TypeInfo& type, void* out, const json::value& value,
                                     const Traits& traits) {
  if (!value.is_null()) {
    return type.held->decode(*type.held, type.optional->emplace(out), value, traits);
  }
  type.optional->reset(out);
  return std::nullopt;
}

void write_optional(const TypeInfo& type, const void* value, std::string& out) {
  const auto* held = type.optional->value(value);
  if (held == nullptr) {
    out += "null";
  } else {
    type.held->write(*type.held, held, out);
  }
}

std::optional<Fault> decode_list(const TypeInfo& type, void* out, const json::value& value,
                                 const Traits& traits) {
  json::array made;
  const auto* list = as_list(value, traits, made);
  if (list == nullptr) return Fault{.path = "", .problem = "must be a list"};
  if (auto fault = check_length(list->size(), traits, "entries")) return fault;
  auto* item = static_cast<std::byte*>(type.list->remake(out, list->size()));
  const Traits nothing_said;
  for (std::size_t i = 0; i < list->size(); ++i, item += type.list->item_size) {
    if (auto fault = type.item->decode(*type.item, item, (*list)[i], nothing_said)) {
      fault->path = place_of(i, fault->path);
      return fault;
    }
  }
  return std::nullopt;
}

void write_list(const TypeInfo& type, const void* value, std::string& out) {
  std::size_t count = 0;
  const auto* item = static_cast<const std::byte*>(type.list->items(value, count));
  out += '[';
  for (std::size_t i = 0; i < count; ++i, item += type.list->item_size) {
    if (i > 0) out += ',';
    type.item->write(*type.item, item, out);
  }
  out += ']';
}

namespace {

// Enough for short texts that are not worth measuring: a number, a time, the name of an enum.
constexpr std::size_t plain_bytes = 16;

std::size_t bytes_of_json(const json::value& value) {
  return bytes_of(value, std::numeric_limits<std::size_t>::max());
}

std::size_t bytes_of_json(const json::object& value) {
  std::size_t sum = 2;
  for (const auto& member : value) sum += member.key().size() + bytes_of_json(member.value());
  return sum;
}

std::size_t bytes_of_list(const TypeInfo& type, const void* value) {
  std::size_t count = 0;
  const auto* item = static_cast<const std::byte*>(type.list->items(value, count));
  std::size_t sum = plain_bytes;
  for (std::size_t i = 0; i < count; ++i, item += type.list->item_size) {
    sum += bytes_of(*type.item, item);
  }
  return sum;
}

}  // namespace

std::size_t bytes_of(const TypeInfo& type, const void* value) {
  // Most values are texts. Those in a std::optional have another `decode`.
  if (type.decode == &Plain<std::string>::decode) {
    return static_cast<const std::string*>(value)->size() + 3;
  }
  if (type.nullable) {
    const auto* held = type.optional->value(value);
    return held == nullptr ? plain_bytes : bytes_of(*type.held, held);
  }
  if (type.list != nullptr) return bytes_of_list(type, value);
  if (type.description != nullptr) return bytes_of(type.nested(), value);
  if (type.decode == &Plain<Base64>::decode) {
    return static_cast<const Base64*>(value)->bytes.size() / 3 * 4 + 6;
  }
  if (type.kind == TypeInfo::Kind::object) {
    return bytes_of_json(*static_cast<const json::object*>(value));
  }
  if (type.kind == TypeInfo::Kind::any) {
    return bytes_of_json(*static_cast<const json::value*>(value));
  }
  return plain_bytes;
}

}  // namespace gmail_mcp::schema
