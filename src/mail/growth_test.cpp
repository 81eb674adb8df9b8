// Reading and writing mail: four times as much must be four times the work.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/testing/growth.h"
#include "mail/archive_entry.h"
#include "mail/draft_change.h"
#include "mail/file_types.h"
#include "mail/gmail_rest/convert.h"
#include "mail/imap_smtp/envelope.h"
#include "mail/imap_smtp/gmail_query.h"
#include "mail/imap_smtp/labels.h"
#include "mail/imap_smtp/outline.h"
#include "mail/imap_smtp/plain_search.h"
#include "mail/label_rules.h"
#include "mail/message_reader.h"
#include "mail/quotation.h"
#include "mail/recipients.h"
#include "mail/reply.h"
#include "mail/testing/memory_mailbox.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {
namespace {

using gmail_mcp::growth::expect_linear;
using gmail_mcp::growth::growing_text;
using gmail_mcp::growth::halves;
using gmail_mcp::growth::repeated;

// Each is a little different, so that nothing is already known.
template <class Make>
std::string numbered(std::size_t n, const Make& make) {
  std::string text;
  for (std::size_t i = 0; text.size() < n; ++i) text += make(std::to_string(i));
  return text;
}

std::string address_list(std::size_t n) {
  return numbered(n, [](const std::string& i) { return "a" + i + "@shop.example,\r\n "; });
}

TEST(Growth, Recipients) {
  expect_linear(
      "Recipients", growing_text,
      [](std::size_t n) {
        std::vector<std::string> emails;
        for (std::size_t i = 0; i < n / 16; ++i) emails.push_back(std::to_string(i) + "@a.example");
        return emails;
      },
      [](const std::vector<std::string>& emails) {
        Recipients recipients;
        for (const auto& email : emails) recipients.add(email);
        std::move(recipients).finish().has_value();
      });
}

TEST(Growth, ChangedDraft) {
  const auto draft = [](std::size_t n) {
    DraftSource source;
    source.rfc822 = "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
                    repeated("--b\r\nContent-Type: image/png\r\n\r\nx\r\n", n) + "--b--\r\n";
    return source;
  };
  boost::asio::io_context loop;
  ManualClock clock;
  MemoryMailbox mailbox{"me@example.org", clock};
  model::DraftChange change;
  change.body = "New.";
  expect_linear("a draft with many files that is changed", growing_text, draft,
                [&](const DraftSource& source) {
                  run_to_end(loop,
                             compose_change(mailbox, source, change, clock.now(), nullptr, {}));
                });
}

TEST(Growth, Quotation) {
  for (const char* line : {"> a\n", "\n", "<p>a", "</div>", "Re: ", "[a]", "Fwd: "}) {
    const auto make = [line](std::size_t n) {
      model::Message original;
      for (std::string* text : {&original.body_plain, &original.subject}) *text = repeated(line, n);
      original.body_html = original.body_plain;
      for (std::size_t i = 0; i < n / 64; ++i) {
        original.cc.push_back({"a", "b@c"});
        original.attachments.push_back({.id = std::to_string(i), .mime_type = "text/calendar"});
        original.attachments.back().content_id = std::to_string(i);
      }
      return original;
    };
    expect_linear(std::string{"quote "} + line, growing_text, make, [](const model::Message& one) {
      WrittenText answer{.text = one.body_plain, .html = one.body_html};
      quote_below(answer, one);
    });
    expect_linear(std::string{"forward "} + line, growing_text, make,
                  [](const model::Message& one) {
                    WrittenText written{.text = one.body_plain, .html = one.body_html};
                    forward_below(written, one);
                    forward_subject(one.subject);
                  });
  }
}

TEST(Growth, RecipientsInOneText) {
  boost::asio::io_context loop;
  ManualClock clock;
  MemoryMailbox mailbox{"me@example.org", clock};
  for (const char* piece :
       {"a@b.example, ", ",", "\"", "\\", "\"a\" ", "\u00A0", "\u3000;", "a <", "\u00FC@"}) {
    expect_linear(
        std::string{"recipients of "} + piece, growing_text,
        [piece](std::size_t n) { return repeated(piece, n); },
        [&](const std::string& text) {
          model::NewMessage message;
          message.to = {text};
          message.body = "Hi";
          try {
            run_to_end(loop, compose(mailbox, std::move(message), "", clock.now()));
          } catch (const Error&) {
          }
        });
  }
}

TEST(Growth, AnswerToAll) {
  for (const char* label : {"INBOX", "SENT"}) {
    expect_linear(
        label, growing_text,
        [&](std::size_t n) {
          model::Message original;
          original.labels = {label};
          for (std::size_t i = 0; i < n / 48; ++i) {
            original.to.push_back({"", "me+" + std::to_string(i) + "@shop.example"});
            original.cc.push_back({"", std::to_string(i) + "@a.example"});
            original.reply_to.push_back({"", std::to_string(i) + "@b.example"});
          }
          return original;
        },
        [](const model::Message& original) {
          Sender me;
          me.own = {"me@shop.example"};
          mime::Draft draft;
          add_all_recipients(draft, original, me);
        });
  }
}

TEST(Growth, Envelope) {
  const std::vector<std::pair<const char*, std::string (*)(std::size_t)>> messages{
      {"one long list", [](std::size_t n) { return "To: " + address_list(n) + "\r\n\r\n"; }},
      {"a folded Bcc and a long text",
       [](std::size_t n) {
         return "Bcc: " + address_list(n / 2) + "\r\n\r\n" + std::string(n / 2, 'x');
       }},
      {"many fields",
       [](std::size_t n) {
         return numbered(n, [](const std::string& i) { return "Bcc: a" + i + "@b.example\r\n"; }) +
                "\r\n";
       }},
      {"fields that are and are not Bcc",
       [](std::size_t n) { return repeated("Bcc: a@b\r\nX: y\r\n", n) + "\r\n"; }},
      {"empty lines of a field", [](std::size_t n) { return "Bcc: a\r\n" + repeated(" \n", n); }},
      {"one line without end", [](std::size_t n) { return repeated("Bcc", n); }},
      {"ids", [](std::size_t n) { return "Message-ID: " + repeated("<a@b>", n) + "\r\n\r\n"; }},
  };
  for (const auto& [name, make] : messages) {
    expect_linear(std::string{"the envelope of "} + name, growing_text, make,
                  [](const std::string& rfc822) {
                    recipients_of(rfc822).has_value();
                    message_id_of(rfc822);
                    auto bytes = rfc822;
                    remove_bcc(bytes);
                  });
  }
}

// A multipart with this many parts, as IMAP describes it.
imap::Fetched fetched(std::size_t parts) {
  imap::BodyPart root;
  root.mime_type = "multipart/mixed";
  for (std::size_t i = 0; i < parts; ++i) {
    imap::BodyPart part;
    part.section = std::to_string(i + 1);
    part.mime_type = i == 0 ? "text/plain" : "image/png";
    part.encoding = "base64";
    part.bytes = 100;
    root.parts.push_back(std::move(part));
  }
  imap::Fetched message;
  message.structure = std::move(root);
  message.sections.push_back({.name = "HEADER", .bytes = "Subject: s\r\n\r\n"});
  message.sections.push_back({.name = "1", .bytes = "aGVsbG8="});
  return message;
}

TEST(Growth, Outline) {
  expect_linear(
      "a structure of many parts", growing_text, [](std::size_t n) { return fetched(n / 64); },
      [](const imap::Fetched& message) {
        message_of(message);
        bytes_of(message);
        text_sections(*message.structure);
      });
  expect_linear(
      "many sections of one part", growing_text,
      [](std::size_t n) {
        auto message = fetched(n / 64);
        for (std::size_t i = 2; i < n / 64; ++i) {
          message.sections.push_back({.name = std::to_string(i), .bytes = "aGVsbG8="});
        }
        return message;
      },
      [](const imap::Fetched& message) { message_of(message); });
  expect_linear(
      "many parameters of one part", growing_text,
      [](std::size_t n) {
        auto message = fetched(1);
        auto& part = message.structure->parts.front();
        for (std::size_t i = 0; i < n / 16; ++i) {
          part.parameters.emplace_back("filename*" + std::to_string(i) + "*", "%41");
        }
        return message;
      },
      [](const imap::Fetched& message) { message_of(message); });
}

TEST(Growth, Snippets) {
  for (const auto* unit : {" ", "a", "a ", "<b>", "<style>", "&a", "\r\n"}) {
    expect_linear(
        std::string{"a snippet of "} + unit, growing_text,
        [&](std::size_t n) { return repeated(unit, n); },
        [](const std::string& text) {
          snippet_of(text, "");
          snippet_of("", text);
          google::RawMessage raw;
          raw.snippet = text;
          to_message(raw);
        });
  }
}

TEST(Growth, Labels) {
  expect_linear(
      "labels", growing_text,
      [](std::size_t n) {
        imap::Fetched message;
        message.flags.emplace();
        message.gmail_labels.emplace();
        for (std::size_t i = 0; i < n / 32; ++i) {
          message.flags->push_back("f" + std::to_string(i));
          message.gmail_labels->push_back("l" + std::to_string(i * 7 % 1000));
        }
        return message;
      },
      [](const imap::Fetched& message) { label_ids(message, imap::SpecialUse::none, "Work"); });
}

TEST(Growth, RenamingLabels) {
  expect_linear(
      "labels within one that is renamed", growing_text,
      [](std::size_t n) {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < n / 32; ++i) {
          names.push_back((i % 2 == 0 ? "work/l" : "home/k") + std::to_string(i));
        }
        return names;
      },
      [](const std::vector<std::string>& names) { check_rename(names, "work", "home"); });
}

