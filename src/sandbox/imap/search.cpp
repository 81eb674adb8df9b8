#include "sandbox/imap/search.h"
#include "sandbox/imap/date.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/text.h"
#include "sandbox/imap/labels.h"
#include "sandbox/imap/modified_utf7.h"
#include "sandbox/query.h"
#include "sandbox/text.h"
#include "sandbox/words.h"

namespace gmail_mcp::sandbox::imap {

namespace {

using Test = SearchRequest::Test;
namespace chrono = std::chrono;

Error bad_search(std::string what) { return {Errc::invalid_argument, std::move(what)}; }

Test negated(Test test) {
  return [test = std::move(test)](const Candidate& one) { return !test(one); };
}

Test all_of(std::vector<Test> tests) {
  if (tests.size() == 1) return std::move(tests.front());
  return [tests = std::move(tests)](const Candidate& one) {
    return std::all_of(tests.begin(), tests.end(), [&](const Test& test) { return test(one); });
  };
}

Test labelled(std::string label) {
  return [label = std::move(label)](const Candidate& one) { return one.message.has_label(label); };
}

// Substring of a header field, without regard to case, decoded.
Test in_header(std::string name, std::string_view value) {
  return [name = std::move(name), wanted = to_lower_ascii(value)](const Candidate& one) {
    for (const auto& field : one.message.mail.headers) {
      if (!equals_ignoring_case(field.name, name)) continue;
      const auto text = to_lower_ascii(decode_words(field.value));
      if (text.find(wanted) != std::string::npos) return true;
    }
    return false;
  };
}

Test in_words(std::string SearchText::*member, std::string_view value) {
  return [member, phrase = words_of(value)](const Candidate& one) {
    return contains_words(one.message.text.*member, phrase);
  };
}

Test anywhere(std::string_view value) {
  return [phrase = words_of(value)](const Candidate& one) {
    const auto& text = one.message.text;
    for (const auto* field : {&text.subject, &text.from, &text.to, &text.cc, &text.body}) {
      if (contains_words(*field, phrase)) return true;
    }
    return false;
  };
}

enum class When { before, on, since };

// SENT… should compare the Date header; the sandbox has only one time for each mail.
Test dated(When when, chrono::sys_days day) {
  return [when, day](const Candidate& one) {
    const auto own = chrono::floor<chrono::days>(one.message.internal_date);
    if (when == When::before) return own < day;
    return when == When::on ? own == day : own >= day;
  };
}

struct FlagKey {
  std::string_view name, label;
  bool wanted;
};

constexpr std::array<FlagKey, 8> label_keys{{{"UNSEEN", "UNREAD", true},
                                             {"SEEN", "UNREAD", false},
                                             {"FLAGGED", "STARRED", true},
                                             {"UNFLAGGED", "STARRED", false},
                                             {"DRAFT", "DRAFT", true},
                                             {"UNDRAFT", "DRAFT", false},
                                             {"\\SEEN", "UNREAD", false},
                                             {"\\FLAGGED", "STARRED", true}}};

constexpr std::array<std::pair<std::string_view, std::string SearchText::*>, 6> word_keys{{
    {"FROM", &SearchText::from},
    {"TO", &SearchText::to},
    {"CC", &SearchText::cc},
    {"BCC", &SearchText::bcc},
    {"SUBJECT", &SearchText::subject},
    {"BODY", &SearchText::body},
}};

class SearchParser {
 public:
  SearchParser(const std::vector<Token>& tokens, const SearchPlace& place, int depth = 0)
      : tokens_{tokens}, place_{place}, depth_{depth} {}

  Result<Test> parse_all() {
    std::vector<Test> tests;
    while (at_ < tokens_.size()) {
      auto test = parse_key();
      if (!test) return test;
      tests.push_back(std::move(*test));
    }
    if (tests.empty()) return bad_search("An empty search.");
    return all_of(std::move(tests));
  }

  void skip(std::size_t count) { at_ += count; }
  bool uses_modseq = false;

