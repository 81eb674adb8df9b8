#include "http/request_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "base/text.h"
#include "http/url.h"

namespace gmail_mcp::http {

namespace {

namespace beast = boost::beast;
using HttpError = beast::http::error;

constexpr std::size_t max_target = std::size_t{16} << 10;
constexpr std::size_t max_fields = 200;
// The most for a chunk's size line or the trailer, which are kept until complete; nobody needs
// more.
constexpr std::size_t max_framing = std::size_t{8} << 10;
constexpr std::size_t shortest_last_chunk = 5;  // "0", an empty trailer, and their line ends

std::string_view as_std(beast::string_view text) { return {text.data(), text.size()}; }

// An "HTTP/x.y" that we do not speak, as opposed to a line that is not a request at all.
bool names_other_version(std::string_view line) {
  const auto target = line.find(' ') + 1;
  const auto version = line.substr(std::min(line.find(' ', target), line.size() - 1) + 1, 8);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
         version[6] == '.' && is_digit(version[7]) && version != "HTTP/1.1" &&
         version != "HTTP/1.0";
}

// RFC 9112 §5.2: a field that continues on the next line. Beast joins the lines; a proxy in front
// of us may not.
bool has_folded_field(std::string_view bytes) {
  const auto head = bytes.substr(0, bytes.find("\r\n\r\n"));
  return head.find("\r\n ") != std::string_view::npos ||
         head.find("\r\n\t") != std::string_view::npos;
}

}  // namespace

RequestParser::RequestParser(std::size_t header_bytes) : header_limit_bytes_{header_bytes} {
  header_limit(static_cast<std::uint32_t>(header_bytes));
  // The body's limits are the handler's, kept by take_body().
  body_limit(boost::none);
}

std::size_t RequestParser::feed(std::string_view bytes) {
  std::size_t skipped = 0;
  if (!got_some()) {
    // RFC 9112 §2.2: an empty line or two before a request is ignored.
    while (ignored_ < 4 && skipped < bytes.size() &&
           (bytes[skipped] == '\r' || bytes[skipped] == '\n')) {
      ++skipped;
      ++ignored_;
    }
    bytes.remove_prefix(skipped);
  }
  if (bytes.empty() || complete_ || refusal_) return skipped;
  if (!head_complete_ && has_folded_field(bytes)) {
    refuse(400, Errc::invalid_argument, "A header field of the request goes on in another line.");
    return skipped;
  }
  Code failed;
  std::size_t used = 0;
  while (!failed && !complete_ && used < bytes.size()) {
    const auto rest = bytes.substr(used);
    // Beast asserts that this much is there when the last chunk is also the first.
    if (head_complete_ && chunked() && !chunk_seen_ && rest.size() < shortest_last_chunk) break;
    used += put(boost::asio::const_buffer{rest.data(), rest.size()}, failed);
  }
  if (failed && failed != HttpError::need_more && !refusal_) refuse(failed, bytes);
  if (refusal_) return skipped + used;
  const std::size_t rest = bytes.size() - used;
  if (!head_complete_) {
    // Beast limits only what it gets at once; a head that trickles in must not grow for ever
    // either.
    header_seen_ += used;
    if (header_seen_ + rest > header_limit_bytes_) {
      refuse(431, Errc::too_large, "The request's header fields are too large.");
    } else if (head_.method.empty() && rest > max_target &&
               bytes.substr(0, max_target).find("\r\n") == std::string_view::npos) {
      refuse(414, Errc::too_large, "The request's address is too long.");
    }
  } else if (!complete_ && rest > max_framing) {
    refuse(400, Errc::invalid_argument, "The request's body is not properly chunked.");
  }
  return skipped + used;
}

std::optional<std::uint64_t> RequestParser::announced_rest() const {
  const auto rest = content_length_remaining();
  return rest ? std::optional<std::uint64_t>{*rest} : std::nullopt;
}

std::optional<std::uint64_t> RequestParser::announced_length() const {
  const auto length = content_length();
  return length ? std::optional<std::uint64_t>{*length} : std::nullopt;
}

void RequestParser::drop_body(std::size_t limit) {
  drops_body_ = true;
  body_limit_ = limit;
  body_.clear();
}

void RequestParser::on_request_impl(beast::http::verb, View method, View target, int version,
                                    Code& failed) {
  head_.method = as_std(method);
  version_ = version;
  take_target(as_std(target), failed);
}

void RequestParser::take_target(std::string_view target, Code& failed) {
  const auto bad = [&](int status, std::string message) {
    refuse(status, status == 414 ? Errc::too_large : Errc::invalid_argument, std::move(message));
    failed = HttpError::bad_target;
  };
  if (target.size() > max_target) return bad(414, "The request's address is too long.");
  if (target.find('#') != std::string_view::npos) {
    return bad(400, "The request's address must not have a fragment.");
  }
  if (target.front() != '/' && target != "*") {
    // Absolute form (RFC 9112 §3.2.2): what proxies are sent. Its host overrides the Host field.
    const auto separator = target.find("://");
    const auto scheme = to_lower_ascii(target.substr(0, std::min<std::size_t>(separator, 6)));
    if (separator == std::string_view::npos || (scheme != "http" && scheme != "https")) {
      return bad(400, "The request's address is not a path.");
    }
    target.remove_prefix(separator + 3);
    const auto end = target.find_first_of("/?");
    const auto host = target.substr(0, end);
    if (!Authority::parse(host)) return bad(400, "The request's address has no proper host.");
    host_in_target_ = true;
    head_.headers.add("Host", std::string{host});
    target.remove_prefix(host.size());
  }
  const auto question = target.find('?');
  head_.path = target.substr(0, question);
  if (head_.path.empty()) head_.path = "/";
  if (question != std::string_view::npos) head_.query = target.substr(question + 1);
}

void RequestParser::on_field_impl(beast::http::field known, View name, View value, Code& failed) {
  using beast::http::field;
  if (head_complete_) {
    // A trailer is dropped: merged into the head it would escape the checks made there (RFC 9110
    // §6.5.1).
    return;
  }
  const auto bad = [&](int status, Errc code, std::string message) {
    refuse(status, code, std::move(message));
    failed = HttpError::bad_field;
  };
  switch (known) {
    case field::host:
      ++hosts_;
      // RFC 9112 §3.2. A client that has no name to give sends an empty one.
      if (!value.empty() && !Authority::parse(as_std(value))) {
        return bad(400, Errc::invalid_argument, "The request's Host is not a host and a port.");
      }
      if (host_in_target_) return;
      break;
    case field::content_length:
      // Beast accepts a list of equal lengths, but another server may read it differently.
      if (++lengths_ > 1 || as_std(value).find(',') != std::string_view::npos) {
        return bad(400, Errc::invalid_argument, "The request has more than one Content-Length.");
      }
      break;
    case field::transfer_encoding:
      if (!equals_ignoring_case(trim(as_std(value)), "chunked")) {
        return bad(501, Errc::unsupported, "Only the transfer encoding chunked is understood.");
      }
      if (version_ < 11) {
        return bad(400, Errc::invalid_argument, "HTTP/1.0 has no transfer encoding.");
      }
      break;
    case field::content_encoding:
      // Taken as it is, it would be blamed for not being JSON.
      if (!equals_ignoring_case(trim(as_std(value)), "identity")) {
        return bad(415, Errc::unsupported, "The request's body is compressed: send it plain.");
      }
      break;
    case field::expect:
      if (!equals_ignoring_case(as_std(value), "100-continue")) {
        return bad(417, Errc::unsupported, "Only the expectation 100-continue is understood.");
      }
      expects_continue_ = version_ >= 11;
      break;
    default: break;
  }
  if (head_.headers.size() >= max_fields) {
    return bad(431, Errc::too_large, "The request has too many header fields.");
  }
  head_.headers.add(std::string{as_std(name)}, std::string{as_std(value)});
}

void RequestParser::on_header_impl(Code& failed) {
  if (hosts_ > 1 || (hosts_ == 0 && version_ >= 11)) {
    refuse(400, Errc::invalid_argument, "The request needs exactly one Host field.");
    failed = HttpError::bad_field;
    return;
  }
  head_complete_ = true;
}

void RequestParser::take_body(View piece, Code& failed) {
  if (drops_body_ && piece.size() <= body_limit_) {
    body_limit_ -= piece.size();
    return;
  }
  if (piece.size() > body_limit_ || body_.size() > body_limit_ - piece.size()) {
    refuse(413, Errc::too_large, "The request's body is too large.");
    failed = HttpError::body_limit;
    return;
  }
  body_.append(piece.data(), piece.size());
}

std::size_t RequestParser::on_body_impl(View piece, Code& failed) {
  take_body(piece, failed);
  return piece.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, View piece, Code& failed) {
  take_body(piece, failed);
  return piece.size();
}

void RequestParser::refuse(int status, Errc code, std::string message) {
  std::string hint;
  if (status == 413) hint = "Send less in one request.";
  if (status == 414) hint = "Send what it says in the body of a POST.";
  if (status == 431) hint = "Send fewer and shorter header fields, cookies among them.";
  refusal_ =
      std::make_unique<Refusal>(Refusal{status, Error{code, std::move(message), std::move(hint)}});
}

void RequestParser::refuse(const Code& failed, std::string_view bytes) {
  if (failed == HttpError::header_limit) {
    if (head_.method.empty() && bytes.find("\r\n") == std::string_view::npos) {
      return refuse(414, Errc::too_large, "The request's address is too long.");
    }
    return refuse(431, Errc::too_large, "The request's header fields are too large.");
  }
  if (failed == HttpError::bad_version && names_other_version(bytes)) {
    return refuse(505, Errc::unsupported, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
  }
  if (failed == HttpError::bad_method && bytes.starts_with('\x16')) {
    return refuse(400, Errc::invalid_argument, "This port speaks plain HTTP, not TLS.");
  }
  if (head_complete_) {
    return refuse(400, Errc::invalid_argument, "The request's body is not properly chunked.");
  }
  refuse(400, Errc::invalid_argument, "The request is not well-formed HTTP.");
}

}  // namespace gmail_mcp::http
