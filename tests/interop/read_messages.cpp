// What we make of mail, for programs that judge it: reads the names of files, one a line, and
// prints for each a line of JSON. `read_messages FOLDER…` reads every file below, and prints a
// count only: under sanitizers that is a test of its own.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "crypto/base64.h"
#include "mail/message_reader.h"
#include "mime/header.h"
#include "mime/reader.h"

using namespace gmail_mcp;
namespace json = boost::json;

namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) {
    std::cerr << "read_messages: " << path << " cannot be read\n";
    std::exit(EXIT_FAILURE);
  }
  return {std::istreambuf_iterator<char>{file}, {}};
}

json::array mailboxes(const std::vector<model::Address>& list) {
  json::array out;
  for (const auto& mailbox : list) out.push_back(json::array{mailbox.name, mailbox.email});
  return out;
}

json::object describe(const std::string& bytes) {
  const auto root = mime::read_message(bytes);
  if (!root) return {{"error", root.error().message}};
  const auto message = mail::read_message(*root);
  json::array attachments;
  for (const auto& info : message.attachments) {
    const auto* part = mail::find_attachment(*root, info.id);
    attachments.push_back({{"filename", info.filename},
                           {"mime_type", info.mime_type},
                           {"size", info.size},
                           {"content", crypto::base64_encode(mime::file_content(*part))}});
  }
  json::array references;
  for (const auto& id : message.references) references.push_back(json::string{id});
  json::value date;
  if (const auto at = mime::parse_date(mime::header(*root, "Date"))) {
    date = std::chrono::duration_cast<std::chrono::seconds>(at->time_since_epoch()).count();
  }
  json::value html;
  if (message.body_html) html = *message.body_html;
  json::array from;
  if (!message.from.name.empty() || !message.from.email.empty()) from = mailboxes({message.from});
  return {{"subject", message.subject},
          {"from", from},
          {"to", mailboxes(message.to)},
          {"cc", mailboxes(message.cc)},
          {"bcc", mailboxes(message.bcc)},
          {"reply_to", mailboxes(message.reply_to)},
          {"date", date},
          {"message_id", message.message_id_header},
          {"references", references},
          {"plain", message.body_plain},
          {"html", html},
          {"text_source", message.text_source},
          {"attachments", attachments}};
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t read = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator{argv[i]}) {
      if (!entry.is_regular_file()) continue;
      json::serialize(describe(read_file(entry.path())));
      ++read;
    }
  }
  if (argc > 1) {
    std::cout << read << " messages read\n";
    return read > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  for (std::string name; std::getline(std::cin, name);) {
    std::cout << json::serialize(describe(read_file(name))) << std::endl;
  }
}
