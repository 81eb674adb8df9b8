#include "http/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/text.h"

namespace gmail_mcp::http {

namespace {

std::uint16_t default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

Error bad_url(std::string message) {
  return Error{Errc::invalid_argument, std::move(message), "Write it as https://host/path."};
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) return bad_url("The URL is not well formed.");
  const boost::urls::url_view& view = *parsed;
  Url url;
  url.scheme = to_lower_ascii({view.scheme().data(), view.scheme().size()});
  if (url.scheme != "http" && url.scheme != "https") {
    return bad_url("The URL is neither http nor https.");
  }
  if (view.has_userinfo()) return bad_url("The URL must not carry a user name or password.");
  const std::string host{view.encoded_host_address()};
  if (host.empty() || host.find('%') != std::string::npos) return bad_url("The URL has no host.");
  url.host = to_lower_ascii(host);
  url.port = default_port(url.scheme);
  if (view.has_port() && !view.port().empty()) {
    url.port = view.port_number();
    // port_number() returns 0 for what does not fit into 16 bits.
    if (url.port == 0) return bad_url("The URL's port is not between 1 and 65535.");
  }
  // Boost.URL 1.81 ends a host or port where it no longer looks like one, and takes the rest for
  // the path, as in http://127.0.0.1.example.com/. The code that connects would read it
  // differently.
  if (!view.encoded_path().empty() && view.encoded_path().front() != '/') {
    return bad_url("The URL's host or port is not well formed.");
  }
  url.path = view.encoded_path().empty() ? "/" : std::string{view.encoded_path()};
  url.query = std::string{view.encoded_query()};
  return url;
}

bool is_plain_target(std::string_view text) {
  // RFC 3986 §3.3 and §3.4: pchar, "/" and "?"; escapes are looked at one by one.
  static constexpr auto plain = [] {
    std::array<bool, 256> stands{};
    for (const char c : std::string_view{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                         "0123456789-._~!$&'()*+,;=:@/?"}) {
      stands[static_cast<unsigned char>(c)] = true;
    }
    return stands;
  }();
  // A "?" at the end would be left out.
  if (!text.starts_with('/') || text.ends_with('?')) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (plain[static_cast<unsigned char>(text[at])]) continue;
    if (text[at] != '%' || !percent_decode(text.substr(at, 3))) return false;
    at += 2;
  }
  return true;
}

std::string Url::origin() const {
  const bool v6 = host.find(':') != std::string::npos;
  auto text = fmt::format("{}://{}{}{}", scheme, v6 ? "[" : "", host, v6 ? "]" : "");
  if (port != default_port(scheme)) text += fmt::format(":{}", port);
  return text;
}

bool Url::is_loopback() const {
  if (host == "localhost") return true;
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(host, failed);
  return !failed && address.is_loopback();
}

std::optional<Authority> Authority::parse(std::string_view text) {
  Authority authority;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    authority.host = to_lower_ascii(text.substr(1, close - 1));
    boost::system::error_code failed;
    boost::asio::ip::make_address_v6(authority.host, failed);
    if (failed || authority.host.find('%') != std::string::npos) return std::nullopt;
    rest = text.substr(close + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    // "%41" would be a second spelling of a name that is compared byte by byte.
    constexpr std::string_view marks = "-._~!$&'()*+,;=";
    const auto fits = [&](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
             marks.find(c) != std::string_view::npos;
    };
    const auto host = text.substr(0, colon);
    if (host.empty() || !std::all_of(host.begin(), host.end(), fits)) return std::nullopt;
    authority.host = to_lower_ascii(host);
    rest = text.substr(colon);
  }
  if (rest.empty()) return authority;
  const auto port = rest.substr(1);
  if (rest.front() != ':' || port.size() > 5 ||
      port.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  authority.port = port;
  return authority;
}

std::string encode_query(const QueryFields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += percent_encode(name);
    out += '=';
    out += percent_encode(value);
  }
  return out;
}

std::optional<QueryFields> decode_query(std::string_view text) {
  QueryFields fields;
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto piece = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (piece.empty()) continue;
    const auto equals = piece.find('=');
    auto name = percent_decode(piece.substr(0, equals), true);
    auto value = equals == std::string_view::npos ? std::optional<std::string>{std::in_place}
                                                  : percent_decode(piece.substr(equals + 1), true);
    if (!name || !value) return std::nullopt;
    fields.emplace_back(std::move(*name), std::move(*value));
  }
  return fields;
}

std::string_view query_value(const QueryFields& fields, std::string_view name) {
  for (const auto& field : fields) {
    if (field.first == name) return field.second;
  }
  return {};
}

}  // namespace gmail_mcp::http
