#include "accounts/typed_account.h"

#include <algorithm>

#include "base/text.h"

namespace gmail_mcp::accounts {

namespace {

constexpr std::size_t longest_address = 320;   // RFC 5321 §4.5.3.1: 64 + 1 + 255
constexpr std::size_t longest_password = 256;  // far longer than any server allows
constexpr std::size_t longest_name = 200;

// Line breaks and NULs must never get into a protocol.
bool is_control_key(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

Result<std::string> typed_address(std::string_view text) {
  const auto address = trim(text);
  const auto at = address.find('@');
  const bool good = at != std::string_view::npos && at > 0 && at + 1 < address.size() &&
                    address.find('@', at + 1) == std::string_view::npos &&
                    address.size() <= longest_address &&
                    std::none_of(address.begin(), address.end(), [](char c) {
                      return is_control_key(c) || c == ' ' || c == '<' || c == '>' || c == ',';
                    });
  if (good) return std::string{address};
  return Error{Errc::invalid_argument, "This is no e-mail address.",
               "Give the whole address of the Gmail account, such as name@gmail.com."};
}

Result<Secret> typed_password(const Secret& text) {
  std::string password;
  bool has_control = false;
  const std::string_view no_break_space = "\xc2\xa0";  // comes with text copied from Google's page
  const auto& typed = text.reveal();
  for (std::size_t i = 0; i < typed.size(); ++i) {
    if (std::string_view{typed}.substr(i, 2) == no_break_space) {
      ++i;
    } else if (typed[i] != ' ' && typed[i] != '\t' && typed[i] != '\r' && typed[i] != '\n') {
      has_control = has_control || is_control_key(typed[i]);
      password += typed[i];
    }
  }
  Secret kept{std::move(password)};
  if (kept.empty()) {
    return Error{Errc::invalid_argument, "The App Password is missing.",
                 "Make one at https://myaccount.google.com/apppasswords: 16 letters."};
  }
  if (has_control || kept.size() > longest_password) {
    return Error{Errc::invalid_argument, "This cannot be an App Password.",
                 "An App Password of Google has 16 letters: "
                 "https://myaccount.google.com/apppasswords."};
  }
  return kept;
}

bool looks_like_app_password(const Secret& password) {
  const auto& text = password.reveal();
  return text.size() == 16 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

Result<std::string> typed_name(std::string_view text) {
  const auto name = trim(text);
  if (name.size() <= longest_name && std::none_of(name.begin(), name.end(), is_control_key)) {
    return std::string{name};
  }
  return Error{Errc::invalid_argument, "The display name is too long or has control characters.",
               "Give a name of at most 200 bytes on one line, or none."};
}

}  // namespace gmail_mcp::accounts
