#include "accounts/flow_receipts.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "crypto/base64.h"
#include "crypto/digest.h"

namespace gmail_mcp::accounts {

namespace json = boost::json;

namespace {

constexpr std::chrono::hours lifetime{1};

std::int64_t seconds_of(Timestamp time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

json::array as_array(const std::vector<std::string>& texts) {
  json::array out;
  for (const auto& one : texts) out.emplace_back(json::string(one));
  return out;
}

std::string text_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

std::vector<std::string> texts_at(const json::object& object, std::string_view name) {
  std::vector<std::string> out;
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_array()) return out;
  for (const auto& one : value->get_array()) {
    if (one.is_string()) out.emplace_back(one.get_string());
  }
  return out;
}

}  // namespace

std::string FlowReceipts::seal(const model::FlowEnd& end, const std::string& browser_secret) const {
  json::object told;
  told["connection"] = end.connection.id.str();
  told["browser"] = crypto::sha256_hex(browser_secret);
  told["until"] = seconds_of(clock_.now() + lifetime);
  told["asked"] = as_array(end.asked);
  told["missing"] = as_array(end.missing);
  told["return_url"] = end.return_url;
  told["redirect_uri"] = end.redirect_uri;
  return keys_.encrypt(json::serialize(told));
}

Task<std::optional<model::FlowEnd>> FlowReceipts::open(std::string receipt,
                                                       std::string browser_secret) const {
  const auto opened = keys_.decrypt(receipt);
  if (!opened || browser_secret.empty()) co_return std::nullopt;
  boost::system::error_code failed;
  const auto parsed = json::parse(opened->reveal(), failed);
  if (failed || !parsed.is_object()) co_return std::nullopt;
  const auto& told = parsed.get_object();
  const auto* until = told.if_contains("until");
  const bool is_fresh =
      until != nullptr && until->is_int64() && until->get_int64() > seconds_of(clock_.now());
  const bool is_hers =
      crypto::equal_in_constant_time(text_at(told, "browser"), crypto::sha256_hex(browser_secret));
  if (!is_fresh || !is_hers) co_return std::nullopt;
  const auto access = model::Access::system("oauth page");
  model::ConnectionId id{text_at(told, "connection")};
  auto connection = co_await store_.connections().find(access, std::move(id));
  if (!connection) co_return std::nullopt;
  model::FlowEnd end;
  end.connection = std::move(*connection);
  end.asked = texts_at(told, "asked");
  end.missing = texts_at(told, "missing");
  end.return_url = text_at(told, "return_url");
  end.redirect_uri = text_at(told, "redirect_uri");
  co_return end;
}

}  // namespace gmail_mcp::accounts
