#include "mail/compose.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>

#include "base/answer_share.h"
#include "base/offload.h"
#include "base/text.h"
#include "crypto/random.h"
#include "mail/file_types.h"
#include "mail/quotation.h"
#include "mail/recipients.h"
#include "mail/reply.h"
#include "mail/sender.h"
#include "mime/calendar.h"
#include "mime/html_text.h"
#include "mime/parameter.h"
#include "mime/writer.h"

namespace gmail_mcp::mail {

namespace {

// Recipients named several times count once, but no one names them this often.
constexpr std::size_t most_named = 10 * max_recipients;
constexpr std::size_t most_forwarded_files = 100;

// Copied text may contain other blanks: U+00A0, U+3000.
std::string with_plain_blanks(std::string_view text) {
  if (text.find("\u00A0") == std::string_view::npos &&
      text.find("\u3000") == std::string_view::npos) {
    return std::string{text};
  }
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const bool is_no_break = text.substr(at).starts_with("\u00A0");
    const bool is_wide = text.substr(at).starts_with("\u3000");
    out += is_no_break || is_wide ? ' ' : text[at];
    at += is_no_break ? 2 : is_wide ? 3 : 1;
  }
  return out;
}

// Splits at the commas and semicolons outside of quotation marks; empty pieces are left out, and so
// is the rest of too many.
std::vector<std::string_view> pieces_of(std::string_view text) {
  std::vector<std::string_view> pieces;
  bool is_quoted = false;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= text.size() && pieces.size() <= most_named; ++at) {
    const char c = at < text.size() ? text[at] : ',';
    if (is_quoted && c == '\\') {
      ++at;
    } else if (c == '"') {
      is_quoted = !is_quoted;
    }
    const bool is_end = at >= text.size() || (!is_quoted && (c == ',' || c == ';'));
    if (!is_end) continue;
    const auto piece = trim(text.substr(begin, std::min(at, text.size()) - begin));
    if (!piece.empty()) pieces.push_back(piece);
    begin = at + 1;
  }
  return pieces;
}

// "Doe, Jane <j@x.org>": one person whose family name comes first.
std::optional<mime::Address> family_name_first(const std::vector<std::string_view>& pieces) {
  if (pieces.size() != 2 || pieces[0].find_first_of(" @<>") != std::string_view::npos) {
    return std::nullopt;
  }
  auto address = mime::parse_one_address(pieces[1]);
  const bool is_named =
      address && !address->name.empty() && address->name.find('@') == std::string::npos;
  if (!is_named) return std::nullopt;
  return mime::Address{std::string{pieces[0]} + ", " + address->name, address->email};
}

Error not_an_address(std::string_view argument, const Error& failure) {
  return {Errc::invalid_argument, "In " + std::string{argument} + ": " + failure.message,
          failure.hint.empty()
              ? "Write each recipient as name@example.org or Name <name@example.org>."
              : failure.hint};
}

// Models often write a whole list into one string: "a@x.org, Bob <b@y.org>". Each is checked as a
// single one would be: a recipient that cannot be understood must not be left out, nor replaced by
// another.
std::vector<mime::Address> read_list(std::string_view given, std::string_view argument) {
  const auto text = with_plain_blanks(given);
  auto whole = mime::parse_one_address(text);
  if (whole) return {std::move(*whole)};
  // A line break does not count as a blank around a piece.
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7F';
  });
  const auto pieces = pieces_of(has_control ? std::string_view{} : text);
  if (pieces.size() > most_named) throw too_many_recipients();
  if (auto person = family_name_first(pieces)) return {std::move(*person)};
  std::vector<mime::Address> out;
  if (has_control) throw not_an_address(argument, whole.error());
  for (const auto piece : pieces) {
    // A name with an address in it may be two people.
    auto address = mime::parse_one_address(piece);
    const bool is_clear =
        address && (address->name.find('@') == std::string::npos || piece.front() == '"');
    if (is_clear) {
      out.push_back(std::move(*address));
      continue;
    }
    throw not_an_address(argument, pieces.size() > 1 && !address ? address.error() : whole.error());
  }
  return out;
}

std::vector<mime::Address> read_addresses(const std::vector<std::string>& given,
                                          std::string_view argument) {
  std::vector<mime::Address> out;
  for (const auto& texts : given) {
    // Clients fill unused arguments with empty texts.
    if (trim(texts).empty()) continue;
    for (auto& address : read_list(texts, argument)) {
      out.push_back(std::move(address));
      if (out.size() > most_named) throw too_many_recipients();
    }
  }
  return out;
}

