#include "surface/tool_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "schema/json_text.h"

namespace gmail_mcp::surface {

namespace {

constexpr std::size_t line_length = 78;

// Wraps text for a terminal; lines after the first are indented.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t length = indent;
  for (const auto& word : split(text, ' ')) {
    if (word.empty()) continue;
    if (length > indent && length + 1 + word.size() > line_length) {
      out += '\n' + std::string(indent, ' ');
      length = indent;
    } else if (length > indent) {
      out += ' ';
      ++length;
    }
    out += word;
    length += word.size();
  }
  return out;
}

std::string kind_of(const schema::FieldInfo& field) {
  using Kind = schema::TypeInfo::Kind;
  const auto choices = field.traits.choices.empty() ? field.type->choices() : field.traits.choices;
  if (!choices.empty()) {
    std::string all;
    for (const auto choice : choices) all += (all.empty() ? "" : "|") + std::string{choice};
    return all;
  }
  switch (field.type->kind) {
    case Kind::boolean: return "true|false";
    case Kind::integer: return "NUMBER";
    case Kind::number: return "NUMBER";
    case Kind::list: return "VALUE …";
    case Kind::object:
    case Kind::described:
    case Kind::any: return "JSON";
    case Kind::string:
    case Kind::secret: break;
  }
  return "TEXT";
}

std::string spelled(std::string_view name) {
  std::string out{name};
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

}  // namespace

std::string list_of_tools(const operation::Catalog& catalog) {
  std::size_t widest = 0;
  for (const auto& tool : catalog.tools()) widest = std::max(widest, tool.info.name.size());
  std::string out = "Tools, by toolset. gmail-mcp tool NAME --help shows one.\n";
  std::string_view toolset;
  for (const auto& tool : catalog.tools()) {
    if (to_string(tool.info.toolset) != toolset) {
      toolset = to_string(tool.info.toolset);
      out += fmt::format("\n{}\n", toolset);
    }
    out += fmt::format("  {:<{}}  {}\n", tool.info.name, widest, tool.info.title);
  }
  return out;
}

std::string help_of_tool(const operation::Operation& tool) {
  std::string out = fmt::format("{}: {}\n\n{}\n\n", tool.info.name, tool.info.title,
                                wrapped(tool.info.description, 0));
  out += fmt::format("Usage: gmail-mcp tool {} [--argument VALUE …], or one JSON object\n",
                     tool.info.name);
  for (const auto& field : tool.arguments->fields) {
    out += fmt::format("\n  --{} {}{}\n", spelled(field.traits.name), kind_of(field),
                       field.traits.is_required ? "  (required)" : "");
    if (!field.traits.help.empty()) out += "      " + wrapped(field.traits.help, 6) + "\n";
  }
  return out;
}

boost::json::object tool_arguments(const operation::Operation& tool,
                                   const std::vector<std::string>& given) {
  if (given.size() == 1 && trim(given.front()).starts_with('{')) {
    auto read = schema::read_json(given.front(), {});
    auto* value = std::get_if<boost::json::value>(&read);
    if (value == nullptr || !value->is_object()) {
      throw Error{Errc::invalid_argument, "The arguments are not a JSON object.",
                  "Write '{\"name\": \"value\"}' in single quotes, each name once."};
    }
    return std::move(value->get_object());
  }
  boost::json::object out;
  for (std::size_t i = 0; i < given.size(); ++i) {
    std::string name = given[i];
    if (!name.starts_with("--")) {
      throw Error{Errc::invalid_argument, "An argument of the tool does not begin with --.",
                  "Write --name value, or all of them as one JSON object."};
    }
    name.erase(0, 2);
    std::string value;
    if (const auto equals = name.find('='); equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.erase(equals);
    } else if (i + 1 < given.size() && !given[i + 1].starts_with("--")) {
      value = given[++i];
    } else {
      value = "true";
    }
    for (char& c : name) c = c == '-' ? '_' : c;
    const auto* field = tool.arguments->find(name);
    const bool is_list = field != nullptr && field->type->kind == schema::TypeInfo::Kind::list;
    if (is_list && !trim(value).starts_with('[')) {
      auto& list = out[name];
      if (!list.is_array()) list.emplace_array();
      list.get_array().emplace_back(boost::json::string(value));
    } else {
      out[name] = boost::json::string(value);
    }
  }
  return out;
}

}  // namespace gmail_mcp::surface
