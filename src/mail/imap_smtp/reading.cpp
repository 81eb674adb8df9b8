// Messages, threads and attachments. No content is kept.
#include <algorithm>
#include <map>
#include <utility>

#include "base/answer_share.h"
#include "base/offload.h"
#include "mail/imap_smtp/fetch_each.h"
#include "mail/imap_smtp/imap_smtp_mailbox.h"
#include "mail/imap_smtp/labels.h"
#include "mail/imap_smtp/outline.h"
#include "mail/imap_smtp/outlined.h"
#include "mail/message_reader.h"
#include "mail/unsupported.h"
#include "mime/html_text.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {

namespace {

// A message up to this is fetched whole: one round trip less, and every size is exact.
constexpr std::uint64_t small_message = std::uint64_t{256} << 10U;
// Enough of a text for a snippet, with the head of a newsletter's HTML before it.
constexpr std::uint64_t snippet_window = 4096;
constexpr std::size_t longest_text_of_many = std::size_t{1} << 20U;
constexpr std::size_t shortest_text_of_many = std::size_t{16} << 10U;
// Whoever answers a hundred times with two megabytes must not fill our memory.
constexpr std::size_t most_text_of_a_thread = std::size_t{32} << 20U;
constexpr std::size_t most_of_a_thread = 500;
constexpr std::size_t most_named_of_a_thread = 5'000;

std::vector<std::string> wanted_texts(const imap::BodyPart& structure, bool both) {
  const auto texts = text_sections(structure);
  if (both) return texts.all();
  return texts.plain.empty() ? texts.html : texts.plain;
}

// What the texts of all these will take.
std::size_t text_bytes(const std::vector<imap::Fetched>& fetched, std::size_t longest) {
  std::size_t bytes = 0;
  for (const auto& one : fetched) {
    if (!one.structure) continue;
    for (const auto& section : wanted_texts(*one.structure, true)) {
      const auto* part = find_section(*one.structure, section);
      if (part != nullptr) bytes += std::min<std::size_t>(part->bytes, longest);
    }
  }
  return bytes;
}

void complete(model::Message& message, const imap::Fetched& fetched, const Place& place,
              std::uint32_t uid_validity) {
  if (fetched.gmail_message_id) {
    message.id = model::MessageId{gmail_id(*fetched.gmail_message_id)};
    message.thread_id =
        model::ThreadId{gmail_id(fetched.gmail_thread_id.value_or(*fetched.gmail_message_id))};
  } else {
    const PlainId plain{place.folder, uid_validity, fetched.uid};
    message.id = model::MessageId{plain_id(plain).value_or("")};
    message.thread_id = model::ThreadId{message.id.str()};
  }
  message.labels = label_ids(fetched, place.use, place.folder);
  if (fetched.internal_date) message.date = *fetched.internal_date;
}

void cut_to(model::Message& message, Detail detail) {
  if (detail == Detail::full) return;
  remove_bodies(message);
  if (detail == Detail::metadata) return;
  model::Message minimal;
  minimal.id = std::move(message.id);
  minimal.thread_id = std::move(message.thread_id);
  minimal.date = message.date;
  minimal.snippet = std::move(message.snippet);
  minimal.labels = std::move(message.labels);
  message = std::move(minimal);
}

// Whether only the beginning of this text was fetched: a matter of the octets on the wire, which
// may be fewer or more than the text they stand for.
bool is_cut(const imap::Fetched& fetched, const std::string& section, std::size_t longest) {
  const auto* bytes = section.empty() ? nullptr : fetched.section(section);
  if (bytes == nullptr || bytes->size() < longest) return false;
  const auto* part = find_section(*fetched.structure, section);
  return part == nullptr || part->bytes != bytes->size();
}

// Nothing is cut in silence. `fetched` as it was read.
void mark_cut(model::Message& message, const imap::Fetched& fetched, std::size_t longest) {
  if (is_cut_source(fetched)) message.body_plain += text_goes_on;
  if (!fetched.structure) return;
  const auto sections = text_sections(*fetched.structure);
  const auto any_cut = [&](const std::vector<std::string>& of) {
    return std::any_of(of.begin(), of.end(), [&](const std::string& section) {
      return is_cut(fetched, section, longest);
    });
  };
  const bool is_elsewhere_cut = !message.text_place.empty() && any_cut(sections.elsewhere);
  if (any_cut(sections.plain) || is_elsewhere_cut) message.body_plain += text_goes_on;
  if (!message.body_html || !any_cut(sections.html)) return;
  auto& html = *message.body_html;
  const auto tag = html.rfind('<');
  const bool is_open = tag != std::string::npos && html.find('>', tag) == std::string::npos;
  if (is_open) html.resize(tag);  // else the notice would be part of it
  html.append("<p>").append(text_goes_on.substr(1)).append("</p>");
}

model::Attachment attachment_in(std::string_view source, const std::string& id) {
  const auto root = mime::read_message(source).value();
  const auto* part = find_attachment(root, id);
  if (part == nullptr) throw no_such("attachment");
  model::Attachment found;
  for (auto& info : mime::attachments(root)) {
    if (mail::attachment_id(info) != id) continue;
    found.filename = info.filename;
    found.mime_type = info.mime_type;
  }
  found.content = mime::file_content(*part);
  return found;
}

}  // namespace

