#include <iostream>

#include "app/doors.h"
#include "app/start.h"
#include "app/tool_verb.h"
#include "app/verbs/all.h"
#include "base/text.h"
#include "operation/user_tokens.h"

namespace gmail_mcp::app {

namespace json = boost::json;

namespace {

json::array words_in(const std::string& list) {
  json::array words;
  for (const auto& word : split(list, ',')) {
    if (const auto text = trim(word); !text.empty()) words.emplace_back(text);
  }
  return words;
}

// What a new token is used with.
struct Around {
  std::string public_url;
  bool is_open_on_loopback = false;  // to programs that send no token
};

operation::Outcome run_operation(const Words& words, const operation::Operation& operation,
                                 json::object arguments, Around* around = nullptr) {
  Start start{words};
  return in_program(start, [&](Program& program) {
    if (around != nullptr) {
      const auto& settings = program.settings();
      around->public_url = settings.effective_public_url();
      const auto callers = door_rules(settings).callers;
      around->is_open_on_loopback =
          callers.is_loopback_only && accounts::is_closed_beyond_loopback(callers);
    }
    return run_tool(program, operation, std::move(arguments));
  });
}

std::string list_in_words(const json::object& object, std::string_view key) {
  std::vector<std::string> words;
  for (const auto& word : object.at(key).as_array()) words.emplace_back(word.as_string());
  return join(words, ",");
}

// "read-only, toolsets read,write": what the token is limited to, on one line.
std::string limits_of(const json::object& token) {
  std::vector<std::string> limits;
  if (token.at("read_only").as_bool()) limits.emplace_back("read-only");
  if (const auto toolsets = list_in_words(token, "toolsets"); !toolsets.empty()) {
    limits.push_back("toolsets " + toolsets);
  }
  if (const auto connections = list_in_words(token, "connections"); !connections.empty()) {
    limits.push_back("connections " + connections);
  }
  if (const auto approval = text_of(token, "approval"); !approval.empty()) {
    limits.push_back("approval " + approval);
  }
  return limits.empty() ? "none" : join(limits, "; ");
}

std::string or_never(const json::object& token, std::string_view key) {
  auto text = text_of(token, key);
  return text.empty() ? "never" : text;
}

int create_token(const Words& words) {
  json::object arguments;
  const auto put = [&](std::string_view argument, std::string_view option) {
    if (words.has(option)) arguments[argument] = words.text(option);
  };
  put("user_id", "--user");
  put("name", "--name");
  put("approval", "--approval");
  put("expires", "--expires");
  if (words.has("--connections")) arguments["connections"] = words_in(words.text("--connections"));
  if (words.has("--toolsets")) arguments["toolsets"] = words_in(words.text("--toolsets"));
  if (words.has("--read-only")) arguments["read_only"] = true;
  Around around;
  const auto outcome =
      run_operation(words, operation::token_operations().create, std::move(arguments), &around);
  if (!outcome.ok()) return report_outcome(outcome);
  if (words.has("--json")) return print_outcome(outcome);
  const auto made = outcome.made()->object();
  // Alone on stdout, so that it can be piped to where it is needed.
  std::cout << text_of(made, "token") << std::endl;
  const auto id = text_of(made, "id");
  std::cerr << "This is the token " << id << " of " << text_of(made, "user_id")
            << ". It is shown only now.\n"
            << "Limits: " << limits_of(made) << ". Expires: " << or_never(made, "expires_at")
            << ".\n"
            << "A program sends it to " << around.public_url
            << "/mcp as the header Authorization: Bearer <token>.\n"
            << "To end it: gmail-mcp tokens revoke " << id << '\n';
  if (around.is_open_on_loopback && limits_of(made) != "none") {
    std::cerr << "Programs on the server's machine need no token, because "
                 "GMAIL_MCP_SERVER_AUTH_TOKEN is not set: the limits do not hold them.\n";
  }
  return 0;
}

int list_tokens(const Words& words) {
  json::object arguments;
  if (words.has("--user")) arguments["user_id"] = words.text("--user");
  const auto outcome =
      run_operation(words, operation::token_operations().list, std::move(arguments));
  if (!outcome.ok()) return report_outcome(outcome);
  if (words.has("--json")) return print_outcome(outcome);
  const auto answer = outcome.made()->object();
  const auto& tokens = answer.at("tokens").as_array();
  if (tokens.empty()) {
    std::cerr << "No tokens. `gmail-mcp tokens create --user <user_id>` makes one.\n";
    return 0;
  }
  std::vector<std::vector<std::string>> rows{
      {"TOKEN", "USER", "NAME", "STATE", "LAST USED", "EXPIRES", "LIMITS"}};
  for (const auto& one : tokens) {
    const auto& token = one.as_object();
    rows.push_back({text_of(token, "id"), text_of(token, "user_id"), text_of(token, "name"),
                    text_of(token, "state"), or_never(token, "last_used_at"),
                    or_never(token, "expires_at"), limits_of(token)});
  }
  print_rows(rows);
  return 0;
}

int revoke_token(const Words& words) {
  json::object arguments{{"id", words.text("token")}};
  const auto outcome =
      run_operation(words, operation::token_operations().revoke, std::move(arguments));
  if (!outcome.ok()) return report_outcome(outcome);
  const auto ended = outcome.made()->object();
  std::cout << text_of(ended, "id") << " of " << text_of(ended, "user_id")
            << " is revoked: every server refuses it within five seconds.\n";
  return 0;
}

}  // namespace

std::vector<Verb> verbs::tokens() {
  return {
      {.path = "tokens", .help = "Give out, list and end persons' tokens"},
      {.path = "tokens create",
       .help = "Give out a token with which one person's programs call; printed once, on stdout",
       .options = {value("-u,--user", "The person's user_id [GMAIL_MCP_USER]"),
                   value("-n,--name", "To know it by, such as laptop"),
                   value("--connections", "Only these accounts: ids or addresses, a,b"),
                   value("--toolsets", "Only these toolsets: read,write,…"),
                   flag("--read-only", "It sends and changes nothing"),
                   {.spelling = "--approval",
                    .help = "Sends that wait for the person: never, new_recipients, always",
                    .choices = {"never", "new_recipients", "always"}},
                   value("--expires", "After 12h, 30d, 8w, or the last day, 2027-01-31"),
                   flag("--json", "As JSON")},
       .run = create_token},
      {.path = "tokens list",
       .help = "List tokens with their limits and last use",
       .options = {value("-u,--user", "Of this user only"), flag("--json", "As JSON")},
       .run = list_tokens},
      {.path = "tokens revoke",
       .help = "End a token",
       .options = {required("token", "Its first characters (of tokens list), or all of it")},
       .run = revoke_token},
  };
}

}  // namespace gmail_mcp::app
