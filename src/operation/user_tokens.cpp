#include "operation/user_tokens.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "accounts/credentials.h"
#include "accounts/user_tokens.h"
#include "base/text.h"
#include "store/store.h"

namespace gmail_mcp::operation {

namespace {

constexpr std::int64_t most_listed = 10'000;
constexpr std::size_t most_shown = 20;  // accounts, in an error
constexpr std::int64_t longest_days = 3'650;

constexpr auto toolsets_of_tokens =
    std::to_array({Toolset::connections, Toolset::accounts, Toolset::read, Toolset::write,
                   Toolset::organize, Toolset::history});

struct TokenView {
  std::string id, user_id, name;
  std::string state;  // live, expired, revoked
  std::vector<std::string> connections, toolsets;
  bool read_only = false;
  std::optional<std::string> approval;
  Timestamp created_at{};
  std::optional<Timestamp> expires_at, last_used_at;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("id", &TokenView::id, "Its first characters, by which it is named"),
                          field("user_id", &TokenView::user_id),
                          field("name", &TokenView::name),
                          field("state", &TokenView::state).one_of({"live", "expired", "revoked"}),
                          field("connections", &TokenView::connections, "Empty: all of the user"),
                          field("toolsets", &TokenView::toolsets, "Empty: all that are enabled"),
                          field("read_only", &TokenView::read_only),
                          field("approval", &TokenView::approval, "Null: the server's rule"),
                          field("created_at", &TokenView::created_at),
                          field("expires_at", &TokenView::expires_at, "Null: never"),
                          field("last_used_at", &TokenView::last_used_at)};
  }
};

void fill(TokenView& view, model::UserToken token, Timestamp now) {
  view.state = token.revoked_at ? "revoked" : token.is_live(now) ? "live" : "expired";
  view.id = std::move(token.id);
  view.user_id = token.user.str();
  view.name = std::move(token.name);
  view.connections = std::move(token.grant.connections);
  view.toolsets = std::move(token.grant.toolsets);
  view.read_only = token.grant.read_only;
  if (token.grant.approval) view.approval = std::string{model::to_string(*token.grant.approval)};
  view.created_at = token.created_at;
  view.expires_at = token.expires_at;
  view.last_used_at = token.last_used_at;
}

void check_giver(const Call& call) {
  if (call.caller().kind == model::CallerKind::user) {
    throw Error{Errc::forbidden, "A person's credential may not handle tokens.",
                "The application's or the operator's token may, and gmail-mcp tokens."};
  }
  // What strangers make would still be good after the server is closed to them.
  if (call.caller().credential == accounts::no_credential) {
    throw Error{
        Errc::forbidden, "Callers without a credential may not handle tokens.",
        "Send GMAIL_MCP_SERVER_AUTH_TOKEN or the operator's token, or use gmail-mcp tokens."};
  }
}

// ------------------------------------------------------------------------------------- create

struct NewToken {
  std::optional<std::string> user_id;
  std::string name;
  std::vector<std::string> connections, toolsets;
  bool read_only = false;
  std::string approval;
  std::string expires;

  static auto fields() {
    using schema::field;
    return schema::Fields{
        field("user_id", &NewToken::user_id, "Whose token it is").at_most(255),
        field("name", &NewToken::name, "To know it by, such as laptop").at_most(100),
        field("connections", &NewToken::connections,
              "Ids or addresses of the user's accounts that it reaches; none: all, later ones too")
            .one_or_many()
            .at_most(100),
        field("toolsets", &NewToken::toolsets, "Those that it may use; none: all but setup")
            .one_or_many()
            .at_most(10),
        field("read_only", &NewToken::read_only, "It sends and changes nothing"),
        field("approval", &NewToken::approval,
              "Which sends wait for the person's approval; none: the server's rule")
            .one_of({"", "never", "new_recipients", "always"}),
        field("expires", &NewToken::expires,
              "After 12h, 30d or 8w, or the last day, such as 2027-01-31 (UTC); none: never")
            .at_most(40)};
  }
};

struct MadeToken : TokenView {
  std::string token;

  static auto fields() {
    return schema::Fields{schema::field("token", &MadeToken::token, "Shown only this once")} +
           schema::Fields<MadeToken>{TokenView::fields()};
  }
};

Error bad_end() {
  return {Errc::invalid_argument, "The argument expires is not a time in the next ten years.",
          "Give a duration such as 12h, 30d or 8w, or a day such as 2027-01-31."};
}

// "30d" or "2027-01-31".
std::optional<Timestamp> end_of(std::string_view text, Timestamp now) {
  text = trim(text);
  if (text.empty()) return std::nullopt;
  std::int64_t count = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool is_duration = failed == std::errc{} && end == text.data() + text.size() - 1;
  constexpr std::chrono::hours day{24};
  std::chrono::hours unit{0};
  if (is_duration) {
    switch (text.back()) {
      case 'h': unit = std::chrono::hours{1}; break;
      case 'd': unit = day; break;
      case 'w': unit = 7 * day; break;
      default: throw bad_end();
    }
    if (count <= 0 || count > longest_days * 24) throw bad_end();
  }
  Timestamp until = now + unit * count;
  if (!is_duration) {
    const bool is_day = text.size() == std::string_view{"2027-01-31"}.size();
    const auto given = parse_iso8601(is_day ? std::string{text} + "T00:00:00Z" : std::string{text});
    if (!given) throw bad_end();
    until = is_day ? *given + day : *given;
  }
  if (until <= now || until > now + longest_days * day) throw bad_end();
  return until;
}

