#include "accounts/client_app.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "accounts/redirect_uri.h"
#include "base/invisible.h"
#include "base/text.h"
#include "crypto/digest.h"

namespace gmail_mcp::accounts {

namespace json = boost::json;

namespace {

constexpr std::string_view id_prefix = "gmc_";
constexpr std::size_t most_redirects = 16;
constexpr std::size_t most_redirect_bytes = 4'096;  // of one client together
constexpr std::size_t longest_shown_name = 80;
// Clients keep their ids for good.
constexpr std::chrono::hours id_lifetime{24 * 3'650};

Error bad_metadata(std::string message) {
  return Error{Errc::invalid_argument, std::move(message),
               "See RFC 7591 §2; redirect_uris is needed."};
}

std::string string_of(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  const auto* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string{std::string_view{*text}} : std::string{};
}

// Whether a list that may be left out holds `one`.
bool allows(const json::object& from, std::string_view key, std::string_view one) {
  const auto* value = from.if_contains(key);
  if (value == nullptr || value->is_null()) return true;
  const auto* list = value->if_array();
  return list != nullptr && std::any_of(list->begin(), list->end(), [&](const json::value& each) {
           return each.is_string() && std::string_view{each.get_string()} == one;
         });
}

std::optional<Error> read_redirects(const json::object& from, ClientApp& app) {
  const auto* value = from.if_contains("redirect_uris");
  const auto* list = value != nullptr ? value->if_array() : nullptr;
  if (list == nullptr || list->empty() || list->size() > most_redirects) {
    return bad_metadata("The client metadata has no redirect_uris, or more than 16.");
  }
  std::size_t bytes = 0;
  for (const auto& one : *list) {
    if (!one.is_string()) return bad_metadata("One of the redirect_uris is no text.");
    const std::string_view text{one.get_string()};
    const auto uri = RedirectUri::parse(text);
    if (!uri) return uri.error();
    bytes += text.size();
    app.redirect_uris.emplace_back(text);
  }
  if (bytes > most_redirect_bytes) {
    return bad_metadata("The redirect_uris are longer than 4096 bytes together.");
  }
  return std::nullopt;
}

// A quotation mark could end a quotation of the name, and what follows pass for our words.
bool is_quotation_mark(char32_t c) {
  return c == '"' || c == 0xab || c == 0xbb || (c >= 0x201c && c <= 0x201f) || c == 0x2039 ||
         c == 0x203a || (c >= 0x300c && c <= 0x300f) || (c >= 0x301d && c <= 0x301f) || c == 0xff02;
}

bool is_left_out_of_names(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
         is_always_invisible(c) || is_shaping(c) || is_quotation_mark(c);
}

json::array as_list(const std::vector<std::string>& texts) {
  json::array out;
  for (const auto& one : texts) out.emplace_back(json::string{one});
  return out;
}

}  // namespace

std::string plain_name(std::string_view claimed) {
  const auto text = repair_utf8(claimed.substr(0, 4 * longest_shown_name));
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    std::size_t length = 1;
    char32_t c = first;
    if (first >= 0xf0) {
      length = 4;
      c = first & 0x07U;
    } else if (first >= 0xe0) {
      length = 3;
      c = first & 0x0fU;
    } else if (first >= 0xc0) {
      length = 2;
      c = first & 0x1fU;
    }
    for (std::size_t i = 1; i < length && at + i < text.size(); ++i) {
      c = c << 6U | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
    }
    if (!is_left_out_of_names(c)) out += text.substr(at, length);
    at += length;
  }
  return std::string{trim(utf8_prefix(trim(out), longest_shown_name))};
}

std::optional<std::string> ClientApp::redirect_for(std::string_view given) const {
  if (given.empty()) {
    if (redirect_uris.size() != 1) return std::nullopt;
    return redirect_uris.front();
  }
  // A loopback URI counts as given, with its port.
  const bool is_known =
      RedirectUri::parse(given).has_value() &&
      std::any_of(redirect_uris.begin(), redirect_uris.end(),
                  [&](const std::string& one) { return is_same_redirect(one, given); });
  if (!is_known) return std::nullopt;
  return std::string{given};
}

Result<ClientApp> read_client_metadata(std::string_view text, std::string id) {
  boost::system::error_code failed;
  const auto parsed = json::parse({text.data(), text.size()}, failed);
  if (failed || !parsed.is_object()) {
    return bad_metadata("The client metadata is not one JSON object.");
  }
  const auto& from = parsed.get_object();
  ClientApp app;
  app.id = std::move(id);
  if (auto wrong = read_redirects(from, app)) return *std::move(wrong);
  if (!allows(from, "grant_types", "authorization_code") ||
      !allows(from, "response_types", "code")) {
    return bad_metadata("The client does not use the authorization code grant, the only one here.");
  }
  // A client that names a way with a secret gets none, and is told so in the answer (RFC 7591
  // §3.2.1); one with a key of its own would have nothing to prove here.
  constexpr std::array ways{"", "none", "client_secret_basic", "client_secret_post"};
  const auto way = string_of(from, "token_endpoint_auth_method");
  if (std::find(ways.begin(), ways.end(), way) == ways.end()) {
    return bad_metadata("The client asks for a token_endpoint_auth_method other than none.");
  }
  app.name = plain_name(string_of(from, "client_name"));
  app.digest = crypto::sha256_hex(app.id);
  return app;
}

std::string registration_answer(const ClientApp& app, Timestamp now) {
  json::object out;
  out["client_id"] = app.id;
  out["client_id_issued_at"] =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  if (!app.name.empty()) out["client_name"] = app.name;
  out["redirect_uris"] = as_list(app.redirect_uris);
  out["grant_types"] = as_list({"authorization_code", "refresh_token"});
  out["response_types"] = as_list({"code"});
  out["token_endpoint_auth_method"] = "none";
  return json::serialize(out);
}

Result<ClientApp> ClientApps::enroll(std::string_view text, Timestamp now) const {
  auto read = read_client_metadata(text, {});
  if (!read) return read;
  auto app = std::move(read).value();
  json::object kept;
  kept["n"] = app.name;
  kept["r"] = as_list(app.redirect_uris);
  app.id = std::string{id_prefix} + sealer_.seal(json::serialize(kept), "", now + id_lifetime);
  app.digest = crypto::sha256_hex(app.id);
  return app;
}

std::optional<ClientApp> ClientApps::open(std::string_view client_id, Timestamp now) const {
  if (!client_id.starts_with(id_prefix)) return std::nullopt;
  const auto opened = sealer_.open_valid(client_id.substr(id_prefix.size()), "", now);
  if (!opened) return std::nullopt;
  const auto parsed = json::parse(*opened);
  const auto& kept = parsed.as_object();
  ClientApp app;
  app.id = client_id;
  app.digest = crypto::sha256_hex(client_id);
  app.name = string_of(kept, "n");
  for (const auto& one : kept.at("r").as_array()) app.redirect_uris.emplace_back(one.as_string());
  return app;
}

}  // namespace gmail_mcp::accounts
