#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mail/testing/reading_mailbox.h"

namespace gmail_mcp::mail {

/// The example of docs/howto-backend.md: a mailbox over a folder of `<milliseconds>-<n>.eml`, which
/// lists and reads. The name of a file without its end is the id of the message, its number the
/// time at which the mail came. All of it is in the inbox, and unread.
class FolderMailbox final : public ReadingMailbox {
 public:
  FolderMailbox(std::filesystem::path folder, std::string address)
      : folder_{std::move(folder)}, address_{std::move(address)} {}

  const std::string& address() const override { return address_; }
  Task<model::Profile> profile() override;
  Task<std::vector<model::Label>> labels() override;
  Task<std::vector<model::Label>> label_names() override { return labels(); }
  Task<std::vector<model::SenderAddress>> sender_addresses() override;
  Task<MessagePage> search(Query query) override;
  Task<IdPage> search_ids(Query query) override;
  Task<model::Message> message(model::MessageId id, Detail detail) override;
  Task<model::Attachment> attachment(model::MessageId message, std::string attachment_id) override;
  Task<std::string> source(model::MessageId id) override;

 private:
  std::vector<std::string> newest_first() const;
  std::string bytes_of(const model::MessageId& id) const;
  model::Message read(const model::MessageId& id, Detail detail) const;

  std::filesystem::path folder_;
  std::string address_;
};

}  // namespace gmail_mcp::mail