// Its method makes an invitation, and has to be given twice (RFC 6047 §2.4).
std::string calendar_type(const mime::ParameterizedValue& given, std::string_view icalendar) {
  std::string type = "text/calendar";
  const auto method = mime::calendar_method(icalendar);
  if (!method.empty()) type += "; method=" + method;
  const auto charset = given.token("charset");
  if (!charset.empty()) {
    type.append("; charset=").append(charset);
  } else if (is_valid_utf8(icalendar)) {
    type += "; charset=utf-8";
  }
  return type;
}

// Makes the hold at least this large.
void grow(FairShare::Hold& hold, std::size_t bytes) {
  if (bytes <= std::max(hold.size(), uncounted_answer)) return;
  const auto answer = hold.resize(bytes);
  if (answer != FairShare::Answer::granted) throw answer_refused(answer);
}

// Names given by a stranger must not make a message impossible to write.
void make_writable(NewAttachment& fetched) {
  constexpr std::size_t longest_name = 255;
  fetched.filename.resize(utf8_prefix(fetched.filename, longest_name).size());
  std::replace_if(
      fetched.filename.begin(), fetched.filename.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; }, '_');
  if (!mime::is_media_type(fetched.mime_type)) fetched.mime_type = "application/octet-stream";
}

Task<std::vector<mime::Attachment>> gather(Mailbox& mailbox, std::vector<NewAttachment> attachments,
                                           FairShare::Hold& hold) {
  std::vector<mime::Attachment> out;
  std::size_t total = 0;
  std::size_t fetched_bytes = 0;
  for (auto& one : attachments) {
    if (one.message_id) {
      auto fetched = co_await mailbox.attachment(*one.message_id, one.attachment_id);
      one.content = std::move(fetched.content);
      if (one.filename.empty()) one.filename = std::move(fetched.filename);
      if (one.mime_type.empty()) one.mime_type = std::move(fetched.mime_type);
      make_writable(one);
      fetched_bytes += one.content.size();
      grow(hold, fetched_bytes);
    }
    if (one.filename.empty()) one.filename = "attachment";
    if (one.mime_type.empty()) one.mime_type = type_of_file(one.filename);
    const auto declared = mime::parse_parameterized(one.mime_type);
    if (declared.value == "text/calendar") one.mime_type = calendar_type(declared, one.content);
    total += one.content.size();
    if (total > max_attachment_bytes) {
      throw Error{Errc::too_large, "The attachments are larger than 25 MB together.",
                  "Send fewer or smaller files, or a link to them."};
    }
    mime::Attachment made{std::move(one.filename), std::move(one.mime_type), std::move(one.content),
                          one.is_inline, std::move(one.content_id)};
    out.push_back(std::move(made));
  }
  co_return out;
}

std::vector<mime::Address> read_optional(const std::string& given, std::string_view argument) {
  return trim(given).empty() ? std::vector<mime::Address>{} : read_addresses({given}, argument);
}

SenderWish read_sender_wish(const NewMessage& message) {
  SenderWish wish;
  auto from = read_optional(message.from, "from");
  if (from.size() > 1) {
    throw Error{Errc::invalid_argument, "In from: a message has one sender.", "Give one address."};
  }
  if (!from.empty()) wish.from = std::move(from.front());
  wish.name = message.from_name;
  wish.account_name = message.account_name;
  return wish;
}

void check_wish(const NewMessage& message) {
  if (message.has_no_text) {
    throw Error{Errc::invalid_argument, "One of body and body_html is required.",
                "Give the text as body."};
  }
  if (message.reply_to_message_id) return;
  if (message.reply_all) {
    throw Error{Errc::invalid_argument, "reply_all needs reply_to_message_id.",
                "Give the id of the message to answer, or name the recipients in to and cc."};
  }
  if (message.quote) {
    throw Error{Errc::invalid_argument, "quote needs reply_to_message_id.",
                "Give the id of the message to answer; gmail_forward passes one on."};
  }
}

std::string domain_of(std::string_view address) {
  const auto at = address.rfind('@');
  return std::string{at == std::string_view::npos ? "localhost" : address.substr(at + 1)};
}

std::vector<std::string> recipients_of(const mime::Draft& draft) {
  Recipients recipients;
  for (const auto* list : {&draft.to, &draft.cc, &draft.bcc}) {
    for (const auto& one : *list) recipients.add(one.email);
  }
  return std::move(recipients).finish().value();
}

