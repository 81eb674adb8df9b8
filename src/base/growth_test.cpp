// Bytes of strangers: four times as many may take four times as long, not more.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/json_escape.h"
#include "base/testing/growth.h"
#include "base/text.h"

namespace gmail_mcp {
namespace {

using growth::expect_linear;
using growth::growing_text;
using growth::repeated;

TEST(Growth, BytesAsText) {
  for (const std::string_view unit :
       {"a", "\n", "\x01", "a sentence of text.\r\n", "\xC3\xBC", "\xFF", "a\xE2\x82",
        "\xE2\x82\xAC \"", "sixteen letters \xF0"}) {
    expect_linear(
        "text of " + std::string{unit}, growing_text,
        [&](std::size_t n) { return repeated(unit, n); },
        [](const std::string& text) {
          std::string out;
          append_json_string(out, text);
          append_json_escaped(out, text);
          repair_utf8(text);
          trim(text);
        });
  }
}

}  // namespace
}  // namespace gmail_mcp
