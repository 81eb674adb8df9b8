#include "sandbox/imap/server.h"

#include "base/text.h"

namespace gmail_mcp::sandbox::imap {

namespace {

struct Presence {
  Presence(std::set<Session*>& all, Session& one) : all{all}, one{one} { all.insert(&one); }
  ~Presence() { all.erase(&one); }
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;
  std::set<Session*>& all;
  Session& one;
};

}  // namespace

Server::Server(const Executor& executor, MailHouse house, const net::ListenAddress& address,
               std::shared_ptr<const net::TlsContext> tls)
    : house_{std::move(house)},
      listener_{executor, address, std::move(tls),
                [this](std::shared_ptr<Wire> wire) { return serve(std::move(wire)); }} {}

void Server::change_uid_validity(std::string_view email) {
  if (auto* book = hub_.find_book(email)) book->renumber();
  say_bye(email, "UIDVALIDITY changed");
}

void Server::drop_connections(std::string_view email) { say_bye(email, "Temporary System Error"); }

Task<void> Server::serve(std::shared_ptr<Wire> wire) {
  Session session{house_, hub_, *wire};
  const Presence here{sessions_, session};
  co_await session.serve();
}

void Server::say_bye(std::string_view email, const std::string& text) {
  for (auto* session : sessions_) {
    const auto* account = session->account();
    if (account != nullptr && equals_ignoring_case(account->email, email)) session->say_bye(text);
  }
}

}  // namespace gmail_mcp::sandbox::imap
