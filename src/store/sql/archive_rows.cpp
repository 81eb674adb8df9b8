#include "store/sql/archive_rows.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <set>

#include "base/error.h"

namespace gmail_mcp::store {

namespace json = boost::json;

namespace {

bool contains(const std::vector<std::string>& labels, std::string_view label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

json::array to_json(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

json::array to_json(const std::vector<model::Address>& addresses) {
  json::array list;
  list.reserve(addresses.size());
  for (const auto& one : addresses) list.push_back(json::array{one.email, one.name});
  return list;
}

// We wrote this ourselves, so anything unexpected means a damaged database.
json::value parse(std::string_view text) {
  boost::system::error_code failure;
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  auto value = json::parse(text, failure, {}, options);
  if (failure) throw Error{Errc::internal, "The archive holds a row that cannot be read."};
  return value;
}

std::string text(const json::value& value) { return json::value_to<std::string>(value); }

std::vector<std::string> texts(const json::value& value) {
  return json::value_to<std::vector<std::string>>(value);
}

std::vector<model::Address> addresses(const json::value& value) {
  std::vector<model::Address> list;
  for (const auto& one : value.as_array()) {
    list.push_back({.name = text(one.at(1)), .email = text(one.at(0))});
  }
  return list;
}

}  // namespace

bool is_unread(const std::vector<std::string>& labels) { return contains(labels, "UNREAD"); }

std::string to_json_text(const std::vector<std::string>& texts) {
  return json::serialize(to_json(texts));
}

std::string to_json_text(const std::vector<model::Address>& addresses) {
  return json::serialize(to_json(addresses));
}

std::string to_json_text(const std::vector<std::int64_t>& numbers) {
  return json::serialize(json::array(numbers.begin(), numbers.end()));
}

std::vector<std::string> texts_from(std::string_view json) { return texts(parse(json)); }

std::vector<model::Address> addresses_from(std::string_view json) { return addresses(parse(json)); }

std::vector<model::Address> participants_from(std::string_view json) {
  std::vector<model::Address> all;
  std::set<std::string> seen;
  const auto lists = parse(json);
  for (const auto& list : lists.as_array()) {
    for (auto& one : addresses(list)) {
      if (seen.insert(one.email).second) all.push_back(std::move(one));
    }
  }
  return all;
}

std::string details_of(const model::Message& message) {
  json::object details;
  details["from"] = json::array{message.from.email, message.from.name};
  details["to"] = to_json(message.to);
  if (!message.cc.empty()) details["cc"] = to_json(message.cc);
  if (!message.bcc.empty()) details["bcc"] = to_json(message.bcc);
  if (!message.reply_to.empty()) details["reply_to"] = to_json(message.reply_to);
  if (!message.attachments.empty()) {
    json::array list;
    for (const auto& one : message.attachments) {
      list.push_back(json::array{one.id, one.filename, one.mime_type, one.size, one.is_inline,
                                 one.content_id, one.is_file});
    }
    details["attachments"] = std::move(list);
  }
  if (!message.text_place.empty()) {
    details["text_place"] = json::array{message.text_place, message.text_source};
  }
  if (!message.message_id_header.empty()) details["message_id"] = message.message_id_header;
  if (!message.references.empty()) details["references"] = to_json(message.references);
  return json::serialize(details);
}

model::ArchivedMessage archived_from(sql::Row& row) {
  model::ArchivedMessage archived;
  auto& message = archived.message;
  message.id = model::MessageId{std::move(row[0]).text()};
  message.thread_id = model::ThreadId{std::move(row[1]).text()};
  message.date = row[2].time();
  archived.direction = row[3].boolean() ? model::Direction::sent : model::Direction::received;
  message.subject = std::move(row[4]).text();
  message.snippet = std::move(row[5]).text();
  message.labels = texts_from(row[6].text());
  message.body_plain = std::move(row[8]).text();
  if (!row[9].is_null()) message.body_html = std::move(row[9]).text();

  const auto details = parse(row[7].text()).as_object();
  message.from = {.name = text(details.at("from").at(1)), .email = text(details.at("from").at(0))};
  message.to = addresses(details.at("to"));
  if (const auto* list = details.if_contains("cc")) message.cc = addresses(*list);
  if (const auto* list = details.if_contains("bcc")) message.bcc = addresses(*list);
  if (const auto* list = details.if_contains("reply_to")) message.reply_to = addresses(*list);
  if (const auto* list = details.if_contains("attachments")) {
    for (const auto& one : list->as_array()) {
      auto& attachment = message.attachments.emplace_back();
      attachment.id = text(one.at(0));
      attachment.filename = text(one.at(1));
      attachment.mime_type = text(one.at(2));
      attachment.size = one.at(3).to_number<std::int64_t>();
      // Older rows have no more.
      if (one.as_array().size() > 4) {
        attachment.is_inline = one.at(4).as_bool();
        attachment.content_id = text(one.at(5));
        attachment.is_file = one.at(6).as_bool();
      }
      message.has_attachments = message.has_attachments || attachment.is_file;
    }
  }
  if (const auto* place = details.if_contains("text_place")) {
    message.text_place = text(place->at(0));
    message.text_source = text(place->at(1));
  }
  if (const auto* id = details.if_contains("message_id")) message.message_id_header = text(*id);
  if (const auto* list = details.if_contains("references")) message.references = texts(*list);
  return archived;
}

}  // namespace gmail_mcp::store
