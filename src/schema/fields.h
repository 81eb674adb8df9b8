#pragma once

#include <bit>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/secret.h"

/// A struct describes itself once; its JSON codec, its JSON Schema, its settings sources and its
/// help come from that description:
///
///     struct Args {
///       std::string query;
///       int max_results = 10;
///
///       static auto fields() {
///         return Fields{
///             required("query", &Args::query, "Gmail search syntax, e.g. `from:ann is:unread`"),
///             field("max_results", &Args::max_results, "Messages per page").range(1, 100),
///         };
///       }
///     };
///
/// Members may be bool, integers, double, std::string, Secret, Id<…>, Timestamp, enums (with an
/// `enum_names(E)` found by lookup), boost::json::object and ::value, described structs, and
/// std::optional and std::vector of these.
namespace gmail_mcp::schema {

namespace json = boost::json;

/// Bytes that are base64 text in JSON (RFC 4648 §4; the URL alphabet is read as well).
struct Base64 {
  std::string bytes;
};

/// Everything about a field but its member: one type for all, so that templates stay thin.
struct Traits {
  std::string_view name;
  std::string_view help;
  bool is_required = false;
  bool omit_when_empty = false;           // left out of encoded objects when null, "" or []
  bool is_one_or_many = false;            // a lone value is read as a list of one
  std::optional<std::int64_t> min, max;   // of a number; of the length of a string or list
  std::vector<std::string_view> aliases;  // decoded as well, never shown
  std::vector<std::string_view> choices;  // of a string
  std::string_view format;                // JSON Schema `format`, documentation only
  std::vector<std::string_view> env;      // of a setting: environment names beside the derived one
};

/// Where the fields of T are: in T; or here, specialized, for a struct that stands below this
/// folder.
template <class T>
struct FieldsOf {
  static auto fields()
    requires requires { T::fields(); }
  {
    return T::fields();
  }
};

template <class T>
concept Described = requires { FieldsOf<T>::fields(); };

/// What is wrong with a value, and where.
struct Fault {
  std::string path;     // "google.port", "to[1]"; empty for the whole
  std::string problem;  // "must be between 1 and 100"; never the value itself
};

struct Description;

/// How values of one C++ type are read, written and declared.
struct TypeInfo {
  enum class Kind { boolean, integer, number, string, secret, list, object, described, any };

  Kind kind = Kind::any;
  const TypeInfo* item = nullptr;       // of a list
  const Description* nested = nullptr;  // of a described struct
  bool nullable = false;
  std::vector<std::string_view> choices;  // of an enum
  std::string_view format;
};

/// How a member is reached from its address: one for each type of member, not for each member.
struct MemberAccess {
  const TypeInfo& (*type)();
  std::optional<Fault> (*decode)(void* member, const json::value& value, const Traits& traits);
  /// Appends the value as JSON text.
  void (*write)(const void* member, std::string& out);
  /// About how long that text is, before it is written: what is escaped in it is not counted.
  std::size_t (*bytes)(const void* member);
};

/// One field of a described struct, without the types of either.
class FieldInfo {
 public:
  FieldInfo(std::string_view name, std::string_view help, std::ptrdiff_t offset,
            const MemberAccess& access);
  FieldInfo(const FieldInfo& other);
  FieldInfo(FieldInfo&& other) noexcept;
  FieldInfo& operator=(const FieldInfo& other);
  FieldInfo& operator=(FieldInfo&& other) noexcept;
  ~FieldInfo();

  std::optional<Fault> decode(void* object, const json::value& value) const;
  void write(const void* object, std::string& out) const;
  std::size_t bytes(const void* object) const;
  /// The member as what it is; nullptr: it is of another type.
  template <class M>
  M* member(void* object) const;
  /// The same field in a struct that has the described one at `distance`.
  void move_by(std::ptrdiff_t distance) { offset_ += distance; }

  Traits traits;
  const TypeInfo* type;
  std::string key;  // the name as it stands in the text: "id":

