#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sandbox/gmail_call.h"
#include "sandbox/message_json.h"

namespace gmail_mcp::sandbox {

/// What callers send, decoded. All throw Errc::invalid_argument or too_large in Google's words.

/// A mail to be sent or stored: from `raw`, or from the media of an upload.
struct IncomingMail {
  std::string raw;
  std::string thread_id;
  std::vector<std::string> label_ids;
};
IncomingMail read_mail(const GmailCall& call);

/// A draft: the mail may be missing where only `id` is needed (drafts.send).
struct IncomingDraft {
  std::string id;
  std::optional<IncomingMail> mail;
};
IncomingDraft read_draft(const GmailCall& call);

struct LabelChange {
  std::vector<std::string> ids;  // of the batch forms, at most 1000
  std::vector<std::string> add_label_ids;
  std::vector<std::string> remove_label_ids;
};
LabelChange read_label_change(std::string_view body);

Label read_label(std::string_view body);

/// `format` and `metadataHeaders`.
View read_view(const GmailCall& call);
/// The same for messages and threads, whose bodies the metadata scope does not show.
View read_mail_view(const GmailCall& call);

}  // namespace gmail_mcp::sandbox