Task<void> ImapSmtpMailbox::add_texts(Client& client, std::vector<imap::Fetched>& fetched,
                                      Depth depth, std::size_t longest_text,
                                      std::optional<Error>& refusal) {
  // Messages built alike are asked for together: most are.
  std::map<std::vector<std::string>, imap::UidSet> alike;
  for (const auto& one : fetched) {
    if (!one.structure) continue;
    auto wanted = wanted_texts(*one.structure, depth == Depth::texts);
    if (!wanted.empty()) alike[std::move(wanted)].add(one.uid);
  }
  std::map<imap::Uid, std::vector<imap::Section>> texts;
  const TakeFetched take = [&](imap::Fetched one) {
    auto& into = texts[one.uid];
    std::move(one.sections.begin(), one.sections.end(), std::back_inserter(into));
    return true;
  };
  std::vector<Task<Given>> commands;
  for (const auto& [sections, uids] : alike) {
    imap::FetchItems items;
    items.sections = sections;
    imap::FetchItems::Window window;
    window.bytes = depth == Depth::texts ? longest_text : snippet_window;
    items.window = window;
    commands.push_back(fetch_each(client, uids, std::move(items), take));
  }
  const auto given = co_await run_all(std::move(commands));
  // A message whose text was refused would look as if it had none.
  imap::UidSet refused;
  for (const auto& [sections, uids] : alike) {
    for (const auto range : uids.ranges()) refused.add(range.first, range.last);
  }
  for (const auto& one : given) {
    refused.remove(one.uids);
    if (one.refusal) refusal = one.refusal;
  }
  std::erase_if(fetched, [&](const auto& one) { return refused.contains(one.uid); });
  for (auto& one : fetched) {
    auto& found = texts[one.uid];
    std::move(found.begin(), found.end(), std::back_inserter(one.sections));
  }
}

Task<std::vector<ImapSmtpMailbox::Read>> ImapSmtpMailbox::read(Client& client, Place place,
                                                               imap::UidSet uids, Depth depth,
                                                               std::size_t longest_text,
                                                               std::optional<Error>* refusal) {
  if (uids.empty()) co_return std::vector<Read>{};
  imap::FetchItems items;
  items.gmail_ids = true;
  items.internal_date = true;
  if (depth != Depth::ids) {
    items.flags = true;
    items.gmail_labels = true;
  }
  if (depth == Depth::listed || depth == Depth::texts) items.sections = {"HEADER"};
  std::vector<imap::Fetched> fetched;
  const TakeFetched take = [&](imap::Fetched one) {
    fetched.push_back(std::move(one));
    return true;
  };
  Given given;
  FairShare::Hold hold;
  if (depth == Depth::ids) {
    given = co_await fetch_each(client, std::move(uids), std::move(items), take);
  } else {
    const auto of_source = depth == Depth::texts ? longest_text : snippet_window;
    given = co_await fetch_outlined(client, std::move(uids), std::move(items), of_source, take);
    if (depth == Depth::texts) hold = hold_answer(reader_, text_bytes(fetched, longest_text));
    co_await add_texts(client, fetched, depth, longest_text, given.refusal);
  }
  if (refusal != nullptr) *refusal = std::move(given.refusal);
  const auto* selected = client.selected();
  const auto uid_validity = selected == nullptr ? 0 : selected->uid_validity;
  const bool is_gmail = client.is_gmail();
  std::size_t bytes = 0;
  for (const auto& one : fetched) bytes += bytes_of(one);
  if (depth == Depth::texts) bytes *= mime::html_weight;  // snippets are made of it
  auto work = [&] {
    std::vector<Read> all;
    for (auto& one : fetched) {
      if (one.uid == 0 || (is_gmail && !one.gmail_message_id)) continue;
      Read read;
      read.uid = one.uid;
      if (depth != Depth::ids) read.message = message_of(one);
      complete(read.message, one, place, uid_validity);
      if (depth == Depth::listed) cut_to(read.message, Detail::metadata);
      if (depth == Depth::minimal) cut_to(read.message, Detail::minimal);
      if (depth == Depth::texts) mark_cut(read.message, one, longest_text);
      one.sections.clear();
      all.push_back(std::move(read));
    }
    return all;
  };
  co_return co_await offload(shared_.work_pool, bytes, work);
}

