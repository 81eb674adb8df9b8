#include "mail/archive_entry.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "mime/html_text.h"

namespace gmail_mcp::mail {

namespace {

// A longer text is not a letter but a log, a book or an attack. The rest is kept and shown, but not
// searched.
constexpr std::size_t most_searched = 1 << 20;
constexpr std::size_t most_correspondents = 100;  // the first ones of a message to thousands

std::optional<std::string> searched_text(const model::Message& message) {
  if (trim(message.body_plain).empty() && message.body_html) {
    return mime::html_to_text(utf8_prefix(*message.body_html, most_searched)).text;
  }
  if (message.body_plain.size() > most_searched) {
    return std::string{utf8_prefix(message.body_plain, most_searched)};
  }
  return std::nullopt;
}

// Of what is an address: 64 for the name, 1, 255 for the domain (RFC 5321, 4.5.3.1).
constexpr std::size_t longest_email = 320;

class Correspondents {
 public:
  explicit Correspondents(std::string own) : own_{std::move(own)} {}

  void add(const model::Address& mailbox) {
    auto email = to_lower_ascii(trim(mailbox.email));
    if (email.empty() || list_.size() == most_correspondents) return;
    // A stranger may have written anything there; the message itself keeps it.
    if (email.size() > longest_email) return;
    if (email == own_) {
      self_.push_back({mailbox.name, std::move(email)});
    } else if (seen_.insert(email).second) {
      list_.push_back({mailbox.name, std::move(email)});
    }
  }
  void add(const std::vector<model::Address>& mailboxes) {
    for (const auto& one : mailboxes) add(one);
  }

  std::vector<model::Address> take() {
    if (list_.empty() && !self_.empty()) list_.push_back(std::move(self_.front()));
    return std::move(list_);
  }

 private:
  std::string own_;
  std::set<std::string> seen_;
  std::vector<model::Address> list_, self_;
};

}  // namespace

store::NewArchived to_entry(model::Message message, const std::string& own_address) {
  const auto own = to_lower_ascii(own_address);
  const auto& labels = message.labels;
  const bool is_sent = std::find(labels.begin(), labels.end(), "SENT") != labels.end() ||
                       to_lower_ascii(trim(message.from.email)) == own;
  store::NewArchived entry;
  Correspondents correspondents{own};
  if (is_sent) {
    correspondents.add(message.to);
    correspondents.add(message.cc);
    correspondents.add(message.bcc);
  } else {
    correspondents.add(message.from);
  }
  entry.correspondents = correspondents.take();
  entry.text = searched_text(message);
  entry.reading = reading_version;
  entry.archived.direction = is_sent ? model::Direction::sent : model::Direction::received;
  entry.archived.message = std::move(message);
  return entry;
}

}  // namespace gmail_mcp::mail
