#include "mail/reply.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "mail/label_rules.h"
#include "mail/message_reader.h"
#include "mail/recipients.h"
#include "mime/body_source.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {

namespace {

// Longer than anything that a person writes; more could not be written into a header.
constexpr std::size_t longest_answered_subject = 1'900;
constexpr std::size_t longest_answered_name = 500;

mime::Address answered_address(const model::Address& one) {
  return {std::string{utf8_prefix(one.name, longest_answered_name)}, one.email};
}

}  // namespace

std::vector<mime::Address> reply_recipients(const model::Message& original, const Sender& me) {
  const auto& sender = original.from.email;
  const bool was_sent = has_label(original, "SENT");
  const bool is_mine = was_sent || me.is_me(sender);
  const bool came_in = !was_sent || has_label(original, "INBOX");
  const auto others = [&](const std::vector<model::Address>& list) {
    std::vector<mime::Address> out;
    for (const auto& one : list) {
      const bool is_own = me.is_me(one.email) || (is_mine && is_same_mailbox(one.email, sender));
      if (!one.email.empty() && !is_own) out.push_back(answered_address(one));
    }
    return out;
  };
  // "none" in Reply-To asks for nothing.
  auto asked_for = others(original.reply_to);
  std::erase_if(asked_for, [](const auto& one) { return !mime::parse_one_address(one.email); });
  if (!is_mine) return asked_for.empty() ? others({original.from}) : asked_for;
  if (came_in && !asked_for.empty()) return asked_for;
  for (const auto* list : {&original.to, &original.cc}) {
    auto sent_to = others(*list);
    if (!sent_to.empty()) return sent_to;
  }
  return asked_for;
}

bool is_sure_whom_to_answer(const model::Message& original, const Sender& me, bool to_all) {
  const bool are_lists_unsure = original.to_is_unsure || original.cc_is_unsure;
  if (original.reply_to_is_unsure) return false;
  if (to_all) return !original.from_is_unsure && !are_lists_unsure;
  const bool was_sent = has_label(original, "SENT");
  const bool came_in = !was_sent || has_label(original, "INBOX");
  const bool asks_for_answers = std::ranges::any_of(
      original.reply_to,
      [&](const model::Address& one) { return !one.email.empty() && !me.is_me(one.email); });
  if (came_in && asks_for_answers) return true;
  if (original.from_is_unsure) return false;
  return !are_lists_unsure || (!was_sent && !me.is_me(original.from.email));
}

void take_people_as_sent(model::Message& original, std::string_view rfc822) {
  const auto root = mime::read_message(mime::header_section(rfc822));
  if (!root) return;
  auto sent = read_message(*root);
  original.from = std::move(sent.from);
  original.to = std::move(sent.to);
  original.cc = std::move(sent.cc);
  original.reply_to = std::move(sent.reply_to);
  original.from_is_unsure = original.to_is_unsure = original.cc_is_unsure = false;
  original.reply_to_is_unsure = false;
}

void add_all_recipients(mime::Draft& draft, const model::Message& original, const Sender& me) {
  std::unordered_set<std::string> named;
  for (const auto* list : {&draft.to, &draft.cc, &draft.bcc}) {
    for (const auto& one : *list) named.insert(to_lower_ascii(one.email));
  }
  // Recognised by its label or its sender; the address it was sent from is ours as well.
  const bool is_mine = has_label(original, "SENT") || me.is_me(original.from.email);
  const auto add = [&](std::vector<mime::Address>& list, mime::Address address) {
    const auto& email = address.email;
    // Beyond the limit the rest is ignored, because the whole is refused.
    if (named.size() > max_recipients || me.is_me(email)) return;
    if (is_mine && is_same_mailbox(email, original.from.email)) return;
    if (!mime::parse_one_address(email) || !named.insert(to_lower_ascii(email)).second) return;
    list.push_back(std::move(address));
  };
  // A reply to our own message that has no To would go to those of Cc: here they stay there.
  std::unordered_set<std::string> copied;
  if (is_mine) {
    for (const auto& one : original.cc) copied.insert(to_lower_ascii(one.email));
  }
  for (auto& one : reply_recipients(original, me)) {
    if (!copied.contains(to_lower_ascii(one.email))) add(draft.to, std::move(one));
  }
  for (const auto& one : original.to) add(draft.to, answered_address(one));
  for (const auto& one : original.cc) add(draft.cc, answered_address(one));
}

std::vector<std::string> references_to(const model::Message& original) {
  auto references = original.references;
  if (references.empty() && original.in_reply_to.size() == 1) references = original.in_reply_to;
  references.push_back(original.message_id_header);
  return references;
}

std::string reply_subject(const std::string& original) {
  const auto trimmed = trim(utf8_prefix(original, longest_answered_subject));
  if (equals_ignoring_case(trimmed.substr(0, 3), "re:")) return std::string{trimmed};
  return "Re: " + std::string{trimmed};
}

}  // namespace gmail_mcp::mail
