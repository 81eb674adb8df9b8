#include "app/command_line.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "gmail_mcp_version.h"

namespace gmail_mcp::app {

namespace {

void add_option(CLI::App& app, const Option& option, Words& words) {
  const std::string spelling{option.spelling}, help{option.help};
  if (!option.flag.empty()) {
    auto set = [&words, option] { words.values[option.name()] = option.flag; };
    app.add_flag_callback(spelling, std::move(set), help);
    return;
  }
  auto set = [&words, option](const std::string& text) { words.values[option.name()] = text; };
  auto* added = app.add_option_function<std::string>(spelling, std::move(set), help);
  added->required(option.is_required);
  if (!option.choices.empty()) {
    added->check(
        CLI::IsMember(std::vector<std::string>{option.choices.begin(), option.choices.end()}));
  }
  if (option.fallback.empty()) return;
  words.values[option.name()] = option.fallback;
  added->default_str(std::string{option.fallback});
}

// Adds the verb to its group, which its path names.
CLI::App& add_verb(CLI::App& app, const Verb& verb, Words& words) {
  const auto blank = verb.path.find(' ');
  auto& parent = blank == std::string_view::npos
                     ? app
                     : *app.get_subcommand(std::string{verb.path.substr(0, blank)});
  const auto name = verb.path.substr(blank == std::string_view::npos ? 0 : blank + 1);
  auto& added = *parent.add_subcommand(std::string{name}, std::string{verb.help});
  if (!verb.run) added.require_subcommand(1);
  if (verb.run && verb.reads_settings) {
    added.add_option("-c,--config", words.sources.config_file, "Configuration file (YAML)");
    added.add_option("--env-file", words.sources.env_file, "File of environment variables");
  }
  for (const auto& option : verb.options) add_option(added, option, words);
  if (verb.takes_rest) {
    added.set_help_flag();
    added.allow_extras();
    added.prefix_command();
  }
  return added;
}

// "serve, sandbox, tool"
std::string commands_of(const CLI::App& app) {
  std::string names;
  for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    names += (names.empty() ? "" : ", ") + verb->get_name();
  }
  return names;
}

// The list of commands, when the command is missing or is not one. Empty: a command was chosen.
std::string no_command(const CLI::App& app) {
  const auto* where = &app;
  while (!where->get_subcommands().empty()) where = where->get_subcommands().front();
  const auto names = commands_of(*where);
  if (names.empty()) return {};
  const bool is_other_word = !app.remaining(true).empty();
  return (is_other_word ? "There is no such command. There are: "
                        : "A command is missing. There are: ") +
         names + ".\nRun with --help for more information.\n";
}

// Names only the options, because a value may be a secret that belongs into the environment.
std::string unexpected(const CLI::App& app) {
  std::string names;
  for (const auto& one : app.remaining(true)) {
    if (one.starts_with('-')) names += ' ' + one.substr(0, one.find('='));
  }
  return (names.empty() ? "An argument was not expected.\n"
                        : "The following arguments were not expected:" + names + '\n') +
         "Run with --help for more information.\n";
}

}  // namespace

std::variant<CommandLine, int> parse_command_line(int argc, char** argv,
                                                  const std::vector<Verb>& verbs,
                                                  std::ostream& complaints) {
  CLI::App app{"Work with many people's Gmail accounts, over MCP, REST and the command line.",
               "gmail-mcp"};
  app.set_version_flag("--version", "gmail-mcp " + std::string{version});
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  std::vector<Words> words(verbs.size());
  std::vector<CLI::App*> added;
  for (std::size_t i = 0; i < verbs.size(); ++i)
    added.push_back(&add_verb(app, verbs[i], words[i]));

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    const bool is_help = stop.get_exit_code() == 0;
    if (const auto text = is_help ? std::string{} : no_command(app); !text.empty()) {
      complaints << text;
      return 2;
    }
    if (dynamic_cast<const CLI::ExtrasError*>(&stop) != nullptr) {
      complaints << unexpected(app);
      return 2;
    }
    const auto status = app.exit(stop, std::cout, complaints);
    return status == 0 ? 0 : 2;
  }

  // The last one that was named: a group is named before its verb.
  auto chosen = verbs.size();
  for (std::size_t i = 0; i < verbs.size(); ++i) {
    if (verbs[i].run && added[i]->parsed()) chosen = i;
  }
  CommandLine line{verbs.at(chosen), std::move(words.at(chosen))};
  line.words.rest = added[chosen]->remaining();
  line.words.sources.environment = setup::Sources::process_environment();
  if (!line.verb.tool.empty()) return line;
  for (const auto& option : line.verb.options) {
    if (option.sets.empty() || !line.words.has(option.name())) continue;
    line.words.sources.flags.emplace_back(option.sets, line.words.text(option.name()));
  }
  return line;
}

}  // namespace gmail_mcp::app
