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

TEST(ReadDocuments, hold_for_a_day_while_their_site_does_not_answer) {
  testing::SignInBench bench;
  const std::string id = "https://client.test/app.json";
  const auto body =
      R"({"client_id":")" + id + R"(","redirect_uris":["https://client.test/callback"]})";
  bench.sites.serve(id, body);
  const auto is_known = [&] {
    auto read = caught(bench.documents.fetch(id, "one"));
    return bool{bench.run(std::move(read))};
  };
  EXPECT_TRUE(is_known());
  for (const int status : {0, 429, 503}) {
    bench.clock.advance(std::chrono::minutes{61});
    bench.sites.serve(id, "busy", "text/plain", status);
    if (status == 0) bench.sites.failure = Errc::timeout;
    const auto before = bench.sites.asked.size();
    EXPECT_TRUE(is_known()) << status;
    EXPECT_TRUE(is_known()) << status;
    EXPECT_EQ(bench.sites.asked.size(), before + 1) << "asked once a minute";
    bench.sites.failure.reset();
  }
  bench.clock.advance(std::chrono::minutes{2});
  bench.sites.serve(id, "gone", "text/plain", 404);
  EXPECT_FALSE(is_known()) << "what the site says counts";
  bench.clock.advance(std::chrono::minutes{2});
  bench.sites.serve(id, body);
  EXPECT_TRUE(is_known());
  bench.clock.advance(std::chrono::hours{25});
  bench.sites.failure = Errc::unavailable;
  EXPECT_FALSE(is_known());
}

}  // namespace
}  // namespace gmail_mcp::accounts