Task<std::string> ImapSmtpMailbox::read_whole(Client& client, imap::Uid uid) {
  imap::FetchItems items;
  items.sections = {""};
  auto fetched = co_await client.fetch(just(uid), std::move(items));
  for (auto& one : fetched) {
    for (auto& section : one.sections) {
      if (one.uid == uid && section.name.empty()) co_return std::move(section.bytes);
    }
  }
  throw no_such("message");
}

Task<model::Message> ImapSmtpMailbox::read_one(Client& client, Located where, Detail detail) {
  imap::FetchItems items;
  items.gmail_ids = items.internal_date = items.flags = items.gmail_labels = items.size = true;
  if (detail == Detail::full) {
    // Its size decides what is fetched next.
    auto facts = co_await client.fetch(just(where.uid), items);
    if (facts.empty()) throw no_such("message");
    auto& fact = facts.front();
    if (fact.size.value_or(small_message + 1) <= small_message) {
      const auto bytes = co_await read_whole(client, where.uid);
      auto work = [&bytes] {
        auto root = mime::read_message(bytes);
        auto whole = take_message(root.value());
        whole.snippet = snippet_of(whole.body_plain, whole.body_html.value_or(""));
        return whole;
      };
      auto message = co_await offload(shared_.work_pool, mime::html_weight * bytes.size(), work);
      const auto* selected = client.selected();
      complete(message, fact, where.place, selected == nullptr ? 0 : selected->uid_validity);
      co_return message;
    }
  }
  Depth depth = Depth::texts;
  if (detail == Detail::metadata) depth = Depth::listed;
  if (detail == Detail::minimal) depth = Depth::minimal;
  const imap::Limits limits;
  std::optional<Error> refusal;
  auto found = co_await read(client, where.place, just(where.uid), depth, limits.literal, &refusal);
  if (found.empty() && refusal) throw Error{*refusal};
  if (found.empty()) throw no_such("message");
  co_return std::move(found.front().message);
}

Task<model::Message> ImapSmtpMailbox::message(model::MessageId id, Detail detail) {
  const auto work = [&](Client& client) -> Task<model::Message> {
    auto where = co_await locate(client, id.str(), Mode::read);
    co_return co_await read_one(client, std::move(where), detail);
  };
  co_return co_await with<model::Message>(work);
}

Task<std::string> ImapSmtpMailbox::source(model::MessageId id) {
  const auto work = [&](Client& client) -> Task<std::string> {
    const auto where = co_await locate(client, id.str(), Mode::read);
    co_return co_await read_whole(client, where.uid);
  };
  co_return co_await with<std::string>(work);
}

// Adds what one folder has of a conversation; what it does not add is named.
Task<void> ImapSmtpMailbox::read_thread(Client& client, Place place, imap::UidSet uids,
                                        model::Thread& thread, std::shared_ptr<Suspects> suspects) {
  const auto add = [&thread](model::Message message) {
    const bool is_known = std::any_of(thread.messages.begin(), thread.messages.end(),
                                      [&](const auto& other) { return other.id == message.id; });
    if (!is_known) thread.messages.push_back(std::move(message));
  };
  auto newest = uids.take_highest(most_of_a_thread);
  auto missing = newest;
  const auto share = most_text_of_a_thread / std::max<std::size_t>(newest.size(), 1);
  const auto longest = std::clamp(share, shortest_text_of_many, longest_text_of_many);
  for (auto some = suspects->next(place.folder, newest); !some.empty();
       some = suspects->next(place.folder, newest)) {
    auto here =
        co_await read_warily(client, place, std::move(some), Depth::texts, longest, suspects);
    for (auto& one : here) {
      missing.remove(just(one.uid));
      add(std::move(one.message));
    }
  }
  if (!missing.empty()) {
    co_await account_for(client, thread.omitted, place, std::move(missing));
  }
  auto named = uids.take_highest(most_named_of_a_thread);
  if (named.empty()) co_return;
  const auto older = co_await read(client, place, std::move(named), Depth::ids, 0);
  for (const auto& one : older) {
    thread.omitted.push_back({.id = one.message.id, .reason = "too_many"});
  }
}

