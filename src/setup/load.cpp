#include "setup/load.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "base/text.h"
#include "crypto/fernet.h"
#include "setup/database_url.h"
#include "setup/misspelt.h"

namespace gmail_mcp::setup {

namespace json = boost::json;
using schema::Description;
using schema::FieldInfo;
using schema::TypeInfo;

namespace {

constexpr std::string_view prefix = "GMAIL_MCP_";

struct Leaf {
  std::string path;
  const FieldInfo* field;
};

void collect(const Description& description, const std::string& parent, std::vector<Leaf>& out) {
  for (const auto& field : description.fields) {
    const auto path = parent.empty() ? std::string{field.traits.name}
                                     : parent + "." + std::string{field.traits.name};
    if (field.type->kind == TypeInfo::Kind::described) {
      collect(field.type->nested(), path, out);
    } else {
      out.push_back({path, &field});
    }
  }
}

std::vector<Leaf> leaves() {
  std::vector<Leaf> out;
  collect(schema::describe<Settings>(), "", out);
  return out;
}

std::string upper(std::string_view text, std::string_view dot) {
  std::string out;
  for (const char c : text) {
    if (c == '.') {
      out += dot;
    } else {
      out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return out;
}

// Every name a setting has in the environment: ours first, then the documents' other spellings.
std::vector<std::string> environment_names(const Leaf& leaf) {
  std::vector<std::string> names{std::string{prefix} + upper(leaf.path, "_")};
  if (leaf.path.find('.') != std::string::npos) {
    names.push_back(std::string{prefix} + upper(leaf.path, "__"));
  }
  for (const auto name : leaf.field->traits.env) names.emplace_back(name);
  return names;
}

// A value together with where it was found, for the error that may follow.
struct Found {
  json::value value;
  std::string place;
};

using FoundByPath = std::map<std::string, Found>;

// What a setting meant when it was true or false.
std::string_view in_words_of_today(const std::string& path, std::string_view text) {
  if (path != "archive.oauth") return text;
  const auto word = to_lower_ascii(trim(text));
  if (word == "true" || word == "yes" || word == "1") return "on";
  if (word == "false" || word == "no" || word == "0") return "ask";
  return text;
}

// Lists come from one line of text as JSON or separated by commas or blanks.
json::value from_text(const Leaf& leaf, std::string_view text) {
  if (leaf.field->type->kind != TypeInfo::Kind::list) {
    return json::string(in_words_of_today(leaf.path, text));
  }
  const auto trimmed = trim(text);
  if (trimmed.starts_with('[')) return json::string(trimmed);
  json::array items;
  std::string item;
  for (const char c : std::string{trimmed} + ',') {
    if (c != ',' && c != ' ' && c != '\t' && c != '\n') {
      item += c;
    } else if (!item.empty()) {
      items.emplace_back(json::string(item));
      item.clear();
    }
  }
  return items;
}

Result<std::string> read_file(const std::string& path, const std::string& what) {
  std::ifstream in{path, std::ios::binary};
  if (!in) {
    return Error{Errc::misconfigured, what + " cannot be read.",
                 "Check that " + path + " exists and that this user may read it."};
  }
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void warn_if_open_to_all(const std::string& path, Loaded& out) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & S_IROTH) != 0) {
    out.warnings.push_back(path + " can be read by every user of this machine; run chmod 600.");
  }
}

// ---------------------------------------------------------------- environment and env file

// Where Docker and Kubernetes put secrets, readable within the container by whoever is there.
bool is_mounted_secret(std::string_view path) {
  return path.starts_with("/run/secrets/") || path.starts_with("/var/run/secrets/");
}

// Ours, and no settings.
bool is_known_otherwise(std::string_view name) {
  // Kubernetes sets the second and the third for every service called gmail-mcp.
  return name == "GMAIL_MCP_CONFIG" || name == "GMAIL_MCP_IMPORT_KEY" ||
         name.starts_with("GMAIL_MCP_SERVICE_") || name == "GMAIL_MCP_PORT" ||
         name.starts_with("GMAIL_MCP_PORT_");
}

// A setting that is not where somebody believes it to be is worse than one that is wrong. `yaml`
// may name variables of anybody's choosing.
std::optional<Error> judge_names(const std::map<std::string, std::string>& variables,
                                 std::string_view origin, const std::string& yaml, Loaded& loaded) {
  std::vector<std::string> known;
  for (const auto& leaf : leaves()) {
    for (auto& name : environment_names(leaf)) {
      known.push_back(name + "_FILE");
      known.push_back(std::move(name));
    }
  }
  for (auto at = variables.lower_bound(std::string{prefix});
       at != variables.end() && at->first.starts_with(prefix); ++at) {
    const auto& name = at->first;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (is_known_otherwise(name) || yaml.find("${" + name + "}") != std::string::npos) continue;
    if (const auto meant = meant_by(name, known); !meant.empty()) {
      return Error{Errc::misconfigured,
                   fmt::format("The variable {} ({}) is no setting.", name, origin),
                   "Probably " + meant + " is meant; docs/configuration.md lists every setting."};
    }
    loaded.warnings.push_back(fmt::format(
        "The variable {} ({}) is no setting and does nothing; docs/configuration.md lists every "
        "setting.",
        name, origin));
  }
  return std::nullopt;
}

std::optional<Error> take_environment(const std::map<std::string, std::string>& variables,
                                      std::string_view origin, FoundByPath& found, Loaded& loaded) {
  for (const auto& leaf : leaves()) {
    const auto names = environment_names(leaf);
    // Lower precedence first, so that GMAIL_MCP_* names win over unprefixed ones.
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      if (const auto it = variables.find(*name); it != variables.end() && !it->second.empty()) {
        found[leaf.path] = {from_text(leaf, it->second), fmt::format("{} {}", origin, *name)};
      }
      const auto file = *name + "_FILE";
      if (const auto it = variables.find(file); it != variables.end() && !it->second.empty()) {
        auto content = read_file(it->second, "The file named by " + file);
        if (!content) return std::move(content).error();
        if (!is_mounted_secret(it->second)) warn_if_open_to_all(it->second, loaded);
        found[leaf.path] = {from_text(leaf, trim(*content)), fmt::format("{} {}", origin, file)};
      }
    }
  }
  if (const auto it = variables.find("DATABASE_URL");
      it != variables.end() && !it->second.empty()) {
    auto database = parse_database_url(it->second);
    if (!database) return std::move(database).error();
    if (database->has_options) {
      loaded.warnings.emplace_back(
          "The options of DATABASE_URL, what follows its question mark, mean nothing here and are "
          "left out.");
    }
    const auto place = fmt::format("{} DATABASE_URL", origin);
    const auto put = [&](const std::string& path, const std::string& value) {
      const auto known = found.find(path);
      if (known == found.end() || known->second.place.find(prefix) == std::string::npos) {
        found[path] = {json::string(value), place};
      }
    };
    put("storage.type", database->type);
    if (!database->sqlite_path.empty()) put("storage.sqlite.path", database->sqlite_path);
    if (!database->postgres_url.empty()) {
      put("storage.postgres.url", database->postgres_url.reveal());
    }
  }
  return std::nullopt;
}

// KEY=value lines as shells and docker write them: comments, `export`, quotes.
std::map<std::string, std::string> parse_env_file(std::string_view text) {
  std::map<std::string, std::string> out;
  for (const auto& raw : split(text, '\n')) {
    auto line = trim(raw);
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("export ")) line = trim(line.substr(7));
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const auto name = trim(line.substr(0, equals));
    auto value = trim(line.substr(equals + 1));
    const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                        value.back() == value.front();
    if (quoted) {
      value = value.substr(1, value.size() - 2);
    } else if (const auto comment = value.find(" #"); comment != std::string_view::npos) {
      value = trim(value.substr(0, comment));
    }
    out[std::string{name}] = std::string{value};
  }
  return out;
}