void keep(const KeptOfDraft& kept, mime::Draft& draft) {
  if (kept.from) draft.from = *kept.from;
  if (!kept.reply_to.empty()) draft.reply_to = kept.reply_to;
  draft.fields_as_is = kept.fields;
  draft.body_as_is = kept.body;
}

std::size_t bytes_of(const mime::Draft& draft) {
  auto bytes = draft.text.size() + (draft.html ? draft.html->size() : 0);
  if (draft.body_as_is) bytes += draft.body_as_is->size();
  for (const auto& one : draft.attachments) bytes += one.content.size();
  return bytes;
}

std::size_t text_bytes_of(const model::Message& original) {
  return original.body_plain.size() + (original.body_html ? original.body_html->size() : 0);
}

std::size_t bytes_of_files(const model::Message& original) {
  std::size_t bytes = 0;
  for (const auto& file : original.attachments) {
    bytes += static_cast<std::size_t>(std::max<std::int64_t>(file.size, 0));
  }
  return bytes;
}

// The data that the steps of one composition work on; they borrow it.
struct Composition {
  Mailbox& mailbox;
  WorkPool* pool;
  NewMessage wish;
  Sender sender;
  mime::Draft draft;
  Composed composed;

  // Runs `change`, which puts `original` below the texts of the draft.
  Task<void> put_below(const model::Message& original, std::function<void(WrittenText&)> change) {
    grow(composed.hold, text_bytes_of(original));
    auto work = [this, &change] {
      WrittenText written{.text = std::move(draft.text), .html = std::move(draft.html)};
      change(written);
      draft.text = std::move(written.text);
      draft.html = std::move(written.html);
      return true;
    };
    const auto bytes = mime::html_weight * (text_bytes_of(original) + bytes_of(draft));
    co_await offload(pool, bytes, work);
  }
};

Error not_sure_whom_to_answer() {
  return {Errc::invalid_argument,
          "Gmail does not say for sure whom that message asks to answer, so nobody is guessed.",
          "Name the recipients in to and cc, without reply_all."};
}

// The mailbox does not read the people of a large message as they were sent; for an answer it is
// worth doing.
Task<void> make_sure_whom_to_answer(Composition& one, model::Message& original) {
  grow(one.composed.hold, std::min(bytes_of_files(original), max_attachment_bytes));
  std::string rfc822;
  try {
    rfc822 = co_await one.mailbox.source(original.id);
  } catch (const Error& error) {
    const bool may_come_later = error.code != Errc::too_large && error.code != Errc::unsupported &&
                                error.code != Errc::insufficient_scope;
    if (may_come_later) throw;
    throw not_sure_whom_to_answer();
  }
  take_people_as_sent(original, rfc822);
  if (!is_sure_whom_to_answer(original, one.sender, one.wish.reply_all)) {
    throw not_sure_whom_to_answer();
  }
}

Task<void> make_reply(Composition& one) {
  const auto& wish = one.wish;
  auto& draft = one.draft;
  const auto detail = wish.quote ? Detail::full : Detail::metadata;
  auto original = co_await one.mailbox.message(*wish.reply_to_message_id, detail);
  const bool takes_recipients = wish.reply_all || draft.to.empty();
  if (takes_recipients && !is_sure_whom_to_answer(original, one.sender, wish.reply_all)) {
    co_await make_sure_whom_to_answer(one, original);
  }
  if (wish.reply_all) {
    add_all_recipients(draft, original, one.sender);
  } else if (draft.to.empty()) {
    draft.to = reply_recipients(original, one.sender);
  }
  if (draft.subject.empty()) draft.subject = reply_subject(original.subject);
  // A message without a Message-ID cannot be referred to; its thread still can.
  if (!original.message_id_header.empty()) {
    draft.references = references_to(original);
    draft.in_reply_to = {original.message_id_header};
  }
  one.composed.outgoing.thread_id = original.thread_id;
  if (!wish.quote) co_return;
  std::function<void(WrittenText&)> quote = [&original](WrittenText& answer) {
    quote_below(answer, original);
  };
  co_await one.put_below(original, std::move(quote));
}

