#include "crypto/sealer.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace gmail_mcp::crypto {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const Timestamp noon{std::chrono::hours{500'000}};

KeyRing ring(std::vector<Secret> keys) { return KeyRing::parse(keys).value(); }

class SealerTest : public testing::Test {
 protected:
  Secret old_key_ = KeyRing::generate();
  Secret new_key_ = KeyRing::generate();
  Sealer sealer_{ring({old_key_}), "tests"};
};

TEST_F(SealerTest, OpensWhatItSealedUntilItsLastSecond) {
  const auto sealed = sealer_.seal("Ann", "here", noon + minutes{10});
  EXPECT_EQ(sealer_.open_valid(sealed, "here", noon), "Ann");
  EXPECT_EQ(sealer_.open_valid(sealed, "here", noon + minutes{10}), "Ann");
  EXPECT_EQ(sealer_.open_valid(sealed, "here", noon + minutes{10} + seconds{1}), std::nullopt);
  const auto late = sealer_.open(sealed, "here", noon + minutes{11});
  ASSERT_TRUE(late);
  EXPECT_TRUE(late->is_expired);
  EXPECT_EQ(late->plain, "Ann");
  EXPECT_EQ(late->until, noon + minutes{10});
}

TEST_F(SealerTest, SaysNothingOfItsContents) {
  const auto sealed = sealer_.seal("secret-contents", "secret-binding", noon);
  EXPECT_EQ(sealed.find("secret"), std::string::npos);
  EXPECT_NE(sealed, sealer_.seal("secret-contents", "secret-binding", noon));
  EXPECT_EQ(sealed.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_"),
            std::string::npos);
}

TEST_F(SealerTest, OpensForNoOtherPurposeBindingOrKey) {
  const auto sealed = sealer_.seal("Ann", "here", noon + minutes{10});
  EXPECT_EQ(sealer_.open(sealed, "there", noon), std::nullopt);
  EXPECT_EQ(sealer_.open(sealed, "", noon), std::nullopt);
  const Sealer other_purpose{ring({old_key_}), "test"};
  EXPECT_EQ(other_purpose.open(sealed, "here", noon), std::nullopt);
  EXPECT_EQ(other_purpose.open(sealed, std::string{"s\0here", 6}, noon), std::nullopt);
  const Sealer other_key{ring({new_key_}), "tests"};
  EXPECT_EQ(other_key.open(sealed, "here", noon), std::nullopt);
  EXPECT_EQ(Sealer::for_this_process("tests").open(sealed, "here", noon), std::nullopt);
}

TEST_F(SealerTest, RefusesEveryChangedCharacterAndEveryPart) {
  const auto sealed = sealer_.seal("Ann", "here", noon + minutes{10});
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(sealer_.open(changed, "here", noon), std::nullopt) << i;
    EXPECT_EQ(sealer_.open(sealed.substr(0, i), "here", noon), std::nullopt) << i;
  }
  EXPECT_EQ(sealer_.open(sealed + "A", "here", noon), std::nullopt);
  EXPECT_EQ(sealer_.open(sealed + "=", "here", noon), std::nullopt);
}

TEST_F(SealerTest, ARotatedRingOpensWhatItsOldKeySealed) {
  const auto sealed = sealer_.seal("Ann", "", noon + minutes{10});
  const Sealer rotated{ring({new_key_, old_key_}), "tests"};
  const auto opened = rotated.open(sealed, "", noon);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->key, 1U);
  EXPECT_EQ(rotated.open(rotated.seal("Ann", "", noon), "", noon)->key, 0U);
}

TEST_F(SealerTest, SealsTheEmptyAndTheLong) {
  const std::string much(100'000, 'x');
  EXPECT_EQ(sealer_.open_valid(sealer_.seal("", "", noon), "", noon), "");
  EXPECT_EQ(sealer_.open_valid(sealer_.seal(much, much, noon), much, noon), much);
}

}  // namespace
}  // namespace gmail_mcp::crypto
