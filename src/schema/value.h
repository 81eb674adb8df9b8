#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "schema/fields.h"

namespace gmail_mcp::schema {

/// A described struct without its static type, so that code that does not know the type can write
/// it. Movable, not copyable.
class Value {
 public:
  Value() = default;
  template <Described T>
  explicit Value(T object)
      : object_{new T{std::move(object)}, [](void* held) { delete static_cast<T*>(held); }},
        description_{&describe<T>()} {}

  /// About how long its text will be: measured once.
  std::size_t bytes() const;
  /// The text of a JSON object.
  std::string text() const;
  /// For callers that show parts of it.
  json::object object() const { return encode_object(*description_, object_.get()); }

  /// The member of that name; nullptr if there is none of this type.
  template <class M>
  M* member(std::string_view name) {
    bytes_.reset();
    const auto* field = description_->find(name);
    return field == nullptr ? nullptr : field->member<M>(object_.get());
  }
  /// Leaves that member out of the text.
  void leave_out(std::string_view name) { left_out_ = description_->find(name); }

 private:
  std::unique_ptr<void, void (*)(void*)> object_{nullptr, [](void*) {}};
  const Description* description_ = nullptr;
  const FieldInfo* left_out_ = nullptr;
  mutable std::optional<std::size_t> bytes_;  // nullopt: not measured, or it may have changed
};

}  // namespace gmail_mcp::schema
