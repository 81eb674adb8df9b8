#include "sandbox/smtp/server.h"

#include "sandbox/mail_listener.h"
#include "sandbox/smtp/session.h"

namespace gmail_mcp::sandbox::smtp {

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

 private:
  Task<void> serve(std::shared_ptr<Wire> wire) {
    Session session{house_, *wire};
    co_await session.serve();
  }

  MailHouse house_;
  MailListener listener_;
};

}  // namespace

std::unique_ptr<Server> Server::start(const Executor& executor, MailHouse house,
                                      const net::ListenAddress& address,
                                      std::shared_ptr<const net::TlsContext> tls) {
  return std::make_unique<LoopServer>(executor, std::move(house), address, std::move(tls));
}

}  // namespace gmail_mcp::sandbox::smtp
