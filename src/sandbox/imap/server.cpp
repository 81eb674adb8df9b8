#include "sandbox/imap/server.h"

#include <set>

#include "base/text.h"
#include "sandbox/imap/session.h"
#include "sandbox/mail_listener.h"

namespace gmail_mcp::sandbox::imap {

namespace {

class LoopServer final : public Server {
 public:
  LoopServer(const Executor& executor, MailHouse house, const net::ListenAddress& address,
             std::shared_ptr<const net::TlsContext> tls)
      : house_{std::move(house)},
        listener_{executor, address, std::move(tls),
                  [this](std::shared_ptr<Wire> wire) { return serve(std::move(wire)); }} {}

  std::uint16_t port() const override { return listener_.port(); }
  Task<void> stop() override { return listener_.stop(); }

  void change_uid_validity(std::string_view email) override {
    if (auto* book = hub_.find_book(email)) book->renumber();
    say_bye(email, "UIDVALIDITY changed");
  }

  void drop_connections(std::string_view email) override {
    say_bye(email, "Temporary System Error");
  }

 private:
  Task<void> serve(std::shared_ptr<Wire> wire) {
    Session session{house_, hub_, *wire};
    const Presence here{sessions_, session};
    co_await session.serve();
  }

  struct Presence {
    Presence(std::set<Session*>& all, Session& one) : all{all}, one{one} { all.insert(&one); }
    ~Presence() { all.erase(&one); }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;
    std::set<Session*>& all;
    Session& one;
  };

  void say_bye(std::string_view email, const std::string& text) {
    for (auto* session : sessions_) {
      const auto* account = session->account();
      if (account != nullptr && equals_ignoring_case(account->email, email)) session->say_bye(text);
    }
  }

  MailHouse house_;
  Hub hub_;
  std::set<Session*> sessions_;
  MailListener listener_;
};

}  // namespace

std::unique_ptr<Server> Server::start(const Executor& executor, MailHouse house,
                                      const net::ListenAddress& address,
                                      std::shared_ptr<const net::TlsContext> tls) {
  return std::make_unique<LoopServer>(executor, std::move(house), address, std::move(tls));
}

}  // namespace gmail_mcp::sandbox::imap
