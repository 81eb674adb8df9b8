#include <gtest/gtest.h>

#include "base/offload.h"
#include "base/testing/loop_turns.h"
#include "crypto/base64.h"
#include "operation/run.h"
#include "operation/testing/house_bench.h"

namespace gmail_mcp::operation {
namespace {

struct LongArgs {
  std::vector<std::string> to;
  schema::Base64 file;

  static auto fields() {
    return schema::Fields{schema::field("to", &LongArgs::to),
                          schema::field("file", &LongArgs::file)};
  }
};

struct Counted {
  std::int64_t bytes = 0;

  static auto fields() { return schema::Fields{schema::field("bytes", &Counted::bytes)}; }
};

Task<Counted> count(Call& call, LongArgs args) {
  Counted out;
  out.bytes = static_cast<std::int64_t>(args.file.bytes.size() + args.to.size());
  // Freeing so many strings is not decoding, and expensive by itself.
  const auto bytes = args.to.size() * sizeof(std::string);
  auto free = [&args] {
    args.to = {};
    return true;
  };
  co_await offload(call.work_pool(), bytes, free);
  co_return out;
}

class LongArguments : public ::testing::Test {
 protected:
  // A copy: they are empty once they are decoded.
  Task<void> call(WorkPool* pool, json::object arguments) {
    house_.services.work_pool = pool;
    model::Caller caller;
    caller.kind = model::CallerKind::application;
    caller.credential = "test";
    Origin origin;
    origin.surface = "test";
    origin.request_id = "r1";
    const auto outcome = co_await run(house_.services, tool_, caller, origin, arguments);
    EXPECT_TRUE(outcome.ok());
    EXPECT_TRUE(arguments.empty()) << "what was long in them would be there twice";
  }

  // Decoding on the loop would take more of a turn than is allowed; on the pool it does not.
  void expect_pool_decodes(std::string_view what, const json::object& arguments) {
    const auto decode = [&] {
      LongArgs args;
      EXPECT_FALSE(schema::decode_object(schema::describe<LongArgs>(), &args, arguments));
    };
    WorkPool pool{1};
    growth::expect_others_have_turns(
        what, loop_, [&] { return call(&pool, arguments); }, decode);
    const growth::WorkMeter meter;
    EXPECT_GT(growth::most_in_one_turn(loop_, meter, call(nullptr, arguments)),
              meter.work_of(decode) / 2)
        << "this test sees who decodes";
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  testing::HouseBench house_{loop_, clock_, *log_};
  Operation tool_ = operation<LongArgs, Counted>({.name = "count",
                                                  .title = "Count",
                                                  .description = "",
                                                  .toolset = Toolset::read,
                                                  .effect = Effect::reads},
                                                 count);
};

TEST_F(LongArguments, a_long_file_is_not_decoded_by_the_loop) {
  json::object arguments;
  arguments["file"] = crypto::base64_encode(std::string(std::size_t{4} << 20, 'x'));
  expect_pool_decodes("a file", arguments);
}

TEST_F(LongArguments, a_long_list_is_not_decoded_by_the_loop) {
  json::array people;
  for (int i = 0; i < 100'000; ++i) people.emplace_back("somebody" + std::to_string(i) + "@x.com");
  json::object arguments;
  arguments["to"] = std::move(people);
  expect_pool_decodes("a list", arguments);
}

}  // namespace
}  // namespace gmail_mcp::operation
