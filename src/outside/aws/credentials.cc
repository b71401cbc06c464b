// SPDX-License-Identifier: Apache-2.0
#include "aws/credentials.h"

#include <fmt/format.h>

#include <mutex>
#include <utility>

#include "document/json.h"
#include "os/clock.h"
#include "os/process.h"
#include "wire/timestamp.h"

namespace lamella::aws {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Renewed this long before they end, so that no call starts with keys that die on the way.
constexpr minutes kRenewBefore{10};
constexpr seconds kProcessLimit{60};

class Fixed final : public CredentialProvider {
 public:
  explicit Fixed(wire::SigningCredentials credentials) : credentials_(std::move(credentials)) {}
  Result<wire::SigningCredentials> get() override { return credentials_; }

 private:
  wire::SigningCredentials credentials_;
};

/// Runs the profile's program, and again when what it gave is about to end.
class FromProcess final : public CredentialProvider {
 public:
  FromProcess(std::vector<std::string> arguments, RunProgram run, os::Clock& clock)
      : arguments_(std::move(arguments)), run_(std::move(run)), clock_(clock) {}

  Result<wire::SigningCredentials> get() override {
    const std::lock_guard lock(mutex_);
    const bool fresh =
        held_ && (!held_->expires || clock_.wall() + kRenewBefore < os::WallTime(*held_->expires));
    if (!fresh) {
      LAMELLA_TRY_ASSIGN(const std::string output, run_(arguments_));
      LAMELLA_TRY_ASSIGN(held_, parse_process_output(output));
    }
    return held_->credentials;
  }

 private:
  const std::vector<std::string> arguments_;
  const RunProgram run_;
  os::Clock& clock_;
  std::mutex mutex_;
  std::optional<ExpiringCredentials> held_;  // guarded by mutex_
};

/// Words of a command line: blanks separate, quotes hold together, a backslash takes the next character.
Result<std::vector<std::string>> split_command(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && (c == ' ' || c == '\t')) {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
      continue;
    }
    in_word = true;
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += text[++i];
    } else {
      word += c;
    }
  }
  if (quote != 0) return Error(ErrorCode::kUsage, "credential_process has an open quote");
  if (in_word) words.push_back(word);
  if (words.empty()) return Error(ErrorCode::kUsage, "credential_process is empty");
  return words;
}

Error not_built(const Settings& settings, std::string_view what) {
  return Error(ErrorCode::kUsage,
               fmt::format("profile {} asks for {}, which is not supported", settings.profile, what))
      .remedy(fmt::format(
          "put temporary keys into the environment, or give the profile the line credential_process = "
          "aws configure export-credentials --format process --profile {} (AWS CLI version 2)",
          settings.profile));
}

std::optional<std::string> either_file(const Settings& settings, std::string_view key) {
  auto value = settings.credentials_value(key);
  return value ? value : settings.config_value(key);
}

Result<> refuse_what_is_not_built(const Settings& settings) {
  const bool token_file = settings.variable("AWS_WEB_IDENTITY_TOKEN_FILE").has_value() ||
                          either_file(settings, "web_identity_token_file").has_value();
  if (token_file) return not_built(settings, "a web identity token");
  if (either_file(settings, "role_arn")) return not_built(settings, "assuming a role");
  for (const std::string_view key : {"sso_session", "sso_start_url", "sso_account_id"}) {
    if (either_file(settings, key)) return not_built(settings, "single sign-on");
  }
  return {};
}

using Lookup = std::optional<std::string> (Settings::*)(std::string_view) const;

Result<std::unique_ptr<CredentialProvider>> static_keys(const Settings& settings, Lookup lookup,
                                                        std::string_view source) {
  const auto key = (settings.*lookup)("aws_access_key_id");
  if (!key) return std::unique_ptr<CredentialProvider>();
  const auto secret = (settings.*lookup)("aws_secret_access_key");
  if (!secret) {
    return Error(ErrorCode::kUsage, fmt::format("profile {} in the {} file has aws_access_key_id but no "
                                                "aws_secret_access_key",
                                                settings.profile, source));
  }
  return fixed_credentials(
      {*key, Secret(*secret), Secret((settings.*lookup)("aws_session_token").value_or(""))});
}

