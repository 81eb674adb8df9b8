#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operation/run.h"
#include "operation/testing/house_bench.h"
#include "tools/catalog.h"

namespace gmail_mcp::tools {

/// The tools with the real staircase, store and outbox, over mailboxes in memory: alice and bob
/// have one connection each. Calls are made as alice unless told otherwise.
class ToolTest : public testing::Test {
 protected:
  void SetUp() override {
    house_.emplace(loop_, clock_, *log_, options_);
    store_ = &house_->store;
    alice_ = run_to_end(loop_, connect("alice", "alice@gmail.example"));
    bob_ = run_to_end(loop_, connect("bob", "bob@gmail.example"));
    house_->pool.lease(alice_);
    alice_mailbox_ = house_->mailboxes.at(alice_.id.str());
  }

  /// `arguments` are JSON; alice's connection is added if none is named.
  operation::Outcome call(std::string_view name, std::string_view arguments = "{}",
                          std::string_view user = "alice") {
    auto given = boost::json::parse(arguments).as_object();
    const auto* tool = find(name);
    if (tool == nullptr) {
      ADD_FAILURE() << "there is no tool " << name;
      return {};
    }
    if (tool->arguments->find("connection_id") != nullptr && !given.contains("connection_id")) {
      given["connection_id"] = alice_.id.str();
    }
    model::Caller caller;
    caller.kind = user == "operator" ? model::CallerKind::operator_ : model::CallerKind::user;
    if (user != "operator") caller.only_user = model::ExternalUserId{std::string{user}};
    caller.credential = "test";
    caller.grant = grant_;
    operation::Origin origin;
    origin.surface = "test";
    origin.request_id = "r1";
    origin.is_local = is_local_;
    origin.tell_progress = tell_progress_;
    auto outcome =
        run_to_end(loop_, operation::run(house_->services, *tool, caller, origin, given));
    outcome.receipt.delivered();  // the test has read it
    return outcome;
  }

  /// The result of a call that must succeed.
  boost::json::object ask(std::string_view name, std::string_view arguments = "{}") {
    auto outcome = call(name, arguments);
    EXPECT_TRUE(outcome.ok()) << name << ": " << body(outcome);
    return outcome.ok() ? outcome.made()->object() : boost::json::object{};
  }

  /// The error code of a call that must fail.
  Errc refusal(std::string_view name, std::string_view arguments = "{}") {
    auto outcome = call(name, arguments);
    EXPECT_FALSE(outcome.ok()) << name << ": " << body(outcome);
    last_error_ = outcome.ok() ? "" : outcome.failure()->error.message;
    return code(outcome).value_or(Errc::internal);
  }

  /// nullopt: it succeeded.
  static std::optional<Errc> code(const operation::Outcome& outcome) {
    if (outcome.ok()) return std::nullopt;
    return outcome.failure()->error.code;
  }
  static std::string body(const operation::Outcome& outcome) {
    return outcome.ok() ? outcome.made()->text() : operation::json_text(*outcome.failure());
  }

  mail::MemoryMailbox& mailbox() { return *alice_mailbox_; }

  std::string deliver(std::string_view subject, std::string_view more_headers,
                      std::string_view body) {
    clock_.advance(std::chrono::minutes{1});
    return mailbox()
        .deliver(
            "From: Priya Nair <priya@elsewhere.example>\r\nTo: alice@gmail.example\r\n"
            "Subject: " +
            std::string{subject} + "\r\nMIME-Version: 1.0\r\n" + std::string{more_headers} +
            "\r\n" + std::string{body})
        .str();
  }

  std::vector<std::string> labels_of(const std::string& id) {
    return run_to_end(loop_, mailbox().message(model::MessageId{id}, mail::Detail::minimal)).labels;
  }

  static std::string text(const boost::json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : "";
  }

  Task<model::Connection> connect(std::string user, std::string address) {
    const auto access = model::Access::system("test");
    const model::ExternalUserId name{std::move(user)};
    const auto owner = co_await store_->users().get_or_create(access, name);
    store::NewCredential credential;
    credential.user_id = owner.id;
    credential.gmail_address = address;
    credential.google_sub = std::move(address);
    credential.ciphertexts.access_token = "a";
    credential.ciphertexts.refresh_token = "r";
    auto connection = co_await store_->connections().save(access, credential);
    co_return connection;
  }

  model::Grant grant_;  // of the credential that calls
  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  // Until SetUp. These tests are about other things than approval.
  operation::testing::HouseOptions options_{.approval = model::Approval::never};
  std::optional<operation::testing::HouseBench> house_;
  store::Store* store_ = nullptr;  // the house's
  model::Connection alice_, bob_;
  mail::MemoryMailbox* alice_mailbox_ = nullptr;  // the pool's
  std::string last_error_;
  bool is_local_ = false;
  decltype(operation::Origin::tell_progress) tell_progress_;
  std::vector<operation::Operation> tools_ = catalog();

 private:
  const operation::Operation* find(std::string_view name) const {
    for (const auto& tool : tools_) {
      if (tool.info.name == name) return &tool;
    }
    return nullptr;
  }
};

}  // namespace gmail_mcp::tools
