// SPDX-License-Identifier: Apache-2.0
#include "commands/access.h"

#include "aws/download.h"
#include "aws/endpoint.h"
#include "aws/transport.h"
#include "http/client.h"
#include "os/clock.h"
#include "os/environment.h"
#include "os/random.h"

namespace lamella::commands {

struct Access::Base {
  explicit Base(std::unique_ptr<aws::CredentialProvider> provider)
      : transport(aws::http_transport(http)),
        credentials(std::move(provider)),
        client(*transport, *credentials, os::system_clock(), os::system_random()) {}

  http::Client http;
  std::unique_ptr<aws::Transport> transport;
  std::unique_ptr<aws::CredentialProvider> credentials;
  aws::Client client;
};

struct Access::Endpoints {
  aws::ServiceEndpoint lambda;
  aws::ServiceEndpoint sts;
  aws::ServiceEndpoint logs;
};

Access::Access(std::string region, std::unique_ptr<aws::CredentialProvider> credentials,
               const Endpoints& endpoints)
    : region_(std::move(region)),
      base_(std::make_unique<Base>(std::move(credentials))),
      lambda_(aws::lambda_control(base_->client, endpoints.lambda)),
      invoker_(aws::invoker(base_->client, endpoints.lambda)),
      identity_(aws::sts_identity(base_->client, endpoints.sts)),
      logs_(aws::cloudwatch_logs(base_->client, endpoints.logs)) {}

Access::~Access() = default;

Result<std::uint64_t> Access::download(std::string_view url, base::ByteSink& sink,
                                       const aws::CallOptions& options) {
  return aws::download(*base_->transport, url, sink, options);
}

Result<Access::Endpoints> Access::endpoints_of(const std::string& region, const std::string& url,
                                               const aws::Settings& settings) {
  LAMELLA_TRY_ASSIGN(auto lambda, aws::resolve_endpoint(aws::Service::kLambda, region, url, settings));
  LAMELLA_TRY_ASSIGN(auto sts, aws::resolve_endpoint(aws::Service::kSts, region, url, settings));
  LAMELLA_TRY_ASSIGN(auto logs, aws::resolve_endpoint(aws::Service::kLogs, region, url, settings));
  return Endpoints{std::move(lambda), std::move(sts), std::move(logs)};
}

Result<std::unique_ptr<Access>> Access::to_local(const std::string& url,
                                                 const endpoint::LocalCredentials& keys,
                                                 const std::string& region) {
  aws::Settings nothing;
  nothing.variables = [](std::string_view) { return std::optional<std::string>(); };
  LAMELLA_TRY_ASSIGN(const Endpoints endpoints, endpoints_of(region, url, nothing));
  wire::SigningCredentials credentials;
  credentials.access_key_id = keys.access_key_id;
  credentials.secret_access_key = keys.secret_access_key;
  return std::unique_ptr<Access>(
      new Access(region, aws::fixed_credentials(std::move(credentials)), endpoints));
}

Result<std::unique_ptr<Access>> Access::to_account(const std::string& region) {
  LAMELLA_TRY_ASSIGN(const auto home, os::home_directory());
  const auto variables = [](std::string_view name) { return os::get_environment(std::string(name)); };
  LAMELLA_TRY_ASSIGN(const aws::Settings settings, aws::load_settings(variables, home));
  LAMELLA_TRY_ASSIGN(const std::string place, aws::resolve_region(region, settings));
  LAMELLA_TRY_ASSIGN(auto provider,
                     aws::credential_chain(settings, aws::run_credential_process(), os::system_clock()));
  LAMELLA_TRY_ASSIGN(const Endpoints endpoints, endpoints_of(place, "", settings));
  return std::unique_ptr<Access>(new Access(place, std::move(provider), endpoints));
}

}  // namespace lamella::commands
