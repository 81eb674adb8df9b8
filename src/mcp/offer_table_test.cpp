#include "mcp/offer_table.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "mcp/memory_offer_test.h"

namespace gmail_mcp::mcp::test {
namespace {

class OfferTableTest : public testing::Test {
 protected:
  OfferTableTest() {
    ToolListing plain;
    plain.name = "plain";
    table.add_tool(plain, [](Context&, json::object& arguments) {
      return text_result(json::serialize(arguments));
    });
    ToolListing asking;
    asking.name = "asking";
    table.add_tool(asking, [](Context& context, json::object&) -> Task<Round<ToolResult>> {
      Round<ToolResult> end{text_result(context.state)};
      if (context.state.empty()) {
        InputRequired asked;
        asked.state = "second";
        end = std::move(asked);
      }
      co_return end;
    });
    for (const auto* uri : {"mem://all", "mem://{name}/part/{id}", "mem://{name}"}) {
      table.add_resource({uri, uri, "", "", "text/plain", {}}, [uri](Context&, std::string) {
        std::vector<ResourceContents> contents(1);
        contents.front().text = uri;
        return contents;
      });
    }
    table.add_prompt({"greet", "", "", {{"name", "Who.", true}}, {}},
                     [](Context&, const json::object& arguments) {
                       PromptResult result;
                       result.description = arguments.at("name").as_string().c_str();
                       return result;
                     });
  }

  template <class T>
  T run(Task<T> task) {
    return run_to_end(loop, std::move(task));
  }
  std::string read(std::string uri) {
    try {
      auto end = run(table.read_resource(about, std::move(uri)));
      return std::get<std::vector<ResourceContents>>(end).front().text;
    } catch (const Error& error) {
      return std::string{to_string(error.code)};
    }
  }

  boost::asio::io_context loop;
  OfferTable table;
  NamedPrincipal principal{"ann"};
  Context about;
  json::object given{{"a", 1}};
};

TEST_F(OfferTableTest, calls_plain_functions_and_coroutines) {
  auto end = run(table.call_tool(about, "plain", given));
  EXPECT_EQ(std::get<ToolResult>(end).content.at(0).at("text"), R"({"a":1})");
  auto asked = run(table.call_tool(about, "asking", given));
  about.state = std::get<InputRequired>(asked).state;
  end = run(table.call_tool(about, "asking", given));
  EXPECT_EQ(std::get<ToolResult>(end).content.at(0).at("text"), "second");
  EXPECT_THROW(run(table.call_tool(about, "other", given)), Error);
}

TEST_F(OfferTableTest, finds_resources_by_their_templates) {
  EXPECT_EQ(table.resources(principal).size(), 1U);
  EXPECT_EQ(table.resource_templates(principal).size(), 2U);
  EXPECT_EQ(read("mem://all"), "mem://all");
  EXPECT_EQ(read("mem://x"), "mem://{name}");
  EXPECT_EQ(read("mem://x/part/7"), "mem://{name}/part/{id}");
  EXPECT_EQ(read("mem://x/part/"), "not_found");
  EXPECT_EQ(read("mem://"), "not_found");
  EXPECT_EQ(read("mem://x/y"), "not_found");
  EXPECT_EQ(read("mem://x/part/7/8"), "not_found");
  EXPECT_EQ(read("other://x"), "not_found");
}

TEST_F(OfferTableTest, a_prompts_required_arguments_are_there_when_it_is_called) {
  auto end = run(table.get_prompt(about, "greet", {{"name", "Ann"}}));
  EXPECT_EQ(std::get<PromptResult>(end).description, "Ann");
  EXPECT_THROW(run(table.get_prompt(about, "greet", {})), Error);
  EXPECT_THROW(run(table.get_prompt(about, "other", {})), Error);
}

}  // namespace
}  // namespace gmail_mcp::mcp::test