// ---------------------------------------------------------------- YAML

class YamlReader {
 public:
  YamlReader(std::string file, const std::map<std::string, std::string>& environment,
             FoundByPath& found)
      : file_{std::move(file)}, environment_{environment}, found_{found} {}

  std::optional<Error> read(const YAML::Node& node, const Description& description,
                            const std::string& parent) {
    if (!node || node.IsNull()) return std::nullopt;
    if (!node.IsMap()) return wrong(parent, node, "must hold named settings");
    for (const auto& entry : node) {
      const auto key = entry.first.as<std::string>();
      std::string path = parent;
      if (!path.empty()) path += '.';
      path += key;
      if (auto moved = documented_elsewhere(path); !moved.empty()) {
        if (auto error = read_moved(moved, entry.second)) return error;
        continue;
      }
      const auto* field = description.find(key);
      if (field == nullptr) return unknown(path, entry.first, description);
      auto error = field->type->kind == TypeInfo::Kind::described
                       ? read(entry.second, field->type->nested(), path)
                       : leaf(entry.second, path);
      if (error) return error;
    }
    return std::nullopt;
  }

 private:
  // Spellings of the documents this program answers to.
  static std::string documented_elsewhere(std::string_view path) {
    if (path == "encryption") return "encryption_key:key";
    if (path == "database") return "storage:database";
    return {};
  }

