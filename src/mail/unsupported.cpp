#include "mail/unsupported.h"

#include <string_view>
#include <utility>

#include "mail/forwarding.h"

namespace gmail_mcp::mail {

namespace {

std::string_view in_words(bool Capabilities::*what) {
  if (what == &Capabilities::threads) return "conversations";
  if (what == &Capabilities::changes) return "changes";
  if (what == &Capabilities::sending) return "sending";
  if (what == &Capabilities::drafts) return "drafts";
  return "messages as they came";
}

struct Refuser {
  const Mailbox& mailbox;

  template <class T>
  Task<T> operator()(Task<T> work, Need need = nullptr) const {
    if (need != nullptr && !(mailbox.capabilities().*need)) throw unsupported(need);
    co_return co_await std::move(work);
  }
};

}  // namespace

Error unsupported(bool Capabilities::*what) {
  return {Errc::unsupported,
          "This kind of account does not offer " + std::string{in_words(what)} + ".",
          "gmail_list_connections shows which other accounts there are."};
}

std::unique_ptr<Mailbox> refuse_unsupported(std::unique_ptr<Mailbox> mailbox) {
  const Refuser refuser{*mailbox};
  return std::make_unique<MailboxBehind<Refuser>>(std::move(mailbox), refuser);
}

}  // namespace gmail_mcp::mail
