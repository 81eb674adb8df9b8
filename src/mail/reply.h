#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mail/sender.h"
#include "mime/writer.h"
#include "model/message.h"

// What an answer takes from the message that it answers. Pure and thread-safe.
namespace gmail_mcp::mail {

/// The recipients when the caller names none: Reply-To, or else From. For our own message,
/// recognised by its label or its sender: the people it was sent to; but if it came in (a web form
/// that mails in our name), or was for ourselves, the people in its Reply-To (RFC 5322 §3.6.2).
std::vector<mime::Address> reply_recipients(const model::Message& original, const Sender& me);

/// Whether the fields that an answer takes its recipients from, `to_all` or by reply_recipients,
/// are certain (model::Message::from_is_unsure and the like).
bool is_sure_whom_to_answer(const model::Message& original, const Sender& me, bool to_all);

/// Takes From, To, Cc and Reply-To from the bytes of the original, in which they are certain.
void take_people_as_sent(model::Message& original, std::string_view rfc822);

/// Adds everyone who got the original (RFC 5322 §3.6.3): the recipients of a reply and those in To
/// to `draft.to`, those in Cc to `draft.cc`. Not the account itself, and nobody who is already in
/// one of the draft's lists. Addresses that a new message cannot have are left out.
void add_all_recipients(mime::Draft& draft, const model::Message& original, const Sender& me);

/// The References of the answer (RFC 5322 §3.6.4).
std::vector<std::string> references_to(const model::Message& original);
std::string reply_subject(const std::string& original);

}  // namespace gmail_mcp::mail
