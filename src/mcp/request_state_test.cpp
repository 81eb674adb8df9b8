#include "mcp/request_state.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>

namespace gmail_mcp::mcp::test {
namespace {

json::object params(std::string_view text) { return json::parse(text).as_object(); }

TEST(DigestOfParams, is_the_same_however_the_members_are_ordered_and_numbers_written) {
  const auto digest = digest_of(params(R"({"name":"a","arguments":{"x":1,"y":[1,{"z":null}]}})"));
  EXPECT_EQ(digest.size(), 32U);
  EXPECT_EQ(digest_of(params(R"({"arguments":{"y":[1.0,{"z":null}],"x":1},"name":"a"})")), digest);
}

TEST(DigestOfParams, leaves_out_what_changes_from_round_to_round) {
  const auto digest = digest_of(params(R"({"name":"a"})"));
  EXPECT_EQ(digest_of(params(
                R"({"name":"a","_meta":{"x":1},"inputResponses":{"k":{}},"requestState":"s"})")),
            digest);
  // But only where they are the protocol's own.
  EXPECT_NE(digest_of(params(R"({"name":"a","arguments":{"_meta":1}})")),
            digest_of(params(R"({"name":"a","arguments":{}})")));
}

TEST(DigestOfParams, differs_for_all_that_differ) {
  const std::string_view all[] = {R"({})",
                                  R"({"a":null})",
                                  R"({"a":false})",
                                  R"({"a":true})",
                                  R"({"a":"true"})",
                                  R"({"a":1})",
                                  R"({"a":"1"})",
                                  R"({"a":1.5})",
                                  R"({"a":[1]})",
                                  R"({"a":[[1]]})",
                                  R"({"a":[]})",
                                  R"({"a":{}})",
                                  R"({"a":[1,2]})",
                                  R"({"a":["1","2"]})",
                                  R"({"a":["12"]})",
                                  R"({"a":{"b":1}})",
                                  R"({"a":1,"b":1})",
                                  R"({"ab":1})",
                                  R"({"a":"s1:1"})",
                                  R"({"a":-1})"};
  std::set<std::string> digests;
  for (const auto text : all) digests.insert(digest_of(params(text)));
  EXPECT_EQ(digests.size(), std::size(all));
  const std::string longer(300, 'x');
  json::object one{{"a", longer}};
  const json::object two{{"a", longer + "y"}};
  EXPECT_NE(digest_of(one), digest_of(two));
}

TEST(RequestState, opens_for_the_same_request_of_the_same_caller_within_its_time) {
  ManualClock clock;
  const RequestStates states{std::nullopt, std::chrono::seconds{600}, clock};
  const StateBinding binding{"ann", "tools/call", digest_of(params(R"({"name":"a"})"))};
  const auto sealed = states.seal("a secret", binding);
  EXPECT_EQ(sealed.find("secret"), std::string::npos);
  EXPECT_EQ(states.open(sealed, binding), "a secret");
  for (auto change : {&StateBinding::caller, &StateBinding::method, &StateBinding::digest}) {
    auto other = binding;
    other.*change += "x";
    EXPECT_EQ(states.open(sealed, other), std::nullopt);
  }
  // Nothing moves from one part of the binding to the next.
  EXPECT_EQ(states.open(sealed, {"annt", "ools/call", binding.digest}), std::nullopt);
  EXPECT_EQ(states.open(sealed + "A", binding), std::nullopt);
  EXPECT_EQ(states.open("", binding), std::nullopt);
  const RequestStates others{std::nullopt, std::chrono::seconds{600}, clock};
  EXPECT_EQ(others.open(sealed, binding), std::nullopt);
  clock.advance(std::chrono::seconds{601});
  EXPECT_EQ(states.open(sealed, binding), std::nullopt);
}

TEST(RequestState, opens_in_another_process_with_the_same_key) {
  ManualClock clock;
  const auto sealer = crypto::Sealer::for_this_process("mcp request state");
  const RequestStates one{sealer, std::chrono::seconds{600}, clock};
  const RequestStates two{sealer, std::chrono::seconds{600}, clock};
  const StateBinding binding{"ann", "tools/call", "d"};
  EXPECT_EQ(two.open(one.seal("s", binding), binding), "s");
}

}  // namespace
}  // namespace gmail_mcp::mcp::test
