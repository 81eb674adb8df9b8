#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/message.h"

namespace gmail_mcp::model {

/// An attachment as a caller gives it: bytes, or one of another message of the same mailbox.
struct NewAttachment {
  std::string filename;
  std::string mime_type;  // empty: guessed from the filename
  std::string content;
  std::optional<MessageId> message_id;  // with attachment_id: taken from there
  std::string attachment_id;
  bool is_inline = false;  // shown within body_html, which names it by "cid:" and its content_id
  std::string content_id;
};

/// A message somebody wants to send or to keep as a draft.
struct NewMessage {
  std::vector<std::string> to, cc, bcc;  // as given: "a@b" or "Name <a@b>"
  std::string subject;
  std::string body;  // empty: as body_html reads
  std::optional<std::string> body_html;
  bool has_no_text = false;  // neither of them was given: nobody means to send that
  std::vector<NewAttachment> attachments;
  /// A reply: real Message-ID and References of that message, its thread; with `to` empty its
  /// Reply-To (or From; or, for what we sent, its To), the own address removed. Given recipients
  /// are kept as they are; an empty subject becomes "Re: …".
  std::optional<MessageId> reply_to_message_id;
  bool reply_all = false;  // of a reply: also to all who got that message, To and Cc kept apart
  bool quote = false;      // of a reply: that message below the text
  /// A forward: that message below the text, with its files and pictures, as a new conversation. An
  /// empty subject becomes "Fwd: …". Not together with a reply.
  std::optional<MessageId> forward_message_id;
  std::string reply_to;      // where answers shall go, as `to`; empty: to the sender
  std::string from;          // one of the account's addresses; empty: its own
  std::string from_name;     // shown beside it; empty: as is set for the address
  std::string account_name;  // where no other name is known
};

}  // namespace gmail_mcp::model
