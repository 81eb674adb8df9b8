#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "mail/mailbox.h"
#include "model/message.h"

// A message that waits for a person's approval: as it is stored, and as the person is shown it.
namespace gmail_mcp::operation {

struct HeldMessage {
  mail::Outgoing outgoing;              // of a draft: its bytes when it was held
  std::optional<model::DraftId> draft;  // deleted once they are sent
  std::vector<std::string> people;      // whom the policy judges
  std::vector<std::string> warnings;    // sentences for the person, with words of strangers in them
};

/// As text and back; nullopt for a text that was not made here. What is held is digested in this
/// form.
std::string to_text(const HeldMessage& message);
std::optional<HeldMessage> held_message_from(std::string text);

/// What the person is shown. Everything was read from the stored bytes; control characters are
/// taken out, and texts are cut with a note.
struct HeldView {
  struct File {
    std::string name;
    std::string type;
    std::int64_t size = 0;  // bytes
    bool is_inline = false;
  };

  std::string send_id;
  std::string digest;
  std::string account;            // that sends it
  std::string state;              // as SendResult::status
  std::string draft_id, problem;  // of what became of it; may be empty
  Timestamp expires_at;

  // Only while it is held.
  std::string from;
  std::vector<std::string> to, cc, bcc, reply_to;
  std::string subject;
  std::string text;        // what the recipient will most likely see
  std::string plain_text;  // the other version, where it says something else; may be empty
  bool is_html = false;
  std::vector<File> files;
  std::size_t more_files = 0;  // that are not in `files`
  /// The HTML as it is written, where it has more in it than `text` shows; may be empty.
  std::string html_source;
  bool is_cut = false;  // the subject or a text goes on
  std::vector<std::string> warnings;
  bool is_draft = false;
};

/// Fills in what the message itself says. Work on all its bytes.
void show(const HeldMessage& message, HeldView& view);

/// One line: control characters and characters that turn the direction of writing become blanks.
std::string one_line(std::string_view text, std::size_t most_bytes);

}  // namespace gmail_mcp::operation
