#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

namespace gmail_mcp::crypto {

/// The keys that encrypt stored secrets: the first encrypts, all decrypt, so that keys can be
/// rotated. Fernet (AES-128-CBC + HMAC-SHA256), readable by Python's `cryptography`. Immutable
/// after construction and thread-safe. https://github.com/fernet/spec
class KeyRing {
 public:
  /// Each key: 32 bytes as 44 characters of base64 (either alphabet) or as 64 hex digits;
  /// surrounding white space is ignored. Errors name the position and the length, never the key.
  static Result<KeyRing> parse(const std::vector<Secret>& keys);
  /// A new random key in its 44-character form.
  static Secret generate();

  std::string encrypt(std::string_view plain) const;
  std::string encrypt(const Secret& plain) const { return encrypt(plain.reveal()); }
  /// Errc::misconfigured when no key opens it: the keys were changed, or the text is damaged.
  Result<Secret> decrypt(std::string_view token) const;

  /// Which key opens it, counted from 0; nullopt when none does.
  std::optional<std::size_t> opener_of(std::string_view token) const;

  /// A name of each key that may be shown: eight hex digits, from which nothing of the key follows.
  std::vector<std::string> fingerprints() const;

  /// A 32-byte key for another purpose (HKDF-SHA256 of the primary key); `label` is a constant.
  Secret derive(std::string_view label) const;
  /// The same for every key of the ring, primary first, so that old cookies and cursors can still
  /// be read.
  std::vector<Secret> derive_all(std::string_view label) const;

 private:
  struct Key {
    Secret signing;
    Secret encryption;
    Secret whole;
  };
  explicit KeyRing(std::vector<Key> keys) : keys_{std::move(keys)} {}

  struct Opened {
    std::size_t key = 0;
    Secret plain;
  };
  std::optional<Opened> open(std::string_view token) const;

  std::vector<Key> keys_;
};

}  // namespace gmail_mcp::crypto
