// What clients send beside the message itself: four times as much may take four times as long, not
// more.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>

#include "base/testing/growth.h"
#include "mcp/event_log.h"
#include "mcp/session_id.h"

namespace gmail_mcp::mcp {
namespace {

using gmail_mcp::growth::expect_linear;
using gmail_mcp::growth::growing_text;
using gmail_mcp::growth::repeated;

TEST(Growth, SessionIds) {
  const SessionIds ids{crypto::Sealer::for_this_process("test")};
  for (const std::string unit : {"A", "-", "=", "\xff"}) {
    expect_linear(
        "session id of " + unit, growing_text, [&](std::size_t n) { return repeated(unit, n); },
        [&](const std::string& text) { ids.read(text, "ann"); });
  }
}

TEST(Growth, EventIds) {
  FairShare share{{1000, 1000}};
  EventLog log{share.hold("ann")};
  for (const std::string unit : {"1", ".", "_", "1.1_1"}) {
    expect_linear(
        "event id of " + unit, growing_text, [&](std::size_t n) { return repeated(unit, n); },
        [&](const std::string& text) {
          log.find(text);
          EventLog::is_of_own_stream(text);
        });
  }
}

TEST(Growth, Capabilities) {
  expect_linear(
      "capabilities", growing_text,
      [](std::size_t n) { return "{\"experimental\":[" + repeated("{\"a\":{}},", n) + "1]}"; },
      [](const std::string& text) { bounded_capabilities(json::parse(text).as_object()); });
}

}  // namespace
}  // namespace gmail_mcp::mcp
