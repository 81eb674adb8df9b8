#include "sandbox/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sandbox/test_bench.h"

namespace gmail_mcp::sandbox {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string batch_of(const std::vector<std::string>& calls) {
  std::string body;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    body += "--b\r\nContent-Type: application/http\r\nContent-ID: <i" + std::to_string(i) +
            ">\r\n\r\n" + calls[i] + "\r\n\r\n";
  }
  return body + "--b--\r\n";
}

class BatchTest : public testing::Test {
 protected:
  BatchTest() { bench.sign_in(); }

  http::ClientResponse batch(const std::vector<std::string>& calls,
                             std::string_view path = "/batch/gmail/v1") {
    http::Headers headers;
    headers.add("Authorization", "Bearer " + bench.token);
    headers.add("Content-Type", "multipart/mixed; boundary=b");
    return bench.request("POST " + std::string{path}, batch_of(calls), std::move(headers));
  }
  std::size_t count(const std::string& text, std::string_view what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
    return found;
  }

  Bench bench;
};

TEST_F(BatchTest, PartsAreAnsweredInOrderWithTheirOwnStatusAndId) {
  const auto response =
      batch({"GET /gmail/v1/users/me/profile", "GET /gmail/v1/users/me/messages/00000000000000ff"});
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(std::string{response.headers.get("Content-Type")},
              StartsWith("multipart/mixed; boundary=batch_"));
  const auto ok = response.body.find("Content-ID: <response-i0>\r\n\r\nHTTP/1.1 200 OK\r\n");
  const auto missing =
      response.body.find("Content-ID: <response-i1>\r\n\r\nHTTP/1.1 404 Not Found\r\n");
  ASSERT_NE(ok, std::string::npos) << response.body;
  ASSERT_NE(missing, std::string::npos) << response.body;
  EXPECT_LT(ok, missing);
}

TEST_F(BatchTest, PartsMayWriteAndCarryBodies) {
  const auto id = bench.world().deliver(alex, letter("a@b.example", alex, "x", "y")).value();
  const auto response = batch({"POST /gmail/v1/users/me/messages/" + id +
                               "/modify\r\nContent-Type: application/json\r\n\r\n"
                               "{\"removeLabelIds\":[\"UNREAD\"]}"});
  EXPECT_THAT(response.body, HasSubstr("200 OK"));
  EXPECT_FALSE(bench.world().mailbox(alex).find(id)->has_label("UNREAD"));
}

TEST_F(BatchTest, APartsOwnAuthorizationWins) {
  const auto response =
      batch({"GET /gmail/v1/users/me/profile\r\nAuthorization: Bearer nonsense"}, "/batch");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr("HTTP/1.1 401 Unauthorized"));
}

TEST_F(BatchTest, OuterQueryParametersApplyToEveryPart) {
  const auto response = batch({"GET /gmail/v1/users/me/profile"},
                              "/batch/gmail/v1?prettyPrint=false&fields=emailAddress");
  EXPECT_THAT(response.body, HasSubstr("{\"emailAddress\":\"" + std::string{alex} + "\"}"));
}

TEST_F(BatchTest, MoreThanAHundredPartsOrNoBatchAtAllAreRefused) {
  const std::vector<std::string> hundred(100, "GET /gmail/v1/users/me/profile");
  EXPECT_EQ(count(batch(hundred).body, "200 OK"), 100U);
  std::vector<std::string> more = hundred;
  more.push_back(hundred.front());
  EXPECT_EQ(batch(more).status, 400);
  EXPECT_EQ(batch({}).status, 400);
  EXPECT_EQ(batch({"GET https://gmail.googleapis.com/gmail/v1/users/me/profile"}).status, 400);
  EXPECT_EQ(bench.request("POST /batch", "x").status, 400);
}

TEST_F(BatchTest, PartsAreCountedUnderTheirOwnMethodAndAllAtOnce) {
  batch({"GET /gmail/v1/users/me/profile", "GET /gmail/v1/users/me/labels",
         "GET /gmail/v1/users/me/labels"});
  const auto counters = bench.sandbox().counters();
  EXPECT_EQ(counters.batches, 1U);
  EXPECT_EQ(counters.batch_parts, 3U);
  EXPECT_EQ(counters.requests.at("labels.list"), 2U);
  EXPECT_EQ(counters.requests.at("getProfile"), 1U);
  EXPECT_EQ(counters.requests.at("batch"), 1U);
  EXPECT_EQ(counters.max_in_flight.at(std::string{alex}), 3);
}

TEST_F(BatchTest, PartsAboveTheLimitOfParallelRequestsAre429) {
  bench.sandbox().faults().switches().max_concurrent = 2;
  const std::vector<std::string> five(5, "GET /gmail/v1/users/me/profile");
  const auto body = batch(five).body;
  EXPECT_EQ(count(body, "HTTP/1.1 200"), 2U);
  EXPECT_EQ(count(body, "HTTP/1.1 429"), 3U);
  EXPECT_THAT(body, HasSubstr("Too many concurrent requests for user"));
  EXPECT_EQ(count(batch({five[0], five[1]}).body, "HTTP/1.1 200"), 2U);
}

TEST_F(BatchTest, BatchesCanBeRefusedSoThatClientsFallBack) {
  bench.sandbox().faults().switches().refuse_batch = 404;
  EXPECT_EQ(batch({"GET /gmail/v1/users/me/profile"}).status, 404);
  EXPECT_EQ(bench.api("GET profile").status, 200);
}

TEST_F(BatchTest, OnePartMayFailWhileTheOthersSucceed) {
  FaultRule rule;
  rule.match = "labels.list";
  rule.times = 1;
  rule.then.status = 500;
  bench.sandbox().faults().add(rule);
  const auto body = batch({"GET /gmail/v1/users/me/labels", "GET /gmail/v1/users/me/labels"}).body;
  EXPECT_EQ(count(body, "HTTP/1.1 500"), 1U);
  EXPECT_EQ(count(body, "HTTP/1.1 200"), 1U);
}

}  // namespace
}  // namespace gmail_mcp::sandbox