  std::optional<Error> read_moved(const std::string& moved, const YAML::Node& node) {
    if (!node.IsMap()) return wrong(moved.substr(0, moved.find(':')), node, "must hold settings");
    for (const auto& entry : node) {
      const auto key = entry.first.as<std::string>();
      std::string path;
      if (moved == "encryption_key:key" && key == "key") path = "encryption_key";
      if (moved == "storage:database") {
        if (key == "type") path = "storage.type";
        if (key == "sqlite_path") path = "storage.sqlite.path";
        if (key == "supabase_url") path = "storage.supabase.url";
        if (key == "supabase_service_key" || key == "supabase_key") path = "storage.supabase.key";
      }
      if (path.empty()) return wrong(key, entry.first, "is not a setting");
      if (auto error = leaf(entry.second, path)) return error;
    }
    return std::nullopt;
  }

  std::optional<Error> leaf(const YAML::Node& node, const std::string& path) {
    const auto place = fmt::format("{} line {}", file_, node.Mark().line + 1);
    if (node.IsNull()) return std::nullopt;
    if (node.IsSequence()) {
      json::array items;
      for (const auto& item : node) {
        if (!item.IsScalar()) return wrong(path, item, "must be a list of plain values");
        items.emplace_back(json::string(interpolate(item.Scalar())));
      }
      found_[path] = {std::move(items), place};
      return std::nullopt;
    }
    if (!node.IsScalar()) return wrong(path, node, "must be a plain value");
    for (const auto& one : leaves()) {
      if (one.path == path) found_[path] = {from_text(one, interpolate(node.Scalar())), place};
    }
    return std::nullopt;
  }

  // ${NAME} becomes the variable's value, or nothing.
  std::string interpolate(const std::string& text) const {
    std::string out;
    std::size_t at = 0;
    while (true) {
      const auto open = text.find("${", at);
      const auto close = open == std::string::npos ? open : text.find('}', open);
      if (close == std::string::npos) return out + text.substr(at);
      out += text.substr(at, open - at);
      const auto variable = environment_.find(text.substr(open + 2, close - open - 2));
      if (variable != environment_.end()) out += variable->second;
      at = close + 1;
    }
  }

  Error wrong(const std::string& path, const YAML::Node& node, const std::string& problem) const {
    return Error{
        Errc::misconfigured,
        fmt::format("The setting {} ({} line {}) {}.", path, file_, node.Mark().line + 1, problem),
        "See docs/configuration.md."};
  }

  Error unknown(const std::string& path, const YAML::Node& node,
                const Description& description) const {
    std::string known;
    for (const auto& field : description.fields) {
      known += known.empty() ? "" : ", ";
      known += field.traits.name;
    }
    return Error{
        Errc::misconfigured,
        fmt::format("The setting {} ({} line {}) is not known.", path, file_, node.Mark().line + 1),
        "Known here are: " + known + "."};
  }

  std::string file_;
  const std::map<std::string, std::string>& environment_;
  FoundByPath& found_;
};

std::optional<std::string> find_config(const Sources& sources) {
  if (sources.config_file) return sources.config_file;
  const auto& env = sources.environment;
  if (const auto it = env.find("GMAIL_MCP_CONFIG"); it != env.end() && !it->second.empty()) {
    return it->second;
  }
  std::vector<std::string> places;
  if (sources.read_working_directory) {
    places = {"./gmail_config.yaml", "./gmail_config.yml", "./.gmail_config.yaml"};
  }
  if (const auto home = env.find("HOME"); home != env.end()) {
    places.push_back(home->second + "/.gmail_mcp/config.yaml");
  }
  for (const auto& place : places) {
    // HOME may be another user's, whom sudo or a container left behind: nothing of ours is there.
    std::error_code unseen;
    if (std::filesystem::exists(place, unseen)) return place;
  }
  return std::nullopt;
}

