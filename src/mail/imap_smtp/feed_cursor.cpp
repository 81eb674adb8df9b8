#include "mail/imap_smtp/feed_cursor.h"

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

namespace gmail_mcp::mail {

namespace json = boost::json;

namespace {

constexpr std::int64_t version = 2;
// That version took messages left out of one answer for removed, and messages removed during a walk
// for seen.
constexpr std::int64_t forgetful_version = 1;
constexpr std::size_t fields_of_forgetful = 7;
// That version did not record what ends the connection.
constexpr std::size_t fields_then = 10;
constexpr std::size_t fields_now = 13;

std::int64_t milliseconds_of(Timestamp time) { return time.time_since_epoch().count(); }

template <class Number>
bool read(const json::value& value, Number& into) {
  boost::system::error_code failed;
  into = value.to_number<Number>(failed);
  return !failed;
}

bool read(const json::value& value, Timestamp& into) {
  std::int64_t milliseconds = 0;
  if (!read(value, milliseconds)) return false;
  into = Timestamp{std::chrono::milliseconds{milliseconds}};
  return true;
}

bool read(const json::value& value, bool& into) {
  const auto* truth = value.if_bool();
  if (truth != nullptr) into = *truth;
  return truth != nullptr;
}

template <class Value>
bool read(const json::object& object, std::string_view key, Value& into) {
  const auto* value = object.if_contains(key);
  return value != nullptr && read(*value, into);
}

std::optional<FolderPlace> read_folder(const json::value& value, bool is_old) {
  const auto* fields = value.if_array();
  if (fields == nullptr || fields->empty() || !fields->front().is_string()) return std::nullopt;
  const auto size = fields->size();
  const bool is_ours =
      is_old ? size == fields_of_forgetful : size == fields_then || size == fields_now;
  if (!is_ours) return std::nullopt;
  FolderPlace place;
  place.name = fields->front().get_string().c_str();
  const auto& f = *fields;
  const bool is_whole = read(f[1], place.uid_validity) && read(f[2], place.next) &&
                        read(f[3], place.modseq) && read(f[4], place.known) &&
                        read(f[5], place.below) && read(f[6], place.check);
  if (!is_whole || place.next == 0) return std::nullopt;
  if (is_old) return place;
  const auto* missing = f[8].if_string();
  auto set = missing == nullptr ? std::nullopt : imap::UidSet::parse(std::string_view{*missing});
  if (!set || !read(f[7], place.at_once) || !read(f[9], place.again)) return std::nullopt;
  place.missing = std::move(*set);
  if (size == fields_then) return place;
  if (!read(f[10], place.losses) || !read(f[11], place.shut) || !read(f[12], place.mute)) {
    return std::nullopt;
  }
  return place;
}

}  // namespace

FolderPlace* FeedCursor::find(std::string_view folder) {
  const auto at = std::find_if(folders.begin(), folders.end(),
                               [&](const FolderPlace& place) { return place.name == folder; });
  return at == folders.end() ? nullptr : &*at;
}

std::string FeedCursor::to_text() const {
  json::array places;
  for (const auto& place : folders) {
    places.push_back(json::array{place.name, place.uid_validity, place.next, place.modseq,
                                 place.known, place.below, place.check, place.at_once,
                                 place.missing.to_string(), place.again, place.losses,
                                 milliseconds_of(place.shut), milliseconds_of(place.mute)});
  }
  return json::serialize(json::object{{"imap", version},
                                      {"gmail", is_gmail},
                                      {"gone", has_gone},
                                      {"checked", milliseconds_of(checked)},
                                      {"walking", is_walking},
                                      {"spared", was_spared},
                                      {"retried", milliseconds_of(retried)},
                                      {"one_by_one", milliseconds_of(one_by_one)},
                                      {"folders", std::move(places)}});
}

std::optional<FeedCursor> FeedCursor::parse(std::string_view text) {
  boost::system::error_code failed;
  const auto value = json::parse(text, failed);
  const auto* object = failed ? nullptr : value.if_object();
  if (object == nullptr) return std::nullopt;
  const auto* folders = object->if_contains("folders");
  std::int64_t written = 0;
  FeedCursor cursor;
  const bool is_whole = read(*object, "imap", written) && read(*object, "gmail", cursor.is_gmail) &&
                        read(*object, "gone", cursor.has_gone) &&
                        read(*object, "checked", cursor.checked) && folders != nullptr &&
                        folders->is_array();
  if (!is_whole) return std::nullopt;
  const bool is_old = written == forgetful_version;
  if (is_old) {
    cursor.has_gone = true;
    cursor.checked = {};
  } else {
    const bool is_ours =
        written == version && read(*object, "walking", cursor.is_walking) &&
        read(*object, "spared", cursor.was_spared) && read(*object, "retried", cursor.retried) &&
        (!object->contains("one_by_one") || read(*object, "one_by_one", cursor.one_by_one));
    if (!is_ours) return std::nullopt;
  }
  for (const auto& one : folders->get_array()) {
    auto place = read_folder(one, is_old);
    if (!place) return std::nullopt;
    cursor.folders.push_back(std::move(*place));
  }
  return cursor;
}

}  // namespace gmail_mcp::mail
