// What clients send: four times as much may take four times as long, not more.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>

#include "base/testing/growth.h"
#include "mcp/request_state.h"

namespace gmail_mcp::mcp {
namespace {

using gmail_mcp::growth::expect_linear;
using gmail_mcp::growth::growing_text;
using gmail_mcp::growth::repeated;

TEST(Growth, DigestOfParams) {
  for (const auto& [before, unit, after] :
       {std::tuple{R"({"a":[)", R"({"b":"c"},)", "{}]}"}, std::tuple{R"({"a":")", "x", "\"}"},
        std::tuple{R"({"a":[)", "1.5,", "1]}"},
        std::tuple{R"({"a":[)", R"({"_meta":[[]]},)", "1]}"}}) {
    const std::string head{before};
    const std::string body{unit};
    const std::string tail{after};
    expect_linear(
        head + body, growing_text,
        [&](std::size_t n) {
          auto text = repeated(body, n);
          return text.insert(0, head).append(tail);
        },
        [](const std::string& text) {
          const auto params = json::parse(text);
          digest_of(params.get_object());
          bytes_of(params);
        });
  }
}

// Many members, in the worst order for sorting them.
TEST(Growth, DigestOfManyMembers) {
  expect_linear(
      "members", growing_text,
      [](std::size_t n) {
        std::string text{'{'};
        for (std::size_t i = 0; i < n / 8; ++i) text += "\"" + std::to_string(i) + "\":1,";
        return text += R"("z":1})";
      },
      [](const std::string& text) { digest_of(json::parse(text).get_object()); });
}

}  // namespace
}  // namespace gmail_mcp::mcp
