#include "sandbox/fields.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <gtest/gtest.h>

namespace gmail_mcp::sandbox {
namespace {

std::string cut(std::string_view fields) {
  const auto value = boost::json::parse(R"({"messages":[{"id":"1","threadId":"t","payload":)"
                                        R"({"mimeType":"text/plain","headers":[{"name":"A",)"
                                        R"("value":"b"}]}},{"id":"2","threadId":"u"}],)"
                                        R"("nextPageToken":"n","resultSizeEstimate":2})");
  return boost::json::serialize(FieldMask::parse(fields).value().apply(value));
}

TEST(Fields, NamesKeepWholeMembers) {
  EXPECT_EQ(cut("nextPageToken"), R"({"nextPageToken":"n"})");
  EXPECT_EQ(cut("nextPageToken,resultSizeEstimate"),
            R"({"nextPageToken":"n","resultSizeEstimate":2})");
}

TEST(Fields, ParenthesesAndSlashesReachIntoObjectsAndLists) {
  EXPECT_EQ(cut("messages(id),nextPageToken"),
            R"({"messages":[{"id":"1"},{"id":"2"}],"nextPageToken":"n"})");
  EXPECT_EQ(cut("messages/id"), R"({"messages":[{"id":"1"},{"id":"2"}]})");
  EXPECT_EQ(cut("messages(id,payload/headers(name))"),
            R"({"messages":[{"id":"1","payload":{"headers":[{"name":"A"}]}},{"id":"2"}]})");
}

TEST(Fields, TwoPathsIntoOneObjectKeepBoth) {
  EXPECT_EQ(cut("messages(payload/mimeType,payload/headers/value)"),
            R"({"messages":[{"payload":{"mimeType":"text/plain","headers":[{"value":"b"}]}},{}]})");
}

TEST(Fields, AStarIsEverything) {
  EXPECT_EQ(cut("messages/*"), cut("messages"));
  EXPECT_EQ(cut("*"), cut("messages,nextPageToken,resultSizeEstimate"));
}

TEST(Fields, BrokenOrUnknownSelectionsAreRefusedByName) {
  for (const auto* text : {"", "messages(", "messages(id", "messages)", "a b", ",id", "id,",
                           "messages/", "messages(id))", "nosuchfield", "messages(subject)"}) {
    EXPECT_FALSE(FieldMask::parse(text).has_value()) << text;
  }
  EXPECT_EQ(FieldMask::parse("messages(id,subject)").error().message,
            "Invalid field selection subject");
}

}  // namespace
}  // namespace gmail_mcp::sandbox
