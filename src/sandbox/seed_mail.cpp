#include "sandbox/seed_mail.h"

#include <algorithm>

#include "base/text.h"
#include "http/date.h"
#include "sandbox/seed_letters.h"

namespace gmail_mcp::sandbox {

namespace {

Reader reader_of(const Account& account, std::size_t number) {
  Reader reader;
  reader.self = mime::Address{account.name, account.email};
  reader.first_name = account.name.substr(0, account.name.find(' '));
  reader.number = std::to_string(number);
  return reader;
}

SeedLabels create_labels(Mailbox& mailbox) {
  const auto create = [&](std::string name) {
    Label label;
    label.name = std::move(name);
    return mailbox.create_label(std::move(label)).value()->id;
  };
  SeedLabels labels;
  static_cast<void>(create("Work"));
  labels.projects = create("Work/Projects");
  labels.receipts = create("Receipts");
  return labels;
}

// One that can be used and one that its owner has not confirmed.
void add_send_as(Account& account) {
  const auto name = account.email.substr(0, account.email.find('@'));
  account.send_as.push_back({name + "@studio.example", account.name + " (Studio)", "", true});
  account.send_as.push_back({name + "@club.example", "", "", false});
}

std::string replace_all(std::string text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

void post(World& world, Account& account, Letter letter) {
  const auto date = world.clock().now() - letter.age;
  letter.draft.date = date;
  auto raw = letter.raw.empty()
                 ? mime::write_message(letter.draft, mime::BccHeader::keep).value()
                 : replace_all(std::move(letter.raw), "%DATE%", http::format_date(date));
  const auto has = [&](std::string_view label) {
    return std::find(letter.labels.begin(), letter.labels.end(), label) != letter.labels.end();
  };
  if (has("DRAFT")) {
    static_cast<void>(account.mailbox.create_draft(std::move(raw), {}).value());
  } else if (has("SENT")) {
    Arrival arrival;
    arrival.raw = std::move(raw);
    arrival.labels = std::move(letter.labels);
    arrival.internal_date = date;
    static_cast<void>(account.mailbox.add(std::move(arrival)).value());
  } else {
    static_cast<void>(world.deliver(account.email, raw, std::move(letter.labels), date).value());
  }
}

}  // namespace

std::string addressed(std::string_view text, const Reader& reader) {
  return replace_all(std::string{text}, "{me}", reader.first_name);
}

void seed_mail(World& world) {
  std::vector<mime::Address> people;
  for (const auto& account : world.accounts()) {
    people.push_back(mime::Address{account->name, account->email});
  }
  for (std::size_t i = 0; i < world.accounts().size(); ++i) {
    auto& account = *world.accounts()[i];
    const auto reader = reader_of(account, i + 1);
    const auto labels = create_labels(account.mailbox);
    add_send_as(account);
    std::vector<Letter> letters;
    for (auto& part : {seed_conversations(reader, labels), seed_notices(reader, labels),
                       seed_oddities(reader, labels), seed_team_thread(reader, people)}) {
      letters.insert(letters.end(), part.begin(), part.end());
    }
    // As it arrived: an answer finds the mail it answers.
    std::stable_sort(letters.begin(), letters.end(),
                     [](const Letter& a, const Letter& b) { return a.age > b.age; });
    for (auto& letter : letters) post(world, account, std::move(letter));
  }
}

}  // namespace gmail_mcp::sandbox
