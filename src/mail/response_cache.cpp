#include "mail/response_cache.h"

#include <list>
#include <tuple>
#include <utility>

namespace gmail_mcp::mail {

namespace {

using Answer = ResponseCache::Answer;

constexpr std::size_t kinds = 6;

const char* name_of(Remembered kind) {
  switch (kind) {
    case Remembered::labels:
    case Remembered::label_names: return "labels";
    case Remembered::profile: return "profile";
    case Remembered::sender_addresses: return "sender_addresses";
    case Remembered::message: return "message";
    case Remembered::attachment: break;
  }
  return "attachment";
}

std::size_t size_of_people(const std::vector<model::Address>& people) {
  std::size_t size = people.size() * sizeof(model::Address);
  for (const auto& one : people) size += one.name.size() + one.email.size();
  return size;
}

}  // namespace

struct ResponseCache::State {
  using Key = std::tuple<std::uint64_t, Remembered, std::string_view>;
  struct Entry {
    std::uint64_t owner = 0;
    Remembered kind{};
    std::string id;
    Answer answer;
    std::size_t bytes = 0;
    std::chrono::steady_clock::time_point ends;

    Key key() const { return {owner, kind, id}; }
  };
  using Entries = std::list<Entry>;

  State(std::size_t most, const Clock& time, Meter* meter) : max_bytes{most}, clock{time} {
    if (meter == nullptr) return;
    for (std::size_t i = 0; i < kinds; ++i) {
      hits[i] = &count(*meter, static_cast<Remembered>(i), "hit");
      misses[i] = &count(*meter, static_cast<Remembered>(i), "miss");
    }
  }

  static Counter& count(Meter& meter, Remembered kind, const char* result) {
    return meter.counter("gmail_mcp_response_cache_total",
                         "Questions to a mailbox that the response cache was asked for.",
                         {{"kind", name_of(kind)}, {"result", result}});
  }

  void note(Remembered kind, bool was_hit) {
    auto* const counter = (was_hit ? hits : misses)[static_cast<std::size_t>(kind)];
    if (counter != nullptr) counter->add();
  }

  // The ids in the keys are those of the entries.
  using Index = std::map<Key, Entries::iterator>;
  Index::iterator drop(Index::iterator it) {
    const auto entry = it->second;
    bytes -= entry->bytes;
    it = index.erase(it);
    entries.erase(entry);
    return it;
  }
  // Everything from one key up to another.
  void drop_range(const Key& from, const Key& to) {
    auto it = index.lower_bound(from);
    while (it != index.end() && it->first < to) it = drop(it);
  }

  std::size_t max_bytes;
  const Clock& clock;
  std::size_t bytes = 0;
  std::uint64_t owners = 0;
  Entries entries;  // the one used last in front
  Index index;
  Counter* hits[kinds] = {};
  Counter* misses[kinds] = {};
};

ResponseCache::ResponseCache(std::size_t max_bytes, const Clock& clock, Meter* meter)
    : state_{std::make_shared<State>(max_bytes, clock, meter)} {}

ResponseCache::~ResponseCache() = default;

std::unique_ptr<ResponseCache::Shelf> ResponseCache::shelf() {
  return std::make_unique<Shelf>(state_);
}

std::size_t ResponseCache::bytes() const { return state_->bytes; }

ResponseCache::Shelf::Shelf(std::shared_ptr<State> state)
    : state_{std::move(state)}, owner_{++state_->owners} {}

ResponseCache::Shelf::~Shelf() {
  state_->drop_range({owner_, Remembered{}, {}}, {owner_ + 1, Remembered{}, {}});
}

Timestamp ResponseCache::Shelf::now() const { return state_->clock.now(); }

const ResponseCache::Answer* ResponseCache::Shelf::look_up(Remembered kind, std::string_view id) {
  auto& state = *state_;
  auto it = state.index.find({owner_, kind, id});
  if (it != state.index.end() && it->second->ends <= state.clock.steady_now()) {
    state.drop(it);
    it = state.index.end();
  }
  state.note(kind, it != state.index.end());
  if (it == state.index.end()) return nullptr;
  state.entries.splice(state.entries.begin(), state.entries, it->second);
  return &it->second->answer;
}

bool ResponseCache::Shelf::has_room_for(std::size_t bytes) const {
  return bytes <= state_->max_bytes / 8;
}

void ResponseCache::Shelf::put(Remembered kind, std::string_view id, Answer&& answer,
                               std::size_t bytes, std::chrono::seconds how_long) {
  auto& state = *state_;
  while (state.bytes + bytes > state.max_bytes) {
    state.drop(state.index.find(state.entries.back().key()));
  }
  auto& entry = state.entries.emplace_front();
  entry.owner = owner_;
  entry.kind = kind;
  entry.id = id;
  entry.answer = std::move(answer);
  entry.bytes = bytes;
  entry.ends = state.clock.steady_now() + how_long;
  state.index.emplace(entry.key(), state.entries.begin());
  state.bytes += bytes;
}

std::size_t ResponseCache::Shelf::size_of(const std::vector<model::Label>& labels) {
  std::size_t size = labels.size() * sizeof(model::Label);
  for (const auto& one : labels) size += one.id.str().size() + one.name.size();
  return size;
}

std::size_t ResponseCache::Shelf::size_of(const model::Profile& profile) {
  return profile.email_address.size() + profile.history_id.size();
}

std::size_t ResponseCache::Shelf::size_of(const std::vector<model::SenderAddress>& addresses) {
  std::size_t size = addresses.size() * sizeof(model::SenderAddress);
  for (const auto& one : addresses) {
    size += one.email.size() + one.name.size() + one.reply_to.size();
  }
  return size;
}

std::size_t ResponseCache::Shelf::size_of(const model::Message& message) {
  std::size_t size = sizeof message + message.subject.size() + message.snippet.size() +
                     message.body_plain.size() + message.message_id_header.size();
  if (message.body_html) size += message.body_html->size();
  size += size_of_people({message.from}) + size_of_people(message.to) + size_of_people(message.cc);
  size += size_of_people(message.bcc) + size_of_people(message.reply_to);
  for (const auto* list : {&message.references, &message.in_reply_to}) {
    for (const auto& one : *list) size += sizeof(std::string) + one.size();
  }
  for (const auto& one : message.attachments) {
    size += sizeof one + one.id.size() + one.filename.size() + one.mime_type.size();
  }
  return size;
}

std::size_t ResponseCache::Shelf::size_of(const model::Attachment& attachment) {
  return attachment.content.size() + attachment.filename.size() + attachment.mime_type.size();
}

void ResponseCache::Shelf::forget(Remembered kind, std::string_view id) {
  const auto it = state_->index.find({owner_, kind, id});
  if (it != state_->index.end()) state_->drop(it);
}

void ResponseCache::Shelf::forget(Remembered kind) {
  const auto next = static_cast<Remembered>(static_cast<int>(kind) + 1);
  state_->drop_range({owner_, kind, {}}, {owner_, next, {}});
}

}  // namespace gmail_mcp::mail
