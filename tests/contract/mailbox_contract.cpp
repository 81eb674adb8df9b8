#include "tests/contract/mailbox_contract.h"

#include <filesystem>
#include <fstream>

#include "crypto/random.h"
#include "mail/cached_mailbox.h"
#include "mail/testing/memory_mailbox.h"
#include "tests/contract/folder_mailbox.h"
#include "tests/contract/gmail_rest_over_sandbox.h"
#include "tests/contract/imap_smtp_over_sandbox.h"

namespace gmail_mcp::mail {

namespace {

class OpenMemory final : public OpenMailbox {
 public:
  explicit OpenMemory(Clock& clock) : mailbox_{own_address, clock} {}

  Mailbox& mailbox() override { return mailbox_; }
  model::MessageId deliver(std::string rfc822, Timestamp at,
                           std::vector<std::string> labels) override {
    return mailbox_.deliver(std::move(rfc822), std::move(labels), at);
  }
  model::LabelId add_label(std::string name) override {
    return mailbox_.add_label(std::move(name));
  }
  Task<void> stop() override { co_return; }

 private:
  MemoryMailbox mailbox_;
};

std::unique_ptr<OpenMailbox> open_memory(boost::asio::io_context&, Clock& clock) {
  return std::make_unique<OpenMemory>(clock);
}

// What happens outside is news to it, as a watched mailbox hears them.
class OpenRemembering final : public OpenMailbox {
 public:
  explicit OpenRemembering(Clock& clock) : cache_{std::size_t{1} << 20U, clock} {
    auto inner = std::make_unique<MemoryMailbox>(own_address, clock);
    memory_ = inner.get();
    mailbox_ = remember_answers(std::move(inner), cache_);
  }

  Mailbox& mailbox() override { return *mailbox_; }
  model::MessageId deliver(std::string rfc822, Timestamp at,
                           std::vector<std::string> labels) override {
    auto id = memory_->deliver(std::move(rfc822), std::move(labels), at);
    mailbox_->forget_answers();
    return id;
  }
  model::LabelId add_label(std::string name) override {
    auto id = memory_->add_label(std::move(name));
    mailbox_->forget_answers();
    return id;
  }
  Task<void> stop() override { co_return; }

 private:
  ResponseCache cache_;
  MemoryMailbox* memory_ = nullptr;
  std::unique_ptr<Mailbox> mailbox_;
};

std::unique_ptr<OpenMailbox> open_remembering(boost::asio::io_context&, Clock& clock) {
  return std::make_unique<OpenRemembering>(clock);
}

class OpenFolder final : public OpenMailbox {
 public:
  OpenFolder() { std::filesystem::create_directory(folder_); }
  ~OpenFolder() override { std::filesystem::remove_all(folder_); }
  OpenFolder(const OpenFolder&) = delete;
  OpenFolder& operator=(const OpenFolder&) = delete;

  Mailbox& mailbox() override { return mailbox_; }
  model::MessageId deliver(std::string rfc822, Timestamp at,
                           std::vector<std::string> /*labels*/) override {
    const auto time = std::chrono::floor<std::chrono::milliseconds>(at).time_since_epoch().count();
    model::MessageId id{std::to_string(time) + '-' + std::to_string(++delivered_)};
    std::ofstream{folder_ / (id.str() + ".eml"), std::ios::binary} << rfc822;
    return id;
  }
  model::LabelId add_label(std::string name) override { return model::LabelId{std::move(name)}; }
  Task<void> stop() override { co_return; }

 private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("mail-" + crypto::random_token(12));
  FolderMailbox mailbox_{folder_, own_address};
  int delivered_ = 0;
};

std::unique_ptr<OpenMailbox> open_folder(boost::asio::io_context&, Clock&) {
  return std::make_unique<OpenFolder>();
}

std::unique_ptr<OpenMailbox> open_rest(boost::asio::io_context& loop, Clock& clock) {
  return std::make_unique<GmailRestOverSandbox>(loop, clock);
}

std::unique_ptr<OpenMailbox> open_rest_without_batch(boost::asio::io_context& loop, Clock& clock) {
  auto open = std::make_unique<GmailRestOverSandbox>(loop, clock);
  open->sandbox().faults().switches().refuse_batch = 404;
  return open;
}

std::unique_ptr<OpenMailbox> open_imap(boost::asio::io_context& loop, Clock& clock) {
  return std::make_unique<ImapSmtpOverSandbox>(loop, clock);
}

}  // namespace

const std::vector<MailBackend>& mail_backends() {
  static const std::vector<MailBackend> all{
      {"memory", open_memory},
      {"gmail_rest", open_rest},
      {"gmail_rest_without_batch", open_rest_without_batch},
      {.name = "imap_smtp", .open = open_imap, .stable_draft_ids = false},
      {"remembering", open_remembering},
      {.name = "folder", .open = open_folder, .claims = ReadingMailbox::claims()},
  };
  return all;
}

std::string letter(std::string_view subject, std::string_view text, std::string_view more) {
  return "From: Priya Nair <priya.nair@elsewhere.example>\r\nTo: " + own_address +
         "\r\nSubject: " + std::string{subject} +
         "\r\nDate: Mon, 01 Dec 2025 10:00:00 +0000\r\nMIME-Version: 1.0\r\n" + std::string{more} +
         "Content-Type: text/plain; charset=utf-8\r\n\r\n" + std::string{text} + "\r\n";
}

}  // namespace gmail_mcp::mail
