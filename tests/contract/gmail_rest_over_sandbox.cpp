#include "tests/contract/gmail_rest_over_sandbox.h"

#include "crypto/random.h"
#include "google/oauth.h"
#include "google/scopes.h"
#include "http/url.h"
#include "mail/gmail_rest/history_feed.h"

namespace gmail_mcp::mail {

namespace {

sandbox::Options unseeded() {
  sandbox::Options options;
  options.seed_mail = false;
  return options;
}

const std::vector<std::string>& granted() {
  static const std::vector<std::string> scopes{"https://www.googleapis.com/auth/gmail.modify"};
  return scopes;
}

// Connects as a person would, when the first token is needed.
class Consent final : public google::TokenSource {
 public:
  Consent(sandbox::Sandbox& sandbox, http::Client& http)
      : sandbox_{sandbox},
        client_{.client_id = sandbox::Options{}.client_id,
                .client_secret = Secret{sandbox::Options{}.client_secret}},
        endpoints_{.auth_url = sandbox.base_url() + "/o/oauth2/v2/auth",
                   .token_url = sandbox.base_url() + "/token"},
        oauth_{http, endpoints_, client_} {}

  Task<Secret> token() override {
    if (token_.empty()) {
      const auto pkce = crypto::make_pkce();
      google::ConsentRequest request;
      request.redirect_uri = "http://127.0.0.1:9/callback";
      request.scopes = google::with_identity(granted());
      request.state = "s1";
      request.code_challenge = pkce.challenge;
      const auto url = google::consent_url(endpoints_, client_, request);
      const auto redirect = sandbox_.approve(url, own_address).value();
      const auto query = http::decode_query(http::Url::parse(redirect).value().query).value();
      std::string code{http::query_value(query, "code")};
      auto grant = co_await oauth_.exchange(std::move(code), pkce.verifier, request.redirect_uri);
      token_ = std::move(grant.access_token);
      refresh_token_ = std::move(grant.refresh_token);
    }
    co_return token_;
  }

  Task<Secret> replace(Secret) override {
    auto grant = co_await oauth_.refresh(refresh_token_);
    token_ = std::move(grant.access_token);
    co_return token_;
  }

 private:
  sandbox::Sandbox& sandbox_;
  google::OAuthClient client_;
  google::Endpoints endpoints_;
  google::OAuthApi oauth_;
  Secret token_;
  Secret refresh_token_;
};

}  // namespace

GmailRestOverSandbox::GmailRestOverSandbox(boost::asio::io_context& loop, Clock& clock)
    : sandbox_{sandbox::Sandbox::start(loop, unseeded(), clock, *log_)},
      http_{http::make_client(loop, {})},
      root_{sandbox_->base_url()},
      tokens_{std::make_shared<Consent>(*sandbox_, *http_)} {
  const GmailRest shared{.http = *http_, .root = root_, .clock = clock};
  mailbox_ = open_gmail_rest(shared, tokens_, own_address, granted());
}

std::unique_ptr<Feed> GmailRestOverSandbox::open_feed(Clock& clock) {
  const GmailRest shared{.http = *http_, .root = root_, .clock = clock};
  return open_history_feed(shared, tokens_, own_address, granted(), std::chrono::days{0});
}

model::MessageId GmailRestOverSandbox::deliver(std::string rfc822, Timestamp at,
                                               std::vector<std::string> labels) {
  const auto id = sandbox_->world().deliver(own_address, rfc822, std::move(labels), at);
  return model::MessageId{id.value()};
}

model::LabelId GmailRestOverSandbox::add_label(std::string name) {
  sandbox::Label label;
  label.name = std::move(name);
  auto& mailbox = sandbox_->world().mailbox(own_address);
  return model::LabelId{mailbox.create_label(std::move(label)).value()->id};
}

Task<void> GmailRestOverSandbox::stop() {
  mailbox_.reset();
  tokens_.reset();
  http_.reset();
  co_await sandbox_->stop();
}

}  // namespace gmail_mcp::mail
