#include "sandbox/seed_mail.h"

#include <algorithm>

#include "base/text.h"
#include "http/date.h"
#include "mime/writer.h"
#include "sandbox/text.h"
#include "sandbox_seeds.h"

namespace gmail_mcp::sandbox {

namespace {

// Whose mailbox is filled, and who else is here.
struct Reader {
  mime::Address self;
  std::string number;  // "1", "2" …: keeps Message-IDs of different mailboxes apart
  std::vector<mime::Address> people;
};

struct Letter {
  mime::Draft draft;
  std::chrono::minutes age{0};
  std::vector<std::string> labels;  // by name
  std::string raw;                  // instead of `draft`
};

std::string replace_all(std::string text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

std::string addressed(std::string_view text, const Reader& reader) {
  const auto& name = reader.self.name;
  std::string out{text};
  for (const auto& [what, with] :
       {std::pair{"{me}", name.substr(0, name.find(' '))}, std::pair{"{name}", name},
        std::pair{"{email}", reader.self.email}, std::pair{"{n}", reader.number},
        std::pair{"{bom}", std::string{"\xEF\xBB\xBF"}}}) {
    out = replace_all(std::move(out), what, with);
  }
  return out;
}

std::string with_crlf(std::string text) { return replace_all(std::move(text), "\n", "\r\n"); }

// "1d 5h 30m"
std::chrono::minutes read_age(std::string_view text) {
  std::chrono::minutes age{0};
  for (const auto& word : split(text, ' ')) {
    const auto number = read_number<int>(word.substr(0, word.size() - 1)).value();
    age += std::chrono::minutes{number * (word.back() == 'd'   ? 24 * 60
                                          : word.back() == 'h' ? 60
                                                               : 1)};
  }
  return age;
}

mime::Address read_address(std::string_view text, const Reader& reader) {
  return text == "me" ? reader.self : mime::parse_one_address(text).value();
}

void write_to_team(Letter& letter, std::string_view number, const Reader& reader) {
  const auto& people = reader.people;
  const auto& sender = people[static_cast<std::size_t>(number.front() - '0') % people.size()];
  letter.draft.from = sender;
  letter.draft.to.clear();
  for (const auto& person : people) {
    if (person.email != sender.email) letter.draft.to.push_back(person);
  }
  letter.labels = {"INBOX", "CATEGORY_PERSONAL"};
  if (sender.email == reader.self.email) letter.labels = {"SENT"};
}

Letter read_letter(std::string_view text, const Reader& reader) {
  const auto message_id = [](std::string_view id) {
    return "<" + std::string{id} + "@seed.sandbox.example>";
  };
  Letter letter;
  auto& draft = letter.draft;
  draft.to = {reader.self};
  std::vector<HeaderField> fields;
  draft.text = text.substr(read_head(text, 0, text.size(), fields));
  for (const auto& [name, value] : fields) {
    if (name == "From") {
      draft.from = read_address(value, reader);
    } else if (name == "To") {
      draft.to = {read_address(value, reader)};
    } else if (name == "Subject") {
      draft.subject = value;
    } else if (name == "Id") {
      draft.message_id = message_id(value);
    } else if (name == "Answers") {
      for (const auto& id : split(value, ' ')) draft.references.push_back(message_id(id));
      draft.in_reply_to = {draft.references.back()};
    } else if (name == "Age") {
      letter.age = read_age(value);
    } else if (name == "Labels") {
      letter.labels = split(value, ' ');
    } else if (name == "Team") {
      write_to_team(letter, value, reader);
    } else {
      draft.extra_headers.emplace_back(name, value);
    }
  }
  return letter;
}

void add_block(Letter& letter, std::string_view title, std::string text) {
  if (title == "html") {
    letter.draft.html = std::move(text);
  } else if (title == "raw") {
    letter.raw = with_crlf(std::move(text));
  } else {
    title.remove_prefix(std::string_view{"file: "}.size());
    const auto semicolon = title.find("; ");
    mime::Attachment file;
    file.filename = title.substr(0, semicolon);
    file.mime_type = title.substr(semicolon + 2);
    file.content =
        file.mime_type.starts_with("text/") ? with_crlf(std::move(text)) : std::move(text);
    letter.draft.attachments.push_back(std::move(file));
  }
}

std::vector<Letter> read_letters(std::string_view file, const Reader& reader) {
  constexpr std::string_view mark = "\n%% ";
  const auto text = addressed(file, reader);
  std::vector<Letter> letters;
  for (auto at = text.find(mark); at != std::string::npos;) {
    const auto begin = at + mark.size();
    const auto line_end = text.find('\n', begin);
    const auto title = std::string_view{text}.substr(begin, line_end - begin);
    at = text.find(mark, line_end);
    const auto end = at == std::string::npos ? text.size() - 1 : at;
    auto block = text.substr(line_end + 1, end - line_end - 1);
    if (title == "mail") {
      letters.push_back(read_letter(block, reader));
    } else {
      add_block(letters.back(), title, std::move(block));
    }
  }
  return letters;
}

void create_labels(Mailbox& mailbox) {
  for (const auto* name : {"Work", "Work/Projects", "Receipts"}) {
    Label label;
    label.name = name;
    static_cast<void>(mailbox.create_label(std::move(label)).value());
  }
}

std::string label_id(const Mailbox& mailbox, std::string_view name) {
  const auto& labels = mailbox.labels();
  const auto found = std::find_if(labels.begin(), labels.end(),
                                  [&](const Label& label) { return label.name == name; });
  return found->id;
}

// One that can be used and one that its owner has not confirmed.
void add_send_as(Account& account) {
  const auto name = account.email.substr(0, account.email.find('@'));
  account.send_as.push_back({name + "@studio.example", account.name + " (Studio)", "", true});
  account.send_as.push_back({name + "@club.example", "", "", false});
}

void post(World& world, Account& account, Letter letter) {
  const auto date = world.clock().now() - letter.age;
  letter.draft.date = date;
  Arrival arrival;
  arrival.raw = letter.raw.empty()
                    ? mime::write_message(std::move(letter.draft), mime::BccHeader::keep).value()
                    : replace_all(std::move(letter.raw), "{date}", http::format_date(date));
  arrival.internal_date = date;
  arrival.labels.clear();
  for (const auto& name : letter.labels) arrival.labels.push_back(label_id(account.mailbox, name));
  if (letter.labels.front() == "DRAFT") {
    static_cast<void>(account.mailbox.create_draft(std::move(arrival.raw), {}).value());
  } else if (letter.labels.front() == "SENT") {
    static_cast<void>(account.mailbox.add(std::move(arrival)).value());
  } else {
    static_cast<void>(
        world.deliver(account.email, arrival.raw, std::move(arrival.labels), date).value());
  }
}

}  // namespace

void seed_mail(World& world) {
  std::vector<mime::Address> people;
  for (const auto& account : world.accounts()) {
    people.push_back(mime::Address{account->name, account->email});
  }
  for (std::size_t i = 0; i < world.accounts().size(); ++i) {
    auto& account = *world.accounts()[i];
    create_labels(account.mailbox);
    add_send_as(account);
    const Reader reader{people[i], std::to_string(i + 1), people};
    std::vector<Letter> letters;
    for (const auto& file : seed_files) {
      for (auto& letter : read_letters(file, reader)) {
        // There is no team thread in a sandbox of one person.
        if (!letter.draft.to.empty()) letters.push_back(std::move(letter));
      }
    }
    // In the order of arrival, so that an answer finds the mail it answers.
    std::stable_sort(letters.begin(), letters.end(),
                     [](const Letter& a, const Letter& b) { return a.age > b.age; });
    for (auto& letter : letters) post(world, account, std::move(letter));
  }
}

}  // namespace gmail_mcp::sandbox
