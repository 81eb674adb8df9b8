#pragma once

#include "google/api_root.h"
#include "http/client.h"
#include "mail/feed.h"
#include "mail/gmail_rest/gmail_rest.h"
#include "sandbox/sandbox.h"
#include "tests/contract/mailbox_contract.h"

namespace gmail_mcp::mail {

/// Our Gmail REST backend, by HTTP, against the simulated Google.
class GmailRestOverSandbox final : public OpenMailbox {
 public:
  GmailRestOverSandbox(boost::asio::io_context& loop, Clock& clock);

  sandbox::Sandbox& sandbox() { return *sandbox_; }
  std::unique_ptr<Feed> open_feed(Clock& clock);

  Mailbox& mailbox() override { return *mailbox_; }
  model::MessageId deliver(std::string rfc822, Timestamp at,
                           std::vector<std::string> labels) override;
  model::LabelId add_label(std::string name) override;
  Task<void> stop() override;

 private:
  std::unique_ptr<Log> log_ = Log::silent();
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::unique_ptr<http::Client> http_;
  google::ApiRoot root_;
  std::shared_ptr<google::TokenSource> tokens_;
  std::unique_ptr<Mailbox> mailbox_;
};

}  // namespace gmail_mcp::mail
