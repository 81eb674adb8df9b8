#include "accounts/client_documents.h"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "accounts/testing/sign_in_bench.h"
#include "base/caught.h"

namespace gmail_mcp::accounts {
namespace {

// A site at which something else happens while it is read.
class SlowSite final : public http::Client {
 public:
  std::function<Task<void>()> meanwhile;

  Task<http::ClientResponse> send(http::ClientRequest request) override {
    auto one = std::exchange(meanwhile, nullptr);
    if (one) co_await one();
    http::ClientResponse response;
    response.status = 200;
    response.headers.add("Content-Type", "application/json");
    response.body = R"({"client_id":")" + request.url +
                    R"(","redirect_uris":["https://client.test/callback"]})";
    co_return response;
  }
  Task<http::ClientResponse> send_once(http::ClientRequest request) override {
    return send(std::move(request));
  }
};

class ReadingDocuments : public ::testing::Test, protected testing::FlowBench {
 protected:
  Task<void> fetch(std::string name, std::string network) {
    auto id = "https://client.test/" + name;
    const auto app = co_await documents_.fetch(std::move(id), std::move(network));
    read_ += app.host + '/' + name + ' ';
  }

  SlowSite site_;
  ClientDocuments documents_{site_, clock};
  std::string read_;
};

TEST_F(ReadingDocuments, a_network_that_has_two_read_waits_and_others_do_not) {
  std::optional<Error> third;
  site_.meanwhile = [&]() -> Task<void> {
    site_.meanwhile = [&]() -> Task<void> {
      third = co_await caught(fetch("3", "one"));
      co_await fetch("4", "other");
    };
    co_await fetch("2", "one");
  };
  run(fetch("1", "one"));
  ASSERT_TRUE(third);
  EXPECT_EQ(third->code, Errc::rate_limited);
  EXPECT_EQ(read_, "client.test/4 client.test/2 client.test/1 ");
  run(fetch("3", "one"));
}

}  // namespace
}  // namespace gmail_mcp::accounts
