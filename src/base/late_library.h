#pragma once

#include <atomic>

namespace gmail_mcp {

/// The address of a function of a shared library (dlopen(3), dlsym(3)), which is loaded now if it
/// was not yet, and stays. `library`: its soname. Throws misconfigured when either is not there.
void* find_in_library(const char* library, const char* function);

/// Where such a function is, found at the first use. Threads may use it at the same time.
template <class Pointer>
class LateAddress {
 public:
  /// Both texts must live as long as this.
  constexpr LateAddress(const char* library, const char* name) : library_{library}, name_{name} {}
  LateAddress(const LateAddress&) = delete;
  LateAddress& operator=(const LateAddress&) = delete;

 protected:
  Pointer address() const {
    auto found = found_.load(std::memory_order_acquire);
    if (found == nullptr) {
      found = reinterpret_cast<Pointer>(find_in_library(library_, name_));
      found_.store(found, std::memory_order_release);
    }
    return found;
  }

 private:
  const char* library_;
  const char* name_;
  mutable std::atomic<Pointer> found_{nullptr};
};

/// A function of a shared library that is loaded when the first of its functions is called, instead
/// of before main(): for libraries that a start does without and that bring many others along.
template <class Function>
class LateFunction;

template <class Value, class... Args>
class LateFunction<Value(Args...)> : public LateAddress<Value (*)(Args...)> {
 public:
  using LateAddress<Value (*)(Args...)>::LateAddress;
  Value operator()(Args... args) const { return this->address()(args...); }
};

/// One that takes any number of further arguments.
template <class Value, class... Args>
class LateFunction<Value(Args..., ...)> : public LateAddress<Value (*)(Args..., ...)> {
 public:
  using LateAddress<Value (*)(Args..., ...)>::LateAddress;
  template <class... More>
  Value operator()(Args... args, More... more) const {
    return this->address()(args..., more...);
  }
};

/// Declares a late function in one of our namespaces under the name that the library's header gives
/// it, so that there the name means this one and it is called as always:
///
///   GMAIL_MCP_LATE_FUNCTION("libz.so.1", deflate);
///
/// `library` must be a constant expression.
// NOLINTBEGIN(bugprone-macro-parentheses): the name that is declared cannot have any.
#define GMAIL_MCP_LATE_FUNCTION(library, name) \
  inline constinit const ::gmail_mcp::LateFunction<decltype(::name)> name { library, #name }
// NOLINTEND(bugprone-macro-parentheses)

}  // namespace gmail_mcp
