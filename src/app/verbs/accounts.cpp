#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "app/tool_verb.h"
#include "app/verbs/all.h"

namespace gmail_mcp::app {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_line = 1'000;

// Keeps the terminal from showing what is typed, while this object lives.
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

// A password is never an argument, because everyone on the machine can read those.
Secret password_of(const Words& words) {
  if (const auto name = words.text("--password-file"); !name.empty()) {
    const int file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      throw Error{Errc::invalid_argument, name + " cannot be read.",
                  "Name a file whose first line is the App Password."};
    }
    auto password = first_line(file);
    ::close(file);
    return password;
  }
  if (::isatty(STDIN_FILENO) != 1) return first_line(STDIN_FILENO);
  std::cerr << "App Password of " << words.text("email")
            << " (16 letters, from https://myaccount.google.com/apppasswords): " << std::flush;
  const Silence silence{STDIN_FILENO};
  auto password = first_line(STDIN_FILENO);
  std::cerr << '\n';
  return password;
}

void ask_for_password(const Words& words, json::object& arguments) {
  const auto password = password_of(words);
  if (password.empty()) {
    throw Error{Errc::invalid_argument, "No App Password was given.",
                "Type it when asked, or give it on stdin or with --password-file."};
  }
  arguments["app_password"] = password.reveal();
}

int tell_it_is_added(const json::object& answer) {
  std::cout << text_of(answer, "email") << "  " << text_of(answer, "account_id") << '\n';
  return 0;
}

int tell_it_is_removed(const json::object& answer) {
  std::cout << text_of(answer, "account_id") << " is removed.\n";
  const auto failed = text_of(answer, "revoke_error");
  if (failed.empty()) return 0;
  std::cerr << "At Google the permission remains: " << failed << '\n';
  return 1;
}

}  // namespace

std::vector<Verb> verbs::accounts() {
  return {
      {.path = "accounts", .help = "Add, list and remove accounts"},
      verb_of({.path = "accounts add",
               .help = "Add an account by App Password, which is asked for",
               .tool = "add_gmail_account",
               .options = {required("email", "Its Gmail address", "email"),
                           value("-u,--user-id", "For this user [GMAIL_MCP_USER]", "user_id"),
                           value("--display-name", "Name for From", "display_name"),
                           value("--password-file", "Read the App Password from this file"),
                           flag("--json", "As JSON")},
               .ask = ask_for_password,
               .tell = tell_it_is_added}),
      verb_of({.path = "accounts list",
               .help = "List accounts of both kinds",
               .tool = "list_gmail_accounts",
               .options = {value("-u,--user-id", "Of this user only", "user_id"),
                           flag("--json", "As JSON")},
               .list = "accounts",
               .columns = {{"ID", {"account_id"}},
                           {"USER", {"user_id"}},
                           {"ADDRESS", {"email"}},
                           {"KIND", {"kind"}},
                           {"STATE", {"state"}}},
               .none = "No accounts. `gmail-mcp accounts add <address>` adds one."}),
      verb_of({.path = "accounts remove",
               .help = "Delete an account and everything stored for it",
               .tool = "remove_gmail_account",
               .options = {required("id", "Its id", "account_id")},
               .tell = tell_it_is_removed}),
  };
}

}  // namespace gmail_mcp::app