Task<model::Thread> ImapSmtpMailbox::thread(model::ThreadId id) {
  const auto suspects = std::make_shared<Suspects>(shared_.patience);
  const auto work = [&](Client& client) -> Task<model::Thread> {
    const auto known = co_await places(client);
    if (!client.is_gmail()) throw unsupported(&Capabilities::threads);
    model::Thread thread;
    thread.id = id;
    const auto number = gmail_number(id.str());
    if (!number) throw no_such("thread");
    for (const auto& place : known->everywhere()) {
      imap::Search search;
      search.keys("X-GM-THRID " + std::to_string(*number));
      auto uids = co_await search_in(client, place.folder, std::move(search), Mode::read);
      co_await read_thread(client, place, std::move(uids), thread, suspects);
    }
    if (thread.messages.empty() && thread.omitted.empty()) throw no_such("thread");
    // Without All Mail one message is in several folders.
    std::erase_if(thread.omitted, [&](const Omitted& one) {
      return std::any_of(thread.messages.begin(), thread.messages.end(),
                         [&](const auto& other) { return other.id == one.id; });
    });
    std::stable_sort(thread.messages.begin(), thread.messages.end(),
                     [](const auto& a, const auto& b) { return a.date < b.date; });
    co_return thread;
  };
  co_return co_await with_suspects<model::Thread>(suspects, work);
}

Task<std::string> ImapSmtpMailbox::undo_encoding(const imap::BodyPart& part, std::string bytes) {
  const auto size = bytes.size();
  auto work = [&] { return decode_file(part, bytes); };
  co_return co_await offload(shared_.work_pool, size, work);
}

Task<model::Attachment> ImapSmtpMailbox::attachment(model::MessageId message,
                                                    std::string attachment_id) {
  const auto work = [&](Client& client) -> Task<model::Attachment> {
    const auto where = co_await locate(client, message.str(), Mode::read);
    imap::FetchItems items;
    items.structure = true;
    auto fetched = co_await client.fetch(just(where.uid), std::move(items));
    if (fetched.empty() || !fetched.front().structure) {
      // Longer than a response may be, or gone: then the source is, too.
      const auto source = co_await read_whole(client, where.uid);
      auto find = [&] { return attachment_in(source, attachment_id); };
      co_return co_await offload(shared_.work_pool, source.size(), find);
    }
    const auto structure = std::move(*fetched.front().structure);
    const auto root = outline(structure, {});
    model::Attachment attachment;
    const imap::BodyPart* node = nullptr;
    for (auto& info : mime::attachments(root)) {
      if (mail::attachment_id(info) != attachment_id) continue;
      node = find_structure(structure, info.part_id);
      attachment.filename = info.filename;
      attachment.mime_type = info.mime_type;
    }
    const auto* package = node == nullptr ? find_package(root, attachment_id) : nullptr;
    if (package != nullptr) node = find_structure(structure, package->id);
    if (node == nullptr) throw no_such("attachment");
    const auto hold = hold_answer(reader_, node->bytes);
    imap::FetchItems content;
    content.sections = {node->section};
    auto parts = co_await client.fetch(just(where.uid), std::move(content));
    for (auto& one : parts) {
      if (one.uid != where.uid || one.sections.empty()) continue;
      auto bytes = std::move(one.sections.front().bytes);
      attachment.content = co_await undo_encoding(*node, std::move(bytes));
      if (package == nullptr) co_return attachment;
      auto unpack = [&] { return file_in(*package, std::move(attachment.content), attachment_id); };
      auto file = co_await offload(shared_.work_pool, node->bytes, unpack);
      if (!file) throw no_such("attachment");
      co_return std::move(*file);
    }
    throw no_such("attachment");
  };
  co_return co_await with<model::Attachment>(work);
}

}  // namespace gmail_mcp::mail
