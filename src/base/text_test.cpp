#include "base/text.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <type_traits>
#include <vector>

#include "base/log.h"
#include "base/log_turns.h"
#include "base/secret.h"

namespace gmail_mcp {
namespace {

TEST(Utf8, only_what_rfc_3629_allows_is_valid) {
  EXPECT_TRUE(is_valid_utf8("Grüße 漢字 \xF0\x9F\x92\x8C"));
  EXPECT_FALSE(is_valid_utf8("\xC0\xAF"));          // overlong
  EXPECT_FALSE(is_valid_utf8("\xED\xA0\x80"));      // a surrogate
  EXPECT_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));  // beyond U+10FFFF
  EXPECT_FALSE(is_valid_utf8("abc\xE2\x82"));       // cut short
}

TEST(Utf8, each_broken_byte_becomes_one_replacement_character) {
  EXPECT_EQ(repair_utf8("a\xFF"
                        "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_TRUE(is_valid_utf8(repair_utf8("\xE2\x82\xC0\xAF\xED\xA0\x80")));
}

TEST(Utf8, a_prefix_never_splits_a_character) {
  EXPECT_EQ(utf8_prefix("aü", 2), "a");
  EXPECT_EQ(utf8_prefix("aü", 3), "aü");
}

TEST(Percent, encoding_and_decoding_are_inverse_and_broken_escapes_are_refused) {
  EXPECT_EQ(percent_encode("a/b?c=ü"), "a%2Fb%3Fc%3D%C3%BC");
  EXPECT_EQ(percent_decode("a%2Fb%3Fc%3D%C3%BC"), "a/b?c=ü");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
  EXPECT_FALSE(percent_decode("%4").has_value());
  EXPECT_FALSE(percent_decode("%zz").has_value());
}

TEST(Html, the_five_characters_that_matter_are_escaped) {
  EXPECT_EQ(escape_html("<a href=\"x\">'&'</a>"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
}

TEST(Secrets, compare_by_content_and_know_no_other_way_out) {
  const Secret secret{"hunter2"};
  EXPECT_TRUE(secret.equals("hunter2"));
  EXPECT_FALSE(secret.equals("hunter3"));
  EXPECT_FALSE(secret.equals("hunter22"));
  static_assert(!std::is_convertible_v<Secret, std::string>);
  static_assert(!std::is_constructible_v<LogField, std::string_view, Secret>);
}

TEST(LogLines, are_one_json_object_whatever_the_values_hold) {
  std::string lines;
  const auto log = Log::capture(lines);
  log->info("said", {{"text", "a\"b\\c\nd\x01"}, {"count", 3}, {"good", true}, {"share", 0.5}});
  EXPECT_NE(lines.find(R"("message":"said","text":"a\"b\\c\nd\u0001","count":3,"good":true,)"
                       R"("share":0.5})"),
            std::string::npos)
      << lines;
  EXPECT_EQ(lines.find('\n'), lines.size() - 1);
}

TEST(LogLines, are_utf8_whatever_the_values_hold) {
  std::string lines;
  const auto log = Log::capture(lines);
  log->info("said \xff", {{"file", "/tmp/\xc3(\xff.db"}, {"name", "Zo\xc3\xab"}});
  EXPECT_TRUE(is_valid_utf8(lines)) << lines;
  EXPECT_NE(lines.find("Zo\xc3\xab"), std::string::npos) << lines;
}

// What is in a pipe now.
std::string drained(int descriptor) {
  std::string text(65'536, '\0');
  const auto count = ::read(descriptor, text.data(), text.size());
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

class LogLinesTogether : public testing::Test {
 protected:
  ~LogLinesTogether() override {
    for (const int end : ends_) ::close(end);
  }

  static std::array<int, 2> new_pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_NONBLOCK), 0);
    return ends;
  }

  std::string written() const { return drained(ends_[0]); }

  std::array<int, 2> ends_ = new_pipe();
  std::vector<std::function<void()>> turn_ends_;
  std::unique_ptr<Log> log_ = open_log(Log::Format::json, LogLevel::info, ends_[1]);
};

TEST_F(LogLinesTogether, wait_for_the_end_of_the_turn_and_ask_for_it_once) {
  const LogTurns turns{*log_, [&](std::function<void()> write) { turn_ends_.push_back(write); }};
  log_->info("one");
  log_->info("two");
  EXPECT_EQ(written(), "");
  ASSERT_EQ(turn_ends_.size(), 1U);
  turn_ends_.front()();
  const auto lines = written();
  EXPECT_LT(lines.find("one"), lines.find("two"));
  EXPECT_NE(lines.find("two"), std::string::npos);
  log_->info("three");
  EXPECT_EQ(turn_ends_.size(), 2U) << "the next turn is another";
}

TEST_F(LogLinesTogether, do_not_wait_when_something_is_wrong) {
  const LogTurns turns{*log_, [&](std::function<void()> write) { turn_ends_.push_back(write); }};
  log_->info("before");
  log_->error("wrong");
  const auto lines = written();
  EXPECT_LT(lines.find("before"), lines.find("wrong"));
  EXPECT_NE(lines.find("wrong"), std::string::npos);
}

TEST_F(LogLinesTogether, are_written_when_turns_end_for_good_and_at_once_without_them) {
  {
    const LogTurns turns{*log_, [&](std::function<void()> write) { turn_ends_.push_back(write); }};
    log_->info("gathered");
  }
  EXPECT_NE(written().find("gathered"), std::string::npos);
  log_->info("single");
  EXPECT_NE(written().find("single"), std::string::npos);
  log_.reset();
  turn_ends_.front()();  // a turn may end after the log
}

}  // namespace
}  // namespace gmail_mcp
