#include <iostream>

#include "app/start.h"
#include "app/verbs/all.h"
#include "base/text.h"
#include "operation/call.h"
#include "operation/own_work.h"
#include "store/store.h"

namespace gmail_mcp::app {

namespace {

constexpr std::int64_t most_listed = 10'000;

using Grants = std::vector<store::ClientGrant>;

std::string state_of(const store::ClientGrant& grant, Timestamp now) {
  if (grant.revoked_at) return "revoked";
  return grant.is_good_at(now) ? "active" : "expired";
}

Task<int> told_sign_ins(Program& program) {
  std::function<Task<Grants>(operation::Call&)> list = [](operation::Call& call) {
    return call.house().store.client_grants().list(call.access(), most_listed);
  };
  const auto& services = (static_cast<void>(program.ready()), program.services());
  const auto all = co_await operation::run_own(
      services, "sign_ins_list", model::CallerKind::operator_, "command line", std::move(list));
  std::vector<std::vector<std::string>> rows{
      {"ID", "STATE", "ACCOUNT", "PROGRAM", "CLIENT", "SCOPES", "SINCE", "LAST USED"}};
  for (const auto& one : all) {
    rows.push_back({one.id, state_of(one, program.clock().now()), one.address, one.client_name,
                    one.client.substr(0, 12), join(one.scopes, " "), to_iso8601(one.created_at),
                    to_iso8601(one.used_at)});
  }
  print_rows(rows);
  co_return 0;
}

Task<int> revoke_in(Program& program, std::string id) {
  std::function<Task<bool>(operation::Call&)> revoke = [&](operation::Call& call) {
    return call.house().store.client_grants().revoke(call.access(), id, call.clock().now());
  };
  const auto& services = (static_cast<void>(program.ready()), program.services());
  const bool done = co_await operation::run_own(
      services, "sign_ins_revoke", model::CallerKind::operator_, "command line", std::move(revoke));
  if (!done) {
    co_return report(Error{Errc::not_found, "There is no such sign-in that is not revoked.",
                           "`gmail-mcp sign-ins list` shows their ids."});
  }
  std::cout << "The sign-in is revoked: within 5 seconds its program is asked to sign in again.\n";
  co_return 0;
}

int list_sign_ins(const Words& words) {
  Start start{words};
  return in_program(start, [](Program& program) { return told_sign_ins(program); });
}

int revoke_sign_in(const Words& words) {
  Start start{words};
  return in_program(start, [&](Program& program) { return revoke_in(program, words.text("id")); });
}

}  // namespace

std::vector<Verb> verbs::sign_ins() {
  return {{.path = "sign-ins", .help = "Programs for which people signed in with Google"},
          {.path = "sign-ins list",
           .help = "Who signed in for which program, newest first",
           .run = list_sign_ins},
          {.path = "sign-ins revoke",
           .help = "End a sign-in: its program must ask the person again",
           .options = {required("id", "The id that `sign-ins list` shows")},
           .run = revoke_sign_in}};
}

}  // namespace gmail_mcp::app
