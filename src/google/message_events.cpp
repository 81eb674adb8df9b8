// read_message and the others that read whole messages, which are most of what is read: their JSON
// goes into a RawMessage as it is read, without a tree of it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/text.h"
#include "crypto/base64.h"
#include "google/json_answer.h"
#include "google/message_json.h"
#include "schema/json_events.h"

namespace gmail_mcp::google {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;
using Scalar = schema::JsonScalar;

constexpr std::size_t thread_values = 2'000'000;

// A part in memory can be a hundred times as large as its text.
constexpr std::size_t max_parts = 10'000;
constexpr std::size_t max_thread_messages = 10'000;

// The header fields that somebody reads (message.h). Most of those that mail arrives with are
// traces of its way: Received, DKIM, ARC.
bool is_read(std::string_view field) {
  static constexpr auto read = std::to_array<std::string_view>(
      {"To", "Cc", "Bcc", "From", "Date", "Subject", "Reply-To", "Message-ID", "References",
       "Content-ID", "In-Reply-To", "Content-Type", "X-Gmail-MCP-Send", "Content-Disposition"});
  return std::any_of(read.begin(), read.end(), [field](std::string_view one) {
    // The last letter tells most of those apart that have one length.
    return one.size() == field.size() && ((one.back() ^ field.back()) & ~0x20) == 0 &&
           equals_ignoring_case(one, field);
  });
}

void put_text(std::string& to, std::string_view text) {
  if (is_valid_utf8(text)) {
    to = text;
  } else {
    to = repair_utf8(text);
  }
}

// Ids are strings; a number from an emulator is accepted as an id too.
std::string text_of_number(const Scalar& scalar) {
  if (const auto* number = std::get_if<std::int64_t>(&scalar)) return std::to_string(*number);
  if (const auto* number = std::get_if<std::uint64_t>(&scalar)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&scalar)) return fmt::format("{:.0f}", *number);
  return {};
}

std::optional<std::int64_t> number_in(const Scalar& scalar) {
  if (const auto* number = std::get_if<std::int64_t>(&scalar)) return *number;
  const auto* text = std::get_if<std::string_view>(&scalar);
  return text != nullptr ? number_of(*text) : std::nullopt;
}

// Fills what it was given for the outermost object. A member that is there twice replaces what the
// first one said, and a member of another type than expected leaves nothing.
class MessageFiller {
  // Where a value goes: a pointer to a text, number, struct or list, or one of these.
  struct Unread {};  // nobody reads it, nor what is in it
  struct Bytes {     // in base64
    std::string* to;
  };
  struct Data {  // in base64
    RawBody* of;
  };
  struct Message {  // of a draft
    RawMessage* message;
  };
  struct HeaderName {};
  struct HeaderValue {};
  struct Header {
    Fields* list;
  };
  template <class T>
  struct Each {  // an element of a list
    std::vector<T>* list;
  };
  using Place = std::variant<Unread, std::string*, std::optional<std::int64_t>*, std::int64_t*,
                             Bytes, Data, HeaderName, HeaderValue, Header, RawBody*, RawPart*,
                             RawMessage*, RawThread*, Message, std::vector<std::string>*, Fields*,
                             std::vector<RawPart>*, std::vector<RawMessage>*, Each<std::string>,
                             Each<Fields::value_type>, Each<RawPart>, Each<RawMessage>>;

 public:
  // What the outermost object is read into.
  using Root = std::variant<RawMessage*, RawThread*, RawBody*, Message>;
  static Root of_draft(RawMessage& message) { return Message{&message}; }

  MessageFiller(std::string_view answer, Root root) : answer_{answer} {
    std::visit([this](auto place) { next_ = place; }, root);
    open_.reserve(16);  // what most messages need
  }

  // Whether what was read is an object, and whether it has more parts or messages than are taken.
  bool was_object() const { return was_object_; }
  bool is_too_much() const { return is_too_much_; }

  // --- what schema::tell_json calls ---

  bool begin_object() {
    if (open_.empty()) was_object_ = true;
    open_.push_back(std::visit([this](auto place) { return object_at(place); }, next_));
    return !is_too_much_;
  }

  void end_object() {
    if (auto* const* body = std::get_if<RawBody*>(&open_.back())) finish_body(**body);
    if (const auto* header = std::get_if<Header>(&open_.back())) finish_header(*header->list);
    close();
  }