TEST(Growth, ReadAndArchiveAMessage) {
  const auto read = [](const std::string& rfc822) {
    const mime::ReadLimits limits{.max_parts = 1'000'000, .max_headers = 1'000'000};
    const auto root = mime::read_message(rfc822, limits);
    if (!root) return;
    auto message = read_message(*root);
    find_attachment(*root, "nothing");
    take_people_as_sent(message, rfc822);
    to_entry(std::move(message), "me@shop.example");
  };
  const std::string multipart = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  expect_linear(
      "a message to many", growing_text,
      [](std::size_t n) { return "From: me@shop.example\r\nTo: " + address_list(n) + "\r\n\r\n"; },
      read);
  expect_linear(
      "a message to nobody but me, often", growing_text,
      [](std::size_t n) {
        return "From: me@shop.example\r\nTo: " + repeated("me@shop.example,", n) + "\r\n\r\n";
      },
      read);
  expect_linear(
      "many To fields", growing_text,
      [](std::size_t n) {
        return numbered(n, [](const std::string& i) { return "To: a" + i + "@b.example\r\n"; }) +
               "\r\n";
      },
      read);
  expect_linear(
      "many references", growing_text,
      [](std::size_t n) { return "References: " + repeated("<a@b> ", n) + "\r\n\r\n"; }, read);
  expect_linear(
      "many attachments", growing_text,
      [&](std::size_t n) {
        return multipart + repeated("--b\r\nContent-Type: image/png\r\n\r\nx\r\n", n) + "--b--\r\n";
      },
      read);
  expect_linear(
      "an HTML text", growing_text,
      [](std::size_t n) {
        return "Content-Type: text/html\r\n\r\n" + halves("<b>", "a", "</b>", n);
      },
      read);
}

