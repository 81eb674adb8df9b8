#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/message.h"

namespace gmail_mcp::model {

/// An attachment as a caller gives it: bytes, or the attachment of another message in the same
/// mailbox.
struct NewAttachment {
  std::string filename;
  std::string mime_type;  // empty: guessed from the filename
  std::string content;
  std::optional<MessageId> message_id;  // with attachment_id: taken from there
  std::string attachment_id;
  bool is_inline =
      false;  // shown within body_html, which refers to it by "cid:" and its content_id
  std::string content_id;
};

/// A message to be sent or kept as a draft.
struct NewMessage {
  std::vector<std::string> to, cc, bcc;  // as given: "a@b" or "Name <a@b>"
  std::string subject;
  std::string body;  // empty: the text of body_html
  std::optional<std::string> body_html;
  bool has_no_text = false;  // neither was given, which is surely a mistake
  std::vector<NewAttachment> attachments;
  /// A reply: with the real Message-ID and References of that message, in its thread. With `to`
  /// empty it goes to that message's Reply-To (or From; or, for a message we sent, its To) without
  /// our own address. Given recipients stay as they are; an empty subject becomes "Re: …".
  std::optional<MessageId> reply_to_message_id;
  bool reply_all = false;  // a reply also to all who got that message, To and Cc kept apart
  bool quote = false;      // a reply with that message below the text
  /// A forward: with that message below the text, its files and pictures, as a new conversation. An
  /// empty subject becomes "Fwd: …". Not together with a reply.
  std::optional<MessageId> forward_message_id;
  std::string reply_to;      // where answers shall go, as `to`; empty: to the sender
  std::string from;          // one of the account's addresses; empty: its own
  std::string from_name;     // shown with it; empty: the one set for the address
  std::string account_name;  // used when no other name is known
};

}  // namespace gmail_mcp::model
