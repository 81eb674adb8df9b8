#include "mail/packed_answer.h"

#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "model/message.h"

namespace gmail_mcp::mail {

namespace {

// A T that is read or filled.
template <class Given, class T>
concept SomeOf = std::same_as<std::remove_const_t<Given>, T>;

// The members of each struct in their order. A member that is added does not compile until it is
// named here.

template <class Walk>
void walk(Walk& step, SomeOf<model::Address> auto& one) {
  auto& [name, email] = one;
  step(name, email);
}

template <class Walk>
void walk(Walk& step, SomeOf<model::AttachmentInfo> auto& one) {
  auto& [id, filename, mime_type, size, is_inline, content_id, is_file] = one;
  step(id, filename, mime_type, size, is_inline, content_id, is_file);
}

template <class Walk>
void walk(Walk& step, SomeOf<model::Message> auto& one) {
  auto& [id, thread_id, subject, from, from_is_unsure, to_is_unsure, cc_is_unsure,
         reply_to_is_unsure, from_name_misleads, to, cc, bcc, reply_to, date, snippet, body_plain,
         body_html, text_place, text_source, labels, has_attachments, attachments,
         message_id_header, references, in_reply_to] = one;
  step(id, thread_id, subject, from, from_is_unsure, to_is_unsure, cc_is_unsure, reply_to_is_unsure,
       from_name_misleads, to, cc, bcc, reply_to, date, snippet, body_plain, body_html, text_place,
       text_source, labels, has_attachments, attachments, message_id_header, references,
       in_reply_to);
}

template <class Walk>
void walk(Walk& step, SomeOf<model::Attachment> auto& one) {
  auto& [filename, mime_type, content] = one;
  step(filename, mime_type, content);
}

template <class Walk>
void walk(Walk& step, SomeOf<model::Label> auto& one) {
  auto& [id, name, is_system, messages_total, messages_unread, counted_at, background_color,
         text_color] = one;
  step(id, name, is_system, messages_total, messages_unread, counted_at, background_color,
       text_color);
}

template <class Walk>
void walk(Walk& step, SomeOf<model::SenderAddress> auto& one) {
  auto& [email, name, reply_to, is_own, is_confirmed] = one;
  step(email, name, reply_to, is_own, is_confirmed);
}

template <class Walk>
void walk(Walk& step, SomeOf<model::Profile> auto& one) {
  auto& [email_address, messages_total, threads_total, history_id] = one;
  step(email_address, messages_total, threads_total, history_id);
}

class PackedSize {
 public:
  std::size_t size = 0;
  void write(const void*, std::size_t count) { size += count; }
};

class PackedText {
 public:
  explicit PackedText(std::string& text) : text_{text} {}
  void write(const void* bytes, std::size_t count) {
    text_.append(static_cast<const char*>(bytes), count);
  }

 private:
  std::string& text_;
};

template <class Sink>
class Packing {
 public:
  explicit Packing(Sink& sink) : sink_{sink} {}

  void operator()(const auto&... members) { (add(members), ...); }

  void add(const std::string& text) {
    add(text.size());
    sink_.write(text.data(), text.size());
  }
  template <class Number>
    requires std::is_arithmetic_v<Number>
  void add(Number number) {
    sink_.write(&number, sizeof number);
  }
  void add(Timestamp time) { add(time.time_since_epoch().count()); }
  template <class Tag>
  void add(const Id<Tag>& id) {
    add(id.str());
  }
  template <class T>
  void add(const std::optional<T>& maybe) {
    add(maybe.has_value());
    if (maybe) add(*maybe);
  }
  template <class T>
  void add(const std::vector<T>& all) {
    add(all.size());
    for (const T& one : all) add(one);
  }
  template <class Struct>
    requires std::is_aggregate_v<Struct>
  void add(const Struct& one) {
    walk(*this, one);
  }

 private:
  Sink& sink_;
};

class Unpacking {
 public:
  explicit Unpacking(std::string_view packed) : left_{packed} {}

  void operator()(auto&... members) { (get(members), ...); }

  void get(std::string& text) { text = part(number<std::size_t>()); }
  template <class Number>
    requires std::is_arithmetic_v<Number>
  void get(Number& into) {
    into = number<Number>();
  }
  void get(Timestamp& time) {
    time = Timestamp{Timestamp::duration{number<Timestamp::duration::rep>()}};
  }
  template <class Tag>
  void get(Id<Tag>& id) {
    id = Id<Tag>{std::string{part(number<std::size_t>())}};
  }
  template <class T>
  void get(std::optional<T>& maybe) {
    if (number<bool>()) get(maybe.emplace());
  }
  template <class T>
  void get(std::vector<T>& all) {
    all.resize(number<std::size_t>());
    for (T& one : all) get(one);
  }
  template <class Struct>
    requires std::is_aggregate_v<Struct>
  void get(Struct& one) {
    walk(*this, one);
  }

 private:
  std::string_view part(std::size_t size) {
    const auto taken = left_.substr(0, size);
    left_.remove_prefix(taken.size());
    return taken;
  }
  template <class Number>
  Number number() {
    Number number{};
    const auto bytes = part(sizeof number);
    std::memcpy(&number, bytes.data(), bytes.size());
    return number;
  }

  std::string_view left_;
};

}  // namespace

template <class T>
std::size_t packed_size(const T& answer) {
  PackedSize counted;
  Packing<PackedSize>{counted}.add(answer);
  return counted.size;
}

template <class T>
std::string pack(const T& answer) {
  std::string packed;
  packed.reserve(packed_size(answer));
  PackedText text{packed};
  Packing<PackedText>{text}.add(answer);
  return packed;
}

template <class T>
T unpack(std::string_view packed) {
  T answer{};
  Unpacking{packed}.get(answer);
  return answer;
}

using Labels = std::vector<model::Label>;
using SenderAddresses = std::vector<model::SenderAddress>;

template std::size_t packed_size(const Labels&);
template std::size_t packed_size(const model::Profile&);
template std::size_t packed_size(const SenderAddresses&);
template std::size_t packed_size(const model::Message&);
template std::size_t packed_size(const model::Attachment&);
template std::string pack(const Labels&);
template std::string pack(const model::Profile&);
template std::string pack(const SenderAddresses&);
template std::string pack(const model::Message&);
template std::string pack(const model::Attachment&);
template Labels unpack(std::string_view);
template model::Profile unpack(std::string_view);
template SenderAddresses unpack(std::string_view);
template model::Message unpack(std::string_view);
template model::Attachment unpack(std::string_view);

}  // namespace gmail_mcp::mail
