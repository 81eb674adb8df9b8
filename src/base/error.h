#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace gmail_mcp {

/// What went wrong, named by what the caller should do next, not by the layer that failed. These
/// are the stable codes of the product; each door has one table that translates them into its own
/// terms (HTTP status, JSON-RPC, exit status).
enum class Errc {
  internal,            // our bug: report it
  invalid_argument,    // fix the request
  unauthenticated,     // present a credential
  forbidden,           // this credential may not do that
  insufficient_scope,  // the person must consent to more (see Error::connect_url)
  not_found,           // no such thing, or not yours: callers never learn which
  conflict,            // it was changed first by someone else: read again
  reconnect_required,  // access was revoked: the person must connect again (connect_url)
  outcome_unknown,     // the effect may or may not have happened: look before repeating
  too_large,
  unsupported,    // this mail backend cannot do that
  rate_limited,   // wait `retry_after`
  unavailable,    // a peer is down: retry with back-off
  misconfigured,  // the operator must act
  timeout,
};

/// "invalid_argument" and so on: the `code` of an error answer.
std::string_view to_string(Errc code);

/// The one error type. Pure code that judges bytes returns `Result<T>`; code that does I/O throws
/// the same value. CONTRIBUTING.md lists the kinds of places that may catch it.
struct Error : std::exception {
  Error(Errc code, std::string message, std::string hint = {})
      : code{code}, message{std::move(message)}, hint{std::move(hint)} {}

  const char* what() const noexcept override { return message.c_str(); }

  /// True when the same request may succeed later without any change.
  bool retryable() const;

  Error&& with_detail(std::string text) &&;
  Error&& with_retry_after(std::chrono::seconds wait) &&;
  Error&& with_connect_url(std::string url) &&;

  Errc code;
  std::string message;  // one plain sentence for people and models: no secrets, no mail content
  std::string hint;     // what to do next; may be empty
  std::string detail;   // for the log only
  std::optional<std::chrono::seconds> retry_after;
  std::string missing_scope;  // of insufficient_scope: what to ask for, as a full URL
  std::string connect_url;  // where the person goes, for reconnect_required and insufficient_scope
};

/// A value or the Error that prevented it. Becomes std::expected<T, Error> in C++23.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}
  Result(Error error) : state_{std::in_place_index<1>, std::move(error)} {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  /// Only when has_value() is false.
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

  /// The value; throws the Error if there is none: the bridge from judging bytes to doing I/O.
  T& value() & {
    if (!has_value()) throw std::get<1>(state_);
    return std::get<0>(state_);
  }
  const T& value() const& {
    if (!has_value()) throw std::get<1>(state_);
    return std::get<0>(state_);
  }
  T value() && {
    if (!has_value()) throw std::get<1>(std::move(state_));
    return std::get<0>(std::move(state_));
  }

  const T& operator*() const& { return std::get<0>(state_); }
  T& operator*() & { return std::get<0>(state_); }
  T operator*() && { return std::get<0>(std::move(state_)); }
  const T* operator->() const { return &std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace gmail_mcp
