#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "crypto/fernet.h"

namespace gmail_mcp::crypto {

/// Seals text that clients keep for us and give back later: session ids, states of requests, ids of
/// clients, codes. Nobody else can read or change it. AES-256-GCM (NIST SP 800-38D) with keys
/// derived from the key ring: the first key seals, all open, so that several processes and a
/// rotated ring understand each other. A sealed text may come back any number of times; who needs
/// it once only remembers it. A value whose copies share their keys, which are derived when the
/// first text is sealed or opened: a start needs none. Immutable and thread-safe.
class Sealer {
 public:
  /// `label` is a constant that names the purpose: what is sealed for one purpose does not open for
  /// another.
  Sealer(const KeyRing& keys, std::string_view label);
  /// With a key that lasts as long as this object: for a server without a key ring.
  static Sealer for_this_process(std::string_view label);

  /// Letters, digits, '-' and '_' only: about 4/3 of the length of `plain` and 60 characters more.
  /// `bound_to` is not contained, but is needed to open it (the caller, the method, …). Valid until
  /// `until`, in whole seconds.
  std::string seal(std::string_view plain, std::string_view bound_to, Timestamp until) const;

  struct Opened {
    std::string plain;
    Timestamp until;
    bool is_expired = false;
    std::size_t key = 0;  // which key of the ring opened it, counted from 0
  };
  /// nullopt: not sealed by us for this purpose and binding. An expired one is opened too, marked.
  std::optional<Opened> open(std::string_view sealed, std::string_view bound_to,
                             Timestamp now) const;
  /// The same when an expired one is as good as none.
  std::optional<std::string> open_valid(std::string_view sealed, std::string_view bound_to,
                                        Timestamp now) const;

 private:
  struct Key {
    std::string name;  // a few bytes by which the key is found
    Secret secret;
  };
  class Keys;
  Sealer(std::function<std::vector<Secret>()> derive, std::string_view label);

  std::shared_ptr<Keys> keys_;
  std::string label_;
};

}  // namespace gmail_mcp::crypto