 private:
  Result<Test> parse_key() {
    if (at_ >= tokens_.size()) return bad_search("A search key is missing.");
    const auto& token = tokens_[at_++];
    if (token.is_list()) {
      SearchParser inner{token.items, place_, depth_ + 1};
      auto test = inner.parse_all();
      uses_modseq |= inner.uses_modseq;
      return test;
    }
    if (!token.is_atom()) return bad_search("A search key is no word.");
    if (token.is("NOT")) {
      if (++depth_ > 50) return bad_search("Too deep.");
      auto test = parse_key();
      if (!test) return test;
      return negated(std::move(*test));
    }
    if (token.is("OR")) return parse_or();
    if (token.is("ALL") || token.is("OLD")) return Test{[](const Candidate&) { return true; }};
    if (token.is("NEW") || token.is("RECENT")) return Test{[](const Candidate&) { return false; }};
    for (const auto& key : label_keys) {
      if (!token.is(key.name)) continue;
      auto test = labelled(std::string{key.label});
      return key.wanted ? std::move(test) : negated(std::move(test));
    }
    if (auto set = SequenceSet::parse(token.text)) return in_set(*set, false);
    return parse_with_value(token);
  }

  Result<Test> parse_or() {
    if (++depth_ > 50) return bad_search("Too deep.");
    auto first = parse_key();
    if (!first) return first;
    auto second = parse_key();
    if (!second) return second;
    return Test{[a = std::move(*first), b = std::move(*second)](const Candidate& one) {
      return a(one) || b(one);
    }};
  }

  Result<Test> in_set(const SequenceSet& set, bool by_uid) {
    auto uids = place_.view.select(set, by_uid);
    return Test{[uids = std::move(uids)](const Candidate& one) {
      return std::binary_search(uids.begin(), uids.end(), one.uid);
    }};
  }

  Test flagged(std::string flag, bool wanted) {
    return [eyes = place_.eyes, flag = to_lower_ascii(flag), wanted](const Candidate& one) {
      const auto& flags = eyes.book.flags(one.message);
      const bool has = std::any_of(flags.begin(), flags.end(), [&](const std::string& own) {
        return equals_ignoring_case(own, flag);
      });
      return has == wanted;
    };
  }

  Test deleted(bool wanted) {
    return [eyes = place_.eyes, wanted](const Candidate& one) {
      return eyes.folder.deleted().contains(one.uid) == wanted;
    };
  }

  Result<Test> parse_with_value(const Token& key) {
    if (key.is("ANSWERED")) return flagged("\\Answered", true);
    if (key.is("UNANSWERED")) return flagged("\\Answered", false);
    if (key.is("DELETED")) return deleted(true);
    if (key.is("UNDELETED")) return deleted(false);
    if (at_ >= tokens_.size() || tokens_[at_].is_list()) {
      return bad_search("An unknown search key, or one without its value.");
    }
    const auto& value = tokens_[at_++].text;
    if (key.is("KEYWORD")) return flagged(value, true);
    if (key.is("UNKEYWORD")) return flagged(value, false);
    if (key.is("TEXT")) return anywhere(value);
    for (const auto& [name, member] : word_keys) {
      if (key.is(name)) return in_words(member, value);
    }
    if (key.is("HEADER")) {
      if (at_ >= tokens_.size() || tokens_[at_].is_list())
        return bad_search("HEADER wants two values.");
      return in_header(value, tokens_[at_++].text);
    }
    if (key.is("UID")) {
      const auto set = SequenceSet::parse(value);
      if (!set) return bad_search("That is no set of UIDs.");
      return in_set(*set, true);
    }
    if (key.is("MODSEQ")) return parse_modseq(value);
    if (auto test = parse_size(key, value)) return std::move(*test);
    if (auto test = parse_date(key, value)) return std::move(*test);
    if (place_.gmail_extensions) return parse_gmail(key, value);
    return bad_search("An unknown search key.");
  }

  // MODSEQ ["entry" type] n; the entry is ignored.
  Result<Test> parse_modseq(std::string_view value) {
    auto least = read_number<std::uint64_t>(value);
    if (!least && at_ + 1 < tokens_.size()) {
      least = read_number<std::uint64_t>(tokens_[at_ + 1].text);
      at_ += 2;
    }
    if (!least) return bad_search("MODSEQ wants a number.");
    uses_modseq = true;
    return Test{[least = *least](const Candidate& one) { return one.message.history_id >= least; }};
  }

