#pragma once

// Private to this folder; others open one by gmail_rest.h.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "google/gate.h"
#include "google/gmail.h"
#include "google/scopes.h"
#include "mail/gmail_rest/gmail_rest.h"
#include "mail/gmail_rest/in_pieces.h"

namespace gmail_mcp::mail {

class RestMailbox final : public Mailbox {
 public:
  RestMailbox(const GmailRest& shared, std::shared_ptr<google::TokenSource> tokens,
              std::string address, std::vector<std::string> granted_scopes);

  const Capabilities& capabilities() const override { return capabilities_; }
  const std::string& address() const override { return address_; }

  Task<model::Profile> profile() override;
  Task<std::vector<model::Label>> labels() override;
  Task<std::vector<model::Label>> label_names() override;
  Task<std::vector<model::SenderAddress>> sender_addresses() override;

  Task<model::Label> create_label(LabelWish wish) override;
  Task<model::Label> update_label(model::LabelId id, LabelWish wish) override;
  Task<model::Label> delete_label(model::LabelId id) override;

  Task<MessagePage> search(Query query) override;
  Task<IdPage> search_ids(Query query) override;
  Task<model::Message> message(model::MessageId id, Detail detail) override;
  Task<model::Thread> thread(model::ThreadId id) override;
  Task<model::Attachment> attachment(model::MessageId message, std::string attachment_id) override;
  Task<std::string> source(model::MessageId id) override;

  Task<std::vector<std::string>> modify_labels(model::MessageId id, std::vector<std::string> add,
                                               std::vector<std::string> remove) override;
  Task<std::vector<Change>> modify_many(std::vector<model::MessageId> ids, Provenance provenance,
                                        std::vector<std::string> add,
                                        std::vector<std::string> remove) override;
  Task<void> trash(model::MessageId id) override;
  Task<void> untrash(model::MessageId id) override;

  Task<model::Sent> send(Outgoing mail) override;
  Task<std::optional<model::Sent>> find_sent(std::string rfc822_message_id, std::string send_id,
                                             Timestamp since) override;

  Task<DraftRef> create_draft(Outgoing mail) override;
  Task<DraftRef> update_draft(model::DraftId id, Outgoing mail) override;
  Task<void> delete_draft(model::DraftId id) override;
  Task<DraftPage> drafts(int max_results, std::string page_token) override;
  Task<DraftRef> draft(model::DraftId id) override;
  Task<DraftSource> draft_source(model::DraftId id) override;
  Task<model::Sent> send_draft(model::DraftId id) override;
  void forget_answers() override {}

 private:
  void require(google::Method method) const { granted_.require(method); }
  void require_content(google::Method method) const { granted_.require_content(method); }

  Task<google::MessageList> listed(const Query& query);
  Task<google::RawLabel> own_label(std::string id);
  Task<void> rename_within(std::string old_name, std::string new_name,
                           std::vector<google::RawLabel> before);

  /// The message with every part, but without bytes.
  Task<google::RawMessage> outline(std::string id);
  Task<ConvertedMessages> outlines(std::vector<std::string> ids);
  Task<void> complete_outlines(const std::vector<std::string>& ids,
                               std::vector<Result<google::RawMessage>>& messages);
  Task<std::optional<google::RawThread>> whole_thread(std::string id);
  /// Reads a conversation that is too large for one answer.
  Task<void> read_in_pieces(model::Thread& thread);
  Task<std::string> attachment_bytes(const std::string& message_id, const google::RawPart& part);

  google::Gate gate_;
  std::shared_ptr<google::TokenSource> tokens_;
  google::GmailApi api_;
  WorkPool* work_pool_;
  Capabilities capabilities_;
  std::string address_;
  GrantedScopes granted_;
};

/// Sorts the answers for `ids` into messages and reasons for the missing ones. Throws failures that
/// are not about single messages, and when everything failed.
void put(ConvertedMessages answers, const std::vector<std::string>& ids,
         std::vector<model::Message>& messages, std::vector<Omitted>& omitted);

}  // namespace gmail_mcp::mail
