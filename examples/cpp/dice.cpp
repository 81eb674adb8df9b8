// A server with one tool, for every revision of MCP: http://localhost:8080/mcp
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <random>

#include "mcp/core.h"
#include "mcp/offer_table.h"
#include "mcp/streamable_http.h"

using namespace gmail_mcp;

int main() {
  mcp::OfferTable offer;
  mcp::ToolListing dice;
  dice.name = "roll_dice";
  dice.description = "Rolls a die and tells what is on top.";
  dice.input_schema = mcp::json::parse(R"({"type":"object","properties":{
      "sides":{"type":"integer","minimum":2,"maximum":100}}})")
                          .as_object();
  offer.add_tool(dice, [](mcp::Context&, mcp::json::object& arguments) {
    const auto* given = arguments.if_contains("sides");
    const auto* sides = given ? given->if_int64() : nullptr;
    if (given && (!sides || *sides < 2 || *sides > 100)) {
      throw Error{Errc::invalid_argument, "A die has 2 to 100 sides."};
    }
    std::random_device chance;
    std::uniform_int_distribution<std::int64_t> top{1, sides ? *sides : 6};
    return mcp::text_result(std::to_string(top(chance)));
  });

  boost::asio::io_context loop{1};
  SystemClock clock;
  const auto log = Log::open(Log::Format::human, LogLevel::info, Log::Target::standard_error);
  mcp::ServerInfo info{{"dice", "1.0", "Dice"}, "Roll, do not guess."};
  mcp::Core core{offer, info, mcp::Limits{}, clock, *log};
  mcp::StreamableHttp transport{core, mcp::one_caller("anybody"), {}, clock, *log};
  http::Router router;
  router.add("*", "/mcp", [&](http::Exchange& exchange) { return transport.handle(exchange); });
  const auto refuse = [](const Error& error, auto...) { return mcp::default_error_answer(error); };
  http::ListenOptions options;
  options.port = 8080;
  const auto server = http::Server::listen(loop, options, router, refuse, clock, *log);
  loop.run();
}
