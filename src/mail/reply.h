#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/sender.h"
#include "mime/writer.h"
#include "model/message.h"

// What an answer takes over from the message it answers. Pure and thread-safe.
namespace gmail_mcp::mail {

/// Who it goes to when the caller names nobody: Reply-To, else From. Of our own message, known by
/// its label or its sender: those it was sent to; but where it came in (a web form that mails in
/// our name), or was for ourselves, whom its Reply-To names (RFC 5322 §3.6.2).
std::vector<mime::Address> reply_recipients(const model::Message& original, const Sender& me);

/// Whether the fields that an answer takes its recipients from, `to_all` or by reply_recipients,
/// say for sure whom they name (model::Message::from_is_unsure and its like).
bool is_sure_whom_to_answer(const model::Message& original, const Sender& me, bool to_all);

/// Takes From, To, Cc and Reply-To from the bytes of the original: of these all are sure.
void take_people_as_sent(model::Message& original, std::string_view rfc822);

/// Adds everybody who got the original (RFC 5322 §3.6.3): whom a reply goes to and who stood in To
/// to `draft.to`, who stood in Cc to `draft.cc`. Not the account itself, and nobody who is in one
/// of the draft's lists already. What cannot be an address of a new message is left out.
void add_all_recipients(mime::Draft& draft, const model::Message& original, const Sender& me);

/// Of the answer (RFC 5322 §3.6.4).
std::vector<std::string> references_to(const model::Message& original);
std::string reply_subject(const std::string& original);

}  // namespace gmail_mcp::mail
