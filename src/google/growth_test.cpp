// Gmail's answers contain strangers' text: four times as much must be four times the work.
#include <gtest/gtest.h>

#include <string>

#include "base/testing/growth.h"
#include "google/batch.h"
#include "google/message_json.h"

namespace gmail_mcp::google {
namespace {

using gmail_mcp::growth::expect_linear;
using gmail_mcp::growth::growing_text;
using gmail_mcp::growth::repeated;

TEST(Growth, Messages) {
  for (const auto& [before, unit, after] :
       {std::tuple{R"({"payload":{"headers":[)", R"({"name":"a","value":"b"},)", "{}]}}"},
        std::tuple{R"({"payload":{"parts":[)", R"({"partId":"1","filename":"a"},)", "{}]}}"},
        std::tuple{R"({"payload":{"body":{"data":")", "QUFB", R"("}}})"},
        std::tuple{R"({"labelIds":[)", R"("a",)", R"("a"]})"},
        std::tuple{R"({"snippet":")", "\xFF", R"("})"},
        std::tuple{R"({"snippet":")", R"(\u0000)", R"("})"},
        std::tuple{R"({"payload":{"headers":[{"name":")", R"(\u0041)", R"("}]}})"},
        std::tuple{R"({"payload":{"headers":[{)", R"("name":"To","value":"a",)",
                   R"("name":""}]}})"},
        std::tuple{R"({"payload":{)", R"("parts":[{},{}],)", R"("parts":[]}})"},
        std::tuple{R"({"payload":{"body":{)", R"("data":"QUFB",)", R"("size":1}}})"},
        std::tuple{R"({)", R"("payload":{"parts":[{}]},)", R"("payload":{}})"},
        std::tuple{"{", R"("a":1,)", R"("b":1})"}}) {
    const std::string head{before};
    const std::string body{unit};
    const std::string tail{after};
    expect_linear(
        head + body, growing_text,
        [&](std::size_t n) {
          auto text = repeated(body, n);
          return text.insert(0, head).append(tail);
        },
        [](const std::string& text) { read_message(text).has_value(); });
  }
}

TEST(Growth, Batches) {
  for (const auto* unit :
       {"a", "\r\n", "--b", "\r\n--b\r\n", "\r\n--b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}",
        "\r\n--b\r\nContent-ID: <response-i1>\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n{}",
        "a: b\r\n"}) {
    expect_linear(
        unit, growing_text,
        [&](std::size_t n) { return "--b\r\n" + repeated(unit, n) + "\r\n--b--\r\n"; },
        [](const std::string& text) {
          parse_batch("multipart/mixed; boundary=b", text, 50).has_value();
        });
  }
}

}  // namespace
}  // namespace gmail_mcp::google
