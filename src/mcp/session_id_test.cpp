#include "mcp/session_id.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "crypto/random.h"

namespace gmail_mcp::mcp {
namespace {

json::object parsed(std::string_view text) { return json::parse(text).as_object(); }

class SessionIdsTest : public testing::Test {
 protected:
  static crypto::KeyRing ring(const std::vector<Secret>& keys) {
    return crypto::KeyRing::parse(keys).value();
  }
  std::string make(const SessionIds& with, json::object capabilities = {}) {
    const SessionTicket ticket{name, &newest_legacy(), std::move(capabilities), clock.now(), 0};
    return with.make(ticket, "ann");
  }

  ManualClock clock;
  std::string name = crypto::random_uuid();
  Secret first = crypto::KeyRing::generate();
  Secret second = crypto::KeyRing::generate();
  SessionIds ids{crypto::Sealer{ring({first}), "mcp session"}};
};

TEST_F(SessionIdsTest, AnotherProcessReadsAllThatWasAgreed) {
  const auto id = make(ids, parsed(R"({"elicitation":{"form":{}},"roots":{"listChanged":true}})"));
  const SessionIds elsewhere{crypto::Sealer{ring({first}), "mcp session"}};
  const auto ticket = elsewhere.read(id, "ann");
  ASSERT_TRUE(ticket);
  EXPECT_EQ(ticket->name, name);
  EXPECT_EQ(ticket->revision, &newest_legacy());
  EXPECT_EQ(json::serialize(ticket->client_capabilities),
            R"({"elicitation":{"form":{}},"roots":{"listChanged":true}})");
  EXPECT_EQ(ticket->made, clock.now());
}

TEST_F(SessionIdsTest, AnIdIsVisibleAsciiAndShort) {
  std::string long_list = R"({"experimental":{")" + std::string(5000, 'x') + R"(":{}}})";
  const auto id = make(ids, bounded_capabilities(parsed(long_list)));
  EXPECT_LT(id.size(), 1000U);
  for (const char c : id) EXPECT_TRUE(c > 0x20 && c < 0x7F);
  std::string fits = R"({"experimental":{")" + std::string(300, 'x') + R"(":{}}})";
  EXPECT_LT(make(ids, bounded_capabilities(parsed(fits))).size(), 1000U);
}

TEST_F(SessionIdsTest, CapabilitiesThatAreTooLongAreReducedToWhatCanBeAsked) {
  auto sent = parsed(R"({"roots":{"listChanged":true,"more":[1]},"sampling":{"tools":{"a":1}},
      "elicitation":{"form":{},"url":{}},"tasks":{}})");
  sent["experimental"] = std::string(1000, 'x');
  EXPECT_EQ(json::serialize(bounded_capabilities(std::move(sent))),
            R"({"roots":{"listChanged":true},"sampling":{"tools":{}},)"
            R"("elicitation":{"form":{},"url":{}}})");
}

TEST_F(SessionIdsTest, NobodyElseCanUseOrChangeIt) {
  auto id = make(ids);
  EXPECT_FALSE(ids.read(id, "bob"));
  EXPECT_FALSE(ids.read(id + "A", "ann"));
  id[id.size() / 2] = id[id.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(ids.read(id, "ann"));
  EXPECT_FALSE(ids.read("", "ann"));
  EXPECT_FALSE(ids.read(std::string(5000, 'A'), "ann"));
}

TEST_F(SessionIdsTest, ARotatedKeyOpensItUntilItIsRemoved) {
  const auto id = make(ids);
  const SessionIds rotated{crypto::Sealer{ring({second, first}), "mcp session"}};
  ASSERT_TRUE(rotated.read(id, "ann"));
  EXPECT_EQ(rotated.read(id, "ann")->key, 1U);
  EXPECT_EQ(rotated.read(make(rotated), "ann")->key, 0U);
  const SessionIds removed{crypto::Sealer{ring({second}), "mcp session"}};
  EXPECT_FALSE(removed.read(id, "ann"));
}

}  // namespace
}  // namespace gmail_mcp::mcp
