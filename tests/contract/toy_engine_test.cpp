#include "tests/contract/toy_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/testing/test_store.h"

namespace gmail_mcp::store {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

TEST(ToyEngine, is_given_the_schema_and_every_change_in_their_order) {
  boost::asio::io_context loop;
  ManualClock clock;
  const auto log = Log::silent();
  const ToyDatabase* toy = nullptr;
  const testing::TestStore store{clock, *log, testing::in_memory(),
                                 [&](std::unique_ptr<sql::Database> server) {
                                   auto made = std::make_unique<ToyDatabase>(std::move(server));
                                   toy = made.get();
                                   return made;
                                 }};
  EXPECT_THAT(toy->changes(), Contains(HasSubstr("CREATE TABLE users")));
  const auto everyone = model::Access::system("test");
  run_to_end(loop, store->users().get_or_create(everyone, model::ExternalUserId{"ann"}));
  EXPECT_THAT(toy->changes().back(), HasSubstr("users"));
}

}  // namespace
}  // namespace gmail_mcp::store
