#include "mail/imap_smtp/bring.h"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "mail/imap_smtp/fetch_each.h"
#include "mail/imap_smtp/labels.h"
#include "mail/imap_smtp/outline.h"
#include "mail/imap_smtp/outlined.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::uint64_t large = std::uint64_t{1} << 20;
// The limit for each text of a large message, and so the size with which such a message counts.
constexpr std::uint64_t most_of_text = std::uint64_t{512} << 10;
// A server that sends more than it announced is not read to the end.
constexpr std::size_t most_in_memory = std::size_t{64} << 20;

Error more_than_announced() {
  return {Errc::too_large, "The mail server sent more than it had announced.",
          "Look at the message in another mail program."};
}

bool is_large(const imap::Fetched& particulars) { return particulars.size.value_or(0) > large; }

struct Letter {
  imap::Fetched particulars;
  imap::Fetched content;
  model::Message message;
  bool is_there = false;
};

void cut_source_text(std::string& text) { text.resize(utf8_prefix(text, most_of_text).size()); }

void read_letter(Letter& letter, const ReadFrom& from) {
  if (!letter.is_there) return;
  auto& message = letter.message;
  const bool is_source = !letter.content.structure;
  message = message_of(letter.content);
  letter.content = {};
  const auto& about = letter.particulars;
  if (is_source && is_large(about)) {
    // Of other messages only this much was fetched.
    cut_source_text(message.body_plain);
    if (message.body_html) cut_source_text(*message.body_html);
  }
  message.id = message_id(about, from);
  message.thread_id =
      model::ThreadId{about.gmail_thread_id ? gmail_id(*about.gmail_thread_id) : message.id.str()};
  message.labels = label_ids(about, from.use, from.folder);
  if (about.internal_date) message.date = *about.internal_date;
}

// Fetches the texts of a large message, if they are of a reasonable length.
Task<void> fetch_texts(imap::Client& client, Letter& letter) {
  if (!letter.content.structure) co_return;
  imap::FetchItems items;
  items.sections = text_sections(*letter.content.structure).all();
  if (items.sections.empty()) co_return;
  items.window = imap::FetchItems::Window{.offset = 0, .bytes = most_of_text};
  const imap::UidSet uid{letter.particulars.uid};
  TakeFetched take = [&](imap::Fetched texts) {
    for (auto& section : texts.sections) {
      if (section.bytes.size() > most_of_text) throw more_than_announced();
      letter.content.sections.push_back(std::move(section));
    }
    return true;
  };
  const auto given = co_await fetch_each(client, uid, std::move(items), std::move(take));
  letter.is_there = !given.uids.empty();
}

}  // namespace

model::MessageId message_id(const imap::Fetched& message, const ReadFrom& from) {
  if (from.is_gmail) {
    if (!message.gmail_message_id) return {};
    return model::MessageId{gmail_id(*message.gmail_message_id)};
  }
  const PlainId place{.folder = from.folder, .uid_validity = from.uid_validity, .uid = message.uid};
  return model::MessageId{plain_id(place).value_or("")};
}

imap::FetchItems particulars() {
  imap::FetchItems items;
  items.flags = true;
  items.internal_date = true;
  items.size = true;
  items.gmail_ids = true;
  items.gmail_labels = true;
  return items;
}

Task<Brought> bring(imap::Client& client, const std::vector<imap::Fetched>& list, std::size_t begin,
                    std::size_t most, std::size_t most_bytes, ReadFrom from, WorkPool* pool) {
  Brought brought;
  std::vector<Letter> letters;
  std::unordered_map<imap::Uid, std::size_t> place;
  imap::UidSet small;
  imap::UidSet big;
  for (std::size_t i = begin; i < list.size() && letters.size() < most; ++i) {
    const bool is_big = is_large(list[i]);
    const auto weight = is_big ? most_of_text : list[i].size.value_or(0);
    if (brought.bytes + weight > most_bytes && !letters.empty()) break;
    brought.bytes += weight;
    (is_big ? big : small).add(list[i].uid);
    place.emplace(list[i].uid, letters.size());
    letters.emplace_back().particulars = list[i];
  }
  brought.covered = letters.size();

  std::size_t arrived = 0;
  TakeFetched take = [&](imap::Fetched one) {
    for (const auto& section : one.sections) arrived += section.bytes.size();
    if (arrived > most_in_memory) throw more_than_announced();
    const auto at = place.find(one.uid);
    if (at == place.end() || (one.sections.empty() && !one.structure)) return false;
    auto& letter = letters[at->second];
    letter.content = std::move(one);
    letter.is_there = true;
    return true;
  };
  std::vector<Task<Given>> both;
  if (!small.empty()) {
    imap::FetchItems whole;
    whole.sections.emplace_back();
    both.push_back(fetch_each(client, small, std::move(whole), take));
  }
  if (!big.empty()) {
    imap::FetchItems outline;
    outline.sections.emplace_back("HEADER");
    both.push_back(fetch_outlined(client, big, std::move(outline), most_of_text, take));
  }
  co_await run_all(std::move(both));
  if (!big.empty()) {
    std::vector<Task<void>> texts;
    for (auto& letter : letters) {
      if (letter.is_there && big.contains(letter.particulars.uid)) {
        texts.push_back(fetch_texts(client, letter));
      }
    }
    co_await run_all(std::move(texts));
  }

  std::function<void()> read = [&] {
    for (auto& letter : letters) read_letter(letter, from);
  };
  // Even small mail adds up to milliseconds, for which the rest of the loop should not wait.
  if (pool != nullptr) {
    co_await pool->run(std::move(read));
  } else {
    read();
  }
  brought.messages.reserve(letters.size());
  for (auto& letter : letters) {
    // Otherwise it is gone meanwhile, was refused, or can have no id.
    if (letter.is_there && !letter.message.id.empty()) {
      brought.brought.add(letter.particulars.uid);
      brought.messages.push_back(std::move(letter.message));
    }
  }
  co_return brought;
}

}  // namespace gmail_mcp::mail
