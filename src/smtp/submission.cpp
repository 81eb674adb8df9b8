#include "smtp/submission.h"

#include <utility>

#include "base/error.h"
#include "net/dial.h"
#include "net/tls.h"
#include "smtp/session.h"

namespace gmail_mcp::smtp {

struct Submission::State {
  State(Server of, Patience patience)
      : server{std::move(of)}, patience{patience}, authorities{server.ca_file} {}

  std::shared_ptr<const net::TlsContext> encryption();

  Server server;
  Patience patience;
  net::Authorities authorities;
};

std::shared_ptr<const net::TlsContext> Submission::State::encryption() {
  if (server.encryption == Encryption::none) {
    if (net::is_loopback_host(server.host)) return nullptr;
    throw Error{Errc::misconfigured, "Mail is handed in unencrypted on this machine only.",
                "Set mail.smtp_tls to implicit or starttls."};
  }
  return authorities.context();
}

Submission::Submission(Server server, Patience patience)
    : state_{std::make_unique<State>(std::move(server), patience)} {}

Submission::~Submission() = default;

Task<void> Submission::verify(Login login) {
  Session session{state_->server, state_->patience, state_->encryption()};
  co_await session.open();
  co_await session.sign_in(login);
  session.leave();
}

Task<void> Submission::submit(Login login, Letter letter) {
  Session session{state_->server, state_->patience, state_->encryption()};
  co_await session.open();
  co_await session.sign_in(login);
  co_await session.hand_in(letter);
  session.leave();
}

}  // namespace gmail_mcp::smtp