Task<void> make_forward(Composition& one) {
  const auto original = co_await one.mailbox.message(*one.wish.forward_message_id, Detail::full);
  if (one.draft.subject.empty()) one.draft.subject = forward_subject(original.subject);
  std::vector<NewAttachment> files;
  std::function<void(WrittenText&)> carry = [&](WrittenText& written) {
    files = forward_below(written, original);
  };
  co_await one.put_below(original, std::move(carry));
  if (files.size() > most_forwarded_files) {
    throw Error{Errc::too_large, "The message has more than 100 files to be forwarded.",
                "Name those that matter in attachments of gmail_send."};
  }
  // Before they are fetched; attachments that are too large together are refused on the way.
  const auto expected = text_bytes_of(original) + bytes_of_files(original);
  grow(one.composed.hold, std::min(expected, max_attachment_bytes));
  auto& all = one.wish.attachments;
  all.insert(all.begin(), std::make_move_iterator(files.begin()),
             std::make_move_iterator(files.end()));
}

}  // namespace

std::string message_id_for(std::string_view send_id, std::string_view address) {
  return "<" + std::string{send_id} + "@" + domain_of(address) + ">";
}

Task<Composed> compose(Mailbox& mailbox, NewMessage message, std::string send_id, Timestamp now,
                       WorkPool* pool, const KeptOfDraft* kept) {
  return compose(mailbox, std::move(message), std::move(send_id), now, pool, Shareholder{}, kept);
}

Task<Composed> compose(Mailbox& mailbox, NewMessage message, std::string send_id, Timestamp now,
                       WorkPool* pool, Shareholder reader, const KeptOfDraft* kept) {
  const std::string own = mailbox.address();
  check_wish(message);
  Composition one{mailbox, pool, std::move(message), {}, {}, {}};
  auto& wish = one.wish;
  auto& draft = one.draft;
  auto& composed = one.composed;
  composed.hold = reader.hold();
  draft.to = read_addresses(wish.to, "to");
  draft.cc = read_addresses(wish.cc, "cc");
  draft.bcc = read_addresses(wish.bcc, "bcc");
  const auto asked_answers = read_optional(wish.reply_to, "reply_to");
  draft.reply_to = asked_answers;
  auto sender_wish = read_sender_wish(wish);
  one.sender = co_await choose_sender(mailbox, std::move(sender_wish));
  draft.from = one.sender.from;
  if (draft.reply_to.empty() && one.sender.reply_to) draft.reply_to = {*one.sender.reply_to};
  draft.subject = std::move(wish.subject);
  draft.text = std::move(wish.body);
  draft.html = std::move(wish.body_html);
  draft.date = now;
  if (draft.html && trim(draft.text).empty()) {
    auto read = [&draft] { return mime::html_to_text(*draft.html).text; };
    draft.text = co_await offload(pool, mime::html_weight * draft.html->size(), read);
  }

  if (wish.reply_to_message_id) {
    co_await make_reply(one);
  } else if (wish.forward_message_id) {
    co_await make_forward(one);
  }
  if (kept != nullptr) {
    keep(*kept, draft);
    if (!wish.reply_to_message_id) {
      draft.in_reply_to = kept->in_reply_to;
      draft.references = kept->references;
      composed.outgoing.thread_id = kept->thread_id;
    }
  }
  composed.recipients = recipients_of(draft);
  if (composed.recipients.empty() && wish.reply_to_message_id) {
    throw Error{Errc::invalid_argument, "The reply has no recipient.",
                "The answered message names nobody but you: give at least one address in to, cc or "
                "bcc."};
  }
  if (composed.recipients.empty() && !send_id.empty()) {
    throw Error{Errc::invalid_argument, "The message has no recipient.",
                "Give at least one address in to, cc or bcc."};
  }
  composed.judged = composed.recipients;
  for (const auto& address : asked_answers)
    composed.judged.push_back(to_lower_ascii(address.email));
  draft.attachments = co_await gather(mailbox, std::move(wish.attachments), composed.hold);

  const auto id = send_id.empty() ? crypto::random_uuid() : send_id;
  draft.message_id = message_id_for(id, own);
  if (!send_id.empty()) draft.extra_headers.emplace_back("X-Gmail-MCP-Send", send_id);
  composed.rfc822_message_id = draft.message_id;
  const auto bytes = bytes_of(draft);
  auto write = [&draft] { return mime::write_message(std::move(draft), mime::BccHeader::keep); };
  auto written = co_await offload(pool, bytes, write);
  if (!written) {
    auto error = std::move(written).error();
    if (error.hint.empty()) error.hint = "Leave out line breaks and control characters there.";
    throw Error{std::move(error)};
  }
  composed.outgoing.rfc822 = std::move(*written);
  composed.outgoing.envelope_to = composed.recipients;
  composed.outgoing.envelope_from = own;
  co_return std::move(composed);
}

}  // namespace gmail_mcp::mail