 private:
  std::ptrdiff_t offset_;
  const MemberAccess* access_;
};

struct Description {
  /// `blank`: a default-constructed struct.
  Description(std::vector<FieldInfo> described, const void* blank);

  std::vector<FieldInfo> fields;
  json::object defaults;  // the encoded default-constructed struct

  const FieldInfo* find(std::string_view name_or_alias) const;
};

/// What `field` and `required` return: a field of S, to be said more of.
template <class S>
struct Field {
  FieldInfo info;

  Field&& range(std::int64_t min, std::int64_t max) && {
    info.traits.min = min;
    info.traits.max = max;
    return std::move(*this);
  }
  Field&& at_most(std::int64_t max) && {
    info.traits.max = max;
    return std::move(*this);
  }
  Field&& alias(std::string_view name) && {
    info.traits.aliases.push_back(name);
    return std::move(*this);
  }
  Field&& one_of(std::vector<std::string_view> choices) && {
    info.traits.choices = std::move(choices);
    return std::move(*this);
  }
  Field&& one_or_many() && {
    info.traits.is_one_or_many = true;
    return std::move(*this);
  }
  Field&& omit_empty() && {
    info.traits.omit_when_empty = true;
    return std::move(*this);
  }
  Field&& env(std::vector<std::string_view> names) && {
    info.traits.env = std::move(names);
    return std::move(*this);
  }
  Field&& format(std::string_view name) && {
    info.traits.format = name;
    return std::move(*this);
  }
};

/// The fields of S, in the order they are written.
template <class S>
class Fields {
 public:
  Fields() = default;
  Fields(std::initializer_list<Field<S>> fields) {
    list_.reserve(fields.size());
    for (const auto& field : fields) list_.push_back(field.info);
  }

  /// Those of a base of S.
  template <class Base>
    requires(std::is_base_of_v<Base, S> && !std::is_same_v<Base, S>)
  explicit Fields(Fields<Base> inherited) : list_{std::move(inherited).list()} {
    const S derived{};
    const Base& base = derived;
    const auto distance =
        reinterpret_cast<const std::byte*>(&base) - reinterpret_cast<const std::byte*>(&derived);
    for (auto& field : list_) field.move_by(distance);
  }

  Fields operator+(Fields more) && {
    for (auto& field : more.list_) list_.push_back(std::move(field));
    return std::move(*this);
  }

  std::vector<FieldInfo> list() && { return std::move(list_); }

 private:
  std::vector<FieldInfo> list_;
};

/// The description of T, made once, constant afterwards. Thread-safe.
template <Described T>
const Description& describe();

/// Reads `value` into `object` by `description`. Unknown names are a fault that lists the known
/// ones. A number or boolean given as a string, a whole number where a string is declared, and a
/// list given as JSON text, are accepted.
std::optional<Fault> decode_object(const Description& description, void* object,
                                   const json::object& members);
std::optional<Fault> decode_object(const Description& description, void* object,
                                   const json::value& value);
/// How much there is to decode: the bytes of all names and texts, and some for each value. It is
/// not counted further than `enough`.
std::size_t bytes_of(const json::value& value, std::size_t enough);

/// Appends the struct as the text of a JSON object: the one way out, whoever wants it. `left_out`:
/// a field that is not written.
void write_object(const Description& description, const void* object, std::string& out,
                  const FieldInfo* left_out = nullptr);
/// About how long that text is.
std::size_t bytes_of(const Description& description, const void* object);
json::object encode_object(const Description& description, const void* object);

/// JSON Schema 2020-12 of a described struct. `levels`: how deep nested structs are spelled out;
/// deeper ones are just `{"type": "object"}`. A `type` is one word; what may be null is an `anyOf`.
json::object input_schema(const Description& description, int levels = 8);
json::object output_schema(const Description& description, int levels = 0);

template <Described T>
Result<T> from_json(const json::value& value) {
  T object;
  if (auto fault = decode_object(describe<T>(), &object, value)) {
    return Error{Errc::invalid_argument,
                 fault->path.empty() ? fault->problem : fault->path + " " + fault->problem};
  }
  return object;
}

template <Described T>
json::object to_json(const T& object) {
  return encode_object(describe<T>(), &object);
}

// ---------------------------------------------------------------- codecs of the member types

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E value) { enum_names(value); };