  std::optional<Test> parse_size(const Token& key, std::string_view value) {
    const bool larger = key.is("LARGER");
    if (!larger && !key.is("SMALLER")) return std::nullopt;
    const auto size = read_number<std::size_t>(value);
    if (!size) return std::nullopt;
    return Test{[larger, size = *size](const Candidate& one) {
      return larger ? one.message.raw.size() > size : one.message.raw.size() < size;
    }};
  }

  std::optional<Test> parse_date(const Token& key, std::string_view value) {
    constexpr std::array<std::pair<std::string_view, When>, 6> keys{{{"BEFORE", When::before},
                                                                     {"ON", When::on},
                                                                     {"SINCE", When::since},
                                                                     {"SENTBEFORE", When::before},
                                                                     {"SENTON", When::on},
                                                                     {"SENTSINCE", When::since}}};
    for (const auto& [name, when] : keys) {
      if (!key.is(name)) continue;
      const auto day = read_date(value);
      if (day) return dated(when, *day);
    }
    return std::nullopt;
  }

  Result<Test> parse_gmail(const Token& key, const std::string& value) {
    if (key.is("X-GM-RAW")) {
      auto query = std::make_shared<Query>(Query::parse(value));
      SearchContext context{place_.eyes.book.mailbox().address(),
                            &place_.eyes.book.mailbox().labels(), place_.now};
      return Test{[query, context = std::move(context)](const Candidate& one) {
        return query->matches(one.message, context);
      }};
    }
    if (key.is("X-GM-MSGID") || key.is("X-GM-THRID")) {
      const auto number = read_number<std::uint64_t>(value);
      if (!number) return bad_search("A Gmail id is a decimal number.");
      auto hex = fmt::format("{:016x}", *number);
      const bool is_thread = key.is("X-GM-THRID");
      return Test{[hex = std::move(hex), is_thread](const Candidate& one) {
        return (is_thread ? one.message.thread_id : one.message.id) == hex;
      }};
    }
    if (key.is("X-GM-LABELS")) {
      const auto& mailbox = place_.eyes.book.mailbox();
      auto id = label_id(mailbox, value);
      if (!id) {
        const auto decoded = from_modified_utf7(value);
        if (decoded) id = label_id(mailbox, *decoded);
      }
      if (!id) return Test{[](const Candidate&) { return false; }};
      return labelled(std::move(*id));
    }
    return bad_search("An unknown search key.");
  }

  const std::vector<Token>& tokens_;
  const SearchPlace& place_;
  int depth_;
  std::size_t at_ = 0;
};

}  // namespace

Result<SearchRequest> parse_search(const std::vector<Token>& arguments, const SearchPlace& place) {
  SearchRequest request;
  std::size_t at = 0;
  if (arguments.size() > 1 && arguments[0].is("RETURN") && arguments[1].is_list()) {
    request.wants_esearch = true;
    for (const auto& option : arguments[1].items) {
      if (option.is("MIN"))
        request.min = true;
      else if (option.is("MAX"))
        request.max = true;
      else if (option.is("COUNT"))
        request.count = true;
      else if (option.is("ALL"))
        request.all = true;
      else
        return bad_search("An unknown result option.");
    }
    if (arguments[1].items.empty()) request.all = true;
    at = 2;
  }
  if (at + 1 < arguments.size() && arguments[at].is("CHARSET")) {
    const auto& charset = arguments[at + 1].text;
    if (!equals_ignoring_case(charset, "UTF-8") && !equals_ignoring_case(charset, "US-ASCII")) {
      return Error{Errc::unsupported, "[BADCHARSET (UTF-8 US-ASCII)]"};
    }
    at += 2;
  }
  SearchParser parser{arguments, place};
  parser.skip(at);
  auto test = parser.parse_all();
  if (!test) return std::move(test).error();
  request.test = std::move(*test);
  request.uses_modseq = parser.uses_modseq;
  return request;
}

}  // namespace gmail_mcp::sandbox::imap
