#include "sandbox/app_passwords.h"

#include "base/text.h"
#include "crypto/digest.h"

namespace gmail_mcp::sandbox {

namespace {

constexpr std::size_t letters = 16;

}  // namespace

std::string AppPasswords::of(std::string_view email) const {
  const auto address = to_lower_ascii(email);
  const auto found = states_.find(address);
  const auto state = found == states_.end() ? State{} : found->second;
  if (state.revoked) return {};
  const auto digest =
      crypto::sha256("app password " + std::to_string(state.generation) + " of " + address);
  std::string password;
  for (std::size_t i = 0; i < letters; ++i) {
    password += static_cast<char>('a' + static_cast<unsigned char>(digest[i]) % 26);
  }
  return password;
}

std::string AppPasswords::shown(std::string_view email) const {
  auto password = of(email);
  if (password.empty()) return password;
  for (const std::size_t at : {12u, 8u, 4u}) password.insert(at, " ");
  return password;
}

void AppPasswords::revoke(std::string_view email) { states_[to_lower_ascii(email)].revoked = true; }

void AppPasswords::renew(std::string_view email) {
  auto& state = states_[to_lower_ascii(email)];
  ++state.generation;
  state.revoked = false;
}

PasswordVerdict AppPasswords::judge(std::string_view email, std::string_view password) const {
  if (password == ordinary_password) return PasswordVerdict::needs_app_password;
  return !password.empty() && password == of(email) ? PasswordVerdict::good
                                                    : PasswordVerdict::wrong;
}

}  // namespace gmail_mcp::sandbox
