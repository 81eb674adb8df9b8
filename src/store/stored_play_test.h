#pragma once

#include <memory>

#include "base/cancel_points_test.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::store {

/// A play with a store in memory, in which ann has one connection.
class StoredPlay : public Play {
 public:
  explicit StoredPlay(boost::asio::io_context& on) : Play{on}, side_{on.get_executor()} {
    const auto ann = run(store_->users().get_or_create(all_, model::ExternalUserId{"ann"}));
    NewCredential credential;
    credential.user_id = ann.id;
    credential.gmail_address = "ann@gmail.com";
    connection_ = run(store_->connections().save(all_, credential));
  }

 protected:
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  testing::TestStore store_{clock_, *log_, {.path = ":memory:", .in_turn = true}};
  model::Access all_ = model::Access::system("test");
  model::Connection connection_;
  TaskGroup side_;  // for tasks that interfere
};

}  // namespace gmail_mcp::store
