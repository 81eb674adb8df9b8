#include "crypto/random.h"

#include <sys/random.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "crypto/base64.h"
#include "crypto/digest.h"

namespace gmail_mcp::crypto {

namespace {

std::string uuid_of(std::string bytes, int version) {
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | (version << 4));
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);  // variant of RFC 9562
  std::string uuid = to_hex(bytes);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) uuid.insert(dash, 1, '-');
  return uuid;
}

}  // namespace

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  // The kernel's own, which OpenSSL would only stretch, after reading its configuration and setting
  // up generators. More than 256 bytes may come in parts, or be interrupted by a signal.
  for (std::size_t done = 0; done < count;) {
    const auto more = ::getrandom(bytes.data() + done, count - done, 0);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) throw Error{Errc::internal, "The system gives no random numbers."};
    done += static_cast<std::size_t>(more);
  }
  return bytes;
}

std::string random_token(std::size_t bytes) { return base64url_encode(random_bytes(bytes)); }

std::string random_uuid() { return uuid_of(random_bytes(16), 4); }

std::string time_ordered_uuid(Timestamp now) {
  auto bytes = random_bytes(16);
  auto time = std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count();
  for (std::size_t i = 6; i > 0; --i, time >>= 8) bytes[i - 1] = static_cast<char>(time & 0xFF);
  return uuid_of(std::move(bytes), 7);
}

Pkce make_pkce() {
  Secret verifier{random_token(48)};
  std::string challenge = base64url_encode(sha256(verifier.reveal()));
  return {.verifier = std::move(verifier), .challenge = std::move(challenge)};
}

}  // namespace gmail_mcp::crypto
