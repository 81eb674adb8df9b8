#include "setup/load.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "base/text.h"
#include "crypto/fernet.h"
#include "setup/database_url.h"
#include "setup/misspelt.h"
#include "setup/table.h"

namespace gmail_mcp::setup {

namespace json = boost::json;

namespace {

constexpr std::string_view prefix = "GMAIL_MCP_";

// The place of a setting in the other documents' YAML, and its place here.
constexpr std::pair<std::string_view, std::string_view> moved[] = {
    {"encryption.key", "encryption_key"},
    {"database.type", "storage.type"},
    {"database.sqlite_path", "storage.sqlite.path"},
    {"database.supabase_url", "storage.supabase.url"},
    {"database.supabase_service_key", "storage.supabase.key"},
    {"database.supabase_key", "storage.supabase.key"},
    {"database.postgres_url", "storage.postgres.url"},
};

// A value together with where it was found, for the error that may follow.
struct Found {
  json::value value;
  std::string place;
};

// The present value for a setting that used to be true or false.
std::string_view in_words_of_today(const std::string& path, std::string_view text) {
  if (path != "archive.oauth") return text;
  const auto word = to_lower_ascii(trim(text));
  if (word == "true" || word == "yes" || word == "1") return "on";
  if (word == "false" || word == "no" || word == "0") return "ask";
  return text;
}

// Reads a value from one line of text; lists are JSON or separated by commas or blanks.
json::value from_text(const SettingInfo& setting, std::string_view text) {
  if (setting.kind() != schema::TypeInfo::Kind::list)
    return json::string(in_words_of_today(setting.path, text));
  std::string line{trim(text)};
  if (line.starts_with('[')) return json::string(line);
  for (char& c : line) c = c == ',' || c == '\t' || c == '\n' ? ' ' : c;
  json::array items;
  for (const auto& item : split(line, ' ')) {
    if (!item.empty()) items.emplace_back(json::string(item));
  }
  return items;
}

std::string read_file(const std::string& path, const std::string& what) {
  std::ifstream in{path, std::ios::binary};
  if (!in) {
    throw Error{Errc::misconfigured, what + " cannot be read.",
                "Check that " + path + " exists and that this user may read it."};
  }
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Where Docker and Kubernetes put secrets, which everyone in the container can read.
bool is_mounted_secret(std::string_view path) {
  return path.starts_with("/run/secrets/") || path.starts_with("/var/run/secrets/");
}

// Our own variables that are not settings.
bool is_known_otherwise(std::string_view name) {
  // Kubernetes sets the second and the third for every service called gmail-mcp.
  return name == "GMAIL_MCP_CONFIG" || name == "GMAIL_MCP_IMPORT_KEY" ||
         name.starts_with("GMAIL_MCP_SERVICE_") || name == "GMAIL_MCP_PORT" ||
         name.starts_with("GMAIL_MCP_PORT_");
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

// The settings below `parent` ("google."), also of its old place; for the root, all sections.
std::vector<std::string> names_below(const std::string& parent) {
  std::vector<std::string> names;
  const auto take = [&](std::string_view path) {
    if (!path.starts_with(parent)) return;
    const auto rest = path.substr(parent.size());
    std::string name{rest.substr(0, rest.find('.'))};
    if (names.empty() || names.back() != name) names.push_back(std::move(name));
  };
  for (const auto& one : all_settings()) take(one.path);
  for (const auto& [old, now] : moved) {
    if (!parent.empty()) take(old);
  }
  return names;
}

void put(json::object& tree, std::string_view path, json::value value) {
  const auto dot = path.find('.');
  if (dot == std::string_view::npos) {
    tree[path] = std::move(value);
    return;
  }
  auto& next = tree[path.substr(0, dot)];
  if (!next.is_object()) next.emplace_object();
  put(next.get_object(), path.substr(dot + 1), std::move(value));
}

// Reads one source after the other: later ones take precedence.
class Loader {
 public:
  explicit Loader(const Sources& sources) : sources_{sources} {
    const auto home = sources.environment.find("HOME");
    if (home != sources.environment.end()) home_ = home->second;
    if (!home_.empty()) loaded_.own_folder = home_ + "/.gmail_mcp";
  }

  Loaded load() {
    read_config();
    read_env_file();
    take(sources_.environment, "environment");
    for (const auto& [path, value] : sources_.flags) {
      const auto* setting = find_setting(path);
      if (setting != nullptr) found_[path] = {from_text(*setting, value), "command line"};
    }
    json::object tree;
    for (const auto& [path, one] : found_) put(tree, path, one.value);
    if (auto fault = schema::decode_object(schema::describe<Settings>(), &loaded_.settings, tree)) {
      const auto place = found_at(fault->path.substr(0, fault->path.find('[')));
      throw Error{Errc::misconfigured,
                  fmt::format("The setting {}{} {}.", fault->path, place, fault->problem),
                  "Correct it there; docs/configuration.md lists every setting."};
    }
    check_keys();
    check_tokens();
    warn_of_two_storages();
    auto& database = loaded_.settings.storage.sqlite.path;
    database = expanded(std::move(database));
    return std::move(loaded_);
  }

 private:
  std::string expanded(std::string path) const {
    return path.starts_with("~/") && !home_.empty() ? home_ + path.substr(1) : path;
  }

  std::string config_at_home() const {
    return loaded_.own_folder.empty() ? "" : loaded_.own_folder + "/config.yaml";
  }

  std::optional<std::string> find_config() const {
    if (sources_.config_file) return sources_.config_file;
    const auto& environment = sources_.environment;
    if (const auto it = environment.find("GMAIL_MCP_CONFIG");
        it != environment.end() && !it->second.empty()) {
      return it->second;
    }
    std::vector<std::string> places;
    if (sources_.read_working_directory) {
      places = {"./gmail_config.yaml", "./gmail_config.yml", "./.gmail_config.yaml"};
    }
    places.push_back(config_at_home());
    for (const auto& place : places) {
      // HOME may be another user's, left over by sudo or a container: then we have no file there.
      std::error_code unseen;
      if (std::filesystem::exists(place, unseen)) return place;
    }
    return std::nullopt;
  }

  void warn_if_open_to_all(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0 && (info.st_mode & S_IROTH) != 0) {
      loaded_.warnings.push_back(path +
                                 " can be read by every user of this machine; run chmod 600.");
    }
  }

  void read_config() {
    const auto path = find_config();
    if (!path) {
      // The first of the searched places that we may write to.
      loaded_.new_config_path =
          sources_.read_working_directory ? "./gmail_config.yaml" : config_at_home();
      return;
    }
    const auto file = expanded(*path);
    loaded_.new_config_path = file;
    std::error_code unseen;
    // It may be about to be written by gmail_init_config.
    if (!sources_.config_file && !std::filesystem::exists(file, unseen) && !unseen) {
      loaded_.missing_config_path = file;
      return;
    }
    yaml_ = read_file(file, "The configuration file");
    loaded_.config_path = file;
    try {
      read_yaml(YAML::Load(yaml_), "");
    } catch (const YAML::Exception& broken) {
      // The parser's own text may quote a value: only the place is passed on.
      throw Error{Errc::misconfigured,
                  fmt::format("The configuration file {} is not valid YAML (line {}).", file,
                              broken.mark.line + 1),
                  "Check indentation, quotes and colons around that line."};
    }
    warn_if_open_to_all(file);
  }

  // `parent` ends with a dot, or is empty.
  void read_yaml(const YAML::Node& node, const std::string& parent) {
    if (!node || node.IsNull()) return;
    if (!node.IsMap()) {
      throw wrong(parent.substr(0, parent.find_last_not_of('.') + 1), node,
                  "must hold named settings");
    }
    for (const auto& entry : node) {
      const auto key = entry.first.as<std::string>();
      const auto path = parent + key;
      // A name, never the path of one further down.
      if (key.find('.') != std::string::npos) throw unknown(path, parent, entry.first);
      const auto* old = std::find_if(std::begin(moved), std::end(moved),
                                     [&](const auto& one) { return one.first == path; });
      const auto* setting = find_setting(old == std::end(moved) ? path : old->second);
      if (setting != nullptr) {
        read_leaf(entry.second, *setting);
      } else if (!names_below(path + ".").empty()) {
        read_yaml(entry.second, path + ".");
      } else {
        throw unknown(path, parent, entry.first);
      }
    }
  }

  void read_leaf(const YAML::Node& node, const SettingInfo& setting) {
    if (node.IsNull()) return;
    auto& found = found_[setting.path];
    found.place = place(node);
    if (node.IsScalar()) {
      found.value = from_text(setting, interpolate(node.Scalar()));
      return;
    }
    if (!node.IsSequence()) throw wrong(setting.path, node, "must be a plain value");
    auto& items = found.value.emplace_array();
    for (const auto& item : node) {
      if (!item.IsScalar()) throw wrong(setting.path, item, "must be a list of plain values");
      items.emplace_back(json::string(interpolate(item.Scalar())));
    }
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
      const auto variable = sources_.environment.find(text.substr(open + 2, close - open - 2));
      if (variable != sources_.environment.end()) out += variable->second;
      at = close + 1;
    }
  }

  std::string place(const YAML::Node& node) const {
    return fmt::format("{} line {}", loaded_.config_path, node.Mark().line + 1);
  }

  Error unknown(const std::string& path, const std::string& parent, const YAML::Node& node) const {
    auto error = wrong(path, node, "is not known");
    error.hint = "Known here are: " + join(names_below(parent), ", ") + ".";
    return error;
  }

  Error wrong(std::string_view path, const YAML::Node& node, std::string_view problem) const {
    return Error{Errc::misconfigured,
                 fmt::format("The setting {} ({}) {}.", path, place(node), problem),
                 "See docs/configuration.md."};
  }

  void read_env_file() {
    auto file = sources_.env_file;
    if (!file && sources_.read_working_directory && std::filesystem::exists("./.env")) {
      file = "./.env";
    }
    if (!file) return;
    const auto variables = parse_env_file(read_file(*file, "The env file"));
    // A bare HOST is a setting only here: shells export their own.
    if (const auto host = variables.find("HOST"); host != variables.end()) {
      found_["server.host"] = {json::string(host->second), "env file HOST"};
    }
    take(variables, "env file");
    loaded_.env_file_path = *file;
    warn_if_open_to_all(*file);
  }

  void take(const std::map<std::string, std::string>& variables, std::string_view origin) {
    for (const auto& setting : all_settings()) {
      const auto& names = setting.environment;
      // Lower precedence first, so that GMAIL_MCP_* names win over unprefixed ones.
      for (auto name = names.rbegin(); name != names.rend(); ++name) {
        if (const auto it = variables.find(*name); it != variables.end() && !it->second.empty()) {
          found_[setting.path] = {from_text(setting, it->second),
                                  fmt::format("{} {}", origin, *name)};
        }
        const auto file = *name + "_FILE";
        if (const auto it = variables.find(file); it != variables.end() && !it->second.empty()) {
          const auto content = read_file(it->second, "The file named by " + file);
          if (!is_mounted_secret(it->second)) warn_if_open_to_all(it->second);
          found_[setting.path] = {from_text(setting, trim(content)),
                                  fmt::format("{} {}", origin, file)};
        }
      }
    }
    take_database_url(variables, origin);
    judge_names(variables, origin);
  }

  void take_database_url(const std::map<std::string, std::string>& variables,
                         std::string_view origin) {
    std::string name = "DATABASE_URL";
    std::string text;
    if (const auto it = variables.find(name); it != variables.end()) text = it->second;
    const auto file = name + "_FILE";
    if (const auto it = variables.find(file); it != variables.end() && !it->second.empty()) {
      name = file;
      text = trim(read_file(it->second, "The file named by " + name));
      if (!is_mounted_secret(it->second)) warn_if_open_to_all(it->second);
    }
    if (text.empty()) return;
    auto database = parse_database_url(text);
    if (!database) throw std::move(database).error();
    if (!database->left_out.empty()) {
      loaded_.warnings.push_back(fmt::format(
          "These options of DATABASE_URL, what follows its question mark, mean nothing here and "
          "are left out: {}.",
          database->type == "sqlite" ? "all of them" : join(database->left_out, ", ")));
    }
    database_url_type_ = database->type;
    const auto place = fmt::format("{} {}", origin, name);
    const auto put = [&](const std::string& path, const std::string& value) {
      const auto known = found_.find(path);
      if (known == found_.end() || known->second.place.find(prefix) == std::string::npos) {
        found_[path] = {json::string(value), place};
      }
    };
    put("storage.type", database->type);
    if (!database->sqlite_path.empty()) put("storage.sqlite.path", database->sqlite_path);
    if (!database->postgres_url.empty()) {
      put("storage.postgres.url", database->postgres_url.reveal());
    }
  }

  // A misspelt setting that is silently ignored is worse than a wrong one. Variables named in the
  // YAML file may have any name.
  void judge_names(const std::map<std::string, std::string>& variables, std::string_view origin) {
    std::vector<std::string> known;
    for (const auto& setting : all_settings()) {
      for (const auto& name : setting.environment) {
        known.push_back(name + "_FILE");
        known.push_back(name);
      }
    }
    for (auto at = variables.lower_bound(std::string{prefix});
         at != variables.end() && at->first.starts_with(prefix); ++at) {
      const auto& name = at->first;
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      if (is_known_otherwise(name) || yaml_.find("${" + name + "}") != std::string::npos) continue;
      if (const auto meant = meant_by(name, known); !meant.empty()) {
        throw Error{Errc::misconfigured,
                    fmt::format("The variable {} ({}) is no setting.", name, origin),
                    "Probably " + meant + " is meant; docs/configuration.md lists every setting."};
      }
      loaded_.warnings.push_back(fmt::format(
          "The variable {} ({}) is no setting and does nothing; docs/configuration.md lists every "
          "setting.",
          name, origin));
    }
  }

  // " (environment GMAIL_MCP_SERVER_PORT)"
  std::string found_at(std::string_view path) const {
    const auto found = found_.find(path);
    return found == found_.end() ? std::string{} : " (" + found->second.place + ")";
  }

  // Whoever sets DATABASE_URL expects her data there.
  void warn_of_two_storages() {
    const auto type = loaded_.settings.storage.type;
    const auto name = enum_names(type)[static_cast<std::size_t>(type)];
    if (database_url_type_.empty() || database_url_type_ == name) return;
    loaded_.warnings.push_back(
        fmt::format("DATABASE_URL names a {} database, but storage.type{} is {}, and that counts. "
                    "Remove one of the two.",
                    database_url_type_, found_at("storage.type"), name));
  }

  // A token is the only protection of everyone's mail from the network.
  void check_tokens() const {
    constexpr std::size_t shortest_token = 8;
    const auto& server = loaded_.settings.server;
    const std::pair<const char*, const Secret*> tokens[] = {
        {"server.auth_token", &server.auth_token},
        {"server.operator_token", &server.operator_token}};
    for (const auto& [name, token] : tokens) {
      if (token->empty() || token->size() >= shortest_token) continue;
      throw Error{Errc::misconfigured,
                  fmt::format("The setting {}{} can be guessed: it has fewer than {} characters.",
                              name, found_at(name), shortest_token),
                  "Make a long one: openssl rand -hex 32."};
    }
  }

  // A key that is set must be valid: better no start than one that cannot read its tokens.
  void check_keys() const {
    const auto& key = loaded_.settings.encryption_key;
    if (!is_given(key.reveal())) return;
    const auto ring = crypto::KeyRing::parse(loaded_.settings.all_keys());
    if (ring) return;
    const std::vector<Secret> current{key};
    const auto* name =
        crypto::KeyRing::parse(current) ? "previous_encryption_keys" : "encryption_key";
    throw Error{Errc::misconfigured,
                fmt::format("The setting {}{} is not a key: {}", name, found_at(name),
                            ring.error().message),
                ring.error().hint};
  }

  const Sources& sources_;
  std::string home_;                                 // empty: none
  std::map<std::string, Found, std::less<>> found_;  // by the setting's path
  std::string yaml_;
  std::string database_url_type_;  // empty: there is none
  Loaded loaded_;
};

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

Loaded load(const Sources& sources) { return Loader{sources}.load(); }

}  // namespace gmail_mcp::setup
