#include "mime/subject.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mime {
namespace {

TEST(SubjectPrefixes, are_known_in_the_languages_of_mail_programs) {
  for (const auto* reply : {"Re: a", "RE[2] : a", "[list] Aw: a", "[a][b] sv:a", "回复：a"}) {
    EXPECT_EQ(subject_prefix(reply), SubjectPrefix::reply) << reply;
  }
  for (const auto* forward : {"Fwd: a", "FW: a", "WG: Re: a", " TR : a", "RV: a", "VB: a", "I: a",
                              "[x] fwd(2): a", "转发：a"}) {
    EXPECT_EQ(subject_prefix(forward), SubjectPrefix::forward) << forward;
  }
  for (const auto* none : {"", "a", "Report: a", "Re", "Fwd", ":", "[Re: a", "Reason: x"}) {
    EXPECT_EQ(subject_prefix(none), SubjectPrefix::none) << none;
  }
}

TEST(SubjectPrefixes, those_for_forwarding_are_taken_out_at_the_beginning) {
  const std::pair<const char*, const char*> rows[] = {
      {"Fwd: Lunch", "Lunch"},
      {"WG: TR: fw : Lunch", "Lunch"},
      {"Re: Lunch", "Re: Lunch"},
      {"AW: WG: Lunch", "AW: Lunch"},
      {"[list] RV: Lunch", "[list] Lunch"},
      {"转发：Lunch", "Lunch"},
      {"Lunch Fwd: x", "Lunch Fwd: x"},
      {"Plan: Fwd: x", "Plan: Fwd: x"},
      {"Fwd:", ""},
      {"  ", ""},
      {"[open", "[open"},
  };
  for (const auto& [subject, kept] : rows) EXPECT_EQ(without_forward_prefixes(subject), kept);
}

}  // namespace
}  // namespace gmail_mcp::mime
