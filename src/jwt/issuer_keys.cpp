#include "jwt/issuer_keys.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "base/caught.h"
#include "base/text.h"
#include "http/url.h"
#include "jwt/text.h"

namespace gmail_mcp::jwt {

namespace {

using std::chrono::seconds;

constexpr seconds shortest_life{5 * 60};
constexpr seconds longest_life{24 * 3600};
constexpr seconds usual_life{3600};
// While the issuer does not answer, what it said last is believed for so long.
constexpr std::chrono::hours longest_trust{24};
// A stranger's token can name any key, and must not make us ask the issuer at every request.
constexpr seconds pause_after_success{10};
constexpr seconds pause_after_failure{5};
constexpr seconds pause_of_upkeep{30};
constexpr std::chrono::milliseconds time_for_one{5'000};
constexpr std::chrono::milliseconds time_for_all{10'000};
constexpr std::size_t max_document = std::size_t{256} << 10;

Error no_keys(std::string message, std::string hint) {
  return Error{Errc::unavailable, std::move(message), std::move(hint)};
}

// What may be shown of a text that another server sent.
std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 200)) {
    if (c > 0x20 && c < 0x7f && c != '"') out += c;
  }
  return out;
}

// The addresses of its metadata, the more usual ones first (OpenID Connect Discovery 1.0 §4,
// RFC 8414 §3 and §5).
std::vector<std::string> metadata_urls(const std::string& issuer) {
  const auto url = http::Url::parse(issuer).value();
  std::string path = url.path;
  while (path.ends_with('/')) path.pop_back();
  std::vector<std::string> urls{
      url.origin() + path + "/.well-known/openid-configuration",
      url.origin() + "/.well-known/oauth-authorization-server" + path,
  };
  if (!path.empty()) urls.push_back(url.origin() + "/.well-known/openid-configuration" + path);
  return urls;
}

}  // namespace

Result<IssuerMetadata> IssuerMetadata::parse(std::string_view text, const std::string& issuer) {
  const auto document = read_object(text, {.depth = 16, .values = 5'000});
  if (!document) {
    return no_keys("The issuer's metadata is no JSON object.", "Look at server.oauth.issuer.");
  }
  const auto said = text_at(*document, "issuer");
  if (said != issuer) {
    return no_keys("The issuer's metadata is about another issuer.",
                   "Set server.oauth.issuer exactly as it says: " + shown(said) + ".");
  }
  IssuerMetadata metadata;
  metadata.jwks_uri = text_at(*document, "jwks_uri");
  const auto url = http::Url::parse(metadata.jwks_uri);
  if (!url || (url->scheme != "https" && !url->is_loopback())) {
    return no_keys("The issuer's metadata does not say at which https URL its keys are.",
                   "The issuer's operator must give it a jwks_uri.");
  }
  return metadata;
}

seconds lifetime_of_keys(const http::Headers& headers) {
  constexpr std::string_view name = "max-age=";
  for (const auto& part : split(headers.get("Cache-Control"), ',')) {
    const auto directive = to_lower_ascii(trim(part));
    if (!directive.starts_with(name)) continue;
    auto digits = std::string_view{directive}.substr(name.size());
    if (digits.starts_with('"')) digits.remove_prefix(1);
    std::uint32_t age = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), age);
    if (read.ec == std::errc::result_out_of_range) return longest_life;
    if (read.ec != std::errc{}) continue;
    return std::clamp(seconds{age}, shortest_life, longest_life);
  }
  return usual_life;
}

IssuerKeys::IssuerKeys(http::Client& http, std::string issuer, Clock& clock, Log& log)
    : http_{http}, issuer_{std::move(issuer)}, clock_{clock}, log_{log} {}

bool IssuerKeys::has_usable_keys() const {
  return keys_ && clock_.steady_now() < fetched_at_ + longest_trust;
}

bool IssuerKeys::may_try() const {
  if (is_closed_) return false;
  const auto pause = failure_ ? pause_after_failure : pause_after_success;
  return under_way_.is_under_way() || !tried_at_ || clock_.steady_now() >= *tried_at_ + pause;
}

Error IssuerKeys::not_now() const {
  return Error{Errc::unavailable,
               "Tokens cannot be checked now: the keys of their issuer cannot be fetched.",
               "Try again in a moment."}
      .with_retry_after(pause_after_failure)
      .with_detail(failure_ ? failure_->message : std::string{});
}

