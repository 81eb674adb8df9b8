#pragma once

#include <bit>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
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

/// A few borrowed words.
using Words = std::span<const std::string_view>;

/// The properties of a field, except for its member. Trivial, so that a declaration compiles to
/// constants instead of code.
struct Traits {
  std::string_view name;
  std::string_view help;
  bool is_required = false;
  bool omit_when_empty = false;  // left out of encoded objects when null, "", [] or no
  bool is_one_or_many = false;   // a lone value is read as a list of one
  std::optional<std::int64_t> min = {}, max = {};  // of a number; of the length of a string or list
  std::string_view alias = {};                     // decoded as well, never shown
  std::string_view format = {};                    // JSON Schema `format`, documentation only
  Words choices = {};                              // for a string
  Words env = {};  // for a setting: environment names beside the derived one
};

/// Gives the fields of T: from T itself, or from a specialization, for a struct of a folder below
/// this one.
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

/// How values of one C++ type are declared, read and written: a table made at compile time, so that
/// the code that uses it exists only once, in codecs.cpp, for all types.
struct TypeInfo {
  enum class Kind { boolean, integer, number, string, secret, list, object, described, any };

  /// For a std::vector.
  struct List {
    std::size_t item_size;
    /// Makes it a list of `count` default items; returns the address of the first.
    void* (*remake)(void* list, std::size_t count);
    /// The address of the first item, and how many there are.
    const void* (*items)(const void* list, std::size_t& count);
  };
  /// For a std::optional.
  struct Optional {
    void* (*emplace)(void* optional);
    void (*reset)(void* optional);
    const void* (*value)(const void* optional);  // nullptr: it is empty
  };

  Kind kind = Kind::any;
  std::optional<Fault> (*decode)(const TypeInfo& type, void* out, const json::value& value,
                                 const Traits& traits) = nullptr;
  /// Appends JSON text.
  void (*write)(const TypeInfo& type, const void* value, std::string& out) = nullptr;
  std::string_view format = {};
  std::size_t size = 0;  // for an integer or an enum, in bytes
  bool is_signed = false;
  bool nullable = false;           // std::optional; all but the next two then describe `held`
  const TypeInfo* held = nullptr;  // the type in the std::optional
  const Optional* optional = nullptr;
  const TypeInfo* item = nullptr;  // for a list
  const List* list = nullptr;
  const Description& (*description)() = nullptr;  // for a described struct
  Words (*enumerators)() = nullptr;               // for an enum

  const Description& nested() const { return description(); }
  /// The allowed values of an enum; empty for other types.
  Words choices() const { return enumerators == nullptr ? Words{} : enumerators(); }
};

/// One field of a described struct, without the types of either.
class FieldInfo {
 public:
  FieldInfo(const Traits& said, const TypeInfo& of, std::ptrdiff_t offset);

  std::optional<Fault> decode(void* object, const json::value& value) const;
  void write(const void* object, std::string& out) const;
  std::size_t bytes(const void* object) const;
  /// The member with its type; nullptr if it is not an M.
  template <class M>
  M* member(void* object) const;
  /// The same field in a struct that has the described one at `distance`.
  void move_by(std::ptrdiff_t distance) { offset_ += distance; }

  Traits traits;
  const TypeInfo* type;
  std::string key;  // the name as it is written in JSON: "id":

 private:
  std::ptrdiff_t offset_;
  // The words that the traits refer to; moved with them, never copied.
  std::unique_ptr<std::string_view[]> words_;
};

/// The result of `field` and `required`: a field of S, to which properties can be added. Lists of
/// words live as long as the expression that declares it.
template <class S>
struct Field {
  Traits traits;
  const TypeInfo* type;
  std::ptrdiff_t offset;

  Field&& range(std::int64_t min, std::int64_t max) && {
    traits.min = min;
    traits.max = max;
    return std::move(*this);
  }
  Field&& at_most(std::int64_t max) && {
    traits.max = max;
    return std::move(*this);
  }
  Field&& alias(std::string_view name) && {
    traits.alias = name;
    return std::move(*this);
  }
  Field&& one_of(std::initializer_list<std::string_view> choices) && {
    traits.choices = choices;
    return std::move(*this);
  }
  Field&& one_or_many() && {
    traits.is_one_or_many = true;
    return std::move(*this);
  }
  Field&& omit_empty() && {
    traits.omit_when_empty = true;
    return std::move(*this);
  }
  Field&& env(std::initializer_list<std::string_view> names) && {
    traits.env = names;
    return std::move(*this);
  }
  Field&& format(std::string_view name) && {
    traits.format = name;
    return std::move(*this);
  }
};

/// Fields of any struct, in the order in which they are written.
class FieldList {
 public:
  FieldList();
  FieldList(FieldList&& other) noexcept;
  ~FieldList();

