// Text from a server, and from strangers through it: four times as much takes four times the work.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/testing/growth.h"
#include "imap/frame.h"
#include "imap/response.h"
#include "imap/uid_set.h"
#include "imap/utf7.h"

namespace gmail_mcp::imap {
namespace {

using gmail_mcp::growth::expect_linear;
using gmail_mcp::growth::growing_text;
using gmail_mcp::growth::halves;
using gmail_mcp::growth::repeated;

// In pieces, as it arrives.
void read_all(const std::string& text) {
  Framer framer{FrameLimits{.line = 1 << 16}};
  for (std::size_t at = 0; at < text.size(); at += 1000) {
    auto piece = std::string_view{text}.substr(at, 1000);
    while (!piece.empty()) {
      auto frame = framer.take(piece);
      if (!frame) return;
      if (!*frame) break;
      read_response(std::move(**frame)).has_value();
    }
  }
}

void read_whole(const std::string& text) {
  Framer framer{FrameLimits{}};
  std::string_view rest = text;
  auto frame = framer.take(rest);
  if (frame && *frame) read_response(std::move(**frame)).has_value();
}

TEST(Growth, Responses) {
  for (const auto* start : {"* ", "* 1 FETCH (", "* 1 FETCH (BODYSTRUCTURE ", "* SEARCH ",
                            "* ESEARCH (TAG \"a\") UID ALL ", "* LIST (", "* STATUS a (", "A1 OK ",
                            "* OK [", "+ ", "* FLAGS ("}) {
    for (const auto* unit : {"a",
                             " ",
                             "(",
                             ")",
                             "\"",
                             "\\",
                             "\"\\\" ",
                             "{",
                             "}",
                             "{0}\r\n",
                             "1 ",
                             "9,",
                             "1:9,",
                             "9:1,",
                             "[",
                             "]",
                             "BODY[",
                             "NIL ",
                             "((\"a\" \"b\" NIL NIL NIL \"7bit\" 1)",
                             "(\"a\" \"b\")",
                             "&",
                             "&-",
                             "X-GM-LABELS (a) ",
                             "FLAGS () ",
                             "\r\n",
                             "* OK x\r\n"}) {
      const auto name = std::string{start} + unit;
      expect_linear(
          name, growing_text, [&](std::size_t n) { return start + repeated(unit, n) + "\r\n"; },
          [](const std::string& text) {
            read_all(text);
            read_whole(text);
          });
    }
  }
  expect_linear(
      "a word without end and many literals", growing_text,
      [](std::size_t n) { return "* " + halves("a", "", "{0}\r\n", n) + "\r\n"; },
      [](const std::string& text) {
        read_all(text);
        read_whole(text);
      });
}

TEST(Growth, UidSets) {
  const std::vector<std::pair<const char*, Uid (*)(Uid)>> orders{
      {"upwards", [](Uid i) { return 2 * i + 1; }},
      {"downwards", [](Uid i) { return 2'000'001 - 2 * i; }},
      {"from both ends", [](Uid i) { return i % 2 == 0 ? 2 * i + 1 : 2'000'001 - 2 * i; }},
  };
  for (const auto& [name, uid] : orders) {
    expect_linear(
        std::string{"a set "} + name, growing_text,
        [&](std::size_t n) {
          std::string text;
          for (Uid i = 0; i < n / 8; ++i) text += (i > 0 ? "," : "") + std::to_string(uid(i));
          return text;
        },
        [](const std::string& text) {
          auto set = UidSet::parse(text).value();
          set.to_strings(4000);
          auto half = set;
          half.remove(set.take_highest(set.size() / 2));
          half.uids(half.size());
        });
  }
}

TEST(Growth, Names) {
  for (const auto* unit : {"a", "&", "&-", "&A", "&AOQ-", "\xC3\xA4", "-", "\xFF"}) {
    expect_linear(
        unit, growing_text, [&](std::size_t n) { return repeated(unit, n); },
        [](const std::string& text) {
          readable_name(text);
          encode_utf7(text);
        });
  }
}

}  // namespace
}  // namespace gmail_mcp::imap
