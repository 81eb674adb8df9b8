// Outbox: drafts that are sent.
#include <algorithm>
#include <utility>

#include "base/answer_share.h"
#include "base/caught.h"
#include "base/offload.h"
#include "base/text.h"
#include "mail/message_reader.h"
#include "mail/outbox_state.h"
#include "mail/recipients.h"
#include "mime/body_source.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {

namespace {

// What was written into the draft; whoever wrote it may not have been us.
Task<model::Message> read_draft(Mailbox& mailbox, model::DraftId id) {
  const auto draft = co_await mailbox.draft(std::move(id));
  if (!draft.sent.message_id) {
    throw Error{Errc::not_found, "There is no such draft.",
                "gmail_list_drafts shows what there is."};
  }
  co_return co_await mailbox.message(*draft.sent.message_id, Detail::metadata);
}

std::vector<std::string> draft_recipients(const model::Message& message) {
  Recipients recipients;
  for (const auto* list : {&message.to, &message.cc, &message.bcc}) {
    for (const auto& one : *list) recipients.add(one.email);
  }
  auto all = std::move(recipients).finish().value();
  if (all.empty()) {
    throw Error{Errc::invalid_argument, "The draft has no recipient.",
                "Give it one with gmail_update_draft."};
  }
  return all;
}

// Where the owner of the account lets answers go is not judged, as in messages that we write.
Task<std::vector<std::string>> people_to_judge(Mailbox& mailbox, std::vector<std::string> people,
                                               std::vector<model::Address> reply_to) {
  const auto own = mailbox.address();
  std::erase_if(reply_to, [&](const model::Address& one) {
    return one.email.empty() || is_same_mailbox(one.email, own);
  });
  if (reply_to.empty()) co_return people;
  const auto senders = co_await caught(mailbox.sender_addresses());
  for (const auto& one : reply_to) {
    const auto is_it = [&one](const model::SenderAddress& sender) {
      return sender.is_confirmed && (equals_ignoring_case(sender.email, one.email) ||
                                     equals_ignoring_case(sender.reply_to, one.email));
    };
    const bool is_ours = senders && std::any_of(senders->begin(), senders->end(), is_it);
    if (!is_ours) people.push_back(to_lower_ascii(one.email));
  }
  co_return people;
}

}  // namespace

// By what an unclear send of the draft would be looked for. A draft that is gone, or cannot be read
// now, may be one that an earlier call has sent: the row decides.
Task<std::string> Outbox::State::message_id_of_draft(const SendOrder& order) {
  try {
    auto mailbox = pool.lease(order.connection);
    const auto message = co_await read_draft(*mailbox, *order.draft);
    co_return message.message_id_header;
  } catch (const Error&) {
  }
  co_return std::string{};
}

// Gmail sends a draft by its id and cannot be told "if it is still this one". Where somebody has to
// agree, what is sent is therefore what was looked at: its bytes, as a message of their own.
Task<Composed> Outbox::State::take_draft(Mailbox& mailbox, std::shared_ptr<Claim> claim) {
  auto& order = claim->order;
  auto source = co_await mailbox.draft_source(*order.draft);
  Composed composed;
  composed.hold = hold_answer(order.reader, source.rfc822.size());
  auto read = [&source] {
    const auto root = mime::read_message(mime::header_section(source.rfc822));
    return root ? read_message(*root) : model::Message{};
  };
  auto message = co_await offload(work_pool, source.rfc822.size(), read);
  composed.recipients = draft_recipients(message);
  composed.judged =
      co_await people_to_judge(mailbox, composed.recipients, std::move(message.reply_to));
  composed.outgoing.rfc822 = std::move(source.rfc822);
  composed.outgoing.envelope_to = composed.recipients;
  composed.outgoing.envelope_from = mailbox.address();
  composed.outgoing.thread_id = std::move(source.ref.sent.thread_id);
  order.draft_message = std::move(source.ref.sent.message_id);
  co_return composed;
}

Task<model::Sent> Outbox::State::send_by_id(Mailbox& mailbox, std::shared_ptr<Claim> claim,
                                            std::shared_ptr<Sending> sending) {
  auto& order = claim->order;
  const auto message = co_await read_draft(mailbox, *order.draft);
  auto recipients = draft_recipients(message);
  const auto judged = co_await people_to_judge(mailbox, std::move(recipients), message.reply_to);
  co_await claim->policy(order.connection, judged);
  // What was judged is the message in it, which every change replaces; over IMAP the id is the
  // message's own. So it is looked at as late as possible.
  const auto latest = co_await mailbox.draft(*order.draft);
  if (latest.sent.message_id != message.id) {
    throw Error{Errc::conflict, "The draft was changed while it was about to be sent.",
                "Nothing was sent. Look at the draft, then send it again."};
  }
  // Where it is in this nobody says.
  sending->handed_over.set();
  co_return co_await mailbox.send_draft(*order.draft);
}

// The message is out, whatever goes wrong here. A draft with something else in it is kept: somebody
// goes on with it.
Task<void> Outbox::State::remove_sent_draft(Mailbox& mailbox, std::shared_ptr<Claim> claim) {
  const auto& order = claim->order;
  try {
    const auto now = co_await mailbox.draft(*order.draft);
    if (!order.draft_message || now.sent.message_id != order.draft_message) co_return;
    co_await mailbox.delete_draft(*order.draft);
  } catch (const std::exception&) {
    log.warning("sent_draft_not_deleted", {{"connection_id", order.connection.id.str()}});
  }
}

}  // namespace gmail_mcp::mail