// Each returns a fault whose path is relative to the value.
std::optional<Fault> decode_value(bool& out, const json::value& value, const Traits& traits);
std::optional<Fault> decode_value(std::int64_t& out, const json::value& value,
                                  const Traits& traits);
std::optional<Fault> decode_value(double& out, const json::value& value, const Traits& traits);
std::optional<Fault> decode_value(std::string& out, const json::value& value, const Traits& traits);
std::optional<Fault> decode_value(Secret& out, const json::value& value, const Traits& traits);
std::optional<Fault> decode_value(Timestamp& out, const json::value& value, const Traits& traits);
std::optional<Fault> decode_value(json::object& out, const json::value& value,
                                  const Traits& traits);
std::optional<Fault> decode_value(json::value& out, const json::value& value, const Traits& traits);
std::optional<Fault> decode_value(Base64& out, const json::value& value, const Traits& traits);
std::optional<Fault> decode_choice(std::size_t& index, const json::value& value,
                                   const std::vector<std::string_view>& choices);
/// The value as a list: itself, or `made`, which is parsed from JSON text or a list of one.
/// nullptr: it is none.
const json::array* as_list(const json::value& value, const Traits& traits, json::array& made);
std::optional<Fault> check_length(std::size_t length, const Traits& traits, std::string_view unit);

// Each appends JSON text.
void write_value(std::string& out, bool value);
void write_value(std::string& out, std::int64_t value);
void write_value(std::string& out, double value);
void write_value(std::string& out, std::string_view value);
void write_value(std::string& out, const Secret& value);  // "" or "(set)": they do not come out
void write_value(std::string& out, Timestamp value);
void write_value(std::string& out, const Base64& value);
void write_value(std::string& out, const json::object& value);
void write_value(std::string& out, const json::value& value);

template <class T>
struct Codec;

// The text of what has no length worth a look: a number, a time, a name of an enum.
inline constexpr std::size_t plain_bytes = 16;
inline std::size_t text_bytes(const std::string& value) { return value.size() + 2; }
inline std::size_t text_bytes(const Base64& value) { return value.bytes.size() / 3 * 4 + 6; }
inline std::size_t text_bytes(const json::value& value) {
  return bytes_of(value, std::numeric_limits<std::size_t>::max());
}
std::size_t text_bytes(const json::object& value);
template <class T>
std::size_t text_bytes(const T& value) {
  if constexpr (requires { Codec<T>::bytes(value); }) {
    return Codec<T>::bytes(value);
  } else {
    return plain_bytes;
  }
}

template <class T, TypeInfo::Kind K>
struct PlainCodec {
  static std::optional<Fault> decode(T& out, const json::value& value, const Traits& traits) {
    return decode_value(out, value, traits);
  }
  static void write(std::string& out, const T& value) { write_value(out, value); }
  static const TypeInfo& type() {
    static const TypeInfo info{.kind = K};
    return info;
  }
};

template <>
struct Codec<bool> : PlainCodec<bool, TypeInfo::Kind::boolean> {};
template <>
struct Codec<double> : PlainCodec<double, TypeInfo::Kind::number> {};
template <>
struct Codec<std::string> : PlainCodec<std::string, TypeInfo::Kind::string> {};
template <>
struct Codec<Secret> : PlainCodec<Secret, TypeInfo::Kind::secret> {};
template <>
struct Codec<Base64> : PlainCodec<Base64, TypeInfo::Kind::string> {};
template <>
struct Codec<json::object> : PlainCodec<json::object, TypeInfo::Kind::object> {};
template <>
struct Codec<json::value> : PlainCodec<json::value, TypeInfo::Kind::any> {};