google::RawMessage raw(std::size_t parts, std::size_t headers) {
  google::RawMessage message;
  message.payload.mime_type = "multipart/mixed";
  for (std::size_t i = 0; i < headers; ++i) {
    message.payload.headers.emplace_back("To", "a" + std::to_string(i) + "@b.example");
  }
  for (std::size_t i = 0; i < parts; ++i) {
    google::RawPart part;
    part.part_id = std::to_string(i);
    part.mime_type = i == 0 ? "text/plain" : "image/png";
    part.body.size = 7;
    message.payload.parts.push_back(std::move(part));
  }
  return message;
}

TEST(Growth, GmailsMessages) {
  const auto convert = [](const google::RawMessage& message) {
    to_message(message);
    bytes_of(message.payload);
    is_cut_off(message.payload);
  };
  expect_linear(
      "Gmail's message of many parts", growing_text, [](std::size_t n) { return raw(n / 64, 0); },
      convert);
  expect_linear(
      "Gmail's message of many headers", growing_text, [](std::size_t n) { return raw(1, n / 64); },
      convert);
}

TEST(Growth, Queries) {
  for (const auto* unit : {"a ", "-", "\"", "in:", "OR ", "{", "a:b ", "after:1-1-1 "}) {
    expect_linear(
        std::string{"a query of "} + unit, growing_text,
        [&](std::size_t n) { return repeated(unit, n); },
        [](const std::string& query) {
          reach_of(query, {});
          plain_search(query, {}).has_value();
        });
  }
}

}  // namespace
}  // namespace gmail_mcp::mail
