// Any bytes as commands to the simulated IMAP server: each line is read as one, and what its words
// ask for is read and done, too. It is only a test tool, but a test must end by its own verdict.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "sandbox/imap/fetch.h"
#include "sandbox/imap/folder_list.h"
#include "sandbox/imap/modified_utf7.h"
#include "sandbox/imap/search.h"
#include "sandbox/imap/view.h"
#include "sandbox/mailbox.h"

namespace sandbox = gmail_mcp::sandbox;
namespace imap = gmail_mcp::sandbox::imap;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

// A mailbox of one mail, the same for every input.
struct Place {
  Place() {
    sandbox::Arrival arrival;
    arrival.raw =
        "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n"
        "Content-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\ntwo\r\n--b--\r\n";
    mailbox.add(std::move(arrival)).value();
  }
  gmail_mcp::ManualClock clock;
  sandbox::Mailbox mailbox{"a@b.example", clock};
  imap::FolderBook book{mailbox};
  imap::View view{book.folder("INBOX"), false, [] {}};
};

void read_as_words(Place& place, const imap::Command& command) {
  auto& folder = place.view.folder();
  const imap::Eyes eyes{place.book, folder, true};
  const auto& message = *folder.entries().front().message;
  for (const auto& word : command.arguments) {
    if (const auto items = imap::parse_items(word)) {
      const auto row = imap::fetch_row(message, 1, *items, eyes);
      check(row.text.starts_with("* 1 FETCH (") && row.text.ends_with(")\r\n"));
    }
    if (const auto set = imap::SequenceSet::parse(word.text)) {
      check(place.view.select(*set, true).size() <= 1);
    }
  }
  const imap::SearchPlace where{eyes, place.view, place.clock.now(), true};
  if (const auto search = imap::parse_search(command.arguments, where)) {
    static_cast<void>(search->test(imap::Candidate{message, 1, 1}));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Place place;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  imap::RawCommand raw;
  raw.text = text.substr(0, text.find('\n'));
  raw.literals = {"literal", std::string{text}};
  static_cast<void>(imap::literal_at_end(raw.text));
  std::string tag;
  if (const auto command = imap::parse_command(raw, tag)) {
    check(!command->tag.empty() && !command->name.empty());
    read_as_words(place, *command);
  }
  if (const auto name = imap::from_modified_utf7(text)) {
    check(imap::from_modified_utf7(imap::to_modified_utf7(*name)) == *name);
  }
  static_cast<void>(imap::matches_pattern(text, "a*b%c*"));
  static_cast<void>(imap::matches_pattern("INBOX/a", text));
  return 0;
}
