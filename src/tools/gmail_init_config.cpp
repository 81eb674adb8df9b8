#include "tools/catalog.h"

namespace gmail_mcp::tools::gmail_init_config {
namespace {

using operation::Call;

struct Output {
  std::string config_path;
  std::vector<std::string> next_steps;
  std::string encryption_key;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("config_path", &Output::config_path),
                          field("next_steps", &Output::next_steps),
                          field("encryption_key", &Output::encryption_key).omit_empty()};
  }
};

Task<Output> run(Call& call, setup::NewConfig wanted) {
  auto written = call.setup().write_config(wanted);
  Output out;
  out.config_path = std::move(written.path);
  out.next_steps = std::move(written.next_steps);
  // The key is in the file, for those who may read it; an answer over the network is kept by many.
  if (call.origin().is_local) out.encryption_key = written.encryption_key.reveal();
  co_return out;
}

}  // namespace

operation::Operation tool() {
  return operation::operation<setup::NewConfig, Output>(
      {
          .name = "gmail_init_config",
          .title = "Write a first configuration",
          .description = "Writes a first configuration file at the path this server is "
                         "configured to read, for its owner alone. Never replaces a file or a "
                         "key; cannot be undone here. Over HTTP the key is in the file only.",
          .toolset = operation::Toolset::setup,
          .effect = operation::Effect::changes,
          .idempotent = false,
          .open_world = false,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_init_config