template <>
struct Codec<Timestamp> : PlainCodec<Timestamp, TypeInfo::Kind::string> {
  static const TypeInfo& type() {
    static const TypeInfo info{.kind = TypeInfo::Kind::string, .format = "date-time"};
    return info;
  }
};

template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
struct Codec<T> {
  static std::optional<Fault> decode(T& out, const json::value& value, const Traits& traits) {
    auto bounded = traits;
    if (!bounded.min) bounded.min = static_cast<std::int64_t>(std::numeric_limits<T>::min());
    if (!bounded.max) {
      bounded.max = sizeof(T) >= 8 ? std::numeric_limits<std::int64_t>::max()
                                   : static_cast<std::int64_t>(std::numeric_limits<T>::max());
    }
    std::int64_t number = 0;
    if (auto fault = decode_value(number, value, bounded)) return fault;
    out = static_cast<T>(number);
    return std::nullopt;
  }
  static void write(std::string& out, const T& value) {
    write_value(out, static_cast<std::int64_t>(value));
  }
  static const TypeInfo& type() {
    static const TypeInfo info{.kind = TypeInfo::Kind::integer};
    return info;
  }
};

template <class Tag>
struct Codec<Id<Tag>> {
  static std::optional<Fault> decode(Id<Tag>& out, const json::value& value, const Traits& traits) {
    std::string text;
    if (auto fault = decode_value(text, value, traits)) return fault;
    out = Id<Tag>{std::move(text)};
    return std::nullopt;
  }
  static void write(std::string& out, const Id<Tag>& value) {
    write_value(out, std::string_view{value.str()});
  }
  static const TypeInfo& type() { return Codec<std::string>::type(); }
};

template <NamedEnum E>
struct Codec<E> {
  static std::optional<Fault> decode(E& out, const json::value& value, const Traits& traits) {
    static_cast<void>(traits);
    std::size_t index = 0;
    if (auto fault = decode_choice(index, value, enum_names(E{}))) return fault;
    out = static_cast<E>(index);
    return std::nullopt;
  }
  static void write(std::string& out, const E& value) {
    write_value(out, std::string_view{enum_names(value)[static_cast<std::size_t>(value)]});
  }
  static const TypeInfo& type() {
    static const TypeInfo info{.kind = TypeInfo::Kind::string, .choices = enum_names(E{})};
    return info;
  }
};

template <Described T>
struct Codec<T> {
  static std::optional<Fault> decode(T& out, const json::value& value, const Traits& traits) {
    static_cast<void>(traits);
    return decode_object(describe<T>(), &out, value);
  }
  static void write(std::string& out, const T& value) { write_object(describe<T>(), &value, out); }
  static std::size_t bytes(const T& value) { return bytes_of(describe<T>(), &value); }
  static const TypeInfo& type() {
    static const TypeInfo info{.kind = TypeInfo::Kind::described, .nested = &describe<T>()};
    return info;
  }
};

template <class T>
struct Codec<std::optional<T>> {
  static std::optional<Fault> decode(std::optional<T>& out, const json::value& value,
                                     const Traits& traits) {
    if (value.is_null()) {
      out.reset();
      return std::nullopt;
    }
    T inner{};
    if (auto fault = Codec<T>::decode(inner, value, traits)) return fault;
    out = std::move(inner);
    return std::nullopt;
  }
  static void write(std::string& out, const std::optional<T>& value) {
    if (value) {
      Codec<T>::write(out, *value);
    } else {
      out += "null";
    }
  }
  static std::size_t bytes(const std::optional<T>& value) {
    return value ? text_bytes(*value) : plain_bytes;
  }
  static const TypeInfo& type() {
    static const TypeInfo info = [] {
      auto copy = Codec<T>::type();
      copy.nullable = true;
      return copy;
    }();
    return info;
  }
};

