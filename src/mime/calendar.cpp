#include "mime/calendar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"

namespace gmail_mcp::mime {

namespace {

constexpr std::size_t most_calendar = std::size_t{1} << 20;
constexpr std::size_t most_entries = 10;
constexpr std::size_t most_attendees = 100;
constexpr std::size_t most_line_parameters = 32;
constexpr std::size_t longest_short_value = 1'000;
constexpr std::size_t longest_description = 20'000;

// A line of RFC 5545 §3.1, unfolded.
struct ContentLine {
  std::string name;  // upper case
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string_view value;

  std::string_view parameter(std::string_view wanted) const {
    for (const auto& [parameter_name, content] : parameters) {
      if (parameter_name == wanted) return content;
    }
    return {};
  }
};

std::string to_upper_ascii(std::string_view text) {
  std::string out{text};
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string unfolded_calendar(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') continue;
    const bool is_fold =
        text[i] == '\n' && i + 1 < text.size() && (text[i + 1] == ' ' || text[i + 1] == '\t');
    if (is_fold) {
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

// `NAME;PARAMETER="a value";OTHER=b:value`
std::optional<ContentLine> read_content_line(std::string_view text) {
  ContentLine line;
  const auto name_end = text.find_first_of(";:");
  if (name_end == std::string_view::npos) return std::nullopt;
  line.name = to_upper_ascii(trim(text.substr(0, name_end)));
  auto at = name_end;
  while (at < text.size() && text[at] == ';') {
    const auto equals = text.find_first_of("=;:", at + 1);
    if (equals == std::string_view::npos || text[equals] != '=') return std::nullopt;
    auto parameter_name = to_upper_ascii(text.substr(at + 1, equals - at - 1));
    std::string content;
    bool is_quoted = false;
    for (at = equals + 1; at < text.size(); ++at) {
      const char c = text[at];
      if (c == '"') {
        is_quoted = !is_quoted;
      } else if (!is_quoted && (c == ';' || c == ':')) {
        break;
      } else {
        content += c;
      }
    }
    if (line.parameters.size() == most_line_parameters) continue;
    line.parameters.emplace_back(std::move(parameter_name), std::move(content));
  }
  if (at >= text.size()) return std::nullopt;
  line.value = text.substr(at + 1);
  return line;
}

bool is_calendar_method(std::string_view text) {
  constexpr std::size_t longest = 32;
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// On one line and not too long.
std::string short_value(std::string_view text) {
  std::string out{trim(utf8_prefix(text, longest_short_value))};
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return out;
}

// RFC 5545 §3.3.11.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
      out += text[i] == 'n' || text[i] == 'N' ? '\n' : text[i];
    } else {
      out += text[i];
    }
  }
  return out;
}

// RFC 6868 §3.2.
std::string parameter_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = text[i] == '^' && i + 1 < text.size() ? text[i + 1] : '\0';
    if (next == 'n' || next == '\'' || next == '^') {
      out += next == 'n' ? ' ' : next == '\'' ? '"' : '^';
      ++i;
    } else {
      out += text[i];
    }
  }
  return short_value(out);
}

// "20270302T100000Z", "20270302T100000" or "20270302" (RFC 5545 §3.3.4 and §3.3.5).
struct CalendarTime {
  std::chrono::year_month_day day;
  std::string time;  // "10:00"; empty: the whole day
  std::string zone;
};

std::optional<int> number_in(std::string_view digits) {
  int number = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [stop, failed] = std::from_chars(digits.data(), end, number);
  if (failed != std::errc{} || stop != end || digits.empty()) return std::nullopt;
  return number;
}

std::optional<CalendarTime> read_calendar_time(const ContentLine& line) {
  const auto value = trim(line.value);
  if (value.size() < 8) return std::nullopt;
  const auto year = number_in(value.substr(0, 4));
  const auto month = number_in(value.substr(4, 2));
  const auto day = number_in(value.substr(6, 2));
  if (!year || !month || !day) return std::nullopt;
  CalendarTime out;
  out.day = std::chrono::year{*year} / *month / *day;
  if (!out.day.ok()) return std::nullopt;
  if (value.size() == 8) return out;
  const auto time = value.substr(8);
  const bool is_time = time.size() >= 7 && time[0] == 'T' && number_in(time.substr(1, 6)) &&
                       (time.size() == 7 || time.substr(7) == "Z");
  if (!is_time) return std::nullopt;
  out.time = std::string{time.substr(1, 2)} + ":" + std::string{time.substr(3, 2)};
  if (time.substr(5, 2) != "00") out.time += ":" + std::string{time.substr(5, 2)};
  out.zone = time.ends_with('Z') ? "UTC" : short_value(line.parameter("TZID"));
  return out;
}

std::string two_digits(unsigned number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string day_text(std::chrono::year_month_day day) {
  auto year = std::to_string(static_cast<int>(day.year()));
  while (year.size() < 4) year.insert(0, 1, '0');
  return year + "-" + two_digits(static_cast<unsigned>(day.month())) + "-" +
         two_digits(static_cast<unsigned>(day.day()));
}

std::string in_zone(const CalendarTime& time) {
  return time.zone.empty() ? std::string{} : " (" + time.zone + ")";
}

std::string moment_text(const CalendarTime& at) {
  return at.time.empty() ? day_text(at.day) : day_text(at.day) + " " + at.time + in_zone(at);
}

std::string span_text(const CalendarTime& from, std::optional<CalendarTime> until) {
  const bool is_whole_days = from.time.empty();
  if (is_whole_days) {
    // The end given in the file is the first day after the event.
    if (until) until->day = std::chrono::sys_days{until->day} - std::chrono::days{1};
    const bool is_longer =
        until && std::chrono::sys_days{until->day} > std::chrono::sys_days{from.day};
    return day_text(from.day) + (is_longer ? " to " + day_text(until->day) : "") + ", all day";
  }
  if (!until || until->time.empty()) return moment_text(from);
  const auto begin = day_text(from.day) + " " + from.time;
  if (until->zone != from.zone) return moment_text(from) + " to " + moment_text(*until);
  if (until->day == from.day) return begin + " to " + until->time + in_zone(from);
  return begin + " to " + day_text(until->day) + " " + until->time + in_zone(from);
}

// "Ann Lee <ann@shop.example>" of `ORGANIZER;CN=Ann Lee:mailto:ann@shop.example`.
std::string person_text(const ContentLine& line) {
  constexpr std::string_view scheme = "mailto:";
  auto address = trim(line.value);
  if (equals_ignoring_case(address.substr(0, scheme.size()), scheme)) {
    address.remove_prefix(scheme.size());
  }
  const auto name = parameter_text(line.parameter("CN"));
  auto email = short_value(address);
  if (name.empty() || name == email) return email;
  return name + " <" + email + ">";
}

struct CalendarWord {
  std::string_view code;
  std::string_view meaning;
};

constexpr auto answer_words = std::to_array<CalendarWord>({{"ACCEPTED", "accepted"},
                                                           {"DECLINED", "declined"},
                                                           {"TENTATIVE", "perhaps"},
                                                           {"DELEGATED", "sends somebody else"},
                                                           {"NEEDS-ACTION", "no answer yet"}});

// RFC 5546 §1.4.
constexpr auto method_words =
    std::to_array<CalendarWord>({{"REQUEST", "Invitation"},
                                 {"REPLY", "Answer"},
                                 {"CANCEL", "Cancellation"},
                                 {"COUNTER", "Counterproposal"},
                                 {"DECLINECOUNTER", "Counterproposal declined"},
                                 {"REFRESH", "Request for the latest version"},
                                 {"ADD", "Further dates"},
                                 {"PUBLISH", "Published entry"}});

template <std::size_t N>
std::string_view meaning_of(const std::array<CalendarWord, N>& words, std::string_view code) {
  const auto* found = std::ranges::find(words, code, &CalendarWord::code);
  return found == words.end() ? std::string_view{} : found->meaning;
}

struct CalendarEntry {
  std::string kind;  // "VEVENT"
  std::string title, place, organizer, status, repeats, link, note, description;
  std::string start_as_written, lasts;
  std::optional<CalendarTime> from, until, due;
  std::vector<std::string> attendees;
  std::size_t more_attendees = 0;
};

void take_property(CalendarEntry& entry, const ContentLine& line) {
  const auto text = [&] { return short_value(unescaped(line.value)); };
  if (line.name == "SUMMARY") {
    entry.title = text();
  } else if (line.name == "LOCATION") {
    entry.place = text();
  } else if (line.name == "DESCRIPTION") {
    entry.description = unescaped(utf8_prefix(line.value, longest_description));
  } else if (line.name == "COMMENT") {
    entry.note = text();
  } else if (line.name == "STATUS") {
    entry.status = to_upper_ascii(text());
  } else if (line.name == "RRULE") {
    entry.repeats = short_value(line.value);
  } else if (line.name == "URL") {
    entry.link = short_value(line.value);
  } else if (line.name == "DTSTART") {
    entry.from = read_calendar_time(line);
    entry.start_as_written = short_value(line.value);
  } else if (line.name == "DTEND") {
    entry.until = read_calendar_time(line);
  } else if (line.name == "DUE") {
    entry.due = read_calendar_time(line);
  } else if (line.name == "DURATION") {
    entry.lasts = short_value(line.value);
  } else if (line.name == "ORGANIZER") {
    entry.organizer = person_text(line);
  } else if (line.name == "ATTENDEE") {
    if (entry.attendees.size() == most_attendees) {
      ++entry.more_attendees;
      return;
    }
    auto person = person_text(line);
    const auto answer = meaning_of(answer_words, to_upper_ascii(line.parameter("PARTSTAT")));
    if (!answer.empty()) person.append(": ").append(answer);
    entry.attendees.push_back(std::move(person));
  }
}

class CalendarReader {
 public:
  void read(std::string_view text) {
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      if (const auto line = read_content_line(text.substr(0, end))) take(*line);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (entry_) finish_entry();
  }

  std::string text() const {
    std::string out;
    for (const auto& entry : entries_) {
      if (!out.empty()) out += "\n\n";
      out += entry_text(entry);
    }
    if (more_ > 0) out += "\n\n[And " + std::to_string(more_) + " more.]";
    return out;
  }

 private:
  void take(const ContentLine& line) {
    const bool begins = line.name == "BEGIN";
    const bool ends = line.name == "END";
    if (!entry_) {
      const auto kind = begins ? to_upper_ascii(trim(line.value)) : std::string{};
      if (line.name == "METHOD" && method_.empty())
        method_ = to_upper_ascii(short_value(line.value));
      if (kind == "VEVENT" || kind == "VTODO" || kind == "VJOURNAL") entry_.emplace().kind = kind;
      return;
    }
    // Alarms within an entry have their own descriptions.
    if (begins) {
      ++within_;
    } else if (ends && within_ > 0) {
      --within_;
    } else if (ends) {
      finish_entry();
    } else if (within_ == 0) {
      take_property(*entry_, line);
    }
  }

  void finish_entry() {
    if (entries_.size() < most_entries) {
      entries_.push_back(std::move(*entry_));
    } else {
      ++more_;
    }
    entry_.reset();
    within_ = 0;
  }

  std::string headline(const CalendarEntry& entry) const {
    const auto meaning = meaning_of(method_words, method_);
    std::string out{meaning};
    if (meaning.empty()) out = entry.kind == "VTODO" ? "Task" : "Calendar entry";
    if (!method_.empty()) out += " (" + method_ + ")";
    return out + ": " + (entry.title.empty() ? "without a title" : entry.title);
  }

  std::string entry_text(const CalendarEntry& entry) const {
    auto out = headline(entry);
    const auto add = [&out](std::string_view name, std::string_view value) {
      if (!value.empty()) out.append("\n").append(name).append(": ").append(value);
    };
    auto when = entry.from ? span_text(*entry.from, entry.until) : entry.start_as_written;
    if (!when.empty() && !entry.lasts.empty()) when += ", for " + entry.lasts;
    add("When", when);
    add("Due", entry.due ? moment_text(*entry.due) : "");
    add("Repeats", entry.repeats);
    add("Status", entry.status);
    add("Where", entry.place);
    add("Organizer", entry.organizer);
    if (!entry.attendees.empty()) out += "\nAttendees:";
    for (const auto& person : entry.attendees) out += "\n- " + person;
    if (entry.more_attendees > 0) {
      out += "\n- and " + std::to_string(entry.more_attendees) + " more";
    }
    add("Link", entry.link);
    add("Comment", entry.note);
    if (!trim(entry.description).empty()) out.append("\n\n").append(trim(entry.description));
    return out;
  }

  std::string method_;
  std::optional<CalendarEntry> entry_;
  std::size_t within_ = 0;  // components that are open within the entry
  std::vector<CalendarEntry> entries_;
  std::size_t more_ = 0;
};

}  // namespace

std::string calendar_text(std::string_view ics) {
  CalendarReader reader;
  reader.read(unfolded_calendar(ics.substr(0, most_calendar)));
  return repair_utf8(reader.text());
}

// A property of the whole object comes before its components (RFC 5545 §3.6, §3.7.2).
std::string calendar_method(std::string_view ics) {
  const auto text = unfolded_calendar(ics.substr(0, most_calendar));
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = read_content_line(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!line) continue;
    const auto value = to_upper_ascii(trim(line->value));
    if (line->name == "BEGIN" && value != "VCALENDAR") break;
    if (line->name == "METHOD") return is_calendar_method(value) ? value : std::string{};
  }
  return {};
}

}  // namespace gmail_mcp::mime
