#include "tools/catalog.h"

namespace gmail_mcp::tools {
namespace {

using operation::Call;

struct Args {
  std::string database_type = "sqlite";
  std::string sqlite_path, supabase_url;
  Secret supabase_key;
  std::string google_client_id;
  Secret google_client_secret;
  std::string redirect_uri = setup::NewConfig{}.redirect_uri;
  bool generate_encryption_key = true;
  std::optional<std::string> output_path;

  static auto fields() {
    using schema::field;
    return schema::Fields{
        field("database_type", &Args::database_type).one_of({"sqlite", "supabase"}),
        field("sqlite_path", &Args::sqlite_path),
        field("supabase_url", &Args::supabase_url),
        field("supabase_key", &Args::supabase_key, "Service key; better written into the file"),
        field("google_client_id", &Args::google_client_id),
        field("google_client_secret", &Args::google_client_secret,
              "Better written into the file by hand"),
        field("redirect_uri", &Args::redirect_uri),
        field("generate_encryption_key", &Args::generate_encryption_key),
        field("output_path", &Args::output_path, "Only the configured path is accepted"),
    };
  }
};

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

Task<Output> run(Call& call, Args args) {
  setup::NewConfig wanted;
  if (args.database_type == "supabase") wanted.storage = setup::StorageType::supabase;
  wanted.sqlite_path = std::move(args.sqlite_path);
  wanted.supabase_url = std::move(args.supabase_url);
  wanted.supabase_key = std::move(args.supabase_key);
  wanted.google_client_id = std::move(args.google_client_id);
  wanted.google_client_secret = std::move(args.google_client_secret);
  wanted.redirect_uri = std::move(args.redirect_uri);
  wanted.generate_encryption_key = args.generate_encryption_key;
  if (args.output_path) wanted.only_at = std::move(*args.output_path);
  auto written = call.setup().write_config(wanted);
  Output out;
  out.config_path = std::move(written.path);
  out.next_steps = std::move(written.next_steps);
  // Who reads the file may read the key there; an answer over the network is kept by many.
  if (call.origin().is_local) out.encryption_key = written.encryption_key.reveal();
  co_return out;
}

}  // namespace

operation::Operation gmail_init_config() {
  return operation::operation<Args, Output>(
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

}  // namespace gmail_mcp::tools