Task<KeySetPtr> IssuerKeys::current() {
  if (has_usable_keys()) {
    const bool is_old = clock_.steady_now() >= fetched_at_ + lifetime_;
    const auto kept = keys_;
    // Nobody waits for this; it only begins here.
    if (is_old && may_try()) {
      const auto executor = co_await current_executor();
      begin(executor);
    }
    co_return kept;
  }
  if (!may_try()) throw not_now();
  const auto failed = co_await caught(fetch_now());
  if (failed) throw not_now();
  co_return keys_;
}

Task<KeySetPtr> IssuerKeys::newer_than(KeySetPtr known) {
  if (keys_ && keys_ != known) co_return keys_;
  if (!may_try()) {
    if (failure_) throw not_now();
    co_return keys_;
  }
  const auto failed = co_await caught(fetch_now());
  if (failed) throw not_now();
  co_return keys_;
}

// One fetch at a time, which goes on when the caller leaves.
SharedWork<void> IssuerKeys::begin(const Executor& executor) {
  if (!group_) group_.emplace(executor);
  if (!under_way_.is_under_way()) under_way_ = SharedWork<void>{*group_, executor, fetch()};
  return under_way_;
}

Task<void> IssuerKeys::fetch_now() {
  const auto executor = co_await current_executor();
  const auto ours = begin(executor);
  co_await ours.outcome();
}

Task<http::ClientResponse> IssuerKeys::get(std::string url) {
  http::ClientRequest request;
  request.url = std::move(url);
  request.headers.add("Accept", "application/json, application/jwk-set+json");
  request.timeout = time_for_one;
  request.max_body = max_document;
  co_return co_await http_.send(std::move(request));
}

Task<IssuerMetadata> IssuerKeys::discover() {
  std::optional<Error> failure;
  for (const auto& url : metadata_urls(issuer_)) {
    auto address = url;
    const auto response = co_await get(std::move(address));
    if (response.status != 200) {
      if (!failure) {
        failure = no_keys("The issuer has no metadata: " + shown(url) + " answers " +
                              std::to_string(response.status) + ".",
                          "Look at server.oauth.issuer.");
      }
      continue;
    }
    auto metadata = IssuerMetadata::parse(response.body, issuer_);
    if (metadata) co_return std::move(metadata).value();
    // What was found but is wrong says more than what was not found.
    failure = std::move(metadata).error();
  }
  throw Error{*std::move(failure)};
}

Task<void> IssuerKeys::fetch() {
  std::optional<Error> failure;
  try {
    KeySetPtr found;
    seconds life{};
    auto steps = [this, &found, &life]() -> Task<void> {
      const auto metadata = co_await discover();
      auto url = metadata.jwks_uri;
      const auto response = co_await get(std::move(url));
      if (response.status != 200) {
        throw no_keys("The issuer's keys answer " + std::to_string(response.status) + ".",
                      "Look at the issuer's jwks_uri.");
      }
      found = std::make_shared<const KeySet>(KeySet::parse(response.body).value());
      life = lifetime_of_keys(response.headers);
    };
    auto all = steps();
    co_await with_deadline(time_for_all, std::move(all));
    keys_ = std::move(found);
    lifetime_ = life;
  } catch (const Error& error) {
    failure = error;
  }
  const auto now = clock_.steady_now();
  tried_at_ = now;
  if (failure) {
    ++failed_;
    if (!failure_ || failure_->message != failure->message) {
      log_.warning("issuer_keys_not_fetched", {{"issuer", issuer_},
                                               {"problem", failure->message},
                                               {"remedy", failure->hint},
                                               {"detail", failure->detail}});
    }
    failure_ = failure;
    throw Error{*failure};
  }
  ++fetched_;
  if (failure_ || fetched_ == 1) {
    log_.info("issuer_keys_fetched", {{"issuer", issuer_}, {"keys", keys_->size()}});
  }
  failure_.reset();
  fetched_at_ = now;
}

Task<void> IssuerKeys::keep_fresh() {
  while (!is_closed_) {
    static_cast<void>(co_await caught(fetch_now()));
    const auto now = clock_.steady_now();
    std::chrono::milliseconds pause = pause_of_upkeep;
    if (!failure_) {
      const auto due = fetched_at_ + lifetime_ * 4 / 5;
      pause = std::max<std::chrono::milliseconds>(
          pause, std::chrono::ceil<std::chrono::milliseconds>(due - now));
    }
    co_await clock_.sleep(pause);
  }
}

Task<void> IssuerKeys::close() {
  is_closed_ = true;
  if (!group_) co_return;
  group_->cancel();
  co_await group_->join();
}

IssuerKeys::Condition IssuerKeys::condition() const {
  return {.keys = has_usable_keys() ? keys_->size() : 0,
          .failure = failure_,
          .fetched = fetched_,
          .failed = failed_};
}

}  // namespace gmail_mcp::jwt
