#include <boost/json/parse.hpp>
#include <iostream>

#include "app/start.h"
#include "app/tool_verb.h"
#include "app/verbs/all.h"
#include "app/verbs/validate.h"
#include "http/client.h"

namespace gmail_mcp::app {

namespace json = boost::json;

namespace {

// Without a credential, which another program on the port of a stopped server would get.
Task<http::ClientResponse> ask(http::Client& client, std::string url) {
  http::ClientRequest request;
  request.url = std::move(url);
  request.timeout = std::chrono::seconds{5};
  auto response = co_await client.send(std::move(request));
  co_return response;
}

void print_health(const http::ClientResponse& response) {
  boost::system::error_code not_json;
  const auto parsed = json::parse(response.body, not_json);
  json::object body;
  if (!not_json && parsed.is_object()) body = parsed.get_object();
  const auto status = text_of(body, "status");
  std::cout << (response.status == 200 ? "ready"
                : status == "closed"   ? "closed"
                                       : "not ready")
            << '\n';
  if (const auto problem = text_of(body, "problem"); !problem.empty()) std::cout << problem << '\n';
  const auto* counts = body.if_contains("connections");
  if (counts == nullptr || !counts->is_object()) return;
  std::map<std::string, std::int64_t> states;
  for (const auto& [state, count] : counts->get_object()) {
    if (count.is_int64()) states[std::string{state}] = count.get_int64();
  }
  if (const auto text = count_in_words(states); !text.empty())
    std::cout << "connections: " << text << '\n';
}

int check_health(const Words& words) {
  auto url = words.text("--url");
  if (url.empty()) return validate(words);
  const Start start{words};
  boost::asio::io_context loop{1};
  http::ClientOptions options;
  options.ca_file = start.loaded.settings.google.ca_file;
  auto client = http::make_client(loop, std::move(options));
  while (url.ends_with('/')) url.pop_back();
  const auto response = run_to_end(loop, ask(*client, url + "/health/ready"));
  if (words.has("--json")) {
    std::cout << response.body << '\n';
  } else {
    print_health(response);
  }
  return response.status == 200 ? 0 : 1;
}

}  // namespace

Verb verbs::health() {
  return {.path = "health",
          .help = "Ask a running server, or check the set-up",
          .options = {value("--url", "Base URL of the running server"), flag("--json", "As JSON")},
          .run = check_health};
}

}  // namespace gmail_mcp::app
