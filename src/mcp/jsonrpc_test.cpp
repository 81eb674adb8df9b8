#include "mcp/jsonrpc.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "mcp/json_arena.h"

namespace gmail_mcp::mcp {
namespace {

std::string refusal(std::string_view text, JsonLimits limits = {}) {
  const auto parsed = parse_json(text, limits);
  const auto* failure = std::get_if<Failure>(&parsed);
  return failure ? std::to_string(static_cast<int>(failure->code)) : "none";
}

TEST(ParseJson, GivesTheWholeTreeBack) {
  constexpr std::string_view text =
      R"({"a":[1,-2,3.5,18446744073709551615,true,null,"x\n"],"b":{}})";
  const auto parsed = parse_json(text, {});
  EXPECT_EQ(std::get<json::value>(parsed), json::parse(text));
}

TEST(ParseJson, AllowsWhiteSpaceAroundAndNothingElse) {
  EXPECT_EQ(refusal(" {} \n"), "none");
  EXPECT_EQ(refusal("{} {}"), "-32700");
  EXPECT_EQ(refusal("{},"), "-32700");
  EXPECT_EQ(refusal(""), "-32700");
  EXPECT_EQ(refusal("  "), "-32700");
}

TEST(ParseJson, RefusesWhatIsNotUtf8) {
  EXPECT_EQ(refusal("\"\xC3\xA4\""), "none");
  EXPECT_EQ(refusal("\"\xC3\x28\""), "-32700");
  EXPECT_EQ(refusal(R"("\ud800")"), "-32700") << "half a surrogate pair";
}

TEST(ParseJson, BoundsNestingAndTheNumberOfValues) {
  EXPECT_EQ(refusal("[[[]]]", {3, 100}), "none");
  EXPECT_EQ(refusal("[[[[]]]]", {3, 100}), "-32700");
  EXPECT_EQ(refusal(std::string(100'000, '[')), "-32700");
  EXPECT_EQ(refusal("[1,2,3]", {3, 4}), "none");
  EXPECT_EQ(refusal("[1,2,3,4]", {3, 4}), "-32700");
}

TEST(ParseJson, RefusesAMemberNamedTwiceAtAnyDepth) {
  EXPECT_EQ(refusal(R"({"a":1,"a":2})"), "-32600");
  EXPECT_EQ(refusal(R"([{"x":{"a":1,"\u0061":2}}])"), "-32600") << "escaped differently";
  EXPECT_EQ(refusal(R"({"a":{"a":{"a":1}}})"), "none");
}

TEST(ParseJson, TheTreeLivesInTheMemoryGiven) {
  ArenaPool pool;
  const std::string text =
      R"({"params":{"a":["a string that is too long to be stored in place"]}})";
  for (int i = 0; i < 3; ++i) {
    const auto arena = pool.lease();
    auto parsed = parse_json(text, {}, arena->storage());
    auto read = std::get<json::value>(parsed).get_object();
    EXPECT_EQ(*read.storage(), *arena->storage());
    EXPECT_EQ(*read.at("params").at("a").storage(), *arena->storage());
    EXPECT_EQ(json::serialize(read), text);
  }
}

// Kind, id and method of a message, or why it is not one.
std::string reading_of(std::string_view text) {
  auto read = read_message(json::parse(text));
  if (const auto* bad = std::get_if<BadMessage>(&read)) return "bad " + bad->id;
  const auto& message = std::get<Message>(read);
  switch (message.kind) {
    case Message::Kind::request: return "request " + message.id + " " + message.method;
    case Message::Kind::notification: return "notification " + message.method;
    case Message::Kind::response: return "response " + message.id;
  }
  return {};
}

TEST(ReadMessage, TellsRequestsNotificationsAndAnswersApart) {
  EXPECT_EQ(reading_of(R"({"jsonrpc":"2.0","id":1,"method":"m"})"), "request 1 m");
  EXPECT_EQ(reading_of(R"({"jsonrpc":"2.0","id":"1","method":"m"})"), "request \"1\" m");
  EXPECT_EQ(reading_of(R"({"jsonrpc":"2.0","method":"m"})"), "notification m");
  EXPECT_EQ(reading_of(R"({"jsonrpc":"2.0","id":1,"result":null})"), "response 1");
  EXPECT_EQ(reading_of(R"({"jsonrpc":"2.0","id":1,"error":{}})"), "response 1");
}

TEST(ReadMessage, AnIdIsAStringOrAnInteger) {
  EXPECT_EQ(reading_of(R"({"jsonrpc":"2.0","id":-7,"method":"m"})"), "request -7 m");
  EXPECT_EQ(reading_of(R"({"jsonrpc":"2.0","id":18446744073709551615,"method":"m"})"),
            "request 18446744073709551615 m");
  EXPECT_EQ(reading_of(R"({"jsonrpc":"2.0","id":2.0,"method":"m"})"), "request 2 m");
  EXPECT_EQ(reading_of(R"({"jsonrpc":"2.0","id":"\u0000\"","method":"m"})"),
            R"(request "\u0000\"" m)");
  for (const auto* id : {"null", "1.5", "true", "[]", "{}", "1e300"}) {
    EXPECT_EQ(reading_of(R"({"jsonrpc":"2.0","id":)" + std::string{id} + R"(,"method":"m"})"),
              "bad ")
        << id;
  }
}

TEST(ReadMessage, ABadMessageKeepsTheIdItHad) {
  EXPECT_EQ(reading_of(R"({"id":1,"method":"m"})"), "bad 1") << "no jsonrpc";
  EXPECT_EQ(reading_of(R"({"jsonrpc":"1.0","id":1,"method":"m"})"), "bad 1");
  EXPECT_EQ(reading_of(R"({"jsonrpc":"2.0","id":1})"), "bad 1") << "no method";
  EXPECT_EQ(reading_of(R"({"jsonrpc":"2.0","id":1,"method":"m","params":[]})"), "bad 1");
  EXPECT_EQ(reading_of(R"({"jsonrpc":"2.0","result":{}})"), "bad ");
  EXPECT_EQ(reading_of("[]"), "bad ");
}

TEST(ReadMessage, ParamsOfNullAreNone) {
  EXPECT_EQ(reading_of(R"({"jsonrpc":"2.0","id":1,"method":"m","params":null})"), "request 1 m");
}

TEST(MessageText, AnUnknownIdIsLeftOut) {
  EXPECT_EQ(response_text("7", "{}"), R"({"jsonrpc":"2.0","id":7,"result":{}})");
  const Failure failure{RpcCode::parse_error, "No."};
  EXPECT_EQ(error_text({}, failure),
            R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"No."}})");
  const Failure with_data{RpcCode::invalid_params, "No.", json::object{{"uri", "a:b"}}};
  EXPECT_EQ(
      error_text("\"x\"", with_data),
      R"({"jsonrpc":"2.0","id":"x","error":{"code":-32602,"message":"No.","data":{"uri":"a:b"}}})");
}

}  // namespace
}  // namespace gmail_mcp::mcp