std::string expand_home(std::string path, const std::map<std::string, std::string>& environment) {
  const auto home = environment.find("HOME");
  if (path.starts_with("~/") && home != environment.end()) {
    return home->second + path.substr(1);
  }
  return path;
}

// Of the places that are searched, the first one that is ours to write.
std::string place_for_config(const Sources& sources) {
  if (sources.read_working_directory) return "./gmail_config.yaml";
  const auto home = sources.environment.find("HOME");
  return home == sources.environment.end() ? "" : home->second + "/.gmail_mcp/config.yaml";
}

std::optional<Error> read_yaml(const std::string& path, const Sources& sources, FoundByPath& found,
                               std::string& yaml) {
  auto text = read_file(path, "The configuration file");
  if (!text) return std::move(text).error();
  yaml = *text;
  try {
    YamlReader reader{path, sources.environment, found};
    return reader.read(YAML::Load(*text), schema::describe<Settings>(), "");
  } catch (const YAML::Exception& broken) {
    // The parser's own text may quote a value: only the place is passed on.
    return Error{Errc::misconfigured,
                 fmt::format("The configuration file {} is not valid YAML (line {}).", path,
                             broken.mark.line + 1),
                 "Check indentation, quotes and colons around that line."};
  }
}

// A token is all that stands between the network and everybody's mail.
constexpr std::size_t shortest_token = 8;

std::optional<Error> check_tokens(const Settings& settings, const FoundByPath& found) {
  const std::pair<const char*, const Secret*> tokens[] = {
      {"server.auth_token", &settings.server.auth_token},
      {"server.operator_token", &settings.server.operator_token}};
  for (const auto& [name, token] : tokens) {
    if (token->empty() || token->size() >= shortest_token) continue;
    const auto place = found.find(name);
    const auto where = place == found.end() ? std::string{} : " (" + place->second.place + ")";
    return Error{Errc::misconfigured,
                 fmt::format("The setting {}{} can be guessed: it has fewer than {} characters.",
                             name, where, shortest_token),
                 "Make a long one: openssl rand -hex 32."};
  }
  return std::nullopt;
}

// A key that is set must be one: better no start than a start that cannot read its tokens.
std::optional<Error> check_keys(const Settings& settings, const FoundByPath& found) {
  const auto keys = settings.all_keys();
  if (settings.encryption_key.empty() || settings.encryption_key.reveal().starts_with("YOUR_")) {
    return std::nullopt;
  }
  auto ring = crypto::KeyRing::parse(keys);
  if (ring) return std::nullopt;
  const std::vector<Secret> current{settings.encryption_key};
  const std::string name =
      crypto::KeyRing::parse(current) ? "previous_encryption_keys" : "encryption_key";
  const auto place = found.find(name);
  auto error = std::move(ring).error();
  const auto where = place == found.end() ? std::string{} : " (" + place->second.place + ")";
  return Error{Errc::misconfigured,
               "The setting " + name + where + " is not a key: " + error.message, error.hint};
}

void put(json::object& tree, std::string_view path, json::value value) {
  auto* level = &tree;
  while (true) {
    const auto dot = path.find('.');
    if (dot == std::string_view::npos) break;
    auto& next = (*level)[path.substr(0, dot)];
    if (!next.is_object()) next.emplace_object();
    level = &next.get_object();
    path.remove_prefix(dot + 1);
  }
  (*level)[path] = std::move(value);
}

}  // namespace

std::map<std::string, std::string> Sources::process_environment() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    out[std::string{text.substr(0, equals)}] = std::string{text.substr(equals + 1)};
  }
  return out;
}

