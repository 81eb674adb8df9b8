#include "app/account_commands.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <iostream>

#include "app/commands.h"
#include "app/sandbox_mode.h"
#include "app/tool_runner.h"
#include "operation/removal.h"

namespace gmail_mcp::app {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_line = 1'000;

// A terminal that does not show what is typed, for as long as this lives.
class Silence {
 public:
  explicit Silence(int terminal) : terminal_{terminal} {
    if (::tcgetattr(terminal_, &before_) != 0) return;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_silent_ = ::tcsetattr(terminal_, TCSAFLUSH, &silent) == 0;
  }
  ~Silence() {
    if (is_silent_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  int terminal_;
  termios before_{};
  bool is_silent_ = false;
};

// The first line of a file, without its end.
Secret first_line(int file) {
  std::string line;
  char c = 0;
  while (line.size() < longest_line && ::read(file, &c, 1) == 1 && c != '\n') line += c;
  if (line.ends_with('\r')) line.pop_back();
  return Secret{std::move(line)};
}

Secret ask_for_password(const surface::AddAccount& verb) {
  if (!verb.password_file.empty()) {
    const int file = ::open(verb.password_file.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      throw Error{Errc::invalid_argument, verb.password_file + " cannot be read.",
                  "Name a file whose first line is the App Password."};
    }
    auto password = first_line(file);
    ::close(file);
    return password;
  }
  if (::isatty(STDIN_FILENO) != 1) return first_line(STDIN_FILENO);
  std::cerr << "App Password of " << verb.email
            << " (16 letters, from https://myaccount.google.com/apppasswords): " << std::flush;
  const Silence silence{STDIN_FILENO};
  auto password = first_line(STDIN_FILENO);
  std::cerr << '\n';
  return password;
}

struct Deletion {
  operation::RemovedUser removed;
  std::optional<Error> traces;  // why the file could not be written anew
};

Task<Deletion> delete_in(House& house, model::ExternalUserId user) {
  co_await house.open();
  if (house.services().incomplete) throw Error{*house.services().incomplete};
  Deletion deletion;
  deletion.removed = co_await operation::remove_user(house.services(), std::move(user));
  store::AuditEntry entry;
  entry.at = house.clock().now();
  entry.request_id = operation::new_request_id();
  entry.caller = "operator:command line";
  entry.operation = "users_delete";
  entry.outcome = "ok";
  house.store()->audit().record(std::move(entry));
  try {
    co_await house.erase_traces();
  } catch (const Error& error) {
    deletion.traces = error;
  }
  co_await house.close(std::chrono::seconds{10});
  co_return deletion;
}

}  // namespace

int add_account(const surface::AddAccount& verb, setup::Loaded loaded, Clock& clock, Log& log) {
  const auto password = ask_for_password(verb);
  if (password.empty()) {
    return report(Error{Errc::invalid_argument, "No App Password was given.",
                        "Type it when asked, or give it on stdin or with --password-file."});
  }
  json::object arguments;
  arguments["email"] = verb.email;
  arguments["app_password"] = password.reveal();
  if (!verb.user.empty()) arguments["user_id"] = verb.user;
  if (!verb.display_name.empty()) arguments["display_name"] = verb.display_name;
  const auto outcome =
      in_house(std::move(loaded), "add_gmail_account", std::move(arguments), clock, log);
  if (!outcome.ok) return report_outcome(outcome);
  if (verb.json) return print_outcome(outcome);
  const auto body = outcome.object();
  std::cout << text_of(body, "email") << "  " << text_of(body, "account_id") << '\n';
  return 0;
}

int list_accounts(const surface::ListAccounts& verb, setup::Loaded loaded, Clock& clock, Log& log) {
  json::object arguments;
  if (!verb.user.empty()) arguments["user_id"] = verb.user;
  const auto outcome =
      in_house(std::move(loaded), "list_gmail_accounts", std::move(arguments), clock, log);
  if (!outcome.ok) return report_outcome(outcome);
  if (verb.json) return print_outcome(outcome);
  std::vector<std::vector<std::string>> rows{{"ID", "USER", "ADDRESS", "KIND", "STATE"}};
  const auto body = outcome.object();
  for (const auto& one : body.at("accounts").as_array()) {
    const auto& row = one.as_object();
    rows.push_back({text_of(row, "account_id"), text_of(row, "user_id"), text_of(row, "email"),
                    text_of(row, "kind"), text_of(row, "state")});
  }
  if (rows.size() == 1) {
    std::cerr << "No accounts. `gmail-mcp accounts add <address>` adds one.\n";
    return 0;
  }
  print_rows(rows);
  return 0;
}

int remove_account(const surface::RemoveAccount& verb, setup::Loaded loaded, Clock& clock,
                   Log& log) {
  json::object arguments;
  arguments["account_id"] = verb.id;
  const auto outcome =
      in_house(std::move(loaded), "remove_gmail_account", std::move(arguments), clock, log);
  if (!outcome.ok) return report_outcome(outcome);
  const auto body = outcome.object();
  std::cout << text_of(body, "account_id") << " is removed.\n";
  if (const auto failed = text_of(body, "revoke_error"); !failed.empty()) {
    std::cerr << "At Google the permission remains: " << failed << '\n';
    return 1;
  }
  return 0;
}

int delete_user(const surface::DeleteUser& verb, setup::Loaded loaded, Clock& clock, Log& log) {
  refuse_sandbox_database(loaded.settings);
  boost::asio::io_context loop{1};
  House house{loop, std::move(loaded), clock, log};
  const auto deletion = run_to_end(loop, delete_in(house, model::ExternalUserId{verb.user}));
  const auto count = deletion.removed.accounts;
  std::cout << "The user is deleted, with " << count
            << (count == 1 ? " account.\n" : " accounts.\n");
  for (const auto& sentence : deletion.removed.not_revoked) {
    std::cerr << "At Google a permission remains: " << sentence << '\n';
  }
  if (deletion.traces) {
    report(Error{
        deletion.traces->code,
        "The database could not be written anew, and may hold traces: " + deletion.traces->message,
        "Stop the server, and run `sqlite3 FILE VACUUM` on its database."});
  }
  return deletion.removed.not_revoked.empty() && !deletion.traces ? 0 : 1;
}

}  // namespace gmail_mcp::app
