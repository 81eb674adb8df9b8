#include "accounts/seals.h"
#include "store/testing/test_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

namespace gmail_mcp::accounts {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SealsTest : public ::testing::Test {
 protected:
  // A connection whose secrets were encrypted with these keys; for an empty one there is no secret.
  void connect(const std::string& address, const Secret& access, const Secret& refresh,
               const Secret& password) {
    const auto all = model::Access::system("test");
    store::NewCredential credential;
    credential.user_id =
        run_to_end(loop_, store_->users().get_or_create(all, model::ExternalUserId{"ann"})).id;
    credential.gmail_address = address;
    credential.ciphertexts = {seal(access), seal(refresh), seal(password)};
    run_to_end(loop_, store_->connections().save(all, credential));
  }
  Seals counted(const std::vector<Secret>& keys) {
    const auto ring = crypto::KeyRing::parse(keys).value();
    return run_to_end(loop_, count_seals(*store_, ring, 100));
  }

  Secret old_ = crypto::KeyRing::generate();
  Secret new_ = crypto::KeyRing::generate();
  Secret wrong_ = crypto::KeyRing::generate();
  const Secret none_;

 private:
  static std::string seal(const Secret& key) {
    if (key.empty()) return {};
    return crypto::KeyRing::parse({key}).value().encrypt("a secret");
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  store::testing::TestStore store_{clock_, *log_};
};

TEST_F(SealsTest, of_nothing_stored_nobody_complains) {
  const auto seals = counted({wrong_});
  EXPECT_EQ(seals.all(), 0);
  EXPECT_FALSE(seals.nothing_opens());
  EXPECT_EQ(seals.complaint(), "");
}

TEST_F(SealsTest, each_connection_is_counted_under_the_key_that_it_needs) {
  connect("a@gmail.com", new_, new_, none_);
  connect("b@gmail.com", none_, none_, old_);
  connect("c@gmail.com", new_, old_, none_);
  const auto both = counted({new_, old_});
  EXPECT_THAT(both.by_key, ElementsAre(1, 2));
  EXPECT_EQ(both.by_none, 0);

  const auto one = counted({new_});
  EXPECT_THAT(one.by_key, ElementsAre(1));
  EXPECT_EQ(one.by_none, 2) << "a refresh token that does not open is a connection that is lost";
  EXPECT_FALSE(one.nothing_opens());
  EXPECT_THAT(one.complaint(), HasSubstr("2 of 3"));
}

TEST_F(SealsTest, a_wrong_key_opens_nothing_and_is_told_as_that) {
  connect("a@gmail.com", new_, new_, none_);
  connect("gone@gmail.com", none_, none_, none_);  // disconnected: nothing is stored
  const auto seals = counted({wrong_});
  EXPECT_TRUE(seals.nothing_opens());
  EXPECT_THAT(seals.by_key, IsEmpty());
  EXPECT_THAT(seals.complaint(), HasSubstr("1 of 1"));
  EXPECT_THAT(seals.complaint(), HasSubstr("GMAIL_MCP_PREVIOUS_ENCRYPTION_KEYS"));
}

}  // namespace
}  // namespace gmail_mcp::accounts
