#include "schema/fields.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>

#include "base/text.h"

namespace gmail_mcp::schema {

namespace {

// How deep our own JSON may be nested, because any member may hold a caller's JSON.
constexpr std::size_t most_levels = 256;

std::string unknown_name(const Description& description) {
  std::vector<std::string> names;
  for (const auto& field : description.fields) names.emplace_back(field.traits.name);
  if (names.empty()) return "is not known; nothing is accepted here";
  return "is not known; known are: " + join(names, ", ");
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

}  // namespace

FieldInfo::FieldInfo(const Traits& said, const TypeInfo& of, std::ptrdiff_t offset)
    : traits{said}, type{&of}, offset_{offset} {
  write_value(key, traits.name);
  key += ':';
  const auto count = said.choices.size() + said.env.size();
  if (count == 0) return;
  words_ = std::make_unique<std::string_view[]>(count);
  auto* const env = std::copy(said.choices.begin(), said.choices.end(), words_.get());
  std::copy(said.env.begin(), said.env.end(), env);
  traits.choices = {words_.get(), said.choices.size()};
  traits.env = {env, said.env.size()};
}

std::optional<Fault> FieldInfo::decode(void* object, const json::value& value) const {
  return type->decode(*type, static_cast<std::byte*>(object) + offset_, value, traits);
}

void FieldInfo::write(const void* object, std::string& out) const {
  type->write(*type, static_cast<const std::byte*>(object) + offset_, out);
}

std::size_t FieldInfo::bytes(const void* object) const {
  return bytes_of(*type, static_cast<const std::byte*>(object) + offset_);
}

FieldList::FieldList() = default;
FieldList::FieldList(FieldList&& other) noexcept = default;
FieldList::~FieldList() = default;
std::vector<FieldInfo> FieldList::take() && { return std::move(list_); }

void FieldList::add(const Traits& said, const TypeInfo& type, std::ptrdiff_t offset) {
  list_.emplace_back(said, type, offset);
}

void FieldList::add(FieldList more) {
  for (auto& field : more.list_) list_.push_back(std::move(field));
}

void FieldList::move_by(std::ptrdiff_t distance) {
  for (auto& field : list_) field.move_by(distance);
}

Description::Description(FieldList described, const void* blank)
    : fields{std::move(described).take()} {
  defaults = encode_object(*this, blank);
}

Description::Description(Description&& other) noexcept = default;
Description::~Description() = default;

const FieldInfo* Description::find(std::string_view name_or_alias) const {
  for (const auto& field : fields) {
    const auto& traits = field.traits;
    if (traits.name == name_or_alias) return &field;
    if (!traits.alias.empty() && traits.alias == name_or_alias) return &field;
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

// A `false` that could have been null is information, so it is not empty.
bool is_empty_text(const TypeInfo& type, std::string_view value) {
  switch (value.size()) {
    case 2: return value == "\"\"" || value == "[]" || value == "{}";
    case 4: return value == "null";
    case 5: return value == "false" && !type.nullable;
    default: return false;
  }
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
    if (field.traits.omit_when_empty &&
        is_empty_text(*field.type, std::string_view{out}.substr(value))) {
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

json::object encode_object(const Description& description, const void* object) {
  std::string text;
  write_object(description, object, text);
  json::parse_options options;
  options.max_depth = most_levels;
  return std::move(json::parse(text, {}, options).as_object());
}

}  // namespace gmail_mcp::schema
