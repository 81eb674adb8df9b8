// A sender must not be able to hide mail from agents: however long their headers are.
#include "tests/contract/mailbox_contract.h"

namespace gmail_mcp::mail {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

struct LongHeader {
  std::string claim;
  std::string mail;
  bool is_text = true;  // what has a name is an attachment instead
};

std::vector<LongHeader> long_headers() {
  const std::string value(std::size_t{1} << 20, 'v');
  const auto with = [](const std::string& field) {
    return letter("Long", "Hello.", field + "\r\n");
  };
  const auto in_part = [](const std::string& field) {
    return letter("Long", "--b\r\n\r\nHello.\r\n--b\r\n" + field + "\r\n\r\nWorld.\r\n--b--\r\n",
                  "Content-Type: multipart/mixed; boundary=b\r\n");
  };
  std::string fields;
  for (int i = 0; i < 30'000; ++i) fields += "X-Field: v\r\n";
  return {
      {"a field of no meaning", with("X-Long: " + value)},
      {"very many fields", with(fields + "X-Last: v")},
      {"a parameter nobody knows", with("Content-Type: text/plain; x=\"" + value + "\"")},
      {"the content's id", with("Content-ID: <" + value + "@x>")},
      {"the content's description", with("Content-Description: " + value)},
      {"the content's place", with("Content-Location: " + value)},
      {"what is answered", with("In-Reply-To: <" + value + "@x>")},
      {"the name of the content", with("Content-Type: text/plain; name=\"" + value + "\""), false},
      {"its file name", with("Content-Disposition: inline; filename=\"" + value + "\""), false},
      {"a part's parameter", in_part("Content-Type: text/plain; x=\"" + value + "\"")},
      {"a part's file name",
       in_part("Content-Disposition: attachment; filename=\"" + value + "\"")},
  };
}

TEST_P(MailboxContract, no_header_of_a_megabyte_hides_a_mail) {
  for (const auto& one : long_headers()) {
    SCOPED_TRACE(one.claim);
    const auto id = deliver(one.mail);
    const auto message = read(id);
    EXPECT_EQ(message.subject, "Long");
    if (one.is_text) {
      EXPECT_THAT(message.body_plain, HasSubstr("Hello."));
    } else {
      EXPECT_THAT(message.attachments, SizeIs(1));
    }
    EXPECT_EQ(read(id, Detail::metadata).subject, "Long");
    for (const auto& attachment : message.attachments) {
      const auto content = wait_for(mailbox().attachment(id, attachment.id)).content;
      EXPECT_THAT(content, AnyOf(HasSubstr("Hello."), HasSubstr("World.")));
    }
    Query query;
    query.max_results = 1;
    const auto found = wait_for(mailbox().search(query)).messages;
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found.front().id, id);
    EXPECT_EQ(found.front().subject, "Long");
  }
}

}  // namespace
}  // namespace gmail_mcp::mail