Result<std::unique_ptr<CredentialProvider>> environment_keys(const Settings& settings) {
  const auto key = settings.variable("AWS_ACCESS_KEY_ID");
  if (settings.profile_explicit || !key) return std::unique_ptr<CredentialProvider>();
  const auto secret = settings.variable("AWS_SECRET_ACCESS_KEY");
  if (!secret) {
    return Error(ErrorCode::kUsage, "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
  }
  const auto legacy = settings.variable("AWS_SECURITY_TOKEN");
  const auto token = legacy ? legacy : settings.variable("AWS_SESSION_TOKEN");
  return fixed_credentials({*key, Secret(*secret), Secret(token.value_or(""))});
}

Error nothing_found(const Settings& settings) {
  if (settings.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") ||
      settings.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
    return Error(ErrorCode::kUsage, "credentials from a container's metadata service are not supported")
        .remedy("put keys into AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN");
  }
  return Error(ErrorCode::kUsage, "no AWS credentials found")
      .because(fmt::format("looked at the AWS_ACCESS_KEY_ID variable and at profile {} in both shared files",
                           settings.profile))
      .remedy("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; instance roles are not read");
}

}  // namespace

std::unique_ptr<CredentialProvider> fixed_credentials(wire::SigningCredentials credentials) {
  return std::make_unique<Fixed>(std::move(credentials));
}

RunProgram run_credential_process() {
  return [](const std::vector<std::string>& arguments) -> Result<std::string> {
    os::Command command;
    command.argv = arguments;
    command.inherit_env = true;
    command.timeout = kProcessLimit;
    LAMELLA_TRY_ASSIGN(os::ProcessResult result, os::run(command));
    if (!result.succeeded()) {
      return Error(ErrorCode::kUsage,
                   fmt::format("credential_process {} failed: {}", arguments.front(), result.describe()))
          .because(base::escaped(result.err.substr(0, 2000)));
    }
    return std::move(result.out);
  };
}

Result<std::unique_ptr<CredentialProvider>> credential_chain(const Settings& settings, RunProgram run,
                                                             os::Clock& clock) {
  LAMELLA_TRY_ASSIGN(auto from_environment, environment_keys(settings));
  if (from_environment) return from_environment;
  LAMELLA_TRY(refuse_what_is_not_built(settings));
  LAMELLA_TRY_ASSIGN(auto from_credentials,
                     static_keys(settings, &Settings::credentials_value, "credentials"));
  if (from_credentials) return from_credentials;
  if (const auto line = either_file(settings, "credential_process")) {
    LAMELLA_TRY_ASSIGN(std::vector<std::string> arguments, split_command(*line));
    return std::unique_ptr<CredentialProvider>(
        std::make_unique<FromProcess>(std::move(arguments), std::move(run), clock));
  }
  LAMELLA_TRY_ASSIGN(auto from_config, static_keys(settings, &Settings::config_value, "config"));
  if (from_config) return from_config;
  return nothing_found(settings);
}

Result<ExpiringCredentials> parse_process_output(std::string_view json) {
  const auto value = document::parse_json(json, "credential_process");
  if (!value || value->integer("Version") != 1) {
    return Error(ErrorCode::kUsage, "credential_process printed no credentials of version 1");
  }
  ExpiringCredentials out{{value->text("AccessKeyId"), Secret(value->text("SecretAccessKey")),
                           Secret(value->text("SessionToken"))},
                          std::nullopt};
  if (out.credentials.access_key_id.empty() || out.credentials.secret_access_key.empty()) {
    return Error(ErrorCode::kUsage, "credential_process printed no AccessKeyId or no SecretAccessKey");
  }
  if (const std::string expires = value->text("Expiration"); !expires.empty()) {
    const auto time = wire::parse_timestamp(expires);
    if (!time)
      return Error(ErrorCode::kUsage, "credential_process printed an Expiration that is no UTC time");
    out.expires = std::chrono::floor<seconds>(*time);
  }
  return out;
}

}  // namespace lamella::aws
