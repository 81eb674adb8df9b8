// JSON from callers: four times as much may take four times as long, not more.
#include <gtest/gtest.h>

#include <string>

#include "base/testing/growth.h"
#include "schema/json_events.h"
#include "schema/json_text.h"

namespace gmail_mcp::schema {
namespace {

using gmail_mcp::growth::expect_linear;
using gmail_mcp::growth::growing_text;
using gmail_mcp::growth::repeated;

struct Deaf {
  bool begin_object() { return true; }
  void end_object() {}
  void begin_array() {}
  void end_array() {}
  void name(std::string_view) {}
  void value(const JsonScalar&) {}
};

TEST(Growth, Json) {
  for (const auto& [before, unit, after] :
       {std::tuple{"{", R"("a":1,)", R"("b":1})"}, std::tuple{"[", "{},", "{}]"},
        std::tuple{"[", R"({"a":1,"a":2},)", "{}]"}, std::tuple{"[", R"({"a":{"b":[1]}},)", "{}]"},
        std::tuple{"\"", "\\u0061", "\""}, std::tuple{"\"", "\\/", "\""},
        std::tuple{"{\"a", "a", "\":1,\"b\":1,\"b\":1}"}}) {
    const std::string head{before};
    const std::string body{unit};
    const std::string tail{after};
    expect_linear(
        head + body, growing_text,
        [&](std::size_t n) {
          auto text = repeated(body, n);
          return text.insert(0, head).append(tail);
        },
        [](std::string text) {
          drop_slash_escapes(text);
          read_json(text, {});
          Deaf reader;
          tell_json(text, {}, reader);
        });
  }
}

}  // namespace
}  // namespace gmail_mcp::schema
