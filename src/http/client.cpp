#include "http/client.h"

#include "http/line.h"
#include "http/route.h"
#include "transfer/engine.h"

namespace gmail_mcp::http {

namespace {

// A broken HTTP/2 connection fails every request on it, so a request that may be repeated gets
// another connection. This happens in practice: libcurl 7.88 sends a reset after each finished
// stream, and a server built on nghttp2 1.57 or newer hangs up after a thousand of them in quick
// succession.
bool lost_its_connection(CURLcode outcome) {
  return outcome == CURLE_HTTP2 || outcome == CURLE_HTTP2_STREAM;
}

class CurlClient final : public Client {
 public:
  CurlClient(boost::asio::io_context& loop, ClientOptions options)
      : options_{std::move(options)},
        engine_{loop, {options_.connections_per_host, options_.public_addresses_only}},
        routes_{engine_, options_} {}

  Task<ClientResponse> send(ClientRequest request) override {
    return exchange(std::move(request), false);
  }

  Task<ClientResponse> send_once(ClientRequest request) override {
    return exchange(std::move(request), true);
  }

  void rest() override { engine_.rest(); }

 private:
  Task<ClientResponse> exchange(ClientRequest request, bool once);

  ClientOptions options_;
  transfer::Engine engine_;
  Routes routes_;
};

Task<ClientResponse> CurlClient::exchange(ClientRequest request, bool once) {
  // Both outlive this client if need be.
  const auto route = routes_.of(request.url);
  auto line = route->line(shape_of(request, once));
  line->load(std::move(request), route->origin().size(), once);
  CURLcode outcome = CURLE_OK;
  for (int attempt = 0; attempt < 2; ++attempt) {
    transfer::Engine::Transfer transfer{engine_, line->handle()};
    co_await transfer.end();
    outcome = transfer.outcome();
    if (once || !lost_its_connection(outcome)) break;
    line->forget_answer();
  }
  if (outcome == CURLE_OK && !line->has_head()) outcome = CURLE_RECV_ERROR;
  if (outcome != CURLE_OK) throw line->explain(outcome, route->origin());
  auto response = line->take_answer();
  route->give_back(std::move(line));
  co_return response;
}

}  // namespace

std::unique_ptr<Client> make_client(boost::asio::io_context& loop, ClientOptions options) {
  return std::make_unique<CurlClient>(loop, std::move(options));
}

}  // namespace gmail_mcp::http