  void add(const Traits& said, const TypeInfo& type, std::ptrdiff_t offset);
  void add(FieldList more);
  void move_by(std::ptrdiff_t distance);
  std::vector<FieldInfo> take() &&;

 private:
  std::vector<FieldInfo> list_;
};

/// The fields of S.
template <class S>
class Fields {
 public:
  Fields() = default;
  Fields(std::initializer_list<Field<S>> fields) {
    for (const auto& field : fields) list_.add(field.traits, *field.type, field.offset);
  }

  /// Adds the fields of a base of S.
  template <class Base>
    requires(std::is_base_of_v<Base, S> && !std::is_same_v<Base, S>)
  explicit Fields(Fields<Base> inherited) : list_{std::move(inherited).list()} {
    const S derived{};
    const Base& base = derived;
    list_.move_by(reinterpret_cast<const std::byte*>(&base) -
                  reinterpret_cast<const std::byte*>(&derived));
  }

  Fields operator+(Fields more) && {
    list_.add(std::move(more.list_));
    return std::move(*this);
  }

  FieldList list() && { return std::move(list_); }

 private:
  FieldList list_;
};

struct Description {
  /// `blank`: a default-constructed struct.
  Description(FieldList described, const void* blank);
  Description(Description&& other) noexcept;
  ~Description();

  std::vector<FieldInfo> fields;
  json::object defaults;  // the encoded default-constructed struct

  const FieldInfo* find(std::string_view name_or_alias) const;
};

/// The description of T, made once, constant afterwards. Thread-safe.
template <Described T>
const Description& describe();

/// Reads `value` into `object` by `description`. Unknown names are a fault that lists the known
/// ones. Accepts a number or boolean given as a string, an integer instead of a string, and a list
/// given as JSON text.
std::optional<Fault> decode_object(const Description& description, void* object,
                                   const json::object& members);
std::optional<Fault> decode_object(const Description& description, void* object,
                                   const json::value& value);
/// The amount of decoding work: the bytes of all names and texts, and some for each value. Stops
/// counting at `enough`.
std::size_t bytes_of(const json::value& value, std::size_t enough);

/// Appends the struct as the text of a JSON object; all output is written this way. `left_out`: a
/// field that is not written.
void write_object(const Description& description, const void* object, std::string& out,
                  const FieldInfo* left_out = nullptr);
/// About how long that text will be; does not count escapes.
std::size_t bytes_of(const Description& description, const void* object);
/// The same for a value of this type.
std::size_t bytes_of(const TypeInfo& type, const void* value);
json::object encode_object(const Description& description, const void* object);

/// JSON Schema 2020-12 of a described struct. `levels`: how deep nested structs are spelled out;
/// deeper ones are just `{"type": "object"}`. A `type` is one word; a nullable value is an `anyOf`.
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
std::optional<Fault> decode_choice(std::size_t& index, const json::value& value, Words choices);
/// The value as a list: itself, or `made`, which is parsed from JSON text or a list of one.
/// nullptr: it is not a list.
const json::array* as_list(const json::value& value, const Traits& traits, json::array& made);
std::optional<Fault> check_length(std::size_t length, const Traits& traits, std::string_view unit);

// Each appends JSON text.
void write_value(std::string& out, bool value);
void write_value(std::string& out, std::int64_t value);
void write_value(std::string& out, double value);
void write_value(std::string& out, std::string_view value);
void write_value(std::string& out, const Secret& value);  // as "" or "(set)"
void write_value(std::string& out, Timestamp value);
void write_value(std::string& out, const Base64& value);
void write_value(std::string& out, const json::object& value);
void write_value(std::string& out, const json::value& value);

/// Functions that read and write a value of a member's type, given without the type: the tables
/// point to these.
using Decode = std::optional<Fault>(const TypeInfo& type, void* out, const json::value& value,
                                    const Traits& traits);
using Write = void(const TypeInfo& type, const void* value, std::string& out);

Decode decode_integer, decode_enum, decode_described, decode_optional, decode_list;
Write write_integer, write_enum, write_described, write_optional, write_list;

/// These functions for a type that `decode_value` and `write_value` accept.
template <class T>
struct Plain {
  static Decode decode;
  static Write write;
};

// ---------------------------------------------------------------- a table for each member type

template <class T, TypeInfo::Kind K>
struct PlainType {
  static constexpr TypeInfo info{.kind = K, .decode = &Plain<T>::decode, .write = &Plain<T>::write};
};

template <class T>
struct TypeOf;

