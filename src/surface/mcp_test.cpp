#include "surface/mcp.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "operation/testing/house_bench.h"

namespace gmail_mcp::surface {
namespace {

struct WantedFile {
  std::int64_t bytes = 0;

  static auto fields() { return schema::Fields{schema::field("bytes", &WantedFile::bytes)}; }
};

struct FoundFile {
  std::string mime_type = "text/plain";
  schema::Base64 content_base64;

  static auto fields() {
    return schema::Fields{schema::field("mime_type", &FoundFile::mime_type),
                          schema::field("content_base64", &FoundFile::content_base64)};
  }
};

Task<FoundFile> find_file(operation::Call& /*call*/, WantedFile args) {
  if (args.bytes == 0) throw Error{Errc::not_found, "There is no file.", "Look elsewhere."};
  FoundFile out;
  out.content_base64.bytes.assign(static_cast<std::size_t>(args.bytes), 'x');
  co_return out;
}

operation::Catalog catalog_of_a_file() {
  std::vector<operation::Operation> tools;
  tools.push_back(operation::operation<WantedFile, FoundFile>({.name = "find_file",
                                                               .title = "Find a file",
                                                               .description = "",
                                                               .toolset = operation::Toolset::read,
                                                               .effect = operation::Effect::reads},
                                                              find_file));
  return {std::move(tools), {}, {}};
}

class OfferedTool : public testing::Test {
 protected:
  mcp::ToolResult call(std::int64_t bytes) {
    model::Caller caller;
    caller.kind = model::CallerKind::application;
    caller.credential = "test";
    mcp::Context context;
    context.principal = std::make_shared<CallerPrincipal>(caller);
    context.request_id = "r1";
    mcp::json::object arguments{{"bytes", bytes}};
    auto round = run_to_end(loop_, offer_.call_tool(context, "find_file", arguments));
    return std::get<mcp::ToolResult>(std::move(round));
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  operation::testing::HouseBench house_{loop_, clock_, *log_};
  operation::Catalog catalog_ = catalog_of_a_file();
  McpOffer offer_{catalog_, house_.services, "mcp"};
};

TEST_F(OfferedTool, a_result_is_written_once_and_stands_in_the_text_too) {
  const auto result = call(3);
  EXPECT_FALSE(result.is_error);
  EXPECT_EQ(result.structured, R"({"mime_type":"text/plain","content_base64":"eHh4"})");
  EXPECT_TRUE(result.content.empty()) << "the library puts the same into the text";
}

TEST_F(OfferedTool, a_large_file_is_embedded_and_said_nowhere_else) {
  constexpr std::int64_t large = 1 << 20;
  const auto result = call(large);
  EXPECT_EQ(result.structured, R"({"mime_type":"text/plain"})");
  ASSERT_EQ(result.content.size(), 2U);
  EXPECT_EQ(result.content[0].at("text").as_string(), R"({"mime_type":"text/plain"})");
  const auto& resource = result.content[1].at("resource").as_object();
  EXPECT_EQ(resource.at("uri").as_string(), "attachment://r1");
  EXPECT_EQ(resource.at("mimeType").as_string(), "text/plain");
  EXPECT_EQ(resource.at("blob").as_string().size(), (large + 2) / 3 * 4);
  EXPECT_TRUE(call(large - 1).content.empty());
}

TEST_F(OfferedTool, a_failure_is_text_alone) {
  const auto result = call(0);
  EXPECT_TRUE(result.is_error);
  EXPECT_TRUE(result.structured.empty());
  ASSERT_EQ(result.content.size(), 1U);
  EXPECT_EQ(result.content[0].at("text").as_string(),
            R"({"success":false,"error":"There is no file.","code":"not_found",)"
            R"("retryable":false,"hint":"Look elsewhere."})");
}

}  // namespace
}  // namespace gmail_mcp::surface
