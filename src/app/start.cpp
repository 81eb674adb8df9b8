#include "app/start.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <string_view>
#include <vector>

namespace gmail_mcp::app {

namespace {

int descriptor_of(bool to_stdout) { return to_stdout ? STDOUT_FILENO : STDERR_FILENO; }

bool is_for_people(const setup::LogSettings& settings, int descriptor) {
  return settings.format == setup::LogFormat::human ||
         (settings.format == setup::LogFormat::automatic && ::isatty(descriptor) == 1);
}

void take_format(std::string_view text, setup::LogSettings& settings) {
  const auto& names = enum_names(setup::LogFormat{});
  const auto found = std::find(names.begin(), names.end(), text);
  if (found != names.end()) {
    settings.format = static_cast<setup::LogFormat>(found - names.begin());
  }
}

// Finds `--name value` or `--name=value`, even in a command line with mistakes.
std::string_view value_of(const std::vector<std::string_view>& words, std::string_view name) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == name && i + 1 < words.size()) return words[i + 1];
    if (words[i].starts_with(name) && words[i].substr(name.size()).starts_with('=')) {
      return words[i].substr(name.size() + 1);
    }
  }
  return {};
}

// The log settings as far as flags and environment give them, for when the settings cannot be read.
setup::LogSettings log_settings_of(const setup::Sources& sources) {
  setup::LogSettings settings;
  for (const char* name : {"GMAIL_MCP_LOG__FORMAT", "GMAIL_MCP_LOG_FORMAT"}) {
    const auto found = sources.environment.find(name);
    if (found != sources.environment.end()) take_format(found->second, settings);
  }
  for (const auto& [path, value] : sources.flags) {
    if (path == "log.format") take_format(value, settings);
  }
  return settings;
}

}  // namespace

std::unique_ptr<Log> open_log(const setup::LogSettings& settings, bool to_stdout, bool quiet) {
  const bool human = is_for_people(settings, descriptor_of(to_stdout));
  const auto level = quiet ? std::max(settings.level, LogLevel::warning) : settings.level;
  return Log::open(human ? Log::Format::human : Log::Format::json, level,
                   to_stdout ? Log::Target::standard_output : Log::Target::standard_error);
}

int fail(const CommandLine& line, const Error& error) {
  if (line.verb.path != "serve") return report(error);
  const bool over_http = line.words.text("--transport") == "http";
  const auto log = open_log(log_settings_of(line.words.sources), over_http, false);
  log->error(error.message, {{"code", to_string(error.code)}, {"remedy", error.hint}});
  return 1;
}

Start::Start(const Words& words)
    : loaded{setup::load(words.sources)}, log{open_log(loaded.settings.log, false, true)} {}

std::string no_approval_pages() {
  return "The command line serves no pages: approval_url opens only while gmail-mcp serve "
         "--transport http runs at that address on the same database.";
}

int refuse_command_line(int argc, char** argv, const std::string& complaint) {
  const std::vector<std::string_view> words{argv + std::min(argc, 1), argv + argc};
  setup::Sources sources;
  sources.environment = setup::Sources::process_environment();
  sources.flags.emplace_back("log.format", value_of(words, "--log-format"));
  const bool over_http =
      value_of(words, "--transport") == "http" || value_of(words, "-t") == "http";
  const bool serves = !words.empty() && words.front() == "serve";
  if (!serves || is_for_people(log_settings_of(sources), descriptor_of(over_http))) {
    std::cerr << complaint;
    return 2;
  }
  const auto first_line = complaint.substr(0, complaint.find('\n'));
  const auto log = open_log(log_settings_of(sources), over_http, false);
  log->error("The command line is not understood.", {{"code", to_string(Errc::invalid_argument)},
                                                     {"problem", first_line},
                                                     {"remedy", "See gmail-mcp serve --help."}});
  return 2;
}

}  // namespace gmail_mcp::app
