#include "mcp/param_headers.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "mcp/classify.h"

namespace gmail_mcp::mcp {

namespace {

constexpr std::string_view annotation = "x-mcp-header";

// RFC 9110 §5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
  });
}

bool is_routable(const json::object& property) {
  const auto* type = property.if_contains("type");
  if (!type || !type->is_string()) return false;
  const std::string_view name = type->get_string();
  return name == "string" || name == "integer" || name == "boolean";
}

std::size_t count_annotations(const json::value& value) {
  std::size_t found = 0;
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) found += count_annotations(member.value());
    // A property may itself be called x-mcp-header: then its value is a schema, not a name.
    const auto* name = object->if_contains(annotation);
    if (name && !name->is_object()) ++found;
  } else if (const auto* array = value.if_array()) {
    for (const auto& element : *array) found += count_annotations(element);
  }
  return found;
}

void collect(const json::object& schema, std::vector<std::string>& path,
             std::vector<ParamHeader>& found) {
  const auto* value = schema.if_contains("properties");
  const auto* properties = value ? value->if_object() : nullptr;
  if (!properties) return;
  for (const auto& member : *properties) {
    const auto* property = member.value().if_object();
    if (!property) continue;
    path.emplace_back(member.key());
    const auto* name = property->if_contains(annotation);
    if (name && name->is_string() && is_token(name->get_string()) && is_routable(*property)) {
      const std::string_view text = name->get_string();
      found.push_back({path, "Mcp-Param-" + std::string{text}});
    }
    collect(*property, path, found);
    path.pop_back();
  }
}

// nullptr when absent or null, which mean the same here.
const json::value* find_argument(const json::object& arguments,
                                 const std::vector<std::string>& path) {
  const auto* members = &arguments;
  const json::value* value = nullptr;
  for (const auto& step : path) {
    if (!members) return nullptr;
    value = members->if_contains(step);
    if (!value || value->is_null()) return nullptr;
    members = value->if_object();
  }
  return value;
}

bool says(const std::string& header, const json::value& argument) {
  if (argument.is_string()) return std::string_view{argument.get_string()} == header;
  if (argument.is_bool()) return header == (argument.get_bool() ? "true" : "false");
  if (!argument.is_number()) return false;
  double number = 0;
  const auto* end = header.data() + header.size();
  const auto [read, error] = std::from_chars(header.data(), end, number);
  if (error != std::errc{} || read != end) return false;
  if (argument.is_double()) return number == argument.get_double();
  // Beyond 2^53 a double cannot distinguish neighbours; the digits can.
  std::string digits;
  append_json(digits, argument);
  constexpr double exact = 9'007'199'254'740'992.0;
  return header == digits ||
         (number == argument.to_number<double>() && number < exact && number > -exact);
}

}  // namespace

Result<std::vector<ParamHeader>> param_headers(const json::object& input_schema) {
  std::vector<ParamHeader> found;
  std::vector<std::string> path;
  collect(input_schema, path, found);
  if (count_annotations(json::value(input_schema)) != found.size()) {
    return Error{Errc::misconfigured, "A tool's x-mcp-header is where clients do not accept it.",
                 "Put it on a string, integer or boolean property and make it a header token."};
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (equals_ignoring_case(found[i].header, found[j].header)) {
        return Error{Errc::misconfigured, "A tool uses the same x-mcp-header twice."};
      }
    }
  }
  return found;
}

std::optional<Failure> check_param_headers(const std::vector<ParamHeader>& rules,
                                           const json::object& arguments,
                                           const http::Headers& headers) {
  for (const auto& rule : rules) {
    const auto mismatch = [&](std::string_view what) {
      return Failure{RpcCode::header_mismatch, rule.header + std::string{what}};
    };
    const auto* argument = find_argument(arguments, rule.path);
    const auto sent = headers.count(rule.header);
    if (sent > 1) return mismatch(" is sent more than once.");
    if (!argument && sent == 1) return mismatch(" repeats an argument that is not there.");
    if (!argument) continue;
    if (sent == 0) return mismatch(" is missing.");
    const auto value = decode_header_value(trim(*headers.find(rule.header)));
    if (!value) return mismatch(" is not well encoded.");
    if (!says(*value, *argument)) return mismatch(" does not say what the argument says.");
  }
  return std::nullopt;
}

}  // namespace gmail_mcp::mcp