Result<Loaded> load(const Sources& sources) {
  Loaded loaded;
  FoundByPath found;
  std::string yaml;
  loaded.new_config_path = place_for_config(sources);
  if (auto path = find_config(sources)) {
    const auto file = expand_home(std::move(*path), sources.environment);
    loaded.new_config_path = file;
    std::error_code unseen;
    // Whoever named it may be about to have it written: gmail_init_config.
    if (!sources.config_file && !std::filesystem::exists(file, unseen) && !unseen) {
      loaded.missing_config_path = file;
    } else {
      if (auto error = read_yaml(file, sources, found, yaml)) return std::move(*error);
      loaded.config_path = file;
      warn_if_open_to_all(file, loaded);
    }
  }
  auto env_file = sources.env_file;
  const bool implied =
      !env_file && sources.read_working_directory && std::filesystem::exists("./.env");
  if (implied) env_file = "./.env";
  if (env_file) {
    auto text = read_file(*env_file, "The env file");
    if (!text) return std::move(text).error();
    auto variables = parse_env_file(*text);
    // A bare HOST is a setting only here: shells export their own.
    if (const auto host = variables.find("HOST"); host != variables.end()) {
      found["server.host"] = {json::string(host->second), "env file HOST"};
    }
    if (auto error = take_environment(variables, "env file", found, loaded)) {
      return std::move(*error);
    }
    if (auto error = judge_names(variables, "env file", yaml, loaded)) return std::move(*error);
    loaded.env_file_path = *env_file;
    warn_if_open_to_all(*env_file, loaded);
  }
  const auto& environment = sources.environment;
  if (auto error = take_environment(environment, "environment", found, loaded)) {
    return std::move(*error);
  }
  if (auto error = judge_names(environment, "environment", yaml, loaded)) {
    return std::move(*error);
  }
  for (const auto& leaf : leaves()) {
    for (const auto& [path, value] : sources.flags) {
      if (leaf.path == path) found[path] = {from_text(leaf, value), "command line"};
    }
  }

  json::object tree;
  for (const auto& [path, one] : found) put(tree, path, one.value);
  if (auto fault = schema::decode_object(schema::describe<Settings>(), &loaded.settings, tree)) {
    const auto bracket = fault->path.find('[');
    const auto known = found.find(fault->path.substr(0, bracket));
    const auto place = known == found.end() ? std::string{} : " (" + known->second.place + ")";
    return Error{Errc::misconfigured,
                 fmt::format("The setting {}{} {}.", fault->path, place, fault->problem),
                 "Correct it there; docs/configuration.md lists every setting."};
  }
  if (auto error = check_keys(loaded.settings, found)) return std::move(*error);
  if (auto error = check_tokens(loaded.settings, found)) return std::move(*error);
  auto& database = loaded.settings.storage.sqlite.path;
  database = expand_home(database, sources.environment);
  return loaded;
}

std::vector<SettingInfo> all_settings() {
  std::vector<SettingInfo> out;
  const auto& root = schema::describe<Settings>().defaults;
  for (const auto& leaf : leaves()) {
    SettingInfo info;
    info.path = leaf.path;
    info.environment = environment_names(leaf);
    info.help = leaf.field->traits.help;
    info.is_secret = leaf.field->type->kind == TypeInfo::Kind::secret;
    info.is_list = leaf.field->type->kind == TypeInfo::Kind::list;
    info.choices = leaf.field->type->choices();
    info.min = leaf.field->traits.min;
    info.max = leaf.field->traits.max;
    switch (leaf.field->type->kind) {
      case TypeInfo::Kind::boolean: info.type = "boolean"; break;
      case TypeInfo::Kind::integer: info.type = "integer"; break;
      case TypeInfo::Kind::number: info.type = "number"; break;
      case TypeInfo::Kind::list: info.type = "list"; break;
      default: info.type = "string"; break;
    }
    const json::value* value = nullptr;
    const json::object* level = &root;
    for (const auto& part : split(leaf.path, '.')) {
      value = level->if_contains(part);
      if (value != nullptr && value->is_object()) level = &value->get_object();
    }
    if (value != nullptr && value->is_array()) {
      for (const auto& item : value->get_array()) {
        info.default_text += info.default_text.empty() ? "" : " ";
        if (item.is_string()) info.default_text += item.get_string();
      }
    } else if (value != nullptr && value->is_string()) {
      info.default_text = value->get_string();
    } else if (value != nullptr && value->is_bool()) {
      info.default_text = value->get_bool() ? "true" : "false";
    } else if (value != nullptr && value->is_int64()) {
      info.default_text = std::to_string(value->get_int64());
    }
    out.push_back(std::move(info));
  }
  return out;
}

}  // namespace gmail_mcp::setup