template <>
struct TypeOf<bool> : PlainType<bool, TypeInfo::Kind::boolean> {};
template <>
struct TypeOf<double> : PlainType<double, TypeInfo::Kind::number> {};
template <>
struct TypeOf<std::string> : PlainType<std::string, TypeInfo::Kind::string> {};
template <>
struct TypeOf<Secret> : PlainType<Secret, TypeInfo::Kind::secret> {};
template <>
struct TypeOf<Base64> : PlainType<Base64, TypeInfo::Kind::string> {};
template <>
struct TypeOf<json::object> : PlainType<json::object, TypeInfo::Kind::object> {};
template <>
struct TypeOf<json::value> : PlainType<json::value, TypeInfo::Kind::any> {};
template <>
struct TypeOf<Timestamp> {
  static constexpr TypeInfo info{.kind = TypeInfo::Kind::string,
                                 .decode = &Plain<Timestamp>::decode,
                                 .write = &Plain<Timestamp>::write,
                                 .format = "date-time"};
};

template <class T>
  requires std::is_integral_v<T>
struct TypeOf<T> {
  static constexpr TypeInfo info{.kind = TypeInfo::Kind::integer,
                                 .decode = &decode_integer,
                                 .write = &write_integer,
                                 .size = sizeof(T),
                                 .is_signed = std::is_signed_v<T>};
};

/// An id has the same memory layout as its text.
template <class Tag>
struct TypeOf<Id<Tag>> {
  static_assert(std::is_standard_layout_v<Id<Tag>> && sizeof(Id<Tag>) == sizeof(std::string));
  static constexpr TypeInfo info = TypeOf<std::string>::info;
};

template <NamedEnum E>
struct TypeOf<E> {
  static Words names() {
    static const std::vector<std::string_view> all = enum_names(E{});
    return all;
  }
  static constexpr TypeInfo info{.kind = TypeInfo::Kind::string,
                                 .decode = &decode_enum,
                                 .write = &write_enum,
                                 .size = sizeof(E),
                                 .enumerators = &names};
};

template <Described T>
struct TypeOf<T> {
  static constexpr TypeInfo info{.kind = TypeInfo::Kind::described,
                                 .decode = &decode_described,
                                 .write = &write_described,
                                 .description = &describe<T>};
};

template <class T>
struct TypeOf<std::optional<T>> {
  static void* emplace(void* out) { return &static_cast<std::optional<T>*>(out)->emplace(); }
  static void reset(void* out) { static_cast<std::optional<T>*>(out)->reset(); }
  static const void* value(const void* of) {
    const auto& optional = *static_cast<const std::optional<T>*>(of);
    return optional ? &*optional : nullptr;
  }
  static constexpr TypeInfo::Optional access{&emplace, &reset, &value};
  static constexpr TypeInfo info = [] {
    auto copy = TypeOf<T>::info;
    copy.decode = &decode_optional;
    copy.write = &write_optional;
    copy.nullable = true;
    copy.held = &TypeOf<T>::info;
    copy.optional = &access;
    return copy;
  }();
};

template <class T>
struct TypeOf<std::vector<T>> {
  static void* remake(void* out, std::size_t count) {
    auto& list = *static_cast<std::vector<T>*>(out);
    list = std::vector<T>(count);
    return list.data();
  }
  static const void* items(const void* of, std::size_t& count) {
    const auto& list = *static_cast<const std::vector<T>*>(of);
    count = list.size();
    return list.data();
  }
  static constexpr TypeInfo::List access{sizeof(T), &remake, &items};
  static constexpr TypeInfo info{.kind = TypeInfo::Kind::list,
                                 .decode = &decode_list,
                                 .write = &write_list,
                                 .item = &TypeOf<T>::info,
                                 .list = &access};
};

/// A value of a member's type as JSON text.
template <class T>
std::string to_json_text(const T& value) {
  std::string out;
  TypeOf<T>::info.write(TypeOf<T>::info, &value, out);
  return out;
}

template <class M>
M* FieldInfo::member(void* object) const {
  if (type != &TypeOf<M>::info) return nullptr;
  return reinterpret_cast<M*>(static_cast<std::byte*>(object) + offset_);
}

// ---------------------------------------------------------------- declaring fields

/// An optional member: when it is not given it keeps the default of the struct.
template <class S, class M>
Field<S> field(std::string_view name, M S::*member, std::string_view help = {}) {
  // A pointer to a data member is its distance from the start (Itanium C++ ABI, §2.3).
  return {{.name = name, .help = help}, &TypeOf<M>::info, std::bit_cast<std::ptrdiff_t>(member)};
}

template <class S, class M>
Field<S> required(std::string_view name, M S::*member, std::string_view help = {}) {
  auto made = field(name, member, help);
  made.traits.is_required = true;
  return made;
}

// Runs once for each struct, so its size matters and its speed does not.
template <Described T>
[[gnu::cold]] Description made_description() {
  static_assert(std::is_same_v<decltype(FieldsOf<T>::fields()), Fields<T>>);
  const T blank{};
  return {FieldsOf<T>::fields().list(), &blank};
}

template <Described T>
const Description& describe() {
  static const Description description = made_description<T>();
  return description;
}

}  // namespace gmail_mcp::schema
