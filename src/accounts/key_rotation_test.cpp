#include "accounts/key_rotation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "accounts/seals.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::accounts {
namespace {

using ::testing::ElementsAre;

class KeyRotationTest : public ::testing::Test {
 protected:
  using Keys = std::vector<Secret>;

  static crypto::KeyRing ring(const Keys& keys) { return crypto::KeyRing::parse(keys).value(); }

  model::ConnectionId connect(const std::string& address, const Secret& access,
                              const Secret& refresh) {
    store::NewCredential credential;
    credential.user_id = user_;
    credential.gmail_address = address;
    credential.ciphertexts = {.access_token = ring({access}).encrypt("access of " + address),
                              .refresh_token = ring({refresh}).encrypt("refresh of " + address),
                              .app_password = ""};
    return run_to_end(loop_, store_->connections().save(all_, credential)).id;
  }
  KeyRotation rotate(const Keys& keys) {
    const auto all = ring(keys);
    return run_to_end(loop_, rotate_keys(*store_, all, [this](const KeyRotation& so_far) {
                        if (stops_after_ && so_far.resealed >= *stops_after_) {
                          throw Error{Errc::unavailable, "killed"};
                        }
                      }));
  }
  Seals counted(const Keys& keys) {
    const auto all = ring(keys);
    return run_to_end(loop_, count_all_seals(*store_, all));
  }
  std::string refresh_token(const model::ConnectionId& id, const Secret& key) {
    const auto stored = run_to_end(loop_, store_->connections().credential(all_, id)).value();
    return ring({key}).decrypt(stored.ciphertexts.refresh_token).value().reveal();
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  store::testing::TestStore store_{clock_, *log_};
  model::Access all_ = model::Access::system("test");
  model::UserId user_ =
      run_to_end(loop_, store_->users().get_or_create(all_, model::ExternalUserId{"ann"})).id;
  Secret new_ = crypto::KeyRing::generate();
  Secret old_ = crypto::KeyRing::generate();
  Secret older_ = crypto::KeyRing::generate();
  std::optional<std::int64_t> stops_after_;
};

TEST_F(KeyRotationTest, afterwards_the_new_key_alone_opens_everything) {
  const auto a = connect("a@gmail.com", old_, old_);
  const auto b = connect("b@gmail.com", new_, older_);
  connect("c@gmail.com", new_, new_);
  store::Flow flow;
  flow.state_hash = "state";
  flow.user_id = user_;
  flow.code_verifier_encrypted = ring({old_}).encrypt("verifier");
  flow.expires_at = clock_.now() + std::chrono::minutes{10};
  run_to_end(loop_, store_->flows().begin(all_, flow));

  EXPECT_THAT(counted({new_, old_, older_}).by_key, ElementsAre(1, 1, 1));
  const auto done = rotate({new_, old_, older_});
  EXPECT_EQ(done.seen, 4);
  EXPECT_EQ(done.resealed, 3);
  EXPECT_EQ(done.unopened + done.overtaken, 0);
  EXPECT_THAT(counted({new_}).by_key, ElementsAre(3));
  EXPECT_EQ(refresh_token(a, new_), "refresh of a@gmail.com");
  EXPECT_EQ(refresh_token(b, new_), "refresh of b@gmail.com");
  const auto kept = run_to_end(loop_, store_->flows().find(all_, "state"));
  EXPECT_EQ(ring({new_}).decrypt(kept->code_verifier_encrypted).value().reveal(), "verifier");
  EXPECT_EQ(rotate({new_, old_, older_}).resealed, 0) << "nothing is done twice";
}

TEST_F(KeyRotationTest, what_opens_with_no_key_is_left_as_it_is_and_the_rest_is_done) {
  const auto lost = connect("a@gmail.com", old_, older_);
  const auto done = rotate({new_, old_});
  EXPECT_EQ(done.unopened, 1);
  EXPECT_EQ(done.resealed, 1);
  EXPECT_EQ(counted({new_, old_}).by_none, 1);
  EXPECT_EQ(refresh_token(lost, older_), "refresh of a@gmail.com");
  EXPECT_EQ(run_to_end(loop_, store_->connections().find(all_, lost))->status,
            model::ConnectionStatus::active);
}

TEST_F(KeyRotationTest, a_wrong_key_changes_nothing) {
  const auto one = connect("a@gmail.com", old_, old_);
  const auto before = run_to_end(loop_, store_->connections().credential(all_, one)).value();
  const auto done = rotate({new_});
  EXPECT_EQ(done.unopened, 1);
  EXPECT_EQ(done.resealed, 0);
  const auto after = run_to_end(loop_, store_->connections().credential(all_, one)).value();
  EXPECT_EQ(after.connection, before.connection);
  EXPECT_EQ(after.ciphertexts.refresh_token, before.ciphertexts.refresh_token);
}

TEST_F(KeyRotationTest, what_was_done_before_an_interruption_stays_and_the_rest_follows) {
  for (int i = 0; i < 450; ++i) connect(std::to_string(i) + "@gmail.com", old_, old_);
  stops_after_ = 1;
  EXPECT_THROW(rotate({new_, old_}), Error);
  const auto half = counted({new_, old_});
  EXPECT_THAT(half.by_key, ElementsAre(200, 250));
  stops_after_.reset();
  EXPECT_EQ(rotate({new_, old_}).resealed, 250);
  EXPECT_THAT(counted({new_}).by_key, ElementsAre(450));
}

}  // namespace
}  // namespace gmail_mcp::accounts
