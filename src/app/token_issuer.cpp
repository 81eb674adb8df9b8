#include "app/token_issuer.h"

#include <utility>

#include "base/caught.h"
#include "http/url.h"

namespace gmail_mcp::app {

namespace {

std::unique_ptr<http::Client> client_for_issuer(boost::asio::io_context& loop,
                                                const setup::Settings& settings) {
  http::ClientOptions options;
  options.ca_file = settings.server.oauth.ca_file;
  options.proxy = settings.google.proxy;
  return http::make_client(loop, std::move(options));
}

// RFC 8414 §2. Over plain HTTP anybody on the way could put in keys of theirs.
std::string checked_issuer(const std::string& issuer) {
  const auto url = http::Url::parse(issuer);
  const bool is_safe = url && (url->scheme == "https" || url->is_loopback());
  if (!is_safe || !url->query.empty() || issuer.find('#') != std::string::npos) {
    throw Error{Errc::misconfigured,
                "The setting server.oauth.issuer is no https URL without query and fragment.",
                "Write it exactly as the metadata of your authorization server does."};
  }
  return issuer;
}

accounts::JwtRules rules_of(const setup::Settings& settings) {
  const auto& oauth = settings.server.oauth;
  accounts::JwtRules rules;
  rules.audiences = {oauth.audience.empty() ? settings.effective_public_url() + "/mcp"
                                            : oauth.audience};
  rules.user_claim = oauth.user_claim;
  rules.scope_claim = oauth.scope_claim;
  rules.scopes = scopes_of(settings);
  return rules;
}

}  // namespace

accounts::ScopeMap scopes_of(const setup::Settings& settings) {
  return accounts::ScopeMap::parse(settings.server.oauth.scopes).value();
}

TokenIssuer::TokenIssuer(boost::asio::io_context& loop, const setup::Settings& settings,
                         Clock& clock, Log& log)
    : http_{client_for_issuer(loop, settings)},
      keys_{*http_, checked_issuer(settings.server.oauth.issuer), clock, log},
      callers_{keys_, rules_of(settings), clock} {}

Task<void> TokenIssuer::look() {
  const auto tried = co_await caught(keys_.current());
  static_cast<void>(tried.has_value());
}

void TokenIssuer::tell(setup::Report& report) const {
  const auto condition = keys_.condition();
  setup::TokenIssuerState state;
  state.issuer = keys_.issuer();
  state.keys = static_cast<std::int64_t>(condition.keys);
  if (condition.failure) {
    state.problem = condition.failure->message + " " + condition.failure->hint;
    report.warnings.push_back("The keys of " + state.issuer +
                              " cannot be fetched: " + *state.problem);
  }
  report.token_issuer = std::move(state);
}

void TokenIssuer::measure(Meter& meter) const {
  const auto ask = [&](Meter::Kind kind, const char* name, const char* help, const char* outcome,
                       auto value) {
    MeterLabels labels;
    if (*outcome != '\0') labels = {{"outcome", outcome}};
    meter.ask(kind, name, help, labels,
              [this, value] { return static_cast<double>(value(keys_.condition())); });
  };
  using Condition = jwt::IssuerKeys::Condition;
  ask(Meter::Kind::gauge, "gmail_mcp_token_issuer_keys",
      "Keys by which tokens of server.oauth.issuer can be checked; 0: no token is taken.", "",
      [](const Condition& now) { return now.keys; });
  const auto* fetches = "gmail_mcp_token_issuer_fetches_total";
  const auto* help = "Fetches of the keys of server.oauth.issuer.";
  ask(Meter::Kind::counter, fetches, help, "ok", [](const Condition& now) { return now.fetched; });
  ask(Meter::Kind::counter, fetches, help, "failed",
      [](const Condition& now) { return now.failed; });
}

}  // namespace gmail_mcp::app
