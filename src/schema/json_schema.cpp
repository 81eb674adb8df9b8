#include <boost/json/array.hpp>

#include "schema/fields.h"

namespace gmail_mcp::schema {

namespace {

enum class Direction { input, output };

std::string_view type_name(TypeInfo::Kind kind) {
  switch (kind) {
    case TypeInfo::Kind::boolean: return "boolean";
    case TypeInfo::Kind::integer: return "integer";
    case TypeInfo::Kind::number: return "number";
    case TypeInfo::Kind::string:
    case TypeInfo::Kind::secret: return "string";
    case TypeInfo::Kind::list: return "array";
    case TypeInfo::Kind::object:
    case TypeInfo::Kind::described: return "object";
    case TypeInfo::Kind::any: return "";
  }
  return "";
}

json::object object_schema(const Description& description, Direction direction, int levels);

json::object type_schema(const TypeInfo& type, Direction direction, int levels);

// Not {"type": [name, "null"]}: the function schemas of several models' providers know one type.
json::object or_null(json::object one) {
  json::object nothing;
  nothing["type"] = "null";
  json::object out;
  out["anyOf"] = json::array{std::move(one), std::move(nothing)};
  return out;
}

// The schema without null.
json::object value_schema(const TypeInfo& type, Direction direction, int levels) {
  if (type.kind == TypeInfo::Kind::described && levels > 0) {
    return object_schema(type.nested(), direction, levels - 1);
  }
  json::object out;
  const auto name = type_name(type.kind);
  if (name.empty()) return out;
  out["type"] = name;
  if (!type.format.empty()) out["format"] = type.format;
  if (!type.choices().empty()) {
    json::array choices;
    for (const auto choice : type.choices()) choices.emplace_back(choice);
    out["enum"] = std::move(choices);
  }
  if (type.kind == TypeInfo::Kind::list) {
    auto items = type_schema(*type.item, direction, levels - 1);
    if (!items.empty()) out["items"] = std::move(items);
  }
  return out;
}

bool may_be_null(const TypeInfo& type, Direction direction) {
  return type.nullable && direction == Direction::output && type.kind != TypeInfo::Kind::any;
}

json::object type_schema(const TypeInfo& type, Direction direction, int levels) {
  auto out = value_schema(type, direction, levels);
  return may_be_null(type, direction) ? or_null(std::move(out)) : out;
}

void add_bounds(json::object& out, const FieldInfo& field) {
  const auto& traits = field.traits;
  const auto kind = field.type->kind;
  const auto bound = [&](const char* number, const char* text, const char* list,
                         std::int64_t value) {
    if (kind == TypeInfo::Kind::integer || kind == TypeInfo::Kind::number) {
      out[number] = value;
    } else if (kind == TypeInfo::Kind::string) {
      out[text] = value;
    } else if (kind == TypeInfo::Kind::list) {
      out[list] = value;
    }
  };
  if (traits.min) bound("minimum", "minLength", "minItems", *traits.min);
  if (traits.max) bound("maximum", "maxLength", "maxItems", *traits.max);
}

json::object field_schema(const FieldInfo& field, Direction direction, int levels) {
  auto out = value_schema(*field.type, direction, levels);
  const auto& traits = field.traits;
  if (!traits.choices.empty()) {
    json::array choices;
    for (const auto choice : traits.choices) choices.emplace_back(choice);
    out["enum"] = std::move(choices);
  }
  if (!traits.format.empty()) out["format"] = traits.format;
  if (direction == Direction::input) add_bounds(out, field);
  // A field that is left out when it is null is never written as null.
  if (may_be_null(*field.type, direction) && !traits.omit_when_empty) out = or_null(std::move(out));
  if (!traits.help.empty()) out["description"] = traits.help;
  return out;
}

json::object object_schema(const Description& description, Direction direction, int levels) {
  json::object properties;
  json::array required;
  for (const auto& field : description.fields) {
    auto one = field_schema(field, direction, levels);
    if (direction == Direction::input) {
      const auto* standard = description.defaults.if_contains(field.traits.name);
      const bool tells = standard != nullptr && !field.traits.is_required && !standard->is_null() &&
                         (standard->is_bool() || standard->is_number() ||
                          (standard->is_string() && !standard->get_string().empty()));
      if (tells) one["default"] = *standard;
      if (field.traits.is_required) required.emplace_back(field.traits.name);
    } else if (!field.traits.omit_when_empty) {
      required.emplace_back(field.traits.name);
    }
    properties[field.traits.name] = std::move(one);
  }
  json::object out;
  out["type"] = "object";
  out["properties"] = std::move(properties);
  if (!required.empty()) out["required"] = std::move(required);
  if (direction == Direction::input) out["additionalProperties"] = false;
  return out;
}

}  // namespace

json::object input_schema(const Description& description, int levels) {
  return object_schema(description, Direction::input, levels);
}

json::object output_schema(const Description& description, int levels) {
  return object_schema(description, Direction::output, levels);
}

}  // namespace gmail_mcp::schema