template <class T>
struct Codec<std::vector<T>> {
  static std::optional<Fault> decode(std::vector<T>& out, const json::value& value,
                                     const Traits& traits) {
    json::array made;
    const auto* list = as_list(value, traits, made);
    if (list == nullptr) return Fault{.path = "", .problem = "must be a list"};
    if (auto fault = check_length(list->size(), traits, "entries")) return fault;
    std::vector<T> items;
    items.reserve(list->size());
    for (std::size_t i = 0; i < list->size(); ++i) {
      T item{};
      if (auto fault = Codec<T>::decode(item, (*list)[i], Traits{})) {
        const auto dot = fault->path.empty() || fault->path.front() == '[' ? "" : ".";
        fault->path = "[" + std::to_string(i) + "]" + dot + fault->path;
        return fault;
      }
      items.push_back(std::move(item));
    }
    out = std::move(items);
    return std::nullopt;
  }
  static void write(std::string& out, const std::vector<T>& value) {
    out += '[';
    for (const auto& item : value) {
      if (out.back() != '[') out += ',';
      Codec<T>::write(out, item);
    }
    out += ']';
  }
  static std::size_t bytes(const std::vector<T>& value) {
    std::size_t sum = plain_bytes;
    for (const auto& item : value) sum += text_bytes(item);
    return sum;
  }
  static const TypeInfo& type() {
    static const TypeInfo info{.kind = TypeInfo::Kind::list, .item = &Codec<T>::type()};
    return info;
  }
};

// ---------------------------------------------------------------- how a struct says what it has

template <class M>
struct MemberOf {
  static const TypeInfo& type() { return Codec<M>::type(); }
  static std::optional<Fault> decode(void* member, const json::value& value, const Traits& traits) {
    return Codec<M>::decode(*static_cast<M*>(member), value, traits);
  }
  static void write(const void* member, std::string& out) {
    Codec<M>::write(out, *static_cast<const M*>(member));
  }
  static std::size_t bytes(const void* member) {
    return text_bytes(*static_cast<const M*>(member));
  }
  static constexpr MemberAccess access{&type, &decode, &write, &bytes};
};

template <class M>
M* FieldInfo::member(void* object) const {
  if (access_ != &MemberOf<M>::access) return nullptr;
  return reinterpret_cast<M*>(static_cast<std::byte*>(object) + offset_);
}

template <class T>
std::string to_json_text(const T& value) {
  std::string out;
  Codec<T>::write(out, value);
  return out;
}

// Compiled once, in fields.cpp.
extern template struct MemberOf<bool>;
extern template struct MemberOf<int>;
extern template struct MemberOf<std::int64_t>;
extern template struct MemberOf<std::string>;
extern template struct MemberOf<Secret>;
extern template struct MemberOf<Timestamp>;
extern template struct MemberOf<std::optional<int>>;
extern template struct MemberOf<std::optional<std::string>>;
extern template struct MemberOf<std::vector<std::string>>;

/// An optional member: when it is not given it keeps the default of the struct.
template <class S, class M>
Field<S> field(std::string_view name, M S::*member, std::string_view help = {}) {
  // Of data, a pointer to a member is its distance from the start (Itanium C++ ABI, §2.3).
  return {FieldInfo{name, help, std::bit_cast<std::ptrdiff_t>(member), MemberOf<M>::access}};
}

template <class S, class M>
Field<S> required(std::string_view name, M S::*member, std::string_view help = {}) {
  auto made = field(name, member, help);
  made.info.traits.is_required = true;
  return made;
}

template <Described T>
const Description& describe() {
  static_assert(std::is_same_v<decltype(FieldsOf<T>::fields()), Fields<T>>);
  static const Description description = [] {
    const T blank{};
    return Description{FieldsOf<T>::fields().list(), &blank};
  }();
  return description;
}

}  // namespace gmail_mcp::schema