std::string checked_name(std::string name) {
  const bool has_control = std::any_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (has_control || !is_valid_utf8(name)) {
    throw Error{Errc::invalid_argument, "The argument name holds a control character.",
                "Give a name that people can read, such as laptop."};
  }
  return name;
}

std::vector<std::string> toolsets_named(const std::vector<std::string>& wanted) {
  std::vector<std::string> all;
  for (const auto one : toolsets_of_tokens) all.emplace_back(to_string(one));
  for (const auto& name : wanted) {
    const bool is_known = std::find(all.begin(), all.end(), name) != all.end();
    if (is_known) continue;
    throw Error{Errc::invalid_argument,
                "A token cannot have the toolset " + repair_utf8(utf8_prefix(name, 64)) + ".",
                "There are: " + join(all, ", ") + "."};
  }
  // In one order, each once.
  std::erase_if(all, [&](const auto& one) {
    return std::find(wanted.begin(), wanted.end(), one) == wanted.end();
  });
  return all;
}

Task<std::vector<std::string>> connections_named(Call& call, model::ExternalUserId user,
                                                 std::vector<std::string> wanted) {
  std::vector<std::string> ids;
  if (wanted.empty()) co_return ids;
  const auto found = co_await call.connections(std::move(user), true);
  std::vector<std::string> shown;
  for (const auto& one : found) {
    if (shown.size() < most_shown) shown.push_back(one.gmail_address + " (" + one.id.str() + ")");
  }
  for (const auto& name : wanted) {
    const auto one = std::find_if(found.begin(), found.end(), [&](const auto& known) {
      return known.id.str() == name || equals_ignoring_case(known.gmail_address, name);
    });
    if (one == found.end()) {
      throw Error{Errc::invalid_argument,
                  "The user has no account " + repair_utf8(utf8_prefix(name, 128)) + ".",
                  shown.empty() ? std::string{"No account of this user is connected yet."}
                                : "There are: " + join(shown, ", ") + "."};
    }
    if (std::find(ids.begin(), ids.end(), one->id.str()) == ids.end()) ids.push_back(one->id.str());
  }
  co_return ids;
}

Task<MadeToken> create(Call& call, NewToken args) {
  check_giver(call);
  auto& tokens = call.house().user_tokens;
  model::UserToken wanted;
  wanted.name = checked_name(std::move(args.name));
  wanted.grant.toolsets = toolsets_named(args.toolsets);
  wanted.grant.read_only = args.read_only;
  if (!args.approval.empty()) wanted.grant.approval = model::approval(args.approval);
  wanted.expires_at = end_of(args.expires, call.clock().now());
  wanted.user = co_await call.user(std::move(args.user_id));
  wanted.grant.connections =
      co_await connections_named(call, wanted.user, std::move(args.connections));
  auto made = co_await tokens.make(call.access(), std::move(wanted));
  MadeToken out;
  out.token = made.text.reveal();
  fill(out, std::move(made.token), call.clock().now());
  co_return out;
}

// --------------------------------------------------------------------------------------- list

struct OfUser {
  std::optional<std::string> user_id;

  static auto fields() {
    return schema::Fields{
        schema::field("user_id", &OfUser::user_id, "Only this user's").at_most(255)};
  }
};

struct TokenList {
  std::vector<TokenView> tokens;

  static auto fields() { return schema::Fields{schema::field("tokens", &TokenList::tokens)}; }
};

Task<TokenList> list(Call& call, OfUser args) {
  check_giver(call);
  auto user = co_await call.any_user(std::move(args.user_id));
  auto found =
      co_await call.house().store.user_tokens().list(call.access(), std::move(user), most_listed);
  TokenList out;
  out.tokens.reserve(found.size());
  for (auto& one : found) fill(out.tokens.emplace_back(), std::move(one), call.clock().now());
  co_return out;
}

// ------------------------------------------------------------------------------------- revoke

struct OneToken {
  std::string id;

  static auto fields() {
    return schema::Fields{
        schema::required("id", &OneToken::id, "Its first characters, or the whole token")
            .range(1, 100)};
  }
};

Task<TokenView> revoke(Call& call, OneToken args) {
  check_giver(call);
  auto ended = co_await call.house().user_tokens.revoke(call.access(), std::move(args.id));
  // For the audit row.
  co_await call.any_user(ended.user.str());
  TokenView out;
  fill(out, std::move(ended), call.clock().now());
  co_return out;
}

Info info_of_tokens(std::string_view name, std::string_view title, std::string_view description,
                    Effect effect) {
  Info info;
  info.name = name;
  info.title = title;
  info.description = description;
  info.toolset = Toolset::none;
  info.effect = effect;
  info.idempotent = effect != Effect::changes;
  info.open_world = false;
  return info;
}

}  // namespace

const TokenOperations& token_operations() {
  static const TokenOperations all{
      .create = operation<NewToken, MadeToken>(
          info_of_tokens("create_token", "Give out a person's token",
                         "A bearer token with which the programs of one person call, within the "
                         "limits given here. It is shown once and stored as a digest.",
                         Effect::changes),
          create),
      .list = operation<OfUser, TokenList>(
          info_of_tokens("list_tokens", "List persons' tokens",
                         "Newest first, with their limits and last use; never the tokens "
                         "themselves. Those that ended are listed for another 30 days.",
                         Effect::reads),
          list),
      .revoke = operation<OneToken, TokenView>(
          info_of_tokens("revoke_token", "End a person's token",
                         "It is refused within five seconds at every server of this database.",
                         Effect::destroys),
          revoke)};
  return all;
}

}  // namespace gmail_mcp::operation