  void begin_array() {
    open_.push_back(std::visit([this](auto place) { return array_at(place); }, next_));
    next_ = open_.back();
  }

  void end_array() { close(); }

  void name(std::string_view name) {
    next_ = std::visit([name](auto place) { return member(place, name); }, open_.back());
  }

  void value(const Scalar& scalar) {
    std::visit([this, &scalar](auto place) { put(place, scalar); }, next_);
  }

 private:
  void close() {
    open_.pop_back();
    // The place of the next element, if it is a list that goes on.
    if (!open_.empty()) next_ = open_.back();
  }

  // --- the members of an object ---

  static Place member(Message draft, std::string_view name) {
    if (name == "message") return draft.message;
    return {};
  }

  static Place member(RawThread* thread, std::string_view name) {
    if (name == "id") return &thread->id;
    if (name == "messages") return &thread->messages;
    return {};
  }

  static Place member(RawMessage* message, std::string_view name) {
    if (name == "id") return &message->id;
    if (name == "threadId") return &message->thread_id;
    if (name == "labelIds") return &message->label_ids;
    if (name == "snippet") return &message->snippet;
    if (name == "historyId") return &message->history_id;
    if (name == "internalDate") return &message->internal_date;
    if (name == "sizeEstimate") return &message->size_estimate;
    if (name == "payload") return &message->payload;
    if (name == "raw") return Bytes{&message->raw};
    return {};
  }

  static Place member(RawPart* part, std::string_view name) {
    if (name == "partId") return &part->part_id;
    if (name == "mimeType") return &part->mime_type;
    if (name == "filename") return &part->filename;
    if (name == "headers") return &part->headers;
    if (name == "body") return &part->body;
    if (name == "parts") return &part->parts;
    return {};
  }

  static Place member(RawBody* body, std::string_view name) {
    if (name == "attachmentId") return &body->attachment_id;
    if (name == "size") return &body->size;
    if (name == "data") return Data{body};
    return {};
  }

  static Place member(Header, std::string_view name) {
    if (name == "name") return HeaderName{};
    if (name == "value") return HeaderValue{};
    return {};
  }

  static Place member(auto, std::string_view) { return {}; }

  // --- an object or a list begins ---

  Place object_at(Message draft) {
    *draft.message = {};
    return draft;
  }
  Place object_at(RawThread* thread) { return emptied(thread); }
  Place object_at(RawMessage* message) {
    parts_ = 0;
    return emptied(message);
  }
  Place object_at(RawPart* part) { return emptied(part); }
  Place object_at(RawBody* body) { return emptied(body); }

  Place object_at(Each<RawMessage> messages) {
    count_message();
    parts_ = 0;
    return &messages.list->emplace_back();
  }

  Place object_at(Each<RawPart> parts) {
    if (parts_ == max_parts) {
      is_too_much_ = true;
      return {};
    }
    ++parts_;
    if (parts.list->empty()) parts.list->reserve(2);
    return &parts.list->emplace_back();
  }

  Place object_at(Each<Fields::value_type> fields) {
    header_name_ = {};
    header_value_ = {};
    return Header{fields.list};
  }

  Place object_at(auto other) { return not_read(other); }

  template <class T>
  Place array_at(std::vector<T>* list) {
    if constexpr (std::is_same_v<T, RawMessage>) messages_ = 0;
    list->clear();
    return Each<T>{list};
  }
  Place array_at(auto other) { return not_read(other); }

  template <class T>
  Place emptied(T* object) {
    *object = {};
    return object;
  }

  Place not_read(auto place) {
    put(place, {});
    return {};
  }

  // --- a text, a number, or nothing that is of use there ---

  void put(Unread, const Scalar&) {}

  void put(std::string* to, const Scalar& scalar) {
    if (const auto* text = std::get_if<std::string_view>(&scalar)) {
      put_text(*to, *text);
    } else {
      *to = text_of_number(scalar);
    }
  }

  void put(std::optional<std::int64_t>* to, const Scalar& scalar) { *to = number_in(scalar); }

  void put(std::int64_t* to, const Scalar& scalar) {
    *to = std::max<std::int64_t>(0, number_in(scalar).value_or(0));
  }

  void put(Bytes bytes, const Scalar& scalar) {
    const auto* text = std::get_if<std::string_view>(&scalar);
    auto decoded = text != nullptr ? crypto::base64_decode(*text) : std::nullopt;
    *bytes.to = decoded ? *std::move(decoded) : std::string{};
  }

