#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fair_share.h"
#include "base/task.h"
#include "mail/mailbox.h"
#include "mime/address.h"
#include "mime/body_source.h"
#include "model/new_message.h"

namespace gmail_mcp::mail {

using model::NewAttachment;
using model::NewMessage;

/// The message to be sent, and its recipients.
struct Composed {
  Outgoing outgoing;
  std::vector<std::string> recipients;  // bare addresses, each once
  /// The addresses that the policy judges: the recipients, and where the caller wants answers to
  /// go, because these contain the same text.
  std::vector<std::string> judged;
  std::string rfc822_message_id;
  FairShare::Hold hold;  // for the bytes fetched from the mailbox
};

/// What stays of a changed draft, besides what the NewMessage says.
struct KeptOfDraft {
  std::optional<mime::Address> from;
  std::vector<mime::Address> reply_to;
  std::vector<std::string> in_reply_to, references;  // unless it becomes an answer to another one
  std::optional<model::ThreadId> thread_id;          // likewise
  std::vector<mime::SourceField> fields;             // that nothing above says
  std::optional<std::string> body;  // by mime::body_source(), instead of texts and attachments
};

/// 25 MB of attachment content, as Gmail allows (https://support.google.com/mail/answer/6584).
inline constexpr std::size_t max_attachment_bytes = std::size_t{25} << 20;

/// The Message-ID of a send: known before the message is written, so that the message can be looked
/// for after an unclear send.
std::string message_id_for(std::string_view send_id, std::string_view address);

/// `kept` is borrowed until the end: of a draft that is changed (draft_change.h).
///
/// Checks, expands the reply or forward and writes the RFC 5322 bytes. `send_id` becomes our
/// X-Gmail-MCP-Send header; empty for drafts. Errors name the argument: invalid_argument,
/// too_large, not_found. Large messages are written on `pool`, if there is one; fetched bytes count
/// against the share of `reader`: rate_limited when it has no room.
Task<Composed> compose(Mailbox& mailbox, NewMessage message, std::string send_id, Timestamp now,
                       WorkPool* pool, Shareholder reader, const KeptOfDraft* kept = nullptr);
Task<Composed> compose(Mailbox& mailbox, NewMessage message, std::string send_id, Timestamp now,
                       WorkPool* pool = nullptr, const KeptOfDraft* kept = nullptr);

}  // namespace gmail_mcp::mail
