#include "sandbox/mail_listener.h"

#include "base/error.h"

namespace gmail_mcp::sandbox {

MailListener::MailListener(const Executor& executor, const net::ListenAddress& address,
                           std::shared_ptr<const net::TlsContext> tls, Serve serve)
    : executor_{executor},
      tls_{std::move(tls)},
      serve_{std::move(serve)},
      listener_{net::listen(executor, address)},
      tasks_{executor} {
  tasks_.spawn(accept_all());
}

MailListener::~MailListener() { listener_->close(); }

Task<void> MailListener::stop() {
  listener_->close();
  tasks_.cancel();
  co_await tasks_.join();
}

Task<void> MailListener::accept_all() {
  while (true) {
    auto accepted = co_await listener_->accept(tls_);
    tasks_.spawn(run(std::make_shared<Wire>(std::move(accepted.stream), executor_)));
  }
}

Task<void> MailListener::run(std::shared_ptr<Wire> wire) {
  try {
    co_await serve_(wire);
  } catch (const Error&) {
    // The peer is gone: there is no one to tell.
  }
  wire->close();
}

}  // namespace gmail_mcp::sandbox