  void put(Data data, const Scalar& scalar) {
    const auto* text = std::get_if<std::string_view>(&scalar);
    auto decoded = text != nullptr ? crypto::base64_decode(*text) : std::nullopt;
    data.of->has_data = decoded.has_value();
    data.of->data = decoded ? *std::move(decoded) : std::string{};
  }

  void put(HeaderName, const Scalar& scalar) {
    const auto* text = std::get_if<std::string_view>(&scalar);
    const bool is_wanted = text != nullptr && is_read(*text);
    header_name_ = is_wanted ? kept(*text, unescaped_name_) : std::string_view{};
  }

  // As it stands there: it is repaired when the field turns out to be read.
  void put(HeaderValue, const Scalar& scalar) {
    if (const auto* text = std::get_if<std::string_view>(&scalar)) {
      header_value_ = kept(*text, unescaped_value_);
    } else {
      unescaped_value_ = text_of_number(scalar);
      header_value_ = unescaped_value_;
    }
  }

  // A text that stays until the object ends: in the answer, or in `copy` if it had escapes.
  std::string_view kept(std::string_view text, std::string& copy) const {
    const std::less_equal<> at_most;
    const bool is_in_answer = at_most(answer_.data(), text.data()) &&
                              at_most(text.data(), answer_.data() + answer_.size());
    if (is_in_answer) return text;
    copy = text;
    return copy;
  }

  void put(Each<std::string> texts, const Scalar& scalar) {
    std::string text;
    put(&text, scalar);
    if (!text.empty()) texts.list->push_back(std::move(text));
  }
  void put(Each<RawMessage>, const Scalar&) { count_message(); }
  void put(Each<RawPart>, const Scalar&) {}
  void put(Each<Fields::value_type>, const Scalar&) {}
  void put(Header, const Scalar&) {}

  template <class T>
  void put(std::vector<T>* list, const Scalar&) {
    list->clear();
  }
  template <class T>
    requires std::is_class_v<T>
  void put(T* object, const Scalar&) {
    *object = {};
  }
  void put(Message draft, const Scalar&) { *draft.message = {}; }

  // --- an object ends ---

  static void finish_body(RawBody& body) {
    // An emulator may leave the size out.
    if (body.has_data && body.size == 0) body.size = static_cast<std::int64_t>(body.data.size());
  }

  void finish_header(Fields& fields) {
    if (header_name_.empty()) return;
    if (fields.empty()) fields.reserve(8);
    put_text(fields.emplace_back(header_name_, std::string_view{}).second, header_value_);
  }

  // Elements that are no messages count, too.
  void count_message() { is_too_much_ = is_too_much_ || messages_++ == max_thread_messages; }

  Place next_;               // where the next value goes
  std::vector<Place> open_;  // objects and lists that have begun, the innermost last
  std::string_view answer_;  // all of it
  // Of the field that is being read, in `answer_` or in the texts below.
  std::string_view header_name_;  // empty: nobody reads the field
  std::string_view header_value_;
  std::string unescaped_name_;
  std::string unescaped_value_;
  std::size_t parts_ = 0;  // of the message
  std::size_t messages_ = 0;
  bool was_object_ = false;
  bool is_too_much_ = false;
};

// Error, if the text was not read into `root`.
std::optional<Error> fill(std::string_view text, std::size_t most_values,
                          MessageFiller::Root root) {
  MessageFiller filler{text, root};
  const auto fault = schema::tell_json(text, rules_of_answer(most_values), filler);
  if (filler.is_too_much()) return too_much();
  if (!fault && filler.was_object()) return std::nullopt;
  return unreadable(fault, text.size());
}

}  // namespace

Result<RawMessage> read_message(std::string_view text) {
  RawMessage message;
  if (auto failed = fill(text, message_values, &message)) return *std::move(failed);
  return message;
}

Result<RawMessage> read_draft_message(std::string_view text) {
  RawMessage message;
  auto failed = fill(text, message_values, MessageFiller::of_draft(message));
  if (failed) return *std::move(failed);
  return message;
}

Result<RawThread> read_thread(std::string_view text) {
  RawThread thread;
  if (auto failed = fill(text, thread_values, &thread)) return *std::move(failed);
  return thread;
}

Result<RawBody> read_body(std::string_view text) {
  RawBody body;
  if (auto failed = fill(text, small_values, &body)) return *std::move(failed);
  return body;
}

}  // namespace gmail_mcp::google
