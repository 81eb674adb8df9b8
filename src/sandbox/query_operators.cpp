// The tests behind the words and operators of a search (declared in query.h).
#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "sandbox/query.h"
#include "sandbox/text.h"
#include "sandbox/words.h"

namespace gmail_mcp::sandbox {

namespace {

namespace chrono = std::chrono;
using Test = Query::Test;

Test never() {
  return [](const StoredMessage&, const SearchContext&) { return false; };
}

Test has_label(std::string label) {
  return [label = std::move(label)](const StoredMessage& message, const SearchContext&) {
    return message.has_label(label);
  };
}

// A field's words, by member of SearchText. "me" is the owner.
template <std::string SearchText::*... Fields>
Test words_in(std::string_view value) {
  return [value = std::string{value}](const StoredMessage& message, const SearchContext& context) {
    const auto phrase = words_of(value == "me" ? context.own_address : value);
    return (contains_words(message.text.*Fields, phrase) || ...);
  };
}

Test subject_test(std::string_view value) {
  return [phrase = words_of(value)](const StoredMessage& message, const SearchContext&) {
    return contains_words(message.text.subject, phrase);
  };
}

bool any_filename(const StoredMessage& message, std::string_view phrase) {
  return std::any_of(message.text.filenames.begin(), message.text.filenames.end(),
                     [&](const auto& name) { return contains_words(name, phrase); });
}

Test filename_test(std::string_view value) {
  return [phrase = words_of(value)](const StoredMessage& message, const SearchContext&) {
    return any_filename(message, phrase);
  };
}

Test label_test(std::string_view value) {
  return [wanted = searchable_label(value)](const StoredMessage& message,
                                            const SearchContext& context) {
    return std::any_of(context.labels->begin(), context.labels->end(), [&](const Label& label) {
      return searchable_label(label.name) == wanted && message.has_label(label.id);
    });
  };
}

Test in_test(std::string_view value) {
  const auto place = to_lower_ascii(value);
  if (place == "anywhere") return [](const StoredMessage&, const SearchContext&) { return true; };
  if (place == "drafts") return has_label("DRAFT");
  if (place == "archive") {
    return [](const StoredMessage& message, const SearchContext&) {
      return !message.has_label("INBOX") && !message.has_label("SPAM") &&
             !message.has_label("TRASH") && !message.has_label("SENT") &&
             !message.has_label("DRAFT");
    };
  }
  return label_test(value);
}

Test is_test(std::string_view value) {
  const auto state = to_lower_ascii(value);
  if (state == "read") {
    return [](const StoredMessage& message, const SearchContext&) {
      return !message.has_label("UNREAD");
    };
  }
  if (state == "unread" || state == "starred" || state == "important" || state == "sent" ||
      state == "draft" || state == "spam") {
    return label_test(state);
  }
  return never();
}

Test has_test(std::string_view value) {
  const auto thing = to_lower_ascii(value);
  if (thing == "attachment") {
    return
        [](const StoredMessage& message, const SearchContext&) { return message.has_attachment; };
  }
  if (thing == "userlabels" || thing == "nouserlabels") {
    return [wanted = thing == "userlabels"](const StoredMessage& message, const SearchContext&) {
      const bool has = std::any_of(message.labels.begin(), message.labels.end(),
                                   [](const auto& id) { return id.starts_with("Label_"); });
      return has == wanted;
    };
  }
  if (thing.ends_with("-star")) return has_label("STARRED");
  return never();
}

Test category_test(std::string_view value) {
  auto name = to_lower_ascii(value);
  if (name == "primary") name = "personal";
  return has_label("CATEGORY_" + upper(name));
}

// 2026/01/31, 2026-1-31, 01/31/2026 or seconds since 1970.
std::optional<Timestamp> moment(std::string_view text) {
  if (const auto seconds = read_number<std::int64_t>(text))
    return Timestamp{chrono::seconds{*seconds}};
  const auto parts = split(text, text.find('/') != std::string_view::npos ? '/' : '-');
  if (parts.size() != 3) return std::nullopt;
  const auto first = read_number<std::int64_t>(parts[0]);
  const auto second = read_number<std::int64_t>(parts[1]);
  const auto third = read_number<std::int64_t>(parts[2]);
  if (!first || !second || !third) return std::nullopt;
  const bool year_first = parts[0].size() == 4;
  const auto year = year_first ? *first : *third;
  const auto month = year_first ? *second : *first;
  const auto day = year_first ? *third : *second;
  const chrono::year_month_day date{chrono::year{static_cast<int>(year)},
                                    chrono::month{static_cast<unsigned>(month)},
                                    chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return Timestamp{chrono::sys_days{date}};
}

// `Compare` compares the message's date with the given one.
template <class Compare>
Test date_test(std::string_view value) {
  const auto limit = moment(value);
  if (!limit) return never();
  return [limit = *limit](const StoredMessage& message, const SearchContext&) {
    return Compare{}(message.internal_date, limit);
  };
}

// "2d", "3m", "1y", "12h".
std::optional<chrono::milliseconds> age(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto count = read_number<std::int64_t>(text.substr(0, text.size() - 1));
  if (!count || *count < 0 || *count > 10'000) return std::nullopt;
  switch (text.back()) {
    case 'h': return chrono::hours{*count};
    case 'd': return chrono::hours{24 * *count};
    case 'm': return chrono::hours{24 * 30 * *count};
    case 'y': return chrono::hours{24 * 365 * *count};
    default: return std::nullopt;
  }
}

template <class Compare>
Test age_test(std::string_view value) {
  const auto limit = age(to_lower_ascii(value));
  if (!limit) return never();
  return [limit = *limit](const StoredMessage& message, const SearchContext& context) {
    return Compare{}(message.internal_date, context.now - limit);
  };
}

// "1000", "10K", "5M".
std::optional<std::size_t> size_of(std::string_view text) {
  std::size_t unit = 1;
  if (!text.empty() && (text.back() == 'k' || text.back() == 'K')) unit = 1U << 10U;
  if (!text.empty() && (text.back() == 'm' || text.back() == 'M')) unit = 1U << 20U;
  if (unit > 1) text.remove_suffix(1);
  const auto count = read_number<std::int64_t>(text);
  if (!count || *count < 0 || *count > 10'000'000'000) return std::nullopt;
  return static_cast<std::size_t>(*count) * unit;
}

template <class Compare>
Test size_test(std::string_view value) {
  const auto size = size_of(value);
  if (!size) return never();
  return [size = *size](const StoredMessage& message, const SearchContext&) {
    return Compare{}(message.raw.size(), size);
  };
}

Test message_id_test(std::string_view value) {
  if (value.starts_with('<')) value.remove_prefix(1);
  if (value.ends_with('>')) value.remove_suffix(1);
  return [id = std::string{value}](const StoredMessage& message, const SearchContext&) {
    return !id.empty() && equals_ignoring_case(message.message_id, id);
  };
}

struct Operator {
  std::string_view name;
  Test (*make)(std::string_view value);
};

constexpr std::array operators{
    Operator{"from", words_in<&SearchText::from>},
    // Gmail's to: finds copies too.
    Operator{"to", words_in<&SearchText::to, &SearchText::cc, &SearchText::bcc>},
    Operator{"cc", words_in<&SearchText::cc>},
    Operator{"bcc", words_in<&SearchText::bcc>},
    Operator{"deliveredto", words_in<&SearchText::delivered_to>},
    Operator{"list", words_in<&SearchText::list>},
    Operator{"subject", subject_test},
    Operator{"filename", filename_test},
    Operator{"label", label_test},
    Operator{"in", in_test},
    Operator{"is", is_test},
    Operator{"has", has_test},
    Operator{"category", category_test},
    Operator{"after", date_test<std::greater_equal<>>},
    Operator{"newer", date_test<std::greater_equal<>>},
    Operator{"before", date_test<std::less<>>},
    Operator{"older", date_test<std::less<>>},
    Operator{"newer_than", age_test<std::greater<>>},
    Operator{"older_than", age_test<std::less<>>},
    Operator{"larger", size_test<std::greater<>>},
    Operator{"size", size_test<std::greater<>>},
    Operator{"smaller", size_test<std::less<>>},
    Operator{"rfc822msgid", message_id_test},
};

}  // namespace

Test operator_test(std::string_view name, std::string_view value) {
  for (const auto& known : operators) {
    if (known.name == name) return known.make(value);
  }
  return nullptr;
}

Test phrase_test(std::string_view phrase) {
  return [phrase = words_of(phrase)](const StoredMessage& message, const SearchContext&) {
    const auto& text = message.text;
    return contains_words(text.subject, phrase) || contains_words(text.body, phrase) ||
           contains_words(text.from, phrase) || contains_words(text.to, phrase) ||
           contains_words(text.cc, phrase) || any_filename(message, phrase);
  };
}

std::string searchable_label(std::string_view name) {
  auto text = to_lower_ascii(name);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == ' ' || c == '/' || c == '&'; }, '-');
  return text;
}

}  // namespace gmail_mcp::sandbox
