#include "http/client.h"

#include <algorithm>
#include <chrono>

#include "http/line.h"
#include "http/route.h"
#include "http/streams.h"
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
        engine_{make_engine(loop, options_)},
        routes_{*engine_, options_} {}
  ~CurlClient() override { engine_->stop(); }

  Task<ClientResponse> send(ClientRequest request) override {
    return exchange(std::move(request), false);
  }

  Task<ClientResponse> send_once(ClientRequest request) override {
    return exchange(std::move(request), true);
  }

  void rest() override { engine_->rest(); }

 private:
  Task<ClientResponse> exchange(ClientRequest request, bool once);

  static std::shared_ptr<transfer::Engine> make_engine(boost::asio::io_context& loop,
                                                       const ClientOptions& options) {
    transfer::EngineOptions engine;
    engine.connections_per_host = options.connections_per_host;
    engine.public_addresses_only = options.public_addresses_only;
    return std::make_shared<transfer::Engine>(loop, engine);
  }

  ClientOptions options_;
  std::shared_ptr<transfer::Engine> engine_;
  Routes routes_;
};

Task<ClientResponse> CurlClient::exchange(ClientRequest request, bool once) {
  // These may outlive this client, which is then not used any more.
  const auto engine = engine_;
  const auto route = routes_.of(request.url);
  Streams::Place place{route->streams()};
  CURLcode outcome = CURLE_OK;
  if (!place.enters()) {
    const auto began = std::chrono::steady_clock::now();
    const auto entry = co_await place.wait(request.timeout);
    const auto waited =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    request.timeout = std::max(request.timeout - waited, std::chrono::milliseconds{1});
    if (entry == Streams::Entry::timed_out) outcome = CURLE_OPERATION_TIMEDOUT;
    if (entry == Streams::Entry::closed) outcome = CURLE_ABORTED_BY_CALLBACK;
  }
  auto line = route->line(shape_of(request, once));
  line->load(std::move(request), route->origin().size(), once, place);
  bool goes_on = outcome == CURLE_OK;
  for (int attempt = 1; goes_on; ++attempt) {
    engine->share_connections_by(route->streams().most_of_one());
    transfer::Engine::Transfer transfer{*engine, line->handle()};
    place.is_handed_over();
    co_await transfer.end();
    outcome = transfer.outcome();
    goes_on = !once && attempt == 1 && lost_its_connection(outcome);
    if (goes_on) line->forget_answer();
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
