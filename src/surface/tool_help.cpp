#include "surface/tool_help.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace gmail_mcp::surface {

namespace {

constexpr std::size_t line_length = 78;

// Words on lines of a terminal, each after the first behind `indent` blanks.
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
  const auto& choices = field.traits.choices.empty() ? field.type->choices : field.traits.choices;
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

}  // namespace gmail_mcp::surface
